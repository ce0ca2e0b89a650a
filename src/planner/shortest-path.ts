// shortestPath() and allShortestPaths() on rows that bind both ends. Which predicates the search itself can ask: of every
// relationship or every node, one by one, or of the whole path.

import { failure } from '../errors/catalogue.js';
import type { Expression } from '../language/ast.js';
import { rewrite } from '../semantics/tree.js';
import { conjunction, hasSubquery, variable, variablesOf } from './expressions.js';
import type { EachPredicate, Plan } from './plan.js';
import { type GraphShortestPath, namesOf, type Predicate } from './query-graph.js';

interface Rows {
  readonly plan: Plan;
  readonly open: readonly Predicate[];
}

/** `isReady`: all that a predicate needs is bound once the path is. */
export function shortestPath({ plan: source, open }: Rows, asked: GraphShortestPath, isReady: (p: Predicate) => boolean): Rows {
  const own = namesOf(asked);
  const taken = open.filter((p) => own.some((name) => p.needs.has(name)) && isReady(p));
  const relationshipPredicates: EachPredicate[] = [];
  const nodePredicates: EachPredicate[] = [];
  const whole: Expression[] = [];
  for (const { expression } of taken) {
    if (hasSubquery(expression))
      throw failure('featureMissing', 'Subqueries are not supported in predicates on a shortest path. Find the path first, then filter behind a WITH.', {
        position: expression.at,
      });
    const each = eachOf(expression, asked);
    if (each === undefined) whole.push(ofList(expression, asked));
    else (each.of === 'nodes' ? nodePredicates : relationshipPredicates).push(each);
  }
  const { path, from, to, relationships, single, direction, types, min, max, all } = asked;
  const search = { path, from, to, relationship: relationships, direction, types, min, max, all };
  const predicates = { relationshipPredicates, nodePredicates, predicate: conjunction(whole) };
  const plan: Plan = { kind: 'ShortestPath', source, ...search, ...predicates, rows: source.rows };
  const rest = open.filter((p) => !taken.includes(p));
  if (single === undefined) return { plan, open: rest };
  const items = [{ variable: single, expression: first(relationships) }];
  return { plan: { kind: 'Project', source: plan, items, discard: false, rows: plan.rows }, open: rest };
}

interface Each extends EachPredicate {
  readonly of: 'nodes' | 'relationships';
}

/** `all(x IN relationships(p) WHERE …)`, `none(x IN nodes(p) WHERE …)`, and whatever is asked of the only relationship. */
function eachOf(e: Expression, asked: GraphShortestPath): Each | undefined {
  const { single, path } = asked;
  const needs = variablesOf(e);
  if (single !== undefined && needs.has(single) && !needs.has(path)) return { of: 'relationships', variable: single, predicate: e };
  if (e.kind !== 'Quantifier' || (e.quantifier !== 'all' && e.quantifier !== 'none')) return undefined;
  const of = listed(e.list, asked);
  const inner = variablesOf(e.where);
  if (of === undefined || namesOf(asked).some((name) => inner.has(name))) return undefined;
  const predicate: Expression = e.quantifier === 'all' ? e.where : { kind: 'Unary', operator: 'NOT', operand: e.where, at: e.at };
  return { of, variable: e.variable.name, predicate };
}

function listed(list: Expression, { path, relationships }: GraphShortestPath): Each['of'] | undefined {
  if (list.kind === 'Variable') return list.name === relationships ? 'relationships' : undefined;
  if (list.kind !== 'Function' || list.arguments.length !== 1) return undefined;
  const [of] = list.arguments;
  const name = list.name.toLowerCase();
  if (of?.kind !== 'Variable' || of.name !== path) return undefined;
  return name === 'nodes' || name === 'relationships' ? name : undefined;
}

/** Within the search the only relationship is the first of the list. */
function ofList(e: Expression, { single, relationships }: GraphShortestPath): Expression {
  if (single === undefined) return e;
  return rewrite(e, (part) => (part.kind === 'Variable' && part.name === single ? first(relationships) : part));
}

const start = { offset: 0, line: 1, column: 1 };

function first(list: string): Expression {
  return { kind: 'Subscript', subject: variable(list), index: { kind: 'Literal', value: 0, float: false, at: start }, at: start };
}
