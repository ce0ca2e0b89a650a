// A constraint over a graph that is not small: writes go on while it is made, it holds on whoever leads next, and one that cannot be made
// leaves nothing behind.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ClusterMember, InProcessCluster, post } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;

beforeAll(async () => {
  cluster = await InProcessCluster.start({ cores: 3, replicas: 1 });
  await cluster.balanced();
  await ask(await cluster.leader(), 'UNWIND range(1, 30000) AS i CREATE (:Many {k: i, t: i % 10})');
}, 60_000);

afterAll(() => cluster.stop());

async function ask(member: ClusterMember, statement: string): Promise<unknown[][]> {
  const answer = await post(member.server.http, statement);
  if (answer.errors.length > 0) throw new Error(`${answer.errors[0]?.code}: ${answer.errors[0]?.message}`);
  return answer.results[0]?.data.map(({ row }) => row) ?? [];
}

const indexes = (member: ClusterMember) => ask(member, "SHOW INDEXES YIELD name, type, state WHERE type <> 'LOOKUP' RETURN name, state");

it('is refused where two have the same key, and leaves nothing behind', async () => {
  const leader = await cluster.leader();
  const create = ask(leader, 'CREATE CONSTRAINT same FOR (m:Many) REQUIRE m.t IS UNIQUE');
  await expect(create).rejects.toThrow('Neo.DatabaseError.Schema.ConstraintCreationFailed');
  expect(await indexes(leader)).toEqual([]);
  await ask(leader, 'CREATE (:Many {t: 3})');
});

it('is made while others write, and holds on the server that leads next', async () => {
  const leader = await cluster.leader();
  const others = cluster.members.filter(({ kind, name }) => kind === 'CORE' && name !== leader.name);
  let made = false;
  let written = 0;
  const writer = async () => {
    for (; !made; written++) await ask(others[0] as ClusterMember, `CREATE (:Many {k: ${30_001 + written}})`);
  };
  const writing = writer();
  await ask(others[1] as ClusterMember, 'CREATE CONSTRAINT one FOR (m:Many) REQUIRE m.k IS UNIQUE');
  made = true;
  await writing;
  expect(written).toBeGreaterThan(5);
  await cluster.kill(leader);
  const deadline = Date.now() + 20_000;
  const refused = async (): Promise<string> => {
    const answer = await post((others[0] as ClusterMember).server.http, 'CREATE (:Many {k: 29999})');
    const code = answer.errors[0]?.code ?? 'created';
    if (!code.includes('TransientError') || Date.now() > deadline) return code;
    return refused();
  };
  expect(await refused()).toBe('Neo.ClientError.Schema.ConstraintValidationFailed');
  for (const member of [...others, ...cluster.members.filter(({ kind }) => kind === 'READ_REPLICA')]) {
    await ask(member, 'CALL db.awaitIndexes(30)');
    expect(await indexes(member)).toEqual([['one', 'ONLINE']]);
    expect(await ask(member, 'MATCH (m:Many {k: 29999}) RETURN count(m)')).toEqual([[1]]);
    expect(member.server.graphs.byName('neo4j')?.store.check()).toEqual([]);
  }
}, 60_000);
