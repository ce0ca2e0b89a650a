// What only the embedded engine has: its folder, its file's format, damage, sockets with long paths.

import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogEvents, ServerRecord } from '../log.js';
import { LogFailed } from '../worker-log.js';
import { createEmbeddedLog } from './embedded-log.js';
import { networkFileSystem } from './file-system.js';
import { formatKey, socketPath } from './layout.js';
import { LmdbFile } from './lmdb-file.js';
import { Signals } from './signals.js';

const address = { host: '127.0.0.1', port: 1 };
const record = (name: string): ServerRecord => ({
  id: name,
  name,
  kind: 'CORE',
  life: `life of ${name}`,
  bolt: address,
  http: address,
  cluster: address,
  pid: process.pid,
  featureLevel: 1,
  prefersToLead: [],
  startedAtMs: 0,
});
const deaf: LogEvents = { onHead() {}, onLeadership() {}, onServers() {}, onSessionLost() {} };

describe('the folder of the embedded log', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const failureOf = async (where: string): Promise<unknown> => {
    const log = createEmbeddedLog({ folder: where, serverName: 'one', mapSizeBytes: 1 << 24 });
    try {
      return await log.open(record('one'), deaf).then(
        () => undefined,
        (error: unknown) => error,
      );
    } finally {
      await log.close();
    }
  };

  it('refuses a damaged file with a clear error, and does not take it for an empty one', async () => {
    writeFileSync(join(folder, 'data.mdb'), Buffer.alloc(16384, 0x5a));
    const error = await failureOf(folder);
    expect(error).toBeInstanceOf(LogFailed);
    expect(String(error)).toContain(folder);
  });

  it('refuses a file whose second root page is gone', async () => {
    const file = new LmdbFile(folder, 1 << 24, new Signals());
    await file.close();
    truncateSync(join(folder, 'data.mdb'), 4096);
    expect(String(await failureOf(folder))).toMatch(/cut after 4096 bytes/);
  });

  it('refuses a file of another format', async () => {
    const file = new LmdbFile(folder, 1 << 24, new Signals());
    file.write(() => file.putJson(formatKey, { format: 99 }));
    await file.close();
    const error = await failureOf(folder);
    expect(error).toBeInstanceOf(LogFailed);
    expect(String(error)).toMatch(/data format 99/);
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const long = join(folder, 'x'.repeat(60), 'y'.repeat(60));
    mkdirSync(long, { recursive: true });
    expect(socketPath(long, 'one').startsWith(long)).toBe(false);
    expect(await failureOf(long)).toBeUndefined();
  });

  it('knows network file systems by their numbers, also sign-extended', () => {
    expect(networkFileSystem(0x6969)).toBe('NFS');
    expect(networkFileSystem(0xff534d42 | 0)).toBe('CIFS');
    expect(networkFileSystem(0xef53)).toBeUndefined();
  });

  it('answers what is asked after the end: appends are ambiguous, the rest fails', async () => {
    const log = createEmbeddedLog({ folder, serverName: 'one', mapSizeBytes: 1 << 24 });
    await log.open(record('one'), deaf);
    await log.close();
    await log.close();
    const request = { graph: 'g', term: 1, index: 1, incarnation: 'i', batchId: '00'.repeat(16), payload: new Uint8Array(1) };
    expect((await log.append([request]))[0]?.kind).toBe('ambiguous');
    await expect(log.position('g')).rejects.toThrow(/unavailable/);
  });
});
