// The leader's pipeline over the simulated log and the real store: conflicts, lost answers, lost terms.

import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { atOnce } from '../../src/base/pieces.js';
import { seededRandom, systemRandom } from '../../src/base/random.js';
import { type CommitRequest, LeaderPipeline } from '../../src/database/leader-pipeline.js';
import { Replica } from '../../src/database/replica.js';
import { FEATURE_LEVEL } from '../../src/graph/entry.js';
import type { Draft } from '../../src/graph/store.js';
import type { Log, LogEvents, ServerRecord } from '../../src/log/log.js';
import type { LogFaults } from '../../src/log/simulated/faults.js';
import { createSimulatedCluster, type SimulatedCluster } from '../../src/log/simulated/simulated-cluster.js';
import { createGraphStore } from '../../src/storage/store.js';

const GRAPH = '11111111-2222-4333-8444-555555555555';
const silent: LogEvents = { onHead() {}, onLeadership() {}, onServers() {}, onSessionLost() {} };

function record(name: string): ServerRecord {
  const address = { host: '127.0.0.1', port: 1 };
  return {
    id: randomUUID(),
    name,
    kind: 'CORE',
    life: randomBytes(16).toString('hex'),
    bolt: address,
    http: address,
    cluster: address,
    pid: 1,
    featureLevel: FEATURE_LEVEL,
    prefersToLead: [],
    startedAtMs: 0,
  };
}

function pipelineOf(log: Log, term: number, replica: Replica, onLost: (reason: string) => void = () => {}, level = FEATURE_LEVEL): LeaderPipeline {
  return new LeaderPipeline({ log, graph: GRAPH, term, replica, clock: systemClock, random: systemRandom, featureLevel: () => level, onLost });
}

class Node {
  readonly replica = new Replica(createGraphStore({ graphId: GRAPH, budgetBytes: 32 * 1024 ** 2, poisonFreedPages: true }), systemClock);
  readonly lost: string[] = [];
  pipeline: LeaderPipeline | undefined;
  readonly log: Log;

  constructor(log: Log) {
    this.log = log;
  }

  async lead(level = FEATURE_LEVEL): Promise<LeaderPipeline> {
    const won = await this.log.campaign(GRAPH);
    if (won.kind !== 'won') throw new Error(`not won: ${won.kind}`);
    const pipeline = pipelineOf(this.log, won.term, this.replica, (reason) => this.lost.push(reason), level);
    if (!(await pipeline.open())) throw new Error('not opened');
    this.pipeline = pipeline;
    return pipeline;
  }

  draft(): Draft {
    if (this.pipeline === undefined) throw new Error('not leading');
    return this.replica.store.begin(this.replica.store.published, this.pipeline.ids);
  }
}

async function nodeOf(cluster: SimulatedCluster, name: string): Promise<Node> {
  const log = cluster.logFor(name);
  await log.open(record(name), silent);
  log.follow(GRAPH);
  return new Node(log);
}

function newCluster(faults: Partial<LogFaults> = {}): SimulatedCluster {
  return createSimulatedCluster({ clock: systemClock, random: seededRandom(7), faults, leaseMs: 60_000, watchdogMs: 600_000 });
}

function commitOf(draft: Draft, requestId = randomBytes(16).toString('hex')): CommitRequest {
  return {
    requestId,
    effects: draft.effects(),
    counters: { ...draft.counters },
    snapshot: draft.base.transactionId,
    schemaVersion: draft.base.schema.version,
    timeoutMs: 10_000,
    exclusive: false,
  };
}

/** A second server that reads the whole log: what anybody else sees. */
async function readBack(cluster: SimulatedCluster): Promise<Replica> {
  const reader = await nodeOf(cluster, `reader${randomUUID()}`);
  const { entries } = await reader.log.read(GRAPH, 1, 1 << 30);
  for (const { index, payload } of entries) await reader.replica.ingest(index, payload);
  await reader.log.close();
  return reader.replica;
}

