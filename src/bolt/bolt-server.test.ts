import neo4j, { type Driver, type NotificationFilter } from 'neo4j-driver';
import neo4j5 from 'neo4j-driver5';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeGateway, fakeAuthenticator } from '../../test/support/fake-gateway.js';
import { noLogger } from '../base/logger.js';
import type { Address, Connection, Network } from '../base/network.js';
import { tcpNetwork } from '../base/tcp.js';
import type { Row, Value } from '../values/value.js';
import { Dechunker } from '../wire/chunking.js';
import { BoltClient, ConnectionLost, Ignored } from '../wire/client.js';
import { type BoltVersion, bolt58, boltVersions, handshakeProposal, manifestAnswer, versionName } from '../wire/handshake.js';
import { type Message, mapOf, readMessage, tagName, tags, writeMessage } from '../wire/messages.js';
import { PackWriter } from '../wire/packstream.js';
import { encodeRelayExtra } from '../wire/relay.js';
import { BoltServer, type BoltSettings } from './bolt-server.js';

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
    authenticator: fakeAuthenticator,
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

  it('filters notifications, for the driver, a session, or not at all', async () => {
    const { address } = await started();
    const { WARNING, OFF } = neo4j.notificationFilterMinimumSeverityLevel;
    const { GENERIC, HINT } = neo4j.notificationFilterDisabledCategory;
    const shown = async (filter: NotificationFilter | undefined, ofSession?: NotificationFilter) => {
      const made = createDriver(`bolt://127.0.0.1:${address.port}`, basic('ann', 'right'), filter === undefined ? {} : { notificationFilter: filter });
      closing.push(() => made.close());
      const session = made.session(ofSession === undefined ? {} : { notificationFilter: ofSession });
      const { summary } = await session.executeRead((tx) => tx.run('ROWS 1'));
      await session.close();
      const notified = summary.gqlStatusObjects.filter((status) => status.isNotification);
      expect(notified.map((status) => [status.gqlStatus, status.severity, status.classification])).toEqual(
        summary.notifications.map(() => ['01N00', 'WARNING', 'GENERIC']),
      );
      return summary.notifications.length;
    };
    expect(await shown(undefined)).toBe(1);
    expect(await shown({ minimumSeverityLevel: WARNING, disabledCategories: [HINT] })).toBe(1);
    expect(await shown({ disabledCategories: [GENERIC] })).toBe(0);
    expect(await shown({ minimumSeverityLevel: OFF })).toBe(0);
    expect(await shown(undefined, { minimumSeverityLevel: OFF })).toBe(0);
    expect(await shown({ minimumSeverityLevel: OFF }, { minimumSeverityLevel: WARNING, disabledCategories: [] })).toBe(1);
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
    await new Promise((resolve) => setTimeout(resolve, 20));
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

  it('are answered what is being answered when the server stops', async () => {
    const { address, gateway, server } = await started();
    const [slow, idle, hanging] = [await connected(address), await connected(address), await connected(address)];
    await idle.begin();
    await hanging.run('HANG');
    const hung = hanging.pull(-1, () => {}).then(undefined, (error: Error) => error);
    const answer = slow.run('SLOW').then((metadata) => metadata.get('fields'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = performance.now();
    await server.close();
    expect(performance.now() - before).toBeLessThan(3000);
    expect(await answer).toEqual(['value']);
    expect(await hung).toBeInstanceOf(ConnectionLost);
    await until(() => idle.isClosed && gateway.events.includes('rollback'));
    await expect(connected(address)).rejects.toThrow();
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

/** A client that says exactly what a test wants, and hears everything. */
class RawClient {
  readonly received: Message[] = [];
  readonly #connection: Connection;
  readonly #writer = new PackWriter();
  #bytes: Uint8Array = new Uint8Array(0);
  #dechunker: Dechunker | undefined;
  closed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    closing.push(() => connection.destroy());
    connection.onData((bytes) => {
      if (this.#dechunker !== undefined) return this.#dechunker.receive(bytes);
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
    });
    connection.onClose(() => {
      this.closed = true;
    });
  }

  static async connect(address: Address, ...proposals: number[][]): Promise<RawClient> {
    const client = new RawClient(await tcpNetwork.connect(address, 1000));
    const padding = Array.from({ length: 4 - proposals.length }, () => [0, 0, 0, 0]);
    client.write(Uint8Array.from([0x60, 0x60, 0xb0, 0x17, ...proposals.flat(), ...padding.flat()]));
    return client;
  }

  /** Bytes of the handshake's answer; what comes after them are messages. */
  async answer(length: number): Promise<number[]> {
    await until(() => this.#bytes.length >= length);
    const answer = [...this.#bytes.subarray(0, length)];
    const rest = this.#bytes.subarray(length);
    this.#dechunker = new Dechunker(1 << 24, (bytes) => this.received.push(readMessage(bytes)));
    this.#dechunker.receive(rest);
    return answer;
  }

  write(bytes: Uint8Array): boolean {
    return this.#connection.write(bytes);
  }

  send(tag: number, ...fields: Value[]): this {
    return this.sendTogether([tag, ...fields]);
  }

  /** Arriving at once. */
  sendTogether(...messages: readonly (readonly [number, ...Value[]])[]): this {
    for (const [tag, ...fields] of messages) writeMessage(this.#writer, tag, fields);
    this.write(this.#writer.take());
    return this;
  }

  /** The next answer: its tag's name and metadata. */
  async next(): Promise<readonly [string, Map<string, Value>]> {
    await until(() => this.received.length > 0 || this.closed);
    const message = this.received.shift();
    if (message === undefined) throw new Error('closed');
    return [tagName(message.tag), (message.fields[0] ?? new Map()) as Map<string, Value>];
  }
}

const agent = mapOf({ user_agent: 'test/1', bolt_agent: mapOf({ product: 'test/1' }) });
const credentials = mapOf({ scheme: 'basic', principal: 'ann', credentials: 'right' });

/** Through handshake, HELLO and LOGON. */
async function greeted(address: Address, version: BoltVersion, more: Record<string, Value> = {}): Promise<{ client: RawClient; hello: Map<string, Value> }> {
  const client = await RawClient.connect(address, [0, 0, version.minor, version.major]);
  expect(await client.answer(4)).toEqual([0, 0, version.minor, version.major]);
  const hello = new Map([...agent, ...mapOf(more)]);
  if (!version.logon) client.send(tags.HELLO, new Map([...hello, ...credentials]));
  else client.send(tags.HELLO, hello).send(tags.LOGON, credentials);
  const [kind, metadata] = await client.next();
  expect(kind).toBe('SUCCESS');
  if (version.logon) expect((await client.next())[0]).toBe('SUCCESS');
  return { client, hello: metadata };
}

describe.each(boltVersions.map((version) => [versionName(version), version] as const))('Bolt %s', (name, version) => {
  it('greets and says what it can', async () => {
    const { address } = await started({ telemetry: true });
    const { hello } = await greeted(address, version, { patch_bolt: ['utc'] });
    expect(hello.get('server')).toBe('Neo4j/5.26.0');
    expect(hello.get('connection_id')).toMatch(/^bolt-/);
    expect(hello.get('patch_bolt')).toEqual(name === '4.4' ? ['utc'] : undefined);
    expect(hello.get('protocol_version')).toEqual(version.gqlFailures ? name : undefined);
    const hints = hello.get('hints') as Map<string, Value>;
    expect(hints.get('connection.recv_timeout_seconds')).toBe(25);
    expect(hints.get('telemetry.enabled')).toEqual(version.telemetry ? true : undefined);
    expect(hints.get('ssr.enabled')).toEqual(version.homeDatabase ? false : undefined);
  });

  it('runs a statement and sums it up', async () => {
    const { address } = await started();
    const { client } = await greeted(address, version);
    client.send(tags.RUN, 'NODE', mapOf({}), mapOf({})).send(tags.PULL, mapOf({ n: -1 }));
    const [, run] = await client.next();
    expect(run.get('fields')).toEqual(['value']);
    expect(run.get('db')).toEqual(version.homeDatabase ? 'neo4j' : undefined);
    expect(run.has('qid')).toBe(false);
    await until(() => client.received.length === 2);
    const row = (client.received.shift() as Message).fields[0] as Row;
    expect(row[0]).toMatchObject({ id: 7, elementId: version.elementIds ? '4:x:7' : '7' });
    const [kind, end] = await client.next();
    expect(kind).toBe('SUCCESS');
    expect([end.get('type'), end.get('db'), end.get('bookmark'), end.get('t_last'), end.has('has_more')]).toEqual(['rw', 'neo4j', 'FB:auto', 2, false]);
    expect(end.get('stats')).toEqual(mapOf({ 'nodes-created': 1, 'contains-updates': true }));
    if (!version.statuses) {
      expect(end.get('notifications')).toEqual([
        mapOf({ code: 'Neo.X', gql_status: '01N00', title: 't', description: 'd', severity: 'WARNING', category: 'GENERIC' }),
      ]);
      expect(end.has('statuses')).toBe(false);
    } else {
      const statuses = end.get('statuses') as readonly Map<string, Value>[];
      expect(statuses.map((status) => [status.get('gql_status'), status.has('neo4j_code')])).toEqual([
        ['01N00', true],
        ['00000', false],
      ]);
      expect(end.has('notifications')).toBe(false);
    }
  });

  it('says failures in its own shape, ignores what follows, and is ready after RESET', async () => {
    const { address } = await started();
    const { client } = await greeted(address, version);
    client.send(tags.RUN, 'FAIL LATE', mapOf({}), mapOf({})).send(tags.PULL, mapOf({ n: -1 }));
    client.send(tags.RUN, 'ROWS 1', mapOf({}), mapOf({}));
    await until(() => client.received.length === 4);
    expect(client.received.map((message) => tagName(message.tag))).toEqual(['SUCCESS', 'RECORD', 'FAILURE', 'IGNORED']);
    const failed = client.received[2]?.fields[0] as Map<string, Value>;
    expect(failed.get('message')).toBe('/ by zero');
    if (version.gqlFailures) {
      expect([failed.get('neo4j_code'), failed.get('gql_status'), failed.has('code')]).toEqual(['Neo.ClientError.Statement.ArithmeticError', '22000', false]);
      expect((failed.get('diagnostic_record') as Map<string, Value>).get('leader')).toBe('h:1');
    } else {
      expect([...failed.keys()]).toEqual(['code', 'message']);
    }
    client.received.length = 0;
    client.send(tags.RESET).send(tags.RUN, 'ROWS 1', mapOf({}), mapOf({}));
    expect([(await client.next())[0], (await client.next())[0]]).toEqual(['SUCCESS', 'SUCCESS']);
  });

  it('knows its own messages alone', async () => {
    const { address, gateway } = await started();
    const telemetry = (await greeted(address, version)).client.send(tags.TELEMETRY, 2);
    expect((await telemetry.next())[0]).toBe(version.telemetry ? 'SUCCESS' : 'FAILURE');
    const { client } = await greeted(address, version);
    client.send(tags.LOGOFF);
    if (!version.logon) {
      expect((await client.next())[0]).toBe('FAILURE');
      await until(() => client.closed);
      return;
    }
    client.send(tags.LOGON, new Map([...credentials, ['principal', 'eve']])).send(tags.RUN, 'ROWS 1', mapOf({}), mapOf({}));
    const answers = [await client.next(), await client.next(), await client.next()];
    expect(answers.map(([kind]) => kind)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
    expect(answers[1]?.[1].get('advertised_address')).toEqual(version.homeDatabase ? `127.0.0.1:${address.port}` : undefined);
    expect(gateway.asked[0]?.user).toBe('eve');
    client.send(tags.RESET);
    await client.next();
    client.send(tags.LOGOFF).send(tags.LOGON, mapOf({ scheme: 'basic', principal: 'eve', credentials: 'wrong' }));
    expect([(await client.next())[0], (await client.next())[0]]).toEqual(['SUCCESS', 'FAILURE']);
    await until(() => client.closed);
  });

  it('filters notifications if it knows how', async () => {
    const { address } = await started();
    const key = version.statuses ? 'notifications_disabled_classifications' : 'notifications_disabled_categories';
    const filters: Record<string, Value>[] = [{}, { notifications_minimum_severity: 'OFF' }, { [key]: ['GENERIC'] }, { [key]: ['HINT'] }];
    const shown: boolean[] = [];
    const { client } = await greeted(address, version);
    const notified = (end: Map<string, Value>): boolean => {
      const all = (end.get('notifications') ?? end.get('statuses') ?? []) as readonly Map<string, Value>[];
      return all.some((one) => one.has('code') || one.has('neo4j_code'));
    };
    for (const filter of filters) {
      client.send(tags.RUN, 'ROWS 1', mapOf({}), mapOf(filter)).send(tags.DISCARD, mapOf({ n: -1 }));
      await client.next();
      shown.push(notified((await client.next())[1]));
    }
    expect(shown).toEqual(version.notificationFilter ? [true, false, false, true] : [true, true, true, true]);
    client.send(tags.BEGIN, mapOf({ notifications_minimum_severity: 'OFF' }));
    client.send(tags.RUN, 'ROWS 1', mapOf({}), mapOf({})).send(tags.PULL, mapOf({ n: -1 }));
    await until(() => client.received.length === 4);
    expect(notified(client.received[3]?.fields[0] as Map<string, Value>)).toBe(!version.notificationFilter);
    const quiet = (await greeted(address, version, { notifications_minimum_severity: 'OFF' })).client;
    quiet.send(tags.RUN, 'ROWS 1', mapOf({}), mapOf({})).send(tags.DISCARD, mapOf({ n: -1 }));
    await quiet.next();
    expect(notified((await quiet.next())[1])).toBe(!version.notificationFilter);
  });

  it('routes', async () => {
    const { address } = await started({ routingTableTtlMs: 7000 });
    const { client } = await greeted(address, version);
    client.send(tags.ROUTE, mapOf({ address: 'db.example:7687' }), [], mapOf({}));
    const only = ['WRITE', 'READ', 'ROUTE'].map((role) => mapOf({ addresses: ['db.example:7687'], role }));
    expect((await client.next())[1].get('rt')).toEqual(mapOf({ ttl: 7, db: 'neo4j', servers: only }));
    client.send(tags.ROUTE, mapOf({}), [], mapOf({ db: 'nowhere' }));
    const [kind, failed] = await client.next();
    expect(kind).toBe('FAILURE');
    expect(failed.get('message')).toBe("Unable to get a routing table for database 'nowhere' because this database does not exist");
  });
});

describe('handshakes', () => {
  it('by manifest', async () => {
    const { address } = await started();
    for (const version of boltVersions) {
      const client = await RawClient.connect(address, [0, 0, 1, 255], [0, 8, 8, 5]);
      await client.answer(manifestAnswer.length);
      client.write(Uint8Array.of(0, 0, version.minor, version.major, 0));
      client.send(tags.HELLO, version.logon ? agent : new Map([...agent, ...credentials]));
      expect((await client.next())[0]).toBe('SUCCESS');
    }
    const wrong = await RawClient.connect(address, [0, 0, 1, 255]);
    wrong.write(Uint8Array.of(0, 0, 5, 5, 0));
    await until(() => wrong.closed);
  });

  it('of nothing that is spoken end in zeros', async () => {
    const { address } = await started();
    const client = await RawClient.connect(address, [0, 0, 0, 3], [0, 0, 5, 5]);
    expect(await client.answer(4)).toEqual([0, 0, 0, 0]);
    await until(() => client.closed);
  });

  it('however they are cut', async () => {
    const { address } = await started();
    const connection = await tcpNetwork.connect(address, 1000);
    const client = new RawClient(connection);
    for (const byte of [0x60, 0x60, 0xb0, 0x17, 0, 0, 1, 255, ...new Array(12).fill(0), 0, 0, 8, 5, 0x80, 0]) {
      client.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await client.answer(manifestAnswer.length);
    client.send(tags.HELLO, agent);
    expect((await client.next())[0]).toBe('SUCCESS');
  });
});

describe('drivers', () => {
  it('must name themselves from 5.3 on', async () => {
    const { address } = await started();
    const client = await RawClient.connect(address, [0, 0, 3, 5]);
    await client.answer(4);
    client.send(tags.HELLO, mapOf({ user_agent: 'x' }));
    expect((await client.next())[1].get('code')).toBe('Neo.ClientError.Request.Invalid');
  });

  it('may act as somebody else where that is allowed', async () => {
    const { address, gateway } = await started();
    const client = await connected(address);
    await client.run('ROWS 1', new Map(), mapOf({ imp_user: 'bob' }));
    expect(gateway.asked[0]?.user).toBe('bob');
    await client.reset();
    await expect(client.begin(mapOf({ imp_user: 'eve' }))).rejects.toMatchObject({
      code: 'Neo.ClientError.Security.Forbidden',
      message: "Cannot impersonate user 'eve'.",
    });
    await client.reset();
    await expect(client.request(tags.ROUTE, [mapOf({}), [], mapOf({ imp_user: 'eve' })])).rejects.toMatchObject({ code: 'Neo.ClientError.Security.Forbidden' });
  });

  it('ask for consistency and routing in the metadata of the transaction', async () => {
    const { address, gateway } = await started();
    const client = await connected(address);
    await client.begin(mapOf({ tx_metadata: mapOf({ causeway_consistency: 'linearizable', causeway_routing: 'off', app: 'x' }), tx_timeout: 5 }));
    expect(gateway.asked[0]).toMatchObject({ consistency: 'linearizable', serverSideRouting: false, timeoutMs: 5 });
    await client.rollback();
    await expect(client.begin(mapOf({ tx_metadata: mapOf({ causeway_consistency: 'much' }) }))).rejects.toMatchObject({
      code: 'Neo.ClientError.Request.Invalid',
      message: expect.stringContaining('causeway_consistency'),
    });
  });

  it('may send large messages right behind a new LOGON, but not before the first', async () => {
    const { address } = await started();
    const large = [tags.RUN, 'ROWS 1', mapOf({ text: 'x'.repeat(100_000) }), mapOf({})] as const;
    const { client } = await greeted(address, bolt58);
    client.sendTogether([tags.LOGOFF], [tags.LOGON, credentials], large);
    await until(() => client.received.length === 3);
    expect(client.received.map((message) => tagName(message.tag))).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
    const stranger = await RawClient.connect(address, [0, 0, 8, 5]);
    await stranger.answer(4);
    stranger.sendTogether([tags.HELLO, agent], large);
    await until(() => stranger.closed);
    expect(stranger.received.map((message) => tagName(message.tag))).toEqual(['SUCCESS', 'FAILURE']);
  });

  it('may reset at any time, also while they log on or off', async () => {
    const { address } = await started();
    const { client } = await greeted(address, bolt58);
    client.sendTogether([tags.LOGOFF], [tags.RESET], [tags.RUN, 'ROWS 1', mapOf({}), mapOf({})]);
    await until(() => client.received.length === 3);
    expect(client.received.map((message) => tagName(message.tag))).toEqual(['IGNORED', 'SUCCESS', 'SUCCESS']);
    const early = await RawClient.connect(address, [0, 0, 8, 5]);
    await early.answer(4);
    const run = (text: string) => [tags.RUN, text, mapOf({}), mapOf({})] as const;
    early.sendTogether([tags.HELLO, agent], [tags.LOGON, credentials], run('SYNTAX'), [tags.RESET], run('ROWS 1'), [tags.RESET]);
    await until(() => early.received.length === 6);
    expect(early.received.map((message) => tagName(message.tag))).toEqual(['SUCCESS', 'SUCCESS', 'FAILURE', 'SUCCESS', 'SUCCESS', 'SUCCESS']);
    const stranger = await RawClient.connect(address, [0, 0, 8, 5]);
    await stranger.answer(4);
    stranger.sendTogether([tags.HELLO, agent], [tags.RESET]);
    await until(() => stranger.closed);
    expect(stranger.received.map((message) => tagName(message.tag))).toEqual(['SUCCESS', 'FAILURE']);
  });
});

describe('a client that does not read', () => {
  /** Asks for 200 MB, and stops to read. */
  async function stalled(
    address: Address,
  ): Promise<{ readonly client: BoltClient; readonly connection: Connection; readonly rows: string[]; readonly end: Promise<unknown> }> {
    let connection: Connection | undefined;
    const network: Network = {
      ...tcpNetwork,
      connect: async (to, timeoutMs) => {
        connection = await tcpNetwork.connect(to, timeoutMs);
        return connection;
      },
    };
    const client = await BoltClient.connect(network, address, { auth: { principal: 'ann', credentials: 'right' } });
    closing.push(() => client.close());
    const made = connection as Connection;
    const rows: string[] = [];
    const running = client.run('WIDE 20000');
    const pulling = client.pull(-1, ([value]) => {
      rows.push(String(value).slice(0, 10));
      if (rows.length === 10) made.pause();
    });
    const end = Promise.all([running, pulling]).then(
      () => 'whole',
      (error: unknown) => error,
    );
    return { client, connection: made, rows, end };
  }

  /** Rows that the graph was asked for, once no more are. */
  async function rowsUntilStill(gateway: FakeGateway): Promise<number> {
    for (let seen = -1; seen !== gateway.rowsGiven || seen === 0; ) {
      seen = gateway.rowsGiven;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return gateway.rowsGiven;
  }

  it('costs no more than what the network holds, and gets the rest when it reads on', async () => {
    const { address, gateway } = await started();
    const { connection, rows, end } = await stalled(address);
    // What the kernel keeps for both sides is some megabytes.
    expect(await rowsUntilStill(gateway)).toBeLessThan(4000);
    connection.resume();
    expect(await end).toBe('whole');
    expect(rows.length).toBe(20_000);
    expect(rows.every((row, index) => row.startsWith(`${index} `))).toBe(true);
  });

  it('is let go after a while, with what it had open', async () => {
    const { address, gateway, server } = await started({ stalledMs: 200 });
    await stalled(address);
    await rowsUntilStill(gateway);
    await until(() => server.connectionCount === 0);
  });

  it('is not read from beyond what may wait', async () => {
    const { address } = await started({ messageBytes: 100_000 });
    const { client } = await greeted(address, bolt58);
    client.send(tags.RUN, 'HANG', mapOf({}), mapOf({})).send(tags.PULL, mapOf({ n: -1 }));
    expect((await client.next())[0]).toBe('SUCCESS');
    // 100 MB of messages that wait for the statement: the network takes back-pressure, the server no memory.
    const message = new PackWriter();
    writeMessage(message, tags.RUN, ['x'.repeat(50_000), mapOf({}), mapOf({})]);
    const bytes = message.take();
    const before = process.memoryUsage().arrayBuffers;
    let taken = 0;
    for (let sent = 0; sent < 2000; sent++) {
      if (client.write(bytes)) taken++;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(taken).toBeLessThan(1000);
    // Our own side keeps the one buffer that all writes share.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 * 1024 * 1024);
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
    connection.write(Buffer.from('HELO mail.example\r\n'));
    await closedBy(connection);
  });
  it('who speak HTTP are told where they are', async () => {
    const { address } = await started();
    const response = await fetch(`http://127.0.0.1:${address.port}/db/neo4j/tx`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('This port speaks Bolt, not HTTP');
  });
  it('who are too many are told so, and may come when others have gone', async () => {
    const { address, server } = await started({ connectionsMax: 2 });
    const first = await connected(address);
    await connected(address);
    await expect(connected(address)).rejects.toMatchObject({
      code: 'Neo.TransientError.Request.NoThreadsAvailable',
      message: expect.stringContaining('limits.bolt_connections'),
    });
    first.close();
    await until(() => server.connectionCount < 2);
    await (await connected(address)).run('ROWS 1');
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
