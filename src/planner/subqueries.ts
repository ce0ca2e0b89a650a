// Subqueries inside expressions become operators below: EXISTS and patterns as predicates a SemiApply, others
// a CountApply or CollectApply that binds a name, which the expression then reads.

import { failure } from '../errors/catalogue.js';
import type { Expression, Hint, ListComprehension, PatternPart, Quantifier, QuerySubquery } from '../language/ast.js';
import { selectivity } from './cardinality.js';
import { conjuncts, hasSubquery, isSubquery, mapChildren, patternVariables, variable, variablesOf } from './expressions.js';
import { planGraph } from './match.js';
import type { Plan } from './plan.js';
import { and, type Bound, type Part, type Planning } from './planning.js';
import { queryGraph } from './query-graph.js';

/** Keeps rows for which all predicates are true. */
export function filtered(planning: Planning, source: Bound, predicates: readonly Expression[]): Bound {
  return predicates.flatMap(conjuncts).reduce((bound, predicate) => filteredBy(planning, bound, predicate), source);
}

function filteredBy(planning: Planning, source: Bound, predicate: Expression): Bound {
  const negated = predicate.kind === 'Unary' && predicate.operator === 'NOT';
  const core = negated ? predicate.operand : predicate;
  if (core.kind === 'ExistsSubquery' || core.kind === 'PatternExpression') {
    const right = onArgument(planning, source, partsOf(core), core.kind === 'ExistsSubquery' ? core.where : undefined).plan;
    const plan: Plan = { kind: 'SemiApply', left: source.plan, right, negated, rows: source.plan.rows * 0.5 };
    return { plan, variables: source.variables };
  }
  if (core.kind === 'QuerySubquery' && core.use === 'exists') {
    const plan: Plan = { kind: 'SemiApply', left: source.plan, right: queryOnArgument(planning, source, core).plan, negated, rows: source.plan.rows * 0.5 };
    return { plan, variables: source.variables };
  }
  const lifted = lift(planning, source, predicate);
  const rows = lifted.bound.plan.rows * selectivity(planning, predicate);
  return { plan: { kind: 'Filter', source: lifted.bound.plan, predicate: lifted.expression, rows }, variables: lifted.bound.variables };
}

/** `expression` without subqueries, over rows that bind what they give. */
export function lift(planning: Planning, source: Bound, expression: Expression): { readonly bound: Bound; readonly expression: Expression } {
  if (!hasSubquery(expression)) return { bound: source, expression };
  let bound = source;
  const locals = localsOf(expression);
  const replace = (e: Expression): Expression => {
    if (isLoop(e) && hidesItems(e)) {
      const name = planning.fresh('subquery');
      const collected = unwound(planning, bound, e, name);
      bound = collected.bound;
      return ofCollected(e, collected.list, variable(name));
    }
    if (!isSubquery(e)) return mapChildren(e, replace);
    if ([...variablesOf(e)].some((name) => locals.has(name))) {
      throw failure('semanticError', 'A subquery cannot use a variable of the reduce() around it', { position: e.at });
    }
    const name = planning.fresh('subquery');
    bound = applied(planning, bound, e, name);
    if (e.kind !== 'ShortestPath' || e.pattern.shortest === 'all') return variable(name);
    return { kind: 'Function', name: 'head', distinct: false, arguments: [variable(name)], at: e.at };
  };
  const rewritten = replace(expression);
  return { bound, expression: rewritten };
}

/** Lifts several expressions over the same rows. */
export function liftAll(
  planning: Planning,
  source: Bound,
  expressions: readonly Expression[],
): { readonly bound: Bound; readonly expressions: readonly Expression[] } {
  let bound = source;
  const rewritten = expressions.map((expression) => {
    const lifted = lift(planning, bound, expression);
    bound = lifted.bound;
    return lifted.expression;
  });
  return { bound, expressions: rewritten };
}

function applied(planning: Planning, source: Bound, e: Expression, name: string): Bound {
  const rows = source.plan.rows;
  const variables = and(source.variables, [name]);
  if (e.kind === 'PatternComprehension') {
    const right = onArgument(planning, source, [e.pattern], e.where, [e.projection]);
    const collected = lift(planning, right, e.projection);
    return { plan: { kind: 'CollectApply', left: source.plan, right: collected.bound.plan, variable: name, collect: collected.expression, rows }, variables };
  }
  if (e.kind === 'ShortestPath') {
    const right = onArgument(planning, source, [e.pattern], e.where);
    return {
      plan: { kind: 'CollectApply', left: source.plan, right: right.plan, variable: name, collect: variable(e.pattern.path?.name ?? ''), rows },
      variables,
    };
  }
  if (e.kind === 'QuerySubquery') {
    const { plan: right, results } = queryOnArgument(planning, source, e);
    const shared = { left: source.plan, right, variable: name, rows };
    if (e.use !== 'collect') return { plan: { kind: 'CountApply', asExists: e.use === 'exists', ...shared }, variables };
    return { plan: { kind: 'CollectApply', collect: variable(results[0] as string), ...shared }, variables };
  }
  const where = e.kind === 'ExistsSubquery' || e.kind === 'CountSubquery' ? e.where : undefined;
  const right = onArgument(planning, source, partsOf(e), where).plan;
  return { plan: { kind: 'CountApply', left: source.plan, right, variable: name, asExists: e.kind !== 'CountSubquery', rows }, variables };
}

