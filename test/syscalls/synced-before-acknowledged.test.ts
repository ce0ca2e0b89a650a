// SAFETY 31: an append is synced before it is acknowledged, shown by the system calls of a process and their order.
// kill -9 could not show it: the page cache survives a process.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const appendCount = 50;
const straceWorks = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0;
if (!straceWorks) {
  console.warn('SKIPPED: "synced before acknowledged" needs strace, which is missing or may not trace here (Debian: apt-get install strace).');
}

/**
 * `synced`: data pages; `committed`: the write of LMDB's root page, through a file opened with O_DSYNC, which returns
 * when it is on the disk. Both count when they completed with success, `acknowledged` when it began.
 */
type Step = { readonly kind: 'synced' | 'committed' } | { readonly kind: 'acknowledged'; readonly index: number };

function stepsOf(trace: string): readonly Step[] {
  const steps: Step[] = [];
  const committing = new Set<string>();
  let rootFile = 'none';
  for (const line of trace.split('\n')) {
    const thread = line.split(' ')[0] ?? '';
    const opened = /openat\([^"]*"[^"]*data\.mdb", [^)]*O_DSYNC[^)]*\) = (\d+)/.exec(line);
    if (opened !== null) rootFile = opened[1] ?? 'none';
    const acknowledged = /write\(1, "acknowledged (\d+)/.exec(line);
    if (acknowledged !== null) steps.push({ kind: 'acknowledged', index: Number(acknowledged[1]) });
    if (/(fdatasync|fsync|msync)(\(| resumed>).*= 0$/.test(line)) steps.push({ kind: 'synced' });
    if (line.includes(`pwrite64(${rootFile},`)) committing.add(thread);
    if (/pwrite64(\(| resumed>).*= \d+$/.test(line) && committing.delete(thread)) steps.push({ kind: 'committed' });
  }
  return steps;
}

/** Acknowledgements without both a sync and, after it, a commit since the acknowledgement before. */
function unsynced(steps: readonly Step[]): readonly number[] {
  const found: number[] = [];
  let kinds = '';
  for (const step of steps) {
    if (step.kind !== 'acknowledged') {
      kinds += step.kind === 'synced' ? 's' : 'c';
      continue;
    }
    if (!/s.*c/.test(kinds)) found.push(step.index);
    kinds = '';
  }
  return found;
}

describe('the embedded log', () => {
  it.skipIf(!straceWorks)(
    'syncs each append before it acknowledges it (SAFETY 31)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'causeway-trace-'));
      try {
        const trace = join(folder, 'trace');
        const child = fileURLToPath(new URL('./append-child.mjs', import.meta.url));
        const calls = 'trace=openat,fdatasync,fsync,msync,pwrite64,write';
        execFileSync('strace', ['-f', '-e', calls, '-e', 'signal=none', '-o', trace, process.execPath, child, join(folder, 'log'), String(appendCount)], {
          timeout: 60_000,
        });
        const steps = stepsOf(readFileSync(trace, 'utf8'));
        expect(steps.filter((step) => step.kind === 'acknowledged').map((step) => step.index)).toEqual(Array.from({ length: appendCount }, (_, at) => at + 1));
        expect(unsynced(steps)).toEqual([]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    90_000,
  );

  it('would see an acknowledgement before its sync', () => {
    const trace = [
      '7 openat(AT_FDCWD, "/x/data.mdb", O_WRONLY|O_DSYNC|O_CLOEXEC) = 26',
      '7 fdatasync(20 <unfinished ...>',
      '8 write(1, "acknowledged 1\\n", 15) = 15',
      '7 <... fdatasync resumed>) = 0',
      '7 pwrite64(26, "", 128, 40 <unfinished ...>',
      '8 write(1, "acknowledged 2\\n", 15) = 15',
      '7 <... pwrite64 resumed>) = 128',
      '7 fdatasync(20) = 0',
      '7 pwrite64(26, "", 128, 40) = 128',
      '8 write(1, "acknowledged 3\\n", 15) = 15',
    ];
    expect(stepsOf(trace.join('\n')).map((step) => step.kind)).toEqual([
      'acknowledged',
      'synced',
      'acknowledged',
      'committed',
      'synced',
      'committed',
      'acknowledged',
    ]);
    expect(unsynced(stepsOf(trace.join('\n')))).toEqual([1, 2]);
  });
});
