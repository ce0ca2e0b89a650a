// Three servers take the leadership of one graph from each other on three members of etcd, while members stand still and
// die, answers are lost, connections are cut and sessions ended, all drawn from a seed. Afterwards the log must agree
// with every outcome that anybody was told: what was appended is there once, what was refused is nowhere.

import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { below, type Random, seededRandom } from '../../src/base/random.js';
import { createEtcdLog } from '../../src/log/etcd/etcd-log.js';
import type { AppendOutcome } from '../../src/log/log.js';
import { appendOf, Member, recordOf, until } from '../conformance/log/engines.js';
import { type EtcdRun, etcdMissing, startEtcd } from './etcd-processes.js';
import { EtcdProxy } from './etcd-proxy.js';

const runMs = 9000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Told {
  readonly index: number;
  readonly text: string;
  readonly kind: AppendOutcome['kind'];
}

/** Leads when it can and appends one entry after the other; an unclear one is sent again until it is clear. */
async function lead(member: Member, told: Told[], running: () => boolean, random: Random): Promise<void> {
  while (running()) {
    const outcome = await member.log.campaign('g');
    if (outcome.kind !== 'won') {
      await pause(20);
      continue;
    }
    await appendWhileLeading(member, outcome.term, told, running);
    if (below(random, 2) === 0) await member.log.resign('g', outcome.term).catch(() => {});
  }
}

async function appendWhileLeading(member: Member, term: number, told: Told[], running: () => boolean): Promise<void> {
  let head = await member.log.position('g').then(
    (position) => position.head,
    () => undefined,
  );
  for (let count = 0; head !== undefined && count < 30; count++) {
    const text = `${member.record.name} ${term} ${count} ${randomUUID()}`;
    const request = appendOf('g', term, head + 1, text);
    let [outcome] = await member.log.append([request]);
    while (outcome === undefined || outcome.kind === 'ambiguous') {
      await pause(20);
      [outcome] = await member.log.append([request]);
    }
    told.push({ index: request.index, text, kind: outcome.kind });
    if (outcome.kind === 'headMoved') head = outcome.head;
    else if (outcome.kind === 'appended') head = request.index;
    else return;
    if (!running()) return;
  }
}

async function disturb(etcd: EtcdRun, proxies: readonly EtcdProxy[], members: readonly Member[], running: () => boolean, random: Random): Promise<void> {
  const any = <T>(list: readonly T[]) => list[below(random, list.length)] as T;
  const faults = [
    async () => {
      const at = below(random, 3);
      await etcd.kill(at, 'SIGSTOP');
      await pause(200 + below(random, 900));
      await etcd.kill(at, 'SIGCONT');
    },
    async () => {
      const at = below(random, 3);
      await etcd.kill(at, 'SIGKILL');
      await pause(below(random, 500));
      await etcd.restart(at);
    },
    async () => {
      const proxy = any(proxies);
      proxy.swallow();
      await pause(100 + below(random, 700));
      proxy.pass();
    },
    async () => {
      const proxy = any(proxies);
      proxy.cut();
      await pause(100 + below(random, 1500));
      proxy.pass();
    },
    // The holder, while it appends: some of those that it has on their way are cut off.
    async () => {
      for (let times = 0; times < 3; times++) {
        const { holder, life } = await any(members)
          .log.leadership('g')
          .catch(() => ({ holder: undefined, life: undefined }));
        if (holder !== undefined && life !== undefined) {
          await any(members)
            .log.expel(holder, life, 'processGone')
            .catch(() => {});
        }
        await pause(below(random, 200));
      }
    },
  ];
  while (running()) {
    await any(faults)();
    await pause(below(random, 400));
  }
  for (const proxy of proxies) proxy.pass();
}

describe.skipIf(etcdMissing !== undefined)(`the log on etcd under faults${etcdMissing === undefined ? '' : ` (skipped: ${etcdMissing})`}`, () => {
  it('never contradicts an outcome that it told', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = seededRandom(seed);
    const etcd = await startEtcd({ members: 3 });
    const proxies = await Promise.all(etcd.endpoints.map((endpoint) => EtcdProxy.before(endpoint)));
    const cluster = randomUUID();
    const endpointsOf = (at: number) => [0, 1, 2].map((step) => (proxies[(at + step) % 3] as EtcdProxy).endpoint);
    const logOf = (name: string, at: number) => createEtcdLog({ cluster, serverName: name, endpoints: endpointsOf(at), leaseMs: 1000, deadlineMs: 300 });
    const members = await Promise.all(['a', 'b', 'c'].map((name, at) => new Member(logOf(name, at), recordOf(name)).open()));
    const told: Told[] = [];
    const endMs = performance.now() + runMs;
    const running = () => performance.now() < endMs;
    try {
      await Promise.all([...members.map((member) => lead(member, told, running, random)), disturb(etcd, proxies, members, running, random)]);
      const [reader] = members as [Member];
      const { entries, head } = await reader.log.read('g', 1, 1 << 28);
      const texts = entries.map((entry) => new TextDecoder().decode(entry.payload));
      expect(entries.map((entry) => entry.index)).toEqual(Array.from({ length: head }, (_, at) => at + 1));
      expect(new Set(texts).size, `seed ${seed}`).toBe(texts.length);
      for (const { index, text, kind } of told) {
        expect(kind === 'appended' ? texts[index - 1] === text : !texts.includes(text), `seed ${seed}: ${kind} ${text}`).toBe(true);
      }
      const terms = texts.map((text) => Number(text.split(' ')[1]));
      expect(terms, `seed ${seed}`).toEqual([...terms].sort((a, b) => a - b));
      const counts = new Map(told.map(({ kind }) => [kind, told.filter((one) => one.kind === kind).length]));
      // Enough happened for the above to say something.
      expect(counts.get('appended') ?? 0).toBeGreaterThan(50);
      expect(texts.length).toBe(counts.get('appended'));
      for (const member of members) member.log.follow('g');
      await until(() => members.every((member) => member.heads.at(-1)?.head === head), 'all hear of the last head', 10_000);
    } finally {
      await Promise.all(members.map((member) => member.close()));
      for (const proxy of proxies) proxy.close();
      await etcd.stop();
    }
  }, 60_000);
});
