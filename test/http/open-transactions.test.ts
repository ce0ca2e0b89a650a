// Transactions over several requests, each sent to another server, as a balancer without sticky sessions does.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { http, statements } from '../support/http-client.js';
import { type ClusterMember, InProcessCluster } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;
beforeEach(async () => {
  cluster = await InProcessCluster.start();
}, 30_000);
afterEach(() => cluster.stop());

/** The leader first, then followers, then the read replica. */
async function servers(): Promise<readonly [ClusterMember, ClusterMember, ClusterMember, ClusterMember]> {
  await cluster.balanced();
  const leader = await cluster.leader();
  const [first, second] = cluster.members.filter((member) => member.kind === 'CORE' && member !== leader);
  return [leader, first as ClusterMember, second as ClusterMember, cluster.member('replica1')];
}

const pathOf = (commit: string) => new URL(commit).pathname.replace(/\/commit$/, '');
const count = async (member: ClusterMember, label: string) => {
  const answer = await http(member.server.http, 'POST', '/db/neo4j/tx/commit', statements(`MATCH (n:${label}) RETURN count(n)`), {
    'causeway-consistency': 'linearizable',
  });
  return answer.body.results[0]?.data[0]?.row[0];
};

describe('a transaction over several requests', () => {
  it('is opened on one server, continued on a second and committed on a third, whichever they are', async () => {
    const all = await servers();
    for (let shift = 0; shift < all.length; shift++) {
      const [one, two, three] = [all[shift % 4], all[(shift + 1) % 4], all[(shift + 2) % 4]] as [ClusterMember, ClusterMember, ClusterMember];
      const label = `Legacy${shift}`;
      const opened = await http(one.server.http, 'POST', '/db/neo4j/tx', statements(`CREATE (:${label} {n: 1})`));
      expect(opened).toMatchObject({ status: 201, body: { errors: [] } });
      const path = pathOf(opened.body.commit);
      const continued = await http(two.server.http, 'POST', path, statements(`CREATE (:${label} {n: 2})`, `MATCH (n:${label}) RETURN n.n ORDER BY n.n`));
      expect(continued.body.errors).toEqual([]);
      expect(continued.body.results[1]?.data.map(({ row }) => row[0])).toEqual([1, 2]);
      expect(await count(one, label)).toBe(0);
      const committed = await http(three.server.http, 'POST', `${path}/commit`, statements(`CREATE (:${label} {n: 3})`));
      expect(committed.body.errors).toEqual([]);
      for (const { server } of all) {
        const read = await http(server.http, 'POST', '/db/neo4j/query/v2', {
          statement: `MATCH (n:${label}) RETURN count(n)`,
          bookmarks: committed.body.lastBookmarks,
        });
        expect(read.body.data.values).toEqual([[3]]);
      }
    }
  });

  it('is rolled back from anywhere, and gone everywhere afterwards', async () => {
    const [, first, second, replica] = await servers();
    const opened = await http(replica.server.http, 'POST', '/db/neo4j/query/v2/tx', { statement: 'CREATE (n:Never) RETURN n' });
    expect(opened.status).toBe(202);
    const path = `/db/neo4j/query/v2/tx/${opened.body.transaction.id}`;
    expect(await http(first.server.http, 'DELETE', path)).toMatchObject({ status: 200 });
    for (const { server } of [first, second, replica]) expect(await http(server.http, 'POST', path, { statement: 'RETURN 1' })).toMatchObject({ status: 404 });
    expect(await count(second, 'Never')).toBe(0);
  });

  it('gives errors of its statements through another server as themselves, and is rolled back by them', async () => {
    const [, first, second] = await servers();
    const opened = await http(first.server.http, 'POST', '/db/neo4j/tx', statements('CREATE (:Broken)'));
    const failed = await http(second.server.http, 'POST', pathOf(opened.body.commit), statements('RETURN 1 / 0'));
    expect(failed).toMatchObject({ status: 200, body: { errors: [{ code: 'Neo.ClientError.Statement.ArithmeticError' }] } });
    expect(await http(first.server.http, 'POST', pathOf(`${opened.body.commit}`), statements())).toMatchObject({ status: 404 });
    expect(await count(first, 'Broken')).toBe(0);
  });

  it('works for nobody but its user, on no other graph, and under no id that was made up', async () => {
    const [leader, first] = await servers();
    const created = await http(
      leader.server.http,
      'POST',
      '/db/system/tx/commit',
      statements("CREATE USER bob SET PASSWORD 'long enough' CHANGE NOT REQUIRED"),
    );
    expect(created.body.errors).toEqual([]);
    const opened = await http(leader.server.http, 'POST', '/db/neo4j/tx', statements('CREATE (:Mine)'));
    const path = pathOf(opened.body.commit);
    const asBob = { authorization: `Basic ${Buffer.from('bob:long enough').toString('base64')}` };
    const missing = { status: 404, body: { errors: [{ code: 'Neo.ClientError.Transaction.TransactionNotFound' }] } };
    for (const member of [leader, first]) {
      for (let tries = 0; tries < 100 && (await http(member.server.http, 'GET', '/db/neo4j/cluster/status', undefined, asBob)).status === 401; tries++);
      expect(await http(member.server.http, 'POST', `${path}/commit`, statements(), asBob)).toMatchObject(missing);
      expect(await http(member.server.http, 'DELETE', path, undefined, asBob)).toMatchObject(missing);
      expect(await http(member.server.http, 'POST', path.replace('/neo4j/', '/system/'), statements())).toMatchObject(missing);
      const madeUp = path.replace(/.(?=\.[^.]*$)/, (last) => (last === 'A' ? 'B' : 'A'));
      expect(await http(member.server.http, 'POST', `${madeUp}/commit`, statements())).toMatchObject(missing);
    }
    expect((await http(first.server.http, 'POST', `${path}/commit`, statements())).body.errors).toEqual([]);
    // Nor does anybody else hear that it committed.
    expect(await http(leader.server.http, 'POST', `${path}/commit`, statements(), asBob)).toMatchObject(missing);
  });

  it('is read on its entry server where it is READ, and refuses to write', async () => {
    const [leader, , , replica] = await servers();
    const opened = await http(replica.server.http, 'POST', '/db/neo4j/query/v2/tx', { accessMode: 'READ' });
    expect(opened.headers.get('neo4j-cluster-affinity')).toBe('replica1');
    const path = `/db/neo4j/query/v2/tx/${opened.body.transaction.id}`;
    expect((await http(leader.server.http, 'POST', path, { statement: 'RETURN 7' })).body.data.values).toEqual([[7]]);
    expect((await http(leader.server.http, 'POST', path, { statement: 'CREATE (:X)' })).body.errors[0]?.code).toBe('Neo.ClientError.Statement.AccessMode');
  });

  it('answers a COMMIT that is sent again as the first time, through whichever server', async () => {
    const [, first, second, replica] = await servers();
    const opened = await http(first.server.http, 'POST', '/db/neo4j/tx', statements('CREATE (:Once)'));
    const path = `${pathOf(opened.body.commit)}/commit`;
    const committed = await http(second.server.http, 'POST', path);
    for (const { server } of [first, second, replica]) {
      const again = await http(server.http, 'POST', path);
      expect(again).toMatchObject({ status: 200, body: { errors: [], lastBookmarks: committed.body.lastBookmarks } });
    }
    expect(await http(first.server.http, 'POST', path, statements('CREATE (:Once)'))).toMatchObject({
      body: { errors: [{ code: 'Neo.ClientError.Transaction.TransactionNotFound' }] },
    });
    expect(await count(second, 'Once')).toBe(1);
  });

  it('whose owner dies within COMMIT is committed once, or never and says so', async () => {
    cluster.log.setFaults({ latencyMs: { min: 40, max: 60 } });
    const [leader, first, second] = await servers();
    const opened = await Promise.all(
      Array.from({ length: 8 }, (_, n) => http((n % 2 === 0 ? first : second).server.http, 'POST', '/db/neo4j/tx', statements(`CREATE (:Dying {n: ${n}})`))),
    );
    const committing = opened.map(async ({ body }, n) => {
      await new Promise((resolve) => setTimeout(resolve, n * 25));
      return http((n % 2 === 0 ? second : first).server.http, 'POST', `${pathOf(body.commit)}/commit`);
    });
    await new Promise((resolve) => setTimeout(resolve, 110));
    await cluster.kill(leader);
    const answers = await Promise.all(committing);
    const committed = answers.filter(({ body }) => body.errors.length === 0).length;
    for (const { body } of answers) {
      if (body.errors.length > 0) expect(body.errors[0]?.code).toBe('Neo.TransientError.Transaction.LeaderSwitch');
    }
    expect(await count(first, 'Dying')).toBe(committed);
  });

  it('commits, or not, where the server that passed COMMIT on dies meanwhile; sent again, it says which', async () => {
    cluster.log.setFaults({ latencyMs: { min: 250, max: 300 } });
    const [, first, second, replica] = await servers();
    const opened = await http(second.server.http, 'POST', '/db/neo4j/tx', statements('CREATE (:Orphan)'));
    const path = `${pathOf(opened.body.commit)}/commit`;
    // In this process its door still stands; nobody waits for what it says.
    http(first.server.http, 'POST', path).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 150));
    await cluster.kill(first);
    const again = await http(replica.server.http, 'POST', path);
    // It may have died before it passed COMMIT on.
    if (again.body.errors.length > 0) expect(again.body.errors[0]?.code).toBe('Neo.ClientError.Transaction.TransactionNotFound');
    expect(await count(second, 'Orphan')).toBe(again.body.errors.length === 0 ? 1 : 0);
  });

  it('is LeaderSwitch when its owner is gone; a COMMIT is settled', async () => {
    const [leader, first, second, replica] = await servers();
    const lost = await http(first.server.http, 'POST', '/db/neo4j/tx', statements('CREATE (:Lost)'));
    const kept = await http(first.server.http, 'POST', '/db/neo4j/tx', statements('CREATE (:Kept)'));
    const keptPath = `${pathOf(kept.body.commit)}/commit`;
    const committed = await http(second.server.http, 'POST', keptPath);
    expect(committed.body.errors).toEqual([]);
    await cluster.kill(leader);
    const again = await http(replica.server.http, 'POST', keptPath);
    expect(again.body).toMatchObject({ errors: [], lastBookmarks: committed.body.lastBookmarks });
    for (const { server } of [first, second, replica]) {
      const answer = await http(server.http, 'POST', pathOf(lost.body.commit), statements('RETURN 1'));
      expect(answer.body.errors[0]?.code).toBe('Neo.TransientError.Transaction.LeaderSwitch');
    }
    const never = await http(second.server.http, 'POST', `${pathOf(lost.body.commit)}/commit`);
    expect(never.body.errors[0]?.code).toBe('Neo.TransientError.Transaction.LeaderSwitch');
    expect([await count(first, 'Lost'), await count(first, 'Kept')]).toEqual([0, 1]);
  });
});
