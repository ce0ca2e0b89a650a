// Compaction of etcd's history by one server alone, up to a revision of a certain age, and at once when space runs out.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Compactor } from '../../src/log/etcd/compactor.js';
import { Keys } from '../../src/log/etcd/keys.js';
import { EtcdClient } from '../../src/log/etcd/rpc/channels.js';
import { until } from '../conformance/log/engines.js';
import { type EtcdRun, etcdMissing, startEtcd } from './etcd-processes.js';

describe.skipIf(etcdMissing !== undefined)(`compaction${etcdMissing === undefined ? '' : ` (skipped: ${etcdMissing})`}`, () => {
  let etcd: EtcdRun;
  let client: EtcdClient;
  beforeAll(async () => {
    etcd = await startEtcd();
    client = new EtcdClient({ endpoints: etcd.endpoints, deadlineMs: 5000 });
  });
  afterAll(async () => {
    client?.close();
    await etcd?.stop();
  });
  const put = async (key: string) => {
    await client.kv.put({ key: Buffer.from(key), value: Buffer.from('x') });
    return (await client.kv.range({ key: Buffer.from(key) })).header.revision;
  };
  const isCompacted = async (revision: number) => {
    const found = await client.kv.range({ key: Buffer.from('a'), revision }).catch((error: unknown) => String(error));
    return typeof found === 'string' && found.includes('compacted');
  };
  const compactorOf = async (keys: Keys, name: string, nearFull = false) => {
    const session = 2 ** 47 + Math.floor(Math.random() * 2 ** 40);
    await client.lease.grant(session, 60);
    const me = { name, life: randomUUID(), session };
    const compactor = new Compactor({
      client,
      keys,
      session: { me },
      quota: { nearFull, refresh: async () => {} },
      marginMs: 400,
      lookEveryMs: 50,
      note: () => {},
    });
    return { compactor, session };
  };

  it('leaves what is young, and takes what is old', async () => {
    const { compactor } = await compactorOf(new Keys(randomUUID()), 'one');
    const old = await put('a');
    compactor.open();
    await put('a');
    await until(() => isCompacted(old), 'compaction of the old revision');
    const young = await put('a');
    expect(await isCompacted(young)).toBe(false);
    compactor.close();
  });

  it('is done by one server, and by another when that one is gone', async () => {
    const keys = new Keys(randomUUID());
    const one = await compactorOf(keys, 'one', true);
    const two = await compactorOf(keys, 'two', true);
    const first = await put('a');
    await put('a');
    await one.compactor.truncated();
    expect(await isCompacted(first)).toBe(true);
    const second = await put('a');
    await put('a');
    await two.compactor.truncated();
    expect(await isCompacted(second)).toBe(false);
    await client.lease.revoke(one.session);
    await two.compactor.truncated();
    expect(await isCompacted(second)).toBe(true);
  }, 30_000);
});
