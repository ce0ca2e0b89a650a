// Appends as transactions of etcd: one on its way at a time, with as many groups as were asked for meanwhile and fit.
//
//   group ─▶ packed; large bodies put as parts ─▶ queue ─▶ one transaction of several groups
//     ▲                                                      │ guards of all hold: all appended
//     └── those whose own guards held: queued again ◀────────┘ else nothing was; the losing groups are settled
//
// A group (the requests of one call) is all or none. Every request compares its term and its head and moves the head;
// the failure branch reads, in the same step, what each is to be judged by (SAFETY 12, 13). Nothing is repeated here
// after an unclear answer: the group is `ambiguous`, and whoever asked sends it again.

import { assert } from '../../base/assert.js';
import type { AppendOutcome, AppendRequest, GraphId } from '../log.js';
import { type Holder, judgeAppend, refuseTogether, type Verdict } from '../rules.js';
import { type Body, decodeEntry, encodeEntry, packBody, storedBytes } from './entry-format.js';
import { type EtcdGraphState, graphStateOf, headValue, type Keys, leaderValue, range, valueIs } from './keys.js';
import type { Quota } from './quota.js';
import { pause } from './retry.js';
import { type EtcdClient, RpcFailed } from './rpc/channels.js';
import type { TxnRequest, TxnResponse } from './rpc/messages.js';
import type { Session } from './session.js';
import { type EtcdStore, operationsMax, pairsOf } from './store.js';

/** A longer body is in parts. */
const inlineBytesMax = 256 * 1024;
/** etcd's members keep some thousand requests in memory, however large: many small ones rather than few large ones. */
const partBytes = 64 * 1024;
/** Bodies of one transaction together; etcd takes 1.5 MiB, and is quickest well below. */
const transactionBytesMax = 512 * 1024;
/** Each request has two compares, two puts, and two ranges should a guard fail. */
const requestsMax = operationsMax / 2;
/** So much more time for each of so many bytes of a transaction. */
const bytesPerDeadline = 128 * 1024;
const unsettledMax = 10_000;
const proofBytesMax = 1024;

interface Packed {
  readonly request: AppendRequest;
  readonly entry: Uint8Array;
  /** Bytes stored for the graph when it is in the log. */
  readonly bytesAfter: number;
}

interface Group {
  readonly packed: readonly Packed[];
  readonly bytes: number;
  /** It was refused for its size together with others. */
  alone: boolean;
  readonly settle: (outcomes: readonly AppendOutcome[]) => void;
}

export interface AppenderOptions {
  readonly client: EtcdClient;
  readonly keys: Keys;
  readonly store: EtcdStore;
  readonly session: Session;
  readonly quota: Quota;
  readonly deadlineMs: number;
}

export class Appender {
  readonly #options: AppenderOptions;
  #queue: Group[] = [];
  #sending = false;
  /** Batches of which an earlier sending may yet come to be in the log: they are never answered 'full'. */
  readonly #unsettled = new Set<string>();
  /** The last term of this server in which something was appended. */
  readonly #proved = new Map<GraphId, number>();
  /** What is stored for a graph up to an index. */
  readonly #stored = new Map<GraphId, { readonly index: number; readonly bytes: number }>();

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  async append(requests: readonly AppendRequest[]): Promise<readonly AppendOutcome[]> {
    assert(requests.length <= requestsMax, `one append is of at most ${requestsMax} graphs`);
    try {
      return await this.#append(requests);
    } catch (error) {
      // It was not sent now; an earlier sending is as unclear as it was.
      return this.#outcomesAfter(error, requests);
    }
  }

  async #append(requests: readonly AppendRequest[]): Promise<readonly AppendOutcome[]> {
    const bodies = await Promise.all(requests.map((request) => packBody(request.payload)));
    const stored = await Promise.all(requests.map((request) => this.#storedBefore(request)));
    const full = await this.#room(requests, bodies, stored);
    if (full !== undefined) return requests.map(() => ({ kind: 'full', reason: full }));
    const inlineBound = inlineBoundOf(bodies);
    const packed = await Promise.all(
      requests.map(async (request, at): Promise<Packed> => {
        const body = bodies[at] as Body;
        const before = stored[at] as number;
        const partCount = body.bytes.length > inlineBound ? await this.#putParts(request, body) : 0;
        const entry = encodeEntry(request.batchId, body, before, partCount);
        return { request, entry, bytesAfter: before + storedBytes(body.bytes.length) };
      }),
    );
    return new Promise((settle) => {
      this.#queue.push({ packed, bytes: packed.reduce((sum, { entry }) => sum + entry.length, 0), alone: false, settle });
      this.#wake();
    });
  }

  async #storedBefore({ graph, index }: AppendRequest): Promise<number> {
    const known = this.#stored.get(graph);
    if (known?.index === index - 1) return known.bytes;
    return index === 1 ? 0 : this.#options.store.bytesUpTo(graph, index - 1);
  }

