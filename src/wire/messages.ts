// Bolt messages as values: a tag and fields.

import { MalformedBytes } from '../base/bytes.js';
import type { Position } from '../errors/error.js';
import type { CypherMap, Row, Value } from '../values/value.js';
import { PackReader, type PackWriter } from './packstream.js';
import { newestForm, readValue, type StructureForm, writeValue } from './structures.js';

export const tags = {
  HELLO: 0x01,
  GOODBYE: 0x02,
  RESET: 0x0f,
  RUN: 0x10,
  BEGIN: 0x11,
  COMMIT: 0x12,
  ROLLBACK: 0x13,
  DISCARD: 0x2f,
  PULL: 0x3f,
  TELEMETRY: 0x54,
  ROUTE: 0x66,
  LOGON: 0x6a,
  LOGOFF: 0x6b,
  SUCCESS: 0x70,
  RECORD: 0x71,
  IGNORED: 0x7e,
  FAILURE: 0x7f,
  /** Between servers only (relay.ts). */
  PREPARED: 0x7d,
  TAKE: 0x7c,
  RELEASE: 0x7b,
  END: 0x7a,
} as const;

export interface Message {
  readonly tag: number;
  readonly fields: readonly Value[];
}

export function tagName(tag: number): string {
  return Object.entries(tags).find(([, value]) => value === tag)?.[0] ?? `0x${tag.toString(16)}`;
}

/** Appends a whole, chunked message. */
export function writeMessage(writer: PackWriter, tag: number, fields: readonly Value[], form: StructureForm = newestForm): void {
  writer.beginMessage();
  try {
    writer.structure(tag, fields.length);
    for (const field of fields) writeValue(writer, field, form);
  } catch (error) {
    writer.abandonMessage();
    throw error;
  }
  writer.endMessage();
}

export function writeRecord(writer: PackWriter, row: Row, form: StructureForm): void {
  if (writer.integersMessage(tags.RECORD, row)) return;
  writer.beginMessage();
  try {
    writer.structure(tags.RECORD, 1);
    writer.list(row.length);
    for (let index = 0; index < row.length; index++) writeValue(writer, row[index] as Value, form);
  } catch (error) {
    writer.abandonMessage();
    throw error;
  }
  writer.endMessage();
}

/** One dechunked message. Raises MalformedBytes, or TypeError for values that are not supported. */
export function readMessage(bytes: Uint8Array): Message {
  return readFields(new PackReader(bytes));
}

/** The same of a client, which has no entities to give. */
export function readRequest(bytes: Uint8Array): Message {
  return readFields(new PackReader(bytes, false));
}

function readFields(reader: PackReader): Message {
  const { tag, fieldCount } = reader.structure();
  const fields: Value[] = [];
  for (let index = 0; index < fieldCount; index++) fields.push(readValue(reader));
  reader.end();
  return { tag, fields };
}

/** A map value from an object; what is undefined is left out. */
export function mapOf(entries: Readonly<Record<string, Value | undefined>>): CypherMap {
  const map = new Map<string, Value>();
  for (const [key, value] of Object.entries(entries)) if (value !== undefined) map.set(key, value);
  return map;
}

export function isMap(value: Value | undefined): value is CypherMap {
  return value instanceof Map;
}

/** The map in a message's field. */
export function mapField(message: Message, index: number): CypherMap {
  const field = message.fields[index];
  if (!isMap(field)) throw new MalformedBytes(`field ${index + 1} of ${tagName(message.tag)} is not a map`);
  return field;
}

export function positionMap(position: Position): CypherMap {
  return mapOf({ offset: position.offset, line: position.line, column: position.column });
}

export function positionOf(value: Value | undefined): Position | undefined {
  if (!isMap(value)) return undefined;
  const [offset, line, column] = [value.get('offset'), value.get('line'), value.get('column')];
  if (typeof offset !== 'number' || typeof line !== 'number' || typeof column !== 'number') return undefined;
  return { offset, line, column };
}
