// How many rows are expected. Labels and types are counted exactly by the graph; what a predicate
// keeps is guessed with fixed shares, as is usual where there are no histograms.

import type { IndexSchema } from '../graph/schema.js';
import type { Expression } from '../language/ast.js';
import type { SeekPredicate } from './plan.js';
import type { Planning } from './planning.js';
import type { GraphRelationship } from './query-graph.js';

const equalShare = 0.1;
const rangeShare = 0.3;
const otherShare = 0.75;
/** Elements expected of a list that is known only when the query runs. */
export const listLength = 10;
const unboundedHops = 4;

export function labelRows(planning: Planning, label: string): number {
  const id = planning.tokens.labelId(label);
  return id < 0 ? 0 : planning.statistics.nodesWithLabelCount(id);
}

export function typeRows(planning: Planning, types: readonly string[]): number {
  if (types.length === 0) return planning.statistics.relationshipCount;
  return types.reduce((sum, type) => {
    const id = planning.tokens.typeId(type);
    return sum + (id < 0 ? 0 : planning.statistics.relationshipsOfTypeCount(id));
  }, 0);
}

/** The share of rows for which a predicate is true. */
export function selectivity(planning: Planning, predicate: Expression): number {
  if (predicate.kind === 'HasLabels' && predicate.labels.kind === 'Label') {
    return Math.min(1, labelRows(planning, predicate.labels.name) / Math.max(1, planning.statistics.nodeCount));
  }
  if (predicate.kind === 'IsNull' && predicate.negated) return existingShare(planning, predicate.operand);
  if (predicate.kind !== 'Binary') return otherShare;
  switch (predicate.operator) {
    case '=':
      return keyShare(planning, predicate.left) ?? keyShare(planning, predicate.right) ?? equalShare;
    case 'IN':
      return Math.min(1, (keyShare(planning, predicate.left) ?? equalShare) * listSize(predicate.right));
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'STARTS WITH':
      return rangeShare;
    default:
      return otherShare;
  }
}

/** What an index over this property alone knows, so that a seek of it and a check of what was scanned expect as many rows. */
function indexOver(planning: Planning, e: Expression): IndexSchema | undefined {
  if (e.kind !== 'Property') return undefined;
  return planning.schema.indexes.find(({ properties }) => properties.length === 1 && properties[0] === e.key);
}

function keyShare(planning: Planning, property: Expression): number | undefined {
  const index = indexOver(planning, property);
  return index && 1 / Math.max(1, planning.statistics.indexKeyCount(index.id));
}

function existingShare(planning: Planning, property: Expression): number {
  const index = indexOver(planning, property);
  if (index === undefined) return otherShare;
  const all = index.entity === 'node' ? labelRows(planning, index.token) : typeRows(planning, [index.token]);
  return Math.min(1, planning.statistics.indexEntryCount(index.id) / Math.max(1, all));
}

export function listSize(list: Expression): number {
  return list.kind === 'List' ? list.items.length : listLength;
}

export function seekRows(planning: Planning, index: IndexSchema, predicates: readonly SeekPredicate[], unique: boolean): number {
  const entries = planning.statistics.indexEntryCount(index.id);
  const keys = Math.max(1, planning.statistics.indexKeyCount(index.id));
  const whole = predicates.length === index.properties.length;
  return predicates.reduce((rows, predicate) => {
    const equal = unique ? 1 / Math.max(1, entries) : whole ? 1 / keys ** (1 / index.properties.length) : equalShare;
    switch (predicate.kind) {
      case 'equal':
        return rows * equal;
      case 'in':
        return rows * Math.min(1, equal * listSize(predicate.list));
      case 'range':
        return rows * (predicate.lower && predicate.upper ? rangeShare / 2 : rangeShare);
      case 'prefix':
        return rows * rangeShare;
      case 'exists':
        return rows;
    }
  }, entries);
}

/** Rows that one row becomes by following a relationship from a node. */
export function fanOut(planning: Planning, relationship: GraphRelationship, into: boolean): number {
  const nodes = Math.max(1, planning.statistics.nodeCount);
  const ends = relationship.direction === 'both' ? 2 : 1;
  const degree = (typeRows(planning, relationship.types) * ends) / nodes;
  const hops = relationship.length === undefined ? degree : pathsOf(degree, relationship.length.min, relationship.length.max);
  return into ? Math.min(1, hops / nodes) : hops;
}

function pathsOf(degree: number, min: number, max: number | undefined): number {
  let sum = 0;
  for (let hop = min; hop <= Math.min(max ?? min + unboundedHops, min + unboundedHops); hop++) sum += degree ** hop;
  return sum;
}
