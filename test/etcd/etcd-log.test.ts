// The log on etcd where the conformance suite does not look: lost answers, stopped and killed members, entries too large for
// one request, transactions of many graphs, watches that lose their revision, quotas, certificates.

import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { seededRandom } from '../../src/base/random.js';
import { type CommitRequest, LeaderPipeline } from '../../src/database/leader-pipeline.js';
import { Replica } from '../../src/database/replica.js';
import { FEATURE_LEVEL } from '../../src/graph/entry.js';
import type { Draft } from '../../src/graph/store.js';
import { createEtcdLog, type EtcdLog, type EtcdLogOptions } from '../../src/log/etcd/etcd-log.js';
import { Keys } from '../../src/log/etcd/keys.js';
import { EtcdClient, type EtcdTls } from '../../src/log/etcd/rpc/channels.js';
import type { AppendOutcome, AppendRequest, Log } from '../../src/log/log.js';
import { createGraphStore } from '../../src/storage/store.js';
import { appendOf, Member, recordOf, until } from '../conformance/log/engines.js';
import { type EtcdRun, etcdMissing, startEtcd } from './etcd-processes.js';
import { EtcdProxy } from './etcd-proxy.js';

const skipped = etcdMissing === undefined ? '' : ` (skipped: ${etcdMissing})`;
const text = (payload: Uint8Array) => new TextDecoder().decode(payload);
const withPayload = (request: AppendRequest, payload: Uint8Array): AppendRequest => ({ ...request, payload });

