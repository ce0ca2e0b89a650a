// What the clients of a run do, and the histories they leave. In each round every graph has registers and lists of its own, so
// that no history is long; a round is checked once it is over and its last reads are there, and its lists once more at the end.

import { below, chance, pick, type Random, randomUuid } from '../../src/base/random.js';
import { checkRegister, type RegisterOperation } from '../support/linearizability.js';
import { checkList, type ListOperation } from '../support/list-append.js';
import { sleep } from '../support/story-cluster.js';
import type { FaultServer } from './cluster.js';
import { type Answered, type Asked, DOORS, type Door, type Doors, type Level } from './doors.js';

const REGISTERS = 3;
const LISTS = 2;

interface Round {
  readonly number: number;
  /** By graph and key. */
  readonly registers: Map<string, RegisterOperation[]>;
  readonly lists: Map<string, ListOperation[]>;
  clients: number;
}

export interface Counts {
  ok: number;
  unknown: number;
  failed: number;
  undecided: number;
  settled: number;
  /** Acknowledged by the server that settled a lost reply, whose rows were lost with it. */
  rowless: number;
}

export class Workload {
  readonly counts: Counts = { ok: 0, unknown: 0, failed: 0, undecided: 0, settled: 0, rowless: 0 };
  readonly violations: string[] = [];
  /** Histories that are wrong, whole. */
  readonly evidence: { readonly what: string; readonly message: string; readonly history: readonly object[] }[] = [];
  /** How often each error code came. */
  readonly codes = new Map<string, number>();
  readonly #doors: Doors;
  readonly #servers: readonly FaultServer[];
  readonly #graphs: readonly string[];
  readonly #onWrite: (graph: string) => void;
  readonly #rounds: Round[] = [];
  #value = 0;
  #stopped = false;

