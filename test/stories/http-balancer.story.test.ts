// An HTTP application behind a balancer without sticky sessions: each request goes to the next server, also those of one
// transaction, while the leader is killed twice. Nothing that was acknowledged is lost or doubled.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { PASSWORD, StoryCluster, type StoryServer, sleep } from '../support/story-cluster.js';

const REQUEST_COUNT = Number(process.env.CAUSEWAY_STORY_REQUESTS ?? 10_000);
const WORKER_COUNT = 12;
const leaderSwitch = 'Neo.TransientError.Transaction.LeaderSwitch';

let cluster: StoryCluster;
beforeAll(async () => {
  cluster = await StoryCluster.start('--no-sample');
}, 90_000);
afterAll(() => cluster.stop());

interface Body {
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly results: readonly { readonly data: readonly { readonly row: readonly unknown[] }[] }[];
  readonly commit?: string;
}

/** What became of each number that was to be written. */
class Ledger {
  readonly acknowledged = new Set<number>();
  readonly refused = new Set<number>();
  /** The server that was asked died before it answered. */
  readonly unanswered = new Set<number>();
  readonly switches: string[] = [];
  readonly faults: string[] = [];
  requestCount = 0;
  nextNumber = 0;
}

/** The next server in turn; undefined where it died with the request. */
async function send(ledger: Ledger, method: string, path: string, statement?: string, parameters: object = {}): Promise<Body | undefined> {
  const servers = cluster.servers();
  const server = servers[ledger.requestCount++ % servers.length] as StoryServer;
  const body = statement === undefined ? {} : { statements: [{ statement, parameters }] };
  try {
    const response = await fetch(`http://${server.http}${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      headers: { authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Body;
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') ledger.faults.push(`${server.name} did not answer ${method} ${path} in time`);
    return undefined;
  }
}

async function write(ledger: Ledger, n: number): Promise<void> {
  const body = await send(ledger, 'POST', '/db/neo4j/tx/commit', 'CREATE (:Paid {n: $n})', { n });
  if (body === undefined) ledger.unanswered.add(n);
  else if (body.errors.length === 0) ledger.acknowledged.add(n);
  else ledger.faults.push(`write ${n}: ${body.errors[0]?.code} ${body.errors[0]?.message}`);
}

async function read(ledger: Ledger): Promise<void> {
  const body = await send(ledger, 'POST', '/db/neo4j/tx/commit', 'MATCH (p:Paid) RETURN count(p)');
  if (body !== undefined && body.errors.length > 0) ledger.faults.push(`read: ${body.errors[0]?.code} ${body.errors[0]?.message}`);
}

/** Three requests. A COMMIT without an answer is sent again, to another server: it tells what became of the first. */
async function transaction(ledger: Ledger, n: number): Promise<void> {
  const opened = await send(ledger, 'POST', '/db/neo4j/tx', 'CREATE (:Paid {n: $n})', { n });
  if (opened?.commit === undefined) return endedEarly(ledger, n, opened);
  const path = new URL(opened.commit).pathname;
  const continued = await send(ledger, 'POST', path.replace('/commit', ''), 'MATCH (p:Paid {n: $n}) RETURN count(p)', { n });
  if (continued === undefined || continued.errors.length > 0) return endedEarly(ledger, n, continued);
  for (let tries = 0; tries < 10; tries++) {
    const committed = await send(ledger, 'POST', path);
    if (committed === undefined) continue;
    if (committed.errors.length > 0) return endedEarly(ledger, n, committed);
    ledger.acknowledged.add(n);
    return;
  }
  ledger.unanswered.add(n);
}

/** It failed, or its server died before COMMIT: then it never takes effect. */
function endedEarly(ledger: Ledger, n: number, body: Body | undefined): void {
  ledger.refused.add(n);
  const code = body?.errors[0]?.code;
  if (code === leaderSwitch) ledger.switches.push(code);
  else if (code !== undefined) ledger.faults.push(`transaction ${n}: ${code} ${body?.errors[0]?.message}`);
}

async function work(ledger: Ledger): Promise<void> {
  while (ledger.requestCount < REQUEST_COUNT) {
    const n = ledger.nextNumber++;
    if (n % 5 === 0) await transaction(ledger, n);
    else if (n % 5 === 1) await read(ledger);
    else await write(ledger, n);
  }
}

async function killLeaderAt(ledger: Ledger, requestCount: number): Promise<void> {
  while (ledger.requestCount < requestCount) await sleep(5);
  const leader = cluster.server(await cluster.leader());
  process.kill(leader.pid, 'SIGKILL');
}

it(`loses and doubles nothing in ${REQUEST_COUNT} requests to all servers in turn, the leader killed twice`, async () => {
  const ledger = new Ledger();
  const workers = Array.from({ length: WORKER_COUNT }, () => work(ledger));
  await killLeaderAt(ledger, REQUEST_COUNT / 3);
  await killLeaderAt(ledger, (2 * REQUEST_COUNT) / 3);
  await Promise.all(workers);
  expect(ledger.faults).toEqual([]);

  const [server] = cluster.servers() as [StoryServer];
  const response = await fetch(`http://${server.http}/db/neo4j/tx/commit`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`,
      'content-type': 'application/json',
      'causeway-consistency': 'linearizable',
    },
    body: JSON.stringify({ statements: [{ statement: 'MATCH (p:Paid) RETURN p.n, count(*)' }] }),
  });
  const { results } = (await response.json()) as Body;
  const found = new Map(results[0]?.data.map(({ row }) => row as [number, number]));
  expect([...found].filter(([, count]) => count !== 1)).toEqual([]);
  expect([...ledger.acknowledged].filter((n) => !found.has(n))).toEqual([]);
  expect([...ledger.refused].filter((n) => found.has(n))).toEqual([]);
  const known = ledger.acknowledged.size + ledger.refused.size;
  console.log(`${known} of ${known + ledger.unanswered.size} writes settled, ${ledger.switches.length} transactions lost with their leader`);
  expect(ledger.unanswered.size).toBeLessThan(REQUEST_COUNT / 10);
}, 170_000);
