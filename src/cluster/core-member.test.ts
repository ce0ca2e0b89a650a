import { expect, it } from 'vitest';
import { noLogger } from '../base/logger.js';
import { seededRandom } from '../base/random.js';
import type { Database } from '../database/database.js';
import type { ServerRecord } from '../log/log.js';
import { createSimulatedClock } from '../log/simulated/simulated-clock.js';
import { createSimulatedCluster } from '../log/simulated/simulated-cluster.js';
import { CoreMember } from './core-member.js';

const GRAPH = '5f1c0a52-0d0b-4a51-93c8-2f4b9f6d2f11';
const OUTAGE_MS = 3000;

const record = (name: string): ServerRecord => ({
  id: name,
  name,
  kind: 'CORE',
  bolt: { host: name, port: 7687 },
  http: { host: name, port: 7474 },
  cluster: { host: name, port: 7000 },
  pid: 1,
  featureLevel: 1,
  prefersToLead: [],
  life: `life of ${name}`,
  startedAtMs: 1,
});

/** As much of a graph's copy as a member asks for. */
class Copy {
  readonly graphId: string;
  readonly name = 'neo4j';
  readonly copy = 'primary';
  readonly lag = 0;
  readonly replica = { index: 0, quarantine: undefined };
  term: number | undefined;

  constructor(graphId = GRAPH) {
    this.graphId = graphId;
  }

  get role() {
    return this.term === undefined ? 'FOLLOWER' : 'LEADER';
  }

  lasting = false;

  hasWriterSince(): boolean {
    return this.lasting;
  }

  async lead(term: number): Promise<boolean> {
    this.term = term;
    return true;
  }

  async stopLeading(): Promise<number | undefined> {
    const { term } = this;
    this.term = undefined;
    return term;
  }

  headMoved(): void {}
  leadershipChanged(): void {}
  close(): void {}
}

it('gives a leadership away as soon as the log is back, when it was away at first', async () => {
  const clock = createSimulatedClock();
  const log = createSimulatedCluster({ clock, random: seededRandom(1), leaseMs: 60_000 });
  const copies = new Map(['one', 'two'].map((name) => [name, new Copy()]));
  const members = new Map<string, CoreMember>();
  for (const [name, copy] of copies) {
    const member = new CoreMember(log.logFor(name), record(name), clock, seededRandom(2), noLogger, async () => new Map([[GRAPH, 0]]));
    await clock.settle(member.join(() => {}));
    member.graphIs({ id: GRAPH, name: 'neo4j', mayLead: () => true });
    member.register(copy as unknown as Database);
    members.set(name, member);
  }
  const leader = () => [...copies].find(([, { term }]) => term !== undefined)?.[0];
  await clock.runUntil(() => leader() !== undefined, 5000);
  const first = leader() as string;
  const other = first === 'one' ? 'two' : 'one';

  log.partition(first);
  const given = members.get(first)?.unregister(GRAPH);
  await clock.advance(OUTAGE_MS);
  expect(copies.get(other)?.role).toBe('FOLLOWER');
  log.heal(first);
  await clock.settle(given as Promise<void>);
  await clock.runUntil(() => copies.get(other)?.role === 'LEADER', 1000);
});

it('gives nothing, to balance, to a server that lacks what it has or does not answer', async () => {
  const clock = createSimulatedClock();
  const log = createSimulatedCluster({ clock, random: seededRandom(1), leaseMs: 60_000 });
  const graphs = [GRAPH, '5f1c0a52-0d0b-4a51-93c8-2f4b9f6d2f12', '5f1c0a52-0d0b-4a51-93c8-2f4b9f6d2f13'];
  const members = new Map<string, CoreMember>();
  let answer: () => Promise<ReadonlyMap<string, number>> = () => Promise.reject(new Error('no answer'));
  const join = async (name: string) => {
    const copies = graphs.map((graphId) => new Copy(graphId));
    const member = new CoreMember(log.logFor(name), record(name), clock, seededRandom(2), noLogger, () => answer());
    await clock.settle(member.join(() => {}));
    for (const copy of copies) {
      member.graphIs({ id: copy.graphId, name: copy.graphId, mayLead: () => true });
      member.register(copy as unknown as Database);
    }
    members.set(name, member);
    return copies;
  };
  const led = (copies: readonly Copy[]) => copies.filter(({ role }) => role === 'LEADER').length;
  const first = await join('one');
  await clock.runUntil(() => led(first) === 3, 5000);
  for (const copy of first) Object.assign(copy, { lasting: true }).replica.index = 1000;
  const second = await join('two');
  await clock.advance(5000);
  expect([led(first), led(second)]).toEqual([3, 0]);
  answer = async () => new Map(graphs.map((graph) => [graph, 900]));
  await clock.advance(5000);
  expect([led(first), led(second)]).toEqual([3, 0]);
  // Nor while a transaction that writes is open, for a while.
  answer = async () => new Map(graphs.map((graph) => [graph, 999]));
  await clock.advance(5000);
  expect([led(first), led(second)]).toEqual([3, 0]);
  await clock.runUntil(() => led(second) === 1, 6000);
  expect(led(first)).toBe(2);
  // Nor when it stops soon.
  members.get('one')?.keepAll();
  await join('three');
  await clock.advance(15_000);
  expect(led(first)).toBe(2);
});
