// Ways to spoil a conversation, all drawn from one seeded source: as values, as messages, as chunks, as bytes.

import { below, chance, pick, type Random } from '../../src/base/random.js';
import { CypherFloat, type Value } from '../../src/values/value.js';
import { type Message, tags, writeMessage } from '../../src/wire/messages.js';
import { PackWriter } from '../../src/wire/packstream.js';
import type { StructureForm } from '../../src/wire/structures.js';

// ---------------------------------------------------------------- values and messages

const nasty: readonly ((random: Random) => Value)[] = [
  () => null,
  () => true,
  () => '',
  () => -1,
  () => 0,
  () => 2 ** 31,
  () => 9223372036854775807n,
  () => new CypherFloat(Number.NaN),
  () => new CypherFloat(1e308),
  () => [],
  () => new Map(),
  () => '\u0000',
  () => '`"\'\\$ \ud83d\ude00',
  () => 'x'.repeat(70_000),
  () => 'MATCH (n) RETURN n',
  () => 'neo4j',
  () => 'system',
  (random) => Array.from({ length: below(random, 200) }, (_, at) => at),
  (random) => new Map(Array.from({ length: below(random, 50) }, (_, at): [string, Value] => [`k${at}`, at])),
  (random) => nested(5 + below(random, 150)),
];

function nested(depth: number): Value {
  let value: Value = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : new Map([['k', value]]);
  return value;
}

/** `value` with one thing in it changed. */
function spoilValue(random: Random, value: Value): Value {
  if (Array.isArray(value) && value.length > 0 && chance(random, 0.8)) {
    const at = below(random, value.length);
    return value.map((item: Value, index) => (index === at ? spoilValue(random, item) : item));
  }
  if (value instanceof Map && value.size > 0 && chance(random, 0.8)) {
    const keys = [...value.keys()];
    const key = pick(random, keys);
    const changed = new Map(value);
    if (chance(random, 0.2)) changed.delete(key);
    else changed.set(key, spoilValue(random, value.get(key) ?? null));
    return changed;
  }
  if (typeof value === 'string' && value.length > 0 && chance(random, 0.5)) return spoilText(random, value);
  return pick(random, nasty)(random);
}

const words = [
  'MATCH',
  'RETURN',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '$x',
  '*',
  '..',
  '-->',
  'NULL',
  '1',
  "'",
  '"',
  '`',
  '/*',
  '//',
  ';',
  'UNION',
  'CALL',
  'USE',
  '=',
  '\n',
];

export function spoilText(random: Random, text: string): string {
  const at = below(random, text.length + 1);
  const length = below(random, 6);
  const inserted = chance(random, 0.5) ? pick(random, words) : '';
  return text.slice(0, at) + inserted + text.slice(at + length);
}

const allTags: readonly number[] = [...Object.values(tags), 0x00, 0x0e, 0xff];

export function spoilMessages(random: Random, messages: readonly Message[], others: readonly Message[]): readonly Message[] {
  const changed = [...messages];
  const at = below(random, changed.length);
  const message = changed[at] as Message;
  switch (below(random, 7)) {
    case 0:
      changed.splice(at, 1);
      break;
    case 1:
      changed.splice(at, 0, message);
      break;
    case 2:
      changed.splice(at, 0, pick(random, others));
      break;
    case 3:
      changed[at] = { tag: pick(random, allTags), fields: message.fields };
      break;
    case 4:
      changed[at] = { tag: message.tag, fields: chance(random, 0.5) ? message.fields.slice(0, -1) : [...message.fields, null] };
      break;
    case 5:
      changed.splice(at, 0, { tag: tags.RESET, fields: [] });
      break;
    default:
      changed[at] = { tag: message.tag, fields: spoilFields(random, message.fields) };
  }
  return changed;
}

function spoilFields(random: Random, fields: readonly Value[]): readonly Value[] {
  if (fields.length === 0) return [null];
  const at = below(random, fields.length);
  return fields.map((field, index) => (index === at ? spoilValue(random, field) : field));
}

// ---------------------------------------------------------------- chunks and bytes

/** Each message chunked as it should be. */
export function encode(messages: readonly Message[], form: StructureForm): Uint8Array[] {
  return messages.map((message) => {
    const writer = new PackWriter();
    writeMessage(writer, message.tag, message.fields, form);
    return writer.take();
  });
}

/** The same messages in chunks of other sizes, with NOOPs between. */
export function rechunk(random: Random, messages: readonly Uint8Array[]): Uint8Array[] {
  return messages.map((bytes) => {
    if (bytes.length > 4000) return bytes;
    const content = bytes.subarray(2, bytes.length - 2);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < content.length; ) {
      const size = Math.min(content.length - at, 1 + below(random, 40));
      parts.push(Uint8Array.of(0, size), content.subarray(at, at + size));
      at += size;
    }
    parts.push(new Uint8Array(2 + 2 * below(random, 3)));
    return Buffer.concat(parts);
  });
}

const telling = [
  0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xaf, 0xb0, 0xb1, 0xbf, 0xc0, 0xc1, 0xc3, 0xc8, 0xcb, 0xcc, 0xce, 0xd0, 0xd2, 0xd4, 0xd6, 0xd8, 0xda, 0xdf,
  0xf0, 0xff,
];

export function spoilBytes(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(below(random, 256));
  const at = below(random, bytes.length);
  switch (below(random, 6)) {
    case 0: {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] as number) ^ (1 << below(random, 8));
      return changed;
    }
    case 1: {
      const changed = Uint8Array.from(bytes);
      changed[at] = pick(random, telling);
      return changed;
    }
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + below(random, 8)))]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Uint8Array.from({ length: 1 + below(random, 8) }, () => below(random, 256)), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(random, bytes.length))]);
    default:
      return bytes.subarray(0, at);
  }
}

/** The bytes in pieces, as a network might deliver them. */
export function cut(random: Random, bytes: Uint8Array): Uint8Array[] {
  if (chance(random, 0.5)) return [bytes];
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + below(random, chance(random, 0.3) ? 4 : 2000);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
