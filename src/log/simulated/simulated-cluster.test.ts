// The named faults of the simulated log, on a simulated clock: each does what its name says, and a seed repeats.

import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import type { AppendRequest, CampaignOutcome, LogEvents, ServerRecord } from '../log.js';
import type { LogFaults } from './faults.js';
import { createSimulatedClock } from './simulated-clock.js';
import { createSimulatedCluster } from './simulated-cluster.js';

const address = { host: 'h', port: 1 };
const record = (name: string): ServerRecord => ({
  id: name,
  name,
  kind: 'CORE',
  life: `life of ${name}`,
  bolt: address,
  http: address,
  cluster: address,
  pid: 1,
  featureLevel: 1,
  prefersToLead: [],
  startedAtMs: 0,
});

function world(seed = 1, faults: Partial<LogFaults> = {}) {
  const clock = createSimulatedClock();
  const cluster = createSimulatedCluster({ clock, random: seededRandom(seed), faults });
  const trace: string[] = [];
  const server = async (name: string) => {
    const log = cluster.logFor(name);
    const events: LogEvents = {
      onHead: (graph, head) => void trace.push(`${clock.nowMs().toFixed(3)} ${name} ${graph} head ${head}`),
      onLeadership: (leadership) => void trace.push(`${clock.nowMs().toFixed(3)} ${name} leader ${leadership.holder} ${leadership.term}`),
      onServers: () => {},
      onSessionLost: (reason) => void trace.push(`${clock.nowMs().toFixed(3)} ${name} lost: ${reason}`),
    };
    await clock.settle(log.open(record(name), events));
    const beat = (): void => {
      log.beat();
      clock.after(200, beat);
    };
    beat();
    return log;
  };
  return { clock, cluster, server, trace };
}

const append = (term: number, index: number, batch: number): AppendRequest => ({
  graph: 'g',
  term,
  index,
  incarnation: 'i',
  batchId: batch.toString(16).padStart(32, '0'),
  payload: new Uint8Array([batch]),
});
const termOf = (outcome: CampaignOutcome): number => (outcome.kind === 'won' ? outcome.term : -1);

describe('the simulated cluster', () => {
  it('resolves an ambiguous append that was applied, by the same batch', async () => {
    const { clock, cluster, server } = world(1, { ambiguousApplied: 1 });
    const one = await server('one');
    const term = termOf(await clock.settle(one.campaign('g')));
    expect((await clock.settle(one.append([append(term, 1, 1)])))[0]?.kind).toBe('ambiguous');
    expect((await clock.settle(one.position('g'))).head).toBe(1);
    cluster.setFaults({ ambiguousApplied: 0 });
    expect(await clock.settle(one.append([append(term, 1, 1)]))).toEqual([{ kind: 'appended' }]);
    expect((await clock.settle(one.position('g'))).head).toBe(1);
  });

  it('loses an ambiguous append that was not applied, and may apply one late', async () => {
    const { clock, cluster, server } = world(1, { ambiguousNotApplied: 1 });
    const one = await server('one');
    const term = termOf(await clock.settle(one.campaign('g')));
    expect((await clock.settle(one.append([append(term, 1, 1)])))[0]?.kind).toBe('ambiguous');
    await clock.advance(1000);
    expect((await clock.settle(one.position('g'))).head).toBe(0);
    cluster.setFaults({ ambiguousNotApplied: 0, ambiguousAppliedLate: 1, lateMs: { min: 100, max: 100 } });
    expect((await clock.settle(one.append([append(term, 1, 1)])))[0]?.kind).toBe('ambiguous');
    expect((await clock.settle(one.position('g'))).head).toBe(0);
    await clock.advance(200);
    expect((await clock.settle(one.position('g'))).head).toBe(1);
  });

  it('fences a paused holder, which learns of it when it goes on', async () => {
    const { clock, cluster, server, trace } = world();
    const one = await server('one');
    const two = await server('two');
    const term = termOf(await clock.settle(one.campaign('g')));
    cluster.pause('one');
    const late = one.append([append(term, 1, 1)]);
    await clock.advance(3000);
    expect(termOf(await clock.settle(two.campaign('g')))).toBe(term + 1);
    cluster.resume('one');
    expect(await clock.settle(late)).toEqual([{ kind: 'termLost', term: term + 1 }]);
    await clock.advance(1000);
    expect(trace.filter((line) => line.includes('one lost'))).toHaveLength(1);
  });

  it('cuts a partitioned server off: its session ends, requests end unanswered, and it comes back', async () => {
    const { clock, cluster, server, trace } = world();
    const one = await server('one');
    const two = await server('two');
    const term = termOf(await clock.settle(one.campaign('g')));
    cluster.partition('one');
    expect((await clock.settle(one.append([append(term, 1, 1)])))[0]?.kind).toBe('ambiguous');
    expect((await clock.settle(one.campaign('h'))).kind).toBe('unavailable');
    await expect(clock.settle(one.position('g'))).rejects.toThrow(/reached/);
    await clock.advance(4000);
    expect(trace.filter((line) => line.includes('one lost'))).toHaveLength(1);
    expect(termOf(await clock.settle(two.campaign('g')))).toBe(term + 1);
    cluster.heal('one');
    await clock.advance(1000);
    expect(await clock.settle(one.append([append(term, 1, 1)]))).toEqual([{ kind: 'termLost', term: term + 1 }]);
    expect(termOf(await clock.settle(one.campaign('h')))).toBe(1);
  });

  it('kills a server: vacant at once, and a new life may open', async () => {
    const { clock, cluster, server } = world();
    const one = await server('one');
    const two = await server('two');
    await clock.settle(one.campaign('g'));
    cluster.kill('one');
    expect((await clock.settle(two.leadership('g'))).holder).toBeUndefined();
    const again = await server('one');
    expect(termOf(await clock.settle(again.campaign('g')))).toBe(2);
  });

  it('is unavailable to all, and loses sessions, when told', async () => {
    const { clock, cluster, server, trace } = world();
    const one = await server('one');
    cluster.setFaults({ unavailable: true });
    await expect(clock.settle(one.barrier(['g']))).rejects.toThrow(/reached/);
    cluster.setFaults({ unavailable: false, sessionLost: 1 });
    await clock.advance(600);
    expect(trace.some((line) => line.includes('one lost'))).toBe(true);
  });

  it('repeats a run from its seed', async () => {
    const run = async (seed: number) => {
      const { clock, server, trace } = world(seed, { ambiguousApplied: 0.3, ambiguousNotApplied: 0.3 });
      const one = await server('one');
      const two = await server('two');
      two.follow('g');
      const term = termOf(await clock.settle(one.campaign('g')));
      for (let index = 1; index <= 10; index++) {
        while ((await clock.settle(one.append([append(term, index, index)])))[0]?.kind === 'ambiguous');
      }
      await clock.advance(100);
      return trace;
    };
    const first = await run(5);
    expect(first.at(-1)).toMatch(/two g head 10/);
    expect(await run(5)).toEqual(first);
    expect(await run(6)).not.toEqual(first);
  });
});
