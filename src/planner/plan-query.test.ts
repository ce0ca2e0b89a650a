import { describe, expect, it } from 'vitest';
import type { GraphSchema } from '../graph/schema.js';
import type { GraphStatistics } from '../graph/statistics.js';
import type { Clause, Direction, Expression, LabelExpression, NodePattern, PatternPart, Projection, RelationshipPattern, Variable } from '../language/ast.js';
import { printPlan } from './explain.js';
import { planQuery } from './plan-query.js';

const at = { offset: 0, line: 1, column: 1 };
const labels = ['Person', 'City'];
const statistics: GraphStatistics = {
  nodeCount: 1100,
  relationshipCount: 5000,
  nodesWithLabelCount: (label) => [1000, 100][label] ?? 0,
  relationshipsOfTypeCount: (type) => [4000, 1000][type] ?? 0,
  endCount: () => 100,
  indexKeyCount: () => 1000,
  indexEntryCount: () => 1000,
};
const tokens = { labelId: (name: string) => labels.indexOf(name), typeId: (name: string) => ['KNOWS', 'LIVES_IN'].indexOf(name) };
const bare: GraphSchema = { version: 1, indexes: [], constraints: [] };
const unique: GraphSchema = {
  version: 2,
  indexes: [{ id: 1, name: 'person', kind: 'range', entity: 'node', token: 'Person', properties: ['id'], owner: 'person' }],
  constraints: [{ id: 2, name: 'person', kind: 'unique', entity: 'node', token: 'Person', properties: ['id'], propertyTypes: [], index: 'person' }],
};

const name = (text: string): Variable => ({ kind: 'Variable', name: text, at });
const int = (value: number): Expression => ({ kind: 'Literal', value, float: false, at });
const property = (subject: string, key: string): Expression => ({ kind: 'Property', subject: name(subject), key, at });
const binary = (left: Expression, operator: 'AND' | '=' | '>' | '<', right: Expression): Expression => ({ kind: 'Binary', operator, left, right, at });
const label = (text: string): LabelExpression => ({ kind: 'Label', name: text, at });
const is = (subject: string, text: string): Expression => ({ kind: 'HasLabels', subject: name(subject), labels: label(text), at });
const node = (text: string, own?: string): NodePattern => ({
  kind: 'NodePattern',
  variable: name(text),
  labels: own === undefined ? undefined : label(own),
  properties: undefined,
  where: undefined,
  at,
});
const link = (text: string, type: string, direction: Direction = 'out'): RelationshipPattern => ({
  kind: 'RelationshipPattern',
  variable: name(text),
  types: [type],
  direction,
  length: undefined,
  properties: undefined,
  where: undefined,
  at,
});
const part = (nodes: readonly NodePattern[], relationships: readonly RelationshipPattern[] = []): PatternPart => ({
  kind: 'PatternPart',
  shortest: undefined,
  path: undefined,
  nodes,
  relationships,
  at,
});
const match = (pattern: readonly PatternPart[], where?: Expression, optional = false): Clause => ({ kind: 'Match', optional, pattern, hints: [], where, at });
const items = (expressions: Readonly<Record<string, Expression>>, more: Partial<Projection> = {}): Projection => ({
  distinct: false,
  star: false,
  orderBy: [],
  skip: undefined,
  limit: undefined,
  where: undefined,
  at,
  items: Object.entries(expressions).map(([text, expression]) => ({ expression, name: text, aliased: true, at })),
  ...more,
});
const give = (expressions: Readonly<Record<string, Expression>>, more: Partial<Projection> = {}): Clause => ({
  kind: 'Return',
  projection: items(expressions, more),
  at,
});

function plan(clauses: readonly Clause[], schema = bare): string {
  const statement = { kind: 'Query', use: undefined, parts: [{ kind: 'SingleQuery', clauses, at }], unionAll: false, at } as const;
  return printPlan(planQuery({ statement, text: '', columns: [], parameters: [], administration: undefined }, schema, statistics, tokens).plan);
}

