// Plans one query graph on top of a source: its components one after the other, or apart and then joined by their values. Within a
// component join-order.ts decides.

import type { Expression } from '../language/ast.js';
import { containsWrite } from './eagerness.js';
import { hasSubquery, variablesOf } from './expressions.js';
import { checkFollowable, checkHints, followedBy } from './hints.js';
import { cheapestOrder } from './join-order.js';
import type { Plan } from './plan.js';
import { and, type Bound, type Planning } from './planning.js';
import { components, type GraphRelationship, type QueryGraph } from './query-graph.js';
import { type AddFilter, type State, Steps } from './steps.js';

const argument: Plan = { kind: 'Argument', variables: [], rows: 1 };

export function planGraph(planning: Planning, graph: QueryGraph, source: Bound, addFilter: AddFilter): Bound {
  checkHints(graph.hints, planning);
  const steps = new Steps(planning, graph, addFilter);
  const nodeSets = [...components(graph, source.variables)];
  // What rows already hold comes first, then small components before large ones.
  nodeSets.sort((a, b) => Number(b.some((n) => source.variables.has(n))) - Number(a.some((n) => source.variables.has(n))));
  let state = steps.check({ ...source, cost: 0, open: graph.predicates, left: graph.relationships, found: [], arrivals: new Map() });
  for (const nodes of nodeSets) state = addComponent(planning, steps, graph, state, nodes);
  for (const one of graph.shortest) state = steps.shortest(state, one);
  for (const path of graph.paths) {
    const plan: Plan = { kind: 'BuildPath', source: state.plan, ...path, rows: state.plan.rows };
    state = steps.check({ ...state, plan, variables: and(state.variables, [path.variable]) });
  }
  return { plan: state.plan, variables: state.variables };
}

function addComponent(planning: Planning, steps: Steps, graph: QueryGraph, state: State, nodes: readonly string[]): State {
  const members = new Set(nodes);
  const inside = state.left.filter((r) => members.has(r.from));
  if (nodes.some((node) => state.variables.has(node))) return cheapestOrder(steps, [state], { inside, hints: [], alone: false });
  // Apart from the rows below it a component has fewer beginnings: those here are the ones that a hint can ask for.
  const found = new Set([...nodes, ...inside.map((r) => r.name)]);
  if (graph.hints.length > 0) checkFollowable(steps.starts(state, nodes, inside), graph.hints, found, planning);
  const nested = onTop(steps, graph, state, nodes, inside);
  if (state.plan.kind === 'Argument' || containsWrite(state.plan)) return nested;
  const joined = beside(steps, graph, state, nodes, inside);
  if (joined === undefined || followedBy(joined.plan, graph.hints) < followedBy(nested.plan, graph.hints)) return nested;
  return joined.cost < nested.cost ? joined : nested;
}

/** The component on top of `state`. */
function onTop(steps: Steps, graph: QueryGraph, state: State, nodes: readonly string[], inside: readonly GraphRelationship[]): State {
  const members = new Set([...nodes, ...inside.map((r) => r.name)]);
  const starts = steps.starts(state, nodes, inside);
  const hints = graph.hints.filter((hint) => hint.kind === 'JoinHint' || members.has(hint.variable.name));
  const alone = state.plan.kind === 'Argument' && state.variables.size === 0;
  return cheapestOrder(steps, starts, { inside, hints, alone });
}

/** The component planned by itself, then joined by an equality, or multiplied. */
function beside(steps: Steps, graph: QueryGraph, state: State, nodes: readonly string[], inside: readonly GraphRelationship[]): State | undefined {
  if (steps.mustDiffer(state, inside)) return undefined;
  const names = new Set([...nodes, ...inside.map((r) => r.name)]);
  const own = state.open.filter((p) => [...p.needs].every((n) => names.has(n)) && [...p.needs].some((n) => names.has(n)));
  const empty: State = { plan: argument, variables: new Set(), cost: 0, open: own, left: inside, found: [], arrivals: new Map() };
  const right = onTop(steps, graph, empty, nodes, inside);
  const rest = state.open.filter((p) => !own.includes(p));
  const variables = and(state.variables, right.variables);
  const arrivals = new Map([...state.arrivals, ...right.arrivals]);
  const both = { variables, left: state.left.filter((r) => !inside.includes(r)), found: [...state.found, ...right.found], arrivals };
  for (const p of rest) {
    const keys = joinKeys(p.expression, state.variables, right.variables);
    if (keys === undefined) continue;
    const rows = Math.max(state.plan.rows, right.plan.rows) * 0.5;
    const plan: Plan = { kind: 'ValueHashJoin', left: state.plan, right: right.plan, ...keys, rows };
    const cost = state.cost + right.cost + state.plan.rows + right.plan.rows + rows;
    return steps.check({ ...both, plan, cost, open: rest.filter((other) => other !== p) });
  }
  const rows = state.plan.rows * right.plan.rows;
  const plan: Plan = { kind: 'CartesianProduct', left: state.plan, right: right.plan, rows };
  return steps.check({ ...both, plan, cost: state.cost + right.cost + rows, open: rest });
}

function joinKeys(e: Expression, left: ReadonlySet<string>, right: ReadonlySet<string>): { leftKey: Expression; rightKey: Expression } | undefined {
  if (e.kind !== 'Binary' || e.operator !== '=' || hasSubquery(e)) return undefined;
  const of = (side: Expression, names: ReadonlySet<string>): boolean => {
    const needs = variablesOf(side);
    return needs.size > 0 && [...needs].every((name) => names.has(name));
  };
  if (of(e.left, left) && of(e.right, right)) return { leftKey: e.left, rightKey: e.right };
  if (of(e.right, left) && of(e.left, right)) return { leftKey: e.right, rightKey: e.left };
  return undefined;
}
