// The clients of a simulation. Each works at its own pace on any server, and does what careful applications do: it sends
// an auto-commit write again, with the same id, when no answer came, repeats a COMMIT whose answer was lost, and passes
// its bookmarks on. What it was told is in the history.

import { type Clock, sleep } from '../../src/base/clock.js';
import { below, chance, fraction, pick, type Random, randomId, seededRandom } from '../../src/base/random.js';
import type { Consistency } from '../../src/database/result.js';
import { type DoorAnswer, DoorClient, type DoorRequest, NoAnswer, Refused, type Statement, type Wishes } from './door.js';
import { ACCOUNTS, type Append, BATCH_SIZE, type Creation, type History, LISTS, type Write } from './history.js';
import type { Member, World } from './world.js';

const CONNECT_MS = 1500;
const ANSWER_MS = 9000;
const SENDINGS_MAX = 6;
const THINK_MS_MAX = 240;
const UNEXPECTED = ['unexpected', 'Neo.DatabaseError.General.UnknownError', 'Neo.DatabaseError.Statement.ExecutionFailed'];
/** Of a transaction over several requests: it is gone, and was not committed. */
const GONE = ['Neo.TransientError.Transaction.LeaderSwitch', 'Neo.ClientError.Transaction.TransactionNotFound'];

export const READ_ALL = 'MATCH (x:L) RETURN "l" AS what, x.k AS k, x.l AS v UNION ALL MATCH (a:A) RETURN "a" AS what, a.k AS k, a.n AS v';

interface Seen {
  bookmarks: string[];
  lengths: number[];
  values: number[];
}

export class Client {
  readonly name: string;
  readonly #world: World;
  readonly #history: History;
  readonly #graphs: readonly string[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #network;
  readonly #connections: Map<string, DoorClient>;
  readonly #seen: Map<string, Seen>;
  #at: Member;
  #stopped: boolean;

