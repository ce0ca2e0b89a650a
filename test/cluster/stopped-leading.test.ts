// A leadership that ends between two steps of a request. Whoever may be passed on never hears that a server does not lead: what had not
// begun begins at the next leader, and what had is gone, as a transient error says.

import { afterEach, expect, it } from 'vitest';
import { InProcessCluster, PASSWORD } from '../support/in-process-cluster.js';

let cluster: InProcessCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

const options = {
  database: 'neo4j',
  access: 'WRITE',
  bookmarks: [],
  consistency: 'linearizable',
  timeoutMs: 0,
  user: 'neo4j',
  requestId: '0123456789abcdef0123456789abcdef',
} as const;

it('is no NotALeader for a transaction that was about to begin', async () => {
  cluster = await InProcessCluster.start({ settings: { routing: { hold_ms: 300 } } });
  await cluster.balanced();
  const { server } = await cluster.leader();
  // It waits for the log, and the leadership is gone when the answer is there.
  const beginning = server.gateway.begin({ ...options, serverSideRouting: true });
  await Promise.resolve();
  const stopping = server.graphs.byName('neo4j')?.stopLeading(0);
  await expect(beginning).rejects.toMatchObject({ code: 'Neo.TransientError.General.DatabaseUnavailable' });
  await stopping;
  const alone = await server.gateway.begin({ ...options, consistency: 'eventual', serverSideRouting: false });
  await expect(async () => alone.run({ text: 'CREATE ()', parameters: new Map() })).rejects.toMatchObject({ code: 'Neo.ClientError.Cluster.NotALeader' });
}, 30_000);

it('is no NotALeader for a transaction that another server passes on', async () => {
  cluster = await InProcessCluster.start();
  await cluster.balanced();
  const leader = await cluster.leader();
  const other = cluster.members.find(({ kind, name }) => kind === 'CORE' && name !== leader.name) ?? leader;
  const { host, port } = other.server.http;
  const send = async (method: string, path: string, statement: string): Promise<{ errors: { code: string }[]; commit: string }> => {
    const authorization = `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`;
    const body = JSON.stringify({ statements: [{ statement }] });
    const answer = await fetch(`http://${host}:${port}/db/neo4j/tx${path}`, { method, body, headers: { authorization, 'content-type': 'application/json' } });
    return answer.json() as never;
  };
  const { errors, commit } = await send('POST', '', 'CREATE (:Held)');
  expect(errors).toEqual([]);
  const id = /tx\/([^/]+)\/commit/.exec(commit)?.[1];
  await leader.server.graphs.byName('neo4j')?.stopLeading(0);
  const answer = await send('POST', `/${id}`, 'CREATE (:Held)');
  expect(answer.errors.map(({ code }) => code)).toEqual(['Neo.TransientError.Transaction.LeaderSwitch']);
}, 30_000);
