// Cypher values in PackStream, both ways. From Bolt 5.0 on, entities carry element ids ("5.0 form");
// before, only integer ids ("4.4 form"). Both forms are read, told apart by their number of fields.
//
//   N 4E Node(id, labels, properties, elementId⁵)
//   R 52 Relationship(id, start, end, type, properties, elementId⁵, startElementId⁵, endElementId⁵)
//   r 72 UnboundRelationship(id, type, properties, elementId⁵)
//   P 50 Path(nodes, relationships, indices): a relationship from 1, negative when walked backwards; then a node from 0

import { MalformedBytes } from '../base/bytes.js';
import { limits } from '../base/limits.js';
import { failure } from '../errors/catalogue.js';
import { fixedNode, fixedRelationship } from '../values/fixed.js';
import { CypherBytes } from '../values/simple-value.js';
import { CypherFloat, type CypherMap, isSimple, Node, Path, Relationship, type Value } from '../values/value.js';
import type { PackReader, PackWriter } from './packstream.js';
import { readSimple, writeSimple } from './simple-structures.js';

const NODE = 0x4e;
const RELATIONSHIP = 0x52;
const UNBOUND = 0x72;
const PATH = 0x50;

/** How values are written: what the version and the patches of the connection say. */
export interface StructureForm {
  readonly elementIds: boolean;
  /** Date-times count seconds in UTC (5.0, or the `utc` patch of 4.4), not in local time. */
  readonly utcTimes: boolean;
}

export const newestForm: StructureForm = { elementIds: true, utcTimes: true };

export function writeValue(writer: PackWriter, value: Value, form: StructureForm) {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return writer.integer(value);
    case 'string':
      return writer.string(value);
    case 'boolean':
      return writer.boolean(value);
    default:
      if (value === null) return writer.null();
      if (value instanceof CypherFloat) return writer.float(value.value);
      if (Array.isArray(value)) return writeList(writer, value, form);
      if (value instanceof Map) return writeMap(writer, value, form);
      if (value instanceof Node) return writeNode(writer, value, form);
      if (value instanceof Relationship) return writeRelationship(writer, value, form);
      if (isSimple(value)) return writeSimple(writer, value, form.utcTimes);
      return writePath(writer, value as Path, form);
  }
}

function writeList(writer: PackWriter, items: readonly Value[], form: StructureForm): void {
  writer.list(items.length);
  for (let index = 0; index < items.length; index++) writeValue(writer, items[index] as Value, form);
}

function writeMap(writer: PackWriter, map: CypherMap, form: StructureForm): void {
  writer.map(map.size);
  for (const [key, value] of map) {
    writer.string(key);
    writeValue(writer, value, form);
  }
}

function writePairs(writer: PackWriter, pairs: readonly Value[], form: StructureForm): void {
  writer.map(pairs.length / 2);
  for (let index = 0; index < pairs.length; index += 2) {
    writer.string(pairs[index] as string);
    writeValue(writer, pairs[index + 1] as Value, form);
  }
}

function writeNode(writer: PackWriter, node: Node, form: StructureForm): void {
  writer.structure(NODE, form.elementIds ? 4 : 3);
  writer.integer(node.id);
  writeList(writer, node.labels, form);
  writePairs(writer, node.pairs, form);
  if (form.elementIds) writer.string(node.elementId);
}

function writeRelationship(writer: PackWriter, relationship: Relationship, form: StructureForm): void {
  writer.structure(RELATIONSHIP, form.elementIds ? 8 : 5);
  writer.integer(relationship.id);
  writer.integer(relationship.startId);
  writer.integer(relationship.endId);
  writer.string(relationship.type);
  writePairs(writer, relationship.pairs, form);
  if (!form.elementIds) return;
  writer.string(relationship.elementId);
  writer.string(relationship.startElementId);
  writer.string(relationship.endElementId);
}

function writeUnbound(writer: PackWriter, relationship: Relationship, form: StructureForm): void {
  writer.structure(UNBOUND, form.elementIds ? 4 : 3);
  writer.integer(relationship.id);
  writer.string(relationship.type);
  writePairs(writer, relationship.pairs, form);
  if (form.elementIds) writer.string(relationship.elementId);
}

/** Each entity once, in order of appearance; the way through them as indices. */
function writePath(writer: PackWriter, path: Path, form: StructureForm): void {
  const nodes = new Map<number, { readonly index: number; readonly node: Node }>();
  const relationships = new Map<number, { readonly index: number; readonly relationship: Relationship }>();
  for (const node of path.nodes) if (!nodes.has(node.id)) nodes.set(node.id, { index: nodes.size, node });
  for (const relationship of path.relationships) {
    if (!relationships.has(relationship.id)) relationships.set(relationship.id, { index: relationships.size + 1, relationship });
  }
  writer.structure(PATH, 3);
  writer.list(nodes.size);
  for (const { node } of nodes.values()) writeNode(writer, node, form);
  writer.list(relationships.size);
  for (const { relationship } of relationships.values()) writeUnbound(writer, relationship, form);
  writer.list(path.relationships.length * 2);
  path.relationships.forEach((relationship, step) => {
    const index = relationships.get(relationship.id)?.index as number;
    const forward = relationship.startId === path.nodes[step]?.id;
    writer.integer(forward ? index : -index);
    writer.integer(nodes.get(path.nodes[step + 1]?.id as number)?.index as number);
  });
}

