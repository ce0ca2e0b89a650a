// The steps of the log but appends, as transactions of etcd. Each is one atomic step under its guards (SAFETY 12), and
// each may be sent twice: its guards see that it was done. What is read is read through etcd's majority.

import type { CampaignOutcome, GraphId, Leadership, LiveServer, LogEntry, LogPosition, ReadResult } from '../log.js';
import { type Holder, holdsTerm, leadershipOf, positionOf, sameHolder } from '../rules.js';
import { decodeEntry, LogDamaged, storedBytes, unpackBody } from './entry-format.js';
import {
  aliveValue,
  type EtcdGraphState,
  emptyEtcdGraphState,
  floorValue,
  graphStateOf,
  indexOfEntryKey,
  type Keys,
  leaderValue,
  parseAlive,
  parseServer,
  range,
  termValue,
  valueIs,
} from './keys.js';
import { untilDefinite } from './retry.js';
import { type EtcdClient, RpcFailed } from './rpc/channels.js';
import type { KeyValue, TxnResponse } from './rpc/messages.js';

/** Entries of one range; their number is chosen by what the last ones weighed. */
const pageEntriesMax = 128;
const pageEntriesFirst = 16;
/** Indexes whose entries are removed in one step, so that no append waits long. */
const sweepIndexes = 500;
/** A range of large entries takes longer than other calls. */
const readDeadlineMs = 3000;
/** etcd takes so many operations in one transaction. */
export const operationsMax = 128;

export class EtcdStore {
  readonly #client: EtcdClient;
  readonly #keys: Keys;

  constructor(client: EtcdClient, keys: Keys) {
    this.#client = client;
    this.#keys = keys;
  }

