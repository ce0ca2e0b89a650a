// Read replicas that feed one another, in one process over TCP: trees, deaths, islands, and catching up from far behind.

import { afterEach, describe, expect, it } from 'vitest';
import { ReplicaMember } from '../../src/cluster/replica-member.js';
import { InProcessCluster, post } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;
afterEach(() => cluster.stop());

function paths(): Map<string, readonly string[]> {
  return new Map(
    cluster.members.flatMap(({ name, server }) => (server.membership instanceof ReplicaMember ? [[name, server.membership.path()] as const] : [])),
  );
}

async function until(holds: () => boolean | Promise<boolean>, timeoutMs: number): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > timeoutMs) throw new Error(`not within ${timeoutMs} ms; paths ${JSON.stringify([...paths()])}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - began;
}

const allFed = () => [...paths().values()].every((path) => path.length > 0);

async function write(from: number, count: number, padding = ''): Promise<void> {
  const core = await cluster.leader();
  for (let number = from; number < from + count; number++) {
    const { errors } = await post(core.server.http, 'CREATE (:Item {number: $number, padding: $padding})', { number, padding });
    expect(errors).toEqual([]);
  }
}

/** Numbers of items, and how many are different, as the replica has them by now. */
async function items(name: string): Promise<unknown> {
  const answer = await post(
    cluster.member(name).server.http,
    'MATCH (n:Item) RETURN count(n), count(DISTINCT n.number)',
    {},
    { 'causeway-consistency': 'eventual' },
  );
  return answer.results[0]?.data[0]?.row;
}

async function untilAllHave(count: number, timeoutMs: number): Promise<number> {
  return until(async () => {
    const rows = await Promise.all([...paths().keys()].map(items));
    return rows.every((row) => JSON.stringify(row) === JSON.stringify([count, count]));
  }, timeoutMs);
}

/** A replica that feeds others. */
function middle(): { name: string; children: string[] } {
  const all = [...paths()];
  for (const [name] of all) {
    const children = all.filter(([, path]) => path.at(-2) === name).map(([child]) => child);
    if (children.length > 0) return { name, children };
  }
  throw new Error('nobody feeds others');
}

const ageOf = (name: string) => cluster.member(name).server.graphs.byName('neo4j')?.millisSinceHeard ?? 0;
const reasonOf = (name: string) =>
  cluster
    .member(name)
    .server.graphs.status()
    .find((status) => status.name === 'neo4j')?.stateReason;

describe('read replicas', () => {
  it('feed each other in a shallow tree, and find another feeder when theirs dies', async () => {
    cluster = await InProcessCluster.start({ cores: 1, replicas: 6, settings: { feed: { children_max: 2 } } });
    await until(allFed, 5000);
    const before = [...paths().values()];
    expect(before.map((path) => path[0])).toEqual(Array(6).fill('core1'));
    expect(before.filter((path) => path.length === 2).length).toBe(2);
    expect(before.filter((path) => path.length === 3).length).toBe(4);
    await write(0, 10);
    await untilAllHave(10, 3000);

    const { name } = middle();
    const writing = write(10, 100);
    await cluster.kill(cluster.member(name));
    await until(() => [...paths().values()].every((path) => path.length > 0 && !path.includes(name)), 2000);
    await writing;
    await untilAllHave(110, 2000);
    expect(cluster.members.flatMap(({ server }) => server.graphs.all().flatMap(({ replica }) => replica.quarantine ?? []))).toEqual([]);
  });

  it('leave a feeder that has fallen silent', async () => {
    cluster = await InProcessCluster.start({ cores: 2, replicas: 2, settings: { feed: { children_max: 1 } } });
    await until(allFed, 5000);
    const [name, path] = [...paths()][0] as [string, readonly string[]];
    cluster.cables.mute(name, path.at(-2) as string);
    await until(() => (paths().get(name) ?? []).length > 0 && paths().get(name)?.at(-2) !== path.at(-2), 4000);
    await write(0, 5);
    await untilAllHave(5, 3000);
  });

  it('on an island see themselves grow stale, and say so', async () => {
    cluster = await InProcessCluster.start({ cores: 1, replicas: 2, settings: { feed: { children_max: 1 } } });
    await until(allFed, 5000);
    await write(0, 1);
    await untilAllHave(1, 3000);
    const { name, children } = middle();
    const child = children[0] as string;
    expect(ageOf(child)).toBeLessThan(3000);
    for (const replica of [name, child]) cluster.cables.cut('core1', replica);
    const cutMs = performance.now();
    await write(1, 1);
    await until(() => [name, child].every((replica) => (reasonOf(replica) ?? '') !== ''), 12_000);
    for (const replica of [name, child]) {
      expect(ageOf(replica)).toBeGreaterThanOrEqual(Math.min(5000, performance.now() - cutMs - 100));
      expect(paths().get(replica)).toEqual([]);
      expect(reasonOf(replica)).toMatch(/nothing heard of the log for \d+ s/);
      expect(await items(replica)).toEqual([1, 1]);
    }
    cluster.cables.heal();
    await until(allFed, 5000);
    await untilAllHave(2, 3000);
    await until(() => reasonOf(child) === '', 2000);
  });

  it('catch up at a CORE with what their feeder no longer keeps', async () => {
    cluster = await InProcessCluster.start({ cores: 1, replicas: 2, settings: { feed: { children_max: 1, tail_bytes: 20_000 } } });
    await until(allFed, 5000);
    await write(0, 20);
    await untilAllHave(20, 3000);
    const { name, children } = middle();
    const child = children[0] as string;
    for (const other of ['core1', name]) cluster.cables.cut(other, child);
    await write(20, 60, 'x'.repeat(2000));
    expect(await items(child)).toEqual([20, 20]);
    cluster.cables.heal();
    await untilAllHave(80, 5000);
    // Its feeder is still the replica: the CORE has no more room than for one.
    expect(paths().get(child)).toEqual(['core1', name, child]);
    await write(80, 5);
    await untilAllHave(85, 3000);
  });

  it('are fed 30 graphs through each other, those too that their feeder or its CORE does not hold', async () => {
    cluster = await InProcessCluster.start({ cores: 2, replicas: 4, settings: { feed: { children_max: 1 } } });
    await until(allFed, 5000);
    const core = (await cluster.leader()).server.http;
    const ask = async (statement: string, database = 'neo4j') => {
      const answer = await post(core, statement, {}, {}, database);
      expect(answer.errors).toEqual([]);
      return answer;
    };
    for (let number = 0; number < 26; number++) await ask(`CREATE DATABASE graph${number}`);
    for (const number of [26, 27]) await ask(`CREATE DATABASE graph${number} TOPOLOGY 1 PRIMARY 1 SECONDARY WAIT`);
    await Promise.all(Array.from({ length: 28 }, (_, number) => ask('CREATE (:Item {number: 1})', `graph${number}`)));
    const copies = () => cluster.members.flatMap(({ server }) => server.graphs.all().filter(({ name }) => name.startsWith('graph')));
    await until(() => copies().every(({ replica }) => replica.transactionId === 1), 10_000);
    expect(copies().length).toBe(26 * 6 + 2 * 2);
  }, 90_000);
});
