// The story of the project, with real processes: writes on whichever server was asked, refusals where routing is off, the
// leader killed under load, everything killed at once.

import neo4j from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legacy, PASSWORD, query, StoryCluster, type StoryServer, sleep, statusOf } from '../support/story-cluster.js';

let cluster: StoryCluster;
beforeAll(async () => {
  cluster = await StoryCluster.start('--no-sample');
}, 90_000);
afterAll(() => cluster.stop());

async function overBolt(server: StoryServer, text: string, parameters: object = {}): Promise<unknown[]> {
  const driver = neo4j.driver(`bolt://${server.bolt}`, neo4j.auth.basic('neo4j', PASSWORD), { disableLosslessIntegers: true });
  const session = driver.session();
  try {
    const result = await session.run(text, parameters);
    return result.records.map((record) => record.get(0));
  } finally {
    await session.close();
    await driver.close();
  }
}

describe('a cluster of real processes', () => {
  it('takes writes over both HTTP APIs and over Bolt on every server, and shows them on all', async () => {
    const servers = cluster.servers();
    expect(servers.map((server) => server.kind)).toEqual(['CORE', 'CORE', 'CORE', 'READ_REPLICA']);
    for (const server of servers) {
      const first = await legacy(server, 'CREATE (n:Made {by: $by, via: "legacy"}) RETURN n.by', { by: server.name });
      expect(first.errors).toEqual([]);
      expect(first.results[0]?.data[0]?.row).toEqual([server.name]);
      const second = await query(server, 'CREATE (n:Made {by: $by, via: "query"}) RETURN n.by', { by: server.name });
      expect(second.data?.values).toEqual([[server.name]]);
      expect(await overBolt(server, 'CREATE (n:Made {by: $by, via: "bolt"}) RETURN n.by', { by: server.name })).toEqual([server.name]);
    }
    // Its bookmark stands for everything before it, the writes over Bolt too.
    const [last] = (await legacy(servers[0] as StoryServer, 'CREATE (:Last)')).lastBookmarks ?? [];
    for (const server of servers)
      expect((await query(server, 'MATCH (n:Made) RETURN n.via, count(*) ORDER BY n.via', {}, [last as string])).data?.values).toEqual([
        ['bolt', 4],
        ['legacy', 4],
        ['query', 4],
      ]);
  });

  it('lets a client read its own writes on another server by bookmark', async () => {
    const servers = cluster.servers();
    for (let round = 0; round < 40; round++) {
      const writer = servers[round % servers.length] as StoryServer;
      const reader = servers[(round * 3 + 1) % servers.length] as StoryServer;
      const written = await query(writer, 'CREATE (n:Own {round: $round})', { round });
      const read = await query(reader, 'MATCH (n:Own {round: $round}) RETURN count(n)', { round }, written.bookmarks);
      expect(read.data?.values).toEqual([[1]]);
    }
  });

  it("refuses with Neo4j's exact words where routing is off", async () => {
    const leader = await cluster.leader();
    const follower = cluster.servers().find((server) => server.kind === 'CORE' && server.name !== leader) as StoryServer;
    const off = { 'Causeway-Routing': 'off' };
    expect((await legacy(follower, 'CREATE (:No)', {}, off)).errors).toEqual([
      {
        code: 'Neo.ClientError.Cluster.NotALeader',
        message: 'No write operations are allowed directly on this database. Writes must pass through the leader. The role of this server is: FOLLOWER',
        leader: cluster.server(leader).bolt,
      },
    ]);
    expect((await legacy(cluster.server('replica1'), 'CREATE (:No)', {}, off)).errors[0]).toMatchObject({
      code: 'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase',
      message: 'No write operations are allowed on this database. This is a read only Neo4j instance.',
    });
    expect((await legacy(cluster.server(leader), 'CREATE (:Yes)', {}, off)).errors).toEqual([]);
  });

  it('loses no request to a living server when the leader is killed under load, and the killed one comes back', async () => {
    const leader = await cluster.leader();
    const living = cluster.servers().filter((server) => server.name !== leader);
    const failures: unknown[] = [];
    const acknowledged: number[] = [];
    let next = 0;
    let running = true;
    const writing = living.flatMap((server) =>
      [0, 1].map(async () => {
        while (running) {
          const number = next++;
          try {
            const answer = await legacy(server, 'CREATE (n:Load {number: $number}) RETURN n.number', { number });
            if (answer.errors.length > 0 || answer.results[0]?.data[0]?.row[0] !== number) failures.push({ server: server.name, number, answer });
            else acknowledged.push(number);
          } catch (error) {
            failures.push({ server: server.name, number, error });
          }
        }
      }),
    );
    await sleep(1000);
    process.kill(cluster.server(leader).pid, 'SIGKILL');
    await sleep(2500);
    running = false;
    await Promise.all(writing);
    expect(failures).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(100);

    const counts = await legacy(
      living[0] as StoryServer,
      'MATCH (n:Load) RETURN count(n), count(DISTINCT n.number)',
      {},
      { 'Causeway-Consistency': 'linearizable' },
    );
    expect(counts.results[0]?.data[0]?.row).toEqual([acknowledged.length, acknowledged.length]);
    expect(await cluster.leader()).not.toBe(leader);

    // It is started again on its ports, and catches up.
    const head = (await statusOf(living[0] as StoryServer, 'neo4j'))?.lastTransaction ?? 0;
    await expect.poll(async () => (await statusOf(cluster.server(leader), 'neo4j'))?.lastTransaction ?? -1, { timeout: 20_000 }).toBeGreaterThanOrEqual(head);
    expect((await legacy(cluster.server(leader), 'MATCH (n:Load) RETURN count(n)')).results[0]?.data[0]?.row).toEqual([acknowledged.length]);
  });

  it('has everything that was acknowledged after all processes were killed at once', async () => {
    const servers = cluster.servers();
    const acknowledged: number[] = [];
    let running = true;
    let next = 0;
    const writing = servers.map(async (server) => {
      while (running) {
        const number = next++;
        try {
          const answer = await legacy(server, 'CREATE (n:Last {number: $number})', { number });
          if (answer.errors.length === 0) acknowledged.push(number);
        } catch {
          // The server is gone: what it did not acknowledge may or may not be there.
          if (running) await sleep(5);
        }
      }
    });
    while (acknowledged.length < 100) await sleep(20);
    await cluster.killAll();
    running = false;
    await Promise.all(writing);
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
    await cluster.startAgain('--no-sample');
    const answer = await legacy(
      cluster.servers()[0] as StoryServer,
      'MATCH (n:Last) WHERE n.number IS NOT NULL RETURN n.number',
      {},
      { 'Causeway-Consistency': 'linearizable' },
    );
    const there = (answer.results[0]?.data ?? []).map(({ row }) => row[0] as number);
    expect(new Set(there).size).toBe(there.length);
    expect(acknowledged.filter((number) => !there.includes(number))).toEqual([]);
  }, 120_000);
});