  async state(graph: GraphId): Promise<EtcdGraphState> {
    const { kvs } = await untilDefinite(() => this.#client.kv.range(this.#keys.graph(graph)));
    return graphStateOf(kvs);
  }

  async position(graph: GraphId): Promise<LogPosition> {
    return positionOf(await this.state(graph));
  }

  async leadership(graph: GraphId): Promise<Leadership> {
    return leadershipOf(graph, await this.state(graph));
  }

  async servers(): Promise<readonly LiveServer[]> {
    const request = { compare: [], success: [range(this.#keys.servers), range(this.#keys.sessions)], failure: [] };
    const { responses } = await untilDefinite(() => this.#client.kv.txn(request));
    const sessions = pairsOf({ responses }, 1).map(({ key, value }) => [this.#keys.parse(key).name, parseAlive(value).life] as const);
    const lives = new Map(sessions);
    return pairsOf({ responses }, 0).map(({ value }) => {
      const record = parseServer(value);
      return { ...record, alive: lives.get(record.name) === record.life };
    });
  }

  /** Each page is of one moment, so that what lies between its floor and its head is there. */
  async read(graph: GraphId, fromIndex: number, limitBytes: number): Promise<ReadResult> {
    const entries: LogEntry[] = [];
    let bytes = 0;
    let pageEntries = pageEntriesFirst;
    let last = emptyEtcdGraphState;
    for (;;) {
      const from = fromIndex + entries.length;
      const end = from + pageEntries;
      const request = { compare: [], success: [range(this.#keys.graph(graph)), range(this.#keys.entries(graph, from, end))], failure: [] };
      const answer = await untilDefinite(() => this.#client.kv.txn(request, readDeadlineMs)).catch((error: unknown) => {
        // What was read so far is whole; a reader that begins after it asks for less at once.
        if (entries.length === 0) throw error;
      });
      if (answer === undefined) return { ...positionOf(last), entries };
      const state = graphStateOf(pairsOf(answer, 0));
      const pairs = pairsOf(answer, 1);
      last = state;
      if (from <= state.floor) return { ...positionOf(state), entries };
      this.#requireWhole(graph, state, from, end, pairs);
      for (const pair of pairs) {
        const payload = await this.#payload(graph, indexOfEntryKey(pair.key), pair.value);
        // Truncated since the page was read.
        if (payload === undefined) return { ...positionOf(await this.state(graph)), entries };
        bytes += payload.length;
        if (entries.length > 0 && bytes > limitBytes) return { ...positionOf(state), entries };
        entries.push({ index: fromIndex + entries.length, payload });
      }
      if (end > state.head || bytes >= limitBytes) return { ...positionOf(state), entries };
      pageEntries = Math.max(1, Math.min(pageEntriesMax, Math.ceil(((limitBytes - bytes) * entries.length) / Math.max(1, bytes))));
    }
  }

  #requireWhole(graph: GraphId, state: EtcdGraphState, from: number, end: number, pairs: readonly KeyValue[]): void {
    const count = Math.max(0, Math.min(end - 1, state.head) - from + 1);
    if (pairs.length === count && pairs.every((pair, at) => indexOfEntryKey(pair.key) === from + at)) return;
    throw new LogDamaged(`The log in etcd is damaged: of graph ${graph}, entries ${from} to ${from + count - 1} are not all there.`);
  }

  /** Undefined: its parts are gone, and the entry with them. */
  async #payload(graph: GraphId, index: number, stored: Uint8Array): Promise<Uint8Array | undefined> {
    const entry = decodeEntry(stored);
    if (entry.partCount === 0) return unpackBody(entry, entry.body);
    const { kvs } = await untilDefinite(() => this.#client.kv.range(this.#keys.parts(graph, index, entry.batchId), readDeadlineMs));
    if (kvs.length === entry.partCount) return unpackBody(entry, Buffer.concat(kvs.map((part) => part.value)));
    if ((await this.state(graph)).floor >= index) return undefined;
    throw new LogDamaged(`The log in etcd is damaged: entry ${index} of graph ${graph} has ${kvs.length} of ${entry.partCount} parts.`);
  }

  /** Bytes stored for all entries up to the index, gone ones too; 0 where there is no such entry. */
  async bytesUpTo(graph: GraphId, index: number): Promise<number> {
    const request = { compare: [], success: [range(this.#keys.graph(graph)), range({ key: this.#keys.entry(graph, index) })], failure: [] };
    const answer = await untilDefinite(() => this.#client.kv.txn(request));
    const state = graphStateOf(pairsOf(answer, 0));
    if (index <= state.floor) return state.floorBytes;
    const [pair] = pairsOf(answer, 1);
    if (pair === undefined) return 0;
    const { bytesBefore, bodyLength } = decodeEntry(pair.value);
    return bytesBefore + storedBytes(bodyLength);
  }

  async campaign(graph: GraphId, me: Holder): Promise<{ readonly outcome: CampaignOutcome; readonly revision: number }> {
    const keys = this.#keys;
    for (let before = await this.state(graph); ; ) {
      const term = before.term + 1;
      const value = leaderValue(term, me);
      const request = {
        compare: [valueIs(keys.leader(graph), undefined), valueIs(keys.term(graph), before.term === 0 ? undefined : termValue(before.term))],
        success: [{ request_put: { key: keys.leader(graph), value, lease: me.session } }, { request_put: { key: keys.term(graph), value: termValue(term) } }],
        failure: [range(keys.graph(graph))],
      };
      const answer = await untilDefinite(() => this.#client.kv.txn(request));
      const { revision } = answer.header;
      if (answer.succeeded) return { outcome: { kind: 'won', term }, revision };
      const state = graphStateOf(pairsOf(answer, 0));
      if (sameHolder(state.holder, me)) return { outcome: { kind: 'won', term: state.term }, revision };
      if (state.holder !== undefined) return { outcome: { kind: 'held', leadership: leadershipOf(graph, state) }, revision };
      before = state;
    }
  }

  async resign(graph: GraphId, term: number, me: Holder | undefined): Promise<void> {
    if (me === undefined) return;
    const key = this.#keys.leader(graph);
    const request = { compare: [valueIs(key, leaderValue(term, me))], success: [{ request_delete_range: { key } }], failure: [] };
    await untilDefinite(() => this.#client.kv.txn(request));
  }

  /** One step: there is no moment without a holder, and the old term is over with it (SAFETY 28). */
  async handOver(graph: GraphId, term: number, to: string, me: Holder | undefined): Promise<'moved' | 'termLost' | 'noSuchServer'> {
    const keys = this.#keys;
    const look = { compare: [], success: [range(keys.graph(graph)), range({ key: keys.server(to) }), range({ key: keys.alive(to) })], failure: [] };
    const seen = await untilDefinite(() => this.#client.kv.txn(look));
    if (me === undefined || !holdsTerm(graphStateOf(pairsOf(seen, 0)), term, me)) return 'termLost';
    const [server, alive] = [pairsOf(seen, 1)[0], pairsOf(seen, 2)[0]];
    if (server === undefined || alive === undefined || parseServer(server.value).kind !== 'CORE') return 'noSuchServer';
    const target: Holder = { name: to, ...parseAlive(alive.value) };
    const value = leaderValue(term + 1, target);
    const request = {
      compare: [valueIs(keys.leader(graph), leaderValue(term, me)), valueIs(keys.alive(to), aliveValue(target.life, target.session))],
      success: [
        { request_put: { key: keys.leader(graph), value, lease: target.session } },
        { request_put: { key: keys.term(graph), value: termValue(term + 1) } },
      ],
      failure: [range(keys.graph(graph))],
    };
    const answer = await untilDefinite(() => this.#client.kv.txn(request));
    if (answer.succeeded) return 'moved';
    const state = graphStateOf(pairsOf(answer, 0));
    if (state.term === term + 1 && sameHolder(state.holder, target)) return 'moved';
    return holdsTerm(state, term, me) ? 'noSuchServer' : 'termLost';
  }

  /** Moves the floor under the guard of the term, then removes what is below it, which anyone may do any number of times. */
  async truncate(graph: GraphId, term: number, index: number, me: Holder | undefined): Promise<'truncated' | 'termLost'> {
    const keys = this.#keys;
    for (;;) {
      const state = await this.state(graph);
      if (me === undefined || !holdsTerm(state, term, me)) return 'termLost';
      const floor = Math.max(state.floor, Math.min(index, state.head));
      if (floor === state.floor) return 'truncated';
      const value = floorValue(floor, await this.bytesUpTo(graph, floor));
      const before = state.floor === 0 ? undefined : floorValue(state.floor, state.floorBytes);
      const request = {
        compare: [valueIs(keys.leader(graph), leaderValue(term, me)), valueIs(keys.floor(graph), before)],
        success: [{ request_put: { key: keys.floor(graph), value } }],
        failure: [],
      };
      // What did not succeed is looked at again: it was done already, the floor is elsewhere, or the term is lost.
      if (!(await untilDefinite(() => this.#client.kv.txn(request))).succeeded) continue;
      await this.#sweep(graph, state.floor, floor);
      return 'truncated';
    }
  }

  async #sweep(graph: GraphId, from: number, floor: number): Promise<void> {
    // The first step begins at 0, for what an earlier truncation left when it was cut off.
    for (let at = 0; at <= floor; at = Math.max(at, from) + sweepIndexes) {
      const end = Math.min(floor, Math.max(at, from) + sweepIndexes - 1) + 1;
      const ranges = [this.#keys.entries(graph, at, end), this.#keys.partsBetween(graph, at, end)];
      const success = ranges.map((request_delete_range) => ({ request_delete_range }));
      await untilDefinite(() => this.#client.kv.txn({ compare: [], success, failure: [] }, readDeadlineMs));
    }
  }

  /** Ends the session of that life, and with it all that it holds. */
  async expel(server: string, life: string): Promise<void> {
    const { kvs } = await untilDefinite(() => this.#client.kv.range({ key: this.#keys.alive(server) }));
    const [alive] = kvs;
    if (alive === undefined || parseAlive(alive.value).life !== life) return;
    try {
      await untilDefinite(() => this.#client.lease.revoke(alive.lease));
    } catch (error) {
      // It is gone already.
      if (!(error instanceof RpcFailed) || !error.definite) throw error;
    }
  }

  /** Heads in the step of a put that begins after the call: whatever was acknowledged before is in them (SAFETY 25). */
  async barrier(serverName: string, graphs: readonly GraphId[]): Promise<ReadonlyMap<GraphId, number>> {
    const heads = new Map<GraphId, number>();
    const put = { request_put: { key: this.#keys.barrier(serverName), value: new Uint8Array() } };
    for (let at = 0; at === 0 || at < graphs.length; at += operationsMax - 1) {
      const some = graphs.slice(at, at + operationsMax - 1);
      const request = { compare: [], success: [put, ...some.map((graph) => range({ key: this.#keys.head(graph) }))], failure: [] };
      const answer = await untilDefinite(() => this.#client.kv.txn(request));
      some.forEach((graph, index) => void heads.set(graph, graphStateOf(pairsOf(answer, index + 1)).head));
    }
    return heads;
  }
}

/** The pairs that the range at that place of a transaction found. */
export function pairsOf(answer: Pick<TxnResponse, 'responses'>, at: number): readonly KeyValue[] {
  return answer.responses[at]?.response_range?.kvs ?? [];
}
