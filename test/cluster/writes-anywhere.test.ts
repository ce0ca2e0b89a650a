// The promise of the project, several servers in one process: every server takes every write, and it is seen everywhere.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/base/network.js';
import { InProcessCluster, PASSWORD, post } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await InProcessCluster.start();
}, 30_000);
afterAll(() => cluster.stop());

describe('a cluster of three cores and a read replica', () => {
  it('takes a write on every server, and every server sees it', async () => {
    for (const { server, name } of cluster.members) {
      const written = await post(server.http, 'CREATE (n:From {server: $name}) RETURN n.server AS server', { name });
      expect(written.errors).toEqual([]);
      expect(written.results[0]?.data[0]?.row).toEqual([name]);
      for (const other of cluster.members) {
        const read = await post(
          other.server.http,
          'MATCH (n:From {server: $name}) RETURN count(n)',
          { name },
          { bookmarks: JSON.stringify(written.lastBookmarks) },
        );
        expect(read.errors).toEqual([]);
        expect(read.results[0]?.data[0]?.row).toEqual([1]);
      }
    }
  });

  it("refuses with Neo4j's own words where routing is switched off", async () => {
    const leader = await cluster.leader();
    const follower = cluster.members.find((member) => member.kind === 'CORE' && member !== leader);
    const off = { 'causeway-routing': 'off' };
    const refused = await post(follower?.server.http ?? leader.server.http, 'CREATE (:Refused)', {}, off);
    expect(refused.errors[0]).toMatchObject({
      code: 'Neo.ClientError.Cluster.NotALeader',
      message: 'No write operations are allowed directly on this database. Writes must pass through the leader. The role of this server is: FOLLOWER',
    });
    const replica = await post(cluster.member('replica1').server.http, 'CREATE (:Refused)', {}, off);
    expect(replica.errors[0]).toMatchObject({
      code: 'Neo.ClientError.General.ForbiddenOnReadOnlyDatabase',
      message: 'No write operations are allowed on this database. This is a read only Neo4j instance.',
    });
    const count = await post(leader.server.http, 'MATCH (n:Refused) RETURN count(n)');
    expect(count.results[0]?.data[0]?.row).toEqual([0]);
  });

  it('gives errors of a routed statement as themselves', async () => {
    const replica = cluster.member('replica1').server.http;
    const division = await post(replica, 'CREATE (n:Half) SET n.x = 1 / $zero RETURN n', { zero: 0 });
    expect(division.errors[0]?.code).toBe('Neo.ClientError.Statement.ArithmeticError');
    expect((await post(replica, 'MATCH (n:Half) RETURN count(n)')).results[0]?.data[0]?.row).toEqual([0]);
  });

  it.each(['core1', 'core2', 'core3', 'replica1'])('runs what lost a conflict again, also when it gives rows: sent to %s', async (name) => {
    const { http } = cluster.member(name).server;
    await post(http, 'MERGE (c:Counted {at: $name}) SET c.n = 0', { name });
    const answers = await Promise.all(Array.from({ length: 16 }, () => post(http, 'MATCH (c:Counted {at: $name}) SET c.n = c.n + 1 RETURN c.n', { name })));
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(answers.map(({ results }) => results[0]?.data[0]?.row[0]).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 16 }, (_, n) => n + 1),
    );
  });

  it('runs a list of statements again that lost a conflict', async () => {
    const { http } = cluster.member('replica1').server;
    await post(http, "MERGE (c:Counted {at: 'list'}) SET c.n = 0");
    const increment = async () => {
      const response = await fetch(`http://${formatAddress(http)}/db/neo4j/tx/commit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}` },
        body: JSON.stringify({
          statements: [{ statement: "MATCH (c:Counted {at: 'list'}) SET c.n = c.n + 1" }, { statement: "MATCH (c:Counted {at: 'list'}) RETURN c.n" }],
        }),
      });
      return (await response.json()) as { errors: object[]; results: { data: { row: number[] }[] }[] };
    };
    const answers = await Promise.all([increment(), increment(), increment()]);
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(answers.map(({ results }) => results[1]?.data[0]?.row[0]).sort()).toEqual([1, 2, 3]);
  });

  it('runs a request with the same idempotency key once', async () => {
    const key = { 'idempotency-key': 'order-17' };
    for (const { server } of cluster.members) {
      const answer = await post(server.http, 'CREATE (n:Order {number: 17})', {}, key);
      expect(answer.errors).toEqual([]);
    }
    const count = await post(cluster.member('core1').server.http, 'MATCH (n:Order) RETURN count(n)');
    expect(count.results[0]?.data[0]?.row).toEqual([1]);
  });

  it('refuses an idempotency key that comes again with something else, in one request or at the same time', async () => {
    const key = { 'idempotency-key': 'order-18' };
    const [first, second] = cluster.members as [(typeof cluster.members)[0], (typeof cluster.members)[0]];
    await post(first.server.http, 'CREATE (n:Other {number: $n})', { n: 1 }, key);
    for (const [statement, n] of [
      ['CREATE (n:Other {number: $n})', 2],
      ['CREATE (n:Other {name: $n})', 1],
    ] as const) {
      expect((await post(second.server.http, statement, { n }, key)).errors[0]?.code).toBe('Neo.ClientError.Request.IdempotencyKeyReused');
    }
    const racing = { 'idempotency-key': 'order-19' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => post((n % 2 === 0 ? first : second).server.http, 'CREATE (n:Other {number: $n})', { n: 100 + n }, racing)),
    );
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
    const count = await post(first.server.http, 'MATCH (n:Other) RETURN count(n)', {}, { 'causeway-consistency': 'linearizable' });
    expect(count.results[0]?.data[0]?.row).toEqual([2]);
  });

  it('does not run several statements again that took effect under the same key', async () => {
    const body = JSON.stringify({ statements: [{ statement: 'CREATE (:Twice)' }, { statement: 'MATCH (n:Twice) RETURN count(n) / (2 - count(n))' }] });
    const answers: { errors: unknown[]; lastBookmarks: string[]; notifications?: { code: string }[] }[] = [];
    for (const { server } of cluster.members) {
      const response = await fetch(`http://${formatAddress(server.http)}/db/neo4j/tx/commit`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'idempotency-key': 'twice-1',
          authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`,
        },
        body,
      });
      answers.push((await response.json()) as (typeof answers)[0]);
    }
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(new Set(answers.map(({ lastBookmarks }) => lastBookmarks[0])).size).toBe(1);
    expect(answers.slice(1).map(({ notifications }) => notifications?.[0]?.code)).toEqual(
      Array.from({ length: 3 }, () => 'Neo.ClientNotification.Statement.RepeatedRequest'),
    );
  });

  it('moves the leadership when a leader loses its session, and loses nothing', async () => {
    const before = await cluster.leader();
    await post(before.server.http, 'CREATE (:Kept)');
    cluster.log.loseSession(before.name);
    const others = cluster.members.filter((member) => member !== before);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => post((others[index % others.length] ?? before).server.http, 'CREATE (:Kept {index: $index})', { index })),
    );
    expect(answers.flatMap((answer) => answer.errors)).toEqual([]);
    const bookmarks = JSON.stringify(answers.flatMap((answer) => answer.lastBookmarks ?? []));
    const count = await post(cluster.member('replica1').server.http, 'MATCH (n:Kept) RETURN count(n), count(DISTINCT n.index)', {}, { bookmarks });
    expect(count.results[0]?.data[0]?.row).toEqual([21, 20]);
  });
});
