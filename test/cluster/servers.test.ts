// Servers are cordoned, emptied, constrained, dropped and enabled again; the copies of graphs follow, and every server keeps taking
// every query.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Address } from '../../src/base/network.js';
import { InProcessCluster, post } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await InProcessCluster.start({ cores: 4, replicas: 1 });
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  for (const name of ['core1', 'core2', 'core3', 'core4', 'replica1']) await run(`ENABLE SERVER '${name}' OPTIONS {modeConstraint: 'NONE'}`);
});

const http = (index = 0) => cluster.members[index]?.server.http as Address;

async function run(statement: string, parameters: object = {}, index = 0): Promise<unknown[][]> {
  const answer = await post(http(index), statement, parameters, {}, 'system');
  if (answer.errors.length > 0) throw new Error(`${answer.errors[0]?.code}: ${answer.errors[0]?.message}`);
  return answer.results[0]?.data.map(({ row }) => row) ?? [];
}

async function hosts(graph: string): Promise<Record<string, string>> {
  const rows = await run(`SHOW DATABASES YIELD name, serverID, role WHERE name = $graph RETURN serverID, role`, { graph });
  const servers = await run('SHOW SERVERS YIELD serverId, name');
  const nameOf = (id: unknown) => String(servers.find(([one]) => one === id)?.[1]);
  return Object.fromEntries(rows.map(([id, role]) => [nameOf(id), String(role)]).sort());
}

