// A leader whose process stands still: its connections stay open, and whoever waits for it must not wait for ever.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { http, statements } from '../support/http-client.js';
import { type ClusterMember, InProcessCluster } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;
let leader: ClusterMember;
let others: ClusterMember[];

beforeEach(async () => {
  cluster = await InProcessCluster.start();
  await cluster.balanced();
  leader = await cluster.leader();
  others = cluster.members.filter((member) => member !== leader);
  for (const { server } of others) await http(server.http, 'POST', '/db/neo4j/tx/commit', statements('RETURN 1'));
}, 30_000);
afterEach(() => {
  cluster.log.resume(leader.name);
  return cluster.stop();
});

describe('while the leader stands still', () => {
  it('writes that were on their way to it go to the next leader, and take effect once', async () => {
    cluster.log.pause(leader.name);
    const answers = await Promise.all(others.map(({ server }, n) => http(server.http, 'POST', '/db/neo4j/tx/commit', statements(`CREATE (:Held {n: ${n}})`))));
    expect(answers.flatMap(({ body }) => body.errors)).toEqual([]);
    cluster.log.resume(leader.name);
    const bookmarks = JSON.stringify(answers.flatMap(({ body }) => body.lastBookmarks));
    const read = await http((others[0] as ClusterMember).server.http, 'POST', '/db/neo4j/tx/commit', statements('MATCH (n:Held) RETURN count(n)'), {
      bookmarks,
    });
    expect(read.body.results[0]?.data[0]?.row).toEqual([3]);
  });

  it('an open transaction is settled at its COMMIT', async () => {
    const [first, second] = others as [ClusterMember, ClusterMember];
    const opened = await http(first.server.http, 'POST', '/db/neo4j/tx', statements('CREATE (:Settled)'));
    cluster.log.pause(leader.name);
    const committed = await http(second.server.http, 'POST', new URL(opened.body.commit).pathname);
    expect(committed.body.errors[0]?.code).toBe('Neo.TransientError.Transaction.LeaderSwitch');
    cluster.log.resume(leader.name);
    const count = await http(first.server.http, 'POST', '/db/neo4j/tx/commit', statements('MATCH (n:Settled) RETURN count(n)'), {
      'causeway-consistency': 'linearizable',
    });
    expect(count.body.results[0]?.data[0]?.row).toEqual([0]);
  });
});
