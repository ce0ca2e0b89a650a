// How many rows are expected. Labels and types are counted exactly by the graph; what a predicate
// keeps is guessed with fixed shares, as is usual where there are no histograms.

import { ANY_TYPE, IN, OUT } from '../graph/reader.js';
import type { IndexSchema } from '../graph/schema.js';
import type { Expression } from '../language/ast.js';
import { hasSubquery } from './expressions.js';
import type { SeekPredicate } from './plan.js';
import type { Planning } from './planning.js';
import type { GraphRelationship, Predicate } from './query-graph.js';

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
  if (predicate.kind === 'Function' && predicate.name.toLowerCase() === 'point.withinbbox') return rangeShare;
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
  return planning.schema.indexes.find(({ kind, properties }) => kind === 'range' && properties.length === 1 && properties[0] === e.key);
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

/** Strings that a text index looks at; never fewer than a range index would, where that could be asked the same. */
export function textSeekRows(planning: Planning, index: IndexSchema, predicate: SeekPredicate): number {
  const { statistics } = planning;
  const all = index.entity === 'node' ? labelRows(planning, index.token) : typeRows(planning, [index.token]);
  switch (predicate.kind) {
    case 'equal':
      return all * textEqualShare(planning, index);
    case 'in':
      return all * Math.min(1, textEqualShare(planning, index) * listSize(predicate.list));
    case 'prefix':
      return all * rangeShare;
    default:
      // As many as have a piece, of the pieces of its strings.
      return Math.min(all, statistics.indexEntryCount(index.id) / Math.max(1, statistics.indexKeyCount(index.id)));
  }
}

/** What a range index of the same property knows. */
function textEqualShare(planning: Planning, { entity, token, properties: [key] }: IndexSchema): number {
  const ranged = planning.schema.indexes.find(
    (one) => one.kind === 'range' && one.entity === entity && one.token === token && one.properties.length === 1 && one.properties[0] === key,
  );
  return ranged === undefined ? equalShare : 1 / Math.max(1, planning.statistics.indexKeyCount(ranged.id));
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
      case 'distance':
      case 'box':
        return rows * rangeShare;
      case 'exists':
      case 'suffix':
      case 'contains':
        return rows;
    }
  }, entries);
}

/** Rows that a node is expected to have once its own predicates are checked; at least 1. */
export function nodeRows(planning: Planning, predicates: readonly Predicate[], node: string): number {
  const own = predicates.filter(({ needs, expression }) => needs.size === 1 && needs.has(node) && !hasSubquery(expression));
  return Math.max(
    1,
    own.reduce((rows, { expression }) => rows * selectivity(planning, expression), planning.statistics.nodeCount),
  );
}

/**
 * Rows that one row becomes by following a relationship from a node with `labels`: of the labels, the one whose nodes have fewest.
 * `toLabels`: the other end is bound too, and has these.
 */
export function fanOut(
  planning: Planning,
  relationship: GraphRelationship,
  backwards: boolean,
  labels: readonly string[],
  toLabels: readonly string[] | undefined,
): number {
  const degree = degreeOf(planning, relationship, backwards, labels);
  const { length } = relationship;
  const ends = length === undefined ? degree : pathsOf(degree, length.min, length.max);
  if (toLabels === undefined) return ends;
  const others = Math.min(planning.statistics.nodeCount, ...toLabels.map((label) => labelRows(planning, label)));
  return Math.min(1, ends / Math.max(1, others));
}

function degreeOf(planning: Planning, { types, direction }: GraphRelationship, backwards: boolean, labels: readonly string[]): number {
  const { statistics } = planning;
  const ends = endsAt(direction, backwards);
  const plain = (typeRows(planning, types) * ends.length) / Math.max(1, statistics.nodeCount);
  return labels.reduce(
    (least, label) => {
      const count = labelRows(planning, label);
      if (count === 0) return 0;
      const sum = ends.reduce<number>((total, end) => total + endRows(planning, label, end, types), 0);
      return Math.min(least, sum / count);
    },
    labels.length === 0 ? plain : Number.POSITIVE_INFINITY,
  );
}

/** At which ends of its relationships a node is that they are followed from. */
function endsAt(direction: GraphRelationship['direction'], backwards: boolean): readonly (typeof OUT | typeof IN)[] {
  if (direction === 'both') return [OUT, IN];
  return [(direction === 'out') === backwards ? IN : OUT];
}

function endRows(planning: Planning, label: string, end: typeof OUT | typeof IN, types: readonly string[]): number {
  const id = planning.tokens.labelId(label);
  if (id < 0) return 0;
  if (types.length === 0) return planning.statistics.endCount(id, end, ANY_TYPE);
  return types.reduce((sum, type) => {
    const typeId = planning.tokens.typeId(type);
    return sum + (typeId < 0 ? 0 : planning.statistics.endCount(id, end, typeId));
  }, 0);
}

/** The share of nodes with the label among those that the relationship led to. */
export function arrivalShare(planning: Planning, { types, direction, from, to, length }: GraphRelationship, node: string, label: string): number | undefined {
  // Over many relationships a node is found as it is by any.
  if ((length !== undefined && length.max !== 1) || from === to) return undefined;
  const all = typeRows(planning, types);
  if (all === 0) return 0;
  const ends = endsAt(direction, node === to);
  return Math.min(1, ends.reduce<number>((sum, end) => sum + endRows(planning, label, end, types), 0) / (all * ends.length));
}

function pathsOf(degree: number, min: number, max: number | undefined): number {
  let sum = 0;
  for (let hop = min; hop <= Math.min(max ?? min + unboundedHops, min + unboundedHops); hop++) sum += degree ** hop;
  return sum;
}