async function stateOf(name: string): Promise<unknown> {
  return (await run('SHOW SERVERS YIELD name, state WHERE name = $name RETURN state', { name }))[0]?.[0];
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; !(await condition()); ) {
    if (performance.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe('DEALLOCATE DATABASES', () => {
  it('moves copies to other servers, keeps the data, and ends in Deallocated', async () => {
    await run('CREATE DATABASE moved TOPOLOGY 2 PRIMARIES WAIT');
    const before = Object.keys(await hosts('moved'));
    for (let n = 0; n < 5; n++) expect((await post(http(), 'CREATE (:Kept)', {}, {}, 'moved')).errors).toEqual([]);
    const [from] = before as [string];
    const planned = await run(`DRYRUN DEALLOCATE DATABASES FROM SERVER $from`, { from });
    expect(planned.filter(([database]) => database === 'moved')).toMatchObject([
      ['moved', from, expect.any(String), expect.any(String), expect.any(String), 'primary'],
    ]);
    expect(Object.keys(await hosts('moved'))).toEqual(before);
    expect(await stateOf(from)).toBe('Enabled');

    expect(await run(`DEALLOCATE DATABASES FROM SERVER $from`, { from }, 2)).toEqual(planned);
    expect(Object.keys(await hosts('moved'))).not.toContain(from);
    expect(Object.keys(await hosts('neo4j'))).not.toContain(from);
    await until(async () => (await stateOf(from)) === 'Deallocated', 'Deallocated');
    for (let index = 0; index < cluster.members.length; index++) {
      const answer = await post(http(index), 'MATCH (k:Kept) RETURN count(k)', {}, { 'causeway-consistency': 'linearizable' }, 'moved');
      expect(answer.results[0]?.data[0]?.row).toEqual([5]);
      expect((await post(http(index), 'CREATE (:AfterMove)')).errors).toEqual([]);
    }

    await run(`DROP SERVER $from`, { from });
    expect(await stateOf(from)).toBe('Dropped');
    await run(`ENABLE SERVER $from`, { from });
    await until(async () => Object.keys(await hosts('neo4j')).includes(from), 'enabled again');
    await run('DROP DATABASE moved');
  });

  it('is refused where a graph would be left without what it asks for', async () => {
    await run('CREATE DATABASE wide TOPOLOGY 4 PRIMARIES WAIT');
    await expect(run(`DEALLOCATE DATABASES FROM SERVER 'core1'`)).rejects.toThrow(/database 'wide': 4 primaries are asked for, and the cluster has 3/);
    await run('DROP DATABASE wide');
    await expect(run(`DEALLOCATE DATABASES FROM SERVERS 'core1', 'core2', 'core3', 'core4'`)).rejects.toThrow(
      /no server that is available would hold a primary of database 'neo4j'/,
    );
    await expect(run(`DROP SERVER 'core1'`)).rejects.toThrow(/still holds databases/);
    await expect(run(`DEALLOCATE DATABASES FROM SERVER 'nobody'`)).rejects.toThrow(/There is no server with the name or the id 'nobody'/);
  });
});

describe('a cordoned server', () => {
  it('keeps what it has and gets nothing new', async () => {
    await run(`CALL dbms.cluster.cordonServer('core2')`);
    expect(await stateOf('core2')).toBe('Cordoned');
    expect(Object.keys(await hosts('neo4j'))).toContain('core2');
    await run('CREATE DATABASE everywhere WAIT');
    await run('CREATE DATABASE somewhere TOPOLOGY 3 PRIMARIES WAIT');
    expect(Object.keys(await hosts('everywhere'))).not.toContain('core2');
    expect(Object.keys(await hosts('somewhere'))).toEqual(['core1', 'core3', 'core4']);
    await run(`CALL dbms.cluster.uncordonServer('core2')`);
    await until(async () => Object.keys(await hosts('everywhere')).includes('core2'), 'uncordoned');
    await run('DROP DATABASE everywhere');
    await run('DROP DATABASE somewhere');
  });
});

describe('options of a server', () => {
  it('say what it may hold', async () => {
    await run(`ALTER SERVER 'core4' SET OPTIONS {modeConstraint: 'SECONDARY', tags: ['far away']}`);
    await until(async () => (await hosts('neo4j')).core4 === 'secondary', 'a secondary copy');
    await until(async () => cluster.member('core4').server.graphs.byName('neo4j')?.role === 'READ_REPLICA', 'the role');
    expect(await run(`SHOW SERVERS YIELD name, modeConstraint, tags WHERE name = 'core4' RETURN modeConstraint, tags`)).toEqual([['SECONDARY', ['far away']]]);
    await run(`ALTER SERVER 'core4' SET OPTIONS $options`, { options: { deniedDatabases: ['neo4j'] } });
    await until(async () => !Object.keys(await hosts('neo4j')).includes('core4'), 'denied');
    // It holds no copy, and takes every query all the same.
    const core4 = cluster.members.findIndex(({ name }) => name === 'core4');
    expect((await post(http(core4), 'CREATE (n:Elsewhere) RETURN 1')).results[0]?.data[0]?.row).toEqual([1]);
  });

  it.each([
    [`ALTER SERVER 'core1' SET OPTIONS {colour: 'blue'}`, /Unrecognised option 'colour'/],
    [`ALTER SERVER 'core1' SET OPTIONS {modeConstraint: 'TERTIARY'}`, /modeConstraint is one of NONE, PRIMARY, SECONDARY/],
    [`ALTER SERVER 'core1' SET OPTIONS {allowedDatabases: ['a'], deniedDatabases: ['b']}`, /cannot both be given/],
    [`ALTER SERVER 'core1' SET OPTIONS {deniedDatabases: ['system']}`, /is on every server/],
    [`ALTER SERVER 'replica1' SET OPTIONS {modeConstraint: 'PRIMARY'}`, /holds secondaries only/],
    [`CALL dbms.cluster.cordonServer(7)`, /named by a STRING/],
    [`RENAME SERVER 'core1' TO 'x'`, /RENAME SERVER/],
  ])('%s is refused', async (statement, reason) => {
    await expect(run(statement)).rejects.toThrow(reason);
  });
});

describe('REALLOCATE DATABASES', () => {
  it('evens out how many copies each server holds', async () => {
    for (const name of ['core3', 'core4']) await run(`CALL dbms.cluster.cordonServer($name)`, { name });
    for (let n = 0; n < 4; n++) await run(`CREATE DATABASE even${n} TOPOLOGY 1 PRIMARY WAIT`);
    for (const name of ['core3', 'core4']) await run(`CALL dbms.cluster.uncordonServer($name)`, { name });
    const planned = await run('DRYRUN REALLOCATE DATABASES');
    expect(planned).toHaveLength(2);
    expect(await run('CALL dbms.cluster.reallocateNumberOfDatabases(1, true)')).toHaveLength(1);
    expect(await run('REALLOCATE DATABASES')).toEqual(planned);
    const holders = await Promise.all([0, 1, 2, 3].map(async (n) => Object.keys(await hosts(`even${n}`))[0]));
    expect(holders.sort()).toEqual(['core1', 'core2', 'core3', 'core4']);
    expect(await run('REALLOCATE DATABASES')).toEqual([]);
    for (let n = 0; n < 4; n++) {
      expect((await post(http(), 'CREATE (:Here)', {}, {}, `even${n}`)).errors).toEqual([]);
      await run(`DROP DATABASE even${n}`);
    }
  });
});

describe('free servers', () => {
  it('stay free until they are enabled, where they are not enabled by themselves', async () => {
    await run('CALL dbms.cluster.setAutomaticallyEnableFreeServers(false)');
    expect(await stateOf('core1')).toBe('Enabled');
    await run('CALL dbms.cluster.setAutomaticallyEnableFreeServers(true)');
    await expect(run('CALL dbms.cluster.setAutomaticallyEnableFreeServers(1)')).rejects.toThrow(/takes true or false/);
  });
});

describe('dbms.cluster', () => {
  it('checks that every copy follows', async () => {
    await post(http(), 'CREATE (:Followed)');
    const rows = await run(`CALL dbms.cluster.statusCheck(['neo4j'], 5000) YIELD serverName, replicationSuccessful, memberStatus, error`);
    expect(rows.sort()).toEqual(['core1', 'core2', 'core3', 'core4', 'replica1'].map((name) => [name, true, 'APPLYING', null]));
    await expect(run(`CALL dbms.cluster.statusCheck(['nothing'])`)).rejects.toThrow(/'nothing' does not exist/);
  });

  it('checks that servers reach one another', async () => {
    expect((await run('CALL dbms.cluster.checkConnectivity() YIELD name, result')).sort()).toEqual(
      ['core1', 'core2', 'core3', 'core4', 'replica1'].map((name) => [name, 'SUCCESS']),
    );
    expect(await run(`CALL dbms.cluster.checkConnectivity('CLUSTER', 'core2') YIELD name`)).toEqual([['core2']]);
    await expect(run(`CALL dbms.cluster.checkConnectivity('RAFT')`)).rejects.toThrow(/only port between servers is CLUSTER/);
  });

  it('says how a server speaks to the others', async () => {
    const rows = await run('CALL dbms.cluster.protocols() YIELD orientation, applicationProtocol');
    expect(rows).toEqual(Array.from({ length: 4 }, () => ['outbound', 'causeway']));
  });

  it('holds a secondary copy where it is, and lets it go on', async () => {
    await run(`ALTER SERVER 'core4' SET OPTIONS {modeConstraint: 'SECONDARY'}`);
    await until(async () => cluster.member('core4').server.graphs.byName('neo4j')?.role === 'READ_REPLICA', 'a secondary copy');
    const count = async (index: number) => (await post(http(index), 'MATCH (n:Held) RETURN count(n)')).results[0]?.data[0]?.row[0];
    const hold = (index: number, pause: boolean, name = 'secondaryReplicationDisable') => run(`CALL dbms.cluster.${name}('neo4j', $pause)`, { pause }, index);
    const secondaries = ['core4', 'replica1'].map((name) => cluster.members.findIndex((member) => member.name === name));
    for (const index of secondaries) expect(await count(index)).toBe(0);
    for (const index of secondaries) expect(await hold(index, true)).toEqual([['paused']]);
    expect((await post(http(), 'CREATE (:Held)')).errors).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const index of secondaries) expect(await count(index)).toBe(0);
    expect(await count(0)).toBe(1);
    for (const index of secondaries) expect(await hold(index, false, 'readReplicaToggle')).toEqual([['running']]);
    for (const index of secondaries) await until(async () => (await count(index)) === 1, 'what was missed');
    await expect(hold(0, true)).rejects.toThrow('only a secondary can be paused');
    await expect(run(`CALL dbms.cluster.secondaryReplicationDisable('none', true)`)).rejects.toThrow('DatabaseNotFound');
  });

  it('says how copies of new graphs are placed', async () => {
    expect(await run('CALL dbms.showTopologyGraphConfig()')).toEqual([['EQUAL_NUMBERS', 4, 1, 'neo4j', true]]);
  });
});

describe('a server that was dropped and has gone', () => {
  it('is no longer shown, nor waited for', async () => {
    await run(`DEALLOCATE DATABASES FROM SERVER 'replica1'`);
    await until(async () => (await stateOf('replica1')) === 'Deallocated', 'Deallocated');
    await run(`DROP SERVER 'replica1'`);
    const rowsOfSystem = () => run(`SHOW DATABASES YIELD name, address WHERE name = 'system' RETURN address`);
    expect(await rowsOfSystem()).toHaveLength(5);
    await cluster.kill('replica1');
    await until(async () => (await rowsOfSystem()).length === 4, 'four rows');
    expect(await stateOf('replica1')).toBeUndefined();
    expect((await run('CREATE DATABASE without WAIT')).map(([, state, , success]) => [state, success])).toEqual(Array(4).fill(['CaughtUp', true]));
    await run('DROP DATABASE without');
  });

  it('is waited for as long as was said where it was not dropped', async () => {
    await cluster.kill('core4');
    // Once, also where the command is passed on.
    const leader = (await cluster.leader('system')).name;
    for (const [index, { name }] of cluster.members.entries()) {
      if (name === 'core4' || name === 'replica1') continue;
      const began = performance.now();
      const rows = await run(`CREATE DATABASE patient${index} WAIT 1 SECOND`, {}, index);
      const tookMs = performance.now() - began;
      expect(tookMs, `${name}, ${leader} leads`).toBeGreaterThan(900);
      expect(tookMs, `${name}, ${leader} leads`).toBeLessThan(1900);
      // Enabled again, as core4 is: both may come back.
      expect(rows.filter(([, , , success]) => success === false)).toHaveLength(2);
      expect(rows.filter(([, state]) => state === 'CaughtUp')).toHaveLength(3);
    }
  });
});
