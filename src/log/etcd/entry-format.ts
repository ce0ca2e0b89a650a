// Entries as they are stored in etcd. What compresses is compressed (etcd keeps recent entries in memory, whatever is
// truncated); what is too large for one request is in parts, beside the entry.
//
//   bytes    what
//   1        format: 1
//   1        flags: 1 = deflated, 2 = in parts
//   16       batch id
//   varint   length of the payload
//   varint   length of the body, which is the payload or its deflated form
//   varint   bytes stored for all entries of the graph before this one
//   varint   number of parts; 0 when the body follows
//   ...      body

import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ByteReader, ByteWriter } from '../../base/bytes.js';

/** Below it compression gains nothing worth its time. */
const compressBytesMin = 1024;
/** From here on compression is done beside the loop, so that signs of life go out. */
const compressAsideBytesMin = 128 * 1024;
/** Of a longer payload so much is tried first. */
const sampleBytes = 4096;
/** What compression leaves must be less than this share. */
const worthwhile = 0.9;
const deflateAside = promisify(deflateRaw);
const fast = { level: constants.Z_BEST_SPEED };
const deflated = 1;
const inParts = 2;
const formatNumber = 1;
/** What a stored entry takes beyond its body: header, key, etcd's own. */
const overheadBytes = 128;

/** What is stored in the log is not what was written: never taken for absent data. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
}

/** A payload in the form in which it is stored. */
export interface Body {
  readonly bytes: Uint8Array;
  readonly deflated: boolean;
  readonly payloadLength: number;
}

export interface EntryHeader {
  readonly batchId: string;
  readonly deflated: boolean;
  readonly payloadLength: number;
  readonly bodyLength: number;
  readonly bytesBefore: number;
  /** 0 when the body is in the entry. */
  readonly partCount: number;
}

export async function packBody(payload: Uint8Array): Promise<Body> {
  const plain: Body = { bytes: payload, deflated: false, payloadLength: payload.length };
  if (payload.length < compressBytesMin) return plain;
  if (payload.length > 4 * sampleBytes && deflateRawSync(payload.subarray(0, sampleBytes), fast).length >= sampleBytes * worthwhile) return plain;
  const bytes = payload.length < compressAsideBytesMin ? deflateRawSync(payload, fast) : await deflateAside(payload, fast);
  return bytes.length < payload.length * worthwhile ? { bytes, deflated: true, payloadLength: payload.length } : plain;
}

export function encodeEntry(batchId: string, body: Body, bytesBefore: number, partCount: number): Uint8Array {
  const writer = new ByteWriter(64 + (partCount === 0 ? body.bytes.length : 0));
  writer.byte(formatNumber);
  writer.byte((body.deflated ? deflated : 0) | (partCount > 0 ? inParts : 0));
  writer.raw(Buffer.from(batchId, 'hex'));
  writer.varint(body.payloadLength);
  writer.varint(body.bytes.length);
  writer.varint(bytesBefore);
  writer.varint(partCount);
  if (partCount === 0) writer.raw(body.bytes);
  return writer.finish();
}

/** The header, and the body where it is in the entry. */
export function decodeEntry(stored: Uint8Array): EntryHeader & { readonly body: Uint8Array } {
  try {
    const reader = new ByteReader(stored);
    const format = reader.byte();
    if (format !== formatNumber) throw new LogDamaged(`An entry in etcd has format ${format}; this version of Causeway reads ${formatNumber}.`);
    const flags = reader.byte();
    const batchId = Buffer.from(reader.raw(16)).toString('hex');
    const [payloadLength, bodyLength, bytesBefore, partCount] = [reader.varint(), reader.varint(), reader.varint(), reader.varint()];
    const body = reader.raw(partCount === 0 ? bodyLength : 0);
    return { batchId, deflated: (flags & deflated) !== 0, payloadLength, bodyLength, bytesBefore, partCount, body };
  } catch (error) {
    if (error instanceof LogDamaged) throw error;
    throw new LogDamaged(`An entry in etcd is cut or damaged: ${String(error)}`);
  }
}

/** The payload, in a buffer of its own. */
export function unpackBody(header: EntryHeader, body: Uint8Array): Uint8Array {
  if (body.length !== header.bodyLength) throw new LogDamaged(`An entry in etcd has ${body.length} bytes, not ${header.bodyLength}.`);
  if (!header.deflated) return new Uint8Array(body);
  try {
    const payload = inflateRawSync(body, { maxOutputLength: Math.max(1, header.payloadLength) });
    if (payload.length === header.payloadLength) return new Uint8Array(payload);
  } catch (error) {
    throw new LogDamaged(`An entry in etcd does not inflate: ${String(error)}`);
  }
  throw new LogDamaged('An entry in etcd inflates to another length than was written.');
}

/** What the entry with its parts takes. */
export function storedBytes(bodyLength: number): number {
  return bodyLength + overheadBytes;
}
