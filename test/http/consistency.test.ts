// What a read must at least have seen, on servers whose copy stands still: a weaker answer than was asked for fails here.

import neo4j, { type Driver } from 'neo4j-driver';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/base/network.js';
import { holdBack } from '../support/held-back.js';
import { type HttpAnswer, http } from '../support/http-client.js';
import { type ClusterMember, InProcessCluster, PASSWORD } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;
let leader: ClusterMember;
let follower: ClusterMember;
let replica: ClusterMember;

beforeAll(async () => {
  cluster = await InProcessCluster.start({ settings: { bookmarks: { timeout_ms: 1500 }, routing: { catch_up_ms: 1500 } } });
  await cluster.balanced();
  leader = await cluster.leader();
  follower = cluster.members.find((member) => member.kind === 'CORE' && member !== leader) as ClusterMember;
  replica = cluster.member('replica1');
  // A copy's first statement waits until it has caught up.
  for (const member of cluster.members) await query(member, 'RETURN 1');
}, 30_000);
afterAll(() => cluster.stop());

let releases: (() => void)[] = [];
afterEach(() => {
  for (const release of releases.splice(0)) release();
});

function hold(member: ClusterMember): () => void {
  const release = holdBack(member);
  releases.push(release);
  return () => {
    releases = releases.filter((other) => other !== release);
    release();
  };
}

const query = (member: ClusterMember, statement: string, body: object = {}, headers: Record<string, string> = {}) =>
  http(member.server.http, 'POST', '/db/neo4j/query/v2', { statement, ...body }, headers);
const written = async (label: string, member = leader) => (await query(member, `CREATE (:${label})`)).body.bookmarks;
const read = (member: ClusterMember, label: string, body: object = {}, headers: Record<string, string> = {}) =>
  query(member, `MATCH (n:${label}) RETURN count(n)`, body, headers);
const counted = (answer: HttpAnswer) => answer.body.data?.values[0]?.[0];
const eventual = { 'causeway-consistency': 'eventual' };
const linearizable = { 'causeway-consistency': 'linearizable' };

/** Both kinds of servers that do not lead. */
const readers = () => [follower, replica] as const;

describe('eventual', () => {
  it('is what this server has: it neither waits nor asks, bookmarks or not', async () => {
    for (const [index, member] of readers().entries()) {
      const release = hold(member);
      const bookmarks = await written(`Eventual${index}`);
      expect(counted(await read(member, `Eventual${index}`, { bookmarks }, eventual))).toBe(0);
      release();
    }
  });
});

describe('bookmark', () => {
  it('is at least what the client has seen: the read waits', async () => {
    for (const [index, member] of readers().entries()) {
      const release = hold(member);
      const bookmarks = await written(`Bookmark${index}`);
      const answer = read(member, `Bookmark${index}`, { bookmarks });
      setTimeout(release, 50);
      expect(counted(await answer)).toBe(1);
    }
  });

  it('comes in a header and in a cookie as well', async () => {
    for (const [index, member] of readers().entries()) {
      for (const carry of ['header', 'cookie']) {
        const release = hold(member);
        const label = `Carried${index}${carry}`;
        const answer = await query(leader, `CREATE (:${label})`);
        const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
        const headers = carry === 'cookie' ? { cookie } : { 'causeway-bookmark': answer.headers.get('causeway-bookmark') ?? '' };
        const later = read(member, label, {}, headers as Record<string, string>);
        setTimeout(release, 50);
        expect(counted(await later)).toBe(1);
      }
    }
  });

  it('ends a wait that is too long in BookmarkTimeout', async () => {
    for (const [index, member] of readers().entries()) {
      const release = hold(member);
      const bookmarks = await written(`Late${index}`);
      const answer = await read(member, `Late${index}`, { bookmarks });
      release();
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ code: 'Neo.TransientError.Transaction.BookmarkTimeout' }] } });
    }
  });

  it('refuses a bookmark of another history, but passes over a cookie of one', async () => {
    const foreign = `FB:${Buffer.from(`91b342cc10${'00'.repeat(16)}cc10${'00'.repeat(16)}01`, 'hex').toString('base64')}`;
    expect((await read(follower, 'X', { bookmarks: [foreign] })).body.errors[0]?.code).toBe('Neo.ClientError.Transaction.InvalidBookmarkMixture');
    expect((await read(follower, 'X', {}, { 'causeway-bookmark': 'nonsense' })).body.errors[0]?.code).toBe('Neo.ClientError.Transaction.InvalidBookmark');
    expect(await read(follower, 'X', {}, { cookie: `causeway-bookmark=${foreign}` })).toMatchObject({ status: 202 });
    expect(await read(follower, 'X', {}, { cookie: 'causeway-bookmark=nonsense' })).toMatchObject({ status: 202 });
  });
});

