import { connect } from 'node:net';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../base/clock.js';
import { noLogger } from '../base/logger.js';
import { systemRandom } from '../base/random.js';
import type { ClusterView, GraphStatus } from '../cluster/view.js';
import type { AutoCommit, ResultSummary, StatementRequest, Transaction, TransactionOptions } from '../database/result.js';
import { databaseNotFound, failure, notALeader } from '../errors/catalogue.js';
import { noCounters } from '../graph/writer.js';
import type { LiveServer } from '../log/log.js';
import type { RowSink } from '../runtime/execution.js';
import type { Gateway, HeldTransaction, Outcome, TransactionClaim } from '../targets/gateway.js';
import { OpenTransactions } from '../targets/open-transactions.js';
import { requestIdOf } from './request-id.js';
import { createHttpServer, type HttpServer } from './server.js';

const server: LiveServer = {
  id: 'id-1',
  name: 'core1',
  kind: 'CORE',
  life: 'f'.repeat(32),
  bolt: { host: '10.0.0.1', port: 7687 },
  http: { host: '10.0.0.1', port: 7474 },
  cluster: { host: '10.0.0.1', port: 7000 },
  pid: 1,
  featureLevel: 1,
  prefersToLead: [],
  startedAtMs: 0,
  alive: true,
};
const graph: GraphStatus = {
  name: 'neo4j',
  id: 'uuid',
  role: 'FOLLOWER',
  state: 'online',
  stateReason: '',
  term: 3,
  leader: 'core1',
  lastTransaction: 8,
  lastIndex: 9,
  headIndex: 9,
  millisSinceLeaderMessage: 5,
  memoryUsedBytes: 1,
  memoryBudgetBytes: 2,
};

function summary(bookmark: string | undefined): ResultSummary {
  return {
    database: 'neo4j',
    type: 'rw',
    counters: { ...noCounters(), nodesCreated: 1 },
    plan: { operatorType: 'ProduceResults', arguments: new Map([['version', '5']]), identifiers: ['x'], children: [] },
    notifications: [],
    bookmark,
    availableAfterMs: 0,
    consumedAfterMs: 0,
  };
}

/** Statements it knows: `ROWS n`, `FAIL code-free text`, `FAIL AFTER n`, `HANG`; everything else gives its parameters. */
class FakeResult implements AutoCommit {
  readonly columns = ['x'];
  summary: ResultSummary | undefined;
  pulled = 0;
  terminated: Error | undefined;
  readonly #request: StatementRequest;
  readonly #bookmark: string | undefined;
  #hang: (() => void) | undefined;

  constructor(request: StatementRequest, bookmark: string | undefined) {
    this.#request = request;
    this.#bookmark = bookmark;
  }