/** Raises MalformedBytes; TypeError for structures that no value has a shape for. */
export function readValue(reader: PackReader, depth = 0): Value {
  if (depth > limits.valueDepthMax) throw new MalformedBytes(`values nested deeper than ${limits.valueDepthMax} (limits.value_depth)`);
  switch (reader.kind()) {
    case 'null':
      return reader.null();
    case 'boolean':
      return reader.boolean();
    case 'integer':
      return reader.integer();
    case 'float':
      return new CypherFloat(reader.float());
    case 'string':
      return reader.string();
    case 'bytes':
      // A view on the message, which goes.
      return new CypherBytes(Uint8Array.from(reader.bytes()));
    case 'list':
      return readList(reader, depth + 1);
    case 'map':
      return readMap(reader, depth + 1);
    case 'structure':
      return readStructure(reader, depth + 1);
  }
}

function readList(reader: PackReader, depth: number): readonly Value[] {
  const length = reader.list();
  const items: Value[] = [];
  for (let index = 0; index < length; index++) items.push(readValue(reader, depth));
  return items;
}

export function readMap(reader: PackReader, depth = 0): CypherMap {
  const size = reader.map();
  const map = new Map<string, Value>();
  for (let index = 0; index < size; index++) {
    const key = reader.string();
    if (map.has(key)) throw new MalformedBytes(`the key '${key}' occurs twice in a map`);
    map.set(key, readValue(reader, depth));
  }
  return map;
}

function readStructure(reader: PackReader, depth: number): Value {
  const { tag, fieldCount } = reader.structure();
  if (!reader.entities && [NODE, RELATIONSHIP, UNBOUND, PATH].includes(tag)) {
    throw failure('typeError', 'A node, a relationship or a path cannot be a parameter. Pass its properties, or its elementId.');
  }
  if (tag === NODE && (fieldCount === 3 || fieldCount === 4)) return readNode(reader, fieldCount === 4, depth);
  if (tag === RELATIONSHIP && (fieldCount === 5 || fieldCount === 8)) return readRelationship(reader, fieldCount === 8, depth);
  if (tag === PATH && fieldCount === 3) return readPath(reader, depth);
  const simple = readSimple(reader, tag, fieldCount);
  if (simple !== undefined) return simple;
  throw failure('typeError', `A structure of the kind 0x${tag.toString(16)} with ${fieldCount} fields is not a supported value.`);
}

function entityId(reader: PackReader): number {
  const id = reader.integer();
  if (typeof id === 'bigint') throw new MalformedBytes('an entity id beyond 2^53 − 1');
  return id;
}

function readNode(reader: PackReader, elementIds: boolean, depth: number): Node {
  const id = entityId(reader);
  const labels: string[] = [];
  for (let left = reader.list(); left > 0; left--) labels.push(reader.string());
  const properties = readMap(reader, depth);
  return fixedNode({ id, labels, properties, elementId: elementIds ? reader.string() : String(id) });
}

function readRelationship(reader: PackReader, elementIds: boolean, depth: number): Relationship {
  const id = entityId(reader);
  const startId = entityId(reader);
  const endId = entityId(reader);
  const type = reader.string();
  const properties = readMap(reader, depth);
  const elementId = elementIds ? reader.string() : String(id);
  const startElementId = elementIds ? reader.string() : String(startId);
  const endElementId = elementIds ? reader.string() : String(endId);
  return fixedRelationship({ id, elementId, type, startId, startElementId, endId, endElementId, properties });
}

interface Unbound {
  readonly id: number;
  readonly type: string;
  readonly properties: CypherMap;
  readonly elementId: string;
}

function readUnbound(reader: PackReader, depth: number): Unbound {
  const { tag, fieldCount } = reader.structure();
  if (tag !== UNBOUND || (fieldCount !== 3 && fieldCount !== 4)) throw new MalformedBytes('a path holds something else than relationships');
  const id = entityId(reader);
  const type = reader.string();
  const properties = readMap(reader, depth);
  return { id, type, properties, elementId: fieldCount === 4 ? reader.string() : String(id) };
}

function readPath(reader: PackReader, depth: number): Path {
  const distinctNodes: Node[] = [];
  for (let left = reader.list(); left > 0; left--) {
    const node = readValue(reader, depth);
    if (!(node instanceof Node)) throw new MalformedBytes('a path holds something else than nodes');
    distinctNodes.push(node);
  }
  const unbound: Unbound[] = [];
  for (let left = reader.list(); left > 0; left--) unbound.push(readUnbound(reader, depth));
  const steps = reader.list();
  let here = distinctNodes[0];
  if (here === undefined || steps % 2 !== 0) throw new MalformedBytes('a path without nodes, or with half a step');
  const nodes = [here];
  const relationships: Relationship[] = [];
  for (let step = 0; step < steps; step += 2) {
    const index = entityId(reader);
    const next = distinctNodes[entityId(reader)];
    const relationship = unbound[Math.abs(index) - 1];
    if (next === undefined || relationship === undefined) throw new MalformedBytes('a path refers to what it does not hold');
    relationships.push(bind(relationship, index > 0 ? here : next, index > 0 ? next : here));
    nodes.push(next);
    here = next;
  }
  return new Path(nodes, relationships);
}

function bind(unbound: Unbound, start: Node, end: Node): Relationship {
  return fixedRelationship({ ...unbound, startId: start.id, startElementId: start.elementId, endId: end.id, endElementId: end.elementId });
}