/** Sends it again until the outcome is definite, as a leader does (SAFETY 13). */
async function settled(log: Log, request: AppendRequest): Promise<AppendOutcome> {
  for (;;) {
    const [outcome] = await log.append([request]);
    if (outcome !== undefined && outcome.kind !== 'ambiguous') return outcome;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function leading(member: Member, graph: string) {
  const replica = new Replica(createGraphStore({ graphId: graph, budgetBytes: 128 * 1024 ** 2, poisonFreedPages: true }), systemClock);
  const pipeline = new LeaderPipeline({
    log: member.log,
    graph,
    term: await member.win(graph),
    replica,
    clock: systemClock,
    random: seededRandom(randomBytes(4).readUInt32LE()),
    featureLevel: () => FEATURE_LEVEL,
    onLost: (reason) => {
      throw new Error(reason);
    },
  });
  expect(await pipeline.open()).toBe(true);
  return { graph, replica, pipeline };
}

function commitOf(draft: Draft): CommitRequest {
  return {
    requestId: randomBytes(16).toString('hex'),
    effects: draft.effects(),
    counters: { ...draft.counters },
    snapshot: draft.base.transactionId,
    schemaVersion: draft.base.schema.version,
    timeoutMs: 20_000,
    exclusive: false,
  };
}

describe.skipIf(etcdMissing !== undefined)(`the log on one etcd${skipped}`, () => {
  let etcd: EtcdRun;
  let raw: EtcdClient;
  let cluster: string;
  let keys: Keys;
  let members: Member[];
  let proxy: EtcdProxy | undefined;
  const logOf = (name: string, options: Partial<EtcdLogOptions> = {}) =>
    createEtcdLog({ cluster, serverName: name, endpoints: etcd.endpoints, leaseMs: 1000, ...options });
  const member = async (name: string, options: Partial<EtcdLogOptions> = {}) => {
    const opened = await new Member(logOf(name, options), recordOf(name)).open();
    members.push(opened);
    return opened;
  };
  const behindProxy = async () => {
    proxy = await EtcdProxy.before(etcd.endpoints[0] as string);
    return proxy;
  };
  beforeAll(async () => {
    etcd = await startEtcd();
    raw = new EtcdClient({ endpoints: etcd.endpoints, deadlineMs: 5000 });
  });
  afterAll(async () => {
    raw?.close();
    await etcd?.stop();
  });
  beforeEach(() => {
    cluster = randomUUID();
    keys = new Keys(cluster);
    members = [];
  });
  afterEach(async () => {
    await Promise.all(members.map((opened) => opened.close()));
    proxy?.close();
    proxy = undefined;
  });

  it('finds out what became of an append whose answer was lost', async () => {
    const between = await behindProxy();
    const one = await member('one', { endpoints: [between.endpoint] });
    const term = await one.win('g');
    await one.log.append([appendOf('g', term, 1, 'a')]);
    between.swallow();
    const request = appendOf('g', term, 2, 'b');
    expect((await one.log.append([request])).map((outcome) => outcome.kind)).toEqual(['ambiguous']);
    between.pass();
    expect(await settled(one.log, request)).toEqual({ kind: 'appended' });
    expect((await one.log.read('g', 1, 1000)).entries.map((entry) => text(entry.payload))).toEqual(['a', 'b']);
  });

  it('settles an append that etcd had not yet judged when its term was lost', async () => {
    const one = await member('one');
    const two = await member('two');
    const term = await one.win('g');
    await etcd.kill(0, 'SIGSTOP');
    const request = appendOf('g', term, 1, 'late');
    const first = await one.log.append([request]);
    await etcd.kill(0, 'SIGCONT');
    expect(first.map((outcome) => outcome.kind)).toEqual(['ambiguous']);
    await two.log.expel('one', one.record.life, 'processGone');
    const outcome = await settled(one.log, request);
    const { entries } = await two.log.read('g', 1, 1000);
    // Either is right; what was said must be what is there.
    expect(entries.length).toBe(outcome.kind === 'appended' ? 1 : 0);
    expect(['appended', 'termLost']).toContain(outcome.kind);
    await two.win('g');
    expect((await settled(one.log, request)).kind).toBe(outcome.kind);
  });

  it('ends the session when etcd is silent for long, and wins again in a new one', async () => {
    const between = await behindProxy();
    const one = await member('one', { endpoints: [between.endpoint] });
    const two = await member('two');
    const term = await one.win('g');
    between.cut();
    await until(() => one.losses.length > 0, 'onSessionLost', 8000);
    between.pass();
    await until(async () => (await one.log.campaign('g')).kind === 'won', 'the new session wins', 8000);
    expect((await two.log.leadership('g')).term).toBe(term + 1);
    expect((await settled(one.log, appendOf('g', term, 1, 'x'))).kind).toBe('termLost');
    expect(await settled(one.log, appendOf('g', term + 1, 1, 'y'))).toEqual({ kind: 'appended' });
  });

  it('tells what happened while the watch was cut and its revision compacted', async () => {
    const between = await behindProxy();
    const one = await member('one');
    const two = await member('two', { endpoints: [between.endpoint], leaseMs: 5000 });
    two.log.follow('g');
    const term = await one.win('g');
    await until(() => two.leaderships.at(-1)?.holder === 'one', 'the leadership');
    between.cut();
    for (let index = 1; index <= 20; index++) await one.log.append([appendOf('g', term, index, 'x')]);
    const { header } = await raw.kv.range(keys.state);
    await raw.kv.compact(header.revision, true);
    await one.log.resign('g', term);
    between.pass();
    await until(() => two.heads.at(-1)?.head === 20, 'the head', 8000);
    await until(() => two.leaderships.at(-1)?.holder === undefined, 'the vacancy');
    const watched = two.heads.map((event) => event.head);
    expect(watched).toEqual([...watched].sort((a, b) => a - b));
  });

  it('keeps entries that are larger than a request, and truncates their parts', async () => {
    const one = await member('one', { deadlineMs: 3000 });
    const two = await member('two', { deadlineMs: 3000 });
    const term = await one.win('g');
    const large = randomBytes(5_000_000);
    const request = withPayload(appendOf('g', term, 1, ''), large);
    expect(await one.log.append([request])).toEqual([{ kind: 'appended' }]);
    expect(await one.log.append([request])).toEqual([{ kind: 'appended' }]);
    expect(await one.log.append([appendOf('g', term, 2, 'small')])).toEqual([{ kind: 'appended' }]);
    const { entries } = await two.log.read('g', 1, 10_000_000);
    expect(entries.map((entry) => entry.payload.length)).toEqual([5_000_000, 5]);
    expect(Buffer.compare(entries[0]?.payload ?? Buffer.alloc(0), large)).toBe(0);
    const parts = await raw.kv.range({ ...keys.partsBetween('g', 0, 100), count_only: true });
    expect(parts.count).toBe(Math.ceil(large.length / (64 * 1024)));
    expect(await one.log.truncate('g', term, 1)).toBe('truncated');
    expect((await raw.kv.range({ ...keys.partsBetween('g', 0, 100), count_only: true })).count).toBe(0);
    expect((await raw.kv.range({ ...keys.entries('g', 0, 100), count_only: true })).count).toBe(1);
  });

  it('commits a transaction of 60,000 effects, and others beside it', async () => {
    const one = await member('one', { deadlineMs: 5000 });
    const two = await member('two');
    const [large, beside] = await Promise.all([leading(one, randomUUID()), leading(one, randomUUID())]);
    const draft = large.replica.store.begin(large.replica.store.published, large.pipeline.ids);
    for (let at = 0; at < 60_000; at++) draft.createNode(['Person'], new Map([['name', randomBytes(24).toString('base64')]]));
    const committing = large.pipeline.commit(commitOf(draft));
    const small = beside.replica.store.begin(beside.replica.store.published, beside.pipeline.ids);
    small.createNode(['Person'], new Map());
    expect(await beside.pipeline.commit(commitOf(small))).toBe(1);
    expect(await committing).toBe(1);
    const reader = new Replica(createGraphStore({ graphId: large.graph, budgetBytes: 128 * 1024 ** 2, poisonFreedPages: true }), systemClock);
    for (const { index, payload } of (await two.log.read(large.graph, 1, 1 << 30)).entries) await reader.ingest(index, payload);
    expect(reader.store.digest(reader.store.published)).toBe(large.replica.store.digest(large.replica.store.published));
    expect((await raw.kv.range({ ...keys.partsBetween(large.graph, 0, 100), count_only: true })).count).toBeGreaterThan(10);
  });

  it('stores what compresses in a fraction', async () => {
    const one = await member('one');
    const term = await one.win('g');
    const payload = Buffer.from(JSON.stringify(Array.from({ length: 5000 }, (_, id) => ({ id, name: `person ${id}`, labels: ['Person'] }))));
    await one.log.append([withPayload(appendOf('g', term, 1, ''), payload)]);
    const stored = (await raw.kv.range({ key: keys.entry('g', 1) })).kvs[0]?.value.length ?? 0;
    expect(stored).toBeLessThan(payload.length / 4);
    expect(text((await one.log.read('g', 1, 1)).entries[0]?.payload ?? new Uint8Array())).toBe(payload.toString());
  });

  it('appends large entries to sixty graphs in one step', async () => {
    const one = await member('one', { deadlineMs: 5000 });
    const graphs = Array.from({ length: 60 }, (_, at) => `g${at}`);
    const terms = await Promise.all(graphs.map((graph) => one.win(graph)));
    const of = (index: number) => graphs.map((graph, at) => withPayload(appendOf(graph, terms[at] as number, index, ''), randomBytes(20_000)));
    expect(new Set((await one.log.append(of(1))).map((outcome) => outcome.kind))).toEqual(new Set(['appended']));
    const heads = (await raw.kv.range(keys.state)).kvs.filter((pair) => pair.key.toString().endsWith('/head'));
    expect(new Set(heads.map((pair) => pair.mod_revision)).size).toBe(1);
    const lost = of(2).map((request, at) => (at === 30 ? { ...request, term: 99 } : request));
    const outcomes = await one.log.append(lost);
    expect(outcomes.filter((outcome) => outcome.kind === 'headMoved').length).toBe(59);
    expect(outcomes[30]?.kind).toBe('termLost');
    expect((await one.log.position('g0')).head).toBe(1);
  });

  it('puts appends of one moment into one transaction, and a losing one takes none with it', async () => {
    const one = await member('one');
    const graphs = Array.from({ length: 50 }, (_, at) => `g${at}`);
    const terms = await Promise.all(graphs.map((graph) => one.win(graph)));
    const outcomes = await Promise.all(graphs.map((graph, at) => one.log.append([appendOf(graph, at === 7 ? 99 : (terms[at] as number), 1, graph)])));
    expect(outcomes.map(([outcome]) => outcome?.kind)).toEqual(graphs.map((_, at) => (at === 7 ? 'termLost' : 'appended')));
    const heads = (await raw.kv.range(keys.state)).kvs.filter((pair) => pair.key.toString().endsWith('/head'));
    expect(heads.length).toBe(49);
    expect(new Set(heads.map((pair) => pair.mod_revision)).size).toBeLessThan(5);
  });

  it('bounds the log of one graph, and not the others', async () => {
    const one = await member('one', { graphQuotaBytes: 1_000_000 });
    const g = await one.win('g');
    const h = await one.win('h');
    const payload = randomBytes(300_000);
    for (let index = 1; index <= 3; index++) expect((await one.log.append([withPayload(appendOf('g', g, index, ''), payload)]))[0]?.kind).toBe('appended');
    const [refused] = await one.log.append([withPayload(appendOf('g', g, 4, ''), payload)]);
    expect(refused).toMatchObject({ kind: 'full', reason: expect.stringContaining('log.etcd.graph_quota_bytes') });
    expect((await one.log.append([withPayload(appendOf('h', h, 1, ''), payload)]))[0]?.kind).toBe('appended');
    // Another leader knows what is stored without having written it.
    await one.log.resign('g', g);
    const two = await member('two', { graphQuotaBytes: 1_000_000 });
    const next = await two.win('g');
    expect((await two.log.append([withPayload(appendOf('g', next, 4, ''), payload)]))[0]?.kind).toBe('full');
    // A full log still has leaders: the first small entry of a term is taken, further ones are not.
    const small = randomBytes(100);
    await two.log.truncate('g', next, 1);
    expect((await two.log.append([withPayload(appendOf('g', next, 4, ''), randomBytes(390_000))]))[0]?.kind).toBe('appended');
    await two.log.resign('g', next);
    const last = await two.win('g');
    expect((await two.log.append([withPayload(appendOf('g', last, 5, ''), small)]))[0]?.kind).toBe('appended');
    expect((await two.log.append([withPayload(appendOf('g', last, 6, ''), randomBytes(10_000))]))[0]?.kind).toBe('full');
    await two.log.truncate('g', last, 3);
    await until(async () => (await two.log.append([withPayload(appendOf('g', last, 6, ''), payload)]))[0]?.kind === 'appended', 'room after the truncation');
  });

  it('slows down and then refuses at the quota, which the reason names', async () => {
    const inUse = (await raw.maintenance.status()).dbSizeInUse;
    const one = await member('one', { quotaBytes: inUse + 3_000_000, graphQuotaBytes: 1e9 });
    const term = await one.win('g');
    let index = 1;
    let outcome: AppendOutcome | undefined;
    for (; index < 40; index++) {
      [outcome] = await one.log.append([withPayload(appendOf('g', term, index, ''), randomBytes(200_000))]);
      if (outcome?.kind !== 'appended') break;
    }
    expect(outcome).toMatchObject({ kind: 'full', reason: expect.stringContaining('log.etcd.quota_bytes') });
    expect(index).toBeGreaterThan(8);
    expect((await raw.maintenance.alarms()).length).toBe(0);
  });

  it('refuses a name that another process keeps', async () => {
    await member('one');
    const twin = logOf('one');
    await expect(twin.open(recordOf('one'), { onHead() {}, onLeadership() {}, onServers() {}, onSessionLost() {} })).rejects.toThrow("'one' is taken");
    await twin.close();
  }, 20_000);

  it('shares one barrier among the reads that wait, and begins it after they asked', async () => {
    const one = await member('one');
    const two = await member('two');
    const term = await one.win('g');
    const before = (await raw.kv.range(keys.state)).header.revision;
    const waiting = Array.from({ length: 50 }, () => two.log.barrier(['g']));
    await one.log.append([appendOf('g', term, 1, 'a')]);
    const after = two.log.barrier(['g', 'h']);
    expect([...(await after)]).toEqual([
      ['g', 1],
      ['h', 0],
    ]);
    await Promise.all(waiting);
    expect((await raw.kv.range(keys.state)).header.revision - before).toBeLessThan(8);
  });
});

describe.skipIf(etcdMissing !== undefined)(`the log on three members of etcd${skipped}`, () => {
  let etcd: EtcdRun;
  let log: EtcdLog;
  let one: Member;
  let two: Member;
  beforeEach(async () => {
    etcd = await startEtcd({ members: 3 });
    const cluster = randomUUID();
    const of = (serverName: string) => createEtcdLog({ cluster, serverName, endpoints: etcd.endpoints, leaseMs: 3000 });
    log = of('one');
    one = await new Member(log, recordOf('one')).open();
    two = await new Member(of('two'), recordOf('two')).open();
  });
  afterEach(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await etcd?.stop();
  });
  const leaderOf = async () => {
    for (let member = 0; member < 3; member++) {
      const client = new EtcdClient({ endpoints: [etcd.endpoints[member] as string], deadlineMs: 2000 });
      const status = await client.maintenance.status();
      client.close();
      if (status.leader === status.memberId) return member;
    }
    throw new Error('no leader');
  };

  it('goes on when the member that leads is killed, with every acknowledged entry once', async () => {
    const term = await one.win('g');
    two.log.follow('g');
    const sent: string[] = [];
    for (let index = 1; index <= 150; index++) {
      if (index === 50) await etcd.kill(await leaderOf(), 'SIGKILL');
      sent.push(`entry ${index}`);
      expect(await settled(one.log, appendOf('g', term, index, `entry ${index}`))).toEqual({ kind: 'appended' });
    }
    const { entries } = await two.log.read('g', 1, 1_000_000);
    expect(entries.map((entry) => text(entry.payload))).toEqual(sent);
    await until(() => two.heads.at(-1)?.head === 150, 'the head at the other server', 8000);
    expect(one.losses).toEqual([]);
  });

  it('goes on when its member stands still, and when it is told of other endpoints', async () => {
    const term = await one.win('g');
    await etcd.kill(0, 'SIGSTOP');
    try {
      expect(await settled(one.log, appendOf('g', term, 1, 'a'))).toEqual({ kind: 'appended' });
    } finally {
      await etcd.kill(0, 'SIGCONT');
    }
    log.setEndpoints(etcd.endpoints.slice(2));
    expect(await settled(one.log, appendOf('g', term, 2, 'b'))).toEqual({ kind: 'appended' });
    await etcd.kill(0, 'SIGKILL');
    expect(await settled(one.log, appendOf('g', term, 3, 'c'))).toEqual({ kind: 'appended' });
    expect((await two.log.barrier(['g'])).get('g')).toBe(3);
  });

  it('says that nothing is known without a majority, and what happened once it is back', async () => {
    const term = await one.win('g');
    await etcd.kill(1, 'SIGKILL');
    await etcd.kill(2, 'SIGKILL');
    const request = appendOf('g', term, 1, 'a');
    expect((await one.log.append([request])).map((outcome) => outcome.kind)).toEqual(['ambiguous']);
    await expect(one.log.position('g')).rejects.toMatchObject({ code: 'Neo.TransientError.General.DatabaseUnavailable' });
    await Promise.all([etcd.restart(1), etcd.restart(2)]);
    expect(['appended', 'termLost']).toContain((await settled(one.log, request)).kind);
  });
});

const opensslMissing = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'no openssl in the PATH';
  }
})();
const tlsMissing = etcdMissing ?? opensslMissing;

