// The embedded log between real processes: what happens when one is killed or stopped (SAFETY 11, 12, 27, 29).

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmbeddedLog } from '../../../src/log/embedded/embedded-log.js';
import type { AppendOutcome } from '../../../src/log/log.js';
import { Child } from './child.js';
import { appendOf, Member, recordOf, until } from './engines.js';

describe('the embedded log between processes', () => {
  let folder: string;
  let children: Child[];
  let here: Member;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-log-'));
    children = [];
    here = await new Member(createEmbeddedLog({ folder, serverName: 'here', stuckWriterMs: 500 }), recordOf('here')).open();
  });
  afterEach(async () => {
    for (const child of children) child.kill();
    await here.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const child = (name: string) => {
    const started = new Child('embedded', { folder, serverName: name });
    children.push(started);
    return started.started();
  };

  it('makes the leaderships of a killed process vacant at once', async () => {
    const holder = await child('holder');
    const term = await holder.win('g');
    here.log.follow('g');
    await until(() => here.leaderships.at(-1)?.holder === 'holder', 'the leadership is known here');
    const killedAtMs = performance.now();
    holder.kill();
    await until(() => here.leaderships.at(-1)?.holder === undefined, 'vacancy');
    // The lease is 1.5 s: far less than that shows that the death itself was noticed.
    const tookMs = performance.now() - killedAtMs;
    console.info(`kill -9 to vacancy at a peer: ${Math.round(tookMs)} ms`);
    expect(tookMs).toBeLessThan(750);
    expect(await here.win('g')).toBe(term + 1);
    await until(() => here.servers.find((server) => server.name === 'holder')?.alive === false, 'it is known as gone');
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

  it('has no gap and every acknowledged entry after kill -9 in a loop of appends', async () => {
    const holder = await child('holder');
    const term = await holder.win('g');
    holder.order('appendForEver', 'g', term, 1).catch(() => {});
    await until(() => holder.acknowledged.length >= 200, 'two hundred appends', 20_000);
    holder.kill();
    await until(async () => (await here.log.campaign('g')).kind === 'won', 'the peer wins');
    const last = holder.acknowledged.at(-1) ?? 0;
    const { head, entries } = await here.log.read('g', 1, 100_000_000);
    expect(head).toBeGreaterThanOrEqual(last);
    expect(entries.map((entry) => entry.index)).toEqual(Array.from({ length: head }, (_, at) => at + 1));
    expect(entries.map((entry) => new TextDecoder().decode(entry.payload))).toEqual(entries.map((entry) => `holder ${entry.index}`));
    expect(await here.log.append([appendOf('g', term + 1, head + 1, 'on')])).toEqual([{ kind: 'appended' }]);
  }, 40_000);

  it('kills a process that is stopped inside a write transaction, and goes on (SAFETY 29)', async () => {
    const holder = await child('holder');
    const term = await here.win('g');
    holder.order('stopInsideTransaction').catch(() => {});
    const exited = new Promise<string | null>((resolve) => holder.process.once('exit', (_, signal) => resolve(signal)));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const outcome = await here.log.append([appendOf('g', term, 1, 'a')]);
    expect(outcome).toEqual([{ kind: 'appended' }]);
    expect(await exited).toBe('SIGKILL');
    expect(here.losses).toEqual([]);
  }, 30_000);

  it('refuses a second living process under one name', async () => {
    await child('holder');
    const twin = createEmbeddedLog({ folder, serverName: 'holder' });
    await expect(twin.open(recordOf('holder'), { onHead() {}, onLeadership() {}, onServers() {}, onSessionLost() {} })).rejects.toThrow(
      /name 'holder' is taken/,
    );
    await twin.close();
  }, 30_000);
});
