// Checks what is true of every plan: an operator reads only what is bound below it, or handed in by the Apply around it; and binds
// nothing that is bound already. For tests, after each pass.

import { identifiersOf, operatorName } from './explain.js';
import { variablesOf } from './expressions.js';
import type { Plan } from './plan.js';
import { inputs } from './plan-tree.js';
import { expressionsOf } from './touched.js';

/** The first thing that is wrong with a plan; undefined where nothing is. */
export function brokenPlan(plan: Plan): string | undefined {
  return brokenOver(plan, new Set());
}

function brokenOver(plan: Plan, outer: ReadonlySet<string>): string | undefined {
  for (const input of inputs(plan)) {
    const broken = brokenOver(input, outerOf(plan, input, outer));
    if (broken !== undefined) return broken;
  }
  if (plan.kind === 'Argument') return missing(plan, plan.variables, outer);
  const below = new Set([...outer, ...inputs(plan).flatMap(identifiersOf)]);
  return missing(plan, readBy(plan), below);
}

/** What is bound beside an input: the right side of an Apply has what the left binds. */
function outerOf(plan: Plan, input: Plan, outer: ReadonlySet<string>): ReadonlySet<string> {
  switch (plan.kind) {
    case 'Apply':
    case 'SemiApply':
    case 'CountApply':
    case 'CollectApply':
    case 'SubqueryForeach':
      return input === plan.left ? outer : new Set([...outer, ...identifiersOf(plan.left)]);
    case 'Foreach':
      return input === plan.left ? outer : new Set([...outer, ...identifiersOf(plan.left), plan.variable]);
    case 'MergePattern':
      return input === plan.source ? outer : new Set([...outer, ...identifiersOf(plan.source)]);
    default:
      return outer;
  }
}

function readBy(plan: Plan): readonly string[] {
  const own = new Set<string>();
  const add = (...names: readonly string[]) => {
    for (const name of names) own.add(name);
  };
  // What expressions of MERGE and of walks read may be bound by the operator itself.
  if (plan.kind !== 'MergePattern' && plan.kind !== 'CreatePattern') for (const e of expressionsOf(plan)) add(...variablesOf(e));
  switch (plan.kind) {
    case 'Expand':
      return [...own, plan.from, ...(plan.into ? [plan.to] : []), ...plan.distinctFrom];
    case 'VariableExpand':
      if (plan.each !== undefined) own.delete(plan.each.variable);
      return [...own, plan.from, ...(plan.into ? [plan.to] : []), ...plan.distinctFrom];
    case 'DistinctExpand':
      for (const { relationship, node } of plan.steps) for (const each of [relationship, node]) if (each !== undefined) own.delete(each.variable);
      return [...own, plan.from];
    case 'ShortestPath':
      for (const { variable } of [...plan.relationshipPredicates, ...plan.nodePredicates]) own.delete(variable);
      for (const name of [plan.path, plan.relationship]) own.delete(name);
      return [...own, plan.from, plan.to];
    case 'NodeHashJoin':
      return plan.nodes;
    case 'Distinct':
    case 'Optional':
      return plan.variables;
    case 'Sort':
    case 'Top':
      return plan.keys.map(({ variable }) => variable);
    case 'BuildPath':
      return [...plan.nodes, ...plan.relationships.map(({ variable }) => variable)];
    case 'ProduceResults':
      return plan.columns.map(({ variable }) => variable);
    default:
      return [...own];
  }
}

function missing(plan: Plan, names: readonly string[], bound: ReadonlySet<string>): string | undefined {
  const unbound = names.filter((name) => !bound.has(name));
  return unbound.length === 0 ? undefined : `${operatorName(plan)} reads ${unbound.map((name) => name.trim()).join(', ')}, which nothing below it binds`;
}