  /** Why the log does not take it. What may be in the log already is not held back, or its outcome would stay unknown. */
  async #room(requests: readonly AppendRequest[], bodies: readonly Body[], stored: readonly number[]): Promise<string | undefined> {
    if (requests.some((request) => this.#unsettled.has(request.batchId)) || requests.every((request) => this.#provesTerm(request))) return undefined;
    const { quota } = this.#options;
    const sizes = bodies.map((body) => storedBytes(body.bytes.length));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    const delayMs = quota.delayMs();
    if (delayMs > 0) await pause(delayMs);
    return quota.refusal(bytes) ?? requests.map(({ graph }, at) => quota.refusalOf(graph, (stored[at] as number) + (sizes[at] as number))).find(Boolean);
  }

  /** The small entry that begins a term: a full log must not be without leaders, who truncate it. */
  #provesTerm({ graph, term, payload }: AppendRequest): boolean {
    return payload.length <= proofBytesMax && this.#proved.get(graph) !== term;
  }

  /** They mean nothing without their entry. Under the guard of the term, so that a deposed leader leaves little behind. */
  async #putParts(request: AppendRequest, body: Body): Promise<number> {
    const { client, keys, session, quota } = this.#options;
    const guard = valueIs(keys.leader(request.graph), leaderValue(request.term, ownHolder(session)));
    let count = 0;
    for (let at = 0; at < body.bytes.length; at += partBytes) {
      const value = body.bytes.subarray(at, at + partBytes);
      const put = { request_put: { key: keys.part(request.graph, request.index, request.batchId, count), value } };
      const { succeeded } = await client.kv.txn({ compare: [guard], success: [put], failure: [] }, this.#deadlineMs(value.length));
      // The term is lost: the append itself finds out what that means for it.
      if (!succeeded) return Math.ceil(body.bytes.length / partBytes);
      quota.added(value.length);
      count++;
    }
    return count;
  }

