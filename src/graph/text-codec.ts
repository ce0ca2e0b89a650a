// Text in our formats: its length in bytes, and UTF-8.

import { assert } from '../base/assert.js';
import { type ByteReader, type ByteWriter, MalformedBytes } from '../base/bytes.js';
import { failure, tokenNameFault } from '../errors/catalogue.js';

// `ignoreBOM`: a string may begin with U+FEFF, which is part of it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const loneSurrogate = /\p{Cs}/u;

/**
 * A label, type or property key that can be stored. UTF-8 must hold it: each lone surrogate becomes U+FFFD, as it would on the way to
 * another server. Raises TokenNameError: keys of maps are data, which no parser has seen.
 */
export function wellFormed(name: string): string {
  const fault = tokenNameFault(name);
  if (fault !== undefined) throw failure('tokenNameError', fault);
  return loneSurrogate.test(name) ? name.replace(/\p{Cs}/gu, '\ufffd') : name;
}

/** Every string of our formats. Lone surrogates must be gone by now: the reader would see another string than the writer. */
export function writeText(writer: ByteWriter, text: string): void {
  assert(!loneSurrogate.test(text), 'a stored string has no lone surrogates');
  writer.bytes(encoder.encode(text));
}

export function readText(reader: ByteReader): string {
  const bytes = reader.bytes();
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MalformedBytes('a string that is not UTF-8');
  }
}

/** Hexadecimal text of exactly `byteCount` bytes, stored raw. */
export function writeHex(writer: ByteWriter, text: string, byteCount: number): void {
  assert(text.length === byteCount * 2 && /^[0-9a-f]*$/.test(text), `not ${byteCount} bytes in lower-case hexadecimal: ${text}`);
  writer.raw(Buffer.from(text, 'hex'));
}

export function readHex(reader: ByteReader, byteCount: number): string {
  const bytes = reader.raw(byteCount);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
