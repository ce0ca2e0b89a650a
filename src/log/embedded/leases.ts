// Signs of life in small files, and the judgement whether a session lives. A wrong judgement costs a failover, never
// an answer: whose term it is, is compared in LMDB at every append (SAFETY 11, 12). Clocks are used for patience only.

import { closeSync, constants, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Lease, leasePath, type SessionRecord } from './layout.js';
import { bootId, monotonicMs, pidNamespace, processGone } from './process-facts.js';

const leaseFloats = 5;

export function readLease(path: string): Lease | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  if (bytes.length < leaseFloats * 8) return undefined;
  const at = (index: number) => bytes.readDoubleLE(index * 8);
  return { expiresAtMs: at(0), session: at(1), pid: at(2), startTime: at(3) };
}

/** One write of the whole record, not synced: a lease does not outlive the boot. */
export function writeLease(folder: string, serverName: string, lease: Lease): void {
  const bytes = Buffer.alloc(leaseFloats * 8);
  [lease.expiresAtMs, lease.session, lease.pid, lease.startTime].forEach((value, index) => void bytes.writeDoubleLE(value, index * 8));
  const file = openSync(leasePath(folder, serverName), constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    writeSync(file, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(file);
  }
}

/** All leases in the folder, of living and of dead servers. */
export function leasesIn(folder: string): readonly Lease[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith('lease-'))
    .map((name) => readLease(join(folder, name)))
    .filter((lease) => lease !== undefined);
}

/** Judges sessions from where this process stands. */
export class SessionJudge {
  readonly #folder: string;
  readonly #bootId = bootId();
  readonly #pidNamespace = pidNamespace();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Why the session is dead; undefined while it lives (SAFETY 29: another boot, another process, no sign of life). */
  deathOf(record: SessionRecord): string | undefined {
    if (record.ended) return 'it was ended';
    if (record.bootId !== this.#bootId) return 'the machine was started anew';
    if (record.pidNamespace === this.#pidNamespace && processGone(record.pid, record.startTime)) return `process ${record.pid} is gone`;
    const lease = readLease(leasePath(this.#folder, record.server.name));
    if (lease === undefined || lease.session !== record.session) return 'it has no lease';
    const overdueMs = monotonicMs() - lease.expiresAtMs;
    return overdueMs > 0 ? `its lease ran out ${Math.round(overdueMs)} ms ago` : undefined;
  }
}
