// Many graphs with many leaders: created on any server, spread over the COREs, served by every server.

import neo4j from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/base/network.js';
import { InProcessCluster, type LegacyAnswer, PASSWORD, post } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;
let last = 0;

const rows = (answer: LegacyAnswer) => (answer.results[0]?.data ?? []).map((one) => one.row as unknown[]);

/** On each server in turn. */
function any(): InProcessCluster['members'][number] {
  last = (last + 1) % cluster.members.length;
  return cluster.members[last] as InProcessCluster['members'][number];
}

async function run(text: string, options: { database?: string; parameters?: object; on?: string } = {}) {
  const member = options.on === undefined ? any() : cluster.member(options.on);
  return post(member.server.http, text, options.parameters ?? {}, {}, options.database ?? 'neo4j');
}

async function ask(text: string, options: Parameters<typeof run>[1] = {}) {
  const answer = await run(text, options);
  expect(answer.errors).toEqual([]);
  return rows(answer);
}

async function codeOf(text: string, options: Parameters<typeof run>[1] = {}) {
  return (await run(text, options)).errors[0]?.code;
}

async function eventually<T>(look: () => Promise<T>, matches: (value: T) => boolean, timeoutMs = 10_000): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (matches(value) || Date.now() > until) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeAll(async () => {
  cluster = await InProcessCluster.start({ cores: 3, replicas: 1 });
});
afterAll(() => cluster.stop());

