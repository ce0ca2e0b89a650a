// A checked statement in canonical form becomes a plan: clause upon clause, each on the rows of the one before.

import { assert, unreachable } from '../base/assert.js';
import type { GraphSchema } from '../graph/schema.js';
import type { GraphStatistics } from '../graph/statistics.js';
import type { CallProcedure, CallSubquery, Clause, Foreach, Match, Projection, Query, SchemaCommand, SingleQuery } from '../language/ast.js';
import { CountsRead } from './counts-read.js';
import { containsWrite, isSteady } from './eagerness.js';
import { conjunction, variable } from './expressions.js';
import { planGraph } from './match.js';
import { type Pass, passes } from './passes.js';
import type { Plan, PlannedQuery } from './plan.js';
import { inputs, isLeaf } from './plan-tree.js';
import { and, type Bound, planning as newPlanning, type Part, type Planning, type Tokens } from './planning.js';
import { planProjection } from './projection.js';
import { queryGraph } from './query-graph.js';
import { filtered, lift, liftAll, onArgument } from './subqueries.js';
import { planCreate, planDelete, planItems, planMerge } from './writes.js';

/** What planning needs of a checked statement. */
export interface StatementToPlan {
  readonly statement: Query | SchemaCommand;
  /** Where errors show the place. */
  readonly text: string;
  /** Column names as shown; the last RETURN's (or standalone CALL's) variables are in the same order. */
  readonly columns: readonly string[];
  readonly parameters: readonly string[];
  /** A command that writes through the procedure it calls. */
  readonly administration: object | undefined;
}

/** What becomes of a plan, and who looks on. */
export interface PlanningOptions {
  /** All of them, unless a test leaves some out. */
  readonly passes?: readonly Pass[];
  /** Told the plan as it was first made, and after each pass. */
  readonly after?: PlanWatcher;
}

export type PlanWatcher = (pass: Pick<Pass, 'name' | 'broken'>, plan: Plan, schema: GraphSchema) => void;

const made: Pick<Pass, 'name' | 'broken'> = { name: 'planned', broken: () => undefined };

export function planQuery(
  checked: StatementToPlan,
  schema: GraphSchema,
  statistics: GraphStatistics,
  tokens: Tokens,
  options: PlanningOptions = {},
): PlannedQuery {
  const { statement, text, columns, parameters } = checked;
  const counts = new CountsRead(statistics);
  const shared = { columns, parameters, counts };
  if (statement.kind !== 'Query')
    return { ...shared, plan: { kind: 'SchemaWrite', command: statement, rows: 0 }, writes: true, schemaWrite: true, touchesGraph: true };
  let plan = planRoot(newPlanning(text, schema, counts, tokens, planParts), statement, columns);
  options.after?.(made, plan, schema);
  for (const pass of options.passes ?? passes) {
    plan = pass.run(plan, schema);
    options.after?.(pass, plan, schema);
  }
  const changes = containsWrite(plan);
  return { ...shared, plan, writes: changes || checked.administration !== undefined, schemaWrite: false, touchesGraph: changes || looks(plan) };
}

/** Whether anything of the graph's content is looked for. */
function looks(plan: Plan): boolean {
  return isLeaf(plan) || inputs(plan).some(looks);
}

function planRoot(planning: Planning, query: Query, columns: readonly string[]): Plan {
  const { plan, results } = planParts(planning, query, { plan: { kind: 'Argument', variables: [], rows: 1 }, variables: new Set() });
  if (results.length === 0) return { kind: 'EmptyResult', source: plan, rows: 0 };
  return { kind: 'ProduceResults', source: plan, rows: plan.rows, columns: results.map((name, index) => ({ name: columns[index] ?? name, variable: name })) };
}

/** The query's rows for one row, which is its Argument. */
function planParts(planning: Planning, query: Query, start: Bound): Part {
  const [first, ...others] = query.parts.map((part) => planSingle(planning, part, start));
  assert(first !== undefined, 'a query has a part');
  if (others.length === 0) return first;
  assert(first.results.length > 0, 'parts of a UNION return rows');
  let plan = first.plan;
  for (const other of others) {
    const right = renamed(other, first.results);
    plan = { kind: 'Union', left: plan, right, variables: first.results, rows: plan.rows + right.rows };
  }
  if (!query.unionAll) plan = { kind: 'Distinct', source: plan, variables: first.results, rows: plan.rows };
  return { plan, results: first.results, variables: new Set(first.results) };
}

function renamed(part: Part, names: readonly string[]): Plan {
  if (names.every((name, index) => name === part.results[index])) return part.plan;
  const items = names.map((name, index) => ({ variable: name, expression: variable(part.results[index] as string) }));
  return { kind: 'Project', source: part.plan, items, discard: true, rows: part.plan.rows };
}

function planSingle(planning: Planning, query: SingleQuery, start: Bound): Part {
  const bound = withEarlierChecks(query.clauses).reduce((before, clause) => planClause(planning, before, clause), start);
  const last = query.clauses.at(-1);
  if (last?.kind === 'Return') return { ...bound, results: last.projection.items.map((item) => item.name) };
  if (last?.kind === 'CallProcedure' && query.clauses.length === 1) return { ...bound, results: (last.yield ?? []).map((item) => item.name) };
  return { ...bound, results: [] };
}