describe('the commit pipeline', () => {
  it('shares entries among commits of the same moment, and gives dense transaction ids', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const pipeline = await node.lead();
    const before = node.replica.index;
    const drafts = Array.from({ length: 50 }, () => {
      const draft = node.draft();
      draft.createNode(['N'], new Map());
      return draft;
    });
    const ids = await Promise.all(drafts.map((draft) => pipeline.commit(commitOf(draft))));
    for (const draft of drafts) draft.release();
    expect([...ids].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(node.replica.index - before).toBeLessThan(10);
    const seen = await readBack(cluster);
    expect(seen.store.digest(seen.store.published)).toBe(node.replica.store.digest(node.replica.store.published));
  });

  it('lets the first committer of one entity win, and the loser try again', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const pipeline = await node.lead();
    const making = node.draft();
    const id = making.createNode(['N'], new Map());
    await pipeline.commit(commitOf(making));
    making.release();
    const first = node.draft();
    const second = node.draft();
    first.setNodeProperty(id, 'a', 1);
    second.setNodeProperty(id, 'b', 2);
    const outcomes = await Promise.allSettled([pipeline.commit(commitOf(first)), pipeline.commit(commitOf(second))]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'Neo.TransientError.Transaction.Outdated' } });
    first.release();
    second.release();
  });

  it('gives a transient error for a unique key that another committed meanwhile (SAFETY 4)', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const pipeline = await node.lead();
    const schema = node.draft();
    atOnce(schema.createConstraint({ name: 'n_key', kind: 'unique', entity: 'node', token: 'N', properties: ['key'], propertyTypes: [] }));
    await pipeline.commit(commitOf(schema));
    schema.release();
    const drafts = [node.draft(), node.draft()];
    for (const draft of drafts) draft.createNode(['N'], new Map([['key', 1]]));
    const outcomes = await Promise.allSettled(drafts.map((draft) => pipeline.commit(commitOf(draft))));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'Neo.TransientError.Transaction.Outdated' } });
    const later = node.draft();
    expect(() => later.createNode(['N'], new Map([['key', 1]]))).toThrow(/already exists/);
    for (const draft of [...drafts, later]) draft.release();
  });

  it.each([
    { kind: 'exists' as const, properties: new Map() },
    { kind: 'key' as const, properties: new Map() },
    { kind: 'type' as const, properties: new Map([['key', 'text']]) },
  ])('lets a constraint of kind $kind and what breaks it never commit both (SAFETY 4)', async ({ kind, properties }) => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const pipeline = await node.lead();
    for (const dataFirst of [true, false]) {
      const token = `N${dataFirst}`;
      const [data, schema] = [node.draft(), node.draft()];
      data.createNode([token], properties);
      atOnce(schema.createConstraint({ name: token, kind, entity: 'node', token, properties: ['key'], propertyTypes: kind === 'type' ? ['INTEGER'] : [] }));
      for (const draft of [data, schema]) draft.checkBeforeCommit();
      const order = dataFirst ? [data, schema] : [schema, data];
      const outcomes = await Promise.allSettled(order.map((draft) => pipeline.commit(commitOf(draft))));
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected']);
      expect(outcomes[1]).toMatchObject({ reason: { code: 'Neo.TransientError.Transaction.Outdated' } });
      for (const draft of order) draft.release();
    }
  });

  it('writes nothing that a server of an older build could not apply (SAFETY 10)', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const pipeline = await node.lead(1);
    const [unique, exists] = [node.draft(), node.draft()];
    const shape = { entity: 'node', token: 'N', properties: ['key'], propertyTypes: [] } as const;
    atOnce(unique.createConstraint({ ...shape, name: 'unique', kind: 'unique' }));
    atOnce(exists.createConstraint({ ...shape, name: 'exists', kind: 'exists' }));
    await expect(pipeline.commit(commitOf(exists))).rejects.toMatchObject({ code: 'Neo.TransientError.General.DatabaseUnavailable' });
    await pipeline.commit(commitOf(unique));
    for (const draft of [unique, exists]) draft.release();
  });

  it('takes a repeated request id as one (SAFETY 14)', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const pipeline = await node.lead();
    const id = randomBytes(16).toString('hex');
    const drafts = [node.draft(), node.draft()];
    for (const draft of drafts) draft.createNode([], new Map());
    const ids = await Promise.all(drafts.map((draft) => pipeline.commit(commitOf(draft, id))));
    expect(ids).toEqual([1, 1]);
    expect(node.replica.store.published.statistics.nodeCount).toBe(1);
    for (const draft of drafts) draft.release();
  });

  it('resends ambiguous appends until they are definite: nothing is lost and nothing doubled (SAFETY 13)', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const pipeline = await node.lead();
    cluster.setFaults({ ambiguousApplied: 0.3, ambiguousNotApplied: 0.3 });
    let acknowledged = 0;
    for (let round = 0; round < 40; round++) {
      const draft = node.draft();
      draft.createNode(['N'], new Map([['round', round]]));
      await pipeline.commit(commitOf(draft));
      draft.release();
      acknowledged++;
    }
    cluster.setFaults({ ambiguousApplied: 0, ambiguousNotApplied: 0 });
    const seen = await readBack(cluster);
    expect(seen.store.published.statistics.nodeCount).toBe(acknowledged);
    expect(seen.transactionId).toBe(acknowledged);
  }, 60_000);

  it('a deposed leader commits nothing more (SAFETY 11, 12)', async () => {
    const cluster = newCluster();
    const old = await nodeOf(cluster, 'a');
    const oldPipeline = await old.lead();
    cluster.loseSession('a');
    const next = await nodeOf(cluster, 'b');
    const nextPipeline = await next.lead();
    expect(nextPipeline.term).toBeGreaterThan(oldPipeline.term);
    const draft = old.draft();
    draft.createNode(['Stale'], new Map());
    await expect(oldPipeline.commit(commitOf(draft))).rejects.toMatchObject({ code: 'Neo.TransientError.Transaction.LeaderSwitch' });
    draft.release();
    expect(old.lost).toHaveLength(1);
    expect(old.replica.store.published.statistics.nodeCount).toBe(0);
    const seen = await readBack(cluster);
    expect(seen.store.published.statistics.nodeCount).toBe(0);
  });

  it('keeps what it has applied when the first append of an earlier term of its own turns out to be lost', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    let answerFirst = () => {};
    let answerSecond = () => {};
    const gates = [new Promise<void>((resolve) => (answerFirst = resolve)), Promise.resolve(), new Promise<void>((resolve) => (answerSecond = resolve))];
    const log = {
      read: (...request: Parameters<Log['read']>) => node.log.read(...request),
      append: async (requests: Parameters<Log['append']>[0]) => {
        await gates.shift();
        return node.log.append(requests);
      },
    } as Log;
    const won = await node.log.campaign(GRAPH);
    if (won.kind !== 'won') throw new Error('not won');
    const early = pipelineOf(log, won.term - 1, node.replica);
    const opening = early.open();
    await new Promise((resolve) => setTimeout(resolve, 20));
    early.depose('another term was won');
    const late = pipelineOf(log, won.term, node.replica);
    expect(await late.open()).toBe(true);
    node.pipeline = late;
    const draft = node.draft();
    draft.createNode(['N'], new Map());
    const committing = late.commit(commitOf(draft));
    await new Promise((resolve) => setTimeout(resolve, 20));
    answerFirst();
    expect(await opening).toBe(false);
    answerSecond();
    expect(await committing).toBe(1);
    draft.release();
  });

  it('leaves the replica alone once its term is lost, however late the log answers', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const late = await node.lead();
    let answerRead = () => {};
    const answered = new Promise<void>((resolve) => (answerRead = resolve));
    const log = {
      read: async (...request: Parameters<Log['read']>) => {
        await answered;
        return node.log.read(...request);
      },
    } as Log;
    const early = pipelineOf(log, late.term - 1, node.replica);
    const opening = early.open();
    early.depose('another term was won');
    // In the log, and its answer was lost: the log has more than the replica has published.
    cluster.setFaults({ ambiguousApplied: 1, requestTimeoutMs: 50 });
    const draft = node.draft();
    draft.createNode(['N'], new Map());
    const committing = late.commit(commitOf(draft));
    while ((await node.log.position(GRAPH)).head === node.replica.index) await new Promise((resolve) => setTimeout(resolve, 1));
    answerRead();
    expect(await opening).toBe(false);
    cluster.setFaults({ ambiguousApplied: 0 });
    expect(await committing).toBe(1);
    expect(node.replica.quarantine).toBeUndefined();
    draft.release();
  });

  it('runs exclusive work with nobody else committing (SAFETY 5)', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const pipeline = await node.lead();
    const order: string[] = [];
    const outsider = node.draft();
    outsider.createNode([], new Map());
    // Wrapped: a promise returned from the work would be waited for inside it.
    const { commit } = await pipeline.exclusive(async () => {
      const commit = pipeline.commit(commitOf(outsider)).then(() => void order.push('outsider'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const draft = node.draft();
      draft.createNode([], new Map());
      await pipeline.commit({ ...commitOf(draft), exclusive: true });
      order.push('exclusive');
      draft.release();
      return { commit };
    });
    await commit;
    expect(order).toEqual(['exclusive', 'outsider']);
    outsider.release();
  });
});

describe('a large transaction', () => {
  it('gives the event loop its turns while it is judged, applied, written and read back', async () => {
    const cluster = newCluster();
    const node = await nodeOf(cluster, 'a');
    const pipeline = await node.lead();
    const draft = node.draft();
    const first = draft.createNode(['N'], new Map());
    for (let index = 0; index < 20_000; index++) draft.createRelationship('T', first, first, new Map());
    let turns = 0;
    let counting = true;
    const count = () => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const committing = pipeline.commit(commitOf(draft, 'ab'.repeat(16)));
    await new Promise((resolve) => setImmediate(resolve));
    // On its way all the while: nobody may be told that it never will be there (SAFETY 13).
    expect(pipeline.holds('ab'.repeat(16))).toBe(true);
    await committing;
    draft.release();
    const written = turns;
    expect(written).toBeGreaterThan(3 * (20_000 / 512));
    await readBack(cluster);
    counting = false;
    expect(turns - written).toBeGreaterThan(2 * (20_000 / 512));
  });
});
