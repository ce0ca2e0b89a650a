// Bugs that are planted on purpose, to see the simulation find them. Each breaks one rule of the design, from outside: it
// replaces a method of a class, or the guards of the log, for one run. Nothing of them is in `src`.

import { Asker } from '../../src/cluster/ask.js';
import { Database } from '../../src/database/database.js';
import { ConflictTable } from '../../src/database/footprint.js';
import { LeaderPipeline } from '../../src/database/leader-pipeline.js';
import { Outcomes } from '../../src/database/outcomes.js';
import { Replica } from '../../src/database/replica.js';
import type { TransactionOptions } from '../../src/database/result.js';
import type { ChangeSet, Effect } from '../../src/graph/change-set.js';
import type { GraphStore, GraphVersion } from '../../src/graph/store.js';
import type { AppendOutcome, AppendRequest } from '../../src/log/log.js';
import type { GraphState, Holder } from '../../src/log/rules.js';
import { SimulatedLog } from '../../src/log/simulated/simulated-log.js';
import { type Guards, guards } from '../../src/log/simulated/store.js';
import { createGraphStore } from '../../src/storage/store.js';
import { RemoteServers } from '../../src/targets/remote.js';
import { Settlement } from '../../src/targets/settlement.js';

export interface Bug {
  readonly name: string;
  /** What it does, and the rule that it breaks. */
  readonly what: string;
  /** A seed that finds it, and what is said then. */
  readonly seed: number;
  readonly breaks: RegExp;
  /** Puts it in place; returns what takes it out again. */
  readonly plant?: () => () => void;
  readonly guards?: Guards;
}

// biome-ignore lint/suspicious/noExplicitAny: methods of any shape are replaced
type Method = (this: any, ...given: any[]) => any;

function replace(owner: object, name: string, make: (original: Method) => Method): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (descriptor === undefined) throw new Error(`there is no ${name} to plant a bug in`);
  const key = descriptor.get === undefined ? 'value' : 'get';
  Object.defineProperty(owner, name, { ...descriptor, [key]: make(descriptor[key] as Method) });
  return () => Object.defineProperty(owner, name, descriptor);
}

const planted =
  (owner: () => object, name: string, make: (original: Method) => Method): (() => () => void) =>
  () =>
    replace(owner(), name, make);

const storeClass = (): object => Object.getPrototypeOf(createGraphStore({ graphId: 'planted', budgetBytes: 1024 * 1024 })) as object;

/** Of whom nothing is known: the guard compares what the log has with itself. */
const heldByAnybody = (state: GraphState, request: AppendRequest): [AppendRequest, Holder | undefined] => [{ ...request, term: state.term }, state.holder];

