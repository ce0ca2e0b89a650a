// Single steps of matching a query graph: to begin at a node or a relationship, to follow one relationship, to join two parts that were
// found apart, to check what can be checked. Which of them to take is decided elsewhere (join-order.ts); what a step costs is known
// without making its operators.
//
// True of every state: a predicate stands directly above the step that bound the last name it needs.

import type { Expression } from '../language/ast.js';
import { arrivalShare, fanOut, nodeRows, selectivity, typeRows } from './cardinality.js';
import { conjunction, hasSubquery, variable, variablesOf } from './expressions.js';
import { leaves, relationshipLeaves } from './leaves.js';
import type { Plan } from './plan.js';
import { and, type Bound, type Leaf, type Planning } from './planning.js';
import { type GraphRelationship, type GraphShortestPath, namesOf, type Predicate, type QueryGraph } from './query-graph.js';
import { shortestPath } from './shortest-path.js';

/** Adds a check of predicates to a plan; those with subqueries need plans of their own. */
export type AddFilter = (bound: Bound, predicates: readonly Expression[]) => Bound;

/** What has been found, and what is left to find. */
export interface State extends Bound {
  readonly cost: number;
  readonly open: readonly Predicate[];
  readonly left: readonly GraphRelationship[];
  /** Names of the relationships that were found. */
  readonly found: readonly string[];
  /** By node, the relationship over which it was found. */
  readonly arrivals: ReadonlyMap<string, GraphRelationship>;
}

/** A relationship to be followed next. */
export interface Step {
  readonly relationship: GraphRelationship;
  readonly backwards: boolean;
  /** Of the rows that it gives, and of those that it begins with. */
  readonly cost: number;
}

/** A row is looked up and kept in a table: more than it costs to hand it on. */
const hashCost = 2;

export class Steps {
  readonly planning: Planning;
  readonly #graph: QueryGraph;
  readonly #addFilter: AddFilter;
  readonly #overlaps: Map<GraphRelationship, ReadonlySet<string>>;
  readonly #labels: ReadonlyMap<string, readonly string[]>;

  constructor(planning: Planning, graph: QueryGraph, addFilter: AddFilter) {
    this.planning = planning;
    this.#graph = graph;
    this.#addFilter = addFilter;
    this.#overlaps = new Map();
    this.#labels = labelsOf(graph);
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
      const rows = plain.reduce((sum, p) => sum * this.#share(state, p), state.plan.rows);
      bound = { plan: { kind: 'Filter', source: state.plan, predicate: whole, rows }, variables: state.variables };
    }
    if (nested.length > 0) bound = this.#addFilter(bound, nested);
    return { ...state, ...bound, open };
  }

  #share({ arrivals }: State, p: Expression): number {
    const arrival = p.kind === 'HasLabels' && p.labels.kind === 'Label' && p.subject.kind === 'Variable' ? arrivals.get(p.subject.name) : undefined;
    if (arrival !== undefined && p.kind === 'HasLabels' && p.labels.kind === 'Label' && p.subject.kind === 'Variable') {
      const share = arrivalShare(this.planning, arrival, p.subject.name, p.labels.name);
      if (share !== undefined) return share;
    }
    return selectivity(this.planning, p);
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

  // ---------------------------------------------------------------- beginnings

