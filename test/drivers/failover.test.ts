// Drivers before, during and after a failover: managed transactions lose nothing, and a write is there twice only
// where its connection died inside COMMIT, which a driver cannot tell from a commit that failed.

import type { Driver } from 'neo4j-driver';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ClusterMember, InProcessCluster } from '../support/in-process-cluster.js';
import { balanced, drivers, open } from './drivers.js';

// Drivers wait for seconds between their attempts.
vi.setConfig({ testTimeout: 90_000 });

let cluster: InProcessCluster | undefined;
const opened: Driver[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((driver) => driver.close()));
  await cluster?.stop();
  cluster = undefined;
});

interface Story {
  /** Keys whose transaction was acknowledged. */
  readonly acknowledged: string[];
  /** Keys whose work was done and then asked for again: COMMIT was sent, and no answer came. */
  readonly askedAgainAfterCommit: Set<string>;
  readonly reads: number[];
}

/** Writes one node a transaction, one after the other, until told to stop; reads beside it. */
function work(driver: Driver, name: string, story: Story): { stop(): Promise<void> } {
  let stopping = false;
  const write = async () => {
    for (let number = 0; !stopping; number++) {
      const key = `${name}-${number}`;
      let isDone = false;
      const session = driver.session();
      await session.executeWrite(async (tx) => {
        if (isDone) story.askedAgainAfterCommit.add(key);
        isDone = false;
        await tx.run('CREATE (n:Work {key: $key}) RETURN n.key', { key });
        isDone = true;
      });
      story.acknowledged.push(key);
      await session.close();
    }
  };
  const read = async () => {
    while (!stopping) {
      const session = driver.session();
      const count = await session.executeRead(async (tx) => (await tx.run('MATCH (n:Work) RETURN count(n) AS c')).records[0]?.get('c').toNumber());
      story.reads.push(count);
      await session.close();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const running = Promise.all([write(), read()]);
  return {
    stop: async () => {
      stopping = true;
      await running;
    },
  };
}

async function acknowledgedMore(story: Story, count: number): Promise<void> {
  const goal = story.acknowledged.length + count;
  for (let tries = 0; story.acknowledged.length < goal; tries++) {
    if (tries > 1000) throw new Error('writing does not go on');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** How often each key is there, on `member`, once it has all that was acknowledged. */
async function found(member: ClusterMember, library: (typeof drivers)[number][1]): Promise<Map<string, number>> {
  const driver = open(library, 'bolt', member.server.bolt);
  opened.push(driver);
  const metadata = { causeway_consistency: 'linearizable' };
  const session = driver.session({ defaultAccessMode: library.session.READ });
  const { records } = await session.run('MATCH (n:Work) RETURN n.key AS key, count(*) AS c', {}, { metadata });
  await session.close();
  return new Map(records.map((record) => [record.get('key'), record.get('c').toNumber()]));
}

const lose = {
  /** The leader is deposed while its process lives on. */
  'its session': async (given: InProcessCluster, leader: ClusterMember) => given.log.loseSession(leader.name),
  /** Every connection to the leader dies. */
  'its process': async (given: InProcessCluster, leader: ClusterMember) => {
    given.members.splice(given.members.indexOf(leader), 1);
    await leader.server.stop();
  },
} as const;

/** As a name of all servers would: without it, a driver that does not know its home database asks its first server alone. */
function resolver(given: InProcessCluster): () => string[] {
  const all = given.members.map(({ server }) => `127.0.0.1:${server.bolt.port}`);
  return () => all;
}

describe.each(drivers)('neo4j-driver %s', (_, library) => {
  describe.each(['neo4j', 'bolt'] as const)('over %s://', (scheme) => {
    it.each(Object.entries(lose))('loses nothing when the leader loses %s', async (_name, loseLeader) => {
      const given = await balanced(await InProcessCluster.start({ cores: 3, replicas: 1 }));
      cluster = given;
      const leader = await given.leader();
      const entries = scheme === 'neo4j' ? [leader, leader, leader] : given.members.filter((member) => member !== leader);
      const story: Story = { acknowledged: [], askedAgainAfterCommit: new Set(), reads: [] };
      const workers = entries.map((entry, index) => {
        const driver = open(library, scheme, entry.server.bolt, { maxTransactionRetryTime: 20_000, resolver: resolver(given) });
        opened.push(driver);
        return work(driver, `w${index}`, story);
      });
      await acknowledgedMore(story, 30);
      await loseLeader(given, leader);
      await acknowledgedMore(story, 60);
      await Promise.all(workers.map((worker) => worker.stop()));
      const next = await given.leader();
      const there = await found(next, library);
      expect(story.acknowledged.filter((key) => !there.has(key))).toEqual([]);
      const doubles = [...there].filter(([, count]) => count > 1);
      expect(doubles.filter(([key]) => !story.askedAgainAfterCommit.has(key))).toEqual([]);
      expect(doubles.length).toBeLessThanOrEqual(entries.length);
      expect([...there.keys()].filter((key) => !story.acknowledged.includes(key))).toEqual([]);
      expect(story.reads.length).toBeGreaterThan(3);
    });
  });

  it('finds the new leader at once, in the routing table too', async () => {
    const given = await balanced(await InProcessCluster.start({ cores: 3, replicas: 0 }));
    cluster = given;
    const leader = await given.leader();
    const driver = open(library, 'neo4j', leader.server.bolt, { resolver: resolver(given) });
    opened.push(driver);
    expect((await driver.executeQuery('CREATE (:First)')).summary.server.address).toBe(`127.0.0.1:${leader.server.bolt.port}`);
    given.members.splice(given.members.indexOf(leader), 1);
    await leader.server.stop();
    const startedAt = performance.now();
    const { summary } = await driver.executeQuery('CREATE (:Second)');
    // Not only when the driver's table has expired.
    expect(performance.now() - startedAt).toBeLessThan(9000);
    const next = await given.leader();
    const table = async (member: ClusterMember) => {
      const direct = open(library, 'bolt', member.server.bolt);
      const { records } = await direct.executeQuery('CALL dbms.routing.getRoutingTable({}) YIELD servers RETURN servers');
      await direct.close();
      const servers: { role: string; addresses: string[] }[] = records[0]?.get('servers');
      return servers;
    };
    const gone = `127.0.0.1:${leader.server.bolt.port}`;
    for (const member of given.members) {
      const servers = await table(member);
      expect(servers.find((one) => one.role === 'WRITE')?.addresses).toEqual([`127.0.0.1:${next.server.bolt.port}`]);
      expect(servers.flatMap((one) => one.addresses)).not.toContain(gone);
    }
    expect(given.members.map(({ server }) => `127.0.0.1:${server.bolt.port}`)).toContain(summary.server.address);
  });
});
