// Ways to find a node without coming over a relationship: index seeks, seeks by id, label scans, and all nodes.
// Each leaf stands on a source whose rows it extends; a seek may ask for values that those rows bind.

import type { IndexSchema } from '../graph/schema.js';
import type { Expression } from '../language/ast.js';
import { labelRows, listSize, seekRows } from './cardinality.js';
import { hasSubquery, listOf, variablesOf } from './expressions.js';
import type { NodeIndexSeek, Plan, SeekBound, SeekPredicate } from './plan.js';
import type { Planning } from './planning.js';
import type { Predicate } from './query-graph.js';

export interface Leaf {
  readonly plan: Plan;
  /** Predicates that need no further check. */
  readonly solved: readonly Predicate[];
  /** Entries that are looked at for each row of the source. */
  readonly looked: number;
}

/** A predicate of one property of the node, as an index can answer it. */
interface Seekable {
  readonly key: string;
  readonly seek: SeekPredicate;
  readonly solves: readonly Predicate[];
}

export function leaves(planning: Planning, node: string, predicates: readonly Predicate[], source: Plan, bound: ReadonlySet<string>): readonly Leaf[] {
  const own = predicates.filter((predicate) => predicate.needs.has(node) && !hasSubquery(predicate.expression));
  const known = (e: Expression): boolean => !hasSubquery(e) && [...variablesOf(e)].every((name) => bound.has(name));
  const seekables = own.flatMap((predicate) => seekableOf(node, predicate, known));
  const found: Leaf[] = [];
  for (const predicate of own) {
    const label = labelOf(node, predicate.expression);
    if (label !== undefined) {
      found.push(labelScan(planning, node, label, predicate, source));
      for (const index of planning.schema.indexes) {
        if (index.entity !== 'node' || index.token !== label) continue;
        const leaf = indexSeek(planning, node, index, seekables, predicate, source);
        if (leaf !== undefined) found.push(leaf);
      }
    }
    const byId = idSeek(node, predicate, known, source);
    if (byId !== undefined) found.push(byId);
  }
  const all = planning.statistics.nodeCount;
  found.push({ plan: { kind: 'AllNodesScan', source, node, rows: source.rows * all }, solved: [], looked: all });
  return found;
}

function labelOf(node: string, e: Expression): string | undefined {
  if (e.kind !== 'HasLabels' || e.labels.kind !== 'Label') return undefined;
  return e.subject.kind === 'Variable' && e.subject.name === node ? e.labels.name : undefined;
}

function labelScan(planning: Planning, node: string, label: string, predicate: Predicate, source: Plan): Leaf {
  const rows = labelRows(planning, label);
  return { plan: { kind: 'NodeByLabelScan', source, node, label, rows: source.rows * rows }, solved: [predicate], looked: rows };
}

function propertyKey(node: string, e: Expression): string | undefined {
  return e.kind === 'Property' && e.subject.kind === 'Variable' && e.subject.name === node ? e.key : undefined;
}

const mirrored = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function seekableOf(node: string, predicate: Predicate, known: (e: Expression) => boolean): readonly Seekable[] {
  const e = predicate.expression;
  if (e.kind === 'IsNull' && e.negated) {
    const key = propertyKey(node, e.operand);
    return key === undefined ? [] : [{ key, seek: { kind: 'exists' }, solves: [predicate] }];
  }
  if (e.kind !== 'Binary') return [];
  const key = propertyKey(node, e.left);
  if (key !== undefined && known(e.right)) {
    const seek = seekOf(e.operator, e.right);
    return seek === undefined ? [] : [{ key, seek, solves: [predicate] }];
  }
  const other = propertyKey(node, e.right);
  if (other === undefined || !known(e.left) || !(e.operator in mirrored)) return [];
  const seek = seekOf(mirrored[e.operator as keyof typeof mirrored], e.left);
  return seek === undefined ? [] : [{ key: other, seek, solves: [predicate] }];
}

function seekOf(operator: string, value: Expression): SeekPredicate | undefined {
  switch (operator) {
    case '=':
      return { kind: 'equal', value };
    case 'IN':
      return { kind: 'in', list: value };
    case 'STARTS WITH':
      return { kind: 'prefix', value };
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

const order = ['equal', 'in', 'prefix', 'range', 'exists'];

/** The best of what is asked of one property; a lower and an upper bound become one range. */
function bestFor(key: string, seekables: readonly Seekable[]): Seekable | undefined {
  const mine = seekables.filter((s) => s.key === key).sort((a, b) => order.indexOf(a.seek.kind) - order.indexOf(b.seek.kind));
  const best = mine[0];
  if (best?.seek.kind !== 'range') return best;
  const bound = (side: 'lower' | 'upper'): { bound: SeekBound; from: Seekable } | undefined => {
    for (const from of mine) if (from.seek.kind === 'range' && from.seek[side] !== undefined) return { bound: from.seek[side], from };
    return undefined;
  };
  const lower = bound('lower');
  const upper = bound('upper');
  return {
    key,
    seek: { kind: 'range', lower: lower?.bound, upper: upper?.bound },
    solves: [...(lower?.from.solves ?? []), ...(upper?.from.solves ?? [])],
  };
}

/**
 * A prefix of the index's properties by equality, then at most one range or prefix. An entry of the index has all its
 * properties, so the rest must be known to exist: every property needs a predicate that null does not satisfy.
 */
function indexSeek(planning: Planning, node: string, index: IndexSchema, seekables: readonly Seekable[], label: Predicate, source: Plan): Leaf | undefined {
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
  const looked = seekRows(planning, index, predicates, unique);
  const plan: NodeIndexSeek = { kind: 'NodeIndexSeek', source, node, index, predicates, unique, rows: source.rows * looked };
  return { plan, solved: [label, ...used.flatMap((one) => one.solves)], looked };
}

function idSeek(node: string, predicate: Predicate, known: (e: Expression) => boolean, source: Plan): Leaf | undefined {
  const e = predicate.expression;
  if (e.kind !== 'Binary' || (e.operator !== '=' && e.operator !== 'IN')) return undefined;
  const sides =
    e.operator === '='
      ? ([
          [e.left, e.right],
          [e.right, e.left],
        ] as const)
      : ([[e.left, e.right]] as const);
  for (const [call, value] of sides) {
    const by = idFunction(node, call);
    if (by === undefined || !known(value)) continue;
    const ids = e.operator === '=' ? listOf([value]) : value;
    const looked = listSize(ids);
    return { plan: { kind: 'NodeByIdSeek', source, node, ids, by, rows: source.rows * looked }, solved: [predicate], looked };
  }
  return undefined;
}

function idFunction(node: string, e: Expression): 'id' | 'elementId' | undefined {
  const argument = e.kind === 'Function' ? e.arguments[0] : undefined;
  if (e.kind !== 'Function' || argument?.kind !== 'Variable' || argument.name !== node) return undefined;
  const name = e.name.toLowerCase();
  return name === 'id' ? 'id' : name === 'elementid' ? 'elementId' : undefined;
}
