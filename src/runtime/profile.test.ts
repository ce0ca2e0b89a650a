// PROFILE over a small graph: rows as they flow, what was looked at, and times that add up.

import { describe, expect, it } from 'vitest';
import { QueryRunner } from '../../test/support/query-runner.js';
import type { PlanDescription } from '../planner/explain.js';

function profiled(setup: string, query: string): readonly (readonly [operator: string, rows: number, hits: number])[] {
  const runner = new QueryRunner();
  runner.run(setup);
  const lines: (readonly [string, number, number])[] = [];
  const visit = (plan: PlanDescription): void => {
    const { profile } = plan;
    if (profile === undefined) throw new Error(`${plan.operatorType} was not profiled`);
    expect(profile.timeMs).toBeGreaterThanOrEqual(0);
    lines.push([plan.operatorType.replace('@neo4j', ''), profile.rows, profile.hits]);
    plan.children.forEach(visit);
  };
  const { plan } = runner.run(`PROFILE ${query}`);
  if (plan === undefined) throw new Error('no plan');
  visit(plan);
  return lines;
}

const setup = 'UNWIND range(1, 10) AS i CREATE (:A {i: i})-[:R]->(:B {i: i})';

describe('PROFILE', () => {
  it('counts rows and what is read', () => {
    const lines = profiled(setup, 'MATCH (a:A) WHERE a.i > 4 RETURN a.i AS i');
    expect(lines.map(([operator, rows]) => [operator, rows])).toEqual([
      ['ProduceResults', 6],
      ['Projection', 6],
      ['Filter', 6],
      ['NodeByLabelScan', 10],
    ]);
    const hits = new Map(lines.map(([operator, , count]) => [operator, count]));
    expect(hits.get('NodeByLabelScan')).toBe(10);
    expect(hits.get('Filter')).toBeGreaterThanOrEqual(10);
    expect(hits.get('Projection')).toBeGreaterThanOrEqual(6);
  });

  it('counts expansions, aggregates, limits and subqueries', () => {
    expect(profiled(setup, 'MATCH (a:A)-[:R]->(b) RETURN count(b) AS c').map(([operator, rows]) => [operator, rows])).toEqual([
      ['ProduceResults', 1],
      ['EagerAggregation', 1],
      ['Filter', 10],
      ['DirectedRelationshipTypeScan', 10],
    ]);
    const limited = profiled(setup, 'MATCH (a:A) RETURN a LIMIT 3');
    expect(limited[0]?.slice(0, 2)).toEqual(['ProduceResults', 3]);
    const exists = profiled(setup, 'MATCH (n) WHERE EXISTS { (n)-->(:B) } RETURN n.i');
    expect(exists.find(([operator]) => operator === 'SemiApply')?.[1]).toBe(10);
    expect(exists.find(([operator]) => operator === 'AllNodesScan')?.[1]).toBe(20);
  });

  it('runs what writes, and gives its rows', () => {
    const lines = profiled(setup, 'MATCH (a:A) SET a.j = 1 RETURN count(*) AS c');
    expect(lines[0]?.slice(0, 2)).toEqual(['ProduceResults', 1]);
    expect(lines.find(([operator]) => operator === 'SetProperties')?.[1]).toBe(10);
    const created = profiled(setup, 'UNWIND range(1, 3) AS i CREATE (:C {i: i, j: 1})-[:R {k: 1}]->(:C) RETURN 1 AS one');
    // Two nodes with their labels, a relationship, three properties.
    expect(created.find(([operator]) => operator === 'Create')).toEqual(['Create', 3, 3 * (2 * 2 + 1 + 3)]);
  });
});