describe('graphs', () => {
  it('are created through any server, and written and read through all of them', async () => {
    expect(await ask('CREATE DATABASE orders WAIT')).toHaveLength(4);
    for (const member of cluster.members) {
      await ask('CREATE (:Order {by: $by})', { database: 'orders', parameters: { by: member.name }, on: member.name });
    }
    for (const member of cluster.members) {
      const found = await eventually(
        () => ask('MATCH (o:Order) RETURN count(o)', { database: 'orders', on: member.name }),
        ([row]) => row?.[0] === 4,
      );
      expect(found).toEqual([[4]]);
    }
    expect(await ask('MATCH (o:Order) RETURN count(o)', { database: 'neo4j' })).toEqual([[0]]);
  });

  it('are there on all servers as soon as one has said that it is made', async () => {
    for (const member of cluster.members) {
      const name = `instant-${member.name}`;
      await ask(`CREATE DATABASE \`${name}\``, { on: member.name });
      await Promise.all(cluster.members.map((other) => ask('CREATE (:N)', { database: name, on: other.name })));
      await ask(`DROP DATABASE \`${name}\``, { on: member.name });
    }
  });

  it('on a subset of servers take queries on all, and are shown where they are', async () => {
    await ask('CREATE DATABASE small TOPOLOGY 1 PRIMARY 1 SECONDARY WAIT');
    const shown = await ask('SHOW DATABASE small YIELD name, role, currentStatus, requestedPrimariesCount, requestedSecondariesCount');
    expect(shown.map(([, role]) => role).sort()).toEqual(['primary', 'secondary']);
    expect(shown.map((row) => row.slice(2))).toEqual([
      ['online', 1, 1],
      ['online', 1, 1],
    ]);
    for (const member of cluster.members) await ask('CREATE (:Here {by: $by})', { database: 'small', parameters: { by: member.name }, on: member.name });
    for (const member of cluster.members) {
      const found = await eventually(
        () => ask('MATCH (h:Here) RETURN h.by ORDER BY h.by', { database: 'small', on: member.name }),
        (all) => all.length === 4,
      );
      expect(found).toEqual(cluster.members.map(({ name }) => [name]).sort());
    }
    expect(await codeOf('CREATE DATABASE large TOPOLOGY 5 PRIMARIES')).toBe('Neo.ClientError.Statement.ArgumentError');
  });

  it('can be stopped, started, made read-only and dropped', async () => {
    await ask('CREATE DATABASE changing WAIT');
    await ask('CREATE (:N)', { database: 'changing' });
    await ask('STOP DATABASE changing WAIT');
    expect(await codeOf('RETURN 1', { database: 'changing' })).toBe('Neo.TransientError.General.DatabaseUnavailable');
    expect((await ask('SHOW DATABASE changing YIELD requestedStatus, currentStatus')).flat()).not.toContain('online');
    await ask('START DATABASE changing WAIT');
    expect(await ask('MATCH (n:N) RETURN count(n)', { database: 'changing' })).toEqual([[1]]);
    await ask('ALTER DATABASE changing SET ACCESS READ ONLY');
    for (const member of cluster.members) {
      const code = await eventually(
        () => codeOf('CREATE (:N)', { database: 'changing', on: member.name }),
        (found) => found !== undefined,
      );
      expect(code).toBe('Neo.ClientError.General.WriteOnReadOnlyAccessDatabase');
    }
    await ask('DROP DATABASE changing WAIT');
    expect(await codeOf('RETURN 1', { database: 'changing' })).toBe('Neo.ClientError.Database.DatabaseNotFound');
    expect(await codeOf('DROP DATABASE changing')).toBe('Neo.ClientError.Database.DatabaseNotFound');
    expect(await codeOf('DROP DATABASE changing IF EXISTS')).toBeUndefined();
    expect(await codeOf('DROP DATABASE system')).toBe('Neo.ClientError.Statement.UnsupportedAdministrationCommand');
  });

  it.each([
    ['DROP DATABASE ending WAIT', /^Neo.ClientError.Transaction.TransactionTerminated$/],
    ['STOP DATABASE ending WAIT', /^Neo.TransientError.General.DatabaseUnavailable$/],
    ['ALTER DATABASE ending SET ACCESS READ ONLY WAIT', /^Neo.ClientError.General.WriteOnReadOnlyAccessDatabase$/],
    ['CREATE OR REPLACE DATABASE ending WAIT', /^Neo.ClientError.Transaction.TransactionTerminated$/],
  ])('commit nothing after %s', async (command, code) => {
    await ask('CREATE OR REPLACE DATABASE ending WAIT');
    await eventually(
      () => codeOf('CREATE (:Before)', { database: 'ending' }),
      (found) => found === undefined,
    );
    const drivers = cluster.members.map(({ server }) => neo4j.driver(`bolt://${formatAddress(server.bolt)}`, neo4j.auth.basic('neo4j', PASSWORD)));
    const transactions = [];
    for (const driver of drivers) {
      const transaction = await driver.session({ database: 'ending' }).beginTransaction();
      await transaction.run('CREATE (:Late)');
      transactions.push(transaction);
    }
    await ask(command);
    for (const transaction of transactions) await expect(transaction.commit()).rejects.toMatchObject({ code: expect.stringMatching(code) });
    for (const driver of drivers) await driver.close();
    await ask('DROP DATABASE ending IF EXISTS WAIT');
  });

  it('are used by USE, by an alias, and by the home of a user', async () => {
    await ask('CREATE DATABASE home1 WAIT');
    await ask('CREATE ALIAS nick FOR DATABASE home1');
    await ask('USE home1 CREATE (:Place {n: 1})');
    await ask('CREATE (:Place {n: 2})', { database: 'NICK' });
    expect(
      await eventually(
        () => ask('USE nick MATCH (p:Place) RETURN count(p)'),
        ([row]) => row?.[0] === 2,
      ),
    ).toEqual([[2]]);
    expect((await ask("SHOW ALIASES FOR DATABASE YIELD name, database WHERE name = 'nick'"))[0]).toEqual(['nick', 'home1']);
    expect(await ask('SHOW ALIAS nick FOR DATABASES YIELD name, database')).toEqual([['nick', 'home1']]);
    expect(await ask('SHOW ALIAS nobody FOR DATABASE')).toEqual([]);
    expect(await codeOf("CREATE DATABASE opted OPTIONS {existingData: 'use'} WAIT")).toBeUndefined();
    expect(await codeOf("CREATE DATABASE other OPTIONS {seedURI: 's3://x'}")).toBe('Neo.ClientError.Statement.SyntaxError');
    await ask('DROP DATABASE opted WAIT');
    expect(await codeOf('DROP DATABASE home1')).toBe('Neo.ClientError.Statement.ArgumentError');
    await ask('DROP ALIAS nick FOR DATABASE');
    expect(
      await eventually(
        () => codeOf('RETURN 1', { database: 'nick' }),
        (code) => code !== undefined,
      ),
    ).toBe('Neo.ClientError.Database.DatabaseNotFound');
  });

  it('have names by the rules', async () => {
    for (const name of ['ab', '`1abc`', '`a_b`', 'systemic', '`x'.concat('y'.repeat(63), '`')]) {
      expect(await codeOf(`CREATE DATABASE ${name}`)).toBe('Neo.ClientError.Statement.ArgumentError');
    }
    await ask('CREATE DATABASE `with-dash.dot` WAIT');
    expect(await codeOf('CREATE DATABASE `With-Dash.Dot`')).toBe('Neo.ClientError.Database.ExistingDatabaseFound');
    expect(await codeOf('CREATE DATABASE `with-dash.dot` IF NOT EXISTS')).toBeUndefined();
    await ask('DROP DATABASE with-dash.dot'.replace('with-dash.dot', '`with-dash.dot`'));
  });

  it('system shows no secret, and takes nothing but commands', async () => {
    const unsupported = 'Neo.ClientError.Statement.UnsupportedAdministrationCommand';
    expect(await codeOf('MATCH (u:User) RETURN u.credentials', { database: 'system' })).toBe(unsupported);
    expect(await codeOf('RETURN [(u:User) | u.credentials]', { database: 'system' })).toBeDefined();
    expect(await codeOf('CREATE (:X)', { database: 'system' })).toBe(unsupported);
    expect(await codeOf('CALL `#administer.dropUser`({name: "neo4j"})')).toBe('Neo.ClientError.Statement.SyntaxError');
  });
});

describe('leaders', () => {
  it('of 30 graphs are within one of each other, also after a CORE came back', async () => {
    const names = Array.from({ length: 24 }, (_, index) => `graph${String(index).padStart(2, '0')}`);
    for (const name of names) await ask(`CREATE DATABASE ${name}`);
    const counts = () => {
      const led = cluster.members
        .filter((member) => member.kind === 'CORE')
        .map(({ server }) => server.graphs.all().filter((database) => database.role === 'LEADER').length);
      return Promise.resolve(led);
    };
    const spread = (led: readonly number[]) => Math.max(...led) - Math.min(...led);
    const total = (await cluster.leader('system')).server.graphs.catalogue.graphs.length;
    const even = await eventually(counts, (led) => spread(led) <= 1 && led.reduce((sum, one) => sum + one, 0) === total);
    expect(spread(even)).toBeLessThanOrEqual(1);
    expect(even.reduce((sum, one) => sum + one, 0)).toBe(total);
  });
});
