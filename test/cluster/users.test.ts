// Users live in `system`: made on any server, known on all; what they may do is asked of it with every statement.

import neo4j from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/base/network.js';
import { InProcessCluster, type LegacyAnswer, PASSWORD, post } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;
let last = 0;

interface Who {
  readonly user?: string;
  readonly password?: string;
  readonly parameters?: object;
  readonly database?: string;
}

/** On each server in turn. */
function run(text: string, { user = 'neo4j', password = PASSWORD, parameters = {}, database = 'neo4j' }: Who = {}): Promise<LegacyAnswer> {
  last = (last + 1) % cluster.members.length;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const member = cluster.members[last] as InProcessCluster['members'][number];
  return post(member.server.http, text, parameters, { authorization }, database);
}

const codeOf = async (text: string, who: Who = {}) => (await run(text, who)).errors[0]?.code;

async function ask(text: string, who: Who = {}): Promise<unknown[][]> {
  const answer = await run(text, who);
  expect(answer.errors).toEqual([]);
  return (answer.results[0]?.data ?? []).map((one) => one.row);
}

/** Every server has applied what was committed last. */
async function everywhere(): Promise<void> {
  const newest = Math.max(...cluster.members.map(({ server }) => server.graphs.systemDatabase.replica.transactionId));
  await Promise.all(cluster.members.map(({ server }) => server.graphs.systemDatabase.replica.waitForTransaction(newest, 5000)));
}

async function administer(text: string, who: Who = {}): Promise<void> {
  await ask(text, who);
  await everywhere();
}

const unauthorized = 'Neo.ClientError.Security.Unauthorized';

beforeAll(async () => {
  cluster = await InProcessCluster.start({ cores: 3, replicas: 1 });
});
afterAll(() => cluster.stop());

