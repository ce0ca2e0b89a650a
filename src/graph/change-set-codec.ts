// A change set as bytes. Names (labels, types, keys, property names) are written once, in order of first
// appearance, and effects refer to them by number.
//
//   version 1 │ transactionId │ requestId 16 │ committedAtMs │ counterCount, counters… │ nameCount, names…
//   │ effectCount, effects…      (numbers are varints unless a width is given)
//
//   effect = kind byte, then
//     1 createNode          id, labelCount, labels…, properties     7 addLabel          id, label
//     2 deleteNode          id                                       8 removeLabel       id, label
//     3 createRelationship  id, type, start, end, properties         9 createIndex       index
//     4 deleteRelationship  id                                      10 createConstraint  constraint, index if it has one
//     5 setNodeProperty     id, key, value                          11 dropIndex         name text
//     6 setRelationshipProperty id, key, value                      12 dropConstraint    name text
//   properties = count, (key, value)…
//    13 createIndex       kind byte (1 text, 2 point), index: of another kind than range
//   14 and up are reserved; what joins several graphs in one commit lives in the entry (SAFETY 18, 19)
//
// What this build does not know raises UnknownFormat and stops apply (SAFETY 10); damage is MalformedBytes.

import { unreachable } from '../base/assert.js';
import { ByteReader, ByteWriter, MalformedBytes } from '../base/bytes.js';
import { limits } from '../base/limits.js';
import type { Pieces } from '../base/pieces.js';
import type { ChangeSet, Effect, Properties } from './change-set.js';
import type { ConstraintSchema, IndexKind, IndexSchema } from './schema.js';
import { readHex, readText, writeHex, writeText } from './text-codec.js';
import { UnknownFormat } from './unknown-format.js';
import { readValue, writeValue } from './value-codec.js';
import { type Counters, noCounters } from './writer.js';

export const CHANGE_SET_VERSION = 1;

/** In this order in the bytes; later counters are appended under a new version. */
const counterNames = Object.keys(noCounters()) as (keyof Counters)[];

export function* encodeChangeSet(changeSet: ChangeSet): Pieces<Uint8Array> {
  const names = new NameTable();
  const effects = new ByteWriter(256);
  let count = 0;
  for (const effect of changeSet.effects) {
    writeEffect(effects, names, effect);
    if (++count % limits.effectsPerPiece === 0) yield;
  }

  const writer = new ByteWriter(effects.length + 128);
  writer.byte(CHANGE_SET_VERSION);
  writer.varint(changeSet.transactionId);
  writeHex(writer, changeSet.requestId, 16);
  writer.varint(changeSet.committedAtMs);
  writer.varint(counterNames.length);
  for (const name of counterNames) writer.varint(changeSet.counters[name]);
  writer.varint(names.list.length);
  for (const name of names.list) writeText(writer, name);
  writer.varint(changeSet.effects.length);
  writer.raw(effects.finish());
  return writer.finish();
}

/** Raises UnknownFormat or MalformedBytes; never returns a part of what was written. */
export function* decodeChangeSet(bytes: Uint8Array): Pieces<ChangeSet> {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== CHANGE_SET_VERSION) throw new UnknownFormat(`change set version ${version}`);
  const transactionId = reader.varint();
  const requestId = readHex(reader, 16);
  const committedAtMs = reader.varint();
  const counters = readCounters(reader);
  const names = readMany(reader, () => readText(reader));
  const effects: Effect[] = [];
  for (let left = reader.varint(); left > 0; left--) {
    effects.push(readEffect(reader, names));
    if (left % limits.effectsPerPiece === 0) yield;
  }
  reader.end();
  return { transactionId, requestId, committedAtMs, effects, counters };
}

class NameTable {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.list.length;
      this.list.push(name);
      this.#numbers.set(name, number);
    }
    return number;
  }
}

