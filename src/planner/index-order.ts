// Rows that come in the order of an index need no sorting: an ORDER BY of what an index was asked for is the seek itself,
// forwards or backwards, and the least of them is its first row.
//
// True of the plans from here: from the seek up to where the order counts, every operator gives its rows in the order of
// those it takes, and none writes. The order of an index is that of ORDER BY; it holds no null.

import type { IndexSchema } from '../graph/schema.js';
import type { Expression } from '../language/ast.js';
import { variable } from './expressions.js';
import type { NodeIndexSeek, Plan, Project, RelationshipIndexSeek, SeekPredicate, SortKey } from './plan.js';

interface Wanted {
  readonly expression: Expression;
  readonly descending: boolean;
}

/** The same rows in the order of `keys`, without sorting; undefined where no index gives it. */
export function inIndexOrder(source: Plan, keys: readonly SortKey[]): Plan | undefined {
  return new Ordering([]).plan(
    source,
    keys.map((key) => ({ expression: variable(key.variable), descending: key.descending })),
  );
}

/** The same rows, or those for which `expression` is not null, in the order of it. */
export function existingInIndexOrder(source: Plan, expression: Expression, descending: boolean, indexes: readonly IndexSchema[]): Plan | undefined {
  return new Ordering(indexes).plan(source, [{ expression, descending }]);
}

class Ordering {
  /** May stand in for scans, which also find what has not the property. */
  readonly #indexes: readonly IndexSchema[];

  constructor(indexes: readonly IndexSchema[]) {
    this.#indexes = indexes;
  }

  plan(plan: Plan, wanted: readonly Wanted[]): Plan | undefined {
    switch (plan.kind) {
      case 'NodeIndexSeek':
        return seekInOrder(plan, plan.node, wanted);
      case 'RelationshipIndexSeek':
        return seekInOrder(plan, plan.relationship, wanted);
      case 'NodeByLabelScan': {
        const index = this.#standingIn('node', plan.label, plan.node, wanted);
        const { source, node, rows } = plan;
        return index && this.plan({ kind: 'NodeIndexSeek', source, node, index, predicates: [exists], unique: false, descending: false, rows }, wanted);
      }
      case 'RelationshipTypeScan': {
        const index = plan.types.length === 1 ? this.#standingIn('relationship', plan.types[0] as string, plan.relationship, wanted) : undefined;
        const { source, relationship, from, to, direction, rows } = plan;
        const seek = { source, relationship, from, to, direction, predicates: [exists], descending: false, rows };
        return index && this.plan({ kind: 'RelationshipIndexSeek', index, ...seek }, wanted);
      }
      case 'Project': {
        const below = wanted.map((one) => ({ ...one, expression: beforeProject(plan, one.expression) }));
        return below.every(isKnown) ? this.#overSource(plan, below) : undefined;
      }
      case 'Filter':
      case 'Expand':
      case 'VariableExpand':
      case 'DistinctExpand':
      case 'Unwind':
      case 'BuildPath':
      case 'Distinct':
        return this.#overSource(plan, wanted);
      case 'Apply':
      case 'SemiApply':
      case 'CountApply':
      case 'CollectApply':
      case 'CartesianProduct':
      case 'NodeHashJoin':
      case 'ValueHashJoin': {
        const left = this.plan(plan.left, wanted);
        return left && { ...plan, left };
      }
      default:
        return undefined;
    }
  }

  #overSource<P extends Extract<Plan, { readonly source: Plan }>>(plan: P, wanted: readonly Wanted[]): P | undefined {
    const source = this.plan(plan.source, wanted);
    return source && { ...plan, source };
  }

  #standingIn(entity: IndexSchema['entity'], token: string, name: string, wanted: readonly Wanted[]): IndexSchema | undefined {
    const key = wanted.length === 1 ? keyOf(name, wanted[0]?.expression) : undefined;
    return this.#indexes.find(
      (index) => index.kind === 'range' && index.entity === entity && index.token === token && index.properties.length === 1 && index.properties[0] === key,
    );
  }
}

const exists: SeekPredicate = { kind: 'exists' };

function isKnown(wanted: { readonly expression: Expression | undefined; readonly descending: boolean }): wanted is Wanted {
  return wanted.expression !== undefined;
}

/** The expression over the rows below; undefined for what only the projection makes. */
function beforeProject(plan: Project, e: Expression): Expression | undefined {
  if (e.kind === 'Property' && e.subject.kind === 'Variable') {
    const subject = beforeProject(plan, e.subject);
    return subject?.kind === 'Variable' ? { ...e, subject } : undefined;
  }
  if (e.kind !== 'Variable') return undefined;
  const item = plan.items.find((one) => one.variable === e.name);
  return item?.expression ?? (plan.discard ? undefined : e);
}

function keyOf(name: string, e: Expression | undefined): string | undefined {
  return e?.kind === 'Property' && e.subject.kind === 'Variable' && e.subject.name === name ? e.key : undefined;
}

/** The properties by which a seek gives what it finds for one row, after those that are the same in all of it. */
export function orderedKeys({ index, predicates }: NodeIndexSeek | RelationshipIndexSeek): readonly string[] {
  if (index.kind !== 'range' || predicates.some(({ kind }) => kind === 'in')) return [];
  return index.properties.slice(predicates.filter(({ kind }) => kind === 'equal').length);
}

/** What is asked by equality is the same in all rows; after it come the index's properties in their order, all in one direction. */
function seekInOrder<S extends NodeIndexSeek | RelationshipIndexSeek>(seek: S, name: string, wanted: readonly Wanted[]): S | undefined {
  const { index, predicates, source } = seek;
  if (index.kind !== 'range' || source.kind !== 'Argument' || predicates.some(({ kind }) => kind === 'in')) return undefined;
  const inOrder = [...orderedKeys(seek)];
  const equal = index.properties.slice(0, index.properties.length - inOrder.length);
  let descending: boolean | undefined;
  for (const want of wanted) {
    const key = keyOf(name, want.expression);
    if (key === undefined) return undefined;
    if (equal.includes(key)) continue;
    descending ??= want.descending;
    if (inOrder.shift() !== key || descending !== want.descending) return undefined;
  }
  return { ...seek, descending: descending ?? false };
}
