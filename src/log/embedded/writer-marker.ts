// Who has LMDB's write lock: a small file that the holder writes as the first thing in its transaction. It is never
// cleared (clearing could erase the next holder's mark), so it means something only to a process that waits.
//
// A process that is stopped inside a write transaction stops every writer of the machine; nothing but its death frees
// the lock (it is a robust mutex). A waiting peer therefore kills it after a bound (SAFETY 29).

import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { type Lease, writerPath } from './layout.js';
import { type ProcessFacts, processFacts } from './process-facts.js';

const markFloats = 3;

export interface WriterMark {
  readonly pid: number;
  readonly startTime: number;
  /** Grows with each transaction of that process. */
  readonly sequence: number;
}

export class WriterMarker {
  readonly #file: number;
  readonly #bytes = Buffer.alloc(markFloats * 8);
  #sequence = 0;

  constructor(folder: string) {
    this.#file = openSync(writerPath(folder), constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#bytes.writeDoubleLE(process.pid, 0);
    this.#bytes.writeDoubleLE(processFacts(process.pid).startTime, 8);
  }

  /** To be called with the write lock held. */
  mark(): void {
    this.#bytes.writeDoubleLE(++this.#sequence, 16);
    writeSync(this.#file, this.#bytes, 0, this.#bytes.length, 0);
  }

  read(): WriterMark | undefined {
    const bytes = Buffer.alloc(markFloats * 8);
    if (readSync(this.#file, bytes, 0, bytes.length, 0) < bytes.length) return undefined;
    return { pid: bytes.readDoubleLE(0), startTime: bytes.readDoubleLE(8), sequence: bytes.readDoubleLE(16) };
  }

  close(): void {
    closeSync(this.#file);
  }
}

export interface StuckWriterBounds {
  /** A stopped process is killed when a peer has waited this long. */
  readonly stoppedMs: number;
  /** One that is not stopped (a disk that stalls) only after this long. */
  readonly slowMs: number;
}

export interface WaitSeen {
  /** How long this process has waited for the lock in one go. */
  readonly waitedMs: number;
  /** How long the mark has been the same while waiting. */
  readonly unchangedMs: number;
  readonly mark: WriterMark | undefined;
}

/**
 * Which process to kill, if any. Only servers of this log (they have leases) with the same start time, never this
 * process. A process stopped between taking the lock and writing its mark is found by being stopped, later.
 */
export function stuckWriter(seen: WaitSeen, leases: readonly Lease[], facts: (pid: number) => ProcessFacts, bounds: StuckWriterBounds): number | undefined {
  const { mark } = seen;
  const peers = leases.filter((lease) => lease.pid !== process.pid && isProcessOf(lease, facts(lease.pid)));
  const marked = peers.find((lease) => lease.pid === mark?.pid && lease.startTime === mark.startTime);
  if (marked !== undefined) {
    const boundMs = facts(marked.pid).state === 'stopped' ? bounds.stoppedMs : bounds.slowMs;
    if (seen.waitedMs >= boundMs && seen.unchangedMs >= boundMs) return marked.pid;
  }
  if (seen.waitedMs < bounds.stoppedMs * 3 || seen.unchangedMs < bounds.stoppedMs * 3) return undefined;
  return peers.find((lease) => facts(lease.pid).state === 'stopped')?.pid;
}

function isProcessOf(lease: Lease, facts: ProcessFacts): boolean {
  return facts.state !== 'gone' && facts.startTime === lease.startTime;
}
