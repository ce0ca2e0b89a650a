// WITH and RETURN: items or groups, then DISTINCT, order, SKIP and LIMIT, in that order. The WHERE of a WITH stands above.

import { AssertionError, assert } from '../base/assert.js';
import type { Expression, Projection, ProjectionItem } from '../language/ast.js';
import { existingInIndexOrder, inIndexOrder } from './index-order.js';
import type { AggregateFunction, AggregateItem, Plan, ProjectItem, SortKey } from './plan.js';
import type { Bound, Planning } from './planning.js';
import { liftAll } from './subqueries.js';

const aggregates: ReadonlyMap<string, AggregateFunction> = new Map(
  (['count', 'sum', 'avg', 'min', 'max', 'collect', 'stDev', 'stDevP', 'percentileCont', 'percentileDisc'] as const).map((name) => [name.toLowerCase(), name]),
);

function isAggregate(e: Expression): boolean {
  return e.kind === 'CountStar' || (e.kind === 'Function' && aggregates.has(e.name.toLowerCase()));
}

/** `names`: what each item is called in the rows. */
export function planProjection(planning: Planning, source: Bound, projection: Projection): Bound {
  const names = projection.items.map((item) => item.name);
  let bound = projection.items.some((item) => isAggregate(item.expression))
    ? aggregated(planning, source, projection.items)
    : projected(planning, source, projection.items);
  if (projection.distinct) bound = { ...bound, plan: { kind: 'Distinct', source: bound.plan, variables: names, rows: bound.plan.rows } };
  return { ...bound, plan: cut(projection, bound.plan) };
}

function projected(planning: Planning, source: Bound, items: readonly ProjectionItem[]): Bound {
  const lifted = liftAll(
    planning,
    source,
    items.map((item) => item.expression),
  );
  const made = items.map((item, index): ProjectItem => ({ variable: item.name, expression: lifted.expressions[index] as Expression }));
  const plan: Plan = { kind: 'Project', source: lifted.bound.plan, items: made, discard: true, rows: source.plan.rows };
  return { plan, variables: new Set(items.map((item) => item.name)) };
}

function aggregated(planning: Planning, source: Bound, items: readonly ProjectionItem[]): Bound {
  const inner = items.map((item) => (isAggregate(item.expression) ? argumentsOf(item.expression) : [item.expression]));
  const lifted = liftAll(planning, source, inner.flat());
  const keys: ProjectItem[] = [];
  const made: AggregateItem[] = [];
  let taken = 0;
  items.forEach((item, index) => {
    const own = lifted.expressions.slice(taken, taken + (inner[index] as readonly Expression[]).length);
    taken += own.length;
    if (isAggregate(item.expression)) made.push(aggregateItem(item.name, item.expression, own));
    else keys.push({ variable: item.name, expression: own[0] as Expression });
  });
  const rows = keys.length === 0 ? 1 : Math.sqrt(source.plan.rows);
  const first = keys.length === 0 && made.length === 1 ? firstOf(planning, lifted.bound.plan, made[0] as AggregateItem) : undefined;
  const plan: Plan = { kind: 'Aggregate', source: first ?? lifted.bound.plan, keys, items: made, rows };
  return { plan, variables: new Set(items.map((item) => item.name)) };
}

/** The row that alone makes a min() or max(). */
function firstOf(planning: Planning, source: Plan, item: AggregateItem): Plan | undefined {
  if (item.argument === undefined || (item.function !== 'min' && item.function !== 'max')) return undefined;
  const inOrder = existingInIndexOrder(source, item.argument, item.function === 'max', planning.schema.indexes);
  return inOrder && { kind: 'Limit', source: inOrder, count: { kind: 'Literal', value: 1, float: false, at: item.argument.at }, rows: 1 };
}

function argumentsOf(e: Expression): readonly Expression[] {
  return e.kind === 'Function' ? e.arguments : [];
}

function aggregateItem(variable: string, e: Expression, own: readonly Expression[]): AggregateItem {
  if (e.kind === 'CountStar') return { variable, function: 'countStar', distinct: false, argument: undefined, parameter: undefined };
  assert(e.kind === 'Function', 'an aggregate is a function');
  const name = aggregates.get(e.name.toLowerCase());
  assert(name !== undefined, `an aggregate function: ${e.name}`);
  return { variable, function: name, distinct: e.distinct, argument: own[0], parameter: own[1] };
}

function cut(projection: Projection, source: Plan): Plan {
  const keys = projection.orderBy.map((item): SortKey => {
    if (item.expression.kind !== 'Variable') throw new AssertionError('a sort key is a projected variable');
    return { variable: item.expression.name, descending: item.descending };
  });
  const { skip, limit } = projection;
  const inOrder = keys.length === 0 ? source : inIndexOrder(source, keys);
  let plan = inOrder ?? source;
  if (inOrder === undefined && limit !== undefined && skip === undefined)
    return { kind: 'Top', source, keys, limit, rows: Math.min(source.rows, bounded(limit)) };
  if (inOrder === undefined) plan = { kind: 'Sort', source, keys, rows: source.rows };
  if (skip !== undefined) plan = { kind: 'Skip', source: plan, count: skip, rows: plan.rows };
  if (limit !== undefined) plan = { kind: 'Limit', source: plan, count: limit, rows: Math.min(plan.rows, bounded(limit)) };
  return plan;
}

function bounded(limit: Expression): number {
  return limit.kind === 'Literal' && typeof limit.value === 'number' ? limit.value : 10;
}
