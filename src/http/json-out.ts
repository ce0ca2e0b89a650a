// Cypher values as plain JSON text. INTEGER keeps every digit; FLOAT always looks like one (`1.0`); NaN and the
// infinities, which JSON lacks, are strings as Neo4j writes them. Entities differ by interface: here the Query API's
// form; `legacy-format.ts` and `typed-json.ts` have the others.

import type { CypherMap, Node, Relationship, Value } from '../values/value.js';
import { CypherFloat, isSimple, Node as NodeValue, Path, Relationship as RelationshipValue } from '../values/value.js';
import { floatText } from './float-text.js';
import { plainSimple } from './simple-values.js';

/** A value as JSON text. */
export type ValueText = (value: Value) => string;

export interface EntityTexts {
  node(node: Node): string;
  relationship(relationship: Relationship): string;
}

/** Makes the writer of one interface from its way to write entities; a path is the list of its alternating entities. */
export function plainJson(entities: EntityTexts): ValueText {
  const text: ValueText = (value) => {
    switch (typeof value) {
      case 'string':
        return JSON.stringify(value);
      case 'number':
      case 'bigint':
      case 'boolean':
        return String(value);
      default:
        break;
    }
    if (value === null) return 'null';
    if (value instanceof CypherFloat) return Number.isFinite(value.value) ? floatText(value.value) : `"${value.value}"`;
    if (value instanceof NodeValue) return entities.node(value);
    if (value instanceof RelationshipValue) return entities.relationship(value);
    if (value instanceof Path) return listText(pathEntities(value), text);
    if (value instanceof Map) return mapText(value, text);
    if (isSimple(value)) return plainSimple(value);
    return listText(value as readonly Value[], text);
  };
  return text;
}

/** The Query API's plain form. */
export const queryApiJson: ValueText = plainJson({
  node: (node) =>
    `{"elementId":${JSON.stringify(node.elementId)},"labels":${JSON.stringify(node.labels)},"properties":${mapText(node.properties, queryApiJson)}}`,
  relationship: (relationship) =>
    `{"elementId":${JSON.stringify(relationship.elementId)},"startNodeElementId":${JSON.stringify(relationship.startElementId)},` +
    `"endNodeElementId":${JSON.stringify(relationship.endElementId)},"type":${JSON.stringify(relationship.type)},` +
    `"properties":${mapText(relationship.properties, queryApiJson)}}`,
});

export function listText(values: readonly Value[], text: ValueText): string {
  let result = '[';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) result += ',';
    result += text(values[index] as Value);
  }
  return `${result}]`;
}

export function mapText(map: CypherMap, text: ValueText): string {
  let result = '{';
  for (const [key, value] of map) {
    if (result.length > 1) result += ',';
    result += `${JSON.stringify(key)}:${text(value)}`;
  }
  return `${result}}`;
}

/** node, relationship, node, … */
export function pathEntities(path: Path): readonly (Node | Relationship)[] {
  const entities: (Node | Relationship)[] = [];
  for (let index = 0; index < path.nodes.length; index++) {
    entities.push(path.nodes[index] as Node);
    const relationship = path.relationships[index];
    if (relationship !== undefined) entities.push(relationship);
  }
  return entities;
}
