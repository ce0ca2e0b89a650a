// Patterns as large as they may be are planned at once, and the cheapest beginning is found among many.

import { describe, expect, it } from 'vitest';
import { limits } from '../base/limits.js';
import { parse } from '../language/parser.js';
import { check } from '../semantics/check.js';
import type { Plan } from './plan.js';
import { planQuery } from './plan-query.js';

const signatures = {
  functions: { find: () => ({ aggregate: false, minArguments: 0, maxArguments: 9 }) },
  procedures: { columnsOf: () => undefined },
};
const statistics = {
  nodeCount: 1000,
  relationshipCount: 3000,
  nodesWithLabelCount: (label: number) => (label === 0 ? 500 : 3),
  relationshipsOfTypeCount: () => 1000,
  endCount: () => 100,
  indexKeyCount: () => 1,
  indexEntryCount: () => 1,
};
const tokens = { labelId: (name: string) => ['Many', 'Few'].indexOf(name), typeId: () => 0 };

function plan(text: string): Plan {
  return planQuery(check(parse(text), signatures), { version: 1, indexes: [], constraints: [] }, statistics, tokens).plan;
}

function operators(plan: Plan): readonly Plan[] {
  const below = 'source' in plan && plan.source !== undefined ? [plan.source] : 'left' in plan ? [plan.left, plan.right] : [];
  return [plan, ...below.flatMap(operators)];
}

const most = limits.queryLoopsMax;
const half = most >> 1;

describe('large patterns', () => {
  const table: readonly [string, string, number][] = [
    ['a chain', `(a)${'-->()'.repeat(most - 1)}`, most - 1],
    ['a chain with labels and properties', `(a)${'-[:R]->(:Many {p: 1})'.repeat(most - 1)}`, most - 1],
    ['a star', Array.from({ length: half }, (_, index) => `(a)-[:R]->(b${index})`).join(', '), half],
    ['pairs that only their values join', Array.from({ length: half }, (_, index) => `(a${index})-[:R]->(b${index} {p: a0.p})`).join(', '), half],
  ];
  for (const [what, pattern, relationships] of table) {
    // Some tens of ms; what grows by a power more would take a minute.
    it(`${what} of ${relationships} relationships`, { timeout: 5_000 }, () => {
      const found = operators(plan(`MATCH ${pattern} RETURN a${what.startsWith('pairs') ? '0' : ''}`));
      expect(found.filter((one) => one.kind === 'Expand' || one.kind === 'RelationshipTypeScan')).toHaveLength(relationships);
    });
  }

  it('begins where there is least, wherever in the chain that is', () => {
    const chain = `(:Many)${'-[:R]->(:Many)'.repeat(half)}-[:R]->(f:Few)${'-[:R]->(:Many)'.repeat(20)}`;
    const scans = operators(plan(`MATCH ${chain} RETURN f`)).filter((one) => one.kind === 'NodeByLabelScan');
    expect(scans).toMatchObject([{ node: 'f', label: 'Few' }]);
  });
});
