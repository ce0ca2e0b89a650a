// Bookmarks as text: `FB:` and the base64 of a PackStream list of structures 42 'B'
// (graph id 16 bytes, incarnation 16 bytes, transaction id). Opaque to clients.

import { MalformedBytes } from '../base/bytes.js';
import { failure } from '../errors/catalogue.js';
import { PackReader, PackWriter } from './packstream.js';

export interface BookmarkPart {
  /** UUID text. */
  readonly graphId: string;
  /** 32 hexadecimal digits (SAFETY 16). */
  readonly incarnation: string;
  readonly transactionId: number;
}

const PART = 0x42;
const PARTS_MAX = 1000;
/** Other graphs that a bookmark speaks of. */
const CARRIED_MAX = 100;

function hexBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'hex');
  if (bytes.length !== 16 || text.length !== 32) throw new RangeError(`not 32 hexadecimal digits: ${text}`);
  return bytes;
}

export function encodeBookmark(parts: readonly BookmarkPart[]): string {
  const writer = new PackWriter(64);
  writer.list(parts.length);
  for (const { graphId, incarnation, transactionId } of parts) {
    writer.structure(PART, 3);
    writer.bytes(hexBytes(graphId.replaceAll('-', '')));
    writer.bytes(hexBytes(incarnation));
    writer.integer(transactionId);
  }
  return `FB:${Buffer.from(writer.take()).toString('base64')}`;
}

/** Raises InvalidBookmark. */
export function decodeBookmark(text: string): readonly BookmarkPart[] {
  const match = /^FB:([A-Za-z0-9+/]+={0,2})$/.exec(text);
  if (match === null) throw invalid(text);
  try {
    return readParts(new PackReader(Buffer.from(match[1] as string, 'base64')));
  } catch (error) {
    if (error instanceof MalformedBytes) throw invalid(text);
    throw error;
  }
}

/**
 * `bookmark`, and what `seen` says of graphs that it says nothing of: drivers keep the newest bookmark in place of those
 * that they sent, whatever database it is of. What cannot be read is not carried.
 */
export function carrying(bookmark: string, seen: readonly string[]): string {
  if (seen.length === 0) return bookmark;
  const own = readable(bookmark);
  const others = new Map<string, BookmarkPart>();
  for (const part of seen.flatMap(readable)) {
    if (own.some(({ graphId }) => graphId === part.graphId) || others.size >= CARRIED_MAX) continue;
    if ((others.get(part.graphId)?.transactionId ?? -1) < part.transactionId) others.set(part.graphId, part);
  }
  return own.length === 0 || others.size === 0 ? bookmark : encodeBookmark([...own, ...others.values()]);
}

function readable(text: string): readonly BookmarkPart[] {
  try {
    return decodeBookmark(text);
  } catch {
    // Whoever waits for it has said so, or does not care (`eventual`).
    return [];
  }
}

function invalid(text: string): Error {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return failure('invalidBookmark', `Supplied bookmark '${shown}' does not conform to the expected pattern.`);
}

function readParts(reader: PackReader): readonly BookmarkPart[] {
  const parts: BookmarkPart[] = [];
  const count = reader.list();
  if (count > PARTS_MAX) throw new MalformedBytes('too many parts');
  for (let index = 0; index < count; index++) {
    const { tag, fieldCount } = reader.structure();
    if (tag !== PART || fieldCount !== 3) throw new MalformedBytes('not a part of a bookmark');
    const graphId = hexText(reader.bytes());
    const incarnation = hexText(reader.bytes());
    const transactionId = reader.integer();
    if (typeof transactionId !== 'number' || transactionId < 0) throw new MalformedBytes('not a transaction id');
    parts.push({ graphId: graphId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), incarnation, transactionId });
  }
  reader.end();
  return parts;
}

function hexText(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new MalformedBytes('not 16 bytes');
  return Buffer.from(bytes).toString('hex');
}
