// The one place that touches `lmdb`. Write transactions are synchronous with the fsync inside the commit
// (`overlappingSync: false`), so what `write` returned from is on the disk (SAFETY 31). Readers are reset before each
// read (SAFETY 29): a read sees everything that was committed before it began.

import { ABORT, open, type RootDatabase } from 'lmdb';
import { dataHeaderFault } from './data-header.js';
import { refuseNetworkFileSystem } from './file-system.js';
import { formatKey, formatVersion } from './layout.js';
import type { Signals } from './signals.js';
import { WriterMarker } from './writer-marker.js';

/** LMDB may use this much beyond the setting: other processes' appends between two measurements of the size. */
const slackBytes = 256 * 1024 * 1024;
/** The size is measured again after so many bytes were put. */
const measureStepBytes = 1024 * 1024;

export class LogFull extends Error {
  override readonly name = 'LogFull';
}

export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
}

/** Returned from a transaction that has nothing to write: it ends without a sync. */
class Nothing<T> {
  constructor(readonly result: T) {}
}

export function nothingToWrite<T>(result: T): Nothing<T> {
  return new Nothing(result);
}

export class LmdbFile {
  readonly #folder: string;
  readonly #database: RootDatabase<Uint8Array, Uint8Array>;
  readonly #signals: Signals;
  readonly #marker: WriterMarker;
  readonly #mapSizeBytes: number;
  #usedBytes = 0;
  #putBytes = Number.POSITIVE_INFINITY;

  constructor(folder: string, mapSizeBytes: number, signals: Signals) {
    refuseNetworkFileSystem(folder);
    const fault = dataHeaderFault(folder);
    if (fault !== undefined) throw new LogDamaged(`The embedded log in ${folder} is damaged or of another version and cannot be opened: ${fault}.`);
    this.#folder = folder;
    this.#signals = signals;
    this.#mapSizeBytes = mapSizeBytes;
    this.#marker = new WriterMarker(folder);
    signals.setWaiting(true);
    this.#database = this.#guarded('opened', () =>
      open<Uint8Array, Uint8Array>({
        path: folder,
        noSubdir: false,
        overlappingSync: false,
        mapSize: mapSizeBytes + slackBytes,
        encoding: 'binary',
        keyEncoding: 'binary',
        maxReaders: 1024,
      }),
    );
    signals.setWaiting(false);
    this.#checkFormat();
  }

  #checkFormat(): void {
    const found = this.write<number>(() => {
      const record = this.getJson<{ format: number }>(formatKey);
      if (record !== undefined) return nothingToWrite(record.format);
      this.putJson(formatKey, { format: formatVersion });
      return formatVersion;
    });
    if (found === formatVersion) return;
    throw new LogDamaged(`The embedded log in ${this.#folder} has data format ${found}; this version of Causeway reads format ${formatVersion} only.`);
  }

  /** One write transaction. It has the machine's write lock: keep it short. */
  write<T>(work: () => T | Nothing<T>): T {
    let result: T | Nothing<T> | undefined;
    this.#signals.setWaiting(true);
    try {
      this.#guarded('written', () =>
        this.#database.transactionSync(() => {
          this.#signals.setWaiting(false);
          this.#marker.mark();
          result = work();
          return result instanceof Nothing ? ABORT : true;
        }),
      );
    } finally {
      this.#signals.setWaiting(false);
    }
    return result instanceof Nothing ? result.result : (result as T);
  }

  /** To be called before a group of gets outside a write transaction. */
  refresh(): void {
    this.#database.resetReadTxn();
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#guarded('read', () => this.#database.get(key));
  }

  getJson<T>(key: Uint8Array): T | undefined {
    const bytes = this.get(key);
    if (bytes === undefined) return undefined;
    try {
      return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as T;
    } catch {
      throw new LogDamaged(`The embedded log in ${this.#folder} is damaged: a record is not JSON.`);
    }
  }

  rangeJson<T>(keys: { readonly start: Uint8Array; readonly end: Uint8Array }): readonly { readonly key: Uint8Array; readonly value: T }[] {
    const found = this.#guarded('read', () => [...this.#database.getKeys({ start: keys.start, end: keys.end })]);
    return found.map((key) => ({ key, value: this.getJson<T>(key) as T }));
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#putBytes += value.length;
    this.#database.putSync(key, value);
  }

  putJson(key: Uint8Array, value: object): void {
    this.put(key, Buffer.from(JSON.stringify(value)));
  }

  remove(key: Uint8Array): void {
    this.#database.removeSync(key);
  }

  /** Throws `LogFull` when `bytes` more would pass the size setting. LMDB itself would grow without end. */
  requireRoom(bytes: number): void {
    if (this.#putBytes + bytes > measureStepBytes || this.#usedBytes + this.#putBytes + bytes > this.#mapSizeBytes) this.#measure();
    if (this.#usedBytes + this.#putBytes + bytes + this.#mapSizeBytes / 64 > this.#mapSizeBytes) throw this.#full();
  }

  close(): Promise<void> {
    this.#marker.close();
    return this.#database.close();
  }

  #measure(): void {
    const stats = this.#database.getStats() as { pageSize: number; treeBranchPageCount: number; treeLeafPageCount: number; overflowPages: number };
    this.#usedBytes = (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize;
    this.#putBytes = 0;
  }

  #full(): LogFull {
    return new LogFull(`The embedded log uses ${this.#usedBytes} of ${this.#mapSizeBytes} bytes. Raise log.embedded.map_size.`);
  }

  /** Turns LMDB's errors into what they mean here. */
  #guarded<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Error) || error instanceof LogDamaged || error instanceof LogFull) throw error;
      if (/MDB_MAP_FULL|MDB_TXN_FULL/.test(error.message)) throw this.#full();
      if (/No space left|ENOSPC|Disk quota/.test(error.message)) {
        throw new LogFull(`The disk of ${this.#folder} is full (${error.message}). Free space on it; log.embedded.map_size bounds what the log takes.`);
      }
      if (/MDB_(CORRUPTED|INVALID|VERSION_MISMATCH|PAGE_NOTFOUND|PANIC|INCOMPATIBLE|BAD)/.test(error.message)) {
        throw new LogDamaged(`The embedded log in ${this.#folder} is damaged or of another version and cannot be ${what}: ${error.message}`);
      }
      throw error;
    }
  }
}
