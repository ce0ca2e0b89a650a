// The query graph of one MATCH: what is to be found, in no order. Nodes and relationships are names;
// a predicate knows which of the graph's names it needs, and may be checked once those are bound.

import { assert } from '../base/assert.js';
import type { Direction, Expression, Hint, PatternPart } from '../language/ast.js';
import { conjuncts, equality, variable, variablesOf } from './expressions.js';
import type { BuildPath } from './plan.js';

export interface GraphRelationship {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly types: readonly string[];
  readonly direction: Direction;
  /** Absent: exactly one relationship. */
  readonly length: { readonly min: number; readonly max: number | undefined } | undefined;
}

/** `shortestPath(…)`: `relationships` is the name of the list, and `single` that of its only one where the pattern has no length. */
export interface GraphShortestPath extends Omit<GraphRelationship, 'name' | 'length'> {
  readonly path: string;
  readonly relationships: string;
  readonly single: string | undefined;
  readonly min: number;
  readonly max: number | undefined;
  readonly all: boolean;
}

export interface Predicate {
  readonly expression: Expression;
  /** Names that it reads. */
  readonly needs: ReadonlySet<string>;
}

export interface QueryGraph {
  readonly nodes: readonly string[];
  readonly relationships: readonly GraphRelationship[];
  readonly predicates: readonly Predicate[];
  readonly paths: readonly Pick<BuildPath, 'variable' | 'nodes' | 'relationships'>[];
  readonly shortest: readonly GraphShortestPath[];
  readonly hints: readonly Hint[];
  /** Every name that matching binds or checks. */
  readonly variables: ReadonlySet<string>;
}

/** `bound`: names that rows have already. `fresh` makes names that no row has. */
export function queryGraph(
  pattern: readonly PatternPart[],
  where: Expression | undefined,
  bound: ReadonlySet<string>,
  fresh: (word: string) => string,
  hints: readonly Hint[] = [],
): QueryGraph {
  const nodes = new Set<string>();
  const relationships: GraphRelationship[] = [];
  const paths: Pick<BuildPath, 'variable' | 'nodes' | 'relationships'>[] = [];
  const shortest: GraphShortestPath[] = [];
  const expressions = [...conjuncts(where)];
  for (const part of pattern) {
    const nodeNames = part.nodes.map((node) => node.variable?.name ?? fresh('node'));
    for (const name of nodeNames) nodes.add(name);
    const links = part.relationships.map((relationship, index) => {
      const own = relationship.variable?.name ?? fresh('relationship');
      const name = bound.has(own) ? fresh(own) : own;
      // A relationship that rows have already is found anew and compared.
      if (name !== own) expressions.push(equality(variable(name), variable(own)));
      const from = nodeNames[index];
      const to = nodeNames[index + 1];
      assert(from !== undefined && to !== undefined, 'a pattern has a node on each side of a relationship');
      if (part.shortest !== undefined) {
        const { min, max } = relationship.length ?? { min: 1, max: 1 };
        const single = relationship.length === undefined ? name : undefined;
        const shared = { path: part.path?.name ?? fresh('path'), relationships: single === undefined ? name : fresh('relationships'), single };
        const { types, direction } = relationship;
        shortest.push({ ...shared, from, to, types, direction, min: min ?? 1, max, all: part.shortest === 'all' });
        return { variable: name, isList: true };
      }
      const length = relationship.length && { min: relationship.length.min ?? 1, max: relationship.length.max };
      relationships.push({ name, from, to, types: relationship.types, direction: relationship.direction, length });
      return { variable: name, isList: length !== undefined };
    });
    if (part.path !== undefined && part.shortest === undefined) paths.push({ variable: part.path.name, nodes: nodeNames, relationships: links });
  }
  return {
    nodes: [...nodes],
    relationships,
    paths,
    shortest,
    hints,
    predicates: expressions.map((expression) => ({ expression, needs: variablesOf(expression) })),
    variables: new Set([...nodes, ...relationships.map((r) => r.name), ...paths.map((p) => p.variable), ...shortest.flatMap(namesOf)]),
  };
}

/** What a shortest path binds. */
export function namesOf({ path, relationships, single }: GraphShortestPath): readonly string[] {
  return single === undefined ? [path, relationships] : [path, relationships, single];
}

/** Sets of nodes that relationships connect; nodes in `bound` are all in one, since rows connect them. */
export function components(graph: QueryGraph, bound: ReadonlySet<string>): readonly (readonly string[])[] {
  const parent = new Map(graph.nodes.map((node) => [node, node]));
  const root = (node: string): string => {
    let at = node;
    while (parent.get(at) !== at) at = parent.get(at) as string;
    return at;
  };
  for (const { from, to } of graph.relationships) parent.set(root(from), root(to));
  const known = graph.nodes.filter((node) => bound.has(node));
  for (const node of known) parent.set(root(node), root(known[0] as string));
  const sets = new Map<string, string[]>();
  for (const node of graph.nodes) {
    const members = sets.get(root(node));
    if (members === undefined) sets.set(root(node), [node]);
    else members.push(node);
  }
  return [...sets.values()];
}
