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
  relationshipsOfTypeCount: (type: number) => (type === 0 ? 20_000 : 10),
  endCount: (label: number, _end: number, type: number) => (type === 0 ? (label === 0 ? 10_000 : 100) : 5),
  indexKeyCount: () => 1,
  indexEntryCount: () => 1,
};
const tokens = { labelId: (name: string) => ['Many', 'Few'].indexOf(name), typeId: (name: string) => ['R', 'Rare'].indexOf(name) };

function plan(text: string): Plan {
  return planQuery(check(parse(text), signatures), { version: 1, indexes: [], constraints: [] }, statistics, tokens).plan;
}

function operators(plan: Plan): readonly Plan[] {
  const below = 'source' in plan && plan.source !== undefined ? [plan.source] : 'left' in plan ? [plan.left, plan.right] : [];
  return [plan, ...below.flatMap(operators)];
}

describe('the order of joins', () => {
  it('joins at a node in the middle where both ends are few and the way between is wide', () => {
    const found = operators(plan('MATCH (a:Few)-[:R]->(b)-[:R]->(c)-[:R]->(d:Few) RETURN a'));
    expect(found.filter((one) => one.kind === 'NodeHashJoin')).toMatchObject([{ nodes: ['b'] }]);
  });

  it('joins where it is told to', () => {
    const hinted = operators(plan('MATCH (a:Many)-[:R]->(b)<-[:R]-(c) USING JOIN ON b RETURN a'));
    expect(hinted.filter((one) => one.kind === 'NodeHashJoin')).toMatchObject([{ nodes: ['b'] }]);
    expect(operators(plan('MATCH (a:Many)-[:R]->(b)<-[:R]-(c) RETURN a')).some((one) => one.kind === 'NodeHashJoin')).toBe(false);
  });

  it('takes the way by which there is least between, though its first step is not the least', () => {
    const order = operators(plan('MATCH (x:Few)-[:R]->(a:Many), (x)-[:Rare]->(b)-[:Rare]->(a) RETURN x'))
      .filter((one) => one.kind === 'Expand')
      .map((one) => (one.kind === 'Expand' ? `${one.types[0]}${one.into ? ' into' : ''}` : ''));
    expect(order.reverse()).toEqual(['Rare', 'Rare', 'R into']);
  });
});

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