  starts(state: State, nodes: readonly string[], inside: readonly GraphRelationship[]): readonly State[] {
    const starts = nodes.flatMap((node) => leaves(this.planning, node, state.open, state.plan, state.variables).map((leaf) => this.#begin(state, node, leaf)));
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
    const looked = typeRows(this.planning, r.types) * (r.direction === 'both' ? 2 : 1);
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
    const all = [...relationshipLeaves(this.planning, r, state.open, state.plan, state.variables), { plan: scan, solved: [], looked }];
    return all.map((leaf) => this.#beginWith(state, r, leaf));
  }

  #beginWith(state: State, r: GraphRelationship, { plan, solved, looked }: Leaf): State {
    // Twice what a node scan costs for an entry: both ends are looked up.
    const cost = state.cost + 2 * state.plan.rows * looked + state.plan.rows;
    const open = state.open.filter((p) => !solved.includes(p));
    const left = state.left.filter((other) => other !== r);
    const arrivals = new Map([...state.arrivals, [r.from, r], [r.to, r]]);
    return this.check({ ...state, plan, open, variables: and(state.variables, [r.name, r.from, r.to]), left, cost, arrivals, found: [...state.found, r.name] });
  }

  // ---------------------------------------------------------------- one relationship

  /** Following `relationship` from an end that is bound; undefined where none is. */
  step(state: State, relationship: GraphRelationship): Step | undefined {
    const from = state.variables.has(relationship.from);
    const to = state.variables.has(relationship.to);
    if (!from && !to) return undefined;
    const into = from && to;
    const { rows } = state.plan;
    return { relationship, backwards: !from, cost: rows + (into ? rows : rows * this.#fanOut(relationship, !from, into)) };
  }

  #fanOut(r: GraphRelationship, backwards: boolean, into: boolean): number {
    const [from, to] = backwards ? [r.to, r.from] : [r.from, r.to];
    return fanOut(this.planning, r, backwards, this.#labels.get(from) ?? [], into ? (this.#labels.get(to) ?? []) : undefined);
  }

  expand(state: State, { relationship: r, backwards }: Step): State {
    // A list of relationships is in the order of the pattern: a variable length is followed backwards only with a reversal.
    const [from, to] = backwards ? [r.to, r.from] : [r.from, r.to];
    const direction = !backwards || r.direction === 'both' ? r.direction : r.direction === 'out' ? 'in' : 'out';
    const into = state.variables.has(to);
    const rows = state.plan.rows * this.#fanOut(r, backwards, into);
    const shared = { source: state.plan, from, to, direction, types: r.types, into, distinctFrom: this.#others(state, r), rows };
    const cost = state.cost + state.plan.rows + (into ? state.plan.rows : rows);
    const next = {
      ...state,
      cost,
      left: state.left.filter((other) => other !== r),
      found: [...state.found, r.name],
      variables: and(state.variables, [r.name, to]),
      arrivals: into ? state.arrivals : new Map([...state.arrivals, [to, r]]),
    };
    if (r.length === undefined) return this.check({ ...next, plan: { kind: 'Expand', relationship: r.name, ...shared } });
    const every = this.#every(state, r.name);
    const open = every === undefined ? state.open : state.open.filter((p) => p !== every.from);
    const name = backwards ? this.planning.fresh(r.name) : r.name;
    const walked: Plan = { kind: 'VariableExpand', relationship: name, min: r.length.min, max: r.length.max, each: every?.each, ...shared };
    if (!backwards) return this.check({ ...next, open, plan: walked });
    const reversed: Expression = { kind: 'Function', name: 'reverse', distinct: false, arguments: [{ kind: 'Variable', name, at: nowhere }], at: nowhere };
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

  // ---------------------------------------------------------------- joins

  /** Two parts of one component that have nodes in common and were found apart, over rows that bind nothing. */
  join(a: State, b: State): State | undefined {
    const nodes = this.#graph.nodes.filter((node) => a.variables.has(node) && b.variables.has(node));
    const differ = this.#differences(a, b);
    if (nodes.length === 0 || differ === undefined) return undefined;
    // The smaller side is kept in a table.
    const [left, right] = a.plan.rows >= b.plan.rows ? [a, b] : [b, a];
    const domains = nodes.reduce((product, node) => product * nodeRows(this.planning, this.#graph.predicates, node), 1);
    const rows = (left.plan.rows * right.plan.rows) / domains;
    const cost = left.cost + right.cost + left.plan.rows + hashCost * (left.plan.rows + right.plan.rows) + rows;
    const joined: State = {
      plan: { kind: 'NodeHashJoin', left: left.plan, right: right.plan, nodes, rows },
      variables: and(left.variables, right.variables),
      cost,
      open: left.open.filter((p) => right.open.includes(p)),
      left: left.left.filter((r) => right.left.includes(r)),
      found: [...left.found, ...right.found],
      arrivals: new Map([...right.arrivals, ...left.arrivals]),
    };
    const filter = conjunction(differ);
    if (filter === undefined) return this.check(joined);
    return this.check({ ...joined, plan: { kind: 'Filter', source: joined.plan, predicate: filter, rows } });
  }

  /** That relationships of one side are none of the other; undefined where only an Expand could check it. */
  #differences(a: State, b: State): readonly Expression[] | undefined {
    const checks: Expression[] = [];
    for (const r of this.#graph.relationships.filter(({ name }) => a.found.includes(name))) {
      for (const other of this.#others(b, r)) {
        if (r.length !== undefined || this.#graph.relationships.some(({ name, length }) => name === other && length !== undefined)) return undefined;
        checks.push({ kind: 'Binary', operator: '<>', left: variable(r.name), right: variable(other), at: nowhere });
      }
    }
    return checks;
  }

  /** Relationships on both sides that may be the same one: only an Expand checks that they differ. */
  mustDiffer(state: State, inside: readonly GraphRelationship[]): boolean {
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
}

const nowhere = { offset: 0, line: 1, column: 1 };

/** Labels that nodes must have. */
function labelsOf({ predicates }: QueryGraph): ReadonlyMap<string, readonly string[]> {
  const labels = new Map<string, string[]>();
  for (const { expression: e } of predicates) {
    if (e.kind !== 'HasLabels' || e.labels.kind !== 'Label' || e.subject.kind !== 'Variable') continue;
    const known = labels.get(e.subject.name);
    if (known === undefined) labels.set(e.subject.name, [e.labels.name]);
    else known.push(e.labels.name);
  }
  return labels;
}
