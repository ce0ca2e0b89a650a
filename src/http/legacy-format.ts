// Rows of the legacy API: `row` (entities are their properties), `meta` (which of them are entities) and `graph` (all
// entities of the row, once each).

import { typeWord } from '../values/text.js';
import { isSimple, Node, Path, Relationship, type Row, type Value } from '../values/value.js';
import { mapText, pathEntities, plainJson, type ValueText } from './json-out.js';

export type ResultFormat = 'row' | 'graph';

export const legacyJson: ValueText = plainJson({
  node: (node) => mapText(node.properties, legacyJson),
  relationship: (relationship) => mapText(relationship.properties, legacyJson),
});

export function legacyRowText(row: Row, formats: readonly ResultFormat[]): string {
  return `{${formats.map((format) => (format === 'row' ? rowAndMeta(row) : `"graph":${graphText(row)}`)).join(',')}}`;
}

function rowAndMeta(row: Row): string {
  return `"row":[${row.map(legacyJson).join(',')}],"meta":[${row.flatMap(metaTexts).join(',')}]`;
}

/** One text for each value; a list or map gives those of its items, flat, as Neo4j does; a path a list of its entities'. */
function metaTexts(value: Value): readonly string[] {
  if (value instanceof Node) return [entityMeta(value, 'node')];
  if (value instanceof Relationship) return [entityMeta(value, 'relationship')];
  if (value instanceof Path) return [`[${pathEntities(value).flatMap(metaTexts).join(',')}]`];
  if (value instanceof Map) return [...value.values()].flatMap(metaTexts);
  if (Array.isArray(value)) return value.flatMap(metaTexts);
  return [isSimple(value) ? `{"type":"${typeWord(value).toLowerCase()}"}` : 'null'];
}

function entityMeta(entity: Node | Relationship, type: 'node' | 'relationship'): string {
  return `{"id":${entity.id},"elementId":${JSON.stringify(entity.elementId)},"type":"${type}","deleted":false}`;
}

export function graphText(row: Row): string {
  const nodes = new Map<number, Node>();
  const relationships = new Map<number, Relationship>();
  const gather = (value: Value): void => {
    if (value instanceof Node) nodes.set(value.id, value);
    else if (value instanceof Relationship) relationships.set(value.id, value);
    else if (value instanceof Path) pathEntities(value).forEach(gather);
    else if (value instanceof Map) for (const item of value.values()) gather(item);
    else if (Array.isArray(value)) value.forEach(gather);
  };
  row.forEach(gather);
  return `{"nodes":[${[...nodes.values()].map(graphNode).join(',')}],"relationships":[${[...relationships.values()].map(graphRelationship).join(',')}]}`;
}

function graphNode(node: Node): string {
  return (
    `{"id":"${node.id}","elementId":${JSON.stringify(node.elementId)},"labels":${JSON.stringify(node.labels)},` +
    `"properties":${mapText(node.properties, legacyJson)}}`
  );
}

function graphRelationship(relationship: Relationship): string {
  return (
    `{"id":"${relationship.id}","elementId":${JSON.stringify(relationship.elementId)},"type":${JSON.stringify(relationship.type)},` +
    `"startNode":"${relationship.startId}","startNodeElementId":${JSON.stringify(relationship.startElementId)},` +
    `"endNode":"${relationship.endId}","endNodeElementId":${JSON.stringify(relationship.endElementId)},` +
    `"properties":${mapText(relationship.properties, legacyJson)}}`
  );
}
