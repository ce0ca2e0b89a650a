// Where a chain of relationships becomes one walk to its distinct ends, and where it must not.

import { describe, expect, it } from 'vitest';
import { parse } from '../language/parser.js';
import { check } from '../semantics/check.js';
import { brokenPlan } from './check-plan.js';
import { printPlan } from './explain.js';
import { planQuery } from './plan-query.js';

const functions = {
  find: (name: string) => ({ aggregate: ['count', 'min', 'collect'].includes(name.toLowerCase()), minArguments: 0, maxArguments: 3 }),
};
const statistics = { nodeCount: 100, relationshipCount: 100, nodesWithLabelCount: () => 50, relationshipsOfTypeCount: () => 50, endCount: () => 50 };

function planned(text: string): string {
  const checked = check(parse(text), { functions, procedures: { columnsOf: () => undefined } });
  const { plan } = planQuery(checked, { version: 1, indexes: [], constraints: [] }, statistics as never, { labelId: () => 0, typeId: () => 0 });
  expect(brokenPlan(plan)).toBeUndefined();
  return printPlan(plan);
}

const from = 'MATCH (a) WHERE id(a) = 1 WITH a ';

describe('distinct levels', () => {
  it.each([
    ['MATCH (a)-->()-->(b) RETURN DISTINCT b', 'DistinctExpand (a)-[]->()-[]->(b)'],
    ['MATCH (a)-[:K]->()<-[:L]-(b) RETURN DISTINCT b.name', 'DistinctExpand (a)-[:K]->()<-[:L]-(b)'],
    ['MATCH (a)--(x:X)--(b) RETURN count(DISTINCT b)', 'DistinctExpand (a)-[]-( WHERE x:X)-[]-(b)'],
    ['MATCH (a)-[r]->()-[s]->(b) WHERE s.w > 1 RETURN DISTINCT b', 'DistinctExpand (a)-[]->()-[ WHERE s.w > 1]->(b)'],
    ['MATCH (a)-[*1..4]->(b) RETURN DISTINCT b, a', 'VarLengthExpand(Pruning,BFS) (a)-[*1..4]->(b)'],
    ['OPTIONAL MATCH (a)-->()-->(b) RETURN DISTINCT b', 'Optional b'],
    ['MATCH (a)-[*]-(b) RETURN min(b.age)', 'VarLengthExpand(Pruning,BFS) (a)-[*1..]-(b)'],
    ['MATCH (a)-->()-->(b) WITH DISTINCT b RETURN count(*)', 'DistinctExpand'],
    ['MATCH (a)-->(x) MATCH (x)-->(b)-->(c) RETURN DISTINCT x, c', 'DistinctExpand (x)-[]->()-[]->(c)'],
  ])('%s', (text, operator) => {
    expect(planned(from + text)).toContain(operator);
  });

  it.each([
    'MATCH (a)-->()-->(b) RETURN b',
    'MATCH (a)-->()-->(b) RETURN count(b)',
    'MATCH (a)-->()-->(b) RETURN b, count(DISTINCT a), count(*)',
    'MATCH (a)-->(x)-->(b) RETURN DISTINCT x, b',
    'MATCH (a)-[r]->()-[s]->(b) WHERE r.w = s.w RETURN DISTINCT b',
    'MATCH p = (a)-->()-->(b) RETURN DISTINCT length(p), b',
    'MATCH (a)-->()-->(b) WITH b LIMIT 3 RETURN DISTINCT b',
    'MATCH (a)-->()-->(b) RETURN DISTINCT b, rand()',
    'MATCH (a)-[*2..]->(b) RETURN DISTINCT b',
    'MATCH (a)-[r*1..3]->(b) RETURN DISTINCT b, size(r)',
    'MATCH (a)-->(b) RETURN DISTINCT b',
    'MATCH (a)-->(x)-->(b)-->(c) RETURN DISTINCT x, c',
  ])('not: %s', (text) => {
    expect(planned(from + text)).not.toMatch(/DistinctExpand|Pruning/);
  });
});
