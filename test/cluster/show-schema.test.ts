// SHOW INDEXES and SHOW CONSTRAINTS over a server's own door. A cluster that has just started lets a new kind
// of index wait until every server is known to be able to apply it.

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
  await ask('CREATE TEXT INDEX w FOR (n:N) ON (n.s)');
  expect(await ask('SHOW TEXT INDEXES YIELD name')).toEqual([['w']]);
  await ask('DROP INDEX w');
  await ask('CREATE CONSTRAINT t IF NOT EXISTS FOR (n:N) REQUIRE n.k IS :: INT');
  await ask('CREATE CONSTRAINT u IF NOT EXISTS FOR ()-[r:R]-() REQUIRE r.k IS UNIQUE');
  expect(await ask('SHOW CONSTRAINTS YIELD name, type, propertyType, ownedIndex ORDER BY name')).toEqual([
    ['t', 'NODE_PROPERTY_TYPE', 'INTEGER', null],
    ['u', 'RELATIONSHIP_UNIQUENESS', null, 'u'],
  ]);
  expect((await ask('SHOW RELATIONSHIP UNIQUE CONSTRAINTS')).map((row) => row[1])).toEqual(['u']);
  expect(await ask('SHOW NODE KEY CONSTRAINTS')).toEqual([]);
  expect(await ask("SHOW RANGE INDEXES WHERE owningConstraint = 'u'")).toHaveLength(1);
  expect(await ask("SHOW INDEXES YIELD name, type, createStatement WHERE type <> 'LOOKUP' RETURN name, createStatement")).toEqual([
    ['u', 'CREATE RANGE INDEX `u` FOR ()-[r:`R`]-() ON (r.`k`)'],
  ]);
}, 40_000);

it('lists the lookup indexes that every graph has, and refuses to make or drop them', async () => {
  const names = ['index_343aff4e', 'index_f7700477'];
  expect(await ask('SHOW LOOKUP INDEXES YIELD name, state, entityType, labelsOrTypes, createStatement')).toEqual([
    [names[0], 'ONLINE', 'NODE', null, 'CREATE LOOKUP INDEX `index_343aff4e` FOR (n) ON EACH labels(n)'],
    [names[1], 'ONLINE', 'RELATIONSHIP', null, 'CREATE LOOKUP INDEX `index_f7700477` FOR ()-[r]-() ON EACH type(r)'],
  ]);
  expect(await ask('CREATE LOOKUP INDEX l IF NOT EXISTS FOR (n) ON EACH labels(n)')).toEqual([]);
  await expect(ask('CREATE LOOKUP INDEX l FOR ()-[r]-() ON EACH type(r)')).rejects.toThrow('There already exists an index ()-[:<any-types>]-().');
  await expect(ask('DROP INDEX index_343aff4e')).rejects.toThrow('part of every graph');
});

it('fills an index while the graph serves, and says how far it is', async () => {
  await ask('UNWIND range(1, 20000) AS i CREATE (:Many {k: i})');
  await ask('CREATE INDEX many FOR (m:Many) ON (m.k)');
  const [state] = await ask("SHOW INDEXES YIELD name, state, populationPercent WHERE name = 'many' RETURN state, populationPercent");
  expect(['POPULATING', 'ONLINE']).toContain(state?.[0]);
  expect(await ask('MATCH (m:Many {k: 17}) RETURN m.k')).toEqual([[17]]);
  await ask('CALL db.awaitIndexes(30)');
  await ask("CALL db.awaitIndex('many')");
  expect(await ask("SHOW INDEXES YIELD name, state, populationPercent WHERE name = 'many' RETURN state, populationPercent")).toEqual([['ONLINE', 100]]);
  expect(await ask('MATCH (m:Many {k: 17}) RETURN m.k')).toEqual([[17]]);
  await expect(ask("CALL db.awaitIndex('none')")).rejects.toThrow("There is no index called 'none'");
});