describe('users', () => {
  it('log in on every server, after they have chosen a password of their own', async () => {
    await administer("CREATE USER ada SET PASSWORD 'made up for ada'");
    const ada = { user: 'ada', password: 'made up for ada' };
    for (let server = 0; server < 4; server++) expect(await codeOf('RETURN 1', ada)).toBe('Neo.ClientError.Security.CredentialsExpired');
    expect(await codeOf("ALTER CURRENT USER SET PASSWORD FROM 'not that' TO 'chosen by ada'", ada)).toBe('Neo.ClientError.Statement.ArgumentError');
    await administer("ALTER CURRENT USER SET PASSWORD FROM 'made up for ada' TO $new", { ...ada, parameters: { new: 'chosen by ada' } });
    for (let server = 0; server < 4; server++) {
      expect(await codeOf('RETURN 1', ada)).toBe(unauthorized);
      expect(await ask('CREATE (n:ByAda) RETURN 1', { ...ada, password: 'chosen by ada' })).toEqual([[1]]);
    }
    expect(await ask('SHOW CURRENT USER', { ...ada, password: 'chosen by ada' })).toEqual([['ada', null, false, false, null]]);
  });

  it('are administered by neo4j alone', async () => {
    const ada = { user: 'ada', password: 'chosen by ada' };
    const forbidden = 'Neo.ClientError.Security.Forbidden';
    expect(await codeOf("CREATE USER eve SET PASSWORD 'long enough'", ada)).toBe(forbidden);
    expect(await codeOf("ALTER USER neo4j SET PASSWORD 'long enough'", ada)).toBe(forbidden);
    expect(await codeOf('DROP USER neo4j', ada)).toBe(forbidden);
    expect(await codeOf('SHOW USERS', ada)).toBe(forbidden);
    expect(await ask('SHOW USERS YIELD user, suspended')).toEqual([
      ['ada', false],
      ['neo4j', false],
    ]);
  });

  it('can be suspended, and work again afterwards', async () => {
    const ada = { user: 'ada', password: 'chosen by ada' };
    await administer('ALTER USER ada SET STATUS SUSPENDED');
    for (let server = 0; server < 4; server++) expect(await codeOf('RETURN 1', ada)).toBe(unauthorized);
    await administer('ALTER USER ada SET STATUS ACTIVE');
    expect(await codeOf('RETURN 1', ada)).toBeUndefined();
    expect(await codeOf('ALTER USER neo4j SET STATUS SUSPENDED')).toBe('Neo.ClientError.Statement.ArgumentError');
  });

  it('who are suspended or dropped run nothing more on the connections that they have', async () => {
    await administer("CREATE USER leaving SET PASSWORD 'leaving soon' CHANGE NOT REQUIRED");
    for (const [command, back] of [
      ['ALTER USER leaving SET STATUS SUSPENDED', 'ALTER USER leaving SET STATUS ACTIVE'],
      ['DROP USER leaving', undefined],
    ] as const) {
      const drivers = cluster.members.map(({ server }) => neo4j.driver(`bolt://${formatAddress(server.bolt)}`, neo4j.auth.basic('leaving', 'leaving soon')));
      const sessions = drivers.map((driver) => driver.session());
      const [first] = sessions as [(typeof sessions)[number]];
      const transaction = await first.beginTransaction();
      await transaction.run('RETURN 1');
      await transaction.commit();
      for (const session of sessions) await session.run('RETURN 1');
      await administer(command);
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const session of sessions) {
        for (const text of ['CREATE (:Late)', 'MATCH (n) RETURN count(n)', 'SHOW CURRENT USER', 'CREATE DATABASE late'])
          await expect(session.run(text)).rejects.toMatchObject({ code: unauthorized });
        await session.close();
      }
      for (const driver of drivers) await driver.close();
      if (back !== undefined) await administer(back);
    }
  });

  it('are renamed and dropped', async () => {
    await administer('RENAME USER ada TO lovelace');
    expect(await codeOf('RETURN 1', { user: 'lovelace', password: 'chosen by ada' })).toBeUndefined();
    expect(await codeOf('RETURN 1', { user: 'ada', password: 'chosen by ada' })).toBe(unauthorized);
    expect(await codeOf('DROP USER nobody')).toBe('Neo.ClientError.Statement.EntityNotFound');
    expect(await codeOf('DROP USER nobody IF EXISTS')).toBeUndefined();
    await administer('DROP USER lovelace');
    expect(await codeOf('RETURN 1', { user: 'lovelace', password: 'chosen by ada' })).toBe(unauthorized);
  });

  it.each([
    ["CREATE USER neo4j SET PASSWORD 'long enough'", 'Neo.ClientError.Statement.EntityAlreadyExists'],
    ["CREATE USER neo4j IF NOT EXISTS SET PASSWORD 'long enough'", undefined],
    ["CREATE USER x SET PASSWORD 'short'", 'Neo.ClientError.Statement.ArgumentError'],
    ["CREATE USER `with space` SET PASSWORD 'long enough'", 'Neo.ClientError.Statement.ArgumentError'],
    ['CREATE USER x', 'Neo.ClientError.Statement.SyntaxError'],
    ["ALTER USER x SET PASSWORD 'long enough' SET PASSWORD 'long enough'", 'Neo.ClientError.Statement.SyntaxError'],
    ["CREATE OR REPLACE USER x IF NOT EXISTS SET PASSWORD 'long enough'", 'Neo.ClientError.Statement.SyntaxError'],
    ['CREATE USER x SET PASSWORD $missing', 'Neo.ClientError.Statement.ParameterMissing'],
  ])('%s: %s', async (text, code) => {
    expect(await codeOf(text)).toBe(code);
  });

  it('never see a password in an error', async () => {
    const answer = await run('CREATE USER x SET PASSWORD hunter2secret');
    expect(answer.errors[0]?.code).toBe('Neo.ClientError.Statement.SyntaxError');
    expect(answer.errors[0]?.message.split('\n')[0]).not.toContain('hunter2secret');
  });
});
