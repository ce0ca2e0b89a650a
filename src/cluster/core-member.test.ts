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
  readonly graphId = GRAPH;
  readonly name = 'neo4j';
  readonly copy = 'primary';
  readonly headIndex = 0;
  readonly replica = { index: 0, quarantine: undefined };
  term: number | undefined;

  get role() {
    return this.term === undefined ? 'FOLLOWER' : 'LEADER';
  }

  async lead(term: number): Promise<boolean> {
    this.term = term;
    return true;
  }

  async stopLeading(): Promise<number | undefined> {
    return this.term;
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
    const member = new CoreMember(log.logFor(name), record(name), clock, seededRandom(2), noLogger);
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
