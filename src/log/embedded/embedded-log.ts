// The embedded log of one machine: an LMDB file in a folder that all its server processes open. Everything that may
// block (syncs, locks) is done by a worker thread. Durability: one disk. An acknowledged append is synced (SAFETY 31).

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Logger, noLogger } from '../../base/logger.js';
import { workerUrl } from '../../base/worker.js';
import type { Log } from '../log.js';
import { WorkerLog } from '../worker-log.js';
import type { WorkerData } from './engine.js';
import { packEntry } from './layout.js';
import { Signals } from './signals.js';
import { WriterGuard } from './writer-guard.js';

export interface EmbeddedLogOptions {
  /** On a local disk; made when it is missing. All servers of the cluster name the same one. */
  readonly folder: string;
  readonly serverName: string;
  /** Without a sign of life for so long a session is dead. Default 1500. */
  readonly leaseMs?: number;
  /** Without `beat()` for so long the session is given up. Default 5000. */
  readonly watchdogMs?: number;
  /** The backstop of the wake-ups. Default 75. */
  readonly pollMs?: number;
  /** `log.embedded.map_size`: what the log may take of the disk. Default 16 GiB. */
  readonly mapSizeBytes?: number;
  /** A peer that is stopped inside a write transaction is killed after so long. Default 1000. */
  readonly stuckWriterMs?: number;
  readonly logger?: Logger;
}

export function createEmbeddedLog(options: EmbeddedLogOptions): Log {
  const folder = resolve(options.folder);
  const leaseMs = options.leaseMs ?? 1500;
  const logger = options.logger ?? noLogger;
  const signals = new Signals();
  mkdirSync(folder, { recursive: true });
  const workerData: WorkerData = {
    folder,
    serverName: options.serverName,
    leaseMs,
    watchdogMs: options.watchdogMs ?? 5000,
    pollMs: options.pollMs ?? 75,
    mapSizeBytes: options.mapSizeBytes ?? 16 * 1024 ** 3,
    signals: signals.buffer,
  };
  const guard = new WriterGuard({
    folder,
    serverName: options.serverName,
    leaseMs,
    signals,
    bounds: { stoppedMs: options.stuckWriterMs ?? 1000, slowMs: Math.max(30_000, (options.stuckWriterMs ?? 0) * 30) },
    logger,
  });
  return new WorkerLog({
    description: { engine: 'embedded', durability: 'one disk: a commit is safe once it is synced there; the loss of that disk loses the log' },
    workerUrl: workerUrl(import.meta.url, './worker.js'),
    workerData,
    beat: () => signals.beat(),
    pack: (request) => packEntry(request.batchId, request.payload),
    appendsTogether: true,
    onEnded: () => guard.close(),
    logger,
  });
}