/** `MATCH … WITH n WHERE …`: what a WITH only hands on may be checked where it is found, by an index too. */
function withEarlierChecks(clauses: readonly Clause[]): readonly Clause[] {
  const made: Clause[] = [];
  for (const clause of clauses) {
    const before = made.at(-1);
    if (clause.kind !== 'With' || clause.projection.where === undefined || before?.kind !== 'Match' || before.optional || !handsOn(clause.projection)) {
      made.push(clause);
      continue;
    }
    const { where } = clause.projection;
    made[made.length - 1] = { ...before, where: conjunction(before.where === undefined ? [where] : [before.where, where]) };
    made.push({ ...clause, projection: { ...clause.projection, where: undefined } });
  }
  return made;
}

function handsOn({ items, distinct, orderBy, skip, limit }: Projection): boolean {
  if (distinct || orderBy.length > 0 || skip !== undefined || limit !== undefined) return false;
  return items.every(({ expression, name }) => expression.kind === 'Variable' && expression.name === name);
}

function planClause(planning: Planning, source: Bound, clause: Clause): Bound {
  switch (clause.kind) {
    case 'Match':
      return clause.optional ? planOptional(planning, source, clause) : planMatch(planning, source, clause);
    case 'Unwind': {
      const { bound, expression } = lift(planning, source, clause.list);
      const plan: Plan = { kind: 'Unwind', source: bound.plan, list: expression, variable: clause.variable.name, rows: bound.plan.rows * 10 };
      return { plan, variables: and(bound.variables, [clause.variable.name]) };
    }
    case 'With':
      return planWith(planning, source, clause.projection);
    case 'Return':
      return planProjection(planning, source, clause.projection);
    case 'Create':
      return planCreate(planning, source, clause);
    case 'Merge':
      return planMerge(planning, source, clause);
    case 'Set':
    case 'Remove':
      return planItems(planning, source, clause.items);
    case 'Delete':
      return planDelete(planning, source, clause);
    case 'Foreach':
      return planForeach(planning, source, clause);
    case 'CallSubquery':
      return planSubquery(planning, source, clause);
    case 'CallProcedure':
      return planCall(planning, source, clause);
    default:
      return unreachable(clause);
  }
}

function planMatch(planning: Planning, source: Bound, clause: Match): Bound {
  const graph = queryGraph(clause.pattern, clause.where, source.variables, planning.fresh, clause.hints);
  return planGraph(planning, graph, source, (bound, predicates) => filtered(planning, bound, predicates));
}

function planOptional(planning: Planning, source: Bound, clause: Match): Bound {
  const right = onArgument(planning, source, clause.pattern, clause.where, [], clause.hints);
  const added = [...right.variables].filter((name) => !source.variables.has(name));
  const left = source.plan;
  const rows = left.rows * Math.max(1, right.plan.rows);
  const optional: Plan = { kind: 'Optional', source: right.plan, variables: added, rows: Math.max(1, right.plan.rows) };
  return { plan: { kind: 'Apply', left, right: optional, rows }, variables: and(source.variables, added) };
}

function planForeach(planning: Planning, source: Bound, clause: Foreach): Bound {
  const { bound, expression } = lift(planning, source, clause.list);
  const variable = clause.variable.name;
  const given = and(bound.variables, [variable]);
  const start: Bound = { plan: { kind: 'Argument', variables: [...given], rows: 1 }, variables: given };
  const right = clause.clauses.reduce((before, inner) => planClause(planning, before, inner), start).plan;
  return { plan: { kind: 'Foreach', left: bound.plan, right, list: expression, variable, rows: bound.plan.rows }, variables: bound.variables };
}

function planSubquery(planning: Planning, source: Bound, clause: CallSubquery): Bound {
  const given = clause.imports.map(({ name }) => name);
  const start: Bound = { plan: { kind: 'Argument', variables: given, rows: 1 }, variables: new Set(given) };
  const { plan: right, results } = planParts({ ...planning, pinned: clause.scoped ? given : [] }, clause.query, start);
  const left = source.plan;
  if (results.length === 0) return { ...source, plan: { kind: 'SubqueryForeach', left, right, rows: left.rows } };
  const variables = and(source.variables, results);
  const rows = left.rows * right.rows;
  // What is the same for every row is found once.
  const once = given.length === 0 && left.kind !== 'Argument' && !containsWrite(left) && isSteady(right);
  return { plan: { kind: once ? 'CartesianProduct' : 'Apply', left, right, rows }, variables };
}

function planWith(planning: Planning, source: Bound, projection: Projection): Bound {
  const { where } = projection;
  const projected = withPinned(planning, planProjection(planning, source, projection));
  return where === undefined ? projected : filtered(planning, projected, [where]);
}

/** What a WITH left out is bound again: it has not changed since the subquery began. */
function withPinned({ pinned }: Planning, { plan, variables }: Bound): Bound {
  if (pinned.every((name) => variables.has(name))) return { plan, variables };
  const left: Plan = { kind: 'Argument', variables: pinned, rows: 1 };
  return { plan: { kind: 'Apply', left, right: plan, rows: plan.rows }, variables: and(variables, pinned) };
}

function planCall(planning: Planning, source: Bound, clause: CallProcedure): Bound {
  const { bound, expressions } = liftAll(planning, source, clause.arguments);
  const yields = (clause.yield ?? []).map((item) => ({ column: item.expression.kind === 'Variable' ? item.expression.name : item.name, variable: item.name }));
  const plan: Plan = { kind: 'ProcedureCall', source: bound.plan, name: clause.name, arguments: expressions, yields, rows: bound.plan.rows * 10 };
  const called = {
    plan,
    variables: and(
      bound.variables,
      yields.map((one) => one.variable),
    ),
  };
  return clause.where === undefined ? called : filtered(planning, called, [clause.where]);
}