type Loop = ListComprehension | Quantifier;

function isLoop(e: Expression): e is Loop {
  return e.kind === 'ListComprehension' || e.kind === 'Quantifier';
}

/** Whether a subquery in it asks about its items: then these must be rows. */
function hidesItems(e: Loop): boolean {
  const asks = (inner: Expression): boolean => {
    if (isSubquery(inner)) return variablesOf(inner).has(e.variable.name);
    let found = false;
    mapChildren(inner, (child) => {
      found ||= asks(child);
      return child;
    });
    return found;
  };
  return [e.where, e.kind === 'ListComprehension' ? e.projection : undefined].some((inner) => inner !== undefined && asks(inner));
}

/** The items as rows of an UNWIND, and what the loop makes of each collected again: for a quantifier, whether it holds. */
function unwound(planning: Planning, source: Bound, e: Loop, name: string): { readonly bound: Bound; readonly list: Expression } {
  const rows = source.plan.rows;
  const list = lift(planning, source, e.list);
  const given = [...variablesOf(e), ...variablesOf(list.expression)].filter((one) => list.bound.variables.has(one) && one !== e.variable.name);
  const argument: Bound = { plan: { kind: 'Argument', variables: [...new Set(given)], rows: 1 }, variables: new Set(given) };
  const items: Plan = { kind: 'Unwind', source: argument.plan, list: list.expression, variable: e.variable.name, rows: 10 };
  const each: Bound = { plan: items, variables: and(argument.variables, [e.variable.name]) };
  const kept = e.kind === 'ListComprehension' && e.where !== undefined ? filtered(planning, each, [e.where]) : each;
  const made = lift(planning, kept, e.kind === 'Quantifier' ? e.where : (e.projection ?? e.variable));
  const plan: Plan = { kind: 'CollectApply', left: list.bound.plan, right: made.bound.plan, variable: name, collect: made.expression, rows };
  return { bound: { plan, variables: and(list.bound.variables, [name]) }, list: list.expression };
}

/** A loop over nothing but null is null. */
function ofCollected(e: Loop, list: Expression, collected: Expression): Expression {
  const { at } = e;
  const nothing: Expression = { kind: 'Literal', value: null, float: false, at };
  const value: Expression = e.kind === 'Quantifier' ? { ...e, list: collected, where: e.variable } : collected;
  const isNull: Expression = { kind: 'IsNull', operand: list, negated: false, at };
  return { kind: 'Case', subject: undefined, alternatives: [{ when: isNull, then: nothing }], otherwise: value, at };
}

function partsOf(e: Expression): readonly PatternPart[] {
  switch (e.kind) {
    case 'PatternExpression':
      return [e.pattern];
    case 'ExistsSubquery':
    case 'CountSubquery':
      return e.pattern;
    default:
      return [];
  }
}

/** The rows of a whole query for one row of `source`. It sees all that it names of that row, from beginning to end. */
function queryOnArgument(planning: Planning, source: Bound, e: QuerySubquery): Part {
  const given = [...variablesOf(e)].filter((name) => source.variables.has(name));
  const argument: Plan = { kind: 'Argument', variables: given, rows: 1 };
  return planning.planParts({ ...planning, pinned: given }, e.query, { plan: argument, variables: new Set(given) });
}

/** The rows of a pattern for one row of `source`: planned on an Argument with what it, and `also`, need. */
export function onArgument(
  planning: Planning,
  source: Bound,
  parts: readonly PatternPart[],
  where: Expression | undefined,
  also: readonly Expression[] = [],
  hints: readonly Hint[] = [],
): Bound {
  const graph = queryGraph(parts, where, source.variables, planning.fresh, hints);
  const names = new Set([...patternVariables(parts), ...[...also, ...(where === undefined ? [] : [where])].flatMap((e) => [...variablesOf(e)])]);
  const given = [...names].filter((name) => source.variables.has(name));
  const argument: Plan = { kind: 'Argument', variables: given, rows: 1 };
  return planGraph(planning, graph, { plan: argument, variables: new Set(given) }, (bound, predicates) => filtered(planning, bound, predicates));
}

function localsOf(e: Expression): ReadonlySet<string> {
  const locals = new Set<string>();
  const visit = (inner: Expression): Expression => {
    if (inner.kind === 'ListComprehension' || inner.kind === 'Quantifier') locals.add(inner.variable.name);
    if (inner.kind === 'Reduce') locals.add(inner.variable.name).add(inner.accumulator.name);
    return mapChildren(inner, visit);
  };
  visit(e);
  return locals;
}
