// Values as text. `toText` is what toString() and concatenation give; `display` reads like a Cypher literal.

import { CypherPoint, systemOf } from './point-type.js';
import { CypherBytes } from './simple-value.js';
import { temporalText } from './temporal/text.js';
import type { Temporal } from './temporal/types.js';
import { CypherFloat, type CypherMap, isSimple, Node, Path, Relationship, typeOf, type Value, type ValueType } from './value.js';

/** As Java's Double.toString: `1.0`, `1.0E7`, `1.0E-4`, `NaN`, `Infinity`; the fewest digits that name the number. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  // Java asks for two digits at least, and takes the nearest two where one would name the number: 4.9E-324.
  const shortest = value.toExponential();
  const [mantissa, exponent] = (shortest.includes('.') ? shortest : value.toExponential(1)).split('e') as [string, string];
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** The text of a value as toString() and `+` with a STRING give it. */
export function toText(value: Value): string {
  return typeof value === 'string' ? value : display(value);
}

/** `'it\'s'`, `[1, 2.0]`, `{name: null}`, `(:Person {age: 3})`, `[:KNOWS]`, `(:A)-[:R]->(:B)`. */
export function display(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof CypherFloat) return floatText(value.value);
  if (value instanceof Node) return nodeText(value);
  if (value instanceof Relationship) return relationshipText(value);
  if (value instanceof Path) return pathText(value);
  if (isSimple(value)) return simpleText(value);
  return value instanceof Map ? mapText(value as CypherMap) : `[${(value as readonly Value[]).map(display).join(', ')}]`;
}

/** Temporal values as ISO 8601, points as the call that makes them. */
export function simpleText(value: Temporal | CypherPoint | CypherBytes): string {
  if (value instanceof CypherPoint) return pointText(value);
  return value instanceof CypherBytes ? `bytes(${Buffer.from(value.bytes).toString('hex')})` : temporalText(value);
}

function pointText({ srid, x, y, z }: CypherPoint): string {
  const height = z === undefined ? '' : `, z: ${floatText(z)}`;
  return `point({x: ${floatText(x)}, y: ${floatText(y)}${height}, crs: '${systemOf(srid)?.name}'})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}'`;
}

function name(text: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text) ? text : `\`${text.replaceAll('`', '``')}\``;
}

function mapText(map: CypherMap): string {
  return `{${[...map].map(([key, value]) => `${name(key)}: ${display(value)}`).join(', ')}}`;
}

function nodeText(node: Node): string {
  const labels = node.labels.map((label) => `:${name(label)}`).join('');
  const properties = node.properties;
  if (properties.size === 0) return `(${labels})`;
  return `(${labels}${labels === '' ? '' : ' '}${mapText(properties)})`;
}

function relationshipText(relationship: Relationship): string {
  const properties = relationship.properties;
  return `[:${name(relationship.type)}${properties.size === 0 ? '' : ` ${mapText(properties)}`}]`;
}

function pathText(path: Path): string {
  let text = '';
  path.nodes.forEach((node, index) => {
    text += nodeText(node);
    const relationship = path.relationships[index];
    if (relationship === undefined) return;
    const body = relationshipText(relationship);
    text += relationship.startId === node.id ? `-${body}->` : `<-${body}-`;
  });
  return text;
}

/** Names of types as Neo4j's run-time errors write them. */
export function typeWord(value: Value): string {
  return typeWords[typeOf(value)];
}

const typeWords: Readonly<Record<ValueType, string>> = {
  NULL: 'NO_VALUE',
  BOOLEAN: 'Boolean',
  INTEGER: 'Long',
  FLOAT: 'Double',
  STRING: 'String',
  LIST: 'List',
  MAP: 'Map',
  NODE: 'Node',
  RELATIONSHIP: 'Relationship',
  PATH: 'Path',
  DATE: 'Date',
  'LOCAL TIME': 'LocalTime',
  'ZONED TIME': 'Time',
  'LOCAL DATETIME': 'LocalDateTime',
  'ZONED DATETIME': 'DateTime',
  DURATION: 'Duration',
  POINT: 'Point',
  BYTES: 'ByteArray',
};

/** A value with its type, as Neo4j's errors show it: `Long(1)`, `String("a")`, `Map{a -> Long(1)}`. */
export function describe(value: Value): string {
  if (value === null) return 'NO_VALUE';
  if (typeof value === 'string') return `String("${value}")`;
  if (typeof value === 'boolean') return `Boolean('${value}')`;
  if (typeof value !== 'object') return `Long(${value})`;
  if (value instanceof CypherFloat) return `Double(${floatText(value.value)})`;
  if (value instanceof Node) return `(${value.id})`;
  if (value instanceof Relationship) return `-[${value.id}]-`;
  if (value instanceof Path) return pathText(value);
  if (isSimple(value)) return `${typeWord(value)}(${simpleText(value)})`;
  if (value instanceof Map) return `Map{${[...(value as CypherMap)].map(([key, item]) => `${key} -> ${describe(item)}`).join(', ')}}`;
  return `List{${(value as readonly Value[]).map(describe).join(', ')}}`;
}
