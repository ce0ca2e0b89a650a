// The calls of etcd's API against a real etcd: what is written is read back, what is refused is told apart from what
// may have happened, and another endpoint is taken when one is gone.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdClient, RpcFailed } from '../../src/log/etcd/rpc/channels.js';
import type { WatchResponse } from '../../src/log/etcd/rpc/messages.js';
import { until } from '../conformance/log/engines.js';
import { type EtcdRun, etcdMissing, startEtcd } from './etcd-processes.js';

const bytes = (text: string) => Buffer.from(text);

describe.skipIf(etcdMissing !== undefined)(`calls to etcd${etcdMissing === undefined ? '' : ` (skipped: ${etcdMissing})`}`, () => {
  let etcd: EtcdRun;
  let client: EtcdClient;
  beforeAll(async () => {
    etcd = await startEtcd();
    client = new EtcdClient({ endpoints: etcd.endpoints, deadlineMs: 3000 });
  });
  afterAll(async () => {
    client.close();
    await etcd.stop();
  });

  it('writes and reads under the guards of a transaction', async () => {
    const request = {
      compare: [{ key: bytes('a'), result: 'EQUAL', target: 'CREATE', create_revision: 0 }],
      success: [{ request_put: { key: bytes('a'), value: bytes('1') } }, { request_put: { key: bytes('b'), value: bytes('2') } }],
      failure: [{ request_range: { key: bytes('a'), range_end: bytes('c') } }],
    } as const;
    expect((await client.kv.txn(request)).succeeded).toBe(true);
    const again = await client.kv.txn(request);
    expect(again.succeeded).toBe(false);
    expect(again.responses[0]?.response_range?.kvs.map((pair) => [pair.key.toString(), pair.value.toString(), pair.lease])).toEqual([
      ['a', '1', 0],
      ['b', '2', 0],
    ]);
    expect((await client.kv.deleteRange({ key: bytes('a'), range_end: bytes('c') })).deleted).toBe(2);
    expect((await client.kv.range({ key: bytes('a') })).kvs).toEqual([]);
  });

  it('watches, with progress, and is told of a compacted revision', async () => {
    const { header } = await client.kv.range({ key: bytes('w') });
    const told: WatchResponse[] = [];
    const listener = { onResponse: (response: WatchResponse) => void told.push(response), onEnd: () => {} };
    const watch = client.watch({ key: bytes('w'), range_end: bytes('x'), start_revision: header.revision + 1 }, listener);
    await client.kv.put({ key: bytes('w1'), value: bytes('one') });
    await until(() => told.some((response) => response.events.length > 0), 'the event');
    expect(told.flatMap((response) => response.events).map((event) => [event.type, event.kv.key.toString()])).toEqual([['PUT', 'w1']]);
    const before = told.length;
    watch.requestProgress();
    await until(() => told.length > before, 'progress');
    expect(told.at(-1)?.header.revision).toBe(header.revision + 1);
    watch.close();
    await client.kv.compact(header.revision + 1, true);
    client.watch({ key: bytes('w'), start_revision: header.revision }, listener);
    await until(() => told.at(-1)?.canceled === true, 'the cancel');
    expect(told.at(-1)?.compact_revision).toBe(header.revision + 1);
  });

  it('keeps leases of its own choice, and removes their keys', async () => {
    const id = 2 ** 52 + 12345;
    expect(await client.lease.grant(id, 5)).toMatchObject({ ID: id, TTL: 5 });
    await client.kv.put({ key: bytes('leased'), value: bytes('x'), lease: id });
    expect((await client.lease.keepAlive(id)).TTL).toBe(5);
    expect((await client.lease.timeToLive(id)).keys.map(String)).toEqual(['leased']);
    await client.lease.revoke(id);
    expect((await client.kv.range({ key: bytes('leased') })).kvs).toEqual([]);
    expect((await client.lease.keepAlive(id)).TTL).toBeLessThanOrEqual(0);
  });

  it('tells a refusal from what may have happened', async () => {
    const refused = await client.lease.revoke(77).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RpcFailed);
    expect(refused).toMatchObject({ code: 5, definite: true });
    const tooLarge = await client.kv.put({ key: bytes('large'), value: new Uint8Array(1_700_000) }).catch((error: unknown) => error);
    expect(tooLarge).toMatchObject({ definite: true });
    const late = await client.kv.put({ key: bytes('late'), value: bytes('x') }, 0).catch((error: unknown) => error);
    expect(late).toMatchObject({ code: 4, definite: false });
  });

  it('knows the members and their state', async () => {
    const [member] = (await client.cluster.list()).members;
    const status = await client.maintenance.status();
    expect(status).toMatchObject({ memberId: member?.ID, leader: member?.ID, isLearner: false });
    expect(member?.ID).toMatch(/^\d{10,}$/);
    expect(status.dbSizeInUse).toBeLessThanOrEqual(status.dbSize);
    expect(await client.maintenance.alarms()).toEqual([]);
    await client.maintenance.defragment();
  });

  it('takes the next endpoint after one that is gone', async () => {
    const rotating = new EtcdClient({ endpoints: ['http://127.0.0.1:1', ...etcd.endpoints], deadlineMs: 1000 });
    await expect(rotating.kv.range({ key: bytes('a') })).rejects.toMatchObject({ code: 14, definite: false });
    expect((await rotating.kv.range({ key: bytes('a') })).kvs).toEqual([]);
    rotating.setEndpoints(['http://127.0.0.1:1']);
    await expect(rotating.kv.range({ key: bytes('a') })).rejects.toBeInstanceOf(RpcFailed);
    rotating.close();
    await expect(rotating.kv.range({ key: bytes('a') })).rejects.toMatchObject({ definite: true });
  });

  it('goes back to the first endpoint only when it answers', async () => {
    const [endpoint] = etcd.endpoints as [string];
    const away = new EtcdClient({ endpoints: [endpoint, 'http://127.0.0.1:1'], deadlineMs: 1000 });
    away.rotate();
    expect(away.endpoint).toBe('http://127.0.0.1:1');
    await away.preferFirst();
    expect(away.endpoint).toBe(endpoint);
    away.setEndpoints(['http://127.0.0.1:1', endpoint]);
    expect(away.endpoint).toBe(endpoint);
    await expect(away.preferFirst()).rejects.toBeInstanceOf(RpcFailed);
    expect(away.endpoint).toBe(endpoint);
    away.close();
  });

  it('refuses an endpoint that is none', () => {
    expect(() => new EtcdClient({ endpoints: ['localhost'] })).toThrow('not an endpoint');
    expect(() => new EtcdClient({ endpoints: ['https://localhost:1'] })).toThrow('log.etcd.tls');
  });
});
