// Members of etcd that servers carry, with real processes: a first start, a crash of the server, a lost disk, growing
// and shrinking, and the recovery of settings. Skipped where there is no etcd.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { noLogger } from '../../src/base/logger.js';
import { freePort } from '../../src/cli/ports.js';
import { runningEtcd } from '../../src/log/etcd/members/etcd-process.js';
import { findEtcd } from '../../src/log/etcd/members/find-etcd.js';
import { MemberCluster } from '../../src/log/etcd/members/member-cluster.js';
import type { NamedPeer } from '../../src/log/etcd/members/member-settings.js';
import { OwnMember } from '../../src/log/etcd/members/own-member.js';
import { EtcdClient } from '../../src/log/etcd/rpc/channels.js';
import { etcdMissing } from './etcd-processes.js';

interface Place {
  readonly name: string;
  readonly client: number;
  readonly peer: number;
}

const host = '127.0.0.1';
const root = mkdtempSync(path.join(os.tmpdir(), 'causeway-members-'));
const started: OwnMember[] = [];

async function places(...names: string[]): Promise<Place[]> {
  return Promise.all(names.map(async (name) => ({ name, client: await freePort(), peer: await freePort() })));
}

const peersOf = (some: readonly Place[]): readonly NamedPeer[] => some.map(({ name, peer }) => ({ name, peer: { host, port: peer } }));
const folders = ({ name, peer }: Place) => ({ dataFolder: path.join(root, `${name}-${peer}`, 'etcd'), stateFolder: path.join(root, `${name}-${peer}`) });

function memberAt(place: Place, initial: readonly Place[], more: { replaceDeadMs?: number; serverId?: string } = {}): OwnMember {
  const settings = {
    name: place.name,
    cluster: 'test',
    binary: findEtcd(),
    ...folders(place),
    client: { host, port: place.client },
    peer: { host, port: place.peer },
    heartbeatMs: 50,
    electionMs: 500,
    quotaBytes: 1024 ** 3,
  };
  const { replaceDeadMs = 600_000, serverId = `id of ${place.name}` } = more;
  const member = new OwnMember({ settings, serverId, initial: peersOf(initial), votersMax: 5, replaceDeadMs, logger: noLogger });
  started.push(member);
  return member;
}

async function votersAt(place: Place): Promise<string[]> {
  const cluster = new MemberCluster({ cluster: 'test', endpoints: [`http://${host}:${place.client}`] });
  try {
    return (await cluster.list())
      .filter((member) => !member.isLearner)
      .map((member) => member.name)
      .sort();
  } catch {
    return [];
  } finally {
    cluster.close();
  }
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((member) => member.stop()));
  rmSync(root, { recursive: true, force: true });
});

describe.skipIf(etcdMissing !== undefined)('members of etcd that servers carry', () => {
  it('begin a cluster together, and each is stopped with its server', async () => {
    const three = await places('core1', 'core2', 'core3');
    const members = three.map((place) => memberAt(place, three));
    const endpoints = await Promise.all(members.map((member) => member.start()));
    expect(endpoints[0]?.[0]).toBe(`http://${host}:${three[0]?.client}`);
    await expect.poll(() => votersAt(three[0] as Place), { timeout: 10_000 }).toEqual(['core1', 'core2', 'core3']);
    await Promise.all(members.map((member) => member.stop()));
    for (const place of three) {
      const { dataFolder, stateFolder } = folders(place);
      expect(runningEtcd(stateFolder, dataFolder)).toBeUndefined();
    }
  });

  it('wait for all at the first start, and join again as learners when a disk was lost', async () => {
    const three = await places('core1', 'core2', 'core3');
    const [one, two, third] = three as [Place, Place, Place];
    const waiting = [memberAt(one, three), memberAt(two, three)].map((member) => member.start());
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(runningEtcd(folders(one).stateFolder, folders(one).dataFolder)).toBeUndefined();
    const last = memberAt(third, three);
    await Promise.all([...waiting, last.start()]);
    await expect.poll(() => votersAt(one), { timeout: 10_000 }).toEqual(['core1', 'core2', 'core3']);
    const client = new EtcdClient({ endpoints: [`http://${host}:${one.client}`] });
    const before = (await client.cluster.list()).members.find((member) => member.name === 'core3')?.ID;

    await last.stop();
    rmSync(folders(third).stateFolder, { recursive: true });
    await memberAt(third, three).start();
    await expect.poll(() => votersAt(one), { timeout: 25_000 }).toEqual(['core1', 'core2', 'core3']);
    expect((await client.cluster.list()).members.find((member) => member.name === 'core3')?.ID).not.toBe(before);
    client.close();
  }, 60_000);

  it('are started again when they die, and adopted after a crash of the server', async () => {
    const [one] = (await places('core1')) as [Place];
    const first = memberAt(one, [one]);
    await first.start();
    const { dataFolder, stateFolder } = folders(one);
    const pid = runningEtcd(stateFolder, dataFolder) as number;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => runningEtcd(stateFolder, dataFolder) ?? pid, { timeout: 10_000 }).not.toBe(pid);
    const again = runningEtcd(stateFolder, dataFolder);
    // Another server's process, after the first one's crash: the first is left as it is, and looks no more.
    first.abandon();
    await memberAt(one, [one]).start();
    expect(runningEtcd(stateFolder, dataFolder)).toBe(again);
  });

  it('grow from one to three and shrink back while writes go on', async () => {
    const three = await places('core1', 'core2', 'core3');
    const [one, two, third] = three as [Place, Place, Place];
    const first = memberAt(one, [one]);
    await first.start();
    const client = new EtcdClient({ endpoints: [`http://${host}:${one.client}`], deadlineMs: 3000 });
    let writing = true;
    let writes = 0;
    const failures: unknown[] = [];
    const writer = (async () => {
      for (; writing; writes++)
        await client.kv.put({ key: Buffer.from('k'), value: Buffer.from(String(writes)) }).catch((error) => failures.push(String(error)));
    })();
    const members = [memberAt(two, [one]), memberAt(third, [one])];
    await members[0]?.start();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await votersAt(one)).toEqual(['core1']);
    await members[1]?.start();
    await expect.poll(() => votersAt(one), { timeout: 40_000 }).toEqual(['core1', 'core2', 'core3']);

    const gone = new Set(['id of core3']);
    for (const member of [first, ...members]) member.leaveOut(() => gone);
    await expect.poll(() => votersAt(one), { timeout: 40_000 }).toEqual(['core1']);
    await members[1]?.stop();

    // Another server of that name, on another disk, while some do not know yet that the first is gone.
    rmSync(folders(third).stateFolder, { recursive: true });
    first.leaveOut(() => new Set());
    await memberAt(third, three, { serverId: 'another' }).start();
    await expect.poll(() => votersAt(one), { timeout: 40_000 }).toEqual(['core1', 'core2', 'core3']);
    first.leaveOut(() => gone);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await votersAt(one)).toEqual(['core1', 'core2', 'core3']);
    writing = false;
    await writer;
    client.close();
    expect(failures).toEqual([]);
    expect(writes).toBeGreaterThan(200);
  }, 120_000);

  it('take the place of a dead one', async () => {
    const four = await places('core1', 'core2', 'core3', 'core4');
    const three = four.slice(0, 3);
    const members = four.map((place) => memberAt(place, three, { replaceDeadMs: 3000 }));
    await Promise.all(members.map((member) => member.start()));
    await members[2]?.stop();
    await expect.poll(() => votersAt(four[0] as Place), { timeout: 40_000 }).toEqual(['core1', 'core2', 'core4']);
  }, 90_000);
});
