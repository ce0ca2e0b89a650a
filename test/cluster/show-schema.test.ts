// SHOW INDEXES and SHOW CONSTRAINTS over a server's own door. A cluster that has just started takes the new kinds of
// constraints once every server is known to be able to apply them.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Address } from '../../src/base/network.js';
import { InProcessCluster, post } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;

beforeAll(async () => {
  cluster = await InProcessCluster.start({ cores: 1, replicas: 0 });
}, 60_000);

afterAll(() => cluster.stop());

async function ask(statement: string): Promise<unknown[][]> {
  const answer = await post(cluster.members[0]?.server.http as Address, statement);
  if (answer.errors.length > 0) throw new Error(`${answer.errors[0]?.code}: ${answer.errors[0]?.message}`);
  return answer.results[0]?.data.map(({ row }) => row) ?? [];
}

it('shows what was created, and only what was asked for', async () => {
  for (const deadline = Date.now() + 25_000; Date.now() < deadline; ) {
    const done = await ask('CREATE CONSTRAINT t IF NOT EXISTS FOR (n:N) REQUIRE n.k IS :: INT').then(
      () => true,
      () => false,
    );
    if (done) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  await ask('CREATE CONSTRAINT u IF NOT EXISTS FOR ()-[r:R]-() REQUIRE r.k IS UNIQUE');
  expect(await ask('SHOW CONSTRAINTS YIELD name, type, propertyType, ownedIndex ORDER BY name')).toEqual([
    ['t', 'NODE_PROPERTY_TYPE', 'INTEGER', null],
    ['u', 'RELATIONSHIP_UNIQUENESS', null, 'u'],
  ]);
  expect((await ask('SHOW RELATIONSHIP UNIQUE CONSTRAINTS')).map((row) => row[1])).toEqual(['u']);
  expect(await ask('SHOW NODE KEY CONSTRAINTS')).toEqual([]);
  expect(await ask("SHOW RANGE INDEXES WHERE owningConstraint = 'u'")).toHaveLength(1);
  expect(await ask('SHOW INDEXES YIELD name, createStatement')).toEqual([['u', 'CREATE RANGE INDEX `u` FOR ()-[r:`R`]-() ON (r.`k`)']]);
}, 40_000);
