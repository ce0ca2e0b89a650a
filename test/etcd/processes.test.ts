// The log on etcd between real processes: what happens when one is killed or stopped (SAFETY 11, 12, 27).

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createEtcdLog } from '../../src/log/etcd/etcd-log.js';
import type { AppendOutcome } from '../../src/log/log.js';
import { Child } from '../conformance/log/child.js';
import { appendOf, Member, recordOf, until } from '../conformance/log/engines.js';
import { type EtcdRun, etcdMissing, startEtcd } from './etcd-processes.js';

/** Leases of a second, between real processes, do not bear a machine that is busy with something else. */
const ONCE_MORE = { retry: 2 };

describe.skipIf(etcdMissing !== undefined)(
  `the log on etcd between processes${etcdMissing === undefined ? '' : ` (skipped: ${etcdMissing})`}`,
  ONCE_MORE,
  () => {
    let etcd: EtcdRun;
    let cluster: string;
    let children: Child[];
    let here: Member;
    const optionsOf = (serverName: string) => ({ cluster, serverName, endpoints: etcd.endpoints, leaseMs: 1000 });
    const child = (name: string) => {
      const started = new Child('etcd', optionsOf(name));
      children.push(started);
      return started.started();
    };
    beforeAll(async () => {
      etcd = await startEtcd();
    });
    afterAll(() => etcd?.stop());
    beforeEach(async () => {
      cluster = randomUUID();
      children = [];
      here = await new Member(createEtcdLog(optionsOf('here')), recordOf('here')).open();
    });
    afterEach(async () => {
      for (const started of children) started.kill();
      await here.close();
    });

    it('keeps what a killed process was told, and gives its leadership away after its lease', async () => {
      const holder = await child('holder');
      const term = await holder.win('g');
      here.log.follow('g');
      holder.order('appendForEver', 'g', term, 1).catch(() => {});
      await until(() => holder.acknowledged.length > 50, 'appends');
      holder.kill();
      await until(() => here.leaderships.at(-1)?.term === term && here.leaderships.at(-1)?.holder === undefined, 'vacancy', 10_000);
      expect(await here.win('g')).toBe(term + 1);
      const { head, entries } = await here.log.read('g', 1, 1_000_000);
      // One may be there whose acknowledgement was not heard.
      expect([0, 1]).toContain(head - (holder.acknowledged.at(-1) ?? 0));
      expect(entries.map((entry) => new TextDecoder().decode(entry.payload))).toEqual(Array.from({ length: head }, (_, at) => `holder ${at + 1}`));
    }, 30_000);

    it('gives it away at once when the death of the process is proved, and to its restart', async () => {
      const holder = await child('holder');
      const term = await holder.win('g');
      const { life } = await here.log.leadership('g');
      holder.kill();
      const killedAtMs = performance.now();
      await here.log.expel('holder', life ?? '', 'processGone');
      expect(await here.win('g')).toBe(term + 1);
      expect(performance.now() - killedAtMs).toBeLessThan(700);
      await here.log.resign('g', term + 1);
      expect(await (await child('holder')).win('g')).toBe(term + 2);
    }, 30_000);

    it('lets a restart wait for the lease of the life before', async () => {
      (await child('holder')).kill();
      const again = await child('holder');
      expect(await again.win('g')).toBe(1);
    }, 30_000);

    it('fences a process that was stopped beyond its lease', async () => {
      const holder = await child('holder');
      const term = await holder.win('g');
      expect(await holder.order<AppendOutcome>('append', 'g', term, 1)).toEqual({ kind: 'appended' });
      holder.process.kill('SIGSTOP');
      expect((await here.log.campaign('g')).kind).toBe('held');
      await until(async () => (await here.log.campaign('g')).kind === 'won', 'the lease runs out', 10_000);
      expect(await here.log.append([appendOf('g', term + 1, 2, 'new')])).toEqual([{ kind: 'appended' }]);
      holder.process.kill('SIGCONT');
      expect(await holder.order<AppendOutcome>('append', 'g', term, 2)).toEqual({ kind: 'termLost', term: term + 1 });
      expect((await here.log.position('g')).head).toBe(2);
    }, 30_000);
  },
);