export const bugs: readonly Bug[] = [
  {
    name: 'no fence',
    what: 'the log takes appends under any term (SAFETY 11, 12)',
    seed: 4,
    breaks: /durability:/,
    guards: {
      ...guards,
      judgeAppend: (state, request, _me, batchId) => guards.judgeAppend(state, ...heldByAnybody(state, request), batchId),
    },
  },
  {
    name: 'head not compared',
    what: 'the log puts an entry at its end, wherever the leader believes that to be (SAFETY 12)',
    seed: 5,
    breaks: /availability:/,
    guards: {
      ...guards,
      judgeAppend: (state, request, me, _batchId) => guards.judgeAppend(state, { ...request, index: state.head + 1 }, me, undefined),
    },
  },
  {
    name: 'head compared, not moved',
    what: 'now and then the log puts an entry and leaves the head where it was (SAFETY 12)',
    seed: 5,
    breaks: /availability:/,
    guards: {
      ...guards,
      judgeAppend: (state, request, me, batchId) => {
        const verdict = guards.judgeAppend(state, request, me, batchId);
        return verdict.kind === 'put' && request.index % 50 === 0 ? { ...verdict, state: { ...verdict.state, head: state.head } } : verdict;
      },
    },
  },
  {
    name: 'term used again',
    what: 'whoever wins a leadership gets the term of the one before, and the log compares terms alone (SAFETY 11)',
    seed: 8,
    breaks: /durability:/,
    guards: {
      judgeAppend: (state, request, _me, batchId) => guards.judgeAppend(state, request, state.term === request.term ? state.holder : undefined, batchId),
      wonBy: (state, me) => ({ ...state, term: Math.max(1, state.term), holder: me }),
    },
  },
  {
    name: 'acknowledged before the append',
    what: 'now and then an append is said to be in the log when it is sent (durability)',
    seed: 42,
    breaks: /durability:/,
    plant: () => {
      let count = 0;
      return replace(
        SimulatedLog.prototype,
        'append',
        (original) =>
          function (this: SimulatedLog, requests: readonly AppendRequest[]) {
            const appending = original.call(this, requests) as Promise<readonly AppendOutcome[]>;
            if (++count < 100 || count % 10 !== 0) return appending;
            appending.catch(() => {});
            return Promise.resolve(requests.map(() => ({ kind: 'appended' })));
          },
      );
    },
  },
  {
    name: 'ambiguous taken for a no',
    what: 'an append without an answer is taken for one that was refused (SAFETY 13)',
    seed: 5,
    breaks: /outcomes:/,
    plant: planted(
      () => SimulatedLog.prototype,
      'append',
      (original) => mapOutcomes(original, (term) => ({ kind: 'termLost', term })),
    ),
  },
  {
    name: 'ambiguous taken for a yes',
    what: 'an append without an answer is taken for one that is in the log (SAFETY 13)',
    seed: 2,
    breaks: /durability:/,
    plant: planted(
      () => SimulatedLog.prototype,
      'append',
      (original) => mapOutcomes(original, () => ({ kind: 'appended' })),
    ),
  },
  {
    name: 'no barrier',
    what: 'a linearizable read trusts the head that the server has heard of (SAFETY 25)',
    seed: 3,
    breaks: /linearizable:/,
    plant: planted(
      () => SimulatedLog.prototype,
      'barrier',
      () => (graphs: readonly string[]) => Promise.resolve(new Map(graphs.map((graph) => [graph, 0]))),
    ),
  },
  {
    name: 'barrier kept',
    what: 'a barrier also serves the reads that arrive in the half second after it (SAFETY 25)',
    seed: 3,
    breaks: /linearizable:/,
    plant: () => {
      const kept = new WeakMap<object, Map<string, { readonly heads: Promise<unknown>; readonly atMs: number }>>();
      return replace(SimulatedLog.prototype, 'barrier', (original) => {
        let calls = 0;
        return function (this: SimulatedLog, graphs: readonly string[]) {
          const of = kept.get(this) ?? new Map();
          kept.set(this, of);
          const key = graphs.join(' ');
          const last = of.get(key);
          if (last !== undefined && ++calls % 4 !== 0) return last.heads;
          const heads = original.call(this, graphs) as Promise<unknown>;
          heads.catch(() => of.delete(key));
          of.set(key, { heads, atMs: 0 });
          return heads;
        };
      });
    },
  },
  {
    name: 'barrier not waited for',
    what: 'a linearizable read goes ahead before the head of its barrier is applied (SAFETY 25)',
    seed: 2,
    breaks: /linearizable:/,
    plant: planted(
      () => Replica.prototype,
      'waitForIndex',
      () => () => Promise.resolve(true),
    ),
  },
  {
    name: 'bookmark not waited for',
    what: 'a read with a bookmark goes ahead before the bookmark is applied',
    seed: 2,
    breaks: /bookmarks:/,
    plant: planted(
      () => Replica.prototype,
      'waitForTransaction',
      () => () => Promise.resolve(true),
    ),
  },
  {
    name: 'published before the log has it',
    what: 'a leader shows what is still on its way to the log (SAFETY 3)',
    seed: 12,
    breaks: /order:/,
    plant: () => {
      const owner = storeClass();
      const undo = [
        replace(
          owner,
          'publish',
          (original) =>
            function (this: GraphStore, version: GraphVersion) {
              if (version.transactionId > this.published.transactionId) original.call(this, version);
            },
        ),
        replace(
          owner,
          'apply',
          (original) =>
            function* (this: GraphStore, changeSet: ChangeSet): Generator<undefined, GraphVersion, undefined> {
              const version: GraphVersion = yield* original.call(this, changeSet);
              this.publish(version);
              return version;
            },
        ),
      ];
      return () => undo.map((one) => one()) && undefined;
    },
  },
  {
    name: 'effects skipped',
    what: 'a server now and then applies a transaction without its last effect (order)',
    seed: 1,
    breaks: /divergence:/,
    plant: () => applied((changeSet, store) => (changeSet.transactionId % 60 === 0 && followers.has(store) ? withoutLast(changeSet) : changeSet)),
  },
  {
    name: 'part of a large transaction skipped',
    what: 'of a large transaction a server applies the first 512 effects (SAFETY 8)',
    seed: 1,
    breaks: /divergence:/,
    plant: () =>
      applied((changeSet, store) =>
        changeSet.effects.length > 512 && followers.has(store) ? { ...changeSet, effects: changeSet.effects.slice(0, 512) } : changeSet,
      ),
  },
  {
    name: 'conflicts not looked for',
    what: 'the second committer of an entity overwrites the first (SAFETY 4)',
    seed: 1,
    breaks: /durability:/,
    plant: planted(
      () => ConflictTable.prototype,
      'conflicts',
      () =>
        // biome-ignore lint/correctness/useYield: a verdict without pauses
        function* () {
          return false;
        },
    ),
  },
  {
    name: 'snapshot taken for a later one',
    what: 'a transaction that began before a commit is judged as if it had begun after it (SAFETY 4)',
    seed: 1,
    breaks: /durability:/,
    plant: planted(
      () => LeaderPipeline.prototype,
      'commit',
      (original) =>
        function (this: LeaderPipeline, request) {
          return original.call(this, { ...request, snapshot: request.snapshot + 1 });
        },
    ),
  },
  {
    name: 'unique keys ignore what is on its way',
    what: 'a commit is not judged against those before it that are not published yet (SAFETY 3, 4)',
    seed: 1,
    breaks: /unique:/,
    plant: planted(
      storeClass,
      'validate',
      () =>
        // biome-ignore lint/correctness/useYield: a verdict without pauses
        function* () {
          return undefined;
        },
    ),
  },
  {
    name: 'lost reply run again without its id',
    what: 'a statement that goes to a leader for a second time goes with a new request id (SAFETY 14)',
    seed: 1,
    breaks: /durability:/,
    plant: () => {
      const sent = new Set<string>();
      return replace(
        RemoteServers.prototype,
        'run',
        (original) =>
          function (this: RemoteServers, server, term, request, options: TransactionOptions) {
            const requestId = sent.has(options.requestId) ? sent.size.toString(16).padStart(16, '0').padEnd(32, '0') : options.requestId;
            sent.add(options.requestId);
            return original.call(this, server, term, request, { ...options, requestId });
          },
      );
    },
  },
  {
    name: 'never without a new term',
    what: 'an absent request id is taken for settled although its leader may still commit it (SAFETY 14)',
    seed: 6,
    breaks: /outcomes:/,
    plant: planted(
      () => Settlement.prototype,
      'look',
      (original) =>
        async function (this: Settlement, ...given) {
          const settled = await original.apply(this, given);
          return settled.kind === 'pending' ? { kind: 'never' } : settled;
        },
    ),
  },
  {
    name: 'on its way taken for absent',
    what: 'a leader says of a commit in its pipeline that it can never be (SAFETY 14)',
    seed: 6,
    breaks: /outcomes:/,
    plant: () => {
      const undo = [
        replace(Database.prototype, 'mayYetCommit', () => () => false),
        replace(
          Asker.prototype,
          'outcome',
          (original) =>
            async function (this: Asker, ...given) {
              const answer = await original.apply(this, given);
              return { ...answer, term: answer.settled ? answer.term + 1 : answer.term };
            },
        ),
      ];
      return () => undo.map((one) => one()) && undefined;
    },
  },
  {
    name: 'outcomes not kept by followers',
    what: 'what became of a request id is known to the leader that committed it alone (SAFETY 14)',
    seed: 1,
    breaks: /outcomes:/,
    plant: planted(
      () => Outcomes.prototype,
      'add',
      (original) =>
        function (this: Outcomes, changeSet: ChangeSet) {
          if (changeSet.requestId.endsWith('0') || changeSet.requestId.endsWith('1') || changeSet.requestId.endsWith('2')) return;
          original.call(this, changeSet);
        },
    ),
  },
  {
    name: 'speculation kept',
    what: 'what a deposed leader had applied stays when the log refused it (SAFETY 3)',
    seed: 4,
    breaks: /availability:/,
    plant: planted(storeClass, 'dropSpeculative', () => () => {}),
  },
  {
    name: 'versions not pinned',
    what: 'pages are given back although a transaction still reads them',
    seed: 1,
    breaks: /unexpected error:/,
    plant: () => {
      const owner = storeClass();
      const undo = [replace(owner, 'pin', () => () => {}), replace(owner, 'unpin', () => () => {})];
      return () => undo.map((one) => one()) && undefined;
    },
  },
];

