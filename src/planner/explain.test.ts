// The tree that EXPLAIN gives, in Neo4j's structure.

import { expect, it } from 'vitest';
import { planned, schemaOf } from '../../test/support/made-up-schema.js';
import { describe as describePlan, type PlanDescription } from './explain.js';

const schema = schemaOf(['range', 'A(p)']);

/** `Operator(identifiers)` and its children, indented; below the projections. */
function tree(text: string): readonly string[] {
  const lines: string[] = [];
  const print = ({ operatorType, identifiers, children }: PlanDescription, depth: number): void => {
    const isShown = !/^(ProduceResults|Projection)/.test(operatorType);
    if (isShown) lines.push(`${'  '.repeat(depth)}${operatorType.replace('@neo4j', '')}(${identifiers.join(', ')})`);
    for (const child of children) print(child, isShown ? depth + 1 : depth);
  };
  print(describePlan(planned(text, schema)), 0);
  return lines;
}

it('has a leaf beside the rows that it is looked for with', () => {
  expect(tree('MATCH (a:B), (b:C) RETURN a, b')).toEqual(['CartesianProduct(a, b)', '  NodeByLabelScan(a)', '  NodeByLabelScan(b)']);
  expect(tree('UNWIND [1, 2] AS x MATCH (a:A {p: x}) RETURN a')).toEqual(['Apply(x, a)', '  Unwind(x)', '  NodeIndexSeek(a)']);
  expect(tree('MATCH (a:A) WHERE EXISTS { MATCH (b:C) WHERE b.q = a.q } RETURN a').join()).not.toContain('Argument');
});

it('has leaves alone as they are', () => {
  expect(tree('MATCH (a:B) RETURN a')).toEqual(['NodeByLabelScan(a)']);
});

it('shows nothing of what a command that administers is given', () => {
  const at = { offset: 0, line: 1, column: 1 };
  const argument = { kind: 'Map', entries: [{ key: 'password', value: { kind: 'Literal', value: 'secret', float: false, at } }], at } as const;
  const shown = (name: string) =>
    describePlan({
      kind: 'ProcedureCall',
      source: { kind: 'Argument', variables: [], rows: 1 },
      name,
      arguments: [argument],
      yields: [],
      rows: 1,
    } as never).arguments.get('Details');
  expect(shown('#administer.createUser')).toBe('createUser');
  expect(shown('db.labels')).toBe('db.labels({password: "secret"})');
});
