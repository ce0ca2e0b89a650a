// The keys and records of the embedded log in its one LMDB database, and the small files beside it.
//
//   key (bytes)                         value
//   00 'format'                         JSON {"format": 1}
//   01 'barrier'                        JSON {"count": n}: written by barriers only
//   02 graph                            JSON GraphRecord: head, floor, incarnation, term, holder, swept
//   03 graph 00 index (8 bytes, BE)     entry: batch id (16 bytes), payload
//   04 server name                      JSON SessionRecord
//
// `graph` and names are UTF-8. Entries of a graph are contiguous from max(floor, swept) + 1 to head; those between
// `swept` and `floor` are being removed, a bounded number in each transaction.
//
//   file            bytes
//   data.mdb, lock.mdb  LMDB's own
//   lease-HASH      40: a session's sign of life; five float64: expiresAtMs, session, pid, startTime, 0
//   writer          24: who began the last write transaction; three float64: pid, startTime, sequence
//   wake-HASH.sock  the socket that wakes a server
//
// HASH is of the server's name. Leases are outside LMDB, so that a writer that stands still does not end everybody's
// session, and a sign of life costs no fsync; whose session it is, is decided in LMDB alone.

import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GraphId, ServerRecord } from '../log.js';
import { emptyGraphState, type GraphState } from '../rules.js';

export const formatVersion = 1;
export const batchIdBytes = 16;
/** What a unix socket's path may have on every system that has them, less its closing zero. */
const socketPathBytesMax = 103;

export interface GraphRecord extends GraphState {
  /** Entries at or below it are removed from the file, too. */
  readonly swept: number;
}

export const emptyGraphRecord: GraphRecord = { ...emptyGraphState, swept: 0 };

export interface SessionRecord {
  readonly server: ServerRecord;
  readonly session: number;
  readonly pid: number;
  /** 0 where the system does not tell. */
  readonly startTime: number;
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly ended: boolean;
}

export interface Lease {
  readonly expiresAtMs: number;
  readonly session: number;
  readonly pid: number;
  readonly startTime: number;
}

export const formatKey = Buffer.concat([Buffer.from([0]), Buffer.from('format')]);
export const barrierKey = Buffer.concat([Buffer.from([1]), Buffer.from('barrier')]);
export const graphKeys = { start: Buffer.from([2]), end: Buffer.from([3]) };
export const sessionKeys = { start: Buffer.from([4]), end: Buffer.from([5]) };

export function graphKey(graph: GraphId): Buffer {
  return Buffer.concat([graphKeys.start, Buffer.from(graph)]);
}

export function graphOfKey(key: Uint8Array): GraphId {
  return Buffer.from(key).toString('utf8', 1);
}

export function sessionKey(serverName: string): Buffer {
  return Buffer.concat([sessionKeys.start, Buffer.from(serverName)]);
}

export function entryKey(graph: GraphId, index: number): Buffer {
  const name = Buffer.from(graph);
  const key = Buffer.alloc(name.length + 10);
  key[0] = 3;
  name.copy(key, 1);
  key.writeBigUInt64BE(BigInt(index), name.length + 2);
  return key;
}

/** The entry as it is stored; the payload is copied, the caller keeps its own for resending. */
export function packEntry(batchId: string, payload: Uint8Array): Uint8Array {
  const packed = new Uint8Array(batchIdBytes + payload.length);
  packed.set(Buffer.from(batchId, 'hex'), 0);
  packed.set(payload, batchIdBytes);
  return packed;
}

export function batchIdOf(packed: Uint8Array): string {
  return Buffer.from(packed.buffer, packed.byteOffset, batchIdBytes).toString('hex');
}

export function leasePath(folder: string, serverName: string): string {
  return join(folder, `lease-${hashOf(serverName)}`);
}

export function writerPath(folder: string): string {
  return join(folder, 'writer');
}

/** In the folder, or, where that path is too long for a socket, in the system's temporary folder. */
export function socketPath(folder: string, serverName: string): string {
  const inside = join(folder, `wake-${hashOf(serverName)}.sock`);
  if (Buffer.byteLength(inside) <= socketPathBytesMax) return inside;
  return join(tmpdir(), `causeway-${hashOf(folder)}-${hashOf(serverName)}.sock`);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
