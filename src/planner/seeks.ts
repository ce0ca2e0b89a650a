// What an index can be asked: the predicates of one variable's properties, put together for each index of a label or type.
//
// An entry of an index has all its properties, so an index answers only where every one of them is known to exist: each
// needs a predicate that null does not satisfy.

import type { IndexSchema } from '../graph/schema.js';
import type { Expression } from '../language/ast.js';
import { seekRows } from './cardinality.js';
import { disjuncts, hasSubquery, listOf } from './expressions.js';
import type { SeekBound, SeekPredicate } from './plan.js';
import type { Planning } from './planning.js';
import { pointSeeks } from './point-seeks.js';
import type { Predicate } from './query-graph.js';
import { textSeekOf } from './text-seeks.js';

/** One index asked for a prefix of its properties. */
export interface Seek {
  readonly index: IndexSchema;
  readonly predicates: readonly SeekPredicate[];
  /** At most one entity for each equal key. */
  readonly unique: boolean;
  /** Of these, what is to be checked of all that the index finds. */
  readonly checked: readonly Predicate[];
  /** Predicates that need no further check, or which are checked. */
  readonly solved: readonly Predicate[];
  /** Entries that are looked at. */
  readonly looked: number;
}

/** A predicate of one property, as an index can answer it. */
export interface Seekable {
  readonly key: string;
  readonly seek: SeekPredicate;
  readonly solves: readonly Predicate[];
}

/** Of the nodes with the label, or the relationships of the type, `token`. `known`: what can be worked out before they are found. */
export function seeksOf(
  planning: Planning,
  of: { readonly entity: IndexSchema['entity']; readonly token: string; readonly variable: string },
  predicates: readonly Predicate[],
  known: (e: Expression) => boolean,
): readonly Seek[] {
  const indexes = planning.schema.indexes.filter((index) => index.entity === of.entity && index.token === of.token);
  if (indexes.length === 0) return [];
  const seekables = predicates.flatMap((predicate) => seekableOf(of.variable, predicate, known));
  const seeks = indexes.flatMap((index) => {
    if (index.kind === 'point') return pointSeeks(planning, index, of.variable, predicates, known);
    return (index.kind === 'text' ? textSeekOf : seekOf)(planning, index, seekables) ?? [];
  });
  // Of two that look at as many entries the first is taken: the one that leaves less to check.
  return seeks.sort((a, b) => answered(b) - answered(a));
}

function answered({ solved, checked }: Seek): number {
  return solved.length - checked.length;
}

/** A prefix of the index's properties by equality, then at most one range or prefix. */
function seekOf(planning: Planning, index: IndexSchema, seekables: readonly Seekable[]): Seek | undefined {
  const asked = index.properties.map((key) => bestFor(key, seekables));
  if (asked.some((one) => one === undefined)) return undefined;
  const used: Seekable[] = [];
  for (const one of asked as Seekable[]) {
    used.push(one);
    if (one.seek.kind !== 'equal' && one.seek.kind !== 'in') break;
  }
  const predicates = used.map((one) => one.seek);
  const unique =
    planning.schema.constraints.some((constraint) => constraint.index === index.name) &&
    predicates.length === index.properties.length &&
    predicates.every((p) => p.kind === 'equal' || p.kind === 'in');
  const existing = (asked as Seekable[]).filter((one) => one.seek.kind === 'exists');
  const solved = [...new Set([...used, ...existing].flatMap((one) => one.solves))];
  return { index, predicates, unique, checked: [], solved, looked: seekRows(planning, index, predicates, unique) };
}

/** What a range index answers, the best first. */
const order = ['equal', 'in', 'prefix', 'range', 'exists'];

/** The best of what is asked of one property; a lower and an upper bound become one range. */
function bestFor(key: string, seekables: readonly Seekable[]): Seekable | undefined {
  const mine = seekables.filter((s) => s.key === key && order.includes(s.seek.kind)).sort((a, b) => order.indexOf(a.seek.kind) - order.indexOf(b.seek.kind));
  const best = mine[0];
  if (best === undefined) return undefined;
  // Whatever the index finds exists.
  const existing = mine.filter((s) => s.seek.kind === 'exists').flatMap((s) => s.solves);
  if (best.seek.kind !== 'range') return { ...best, solves: [...best.solves, ...existing] };
  const bound = (side: 'lower' | 'upper'): { bound: SeekBound; from: Seekable } | undefined => {
    for (const from of mine) if (from.seek.kind === 'range' && from.seek[side] !== undefined) return { bound: from.seek[side], from };
    return undefined;
  };
  const [lower, upper] = [bound('lower'), bound('upper')];
  return {
    key,
    seek: { kind: 'range', lower: lower?.bound, upper: upper?.bound },
    solves: [...(lower?.from.solves ?? []), ...(upper?.from.solves ?? []), ...existing],
  };
}

function propertyKey(variable: string, e: Expression): string | undefined {
  return e.kind === 'Property' && e.subject.kind === 'Variable' && e.subject.name === variable ? e.key : undefined;
}

const mirrored = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function seekableOf(variable: string, predicate: Predicate, known: (e: Expression) => boolean): readonly Seekable[] {
  const e = predicate.expression;
  if (!predicate.needs.has(variable) || hasSubquery(e)) return [];
  if (e.kind === 'IsNull' && e.negated) {
    const key = propertyKey(variable, e.operand);
    return key === undefined ? [] : [{ key, seek: { kind: 'exists' }, solves: [predicate] }];
  }
  const alternatives = disjuncts(e).map((one) => comparison(variable, one, known));
  const first = alternatives[0];
  if (first === undefined) return [];
  if (alternatives.length === 1) return [{ ...first, solves: [predicate] }];
  const values = alternatives.flatMap((one) => (one?.key === first.key && one.seek.kind === 'equal' ? [one.seek.value] : []));
  return values.length < alternatives.length ? [] : [{ key: first.key, seek: { kind: 'in', list: listOf(values) }, solves: [predicate] }];
}

function comparison(variable: string, e: Expression, known: (e: Expression) => boolean): Pick<Seekable, 'key' | 'seek'> | undefined {
  if (e.kind !== 'Binary') return undefined;
  const key = propertyKey(variable, e.left);
  if (key !== undefined && known(e.right)) {
    const seek = predicateOf(e.operator, e.right);
    return seek && { key, seek };
  }
  const other = propertyKey(variable, e.right);
  if (other === undefined || !known(e.left) || !(e.operator in mirrored)) return undefined;
  const seek = predicateOf(mirrored[e.operator as keyof typeof mirrored], e.left);
  return seek && { key: other, seek };
}

function predicateOf(operator: string, value: Expression): SeekPredicate | undefined {
  switch (operator) {
    case '=':
      return { kind: 'equal', value };
    case 'IN':
      return { kind: 'in', list: value };
    case 'STARTS WITH':
      return { kind: 'prefix', value };
    case 'ENDS WITH':
      return { kind: 'suffix', value };
    case 'CONTAINS':
      return { kind: 'contains', value };
    case '>':
    case '>=':
      return { kind: 'range', lower: { value, inclusive: operator === '>=' }, upper: undefined };
    case '<':
    case '<=':
      return { kind: 'range', lower: undefined, upper: { value, inclusive: operator === '<=' } };
    default:
      return undefined;
  }
}
