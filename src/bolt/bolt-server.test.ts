import neo4j, { type Driver } from 'neo4j-driver';
import neo4j5 from 'neo4j-driver5';
import { afterEach, describe, expect, it } from 'vitest';
import { noLogger } from '../base/logger.js';
import type { Address, Connection, Network } from '../base/network.js';
import { tcpNetwork } from '../base/tcp.js';
import type { ClusterView } from '../cluster/view.js';
import type { AutoCommit, ResultSummary, StatementRequest, StatementResult, Transaction, TransactionOptions } from '../database/result.js';
import { databaseNotFound, failure } from '../errors/catalogue.js';
import { noCounters } from '../graph/writer.js';
import type { RowSink } from '../runtime/execution.js';
import type { Permissions } from '../security/users.js';
import type { Gateway } from '../targets/gateway.js';
import { fixedNode } from '../values/fixed.js';
import type { Row, Value } from '../values/value.js';
import { BoltClient, ConnectionLost, Ignored } from '../wire/client.js';
import { handshakeProposal } from '../wire/handshake.js';
import { mapOf, tags, writeMessage } from '../wire/messages.js';
import { PackWriter } from '../wire/packstream.js';
import { encodeRelayExtra } from '../wire/relay.js';
import { BoltServer, type BoltSettings } from './bolt-server.js';

/**
 * A graph that knows a few statements: `ROWS n` gives n rows, `NODE` a node, `ECHO` its parameters, `HANG` nothing
 * until it is ended, `FAIL` an error at once, `FAIL LATE` one after a row.
 */
class FakeResult implements AutoCommit {
  readonly columns = ['value'];
  summary: ResultSummary | undefined = undefined;
  onPrepared: ((summary: ResultSummary) => void | Promise<void>) | undefined = undefined;
  #given = 0;
  #end: ((reason: Error) => void) | undefined;
  readonly #request: StatementRequest;
  readonly #bookmark: string | undefined;

  constructor(request: StatementRequest, bookmark: string | undefined) {
    this.#request = request;
    this.#bookmark = bookmark;
  }