describe.skipIf(tlsMissing !== undefined)(`the log over mutual TLS${tlsMissing === undefined ? '' : ` (skipped: ${tlsMissing})`}`, () => {
  let folder: string;
  const openssl = (...args: readonly string[]) => execFileSync('openssl', [...args], { cwd: folder, stdio: 'pipe' });
  const authority = (name: string) =>
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
  const certificate = (name: string, by: string): EtcdTls => {
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    const copied = ['-copy_extensions', 'copy'];
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', '2', ...copied, '-out', `${name}.crt`);
    return { caFile: join(folder, 'ours.crt'), certFile: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
  };
  let etcd: EtcdRun;
  let tls: EtcdTls;
  let foreign: EtcdTls;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-tls-'));
    authority('ours');
    authority('theirs');
    tls = certificate('server', 'ours');
    foreign = certificate('stranger', 'theirs');
    etcd = await startEtcd({ tls });
  });
  afterAll(async () => {
    await etcd?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('appends and reads', async () => {
    const one = await new Member(createEtcdLog({ cluster: 'c', serverName: 'one', endpoints: etcd.endpoints, tls, deadlineMs: 3000 }), recordOf('one')).open();
    const term = await one.win('g');
    expect(await one.log.append([appendOf('g', term, 1, 'a')])).toEqual([{ kind: 'appended' }]);
    expect((await one.log.read('g', 1, 1000)).entries.map((entry) => text(entry.payload))).toEqual(['a']);
    await one.close();
  });

  it('gets no answer with a certificate of another authority', async () => {
    const client = new EtcdClient({ endpoints: etcd.endpoints, tls: foreign, deadlineMs: 1000 });
    await expect(client.kv.range({ key: Buffer.from('a') })).rejects.toMatchObject({ name: 'RpcFailed' });
    client.close();
  });
});
