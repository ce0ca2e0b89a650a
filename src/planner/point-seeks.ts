// What an index of points can be asked: how far a point is from another, whether it lies between two corners, whether it is the same.
//
//   point.distance(n.p, centre) < radius     its arguments, and the sides, in either order; also <=
//   point.withinBBox(n.p, low, high)
//   n.p = point(…)                           the index has no other values, so what is compared must be known to be a point
//
// The index finds at least what satisfies the predicate. So each is checked again, and what is null, or no point, or in another
// reference system is as it would be without the index.

import type { IndexSchema } from '../graph/schema.js';
import type { Expression } from '../language/ast.js';
import { seekRows } from './cardinality.js';
import { hasSubquery } from './expressions.js';
import type { SeekPredicate } from './plan.js';
import type { Planning } from './planning.js';
import type { Predicate } from './query-graph.js';
import type { Seek } from './seeks.js';

/** One for each predicate that the index can be asked. `known`: what can be worked out before the points are found. */
export function pointSeeks(
  planning: Planning,
  index: IndexSchema,
  variable: string,
  predicates: readonly Predicate[],
  known: (e: Expression) => boolean,
): readonly Seek[] {
  const isPoint = (e: Expression | undefined) =>
    e?.kind === 'Property' && e.key === index.properties[0] && e.subject.kind === 'Variable' && e.subject.name === variable;
  return predicates.flatMap((predicate) => {
    if (!predicate.needs.has(variable) || hasSubquery(predicate.expression)) return [];
    const asked = askedBy(predicate.expression, isPoint, known);
    if (asked === undefined) return [];
    return { index, predicates: [asked], unique: false, checked: [predicate], solved: [predicate], looked: seekRows(planning, index, [asked], false) };
  });
}

type Test = (e: Expression) => boolean;

function askedBy(e: Expression, isPoint: Test, known: Test): SeekPredicate | undefined {
  if (e.kind === 'Function') return boxIn(e, isPoint, known);
  if (e.kind !== 'Binary') return undefined;
  switch (e.operator) {
    case '=':
      return equalTo(e.left, e.right, isPoint, known) ?? equalTo(e.right, e.left, isPoint, known);
    case '<':
    case '<=':
      return distanceIn(e.left, e.right, e.operator === '<=', isPoint, known);
    case '>':
    case '>=':
      return distanceIn(e.right, e.left, e.operator === '>=', isPoint, known);
    default:
      return undefined;
  }
}

function boxIn(e: Expression, isPoint: Test, known: Test): SeekPredicate | undefined {
  const [point, lowerLeft, upperRight] = argumentsOf(e, 'point.withinbbox');
  if (point === undefined || lowerLeft === undefined || upperRight === undefined) return undefined;
  return isPoint(point) && known(lowerLeft) && known(upperRight) ? { kind: 'box', lowerLeft, upperRight } : undefined;
}

function distanceIn(e: Expression, radius: Expression, inclusive: boolean, isPoint: Test, known: Test): SeekPredicate | undefined {
  const [one, other] = argumentsOf(e, 'point.distance', 'distance');
  if (one === undefined || other === undefined || !known(radius)) return undefined;
  const centre = isPoint(one) ? other : isPoint(other) ? one : undefined;
  return centre !== undefined && known(centre) ? { kind: 'distance', centre, radius, inclusive } : undefined;
}

function equalTo(point: Expression, value: Expression, isPoint: Test, known: Test): SeekPredicate | undefined {
  return isPoint(point) && argumentsOf(value, 'point').length === 1 && known(value) ? { kind: 'equal', value } : undefined;
}

function argumentsOf(e: Expression, ...names: readonly string[]): readonly Expression[] {
  return e.kind === 'Function' && names.includes(e.name.toLowerCase()) ? e.arguments : [];
}