  #deadlineMs(bytes: number): number {
    return this.#options.deadlineMs * (1 + bytes / bytesPerDeadline);
  }

  #wake(): void {
    if (this.#sending) return;
    this.#sending = true;
    // What is asked for in the same turn goes together.
    queueMicrotask(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) await this.#send(this.#take());
    this.#sending = false;
  }

  /** The next groups that fit one transaction; each graph once. */
  #take(): readonly Group[] {
    const taken: Group[] = [];
    const left: Group[] = [];
    const graphs = new Set<GraphId>();
    let bytes = 0;
    for (const group of this.#queue) {
      const first = taken.length === 0;
      const alone = group.alone || taken[0]?.alone === true;
      const apart = group.packed.every(({ request }) => !graphs.has(request.graph));
      const fits = first || (!alone && apart && graphs.size + group.packed.length <= requestsMax && bytes + group.bytes <= transactionBytesMax);
      if (fits) {
        taken.push(group);
        bytes += group.bytes;
      } else {
        left.push(group);
      }
      // Also of those that wait: appends of a graph keep their order.
      for (const { request } of group.packed) graphs.add(request.graph);
    }
    this.#queue = left;
    return taken;
  }

  async #send(groups: readonly Group[]): Promise<void> {
    const me = ownHolder(this.#options.session);
    const bytes = groups.reduce((sum, group) => sum + group.bytes, 0);
    try {
      const answer = await this.#options.client.kv.txn(this.#transaction(groups, me), this.#deadlineMs(bytes));
      if (answer.succeeded) for (const group of groups) this.#appended(group);
      else this.#judge(groups, answer, me);
    } catch (error) {
      this.#refused(groups, error);
    }
  }

  #transaction(groups: readonly Group[], me: Holder): TxnRequest {
    const { keys } = this.#options;
    const all = groups.flatMap((group) => group.packed);
    return {
      compare: all.flatMap(({ request: { graph, term, index, incarnation } }) => [
        valueIs(keys.leader(graph), leaderValue(term, me)),
        valueIs(keys.head(graph), index === 1 ? undefined : headValue(index - 1, incarnation)),
      ]),
      success: all.flatMap(({ request: { graph, index, incarnation }, entry }) => [
        { request_put: { key: keys.entry(graph, index), value: entry } },
        { request_put: { key: keys.head(graph), value: headValue(index, incarnation) } },
      ]),
      failure: all.flatMap(({ request: { graph, index } }) => [range(keys.graph(graph)), range({ key: keys.entry(graph, index) })]),
    };
  }

  #appended(group: Group): void {
    for (const { request, entry, bytesAfter } of group.packed) {
      this.#stored.set(request.graph, { index: request.index, bytes: bytesAfter });
      this.#proved.set(request.graph, request.term);
      // Parts were counted when they were put.
      this.#options.quota.added(entry.length);
    }
    this.#settle(
      group,
      group.packed.map(() => ({ kind: 'appended' })),
    );
  }

  /** Nothing was appended: losing groups are settled by what the failure branch read, the others sent again. */
  #judge(groups: readonly Group[], answer: TxnResponse, me: Holder): void {
    const again: Group[] = [];
    let at = 0;
    for (const group of groups) {
      const states: EtcdGraphState[] = [];
      const verdicts = group.packed.map(({ request }): Verdict => {
        const state = graphStateOf(pairsOf(answer, at));
        const entry = request.index <= state.floor ? undefined : pairsOf(answer, at + 1)[0];
        at += 2;
        states.push(state);
        const stale = this.#staleHolder(state, request, me);
        const verdict = judgeAppend(state, request, me, entry === undefined ? undefined : decodeEntry(entry.value).batchId);
        return stale !== undefined && verdict.kind === 'refused' && verdict.outcome.kind === 'termLost' ? { kind: 'refused', outcome: stale } : verdict;
      });
      if (verdicts.every((verdict) => verdict.kind === 'put')) {
        again.push(group);
        continue;
      }
      this.#settle(
        group,
        refuseTogether(
          verdicts,
          states.map((state) => state.head),
        ),
      );
    }
    assert(again.length < groups.length, 'a guard of the transaction failed and its reason is in what was read');
    this.#queue = [...again, ...this.#queue];
  }

  /** The term is still an old session's of this life: until its lease is gone, what it sent may yet be appended. */
  #staleHolder(state: EtcdGraphState, request: AppendRequest, me: Holder): AppendOutcome | undefined {
    const holder = state.holder;
    if (holder === undefined || state.term !== request.term || holder.life !== me.life || holder.session === me.session) return undefined;
    this.#options.session.endStale(holder.session);
    return { kind: 'ambiguous', reason: 'an old session of this server is being ended' };
  }

  #refused(groups: readonly Group[], error: unknown): void {
    if (groups.length > 1 && refusalOf(error) === 'request') {
      for (const group of groups) group.alone = true;
      this.#queue = [...groups, ...this.#queue];
      return;
    }
    for (const group of groups) {
      this.#settle(
        group,
        this.#outcomesAfter(
          error,
          group.packed.map(({ request }) => request),
        ),
      );
    }
  }

  /** Only a refusal is definite, and only for what was not sent before. */
  #outcomesAfter(error: unknown, requests: readonly AppendRequest[]): readonly AppendOutcome[] {
    const reason = error instanceof Error ? error.message : String(error);
    const refusal = refusalOf(error);
    const unsettled = requests.some((request) => this.#unsettled.has(request.batchId));
    const outcome: AppendOutcome = refusal === undefined || unsettled ? { kind: 'ambiguous', reason } : { kind: 'full', reason: fullReasons[refusal](reason) };
    return requests.map(() => outcome);
  }

  #settle(group: Group, outcomes: readonly AppendOutcome[]): void {
    group.packed.forEach(({ request }, at) => {
      this.#unsettled.delete(request.batchId);
      if (outcomes[at]?.kind !== 'ambiguous') return;
      this.#unsettled.add(request.batchId);
      const [oldest] = this.#unsettled;
      if (this.#unsettled.size > unsettledMax && oldest !== undefined) this.#unsettled.delete(oldest);
    });
    group.settle(outcomes);
  }
}

/** While there is no session: what no leader's key ever says. The guards fail, and the failure branch tells. */
function ownHolder(session: Session): Holder {
  return session.me ?? { name: '', life: session.life ?? '', session: 0 };
}

/** Above it a body is in parts: so that the bodies of one atomic append fit one transaction. */
function inlineBoundOf(bodies: readonly Body[]): number {
  const together = bodies.reduce((sum, body) => sum + body.bytes.length, 0);
  return together <= transactionBytesMax ? inlineBytesMax : Math.min(inlineBytesMax, Math.floor(transactionBytesMax / bodies.length));
}

const fullReasons = {
  request: (reason: string) => `etcd refuses requests of this size (${reason}): raise its --max-request-bytes to 1.5 MiB or more`,
  space: (reason: string) => `etcd has no space left (${reason}): raise its --quota-backend-bytes, compact, defragment and disarm the alarm`,
};

function refusalOf(error: unknown): keyof typeof fullReasons | undefined {
  if (!(error instanceof RpcFailed) || !error.definite) return undefined;
  if (/too large|larger than max/.test(error.message)) return 'request';
  return /space exceeded/.test(error.message) ? 'space' : undefined;
}
