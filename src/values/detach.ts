// Values that outlive their transaction: entities that read their content when asked are copied into fixed ones,
// also within lists, maps and paths. A value without any is given back as it is.

import { fixedNode, fixedRelationship, isFixed } from './fixed.js';
import { type CypherMap, Node, Path, Relationship, type Row, type Value } from './value.js';

export function detach(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return detachList(value);
  if (value instanceof Map) return detachMap(value);
  if (value instanceof Node) return detachNode(value);
  if (value instanceof Relationship) return detachRelationship(value);
  return value instanceof Path ? detachPath(value) : value;
}

export function detachRow(row: Row): Row {
  return detachList(row);
}

function detachList<T extends Value>(items: readonly T[]): readonly T[] {
  for (let index = 0; index < items.length; index++) {
    const item = items[index] as T;
    if (detach(item) !== item) return items.map((each) => detach(each) as T);
  }
  return items;
}

function detachMap(map: CypherMap): CypherMap {
  for (const value of map.values()) {
    if (detach(value) !== value) return new Map([...map].map(([key, item]) => [key, detach(item)]));
  }
  return map;
}

function detachNode(node: Node): Node {
  if (isFixed(node)) return node;
  return fixedNode({ id: node.id, elementId: node.elementId, labels: node.labels, properties: node.properties });
}

function detachRelationship(relationship: Relationship): Relationship {
  if (isFixed(relationship)) return relationship;
  return fixedRelationship({
    id: relationship.id,
    elementId: relationship.elementId,
    type: relationship.type,
    startId: relationship.startId,
    startElementId: relationship.startElementId,
    endId: relationship.endId,
    endElementId: relationship.endElementId,
    properties: relationship.properties,
  });
}

function detachPath(path: Path): Path {
  const nodes = detachList(path.nodes);
  const relationships = detachList(path.relationships);
  return nodes === path.nodes && relationships === path.relationships ? path : new Path(nodes, relationships);
}