  constructor(doors: Doors, servers: readonly FaultServer[], graphs: readonly string[], onWrite: (graph: string) => void) {
    this.#doors = doors;
    this.#servers = servers;
    this.#graphs = graphs;
    this.#onWrite = onWrite;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Makes the nodes of a new round; clients that are free go over to it. */
  async nextRound(): Promise<Round> {
    const number = this.#rounds.length;
    for (const graph of this.#graphs) {
      const registers = Array.from({ length: REGISTERS }, (_, at) => `${number}.r${at}`);
      const lists = Array.from({ length: LISTS }, (_, at) => `${number}.l${at}`);
      await this.#surely(graph, 'UNWIND $keys AS key MERGE (r:Register {key: key}) ON CREATE SET r.value = 0', { keys: registers });
      await this.#surely(graph, 'UNWIND $keys AS key MERGE (l:List {key: key}) ON CREATE SET l.values = []', { keys: lists });
    }
    const round: Round = { number, registers: new Map(), lists: new Map(), clients: 0 };
    this.#rounds.push(round);
    return round;
  }

  /** Waits until nobody works on the round, reads it for the last time, and checks it. */
  async closeRound(round: Round): Promise<void> {
    while (round.clients > 0) await sleep(20);
    for (const [name, history] of round.registers) {
      const [graph, key] = parts(name);
      const startMs = performance.now();
      const rows = await this.#surely(graph, READ_REGISTER, { key });
      history.push({ client: 'last', kind: 'read', value: numberOf(rows), status: 'ok', startMs, endMs: performance.now() });
      const verdict = checkRegister(history, 0);
      if (verdict.kind === 'violation') this.#violated(`register ${name}`, verdict.message, history);
      if (verdict.kind === 'undecided') this.counts.undecided++;
    }
    round.registers.clear();
    await this.#closeLists(round, this.#servers.slice(0, 1));
  }

  /** All lists of all rounds, read on every server: what was ever acknowledged is there, everywhere and in one order. */
  async closeAll(): Promise<void> {
    for (const round of this.#rounds) await this.#closeLists(round, this.#servers);
  }

  async #closeLists(round: Round, servers: readonly FaultServer[]): Promise<void> {
    for (const [name, history] of round.lists) {
      const [graph, key] = parts(name);
      for (const server of servers) {
        const startMs = performance.now();
        const rows = await this.#surely(graph, READ_LIST, { key }, server);
        history.push({ client: `last on ${server.name}`, kind: 'read', level: 'linearizable', values: listOf(rows), startMs, endMs: performance.now() });
      }
      const found = checkList(history);
      if (found.length > 0) this.#violated(`list ${name}`, found.slice(0, 5).join('\n  '), history);
    }
  }

  /** One client, until the run stops. Its home is a server that it prefers. */
  async client(name: string, home: number, random: Random): Promise<void> {
    const bookmarks = new Map<string, string>();
    while (!this.#stopped) {
      const round = this.#rounds.at(-1) as Round;
      round.clients++;
      try {
        const server = (chance(random, 0.7) ? this.#servers[home % this.#servers.length] : pick(random, this.#servers)) as FaultServer;
        await this.#step(round, name, server, random, bookmarks);
      } finally {
        round.clients--;
      }
      await sleep(5 + below(random, 60));
    }
  }

  async #step(round: Round, client: string, server: FaultServer, random: Random, bookmarks: Map<string, string>): Promise<void> {
    const graph = pick(random, this.#graphs);
    const door = pick(random, DOORS);
    const send = async (statement: string, parameters: Record<string, unknown>, level: Level, write: boolean): Promise<Answered> => {
      const http = door === 'legacy' || door === 'query';
      const asked: Asked = {
        graph,
        statement,
        parameters,
        level,
        bookmark: bookmarks.get(graph),
        ...(write && http ? { idempotencyKey: randomUuid(random) } : {}),
      };
      const first = this.#counted(await this.#doors.ask(door, server, asked));
      const answered = write && first.kind === 'unknown' ? await this.#settled(first, asked, random) : first;
      this.counts[answered.kind]++;
      if (answered.kind === 'ok' && level !== 'eventual' && answered.bookmark !== undefined) bookmarks.set(graph, answered.bookmark);
      if (answered.kind === 'ok' && write) this.#onWrite(graph);
      if (answered.kind === 'ok' && answered.changed && answered.rows.length === 0) this.counts.rowless++;
      return answered;
    };
    if (chance(random, 0.5)) await this.#register(at(round.registers, `${graph}/${round.number}.r${below(random, REGISTERS)}`), client, random, door, send);
    else await this.#list(at(round.lists, `${graph}/${round.number}.l${below(random, LISTS)}`), client, random, door, send);
  }

  /** A write without an answer: its outcome is looked up, or it is resent with its key on another server. */
  async #settled(answered: Answered & { readonly kind: 'unknown' }, asked: Asked, random: Random): Promise<Answered> {
    const server = pick(random, this.#servers);
    if (answered.outcomeId !== undefined) {
      const outcome = await this.#doors.outcome(server, asked.graph, answered.outcomeId);
      if (outcome === undefined) return answered;
      this.counts.settled++;
      return outcome === 'committed'
        ? { kind: 'ok', rows: [], bookmark: undefined, changed: true, settled: true }
        : { kind: 'failed', code: 'never', message: 'looked up' };
    }
    if (asked.idempotencyKey === undefined) return answered;
    const again = this.#counted(await this.#doors.ask(pick(random, ['legacy', 'query'] as const), server, asked));
    if (again.kind !== 'ok') return answered;
    this.counts.settled++;
    return { ...again, settled: true };
  }

  async #register([name, history]: [string, RegisterOperation[]], client: string, random: Random, door: Door, send: Send): Promise<void> {
    const [, key] = parts(name);
    const startMs = performance.now();
    const common = { client, startMs };
    const action = below(random, 4);
    if (action < 2) {
      const answered = await send(READ_REGISTER, { key }, 'linearizable', false);
      if (answered.kind === 'ok') history.push({ ...common, kind: 'read', value: numberOf(answered.rows), status: 'ok', endMs: performance.now() });
      return;
    }
    const value = ++this.#value;
    if (action === 2) {
      const answered = await send('MATCH (r:Register {key: $key}) SET r.value = $value RETURN 1', { key, value }, 'bookmark', true);
      history.push({ ...common, kind: 'write', value, status: effectOf(answered), answer: `${door}: ${answerOf(answered)}`, endMs: performance.now() });
      return;
    }
    const from = history.findLast(({ status, kind }) => status === 'ok' && kind !== 'cas')?.value ?? 0;
    const answered = await send(
      'MATCH (r:Register {key: $key}) WHERE r.value = $from SET r.value = $value RETURN r.value',
      { key, from, value },
      'bookmark',
      true,
    );
    const endMs = performance.now();
    // What was settled afterwards may have found another value: it is as open as before.
    const status = answered.kind === 'ok' && answered.settled === true ? 'unknown' : effectOf(answered);
    history.push({ ...common, kind: 'cas', from, value, status, answer: `${door}: ${answerOf(answered)}`, endMs });
  }

  async #list([name, history]: [string, ListOperation[]], client: string, random: Random, door: Door, send: Send): Promise<void> {
    const [, key] = parts(name);
    const startMs = performance.now();
    if (chance(random, 0.5)) {
      const value = ++this.#value;
      const answered = await send('MATCH (l:List {key: $key}) SET l.values = l.values + $value RETURN 1', { key, value }, 'bookmark', true);
      // Its session knows an append that was settled elsewhere by no bookmark: it is another client's then.
      const known = answered.kind === 'ok' && answered.bookmark === undefined ? `${client}, settled` : client;
      history.push({
        kind: 'append',
        client: known,
        value,
        status: effectOf(answered),
        answer: `${door}: ${answerOf(answered)}`,
        startMs,
        endMs: performance.now(),
      });
      return;
    }
    const level = pick(random, ['eventual', 'bookmark', 'linearizable'] as const);
    const answered = await send(READ_LIST, { key }, level, false);
    if (answered.kind !== 'ok') return;
    history.push({ kind: 'read', client, level: level === 'bookmark' ? 'session' : level, values: listOf(answered.rows), startMs, endMs: performance.now() });
  }

