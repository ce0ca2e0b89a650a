import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.js';
import { noLogger } from '../base/logger.js';
import { systemRandom } from '../base/random.js';
import type { ClusterView } from '../cluster/view.js';
import type { ResultSummary, StatementRequest, StatementResult, Transaction, TransactionOptions } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import { noCounters } from '../graph/writer.js';
import type { Gateway, HeldTransaction, TransactionClaim } from '../targets/gateway.js';
import { OpenTransactions } from '../targets/open-transactions.js';
import { CypherFloat } from '../values/value.js';
import { createHttpServer, type HttpServer } from './server.js';

/** A gateway that only opens transactions; a statement answers with its parameters, `FAIL` fails, `WAIT` waits for `go`. */
class HoldingGateway implements Gateway {
  readonly cluster = {} as ClusterView;
  readonly story: string[] = [];
  readonly held = new OpenTransactions({ owner: 'core1', life: 'ab'.repeat(16), clock: systemClock, random: systemRandom, idleTimeoutMs: 300, countMax: 3 });
  go: () => void = () => {};
  readonly resolve = () => 'neo4j';
  readonly knows = () => true;
  readonly outcome = () => Promise.reject(new Error('not asked'));
  readonly run = () => Promise.reject(new Error('not asked'));

  open(options: TransactionOptions): Promise<HeldTransaction> {
    return this.held.open(
      { ...options, user: options.claimant ?? options.user },
      () => 7,
      () => this.begin(options),
    );
  }

  async take(id: string, claim: TransactionClaim): Promise<HeldTransaction> {
    return this.held.take(id, claim);
  }

  end(id: string, claim: TransactionClaim): Promise<void> {
    return this.held.end(id, claim);
  }

  begin({ user }: TransactionOptions): Promise<Transaction> {
    this.story.push(user === 'ada' ? 'begin' : `begin as ${user}`);
    return Promise.resolve({
      run: async (request: StatementRequest) => {
        this.story.push(request.text);
        if (request.text === 'FAIL') throw failure('arithmeticError', '/ by zero');
        if (request.text === 'WAIT') {
          await new Promise<void>((resolve) => {
            this.go = resolve;
          });
        }
        return resultOf(request);
      },
      commit: async (requestId: string) => {
        this.story.push(`commit ${requestId.length}`);
        return 'bm:1';
      },
      rollback: async () => void this.story.push('rollback'),
      terminate: (reason: Error) => void this.story.push(`terminate: ${reason.message}`),
    });
  }
}

function resultOf(request: StatementRequest): StatementResult {
  let summary: ResultSummary | undefined;
  return {
    columns: ['x'],
    pull: async (_count, sink) => {
      sink.row([request.parameters.get('x') ?? null]);
      const counters = { ...noCounters(), nodesCreated: 1 };
      summary = { database: 'neo4j', type: 'w', counters, plan: undefined, notifications: [], bookmark: undefined, availableAfterMs: 0, consumedAfterMs: 0 };
      return false;
    },
    discard: async () => {},
    get summary() {
      return summary;
    },
  };
}

let http: HttpServer;
let gateway: HoldingGateway;
let base: string;

beforeEach(async () => {
  gateway = new HoldingGateway();
  http = await createHttpServer({
    address: { host: '127.0.0.1', port: 0 },
    gateway,
    authenticator: { authenticate: ({ principal }) => Promise.resolve({ name: principal }), impersonate: (_, name) => Promise.resolve({ name }) },
    logger: noLogger,
    metrics: new Registry(),
    settings: {
      serverSideRouting: true,
      messageBytes: 100_000,
      goodbyeMs: 0,
      bookmarkCookie: true,
      clusterStatusAuth: true,
      authenticationRequired: true,
      boltPort: 7687,
      boltAdvertised: undefined,
      version: '0.1.0',
    },
  });
  base = `http://127.0.0.1:${http.address.port}/db/neo4j`;
});

