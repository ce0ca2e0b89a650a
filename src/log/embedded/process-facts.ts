// What one process can know of another on the same machine: whether it lives, whether it is the same as before (its
// start time), whether it is stopped; and which boot and which process namespace this is. Facts of Linux's /proc;
// where that is missing, only the existence of the process id is known.

import { readFileSync, readlinkSync } from 'node:fs';

/** `stopped`: SIGSTOP or a debugger; it lives but does nothing. A zombie is gone: none of its code runs any more. */
export type ProcessState = 'running' | 'stopped' | 'gone';

export interface ProcessFacts {
  readonly state: ProcessState;
  /** Clock ticks since the boot; 0 where it is not known. */
  readonly startTime: number;
}

/** Milliseconds since the boot of the machine (CLOCK_MONOTONIC): the same scale in all its processes. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

export function bootId(): string {
  return readText('/proc/sys/kernel/random/boot_id') ?? 'unknown';
}

/** Process ids mean something only within one namespace (containers that share a volume have several). */
export function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'unknown';
  }
}

export function processFacts(pid: number): ProcessFacts {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return { state: exists(pid) ? 'running' : 'gone', startTime: 0 };
  // The name of the program is in parentheses and may hold any character: fields are counted behind the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = Number(fields[19] ?? 0);
  switch (fields[0]) {
    case 'Z':
    case 'X':
      return { state: 'gone', startTime };
    case 'T':
    case 't':
      return { state: 'stopped', startTime };
    default:
      return { state: 'running', startTime };
  }
}

/** Whether the process that had this id and start time is gone. */
export function processGone(pid: number, startTime: number): boolean {
  const facts = processFacts(pid);
  return facts.state === 'gone' || (startTime !== 0 && facts.startTime !== 0 && facts.startTime !== startTime);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
