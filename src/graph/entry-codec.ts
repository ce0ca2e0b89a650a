// A log entry as bytes.
//
//   magic 0xCE │ version 1 │ featureLevel │ incarnation 16 │ term │ batchId 16 │ previousHash 32
//   │ content kind byte, content │ fieldCount, (field number, length, bytes)… │ CRC-32 of all before, 4
//
//   content
//     1 noop      nothing                        3 part    requestId 16, part, last byte, length, bytes
//     2 changes   count, (length, change set)…   4 digest  transactionId, SHA-256 32
//     5 reserved: the marker of a commit over several graphs, whose parts went ahead (SAFETY 18)
//     6 reserved: a bulk-loaded or restored checkpoint by its digest (SAFETY 17)
//   fields (none are written at feature level 1; an unknown one stops apply)
//     1 reserved: the partners of a commit over several graphs, as (graph id 16, incarnation 16, entry index,
//       transactionId)…, at most 60 (SAFETY 18, 19)
//
// The checksum is last in every version, so damage (MalformedBytes) is told from news (UnknownFormat, SAFETY 10).
// `hashEntry` of the whole is what the next entry names as `previousHash` (SAFETY 16).

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { unreachable } from '../base/assert.js';
import { ByteReader, ByteWriter, MalformedBytes } from '../base/bytes.js';
import { limits } from '../base/limits.js';
import type { Pieces } from '../base/pieces.js';
import type { ChangeSet } from './change-set.js';
import { decodeChangeSet, encodeChangeSet } from './change-set-codec.js';
import { type Entry, type EntryContent, FEATURE_LEVEL } from './entry.js';
import { readHex, writeHex } from './text-codec.js';
import { UnknownFormat } from './unknown-format.js';

const MAGIC = 0xce;
const ENTRY_VERSION = 1;

/** `previousHash` of the first entry of a history. */
export const NO_PREVIOUS_HASH = '0'.repeat(64);

/** `changeSets`: those of the content in bytes, where somebody has encoded them already. */
export function* encodeEntry(entry: Entry, changeSets: readonly Uint8Array[] = []): Pieces<Uint8Array> {
  const writer = new ByteWriter(512);
  writer.byte(MAGIC);
  writer.byte(ENTRY_VERSION);
  writer.varint(entry.featureLevel);
  writeHex(writer, entry.incarnation, 16);
  writer.varint(entry.term);
  writeHex(writer, entry.batchId, 16);
  writeHex(writer, entry.previousHash, 32);
  yield* writeContent(writer, entry.content, changeSets);
  writer.varint(0);
  writer.uint32(yield* checksum(writer.finish()));
  return writer.finish();
}

/** Raises MalformedBytes for damage, UnknownFormat for what a later build wrote. */
export function* decodeEntry(bytes: Uint8Array): Pieces<Entry> {
  const reader = new ByteReader(yield* checkedBody(bytes));
  if (reader.byte() !== MAGIC) throw new MalformedBytes('not an entry');
  const version = reader.byte();
  if (version !== ENTRY_VERSION) throw new UnknownFormat(`entry version ${version}`);
  const featureLevel = reader.varint();
  if (featureLevel > FEATURE_LEVEL) throw new UnknownFormat(`feature level ${featureLevel}, this build knows ${FEATURE_LEVEL}`);
  const incarnation = readHex(reader, 16);
  const term = reader.varint();
  const batchId = readHex(reader, 16);
  const previousHash = readHex(reader, 32);
  const content = yield* readContent(reader);
  const fieldCount = reader.varint();
  if (fieldCount !== 0) throw new UnknownFormat(`entry field ${reader.varint()}`);
  reader.end();
  return { featureLevel, incarnation, term, batchId, previousHash, content };
}

/** SHA-256 of an encoded entry, 64 hexadecimal characters. */
export function* hashEntry(bytes: Uint8Array): Pieces<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += limits.bytesPerPiece) {
    if (at > 0) yield;
    hash.update(bytes.subarray(at, at + limits.bytesPerPiece));
  }
  return hash.digest('hex');
}

function* checksum(bytes: Uint8Array): Pieces<number> {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += limits.bytesPerPiece) {
    if (at > 0) yield;
    sum = crc32(bytes.subarray(at, at + limits.bytesPerPiece), sum);
  }
  return sum;
}

function* checkedBody(bytes: Uint8Array): Pieces<Uint8Array> {
  if (bytes.length < 4) throw new MalformedBytes('an entry without a checksum');
  const body = bytes.subarray(0, bytes.length - 4);
  if (new ByteReader(bytes.subarray(body.length)).uint32() !== (yield* checksum(body))) throw new MalformedBytes('the checksum of an entry');
  return body;
}

function* writeContent(writer: ByteWriter, content: EntryContent, changeSets: readonly Uint8Array[]): Pieces<void> {
  switch (content.kind) {
    case 'noop':
      writer.byte(1);
      return;
    case 'changes':
      writer.byte(2);
      writer.varint(content.changeSets.length);
      for (const [index, changeSet] of content.changeSets.entries()) writer.bytes(changeSets[index] ?? (yield* encodeChangeSet(changeSet)));
      return;
    case 'part':
      writer.byte(3);
      writeHex(writer, content.requestId, 16);
      writer.varint(content.part);
      writer.byte(content.last ? 1 : 0);
      writer.bytes(content.bytes);
      return;
    case 'digest':
      writer.byte(4);
      writer.varint(content.transactionId);
      writeHex(writer, content.digest, 32);
      return;
    default:
      unreachable(content);
      return;
  }
}

function* readContent(reader: ByteReader): Pieces<EntryContent> {
  const kind = reader.byte();
  switch (kind) {
    case 1:
      return { kind: 'noop' };
    case 2:
      return { kind: 'changes', changeSets: yield* readChangeSets(reader) };
    case 3: {
      const requestId = readHex(reader, 16);
      const part = reader.varint();
      const last = reader.byte();
      if (last > 1) throw new UnknownFormat(`last part marker ${last}`);
      return { kind: 'part', requestId, part, last: last === 1, bytes: reader.bytes().slice() };
    }
    case 4:
      return { kind: 'digest', transactionId: reader.varint(), digest: readHex(reader, 32) };
    default:
      throw new UnknownFormat(`entry content kind ${kind}`);
  }
}

function* readChangeSets(reader: ByteReader): Pieces<ChangeSet[]> {
  const count = reader.varint();
  const changeSets: ChangeSet[] = [];
  for (let index = 0; index < count; index++) changeSets.push(yield* decodeChangeSet(reader.bytes()));
  return changeSets;
}