function writeEffect(writer: ByteWriter, names: NameTable, effect: Effect): void {
  switch (effect.kind) {
    case 'createNode':
      writer.byte(1);
      writer.varint(effect.id);
      writer.varint(effect.labels.length);
      for (const label of effect.labels) writer.varint(names.numberOf(label));
      writeProperties(writer, names, effect.properties);
      return;
    case 'deleteNode':
      writer.byte(2);
      writer.varint(effect.id);
      return;
    case 'createRelationship':
      writer.byte(3);
      writer.varint(effect.id);
      writer.varint(names.numberOf(effect.type));
      writer.varint(effect.start);
      writer.varint(effect.end);
      writeProperties(writer, names, effect.properties);
      return;
    case 'deleteRelationship':
      writer.byte(4);
      writer.varint(effect.id);
      return;
    case 'setNodeProperty':
    case 'setRelationshipProperty':
      writer.byte(effect.kind === 'setNodeProperty' ? 5 : 6);
      writer.varint(effect.id);
      writer.varint(names.numberOf(effect.key));
      writeValue(writer, effect.value);
      return;
    case 'addLabel':
    case 'removeLabel':
      writer.byte(effect.kind === 'addLabel' ? 7 : 8);
      writer.varint(effect.id);
      writer.varint(names.numberOf(effect.label));
      return;
    case 'createIndex':
      if (effect.index.kind === 'range') writer.byte(9);
      else {
        writer.byte(13);
        writer.byte(indexKinds.indexOf(effect.index.kind));
      }
      writeIndex(writer, names, effect.index);
      return;
    case 'createConstraint':
      writer.byte(10);
      writeConstraint(writer, names, effect.constraint);
      if (effect.index !== undefined) writeIndex(writer, names, effect.index);
      return;
    case 'dropIndex':
    case 'dropConstraint':
      writer.byte(effect.kind === 'dropIndex' ? 11 : 12);
      writeText(writer, effect.name);
      return;
    default:
      unreachable(effect);
      return;
  }
}

function readEffect(reader: ByteReader, names: readonly string[]): Effect {
  const kind = reader.byte();
  switch (kind) {
    case 1: {
      const id = readEntityId(reader);
      const labels = readMany(reader, () => readName(reader, names));
      return { kind: 'createNode', id, labels, properties: readProperties(reader, names) };
    }
    case 2:
      return { kind: 'deleteNode', id: readEntityId(reader) };
    case 3: {
      const id = readEntityId(reader);
      const type = readName(reader, names);
      const start = readEntityId(reader);
      const end = readEntityId(reader);
      return { kind: 'createRelationship', id, type, start, end, properties: readProperties(reader, names) };
    }
    case 4:
      return { kind: 'deleteRelationship', id: readEntityId(reader) };
    case 5:
      return { kind: 'setNodeProperty', id: readEntityId(reader), key: readName(reader, names), value: readValue(reader) };
    case 6:
      return { kind: 'setRelationshipProperty', id: readEntityId(reader), key: readName(reader, names), value: readValue(reader) };
    case 7:
      return { kind: 'addLabel', id: readEntityId(reader), label: readName(reader, names) };
    case 8:
      return { kind: 'removeLabel', id: readEntityId(reader), label: readName(reader, names) };
    case 9:
      return { kind: 'createIndex', index: readIndex(reader, names, 'range') };
    case 10: {
      const constraint = readConstraint(reader, names);
      return { kind: 'createConstraint', constraint, index: constraint.index === undefined ? undefined : readIndex(reader, names, 'range') };
    }
    case 11:
      return { kind: 'dropIndex', name: readText(reader) };
    case 12:
      return { kind: 'dropConstraint', name: readText(reader) };
    case 13: {
      const place = reader.byte();
      const indexKind = place === 0 ? undefined : indexKinds[place];
      if (indexKind === undefined) throw new UnknownFormat(`kind of index ${place}`);
      return { kind: 'createIndex', index: readIndex(reader, names, indexKind) };
    }
    default:
      throw new UnknownFormat(`effect kind ${kind}`);
  }
}

function writeProperties(writer: ByteWriter, names: NameTable, properties: Properties): void {
  writer.varint(properties.length);
  for (const [key, value] of properties) {
    writer.varint(names.numberOf(key));
    writeValue(writer, value);
  }
}

function readProperties(reader: ByteReader, names: readonly string[]): Properties {
  return readMany(reader, () => [readName(reader, names), readValue(reader)] as const);
}

/** By their numbers in the bytes. */
const indexKinds: readonly IndexKind[] = ['range', 'text', 'point'];

// index = id │ name text │ entity byte (0 node, 1 relationship) │ token │ propertyCount, properties… │ owned byte, owner text if 1
function writeIndex(writer: ByteWriter, names: NameTable, index: IndexSchema): void {
  writer.varint(index.id);
  writeText(writer, index.name);
  writer.byte(index.entity === 'node' ? 0 : 1);
  writer.varint(names.numberOf(index.token));
  writer.varint(index.properties.length);
  for (const property of index.properties) writer.varint(names.numberOf(property));
  writer.byte(index.owner === undefined ? 0 : 1);
  if (index.owner !== undefined) writeText(writer, index.owner);
}