  async pull(count: number, sink: RowSink): Promise<boolean> {
    if (this.terminated !== undefined) throw this.terminated;
    const [, verb, number] = /^(ROWS|FAIL AFTER|FAIL|HANG)? ?(\d+)?/.exec(this.#request.text) ?? [];
    if (verb === 'FAIL') throw failure('arithmeticError', '/ by zero');
    if (verb === 'HANG') {
      await new Promise<void>((resolve) => {
        this.#hang = resolve;
      });
      throw this.terminated ?? new Error('not terminated');
    }
    const total = number === undefined ? 1 : Number(number);
    for (let rows = 0; rows < count && this.pulled < total; rows++) {
      this.pulled++;
      sink.row([verb === undefined ? this.#request.parameters : `row ${this.pulled} ${'x'.repeat(100)}`]);
    }
    if (this.pulled < total) return true;
    if (verb === 'FAIL AFTER') throw failure('arithmeticError', '/ by zero');
    this.summary = summary(this.#bookmark);
    return false;
  }

  async discard(): Promise<void> {
    this.summary = summary(this.#bookmark);
  }

  terminate(reason: Error): void {
    this.terminated = reason;
    this.#hang?.();
  }
}

class FakeGateway implements Gateway {
  readonly options: TransactionOptions[] = [];
  readonly results: FakeResult[] = [];
  readonly story: string[] = [];
  readonly held = new OpenTransactions({ owner: 'core1', life: 'f'.repeat(32), clock: systemClock, random: systemRandom, idleTimeoutMs: 200, countMax: 3 });
  readonly cluster: ClusterView = {
    self: server,
    servers: () => [server],
    graphs: () => [graph],
    graph: (name) => (name === 'neo4j' ? graph : undefined),
    leader: () => 'core1',
    hosts: () => [server],
    everywhere: () => Promise.resolve([]),
  };

  resolve(name: string | undefined): string {
    const resolved = (name ?? 'neo4j').toLowerCase();
    if (resolved !== 'neo4j' && resolved !== 'elsewhere') throw databaseNotFound(resolved);
    return resolved;
  }

  outcome(_database: string, id: string): Promise<Outcome> {
    return Promise.resolve(id.startsWith('a') ? { kind: 'committed', bookmark: 'bm' } : { kind: 'never' });
  }

  async run(request: StatementRequest, options: TransactionOptions): Promise<AutoCommit> {
    this.options.push(options);
    if (request.text === 'NOT LEADER') throw notALeader('FOLLOWER', '10.0.0.1:7687');
    if (request.text === 'BUG') throw new TypeError('secret detail');
    return this.#result(request, 'bm:1');
  }

  knows(_database: string, bookmark: string): boolean {
    return bookmark.startsWith('bm:');
  }

  open(options: TransactionOptions): Promise<HeldTransaction> {
    return this.held.open(
      options,
      () => 3,
      () => this.begin(options),
    );
  }

  async take(id: string, claim: TransactionClaim): Promise<HeldTransaction> {
    return this.held.take(id, claim);
  }

  end(id: string, claim: TransactionClaim): Promise<void> {
    return this.held.end(id, claim);
  }

  async begin(options: TransactionOptions): Promise<Transaction> {
    this.options.push(options);
    this.story.push('begin');
    return {
      run: async (request) => {
        this.story.push(request.text);
        if (request.text === 'REFUSE') throw failure('syntaxError', 'no');
        return this.#result(request, undefined);
      },
      commit: async (requestId) => {
        this.story.push(requestId === options.requestId ? 'commit' : 'commit under its own id');
        return 'bm:2';
      },
      rollback: async () => void this.story.push('rollback'),
      terminate: () => void this.story.push('terminate'),
    };
  }

  #result(request: StatementRequest, bookmark: string | undefined): FakeResult {
    const result = new FakeResult(request, bookmark);
    this.results.push(result);
    return result;
  }
}

let http: HttpServer;
let gateway: FakeGateway;
let base: string;

beforeEach(async () => {
  gateway = new FakeGateway();
  http = await createHttpServer({
    address: { host: '127.0.0.1', port: 0 },
    gateway,
    authenticator: {
      authenticate: async ({ principal, credentials }) => {
        if (credentials === 'tired') throw failure('authenticationRateLimit', 'too many times');
        if (credentials !== 'secret') throw failure('unauthorized', 'The client is unauthorized due to authentication failure.');
        return { name: principal };
      },
      impersonate: (_, other) => Promise.resolve({ name: other }),
    },
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
  base = `http://127.0.0.1:${http.address.port}`;
});

afterEach(() => http.close());

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, signal: AbortSignal | null = null): Promise<Response> {
  return fetch(base + path, {
    method,
    signal,
    headers: { authorization: basic('ada', 'secret'), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** What answers may hold; a test names what it expects. */
interface Body {
  readonly data: { readonly values: readonly unknown[] };
  readonly results: readonly { readonly data: readonly unknown[]; readonly plan: unknown }[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly bookmarks: unknown;
  readonly lastBookmarks: unknown;
  readonly counters: unknown;
  readonly queryPlan: unknown;
  readonly [key: string]: unknown;
}

const json = async (response: Response) => (await response.json()) as Body;
const query = (body: unknown, headers?: Record<string, string>) => send('POST', '/db/neo4j/query/v2', body, headers);
const commit = async (statements: unknown, headers?: Record<string, string>) => {
  const response = await send('POST', '/db/neo4j/tx/commit', typeof statements === 'string' ? statements : { statements }, headers);
  expect(response.status).toBe(200);
  return json(response);
};

async function firstError(response: Response): Promise<{ status: number; code: string; message: string }> {
  const [error] = (await json(response)).errors;
  if (error === undefined) throw new Error('the answer has no error');
  return { status: response.status, ...error };
}

describe('discovery, metrics and unknown places', () => {
  it('shows addresses under the host that the client used', async () => {
    const body = await json(await fetch(`${base}/`));
    expect(body.neo4j_version).toBe('5.26.0');
    expect(body.transaction).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/db\/\{databaseName\}\/tx$/);
    expect(body.bolt_routing).toMatch(/^neo4j:\/\/127\.0\.0\.1:7687$/);
    const behindProxy = await json(await fetch(`${base}/`, { headers: { 'x-forwarded-host': 'graph.example', 'x-forwarded-proto': 'https' } }));
    expect(behindProxy.query).toBe('https://graph.example/db/{databaseName}/query/v2');
    expect(behindProxy.bolt_direct).toBe('bolt://graph.example:7687');
  });

  it('counts requests', async () => {
    await query({ statement: 'RETURN 1' });
    expect(await (await fetch(`${base}/metrics`)).text()).toContain(
      'causeway_http_requests_total{method="POST",route="/db/:database/query/v2",status="202"} 1',
    );
  });

  it('answers 404, 405 and 415 with an error body', async () => {
    expect(await firstError(await send('GET', '/nowhere?x=1'))).toMatchObject({ status: 404, message: 'There is nothing at /nowhere.' });
    const wrongMethod = await send('PUT', '/db/neo4j/query/v2', { statement: 'x' });
    expect(wrongMethod.headers.get('allow')).toBe('POST');
    expect(await firstError(wrongMethod)).toMatchObject({ status: 405, code: 'Neo.ClientError.Request.Invalid' });
    expect(await firstError(await query('x', { 'content-type': 'text/plain' }))).toMatchObject({ status: 415 });
    expect((await send('OPTIONS', '/db/neo4j/query/v2', undefined, { origin: 'http://a', 'access-control-request-method': 'POST' })).status).toBe(204);
  });
});

describe('what is not a request', () => {
  const raw = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(http.address.port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', (bytes) => {
        answer += bytes;
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });

  it.each([
    ['GARBAGE\r\n\r\n', 400, 'not a valid HTTP request'],
    [`GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers of the request are larger'],
  ])('%.20j is answered in the shape of all errors', async (text, status, message) => {
    const answer = await raw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('{"errors":[{"code":"Neo.ClientError.Request.Invalid"');
    expect(answer).toContain(message);
  });

  it.each(['/db/neo4j/query/v2', '/db/neo4j/tx/commit'])('has a body of UTF-8: %s', async (path) => {
    const body = Buffer.concat([Buffer.from('{"statement":"RETURN \\"'), Buffer.from([0xff, 0xc3]), Buffer.from('\\""}')]);
    const answer = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: { authorization: basic('ada', 'secret'), 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('"code":"Neo.ClientError.Request.InvalidFormat","message":"The body of the request is not UTF-8.');
  });

  it('has a path that can be decoded', async () => {
    const answer = await firstError(await send('POST', '/db/%00%ff/query/v2', { statement: 'RETURN 1' }));
    expect(answer).toMatchObject({ status: 400, code: 'Neo.ClientError.Request.Invalid' });
  });

  it('may be asked for by a browser, DELETE too', async () => {
    const headers = { origin: 'http://app.example', 'access-control-request-method': 'DELETE', 'access-control-request-headers': 'authorization' };
    const answer = await fetch(`${base}/db/neo4j/tx/1`, { method: 'OPTIONS', headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-methods')).toContain('DELETE');
  });
});

describe('authentication', () => {
  it('asks for it in Neo4j’s words', async () => {
    const missing = await fetch(`${base}/db/neo4j/query/v2`, { method: 'POST' });
    expect(missing.headers.get('www-authenticate')).toBe('Basic realm="Neo4j"');
    expect(await firstError(missing)).toEqual({ status: 401, code: 'Neo.ClientError.Security.Unauthorized', message: 'No authentication header supplied.' });
    for (const authorization of ['Basic', 'Basic ???', 'Basic YWJj', 'Digest x']) {
      expect(await firstError(await query({}, { authorization }))).toMatchObject({ status: 400, message: 'Invalid authentication header.' });
    }
    expect(await firstError(await query({}, { authorization: basic('ada', 'wrong') }))).toMatchObject({
      status: 401,
      message: expect.stringContaining('unauthorized'),
    });
    expect(await firstError(await query({}, { authorization: basic('ada', 'tired') }))).toMatchObject({ status: 429 });
    expect(gateway.options).toHaveLength(0);
  });
});

describe('the Query API', () => {
  it('gives rows, counters, plan and bookmarks with 202', async () => {
    const response = await query(
      '{"statement":"X","parameters":{"i":9007199254740993,"f":1.0},"includeCounters":true,"accessMode":"Read","bookmarks":["a"],"maxExecutionTime":2}',
    );
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toContain('application/json');
    const text = await response.text();
    expect(text).toContain('"values":[[{"i":9007199254740993,"f":1.0}]]');
    const body = JSON.parse(text) as Body;
    expect(body.bookmarks).toEqual(['bm:1']);
    expect(body.counters).toMatchObject({ containsUpdates: true, nodesCreated: 1, relationshipsDeleted: 0, containsSystemUpdates: false, systemUpdates: 0 });
    expect(body.queryPlan).toEqual({ operatorType: 'ProduceResults', arguments: { version: '5' }, identifiers: ['x'], children: [] });
    expect(gateway.options[0]).toMatchObject({
      access: 'READ',
      bookmarks: ['a'],
      timeoutMs: 2000,
      user: 'ada',
      consistency: 'bookmark',
      serverSideRouting: true,
    });
    expect(gateway.options[0]?.requestId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('speaks typed JSON both ways', async () => {
    const mime = 'application/vnd.neo4j.query.v1.0';
    const response = await query({ statement: 'X', parameters: { a: { $type: 'Integer', _value: '5' } } }, { accept: mime, 'content-type': mime });
    expect(response.headers.get('content-type')).toContain(mime);
    expect((await json(response)).data.values).toEqual([[{ $type: 'Map', _value: { a: { $type: 'Integer', _value: '5' } } }]]);
    expect((await query({ statement: 'X' }, { accept: 'application/jsonl' })).status).toBe(406);
  });

  it('maps errors to statuses', async () => {
    expect(await firstError(await query({ statement: 'FAIL' }))).toMatchObject({ status: 400, code: 'Neo.ClientError.Statement.ArithmeticError' });
    expect(await firstError(await query({ statement: 'NOT LEADER' }))).toMatchObject({
      status: 400,
      code: 'Neo.ClientError.Cluster.NotALeader',
      leader: '10.0.0.1:7687',
    });
    expect(await firstError(await query({ statement: 'BUG' }))).toMatchObject({ status: 500, message: expect.not.stringContaining('secret') });
    expect(await firstError(await send('POST', '/db/nope/query/v2', { statement: 'X' }))).toMatchObject({
      status: 404,
      code: 'Neo.ClientError.Database.DatabaseNotFound',
    });
    expect(await firstError(await query('{"statement":'))).toMatchObject({ status: 400, code: 'Neo.ClientError.Request.InvalidFormat' });
    expect(await firstError(await query({ statement: 'x'.repeat(100_001) }))).toMatchObject({
      status: 413,
      message: expect.stringContaining('limits.message_bytes'),
    });
  });

  it.each([
    [{}, 'statement'],
    [{ statement: 1 }, 'statement'],
    [{ statement: 'X', parameters: [] }, 'parameters'],
    [{ statement: 'X', bookmarks: [1] }, 'bookmarks'],
    [{ statement: 'X', accessMode: 'BOTH' }, 'BOTH'],
    [{ statement: 'X', maxExecutionTime: -1 }, 'maxExecutionTime'],
    [{ statement: 'X', impersonatedUser: 1 }, 'impersonatedUser'],
    ['[]', 'JSON object'],
    ['{"statement":"X","parameters":{"a":9223372036854775808}}', '64 bits'],
  ])('refuses %j', async (body, word) => {
    expect(await firstError(await query(body))).toMatchObject({ status: 400, message: expect.stringContaining(word) });
    expect(gateway.options).toHaveLength(0);
  });

  it('streams many rows, and ends them with the error that came late', async () => {
    const whole = await json(await query({ statement: 'ROWS 20000' }));
    expect(whole.data.values).toHaveLength(20000);
    expect(whole.bookmarks).toEqual(['bm:1']);
    const broken = await query({ statement: 'FAIL AFTER 5000' });
    expect(broken.status).toBe(202);
    const body = await json(broken);
    expect(body.data.values).toHaveLength(5000);
    expect(body.errors[0]?.code).toBe('Neo.ClientError.Statement.ArithmeticError');
    expect(body.bookmarks).toBeUndefined();
  });

  it('pulls no more than the client takes, and stops when it goes away', async () => {
    const controller = new AbortController();
    const response = await send('POST', '/db/neo4j/query/v2', { statement: 'ROWS 5000000' }, { 'accept-encoding': 'identity' }, controller.signal);
    await sleep(systemClock, 200);
    const pulled = gateway.results[0]?.pulled ?? 0;
    await sleep(systemClock, 100);
    expect(gateway.results[0]?.pulled).toBe(pulled);
    expect(pulled).toBeLessThan(500_000);
    controller.abort();
    await response.text().catch(() => 'aborted');
    await sleep(systemClock, 100);
    expect(gateway.results[0]?.terminated?.message).toContain('closed the connection');
  });

  it('closes at once though a client opened a connection ahead, or went away', async () => {
    const controller = new AbortController();
    const response = send('POST', '/db/neo4j/query/v2', { statement: 'HANG' }, {}, controller.signal).catch(() => 'aborted');
    while (gateway.results.length === 0) await sleep(systemClock, 5);
    controller.abort();
    await response;
    await new Promise<void>((resolve) => void connect(http.address.port, '127.0.0.1', resolve));
    const started = performance.now();
    await http.close();
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('terminates a statement whose client goes away before the first row', async () => {
    const controller = new AbortController();
    const response = send('POST', '/db/neo4j/query/v2', { statement: 'HANG' }, {}, controller.signal).catch(() => 'aborted');
    while (gateway.results.length === 0) await sleep(systemClock, 5);
    controller.abort();
    expect(await response).toBe('aborted');
    for (let tries = 0; tries < 100 && gateway.results[0]?.terminated === undefined; tries++) await sleep(systemClock, 10);
    expect(gateway.results[0]?.terminated?.message).toContain('closed the connection');
  });
});

describe('reading one’s own writes without bookmarks', () => {
  it('gives the bookmark in a header and a cookie, and takes both back', async () => {
    for (const answer of [await query({ statement: 'X' }), await send('POST', '/db/Neo4j/tx/commit', { statements: [{ statement: 'X' }] })]) {
      expect(answer.headers.get('causeway-bookmark')).toBe('bm:1');
      expect(answer.headers.get('set-cookie')).toMatch(/^causeway-bookmark=bm:1; Path=\/db\/[Nn]eo4j; HttpOnly; SameSite=Lax$/);
    }
    await query({ statement: 'X', bookmarks: ['a'] }, { 'causeway-bookmark': 'b, c', cookie: 'x=1; causeway-bookmark=bm:9==; y=2' });
    expect(gateway.options[2]?.bookmarks).toEqual(['a', 'b', 'c', 'bm:9==']);
  });

  it('passes over a cookie of another history', async () => {
    await query({ statement: 'X' }, { cookie: 'causeway-bookmark=older' });
    expect(gateway.options[0]?.bookmarks).toEqual([]);
  });
});

describe('headers', () => {
  it('choose consistency and routing, and derive the request id', async () => {
    await query({ statement: 'X' }, { 'causeway-consistency': 'linearizable', 'causeway-routing': 'off', 'idempotency-key': 'k1' });
    await commit([{ statement: 'X' }], { 'idempotency-key': 'k1' });
    const statements = [{ text: 'X', parameters: new Map() }];
    expect(gateway.options[0]).toMatchObject({
      consistency: 'linearizable',
      serverSideRouting: false,
      requestId: requestIdOf('ada', 'neo4j', 'k1', statements),
    });
    expect(gateway.options[1]?.requestId).toBe(gateway.options[0]?.requestId);
  });

  it('make request ids that tell whose they are, and what they ask', () => {
    const of = (key: string, text: string, x: number) => requestIdOf('ada', 'neo4j', key, [{ text, parameters: new Map([['x', x]]) }]);
    expect(of('k1', 'X', 1)).toMatch(/^[0-9a-f]{32}$/);
    expect(of('k2', 'X', 1).slice(0, 24)).not.toBe(of('k1', 'X', 1).slice(0, 24));
    for (const other of [of('k1', 'Y', 1), of('k1', 'X', 2)]) {
      expect(other.slice(0, 24)).toBe(of('k1', 'X', 1).slice(0, 24));
      expect(other).not.toBe(of('k1', 'X', 1));
    }
  });

  it.each([{ 'causeway-consistency': 'strong' }, { 'causeway-routing': 'maybe' }, { 'idempotency-key': 'x'.repeat(300) }])('refuses %j', async (headers) => {
    expect(await firstError(await query({ statement: 'X' }, headers as Record<string, string>))).toMatchObject({
      status: 400,
      code: 'Neo.ClientError.Request.Invalid',
    });
  });
});

describe('the legacy API', () => {
  it('runs one statement as auto-commit', async () => {
    const body = await commit([{ statement: 'X', parameters: { a: 1 }, includeStats: true }], {
      bookmarks: '["b1","b2"]',
      'access-mode': 'READ',
      'max-execution-time': '1500',
    });
    expect(body.results[0]).toMatchObject({
      columns: ['x'],
      data: [{ row: [{ a: 1 }], meta: [null] }],
      stats: { contains_updates: true, nodes_created: 1, relationship_deleted: 0 },
    });
    expect(body.results[0]?.plan).toEqual({ root: { operatorType: 'ProduceResults', identifiers: ['x'], children: [], version: '5' } });
    expect(body).toMatchObject({ errors: [], lastBookmarks: ['bm:1'] });
    expect(gateway.options[0]).toMatchObject({ access: 'READ', bookmarks: ['b1', 'b2'], timeoutMs: 1500 });
    expect(gateway.story).toEqual([]);
  });

  it('runs several in one transaction, and commits before it says so', async () => {
    const body = await commit([{ statement: 'X' }, { statement: 'ROWS 2000' }]);
    expect(body.results.map((result) => result.data.length)).toEqual([1, 2000]);
    expect(body).toMatchObject({ errors: [], lastBookmarks: ['bm:2'] });
    expect(gateway.story).toEqual(['begin', 'X', 'ROWS 2000', 'commit']);
  });

  it('rolls all back when one fails, before or among its rows', async () => {
    const refused = await commit([{ statement: 'X' }, { statement: 'REFUSE' }, { statement: 'Y' }]);
    expect(refused.results).toHaveLength(1);
    expect(refused.errors[0]?.code).toBe('Neo.ClientError.Statement.SyntaxError');
    expect(refused.lastBookmarks).toBeUndefined();
    const broken = await commit([{ statement: 'X' }, { statement: 'FAIL AFTER 5000' }]);
    expect(broken.results[1]?.data).toHaveLength(5000);
    expect(broken.errors[0]?.code).toBe('Neo.ClientError.Statement.ArithmeticError');
    expect(gateway.story).toEqual(['begin', 'X', 'REFUSE', 'rollback', 'begin', 'X', 'FAIL AFTER 5000', 'rollback']);
  });

  it('names the leader beside code and message', async () => {
    expect((await commit([{ statement: 'NOT LEADER' }])).errors).toEqual([
      {
        code: 'Neo.ClientError.Cluster.NotALeader',
        message: 'No write operations are allowed directly on this database. Writes must pass through the leader. The role of this server is: FOLLOWER',
        leader: '10.0.0.1:7687',
      },
    ]);
  });

  it.each([
    ['{"statements"', 'ends too early'],
    ['[]', 'JSON object'],
    ['{"statements":{}}', 'must be a list'],
    ['{"statements":[{"statement":1}]}', 'statements[0].statement'],
    ['{"statements":[{"statement":"X","parameters":3}]}', 'statements[0].parameters'],
    ['{"statements":[{"statement":"X","resultDataContents":["REST"]}]}', 'REST'],
  ])('refuses %s in the body', async (text, word) => {
    const body = await commit(text);
    expect(body.results).toEqual([]);
    expect(body.errors[0]).toMatchObject({ code: 'Neo.ClientError.Request.InvalidFormat', message: expect.stringContaining(word) });
  });

  it('answers 404 for an unknown graph, and nothing to do with nothing done', async () => {
    const unknown = await send('POST', '/db/nope/tx/commit', { statements: [] });
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ results: [], errors: [{ code: 'Neo.ClientError.Database.DatabaseNotFound' }] });
    expect(await commit([])).toEqual({ results: [], errors: [], lastBookmarks: [] });
  });
});

describe('cluster endpoints and outcomes', () => {
  it('answers load balancers', async () => {
    const ask = async (path: string) => {
      const response = await send('GET', path);
      return [response.status, await response.text()];
    };
    expect(await ask('/db/neo4j/cluster/writable')).toEqual([404, 'false']);
    expect(await ask('/db/neo4j/cluster/read-only')).toEqual([200, 'true']);
    expect(await ask('/db/Neo4j/cluster/available')).toEqual([200, 'true']);
    expect(await ask('/db/elsewhere/cluster/available')).toEqual([404, 'false']);
    expect(await ask('/db/nowhere/cluster/available')).toEqual([404, 'false']);
    expect((await fetch(`${base}/db/neo4j/cluster/available`)).status).toBe(401);
  });

  it('names the leader', async () => {
    const status = await (await send('GET', '/db/neo4j/cluster/status')).json();
    expect(status).toMatchObject({
      lastAppliedRaftIndex: 9,
      votingMembers: ['id-1'],
      memberId: 'id-1',
      leader: 'id-1',
      millisSinceLastLeaderMessage: 5,
      participatingInRaftGroup: true,
      core: true,
      isHealthy: true,
      role: 'FOLLOWER',
      leaderName: 'core1',
      leaderAddress: { bolt: '10.0.0.1:7687', http: '10.0.0.1:7474' },
    });
    const combined = await (await send('GET', '/dbms/cluster/status')).json();
    expect(combined).toMatchObject([{ databaseName: 'neo4j', databaseUuid: 'uuid', databaseStatus: { healthy: true, leader: 'id-1' } }]);
  });

  it('looks outcomes up', async () => {
    expect(await (await send('GET', `/db/neo4j/outcomes/${'a'.repeat(32)}`)).json()).toEqual({ outcome: 'committed', bookmark: 'bm' });
    expect(await (await send('GET', `/db/neo4j/outcomes/${'b'.repeat(32)}`)).json()).toEqual({ outcome: 'never' });
    expect((await send('GET', '/db/neo4j/outcomes/xyz')).status).toBe(400);
  });
});