describe('planQuery', () => {
  const byId = binary(is('a', 'Person'), 'AND', binary(property('a', 'id'), '=', int(7)));

  it('scans a label and checks the rest without an index, and seeks with one', () => {
    const query = [match([part([node('a')])], byId), give({ a: name('a') })];
    expect(plan(query)).toBe(['+ ProduceResults a', '  + Projection a AS a', '    + Filter a.id = 7', '      + NodeByLabelScan a:Person'].join('\n'));
    expect(plan(query, unique)).toBe(
      ['+ ProduceResults a', '  + Projection a AS a', '    + NodeUniqueIndexSeek UNIQUE a:Person(id) WHERE a.id = 7'].join('\n'),
    );
  });

  it('makes one range of two bounds', () => {
    const both = binary(binary(is('a', 'Person'), 'AND', binary(property('a', 'id'), '>', int(1))), 'AND', binary(int(9), '>', property('a', 'id')));
    expect(plan([match([part([node('a')])], both), give({ a: name('a') })], unique)).toContain('WHERE a.id > 1 AND a.id < 9');
  });

  it('begins at the node that is cheapest to find and keeps relationships of one type apart', () => {
    const query = [match([part([node('b'), node('c'), node('a')], [link('r', 'KNOWS'), link('s', 'KNOWS')])], byId), give({ b: name('b') })];
    expect(plan(query, unique)).toBe(
      [
        '+ ProduceResults b',
        '  + Projection b AS b',
        '    + Expand(All) (c)<-[r:KNOWS]-(b)',
        '      + Expand(All) (a)<-[s:KNOWS]-(c)',
        '        + NodeUniqueIndexSeek UNIQUE a:Person(id) WHERE a.id = 7',
      ].join('\n'),
    );
  });

  it('puts an optional match on the right of an Apply', () => {
    const query = [
      match([part([node('a')])], is('a', 'City')),
      match([part([node('a'), node('b')], [link('r', 'LIVES_IN', 'in')])], undefined, true),
      give({ b: name('b') }),
    ];
    expect(plan(query)).toBe(
      [
        '+ ProduceResults b',
        '  + Projection b AS b',
        '    + Apply',
        '      + NodeByLabelScan a:City',
        '      + Optional r, b',
        '        + Expand(All) (a)<-[r:LIVES_IN]-(b)',
        '          + Argument a',
      ].join('\n'),
    );
  });

  it('joins separate patterns by an equality between them', () => {
    const where = binary(binary(is('a', 'Person'), 'AND', is('b', 'Person')), 'AND', binary(property('a', 'x'), '=', property('b', 'y')));
    expect(plan([match([part([node('a')]), part([node('b')])], where), give({ a: name('a') })])).toContain('+ ValueHashJoin');
  });

  it('holds rows back before a write that a read would see, and only then', () => {
    const create = (own: string): Clause => ({ kind: 'Create', pattern: [part([node('b', own)])], at });
    expect(plan([match([part([node('a')])], is('a', 'Person')), create('Person')])).toBe(
      ['+ EmptyResult', '  + Create (b:Person)', '    + Eager a read must not see what is written above it', '      + NodeByLabelScan a:Person'].join('\n'),
    );
    expect(plan([match([part([node('a')])], is('a', 'Person')), create('City')])).not.toContain('Eager');
  });

  it('checks EXISTS with a SemiApply', () => {
    const exists: Expression = { kind: 'ExistsSubquery', pattern: [part([node('a'), node('b')], [link('r', 'KNOWS')])], where: undefined, at };
    expect(plan([match([part([node('a')])], binary(is('a', 'City'), 'AND', exists)), give({ a: name('a') })])).toBe(
      [
        '+ ProduceResults a',
        '  + Projection a AS a',
        '    + SemiApply',
        '      + NodeByLabelScan a:City',
        '      + Expand(All) (a)-[r:KNOWS]->(b)',
        '        + Argument a',
      ].join('\n'),
    );
  });
});