  constructor(name: string, world: World, history: History, graphs: readonly string[]) {
    this.name = name;
    this.#world = world;
    this.#history = history;
    this.#graphs = graphs;
    this.#random = seededRandom(world.random.next());
    const machine = world.machine(name);
    machine.boot();
    this.#clock = machine.clock();
    this.#network = world.network.of(machine);
    this.#connections = new Map();
    this.#seen = new Map();
    this.#at = pick(this.#random, world.members);
    this.#stopped = false;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Ends after `stop`, when the last request is answered or given up. */
  async live(): Promise<void> {
    while (!this.#stopped) {
      await sleep(this.#clock, fraction(this.#random) * THINK_MS_MAX);
      if (chance(this.#random, 0.25)) this.#at = pick(this.#random, this.#world.members);
      const graph = pick(this.#random, this.#graphs);
      const what = fraction(this.#random);
      if (what < 0.4) await this.#read(graph);
      else if (what < 0.68) await this.#append(graph);
      else if (what < 0.8) await this.#claim(graph);
      else if (what < 0.993) await this.#transfer(graph);
      else await this.#batch(graph);
    }
    for (const connection of this.#connections.values()) connection.close();
  }

  // ------------------------------------------------------------ what it does

  async #read(graph: string): Promise<void> {
    const level = pick(this.#random, ['eventual', 'bookmark', 'linearizable'] as const);
    const server = this.#at;
    const life = `${server.name}/${server.machine.life}`;
    const seen = this.#seenOf(graph);
    const before = { bookmarkLengths: [...seen.lengths], bookmarkValues: [...seen.values] };
    const invokedMs = this.#clock.nowMs();
    const wishes = { ...this.#wishes(graph, level, 'READ'), bookmarks: level === 'bookmark' ? seen.bookmarks : [] };
    try {
      const answer = await this.#ask(server, { kind: 'run', statement: { text: READ_ALL, parameters: {} }, wishes });
      const { lists, accounts } = readAll(answer);
      this.#history.reads.push({ graph, client: this.name, level, server: life, invokedMs, endedMs: this.#clock.nowMs(), lists, accounts, ...before });
      if (level === 'bookmark' && answer.bookmark !== undefined) {
        seen.bookmarks = [...seen.bookmarks.slice(-3), answer.bookmark];
        seen.lengths = lists.map((list, at) => Math.max(list.length, seen.lengths[at] ?? 0));
      }
    } catch (error) {
      this.#failedRead(error);
    }
  }

  async #append(graph: string): Promise<void> {
    const lists = this.#lists();
    const value = this.#history.nextValue();
    const write = this.#begun<Append>({ kind: 'append', graph, lists, value });
    const statements = lists.map((list) => ({ text: 'MATCH (x:L {k: $k}) SET x.l = x.l + $v', parameters: { k: list, v: value } }));
    const [first] = statements;
    if (first === undefined) return;
    if (lists.length === 1) await this.#writeUntilSettled(write, first);
    else if (chance(this.#random, 0.5)) {
      const text = `${lists.map((_, at) => `MATCH (x${at}:L {k: $k${at}})`).join(' ')} SET ${lists.map((_, at) => `x${at}.l = x${at}.l + $v`).join(', ')}`;
      await this.#writeUntilSettled(write, { text, parameters: { v: value, ...Object.fromEntries(lists.map((list, at) => [`k${at}`, list])) } });
    } else await this.#writeOnce(write, { kind: 'runAll', statements, wishes: this.#wishes(graph, 'bookmark', 'WRITE', write.outcomeId) });
  }

  /** Many want the same key. */
  async #claim(graph: string): Promise<void> {
    const key = `key ${Math.floor(this.#clock.nowMs() / 400)}`;
    const by = this.#history.nextValue();
    const write = this.#begun<Creation>({ kind: 'key', graph, key, by });
    const text = 'MATCH (x:L {k: $k}) CREATE (:U {key: $key, by: $by})-[:OF]->(x)';
    await this.#writeUntilSettled(write, { text, parameters: { k: below(this.#random, LISTS), key, by } });
  }

  async #batch(graph: string): Promise<void> {
    const by = this.#history.nextValue();
    const write = this.#begun<Creation>({ kind: 'batch', graph, key: '', by });
    await this.#writeUntilSettled(write, { text: 'UNWIND range(1, $n) AS i CREATE (:B {batch: $by, i: i})', parameters: { n: BATCH_SIZE, by } });
  }

  /** Reads two accounts in one request, moves money in the next, and commits in a third. */
  async #transfer(graph: string): Promise<void> {
    const [from, to] = [below(this.#random, ACCOUNTS), below(this.#random, ACCOUNTS)];
    if (from === to) return;
    const [list] = this.#lists();
    const value = this.#history.nextValue();
    const write = this.#begun<Append>({ kind: 'append', graph, lists: [list as number], value });
    write.outcomeId = undefined;
    try {
      const opened = await this.#ask(this.#at, { kind: 'open', wishes: this.#wishes(graph, 'bookmark', 'WRITE') });
      const transaction = opened.transaction as string;
      write.outcomeId = opened.outcomeId;
      const next = (text: string, parameters: Statement['parameters']) => {
        if (chance(this.#random, 0.3)) this.#at = pick(this.#random, this.#world.members);
        return this.#ask(this.#at, { kind: 'continue', transaction, database: graph, statement: { text, parameters } });
      };
      const { rows } = await next('MATCH (a:A) WHERE a.k IN [$from, $to] RETURN a.k AS k, a.n AS n', { from, to });
      const amountOf = (account: number) => Number(rows.find(([k]) => k === account)?.[1]);
      const amount = 1 + below(this.#random, 5);
      await next('MATCH (a:A {k: $from}), (b:A {k: $to}), (x:L {k: $k}) SET a.n = $x, b.n = $y, x.l = x.l + $v', {
        from,
        to,
        k: list as number,
        v: value,
        x: amountOf(from) - amount,
        y: amountOf(to) + amount,
      });
      if (chance(this.#random, 0.3)) await sleep(this.#clock, fraction(this.#random) * 300);
      await this.#commit(write, transaction);
    } catch (error) {
      // Nothing of it was committed: COMMIT was never sent.
      this.#failedRead(error);
      this.#settled(write, 'failed', error);
    }
  }

  async #commit(write: Append, transaction: string): Promise<void> {
    let sentBefore = false;
    for (let sending = 1; ; sending++) {
      try {
        const answer = await this.#ask(this.#at, { kind: 'commit', transaction, database: write.graph });
        return this.#acknowledged(write, answer);
      } catch (error) {
        const refused = error instanceof Refused && !error.isUnknown;
        if (refused && (!sentBefore || GONE.includes(error.code))) return this.#settled(write, 'failed', error);
        sentBefore ||= !(error instanceof NoAnswer && error.notSent);
        if (sending === SENDINGS_MAX) return this.#settled(write, sentBefore ? 'unknown' : 'failed', error);
        await this.#elsewhere();
      }
    }
  }

  /** A write that carries its id: sent again until somebody knows. */
  async #writeUntilSettled(write: Write, statement: Statement): Promise<void> {
    let sentBefore = false;
    for (let sending = 1; ; sending++) {
      try {
        const wishes = this.#wishes(write.graph, 'bookmark', 'WRITE', write.outcomeId);
        return this.#acknowledged(write, await this.#ask(this.#at, { kind: 'run', statement, wishes }));
      } catch (error) {
        const refused = error instanceof Refused && !error.isUnknown;
        // Of the first sending it is said that nothing was changed; of a later one that it changes nothing itself.
        if (refused && !sentBefore) return this.#settled(write, 'failed', error);
        sentBefore ||= !(error instanceof NoAnswer && error.notSent);
        if (sending === SENDINGS_MAX) return this.#settled(write, sentBefore ? 'unknown' : 'failed', error);
        await this.#elsewhere();
      }
    }
  }

  async #writeOnce(write: Write, request: DoorRequest): Promise<void> {
    try {
      this.#acknowledged(write, await this.#ask(this.#at, request));
    } catch (error) {
      const failed = (error instanceof Refused && !error.isUnknown) || (error instanceof NoAnswer && error.notSent);
      this.#settled(write, failed ? 'failed' : 'unknown', error);
    }
  }

  async #elsewhere(): Promise<void> {
    this.#at = pick(this.#random, this.#world.members);
    await sleep(this.#clock, fraction(this.#random) * 500);
  }

  // ------------------------------------------------------------ what it notes

  #begun<T extends Write>(what: Pick<T, 'kind' | 'graph'> & Partial<T>): T {
    const write = {
      client: this.name,
      invokedMs: this.#clock.nowMs(),
      endedMs: Number.POSITIVE_INFINITY,
      status: 'running',
      outcomeId: randomId(this.#random),
      told: '',
      ...what,
    } as unknown as T;
    if (write.kind === 'append') this.#history.appends.push(write);
    else this.#history.creations.push(write);
    return write;
  }

  #acknowledged(write: Write, answer: DoorAnswer): void {
    this.#settled(write, 'ok', undefined);
    if (answer.bookmark === undefined) return;
    const seen = this.#seenOf(write.graph);
    seen.bookmarks = [...seen.bookmarks.slice(-3), answer.bookmark];
    if (write.kind === 'append') seen.values = [...seen.values.slice(-20), write.value];
  }

  #settled(write: Write, status: Write['status'], error: unknown): void {
    write.status = status;
    write.endedMs = this.#clock.nowMs();
    write.told = error === undefined ? '' : String(error);
    this.#world.trace(`${this.name} ${write.kind} ${write.graph} ${status} ${write.told.slice(0, 60)}`);
    this.#note(error);
  }

  #failedRead(error: unknown): void {
    if (!(error instanceof Refused) && !(error instanceof NoAnswer)) throw error;
    this.#note(error);
  }

  #note(error: unknown): void {
    if (error instanceof Refused && UNEXPECTED.includes(error.code))
      this.#history.unexpected.push(`${this.name} at ${this.#clock.nowMs().toFixed(0)} ms: ${error.code} ${error.message}`);
  }

  #seenOf(graph: string): Seen {
    const known = this.#seen.get(graph) ?? { bookmarks: [], lengths: Array.from({ length: LISTS }, () => 0), values: [] };
    this.#seen.set(graph, known);
    return known;
  }

  #wishes(database: string, consistency: Consistency, access: Wishes['access'], requestId = randomId(this.#random)): Wishes {
    return { database, consistency, access, bookmarks: [], requestId };
  }

  #lists(): number[] {
    const first = below(this.#random, LISTS);
    return chance(this.#random, 0.3) ? [first, (first + 1 + below(this.#random, LISTS - 1)) % LISTS] : [first];
  }

  async #ask(member: Member, request: DoorRequest): Promise<DoorAnswer> {
    let connection = this.#connections.get(member.name);
    if (connection === undefined || connection.isLost) {
      connection = await DoorClient.connect(this.#network, this.#clock, member.door, CONNECT_MS);
      this.#connections.set(member.name, connection);
    }
    return connection.ask(request, ANSWER_MS);
  }
}

export function readAll({ rows }: DoorAnswer): { readonly lists: number[][]; readonly accounts: number[] } {
  const lists: number[][] = Array.from({ length: LISTS }, () => []);
  const accounts: number[] = [];
  for (const [what, k, v] of rows) {
    if (what === 'l') lists[k as number] = v as unknown as number[];
    else accounts[k as number] = v as number;
  }
  return { lists, accounts };
}