describe('linearizable', () => {
  it('is at least everything acknowledged before: a follower waits until it has it', async () => {
    const release = hold(follower);
    await written('Linear');
    const answer = read(follower, 'Linear', {}, linearizable);
    setTimeout(release, 50);
    expect(counted(await answer)).toBe(1);
  });

  it('is served through a read replica that stands still', async () => {
    const release = hold(replica);
    await written('LinearReplica');
    expect(counted(await read(replica, 'LinearReplica', {}, linearizable))).toBe(1);
    const opened = await http(replica.server.http, 'POST', '/db/neo4j/query/v2/tx', { accessMode: 'READ' }, linearizable);
    const path = `/db/neo4j/query/v2/tx/${opened.body.transaction.id}/commit`;
    expect(counted(await http(replica.server.http, 'POST', path, { statement: 'MATCH (n:LinearReplica) RETURN count(n)' }))).toBe(1);
    release();
  });

  it('does not wait for the log’s own hint', async () => {
    cluster.log.setFaults({ eventDelayMs: { min: 10_000, max: 10_000 } });
    try {
      for (let round = 0; round < 5; round++) {
        await written(`Hint${round}`);
        const started = performance.now();
        expect(counted(await read(follower, `Hint${round}`, {}, linearizable))).toBe(1);
        expect(performance.now() - started).toBeLessThan(1000);
      }
    } finally {
      cluster.log.setFaults({ eventDelayMs: { min: 0, max: 2 } });
    }
  });

  it('is an error, never less, where the log cannot be reached or the copy stays behind', async () => {
    const release = hold(follower);
    await written('Behind');
    expect((await read(follower, 'Behind', {}, linearizable)).body.errors[0]?.code).toBe('Neo.TransientError.General.DatabaseUnavailable');
    release();
    cluster.log.partition(follower.name);
    try {
      expect((await read(follower, 'Behind', {}, linearizable)).body.errors[0]?.code).toBe('Neo.TransientError.General.DatabaseUnavailable');
      expect(await read(follower, 'Behind')).toMatchObject({ status: 202 });
    } finally {
      cluster.log.heal(follower.name);
    }
  });
});

describe('over Bolt', () => {
  const drivers: Driver[] = [];
  afterAll(() => Promise.all(drivers.map((driver) => driver.close())));

  /** The count that a read over `bolt://` gives, or the code of its error. */
  async function readOverBolt(member: ClusterMember, label: string, consistency: string, bookmarks: readonly string[] = []): Promise<number | string> {
    const address = formatAddress(member.server.bolt);
    const driver = neo4j.driver(`bolt://${address}`, neo4j.auth.basic('neo4j', PASSWORD), { disableLosslessIntegers: true });
    drivers.push(driver);
    const session = driver.session({ bookmarks: [...bookmarks] });
    try {
      const result = await session.run(`MATCH (n:${label}) RETURN count(n) AS count`, {}, { metadata: { causeway_consistency: consistency } });
      return result.records[0]?.get('count');
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await session.close();
    }
  }

  it('reads are as they were asked for', async () => {
    for (const member of readers()) {
      const [late, seen, linear] = [`BoltLate${member.name}`, `BoltSeen${member.name}`, `BoltLinear${member.name}`];
      const release = hold(member);
      const bookmarks = await written(late);
      expect(await readOverBolt(member, late, 'eventual', bookmarks)).toBe(0);
      expect(await readOverBolt(member, late, 'bookmark', bookmarks)).toBe('Neo.TransientError.Transaction.BookmarkTimeout');
      const later = readOverBolt(member, seen, 'bookmark', await written(seen));
      await written(linear);
      const linearized = readOverBolt(member, linear, 'linearizable');
      setTimeout(release, 50);
      expect([await later, await linearized]).toEqual([1, 1]);
    }
  });
});

describe('a client without bookmarks', () => {
  it('reads its own write on the server that passed it on', async () => {
    leader = await cluster.leader();
    const others = cluster.members.filter((member) => member !== leader);
    for (let round = 0; round < 20; round++) {
      for (const member of others) {
        const label = `Own${member.name}${round}`;
        await query(member, `CREATE (:${label})`);
        expect(counted(await read(member, label))).toBe(1);
        const opened = await http(member.server.http, 'POST', '/db/neo4j/query/v2/tx', { statement: `CREATE (:${label})` });
        await http(member.server.http, 'POST', `/db/neo4j/query/v2/tx/${opened.body.transaction.id}/commit`);
        expect(counted(await read(member, label))).toBe(2);
      }
    }
  });

  it('is not held for long by a server that stands still', async () => {
    const release = hold(replica);
    const started = performance.now();
    expect(await query(replica, 'CREATE (:Slow)')).toMatchObject({ status: 202 });
    expect(performance.now() - started).toBeLessThan(3000);
    release();
  });
});
