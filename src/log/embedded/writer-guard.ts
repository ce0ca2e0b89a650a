// Watches, from the main thread, this server's own worker waiting for LMDB's write lock. While it waits it cannot sign
// the lease, so this does; and when the holder of the lock stands still, it is killed (SAFETY 29).

import type { Logger } from '../../base/logger.js';
import { leasePath } from './layout.js';
import { leasesIn, readLease, writeLease } from './leases.js';
import { monotonicMs, processFacts } from './process-facts.js';
import type { Signals } from './signals.js';
import { type StuckWriterBounds, stuckWriter, type WriterMark, WriterMarker } from './writer-marker.js';

const lookPeriodMs = 100;

export interface WriterGuardOptions {
  readonly folder: string;
  readonly serverName: string;
  readonly leaseMs: number;
  readonly signals: Signals;
  readonly bounds: StuckWriterBounds;
  readonly logger: Logger;
}

export class WriterGuard {
  readonly #options: WriterGuardOptions;
  readonly #marker: WriterMarker;
  readonly #timer: NodeJS.Timeout;
  readonly #startTime = processFacts(process.pid).startTime;
  #mark: WriterMark | undefined;
  #markSeenMs = 0;
  #closed = false;

  constructor(options: WriterGuardOptions) {
    this.#options = options;
    this.#marker = new WriterMarker(options.folder);
    this.#timer = setInterval(() => this.#look(), lookPeriodMs);
    this.#timer.unref();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#marker.close();
  }

  #look(): void {
    const waitedMs = this.#options.signals.waitingMs();
    if (waitedMs === undefined || waitedMs < lookPeriodMs) {
      this.#mark = undefined;
      return;
    }
    this.#signForWorker();
    const mark = this.#marker.read();
    const nowMs = monotonicMs();
    if (this.#mark === undefined || this.#mark.pid !== mark?.pid || this.#mark.sequence !== mark.sequence) {
      this.#mark = mark ?? { pid: 0, startTime: 0, sequence: 0 };
      this.#markSeenMs = nowMs;
    }
    this.#kill(
      stuckWriter({ waitedMs, unchangedMs: nowMs - this.#markSeenMs, mark }, leasesIn(this.#options.folder), processFacts, this.#options.bounds),
      waitedMs,
    );
  }

  #signForWorker(): void {
    const { folder, serverName, leaseMs, signals } = this.#options;
    const session = signals.session();
    // A lease that has run out is not brought back: peers may have judged by it.
    const lease = readLease(leasePath(folder, serverName));
    if (session === 0 || lease?.session !== session || lease.expiresAtMs < monotonicMs()) return;
    writeLease(folder, serverName, { expiresAtMs: monotonicMs() + leaseMs, session, pid: process.pid, startTime: this.#startTime });
  }

  #kill(pid: number | undefined, waitedMs: number): void {
    if (pid === undefined) return;
    this.#options.logger.error(
      { pid, waitedMs },
      'a server stands still inside a write transaction of the embedded log: killing it so that the others can go on',
    );
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      this.#options.logger.warn({ pid, error }, 'the stopped writer could not be killed');
    }
  }
}