afterEach(() => http.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // What answers hold differs by API; a test names what it expects.
  readonly body: { commit: string; transaction: { id: string; expires: string }; errors: { code: string; message: string }[] };
}

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(path.startsWith('http') ? path : base + path, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${headers.user ?? 'ada'}:x`).toString('base64')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

const one = (statement: string, x: unknown = 1) => ({ statements: [{ statement, parameters: { x } }] });

describe('transactions over several requests, legacy API', () => {
  it('are opened, continued and committed, by links that lead back as the client came', async () => {
    const opened = await send('POST', '/tx', one('A'), { 'x-forwarded-host': 'graph.example', 'x-forwarded-proto': 'https' });
    expect(opened.status).toBe(201);
    const location = opened.headers.get('location') ?? '';
    expect(location).toMatch(/^https:\/\/graph\.example\/db\/neo4j\/tx\/core1\.[\w-]{44}\.7$/);
    expect(opened.body).toMatchObject({ results: [{ columns: ['x'], data: [{ row: [1], meta: [null] }] }], errors: [], commit: `${location}/commit` });
    const expires = Date.parse(opened.body.transaction.expires);
    expect(opened.body.transaction.expires).toMatch(/ GMT$/);
    expect(Math.abs(expires - Date.now())).toBeLessThan(2000);
    expect(opened.headers.get('neo4j-cluster-affinity')).toBe('core1');

    const path = new URL(location).pathname.replace('/db/neo4j', '');
    const continued = await send('POST', path, { statements: [{ statement: 'B', includeStats: true }, { statement: 'C' }] });
    expect(continued.status).toBe(200);
    expect(continued.body).toMatchObject({ results: [{ stats: { nodes_created: 1 } }, {}], errors: [] });
    expect(continued.body.commit).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/db\/neo4j\/tx\/core1\..*\/commit$/);

    const committed = await send('POST', continued.body.commit, one('D'));
    expect(committed.body).toMatchObject({ results: [{}], errors: [], lastBookmarks: ['bm:1'] });
    expect(committed.body.transaction).toBeUndefined();
    expect(gateway.story).toEqual(['begin', 'A', 'B', 'C', 'D', 'commit 32']);
    expect(gateway.held.count).toBe(0);
  });

  it('may be opened and kept alive without a body', async () => {
    const opened = await send('POST', '/tx');
    expect(opened).toMatchObject({ status: 201, body: { results: [], errors: [] } });
    const path = new URL(opened.headers.get('location') ?? '').pathname.replace('/db/neo4j', '');
    expect((await send('POST', path)).body).toMatchObject({ results: [], errors: [], transaction: {} });
    expect(await send('DELETE', path)).toMatchObject({ status: 200, body: { results: [], errors: [] } });
    expect(gateway.story).toEqual(['begin', 'rollback']);
    expect(await send('POST', `${path}/commit`)).toMatchObject({
      status: 404,
      body: { results: [], errors: [{ code: 'Neo.ClientError.Transaction.TransactionNotFound' }] },
    });
  });

  it('are rolled back by an error, in a statement or in the body', async () => {
    const first = await send('POST', '/tx', one('FAIL'));
    expect(first).toMatchObject({ status: 201, body: { results: [], errors: [{ code: 'Neo.ClientError.Statement.ArithmeticError' }] } });
    expect(first.body.transaction).toBeUndefined();
    const second = await send('POST', '/tx', one('A'));
    const broken = await send('POST', second.body.commit, { statements: 3 });
    expect(broken.body.errors[0]?.code).toBe('Neo.ClientError.Request.InvalidFormat');
    expect(gateway.story).toEqual(['begin', 'FAIL', 'rollback', 'begin', 'A', 'rollback']);
    expect(gateway.held.count).toBe(0);
  });

  it('are closed to other users, and to a second request at the same time, but not to DELETE', async () => {
    const { body } = await send('POST', '/tx', one('A'));
    const path = new URL(body.commit).pathname.replace('/db/neo4j', '').replace('/commit', '');
    expect(await send('POST', path, one('B'), { user: 'bob' })).toMatchObject({ status: 404 });
    expect(await send('DELETE', path, undefined, { user: 'bob' })).toMatchObject({ status: 404 });
    const waiting = send('POST', path, one('WAIT'));
    while (!gateway.story.includes('WAIT')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await send('POST', path, one('B'))).toMatchObject({
      status: 404,
      body: { errors: [{ code: 'Neo.ClientError.Transaction.TransactionAccessedConcurrently' }] },
    });
    expect(await send('DELETE', path)).toMatchObject({ status: 200 });
    gateway.go();
    expect((await waiting).body.errors[0]?.code).toBe('Neo.ClientError.Transaction.TransactionTerminated');
    expect(gateway.held.count).toBe(0);
  });

  it('end when nobody asks for them, and there is a bound on how many there are', async () => {
    const opened = await Promise.all([1, 2, 3].map(() => send('POST', '/tx')));
    expect((await send('POST', '/tx')).body.errors[0]).toMatchObject({
      code: 'Neo.TransientError.Transaction.MaximumTransactionLimitReached',
      message: expect.stringContaining('transactions.open_max'),
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(gateway.held.count).toBe(0);
    expect(gateway.story.filter((line) => line.includes('transactions.idle_timeout_ms'))).toHaveLength(3);
    expect(await send('POST', opened[0]?.body.commit ?? '')).toMatchObject({ status: 404 });
  });

  it('refuse an idempotency key, which their COMMIT does not need', async () => {
    const { body } = await send('POST', '/tx');
    expect(await send('POST', body.commit, undefined, { 'idempotency-key': 'k' })).toMatchObject({ status: 400 });
    expect((await send('POST', body.commit)).body).toMatchObject({ lastBookmarks: ['bm:1'] });
  });
});

describe('Jolt', () => {
  const jolt = async (accept: string, statement = 'A', x: unknown = 1, extra: object = {}) => {
    const response = await fetch(`${base}/tx`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('ada:x').toString('base64')}`, 'content-type': 'application/json', accept },
      body: JSON.stringify({ statements: [{ statement, parameters: { x }, ...extra }] }),
    });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };

  it('answers in events, one on each line', async () => {
    const { type, text } = await jolt('application/vnd.neo4j.jolt-v2', 'A', [1, 'a', true, null, { y: 2.5 }, 3_000_000_000], { includeStats: true });
    expect(type).toContain('application/vnd.neo4j.jolt-v2');
    const lines = text.trimEnd().split('\n');
    expect(lines.slice(0, 2)).toEqual(['{"header":{"fields":["x"]}}', '{"data":[[1,"a",true,null,{"{}":{"y":{"R":"2.5"}}},{"R":"3000000000"}]]}']);
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ summary: { stats: { nodes_created: 1 } } });
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({ info: { commit: expect.stringContaining('/commit'), transaction: { expires: expect.any(String) } } });
  });

  it('names every type in strict mode, and frames a JSON sequence', async () => {
    const { type, text } = await jolt('application/vnd.neo4j.jolt+json-seq;strict=true', 'A', [1, 'a', true]);
    expect(type).toContain('application/vnd.neo4j.jolt+json-seq');
    const events = text.split('\u001e');
    expect(events[0]).toBe('');
    expect(events[2]).toBe('{"data":[{"[]":[{"Z":"1"},{"U":"a"},{"?":"true"}]}]}\n');
  });

  it('gives errors an event of their own', async () => {
    const { text } = await jolt('application/vnd.neo4j.jolt', 'FAIL');
    expect(text).toBe('{"error":{"errors":[{"code":"Neo.ClientError.Statement.ArithmeticError","message":"/ by zero"}]}}\n{"info":{}}\n');
  });

  it('is refused with what is not served', async () => {
    expect((await jolt('text/html')).text).toContain('application/vnd.neo4j.jolt');
    expect((await jolt('text/html, */*')).type).toContain('application/json');
  });
});