  /** A statement that may be repeated, until a server takes it; one that none takes in two minutes is a violation. */
  async #surely(graph: string, statement: string, parameters: Record<string, unknown>, on?: FaultServer): Promise<readonly (readonly unknown[])[]> {
    const endMs = performance.now() + 120_000;
    let last = '';
    for (let tries = 0; performance.now() < endMs; tries++) {
      const server = on ?? (this.#servers[tries % this.#servers.length] as FaultServer);
      const answered = await this.#doors.ask('legacy', server, { graph, statement, parameters, level: 'linearizable' });
      if (answered.kind === 'ok') return answered.rows;
      last = answered.kind === 'failed' ? `${answered.code}: ${answered.message}` : answered.code;
      await sleep(100);
    }
    throw new Error(`${graph}: no server answers '${statement}' in two minutes; at last ${on?.name ?? ''} ${last}`);
  }

  #counted(answered: Answered): Answered {
    if (answered.kind !== 'ok') this.codes.set(answered.code, (this.codes.get(answered.code) ?? 0) + 1);
    return answered;
  }

  #violated(what: string, message: string, history: readonly object[]): void {
    this.violations.push(`${what}: ${message}`);
    this.evidence.push({ what, message, history });
  }
}

/** A write that changed nothing, and was answered so, did nothing for certain. */
function effectOf(answered: Answered): 'ok' | 'failed' | 'unknown' {
  return answered.kind === 'ok' && !answered.changed && answered.settled !== true ? 'failed' : answered.kind;
}

/** For whoever reads a history that is wrong. */
function answerOf(answered: Answered): string {
  if (answered.kind === 'failed') return `${answered.code}: ${answered.message}`;
  if (answered.kind === 'unknown') return answered.code;
  return `ok, ${answered.rows.length} rows, ${answered.changed ? 'changed' : 'unchanged'}${answered.settled === true ? ', settled afterwards' : ''}`;
}

type Send = (statement: string, parameters: Record<string, unknown>, level: Level, write: boolean) => Promise<Answered>;

const READ_REGISTER = 'MATCH (r:Register {key: $key}) RETURN r.value';
const READ_LIST = 'MATCH (l:List {key: $key}) RETURN l.values';

function at<T>(histories: Map<string, T[]>, name: string): [string, T[]] {
  const history = histories.get(name) ?? [];
  histories.set(name, history);
  return [name, history];
}

function parts(name: string): [string, string] {
  const [graph, key] = name.split('/');
  return [graph as string, key as string];
}

function numberOf(rows: readonly (readonly unknown[])[]): number {
  return rows.length === 1 ? (rows[0]?.[0] as number) : Number.NaN;
}

function listOf(rows: readonly (readonly unknown[])[]): readonly number[] {
  // A server may be behind the list's beginning; two lists of one key are no list at all.
  return rows.length > 1 ? [Number.NaN] : ((rows[0]?.[0] as number[] | undefined) ?? []);
}
