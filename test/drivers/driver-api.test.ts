// The whole interface of the official drivers, against one server and against a cluster of three cores and a replica,
// with routing by the driver (neo4j://) and without (bolt://).

import { randomUUID } from 'node:crypto';
import type { Driver, Record as DriverRecord, Integer } from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InProcessCluster, post } from '../support/in-process-cluster.js';
import { balanced, drivers, open, schemes } from './drivers.js';

const SECOND_PASSWORD = 'second-password';

/** A second user, known on every server. */
async function addUser(cluster: InProcessCluster, name: string): Promise<void> {
  const { server } = await cluster.leader('system');
  await post(server.http, 'CREATE USER $name SET PASSWORD $password CHANGE NOT REQUIRED', { name, password: SECOND_PASSWORD });
  const newest = server.graphs.systemDatabase.replica.transactionId;
  await Promise.all(cluster.members.map((member) => member.server.graphs.systemDatabase.replica.waitForTransaction(newest, 5000)));
}

describe.each([
  ['one server', 1, 0],
  ['a cluster', 3, 1],
])('%s', (_, cores, replicas) => {
  let cluster: InProcessCluster;
  beforeAll(async () => {
    cluster = await balanced(await InProcessCluster.start({ cores, replicas }));
    await addUser(cluster, 'second');
  }, 30_000);
  afterAll(() => cluster.stop());

  const cases = drivers.flatMap(([version, library]) => schemes.map((scheme) => [version, scheme, library] as const));
  describe.each(cases)('neo4j-driver %s over %s://', (version, scheme, library) => {
    let driver: Driver;
    // Over bolt:// on purpose a server that does not lead, where there is one.
    const entry = () => (cluster.members.find(({ server }) => server.graphs.byName('neo4j')?.role !== 'LEADER') ?? cluster.member('core1')).server.bolt;
    beforeAll(() => {
      driver = open(library, scheme, entry());
    });
    afterAll(() => driver.close());

    it('says whom it reached and what that can', async () => {
      const info = await driver.getServerInfo();
      expect(info.agent).toBe('Neo4j/5.26.0');
      expect(String(info.protocolVersion)).toMatch(/5\.8|^5\.8/);
      expect(info.address).toMatch(/^127\.0\.0\.1:\d+$/);
      await driver.verifyConnectivity();
      expect(
        await Promise.all([driver.supportsMultiDb(), driver.supportsTransactionConfig(), driver.supportsUserImpersonation(), driver.supportsSessionAuth()]),
      ).toEqual([true, true, true, true]);
      expect(await driver.verifyAuthentication({ auth: library.auth.basic('second', SECOND_PASSWORD) })).toBe(true);
      // On connections of its own: the drivers take one that has just logged on for proof of any credentials.
      const unknown = library.auth.basic(`unknown ${version} ${scheme}`, 'wrong-password');
      const fresh = open(library, scheme, entry());
      expect(await fresh.verifyAuthentication({ auth: unknown })).toBe(false);
      await fresh.close();
    });

    it('executes queries, reads what it wrote, and transforms results', async () => {
      const key = randomUUID();
      const { summary } = await driver.executeQuery('CREATE (n:Executed {key: $key}) SET n.other = 1', { key });
      expect(summary.counters.updates()).toMatchObject({ nodesCreated: 1, propertiesSet: 2, labelsAdded: 1, nodesDeleted: 0, relationshipsCreated: 0 });
      expect(summary.counters.containsUpdates()).toBe(true);
      expect(summary.database.name).toBe('neo4j');
      const read = await driver.executeQuery(
        'MATCH (n:Executed {key: $key}) RETURN n.key AS key',
        { key },
        { routing: library.routing.READ, database: 'neo4j' },
      );
      expect(read.records.map((record) => record.get('key'))).toEqual([key]);
      const mapped = await driver.executeQuery(
        'UNWIND [1, 2, 3] AS x RETURN x',
        {},
        { resultTransformer: library.resultTransformers.mapped({ map: (record) => (record as DriverRecord).get('x').toNumber() * 2 }) },
      );
      expect(mapped.records).toEqual([2, 4, 6]);
    });

    it('runs managed transactions, and runs them again after a transient error', async () => {
      const session = driver.session();
      const key = randomUUID();
      let attempts = 0;
      const created = await session.executeWrite(async (tx) => {
        attempts++;
        const result = await tx.run('CREATE (n:Managed {key: $key}) RETURN n.key AS key', { key });
        if (attempts === 1) throw new library.Neo4jError('once', 'Neo.TransientError.General.Test', '50N42', 'once');
        return result.records[0]?.get('key');
      });
      expect([created, attempts]).toEqual([key, 2]);
      const count = await session.executeRead(async (tx) =>
        (await tx.run('MATCH (n:Managed {key: $key}) RETURN count(n) AS c', { key })).records[0]?.get('c').toNumber(),
      );
      expect(count).toBe(1);
      await expect(session.executeRead((tx) => tx.run('CREATE (:Managed)'))).rejects.toMatchObject({ code: 'Neo.ClientError.Statement.AccessMode' });
      await session.close();
    });

    it('runs explicit transactions with several open results', async () => {
      const session = driver.session({ fetchSize: 10 });
      const tx = await session.beginTransaction();
      const first = tx.run('UNWIND range(1, 55) AS x RETURN x');
      const second = tx.run('UNWIND range(1, 25) AS y RETURN y');
      const iterator = first[Symbol.asyncIterator]();
      expect(((await iterator.next()).value as DriverRecord).get('x').toNumber()).toBe(1);
      expect((await second).records.length).toBe(25);
      const third = await tx.run('CREATE (n:Explicit) RETURN n');
      expect(third.records[0]?.get('n').labels).toEqual(['Explicit']);
      let rest = 0;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) rest++;
      expect(rest).toBe(54);
      expect(tx.isOpen()).toBe(true);
      await tx.rollback();
      expect(tx.isOpen()).toBe(false);
      const closed = await session.beginTransaction();
      await closed.run('CREATE (:Explicit)');
      await closed.close();
      const kept = await session.beginTransaction();
      await kept.run('CREATE (:Kept)');
      await kept.commit();
      expect(session.lastBookmarks().length).toBe(1);
      const counts = await session.run('MATCH (n:Explicit) RETURN count(n) AS c');
      expect(counts.records[0]?.get('c').toNumber()).toBe(0);
      await session.close();
    });

    it('chains sessions by bookmarks and by a bookmark manager', async () => {
      const key = randomUUID();
      const writing = driver.session();
      await writing.executeWrite((tx) => tx.run('CREATE (:Chained {key: $key})', { key }));
      const reading = driver.session({ bookmarks: writing.lastBookmarks(), defaultAccessMode: library.session.READ });
      expect((await reading.run('MATCH (n:Chained {key: $key}) RETURN n', { key })).records.length).toBe(1);
      await Promise.all([writing.close(), reading.close()]);
      const consumed: string[][] = [];
      const bookmarkManager = library.bookmarkManager({ bookmarksConsumer: async (bookmarks) => void consumed.push([...bookmarks]) });
      for (let round = 1; round <= 5; round++) {
        const one = driver.session({ bookmarkManager });
        await one.executeWrite((tx) => tx.run('CREATE (:Managed {round: $key})', { key }));
        await one.close();
        const other = driver.session({ bookmarkManager });
        const seen = await other.executeRead(async (tx) =>
          (await tx.run('MATCH (n:Managed {round: $key}) RETURN count(n) AS c', { key })).records[0]?.get('c').toNumber(),
        );
        await other.close();
        expect(seen).toBe(round);
      }
      expect(consumed.length).toBeGreaterThanOrEqual(5);
      const stranger = driver.session({ bookmarks: ['FB:nonsense'] });
      await expect(stranger.run('RETURN 1')).rejects.toMatchObject({ code: 'Neo.ClientError.Transaction.InvalidBookmark' });
      await stranger.close();
    });

    it('streams in portions, and stops where it is told', async () => {
      const session = driver.session({ fetchSize: 100 });
      let sum = 0;
      for await (const record of session.run('UNWIND range(1, 5000) AS x RETURN x')) sum += record.get('x').toNumber();
      expect(sum).toBe((5000 * 5001) / 2);
      const observed: DriverRecord[] = [];
      await new Promise<void>((resolve, reject) => {
        session
          .run('UNWIND range(1, 250) AS x RETURN x')
          .subscribe({ onNext: (record) => observed.push(record), onCompleted: () => resolve(), onError: reject });
      });
      expect(observed.length).toBe(250);
      const stopped = session.run('UNWIND range(1, 1000000) AS x RETURN x');
      let taken = 0;
      for await (const _record of stopped) if (++taken === 150) break;
      const summary = await stopped.summary();
      expect(summary.queryType).toBe('r');
      const ignored = session.run('UNWIND range(1, 100000) AS x RETURN x');
      expect(await ignored.keys()).toEqual(['x']);
      await ignored.summary();
      await session.close();
    });

    it('has reactive sessions', async () => {
      const session = driver.rxSession();
      const collect = <T>(observable: { subscribe(observer: { next(value: T): void; error(error: unknown): void; complete(): void }): unknown }) =>
        new Promise<T[]>((resolve, reject) => {
          const values: T[] = [];
          observable.subscribe({ next: (value) => values.push(value), error: reject, complete: () => resolve(values) });
        });
      const records = await collect(session.run('UNWIND range(1, 2500) AS x RETURN x').records());
      expect(records.length).toBe(2500);
      const written = await collect(session.executeWrite((tx) => tx.run('CREATE (n:Reactive) RETURN n').records()));
      expect(written.length).toBe(1);
      await collect(session.close());
    });

    it('sums up what happened', async () => {
      const session = driver.session();
      const text = 'CREATE (a:A {x: 1})-[r:R {y: 2}]->(b:B) RETURN a, r, b';
      const { summary, records } = await session.run(text, { unused: 'é' });
      expect(summary.query).toMatchObject({ text, parameters: { unused: 'é' } });
      expect(summary.queryType).toBe('rw');
      expect(summary.counters.updates()).toMatchObject({ nodesCreated: 2, relationshipsCreated: 1, labelsAdded: 2, propertiesSet: 2 });
      expect(summary.server.address).toMatch(/^127\.0\.0\.1:/);
      expect(summary.server.agent).toBe('Neo4j/5.26.0');
      expect(Number((summary.resultAvailableAfter as Integer).toNumber())).toBeGreaterThanOrEqual(0);
      expect(Number((summary.resultConsumedAfter as Integer).toNumber())).toBeGreaterThanOrEqual(0);
      expect([summary.plan, summary.profile]).toEqual([false, false]);
      expect(summary.gqlStatusObjects.map((status) => status.gqlStatus)).toEqual(['00000']);
      const [a, r, b] = ['a', 'r', 'b'].map((name) => records[0]?.get(name));
      expect(a.elementId).toMatch(/^4:[0-9a-f-]{36}:\d+$/);
      expect([r.type, r.startNodeElementId, r.endNodeElementId, r.properties.y.toNumber()]).toEqual(['R', a.elementId, b.elementId, 2]);
      const none = await session.run('MATCH (n:DoesNotExist) RETURN n');
      expect(none.summary.gqlStatusObjects[0]?.gqlStatus).toBe('02000');
      const omitted = await session.run('CREATE (:Omitted)');
      expect(omitted.summary.gqlStatusObjects.map((status) => status.gqlStatus)).toEqual(['00001']);
      expect(omitted.summary.queryType).toBe('w');
      const path = (await session.run('MATCH p = (:A)-[:R]->(:B) RETURN p LIMIT 1')).records[0]?.get('p');
      expect([path.length, path.segments[0].relationship.type]).toEqual([1, 'R']);
      await session.close();
    });

    it('explains plans', async () => {
      const { summary, records } = await driver.executeQuery('EXPLAIN MATCH (n:A) WHERE n.x = 1 RETURN n.x AS x ORDER BY x');
      expect(records.length).toBe(0);
      expect(summary.plan).toMatchObject({ operatorType: 'ProduceResults@neo4j', identifiers: expect.arrayContaining(['x']), arguments: { planner: 'COST' } });
      const plan = summary.plan as { children: readonly { operatorType: string }[] };
      expect(plan.children[0]?.operatorType).toMatch(/@neo4j$/);
    });

    it('carries numbers of every size', async () => {
      const values = [0, 127, 128, -129, 2 ** 31, -(2 ** 53) + 1]
        .map((value) => library.int(value))
        .concat(library.int('9223372036854775807'), library.int('-9223372036854775808'));
      const { records } = await driver.executeQuery('RETURN $values AS values, 9223372036854775807 AS max, $half AS half', { values, half: 0.5 });
      expect(records[0]?.get('values').map(String)).toEqual(values.map(String));
      expect([String(records[0]?.get('max')), records[0]?.get('half')]).toEqual(['9223372036854775807', 0.5]);
      const big = open(library, scheme, entry(), { useBigInt: true });
      expect((await big.executeQuery('RETURN $n AS n', { n: 9223372036854775807n })).records[0]?.get('n')).toBe(9223372036854775807n);
      await big.close();
      const lossy = open(library, scheme, entry(), { disableLosslessIntegers: true });
      const nested = { list: [1.5, 'x', null, [true, {}]], 'é"': '𝄞', big: 2 ** 40 };
      expect((await lossy.executeQuery('RETURN $nested AS nested', { nested })).records[0]?.get('nested')).toEqual(nested);
      await lossy.close();
    });

    it('is told what is wrong, by code', async () => {
      const session = driver.session();
      const code = (text: string, parameters = {}) =>
        session.run(text, parameters).then(
          () => 'none',
          (error: { code: string }) => error.code,
        );
      expect(await code('RETRUN 1')).toBe('Neo.ClientError.Statement.SyntaxError');
      expect(await code('RETURN $missing')).toBe('Neo.ClientError.Statement.ParameterMissing');
      expect(await code('RETURN 1 / 0')).toBe('Neo.ClientError.Statement.ArithmeticError');
      expect(await code('CALL no.such()')).toBe('Neo.ClientError.Procedure.ProcedureNotFound');
      await session.run(`CREATE CONSTRAINT unique_${version}_${scheme} IF NOT EXISTS FOR (n:Unique${version}${scheme}) REQUIRE n.key IS UNIQUE`);
      await session.run(`CREATE (:Unique${version}${scheme} {key: 1})`);
      expect(await code(`CREATE (:Unique${version}${scheme} {key: 1})`)).toBe('Neo.ClientError.Schema.ConstraintValidationFailed');
      await expect(session.run('RETRUN 1')).rejects.toMatchObject({
        gqlStatus: '42001',
        gqlStatusDescription: expect.stringMatching(/^error: syntax error or access rule violation/),
        diagnosticRecord: { OPERATION: '', OPERATION_CODE: '0', CURRENT_SCHEMA: '/', _classification: 'CLIENT_ERROR' },
      });
      await session.close();
      const nowhere = driver.session({ database: 'nowhere' });
      await expect(nowhere.run('RETURN 1')).rejects.toMatchObject({ code: 'Neo.ClientError.Database.DatabaseNotFound' });
      await nowhere.close();
      const stranger = open(library, scheme, entry(), {}, `stranger ${version} ${scheme}`, 'wrong-password');
      await expect(stranger.executeQuery('RETURN 1')).rejects.toMatchObject({ code: 'Neo.ClientError.Security.Unauthorized' });
      await stranger.close();
    });

    it('takes timeouts and metadata of transactions', async () => {
      const session = driver.session();
      const config = { timeout: 100, metadata: { app: 'suite' } };
      await expect(session.run('UNWIND range(1, 1000000000) AS x RETURN sum(x)', {}, config)).rejects.toMatchObject({
        code: 'Neo.ClientError.Transaction.TransactionTimedOut',
      });
      await expect(session.executeRead((tx) => tx.run('UNWIND range(1, 1000000000) AS x RETURN sum(x)'), config)).rejects.toMatchObject({
        code: 'Neo.ClientError.Transaction.TransactionTimedOut',
      });
      expect((await session.run('RETURN 1 AS one', {}, config)).records.length).toBe(1);
      await session.close();
    });

    it('acts as other users where that is allowed', async () => {
      const who = 'SHOW CURRENT USER YIELD user';
      const asSecond = driver.session({ impersonatedUser: 'second' });
      expect((await asSecond.run(who)).records[0]?.get('user')).toBe('second');
      expect(await asSecond.executeRead(async (tx) => (await tx.run(who)).records[0]?.get('user'))).toBe('second');
      await asSecond.executeWrite((tx) => tx.run('CREATE (:ByAnother)'));
      await asSecond.close();
      expect((await driver.executeQuery(who, {}, { impersonatedUser: 'second' })).records[0]?.get('user')).toBe('second');
      const asNobody = driver.session({ impersonatedUser: 'nobody' });
      await expect(asNobody.run(who)).rejects.toMatchObject({ code: 'Neo.ClientError.Security.Forbidden' });
      await asNobody.close();
      const second = open(library, scheme, entry(), {}, 'second', SECOND_PASSWORD);
      const presuming = second.session({ impersonatedUser: 'neo4j' });
      await expect(presuming.run(who)).rejects.toMatchObject({ code: 'Neo.ClientError.Security.Forbidden' });
      await presuming.close();
      await second.close();
    });

    it('authenticates sessions of their own', async () => {
      const auth = library.auth.basic('second', SECOND_PASSWORD);
      const session = driver.session({ auth });
      expect((await session.run('SHOW CURRENT USER YIELD user')).records[0]?.get('user')).toBe('second');
      await session.close();
      expect((await driver.executeQuery('SHOW CURRENT USER YIELD user', {}, { auth })).records[0]?.get('user')).toBe('second');
      const stranger = driver.session({ auth: library.auth.basic(`pretender ${version} ${scheme}`, 'wrong-password') });
      // The drivers make a protocol error of it, because they send the query before they know.
      await expect(stranger.run('RETURN 1')).rejects.toThrow(/unauthorized|discovery/);
      await stranger.close();
      const plain = driver.session();
      expect((await plain.run('SHOW CURRENT USER YIELD user')).records[0]?.get('user')).toBe('neo4j');
      await plain.close();
    });

    it('sends notification filters', async () => {
      const { minimumSeverityLevel, disabledCategory } = {
        minimumSeverityLevel: library.notificationFilterMinimumSeverityLevel.WARNING,
        disabledCategory: library.notificationFilterDisabledCategory.HINT,
      };
      const filtered = open(library, scheme, entry(), { notificationFilter: { minimumSeverityLevel, disabledCategories: [disabledCategory] } });
      const session = filtered.session({ notificationFilter: { minimumSeverityLevel: library.notificationFilterMinimumSeverityLevel.OFF } });
      expect((await session.run('RETURN 1')).summary.notifications).toEqual([]);
      await session.close();
      await filtered.close();
    });

    it('knows other databases', async () => {
      const system = driver.session({ database: 'system', defaultAccessMode: library.session.READ });
      expect((await system.run('SHOW DATABASES YIELD name RETURN DISTINCT name ORDER BY name')).records.map((record) => record.get('name'))).toEqual([
        'neo4j',
        'system',
      ]);
      await system.close();
    });

    it('is told the routing table in Cypher too', async () => {
      const { records } = await driver.executeQuery(
        'CALL dbms.routing.getRoutingTable({}, "neo4j") YIELD ttl, servers RETURN ttl, servers',
        {},
        { routing: library.routing.READ },
      );
      const servers: { role: string; addresses: string[] }[] = records[0]?.get('servers');
      expect(records[0]?.get('ttl').toNumber()).toBe(10);
      const count = (role: string) => servers.find((one) => one.role === role)?.addresses.length;
      expect([count('WRITE'), count('READ'), count('ROUTE')]).toEqual([1, Math.max(1, cores + replicas - 1), cores]);
      await expect(driver.executeQuery('CALL dbms.cluster.routing.getRoutingTable({}, "nowhere")')).rejects.toMatchObject({
        code: 'Neo.ClientError.Database.DatabaseNotFound',
        message: "Unable to get a routing table for database 'nowhere' because this database does not exist",
      });
    });

    it('finds a graph that one server alone holds, a moment after it was made', async () => {
      const name = `few${version}${scheme}`;
      await driver.executeQuery(`CREATE DATABASE ${name} TOPOLOGY 1 PRIMARY`, {}, { database: 'system' });
      const key = randomUUID();
      await driver.executeQuery('CREATE (:Few {key: $key})', { key }, { database: name });
      const read = await driver.executeQuery('MATCH (n:Few) RETURN n.key AS key', {}, { database: name, routing: library.routing.READ });
      expect(read.records.map((record) => record.get('key'))).toEqual([key]);
      expect(read.summary.database.name).toBe(name);
      for (const member of cluster.members) {
        const direct = open(library, 'bolt', member.server.bolt);
        const { records } = await direct.executeQuery('CALL dbms.routing.getRoutingTable({}, $name)', { name });
        await direct.close();
        const servers: { role: string; addresses: string[] }[] = records[0]?.get('servers');
        const [writers, readers] = ['WRITE', 'READ'].map((role) => servers.find((one) => one.role === role)?.addresses);
        expect([writers?.length, readers]).toEqual([1, writers]);
      }
      // One bookmark manager for all databases: what was seen of one is not forgotten over another, nor over one that is gone.
      for (let round = 0; round < 3; round++) {
        await driver.executeQuery('CREATE (:Round {key: $key})', { key }, { database: round % 2 === 0 ? 'neo4j' : name });
      }
      await driver.executeQuery(`DROP DATABASE ${name}`, {}, { database: 'system' });
      const rounds = await driver.executeQuery('MATCH (n:Round {key: $key}) RETURN count(n) AS c', { key }, { routing: library.routing.READ });
      expect(rounds.records[0]?.get('c').toNumber()).toBe(2);
    });

    it('writes through every server, and spreads reads away from the leader', async () => {
      const leader = (await cluster.leader()).server.bolt;
      const reading = new Set<string>();
      for (let round = 0; round < 8; round++) {
        const { summary } = await driver.executeQuery('RETURN 1', {}, { routing: library.routing.READ });
        reading.add(summary.server.address ?? '');
      }
      const leaderAddress = `127.0.0.1:${leader.port}`;
      if (scheme === 'neo4j' && cores > 1) {
        expect(reading.has(leaderAddress)).toBe(false);
        expect(reading.size).toBeGreaterThan(1);
        const { summary } = await driver.executeQuery('CREATE (:Routed)');
        expect(summary.server.address).toBe(leaderAddress);
      }
      for (const { server } of cluster.members) {
        const direct = open(library, 'bolt', server.bolt);
        const key = randomUUID();
        await direct.executeQuery('CREATE (:Direct {key: $key})', { key });
        const { records } = await direct.executeQuery('MATCH (n:Direct {key: $key}) RETURN count(n) AS c', { key });
        expect(records[0]?.get('c').toNumber()).toBe(1);
        await direct.close();
      }
    });
  });
});