export function bugOf(name: string): Bug {
  const bug = bugs.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`there is no bug '${name}': ${bugs.map((one) => one.name).join(', ')}`);
  return bug;
}

/** Stores that follow: the leader's own speculation is right. */
const followers = new WeakSet<GraphStore>();

function applied(change: (changeSet: ChangeSet, store: GraphStore) => ChangeSet): () => void {
  const undo = [
    replace(
      Replica.prototype,
      'ingest',
      (original) =>
        function (this: Replica, ...given) {
          followers.add(this.store);
          return original.apply(this, given);
        },
    ),
    replace(
      storeClass(),
      'apply',
      (original) =>
        function (this: GraphStore, changeSet: ChangeSet): Generator<undefined, GraphVersion, undefined> {
          return original.call(this, change(changeSet, this));
        },
    ),
  ];
  return () => undo.map((one) => one()) && undefined;
}

function withoutLast(changeSet: ChangeSet): ChangeSet {
  return { ...changeSet, effects: changeSet.effects.slice(0, -1) as readonly Effect[] };
}

function mapOutcomes(original: Method, ambiguous: (term: number) => AppendOutcome): Method {
  return async function (this: SimulatedLog, requests: readonly AppendRequest[]) {
    const outcomes = (await original.call(this, requests)) as readonly AppendOutcome[];
    return outcomes.map((outcome, index) => (outcome.kind === 'ambiguous' ? ambiguous((requests[index] as AppendRequest).term) : outcome));
  };
}