describe('transactions over several requests, Query API', () => {
  it('are opened, continued and committed', async () => {
    const opened = await send('POST', '/query/v2/tx', { statement: 'A', parameters: { x: 5 }, accessMode: 'Write', impersonatedUser: 'ada' });
    expect(opened).toMatchObject({ status: 202, body: { data: { fields: ['x'], values: [[5]] }, transaction: { id: expect.stringMatching(/^core1\./) } } });
    expect(opened.body.transaction.expires).toMatch(/^\d{4}-.*Z$/);
    expect(opened.headers.get('neo4j-cluster-affinity')).toBe('core1');
    const path = `/query/v2/tx/${opened.body.transaction.id}`;
    expect(await send('POST', path)).toMatchObject({ status: 202, body: { transaction: { id: opened.body.transaction.id } } });
    const typed = await send('POST', path, { statement: 'B', parameters: { x: 6 }, includeCounters: true }, { accept: 'application/vnd.neo4j.query' });
    expect(typed.body).toMatchObject({ data: { values: [[{ $type: 'Integer', _value: '6' }]] }, counters: { nodesCreated: 1 }, transaction: {} });
    const committed = await send('POST', `${path}/commit`, { statement: 'C' });
    expect(committed).toMatchObject({ status: 202, body: { data: {}, bookmarks: ['bm:1'] } });
    expect(committed.body.transaction).toBeUndefined();
    expect(gateway.story).toEqual(['begin', 'A', 'B', 'C', 'commit 32']);
  });

  it('answer 404 in Neo4j’s words when they are not there, and 400 when they are in use', async () => {
    expect(await send('POST', '/query/v2/tx/17', { statement: 'A' })).toMatchObject({
      status: 404,
      body: { errors: [{ code: 'Neo.ClientError.Request.Invalid', message: expect.stringContaining("'neo4j-cluster-affinity'") }] },
    });
    const opened = await send('POST', '/query/v2/tx');
    const path = `/query/v2/tx/${opened.body.transaction.id}`;
    const waiting = send('POST', path, { statement: 'WAIT' });
    while (!gateway.story.includes('WAIT')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await send('POST', path, { statement: 'B' })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'Neo.ClientError.Transaction.TransactionAccessedConcurrently' }] },
    });
    gateway.go();
    expect(await waiting).toMatchObject({ status: 202 });
    expect(await send('DELETE', path)).toMatchObject({ status: 200, body: {} });
    expect(await send('DELETE', path)).toMatchObject({ status: 404 });
  });

  it('are rolled back by an error', async () => {
    expect(await send('POST', '/query/v2/tx', { statement: 'FAIL' })).toMatchObject({ status: 400 });
    const opened = await send('POST', '/query/v2/tx');
    const path = `/query/v2/tx/${opened.body.transaction.id}`;
    expect(await send('POST', path, { statement: 5 })).toMatchObject({ status: 400, body: { errors: [{ code: 'Neo.ClientError.Request.Invalid' }] } });
    expect(await send('POST', `${path}/commit`)).toMatchObject({ status: 404 });
    expect(gateway.story).toEqual(['begin', 'FAIL', 'rollback', 'begin', 'rollback']);
  });

  it('may be begun in the name of another user, and stay the one’s who began them', async () => {
    const opened = await send('POST', '/query/v2/tx', { impersonatedUser: 'bob' });
    const path = `/query/v2/tx/${opened.body.transaction.id}`;
    expect(await send('POST', path, { statement: 'A' }, { user: 'bob' })).toMatchObject({ status: 404 });
    expect(await send('POST', `${path}/commit`)).toMatchObject({ status: 202 });
    expect(gateway.story[0]).toBe('begin as bob');
  });

  it('are not tied to the connection', async () => {
    const opened = await send('POST', '/query/v2/tx', { statement: 'A', parameters: { x: new CypherFloat(1).value } }, { connection: 'close' });
    expect(await send('POST', `/query/v2/tx/${opened.body.transaction.id}/commit`)).toMatchObject({ status: 202, body: { bookmarks: ['bm:1'] } });
  });
});