  async pull(count: number, sink: RowSink): Promise<boolean> {
    const [word, argument] = this.#request.text.split(' ');
    if (word === 'HANG') return new Promise((_, reject) => (this.#end = reject));
    const total = word === 'ROWS' ? Number(argument) : 1;
    for (let left = count; left > 0 && this.#given < total; left--) sink.row([this.#value(word)]);
    if (this.#given < total) return true;
    if (word === 'FAIL') throw failure('arithmeticError', '/ by zero', { position: { offset: 1, line: 1, column: 2 }, leader: 'h:1' });
    const summary: ResultSummary = {
      database: 'neo4j',
      type: 'rw',
      counters: { ...noCounters(), nodesCreated: 1 },
      plan: undefined,
      notifications: [{ code: 'Neo.X', gqlStatus: '01N00', title: 't', description: 'd', severity: 'WARNING', category: 'GENERIC', position: undefined }],
      bookmark: undefined,
      availableAfterMs: 1,
      consumedAfterMs: 2,
    };
    await this.onPrepared?.(summary);
    this.summary = { ...summary, bookmark: this.#bookmark };
    return false;
  }

  #value(word: string | undefined): Value {
    const index = this.#given++;
    if (word === 'NODE') return fixedNode({ id: 7, elementId: '4:x:7', labels: ['A'], properties: new Map([['p', 'é']]) });
    return word === 'ECHO' ? this.#request.parameters : index;
  }

  async discard(): Promise<void> {
    while (await this.pull(1000, { row: () => {} }));
  }

  terminate(reason: Error): void {
    this.#end?.(reason);
  }
}

class FakeGateway implements Gateway {
  readonly permissions: Permissions = { mayRun() {}, mayAdministerUsers() {}, mayImpersonate() {} };
  readonly cluster = {} as ClusterView;
  readonly events: string[] = [];
  readonly asked: TransactionOptions[] = [];

  resolve(name: string | undefined): string {
    if (name !== undefined && name !== 'neo4j') throw databaseNotFound(name);
    return 'neo4j';
  }
  outcome(): Promise<{ kind: 'never' }> {
    return Promise.resolve({ kind: 'never' });
  }
  run(request: StatementRequest, options: TransactionOptions): Promise<AutoCommit> {
    this.asked.push(options);
    if (request.text === 'SYNTAX') return Promise.reject(failure('syntaxError', 'Invalid input'));
    if (request.text === 'BUG') return Promise.reject(new TypeError('secret'));
    return Promise.resolve(new FakeResult(request, 'FB:auto'));
  }
  begin(options: TransactionOptions): Promise<Transaction> {
    this.asked.push(options);
    this.events.push('begin');
    const results: FakeResult[] = [];
    return Promise.resolve({
      run: (request: StatementRequest): Promise<StatementResult> => {
        const result = new FakeResult(request, undefined);
        results.push(result);
        return Promise.resolve(result);
      },
      commit: (requestId: string) => {
        this.events.push('commit');
        return Promise.resolve(`FB:${requestId.length}`);
      },
      rollback: () => {
        this.events.push('rollback');
        return Promise.resolve();
      },
      terminate: (reason: Error) => {
        this.events.push('terminate');
        for (const result of results) result.terminate(reason);
      },
    });
  }
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function started(settings: Partial<BoltSettings> = {}) {
  const gateway = new FakeGateway();
  const server = new BoltServer({
    network: tcpNetwork,
    address: { host: '127.0.0.1', port: 0 },
    gateway,
    authenticator: {
      authenticate: ({ principal, credentials }) =>
        credentials === 'right'
          ? Promise.resolve({ name: principal })
          : Promise.reject(failure('unauthorized', 'The client is unauthorized due to authentication failure.')),
    },
    logger: noLogger,
    settings: { serverSideRouting: true, ...settings },
  });
  const address = await server.listen();
  closing.push(() => server.close());
  return { gateway, server, address };
}

async function connected(address: Address): Promise<BoltClient> {
  const client = await BoltClient.connect(tcpNetwork, address, { auth: { principal: 'ann', credentials: 'right' } });
  closing.push(() => client.close());
  return client;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 200) throw new Error('it never came true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe.each([
  ['6', neo4j.driver, neo4j.auth.basic],
  ['5', neo4j5.driver as unknown as typeof neo4j.driver, neo4j5.auth.basic],
])('neo4j-driver %s', (_, createDriver, basic) => {
  async function driver(scheme: string, password = 'right'): Promise<{ readonly driver: Driver; readonly gateway: FakeGateway }> {
    const { gateway, address } = await started();
    const made = createDriver(`${scheme}://127.0.0.1:${address.port}`, basic('ann', password), { disableLosslessIntegers: true });
    closing.push(() => made.close());
    return { driver: made, gateway };
  }

  it.each(['bolt', 'neo4j'])('runs statements over %s://', async (scheme) => {
    const { driver: client, gateway } = await driver(scheme);
    const { records, summary } = await client.executeQuery('ECHO', { a: [1, 'x', null, true, 1.5] }, { database: 'neo4j' });
    expect(records.map((record) => record.toObject())).toEqual([{ value: { a: [1, 'x', null, true, 1.5] } }]);
    expect(summary.counters.updates().nodesCreated).toBe(1);
    expect(summary.notifications.map((notification) => notification.code)).toEqual(['Neo.X']);
    expect(gateway.asked[0]).toMatchObject({ user: 'ann', access: 'WRITE', database: 'neo4j', serverSideRouting: true });
    expect(gateway.asked[0]?.requestId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('streams many rows, keeps bookmarks, and reads entities', async () => {
    const { driver: client, gateway } = await driver('bolt');
    const session = client.session({ defaultAccessMode: neo4j.session.READ, fetchSize: 700 });
    expect((await session.run('ROWS 5000')).records.length).toBe(5000);
    const entity = (await session.run('NODE')).records[0]?.get('value');
    expect([entity.labels, entity.elementId, entity.properties.p]).toEqual([['A'], '4:x:7', 'é']);
    expect(session.lastBookmarks()).toEqual(['FB:auto']);
    expect(gateway.asked[1]).toMatchObject({ access: 'READ', bookmarks: ['FB:auto'] });
    await session.close();
  });

  it('commits and rolls back transactions with several results', async () => {
    const { driver: client, gateway } = await driver('bolt');
    const session = client.session();
    const transaction = session.beginTransaction();
    const tx = await transaction;
    const [a, b] = await Promise.all([tx.run('ROWS 2500'), tx.run('ROWS 3')]);
    expect([a.records.length, b.records.length]).toEqual([2500, 3]);
    await tx.commit();
    expect(session.lastBookmarks()).toEqual(['FB:32']);
    const second = await session.beginTransaction();
    await expect(second.run('FAIL')).rejects.toMatchObject({ code: 'Neo.ClientError.Statement.ArithmeticError', message: '/ by zero' });
    await session.close();
    expect(gateway.events).toContain('commit');
    expect(gateway.events.at(-1)).toBe('rollback');
  });

  it('is told why it may not come in, and what is wrong with a statement', async () => {
    const { driver: stranger } = await driver('bolt', 'wrong');
    await expect(stranger.verifyConnectivity()).rejects.toMatchObject({ code: 'Neo.ClientError.Security.Unauthorized' });
    const { driver: client } = await driver('bolt');
    const session = client.session();
    await expect(session.run('SYNTAX')).rejects.toMatchObject({ code: 'Neo.ClientError.Statement.SyntaxError' });
    await expect(session.run('BUG')).rejects.toMatchObject({ code: 'Neo.DatabaseError.General.UnknownError', message: expect.not.stringContaining('secret') });
    expect((await session.run('ROWS 1')).records.length).toBe(1);
    await session.close();
  });
});

describe('sessions', () => {
  it('ignore what follows a failure until RESET', async () => {
    const { address } = await started();
    const client = await connected(address);
    const rows: Row[] = [];
    const answers = await Promise.allSettled([client.run('FAIL LATE'), client.pull(-1, (row) => rows.push(row)), client.run('ROWS 1')]);
    await client.reset();
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(rows).toEqual([[0]]);
    expect((answers[1] as PromiseRejectedResult).reason).toMatchObject({
      message: '/ by zero',
      gqlStatus: '22000',
      leader: 'h:1',
      position: { offset: 1, line: 1, column: 2 },
    });
    expect((answers[2] as PromiseRejectedResult).reason).toBeInstanceOf(Ignored);
    expect((await client.run('ROWS 1')).get('fields')).toEqual(['value']);
  });

  it('let RESET interrupt a statement that hangs', async () => {
    const { address } = await started();
    const client = await connected(address);
    await client.run('HANG');
    const hanging = client.pull(-1, () => {}).then(undefined, (error: Error) => error);
    await client.reset();
    expect(await hanging).toMatchObject({ code: 'Neo.ClientError.Transaction.TransactionTerminated' });
    await client.run('ROWS 1');
  });

  it('give rows by count and by result', async () => {
    const { address, gateway } = await started();
    const client = await connected(address);
    await client.begin();
    const first = await client.run('ROWS 5');
    const second = await client.run('ROWS 2');
    expect([first.get('qid'), second.get('qid')]).toEqual([0, 1]);
    const rows: Row[] = [];
    expect((await client.pull(3, (row) => rows.push(row), 0)).get('has_more')).toBe(true);
    expect((await client.pull(-1, (row) => rows.push(row))).get('has_more')).toBeUndefined();
    expect((await client.discard(-1, 0)).get('type')).toBe('rw');
    expect(rows.length).toBe(5);
    expect((await client.commit()).get('bookmark')).toBe('FB:32');
    expect(gateway.events).toEqual(['begin', 'commit']);
  });

  it('roll back when the client goes away in the middle', async () => {
    const { address, gateway, server } = await started();
    const client = await connected(address);
    await client.begin();
    await client.run('HANG');
    const lost = client.pull(-1, () => {}).then(undefined, (error: Error) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.close();
    expect(await lost).toBeInstanceOf(ConnectionLost);
    await until(() => gateway.events.includes('rollback') && server.connectionCount === 0);
    expect(gateway.events.slice(0, 2)).toEqual(['begin', 'terminate']);
  });

  it('end when the protocol is broken', async () => {
    const { address } = await started();
    const client = await connected(address);
    await expect(client.commit()).rejects.toMatchObject({ code: 'Neo.ClientError.Request.Invalid' });
    await until(() => client.isClosed);
    const other = await connected(address);
    await expect(other.request(tags.RUN, ['x', 5, mapOf({})])).rejects.toMatchObject({ code: 'Neo.ClientError.Request.InvalidFormat' });
    const third = await connected(address);
    await expect(third.run('ROWS 1', new Map(), mapOf({ db: 'nowhere' }))).rejects.toMatchObject({ code: 'Neo.ClientError.Database.DatabaseNotFound' });
    await third.reset();
    await expect(third.run('ROWS 1', new Map(), mapOf({ mode: 5 }))).rejects.toMatchObject({ code: 'Neo.ClientError.Request.Invalid' });
  });

  it('refuse messages over the limit', async () => {
    const { address } = await started({ messageBytes: 100_000 });
    const client = await connected(address);
    await expect(client.run('x'.repeat(200_000))).rejects.toMatchObject({ code: 'Neo.ClientError.Request.InvalidFormat' });
    await (await connected(address)).run('ROWS 1');
  });

  it('send NOOPs while a statement runs', async () => {
    const { address } = await started({ keepAliveMs: 20 });
    let noopCount = 0;
    const listening: Network = {
      ...tcpNetwork,
      async connect(to, timeoutMs) {
        const connection = await tcpNetwork.connect(to, timeoutMs);
        connection.onData((bytes) => {
          if (bytes.every((byte) => byte === 0)) noopCount += bytes.length / 2;
        });
        return connection;
      },
    };
    const client = await BoltClient.connect(listening, address, { auth: { principal: 'ann', credentials: 'right' } });
    closing.push(() => client.close());
    await client.run('HANG');
    const hanging = client.pull(-1, () => {}).then(undefined, (error: Error) => error);
    await until(() => noopCount >= 2);
    await client.reset();
    expect(await hanging).toMatchObject({ code: 'Neo.ClientError.Transaction.TransactionTerminated' });
  });
});

describe('strangers', () => {
  const closedBy = (connection: Connection) => new Promise<void>((resolve) => connection.onClose(() => resolve()));
  async function raw(address: Address): Promise<Connection> {
    const connection = await tcpNetwork.connect(address, 1000);
    closing.push(() => connection.destroy());
    connection.onData(() => {});
    return connection;
  }

  it('who do not speak Bolt are closed at once', async () => {
    const { address } = await started();
    const connection = await raw(address);
    connection.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await closedBy(connection);
  });
  it('who never say who they are are closed in time', async () => {
    const { address } = await started({ authenticationTimeoutMs: 50 });
    const connection = await raw(address);
    connection.write(handshakeProposal());
    await closedBy(connection);
  });
  it('who leave half a message behind harm nobody', async () => {
    const { address, server } = await started();
    const connection = await raw(address);
    const writer = new PackWriter();
    writeMessage(writer, tags.HELLO, [mapOf({ user_agent: 'x' })]);
    connection.write(handshakeProposal());
    connection.write(writer.take().subarray(0, 9));
    await new Promise((resolve) => setTimeout(resolve, 20));
    connection.destroy();
    await until(() => server.connectionCount === 0);
    await (await connected(address)).run('ROWS 1');
  });
  it('may not run anything, nor use the relay', async () => {
    const { address } = await started();
    const connection = await raw(address);
    const writer = new PackWriter();
    writeMessage(writer, tags.RUN, ['ROWS 1', mapOf({}), mapOf({ causeway: mapOf({ user: 'ann' }) })]);
    connection.write(handshakeProposal());
    connection.write(writer.take());
    await closedBy(connection);
  });
});

describe('relays', () => {
  it('act for a user, and say PREPARED before the end', async () => {
    const { gateway, server } = await started();
    const listener = await tcpNetwork.listen({ host: '127.0.0.1', port: 0 }, (connection) => server.serveRelay(connection));
    closing.push(() => listener.close());
    const client = BoltClient.trusted(await tcpNetwork.connect(listener.address, 1000));
    closing.push(() => client.close());
    const causeway = encodeRelayExtra({ user: 'bob', requestId: 'ab'.repeat(16), access: 'WRITE', consistency: 'linearizable', term: 3, timeoutMs: 77 });
    const seen: string[] = [];
    const [, summary] = await Promise.all([
      client.run('ROWS 2', new Map(), mapOf({ causeway })),
      client.pull(
        -1,
        () => seen.push('row'),
        -1,
        (metadata) => seen.push(`prepared ${metadata.has('bookmark')}`),
      ),
    ]);
    expect(seen).toEqual(['row', 'row', 'prepared false']);
    expect(summary.get('bookmark')).toBe('FB:auto');
    expect(gateway.asked[0]).toMatchObject({ user: 'bob', requestId: 'ab'.repeat(16), consistency: 'linearizable', timeoutMs: 77, serverSideRouting: false });
    await client.begin(mapOf({ causeway }));
    expect((await client.commit(mapOf({ causeway }))).get('bookmark')).toBe('FB:32');
    await expect(client.run('ROWS 1')).rejects.toMatchObject({ code: 'Neo.ClientError.Request.InvalidFormat' });
  });
});
