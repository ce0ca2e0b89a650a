// The Query API's typed JSON, `application/vnd.neo4j.query`: every value is `{"$type": T, "_value": V}`, numbers are
// strings, so that any JSON library carries every Cypher value exactly.

import { failure } from '../errors/catalogue.js';
import type { CausewayError } from '../errors/error.js';
import { excerpt } from '../values/excerpt.js';
import { floatOfText } from '../values/numerals.js';
import { CypherFloat, type CypherMap, integerOf, isSimple, Node, Path, Relationship, type Value } from '../values/value.js';
import { floatText } from './float-text.js';
import { listText, mapText, pathEntities, type ValueText } from './json-out.js';
import { readTypedSimple, typedSimple } from './simple-values.js';

export const typedJson: ValueText = (value) => {
  switch (typeof value) {
    case 'string':
      return typed('String', JSON.stringify(value));
    case 'number':
    case 'bigint':
      return typed('Integer', `"${value}"`);
    case 'boolean':
      return typed('Boolean', String(value));
    default:
      break;
  }
  if (value === null) return typed('Null', 'null');
  if (value instanceof CypherFloat) return typed('Float', `"${floatText(value.value)}"`);
  if (value instanceof Node) return nodeText(value);
  if (value instanceof Relationship) return relationshipText(value);
  if (value instanceof Path) return typed('Path', listText(pathEntities(value), typedJson));
  if (value instanceof Map) return typed('Map', mapText(value, typedJson));
  if (isSimple(value)) {
    const [type, text] = typedSimple(value);
    return typed(type, JSON.stringify(text));
  }
  return typed('List', listText(value as readonly Value[], typedJson));
};

function typed(type: string, value: string): string {
  return `{"$type":"${type}","_value":${value}}`;
}

function nodeText(node: Node): string {
  return typed(
    'Node',
    `{"_element_id":${JSON.stringify(node.elementId)},"_labels":${JSON.stringify(node.labels)},"_properties":${mapText(node.properties, typedJson)}}`,
  );
}

function relationshipText(relationship: Relationship): string {
  return typed(
    'Relationship',
    `{"_element_id":${JSON.stringify(relationship.elementId)},"_start_node_element_id":${JSON.stringify(relationship.startElementId)},` +
      `"_end_node_element_id":${JSON.stringify(relationship.endElementId)},"_type":${JSON.stringify(relationship.type)},` +
      `"_properties":${mapText(relationship.properties, typedJson)}}`,
  );
}

/** Parameters: a plain map of typed values. Raises Request.Invalid, naming the parameter. */
export function typedParameters(parameters: CypherMap): CypherMap {
  return mapOf(parameters, 'parameters');
}

function mapOf(map: CypherMap, path: string): CypherMap {
  const result = new Map<string, Value>();
  for (const [key, value] of map) result.set(key, untyped(value, `${path}.${key}`));
  return result;
}

function untyped(value: Value, path: string): Value {
  if (!(value instanceof Map) || !value.has('$type')) {
    throw failure('requestInvalid', `${path} must be a typed value: {"$type": "…", "_value": …}.`);
  }
  const type = value.get('$type');
  const inner = value.get('_value') ?? null;
  switch (type) {
    case 'Null':
      return null;
    case 'Boolean':
      return typeof inner === 'boolean' ? inner : wrong(path, 'true or false', type);
    case 'String':
      return typeof inner === 'string' ? inner : wrong(path, 'a string', type);
    case 'Integer':
      return integer(inner) ?? wrong(path, 'an integer of 64 bits in a string', type);
    case 'Float':
      return float(inner) ?? wrong(path, 'a number in a string', type);
    case 'List':
      return Array.isArray(inner) ? inner.map((item: Value, index) => untyped(item, `${path}[${index}]`)) : wrong(path, 'a list', type);
    case 'Map':
      return inner instanceof Map ? mapOf(inner, path) : wrong(path, 'a map', type);
    default: {
      const simple = typeof type === 'string' && typeof inner === 'string' ? readTypedSimple(type, inner) : undefined;
      if (simple !== undefined) return simple;
      throw failure(
        'requestInvalid',
        `${path} has the type ${typeof type === 'string' ? `'${excerpt(type)}'` : 'that is not a string'}, which is not supported for parameters.`,
      );
    }
  }
}

function wrong(path: string, expected: string, type: string): never {
  throw invalidValue(path, expected, type);
}

function invalidValue(path: string, expected: string, type: string): CausewayError {
  return failure('requestInvalid', `The "_value" of ${path} must be ${expected}, because its "$type" is '${type}'.`);
}

function integer(text: Value): Value | undefined {
  return typeof text === 'string' && /^[+-]?\d{1,19}$/.test(text) ? integerOf(BigInt(text.replace('+', ''))) : undefined;
}

function float(text: Value): Value | undefined {
  if (typeof text !== 'string') return undefined;
  const value = floatOfText(text);
  return value === undefined ? undefined : new CypherFloat(value);
}
