// Plans one query graph on top of a source: which node to begin with, in which order to follow the
// relationships, where to check predicates. Every possible beginning is tried, or of a large graph the cheapest
// ones (`stepsMax`); from each, the cheapest next step is taken until all is found. What a step costs is known without
// making its operators, so the work is at most stepsMax × relationships.
//
// True of the result: a predicate stands directly above the step that bound the last name it needs.

import type { Expression } from '../language/ast.js';
import { fanOut, selectivity, typeRows } from './cardinality.js';
import { containsWrite } from './eagerness.js';
import { conjunction, hasSubquery, variablesOf } from './expressions.js';
import { checkHints, following } from './hints.js';
import { leaves, relationshipLeaves } from './leaves.js';
import type { Plan } from './plan.js';
import { and, type Bound, type Leaf, type Planning } from './planning.js';
import { components, type GraphRelationship, type GraphShortestPath, namesOf, type Predicate, type QueryGraph } from './query-graph.js';
import { shortestPath } from './shortest-path.js';

/** Adds a check of predicates to a plan; those with subqueries need plans of their own. */
export type AddFilter = (bound: Bound, predicates: readonly Expression[]) => Bound;

interface State extends Bound {
  readonly cost: number;
  readonly open: readonly Predicate[];
  readonly left: readonly GraphRelationship[];
  readonly found: readonly string[];
}

/** Steps that are taken to find the best beginning of one component: beginnings × relationships. */
const stepsMax = 1024;

/** A relationship to be followed next. */
interface Step {
  readonly relationship: GraphRelationship;
  readonly backwards: boolean;
  /** Of the rows that it gives, and of those that it begins with. */
  readonly cost: number;
}

const argument: Plan = { kind: 'Argument', variables: [], rows: 1 };

export function planGraph(planning: Planning, graph: QueryGraph, source: Bound, addFilter: AddFilter): Bound {
  checkHints(graph.hints, planning.schema);
  const step = new Steps(planning, graph, addFilter);
  const nodeSets = [...components(graph, source.variables)];
  // What rows already hold comes first, then small components before large ones.
  nodeSets.sort((a, b) => Number(b.some((n) => source.variables.has(n))) - Number(a.some((n) => source.variables.has(n))));
  let state = step.check({ ...source, cost: 0, open: graph.predicates, left: graph.relationships, found: [] });
  for (const nodes of nodeSets) state = step.addComponent(state, nodes);
  for (const one of graph.shortest) state = step.shortest(state, one);
  for (const path of graph.paths) {
    const plan: Plan = { kind: 'BuildPath', source: state.plan, ...path, rows: state.plan.rows };
    state = step.check({ ...state, plan, variables: and(state.variables, [path.variable]) });
  }
  return { plan: state.plan, variables: state.variables };
}

class Steps {
  readonly #planning: Planning;
  readonly #graph: QueryGraph;
  readonly #addFilter: AddFilter;
  readonly #overlaps: Map<GraphRelationship, ReadonlySet<string>>;

  constructor(planning: Planning, graph: QueryGraph, addFilter: AddFilter) {
    this.#planning = planning;
    this.#graph = graph;
    this.#addFilter = addFilter;
    this.#overlaps = new Map();
  }