function readIndex(reader: ByteReader, names: readonly string[], kind: IndexKind): IndexSchema {
  const id = reader.varint();
  const name = readText(reader);
  const entity = readChoice(reader, 'entity of an index') === 0 ? 'node' : 'relationship';
  const token = readName(reader, names);
  const properties = readMany(reader, () => readName(reader, names));
  const owner = readChoice(reader, 'owner of an index') === 1 ? readText(reader) : undefined;
  return { id, name, kind, entity, token, properties, owner };
}

// constraint = id │ name text │ kind byte │ then, by the kind,
//   0 a unique one of nodes: label │ propertyCount, properties… │ index name text
//   1 unique, 2 key, 3 exists, 4 type (feature level 2): entity byte │ token │ propertyCount, properties…
//     │ typeCount, type texts… │ indexed byte, index name text if 1
const constraintKinds = [undefined, 'unique', 'key', 'exists', 'type'] as const;

/** What every build can read. */
function isOfLevelOne({ kind, entity }: ConstraintSchema): boolean {
  return kind === 'unique' && entity === 'node';
}

/** The least feature level of servers that can apply the effect (SAFETY 10). */
export function levelOf(effect: Effect): number {
  if (effect.kind === 'createIndex') return effect.index.kind === 'range' ? 1 : 3;
  return effect.kind === 'createConstraint' && !isOfLevelOne(effect.constraint) ? 2 : 1;
}

function writeConstraint(writer: ByteWriter, names: NameTable, constraint: ConstraintSchema): void {
  const { id, name, kind, entity, token, properties, propertyTypes, index } = constraint;
  const first = isOfLevelOne(constraint);
  writer.varint(id);
  writeText(writer, name);
  writer.byte(first ? 0 : constraintKinds.indexOf(kind));
  if (!first) writer.byte(entity === 'node' ? 0 : 1);
  writer.varint(names.numberOf(token));
  writer.varint(properties.length);
  for (const property of properties) writer.varint(names.numberOf(property));
  if (!first) {
    writer.varint(propertyTypes.length);
    for (const type of propertyTypes) writeText(writer, type);
    writer.byte(index === undefined ? 0 : 1);
  }
  if (index !== undefined) writeText(writer, index);
}

function readConstraint(reader: ByteReader, names: readonly string[]): ConstraintSchema {
  const id = reader.varint();
  const name = readText(reader);
  const number = reader.byte();
  const kind = constraintKinds[number];
  if (number === 0) {
    const token = readName(reader, names);
    const properties = readMany(reader, () => readName(reader, names));
    return { id, name, kind: 'unique', entity: 'node', token, properties, propertyTypes: [], index: readText(reader) };
  }
  if (kind === undefined) throw new UnknownFormat(`constraint kind ${number}`);
  const entity = readChoice(reader, 'entity of a constraint') === 0 ? 'node' : 'relationship';
  const token = readName(reader, names);
  const properties = readMany(reader, () => readName(reader, names));
  const propertyTypes = readMany(reader, () => readText(reader));
  const index = readChoice(reader, 'index of a constraint') === 1 ? readText(reader) : undefined;
  return { id, name, kind, entity, token, properties, propertyTypes, index };
}

function readCounters(reader: ByteReader): Counters {
  const count = reader.varint();
  if (count !== counterNames.length) throw new UnknownFormat(`${count} counters`);
  const counters = noCounters();
  for (const name of counterNames) counters[name] = reader.varint();
  return counters;
}

function readMany<T>(reader: ByteReader, readOne: () => T): T[] {
  const count = reader.varint();
  const items: T[] = [];
  for (let index = 0; index < count; index++) items.push(readOne());
  return items;
}

function readName(reader: ByteReader, names: readonly string[]): string {
  const number = reader.varint();
  const name = names[number];
  if (name === undefined) throw new MalformedBytes(`name ${number} of ${names.length}`);
  return name;
}

/** Ids are below 2^31 (they index typed arrays as int32). */
function readEntityId(reader: ByteReader): number {
  const id = reader.varint();
  if (id > 0x7fffffff) throw new MalformedBytes(`entity id ${id}`);
  return id;
}

function readChoice(reader: ByteReader, what: string): number {
  const choice = reader.byte();
  if (choice > 1) throw new UnknownFormat(`${what}: ${choice}`);
  return choice;
}
