// A cluster of servers on the log on etcd: every server takes every write, a leader that stops hands over, and a member of
// etcd that dies is not noticed by clients.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEtcdLog } from '../../src/log/etcd/etcd-log.js';
import { InProcessCluster, post } from '../support/in-process-cluster.js';
import { type EtcdRun, etcdMissing, startEtcd } from './etcd-processes.js';

describe.skipIf(etcdMissing !== undefined)(`a cluster on etcd${etcdMissing === undefined ? '' : ` (skipped: ${etcdMissing})`}`, { retry: 1 }, () => {
  let etcd: EtcdRun;
  let cluster: InProcessCluster;
  beforeAll(async () => {
    etcd = await startEtcd({ members: 3 });
    const prefix = randomUUID();
    cluster = await InProcessCluster.start({ logFor: (serverName) => createEtcdLog({ cluster: prefix, serverName, endpoints: etcd.endpoints }) });
    await cluster.balanced();
  }, 40_000);
  afterAll(async () => {
    await cluster?.stop();
    await etcd?.stop();
  });
  const count = async (label: string, headers: Record<string, string>) => {
    const seen: unknown[] = [];
    for (const { server } of cluster.members) {
      const answer = await post(server.http, `MATCH (n:${label}) RETURN count(n)`, {}, headers);
      seen.push(answer.errors[0]?.message ?? answer.results[0]?.data[0]?.row[0]);
    }
    return seen;
  };

  it('takes writes on every server, at once, and every server sees all of them', async () => {
    const writes = Array.from({ length: 60 }, (_, at) => post(cluster.members[at % 4]?.server.http ?? { host: '', port: 0 }, 'CREATE (:A {at: $at})', { at }));
    const answers = await Promise.all(writes);
    expect(answers.flatMap((answer) => answer.errors)).toEqual([]);
    expect(await count('A', { bookmarks: JSON.stringify(answers.flatMap((answer) => answer.lastBookmarks ?? [])) })).toEqual([60, 60, 60, 60]);
    const linearizable = await post(cluster.member('core1').server.http, 'MATCH (n:A) RETURN count(n)', {}, { 'causeway-consistency': 'linearizable' });
    expect(linearizable.results[0]?.data[0]?.row).toEqual([60]);
  });

  it('goes on when a member of etcd dies, and when the leader stops', async () => {
    const writer = cluster.members.find(({ server }) => server.graphs.byName('neo4j')?.role !== 'LEADER');
    if (writer === undefined) throw new Error('no server that does not lead');
    let bookmarks: readonly string[] = [];
    for (let at = 0; at < 60; at++) {
      if (at === 15) await etcd.kill(0, 'SIGKILL');
      if (at === 30) {
        const leader = await cluster.leader();
        cluster.members.splice(cluster.members.indexOf(leader), 1);
        await leader.server.stop();
      }
      const answer = await post(writer.server.http, 'CREATE (:B {at: $at})', { at });
      expect(answer.errors).toEqual([]);
      bookmarks = answer.lastBookmarks ?? bookmarks;
    }
    expect(await count('B', { bookmarks: JSON.stringify(bookmarks) })).toEqual([60, 60, 60]);
  }, 60_000);
});