  /** Places every predicate whose names are bound by now. */
  check(state: State): State {
    const ready = state.open.filter((p) => this.#isReady(p, state));
    if (ready.length === 0) return state;
    const open = state.open.filter((p) => !this.#isReady(p, state));
    const plain = ready.filter((p) => !hasSubquery(p.expression)).map((p) => p.expression);
    const nested = ready.filter((p) => hasSubquery(p.expression)).map((p) => p.expression);
    let bound: Bound = state;
    const whole = conjunction(plain);
    if (whole !== undefined) {
      const rows = plain.reduce((sum, p) => sum * selectivity(this.#planning, p), state.plan.rows);
      bound = { plan: { kind: 'Filter', source: state.plan, predicate: whole, rows }, variables: state.variables };
    }
    if (nested.length > 0) bound = this.#addFilter(bound, nested);
    return { ...state, ...bound, open };
  }

  /** Both ends are bound by now. Predicates of the path are for the search: behind it there would be no path left to choose. */
  shortest(state: State, asked: GraphShortestPath): State {
    const variables = and(state.variables, namesOf(asked));
    const { plan, open } = shortestPath(state, asked, (p) => this.#isReady(p, { ...state, variables }));
    return this.check({ ...state, plan, open, variables });
  }

  #isReady({ needs }: Predicate, { variables }: State): boolean {
    for (const name of needs) if (!variables.has(name) && this.#graph.variables.has(name)) return false;
    return true;
  }

  addComponent(state: State, nodes: readonly string[]): State {
    const members = new Set(nodes);
    const inside = state.left.filter((r) => members.has(r.from));
    if (nodes.some((node) => state.variables.has(node))) return this.#follow(state, inside);
    const nested = this.#best(state, nodes, inside);
    if (state.plan.kind === 'Argument' || containsWrite(state.plan)) return nested;
    const joined = this.#joined(state, nodes, inside);
    return joined !== undefined && joined.cost < nested.cost ? joined : nested;
  }

  /** The component on top of `state`, from its best beginning. */
  #best(state: State, nodes: readonly string[], inside: readonly GraphRelationship[]): State {
    const members = new Set([...nodes, ...inside.map((r) => r.name)]);
    const starts = [...following(this.#starts(state, nodes, inside), this.#graph.hints, members)].sort((a, b) => a.cost - b.cost);
    const tried = starts.slice(0, Math.max(1, Math.floor(stepsMax / Math.max(1, inside.length))));
    return tried.map((start) => this.#follow(start, inside)).reduce((best, next) => (next.cost < best.cost ? next : best));
  }

  #starts(state: State, nodes: readonly string[], inside: readonly GraphRelationship[]): readonly State[] {
    const starts = nodes.flatMap((node) => leaves(this.#planning, node, state.open, state.plan, state.variables).map((leaf) => this.#begin(state, node, leaf)));
    // Only an Expand checks that relationships differ, so a scan begins where there is none to differ from.
    for (const r of inside)
      if (r.length === undefined && r.from !== r.to && this.#others(state, r).length === 0) starts.push(...this.#byRelationship(state, r));
    return starts;
  }

  #begin(state: State, node: string, leaf: Leaf): State {
    const open = state.open.filter((p) => !leaf.solved.includes(p));
    const cost = state.cost + state.plan.rows * leaf.looked + state.plan.rows;
    return this.check({ ...state, plan: leaf.plan, variables: and(state.variables, [node]), open, cost });
  }

  #byRelationship(state: State, r: GraphRelationship): readonly State[] {
    const looked = typeRows(this.#planning, r.types) * (r.direction === 'both' ? 2 : 1);
    const [from, to] = r.direction === 'in' ? [r.to, r.from] : [r.from, r.to];
    const direction = r.direction === 'both' ? 'both' : 'out';
    const scan: Plan = {
      kind: 'RelationshipTypeScan',
      source: state.plan,
      relationship: r.name,
      from,
      to,
      types: r.types,
      direction,
      rows: state.plan.rows * looked,
    };
    const all = [...relationshipLeaves(this.#planning, r, state.open, state.plan, state.variables), { plan: scan, solved: [], looked }];
    return all.map((leaf) => this.#beginWith(state, r, leaf));
  }

  #beginWith(state: State, r: GraphRelationship, { plan, solved, looked }: Leaf): State {
    // Twice what a node scan costs for an entry: both ends are looked up.
    const cost = state.cost + 2 * state.plan.rows * looked + state.plan.rows;
    const open = state.open.filter((p) => !solved.includes(p));
    const left = state.left.filter((other) => other !== r);
    return this.check({ ...state, plan, open, variables: and(state.variables, [r.name, r.from, r.to]), left, cost, found: [...state.found, r.name] });
  }

  /** A component planned by itself, then joined by an equality, or multiplied. */
  #joined(state: State, nodes: readonly string[], inside: readonly GraphRelationship[]): State | undefined {
    if (this.#mustDiffer(state, inside)) return undefined;
    const names = new Set([...nodes, ...inside.map((r) => r.name)]);
    const own = state.open.filter((p) => [...p.needs].every((n) => names.has(n)) && [...p.needs].some((n) => names.has(n)));
    const empty: State = { plan: argument, variables: new Set(), cost: 0, open: own, left: inside, found: [] };
    const right = this.#best(empty, nodes, inside);
    const rest = state.open.filter((p) => !own.includes(p));
    const variables = and(state.variables, right.variables);
    const both = { variables, left: state.left.filter((r) => !inside.includes(r)), found: [...state.found, ...right.found] };
    for (const p of rest) {
      const keys = joinKeys(p.expression, state.variables, right.variables);
      if (keys === undefined) continue;
      const rows = Math.max(state.plan.rows, right.plan.rows) * 0.5;
      const plan: Plan = { kind: 'ValueHashJoin', left: state.plan, right: right.plan, ...keys, rows };
      const cost = state.cost + right.cost + state.plan.rows + right.plan.rows + rows;
      return this.check({ ...both, plan, cost, open: rest.filter((other) => other !== p) });
    }
    const rows = state.plan.rows * right.plan.rows;
    const plan: Plan = { kind: 'CartesianProduct', left: state.plan, right: right.plan, rows };
    return this.check({ ...both, plan, cost: state.cost + right.cost + rows, open: rest });
  }

  /** Relationships on both sides that may be the same one: only an Expand checks that they differ. */
  #mustDiffer(state: State, inside: readonly GraphRelationship[]): boolean {
    return inside.some((r) => this.#others(state, r).length > 0);
  }

  /** What has been found already and may be the same relationship as `r`. */
  #others(state: State, r: GraphRelationship): readonly string[] {
    const overlapping = this.#overlapping(r);
    return overlapping.size === 0 ? [] : state.found.filter((name) => overlapping.has(name));
  }

  #overlapping(r: GraphRelationship): ReadonlySet<string> {
    let names = this.#overlaps.get(r);
    if (names === undefined) {
      const overlap = (other: GraphRelationship): boolean => r.types.length === 0 || other.types.length === 0 || r.types.some((t) => other.types.includes(t));
      names = new Set(this.#graph.relationships.filter((other) => other !== r && overlap(other)).map((other) => other.name));
      this.#overlaps.set(r, names);
    }
    return names;
  }

  #follow(state: State, inside: readonly GraphRelationship[]): State {
    let at = state;
    const left = new Set(inside.filter((r) => state.left.includes(r)));
    for (;;) {
      let best: Step | undefined;
      for (const r of left) {
        const step = this.#step(at, r);
        if (step !== undefined && (best === undefined || step.cost < best.cost)) best = step;
      }
      if (best === undefined) return at;
      left.delete(best.relationship);
      at = this.#expand(at, best.relationship, best.backwards);
    }
  }

  /** Following `r` from an end that is bound. */
  #step(state: State, relationship: GraphRelationship): Step | undefined {
    const from = state.variables.has(relationship.from);
    const to = state.variables.has(relationship.to);
    if (!from && !to) return undefined;
    const into = from && to;
    const { rows } = state.plan;
    return { relationship, backwards: !from, cost: rows + (into ? rows : rows * fanOut(this.#planning, relationship, into)) };
  }

  #expand(state: State, r: GraphRelationship, backwards: boolean): State {
    // A list of relationships is in the order of the pattern: a variable length is followed backwards only with a reversal.
    const [from, to] = backwards ? [r.to, r.from] : [r.from, r.to];
    const direction = !backwards || r.direction === 'both' ? r.direction : r.direction === 'out' ? 'in' : 'out';
    const into = state.variables.has(to);
    const rows = state.plan.rows * fanOut(this.#planning, r, into);
    const shared = { source: state.plan, from, to, direction, types: r.types, into, distinctFrom: this.#others(state, r), rows };
    const cost = state.cost + state.plan.rows + (into ? state.plan.rows : rows);
    const next = {
      ...state,
      cost,
      left: state.left.filter((other) => other !== r),
      found: [...state.found, r.name],
      variables: and(state.variables, [r.name, to]),
    };
    if (r.length === undefined) return this.check({ ...next, plan: { kind: 'Expand', relationship: r.name, ...shared } });
    const every = this.#every(state, r.name);
    const open = every === undefined ? state.open : state.open.filter((p) => p !== every.from);
    const name = backwards ? this.#planning.fresh(r.name) : r.name;
    const walked: Plan = { kind: 'VariableExpand', relationship: name, min: r.length.min, max: r.length.max, each: every?.each, ...shared };
    if (!backwards) return this.check({ ...next, open, plan: walked });
    const reversed: Expression = { kind: 'Function', name: 'reverse', distinct: false, arguments: [{ kind: 'Variable', name, at: start }], at: start };
    const plan: Plan = { kind: 'Project', source: walked, items: [{ variable: r.name, expression: reversed }], discard: false, rows };
    return this.check({ ...next, open, plan });
  }

  /** `all(x IN r WHERE …)` can be checked while walking. */
  #every(state: State, list: string): { from: Predicate; each: { variable: string; predicate: Expression } } | undefined {
    for (const from of state.open) {
      const e = from.expression;
      if (e.kind !== 'Quantifier' || e.quantifier !== 'all' || e.list.kind !== 'Variable' || e.list.name !== list || hasSubquery(e)) continue;
      const needs = [...variablesOf(e.where)].filter((name) => name !== e.variable.name);
      if (needs.every((name) => state.variables.has(name))) return { from, each: { variable: e.variable.name, predicate: e.where } };
    }
    return undefined;
  }
}

const start = { offset: 0, line: 1, column: 1 };

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
