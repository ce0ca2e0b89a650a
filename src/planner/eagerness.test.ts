// Where a plan takes all rows before it goes on: where a write and a read of the same statement could meet, and nowhere else.

import { describe, expect, it } from 'vitest';
import { parse } from '../language/parser.js';
import { check } from '../semantics/check.js';
import type { Plan } from './plan.js';
import { planQuery } from './plan-query.js';
import { inputs } from './plan-tree.js';

const functions = {
  find: (name: string) => ({ aggregate: name.toLowerCase() === 'count', minArguments: 0, maxArguments: 3 }),
};
const statistics = {
  nodeCount: 100,
  relationshipCount: 100,
  nodesWithLabelCount: () => 50,
  relationshipsOfTypeCount: () => 50,
  endCount: () => 50,
};
const tokens = { labelId: () => 0, typeId: () => 0 };

/** Operators from the first to the last, for a plan without branches. */
function operators(text: string): string {
  const checked = check(parse(text), { functions, procedures: { columnsOf: () => undefined } });
  const schema = { version: 1, indexes: [], constraints: [] };
  const named = (plan: Plan): readonly string[] => [...inputs(plan).flatMap(named), plan.kind];
  return named(planQuery(checked, schema, statistics as never, tokens as never).plan)
    .filter((kind) => kind !== 'Argument' && kind !== 'ProduceResults' && kind !== 'EmptyResult')
    .join(' ');
}

describe('eagerness', () => {
  it.each([
    // What is created could be found.
    ['MATCH (n) CREATE (m)', 'AllNodesScan Eager CreatePattern'],
    ['MATCH (n:A) CREATE (m:A)', 'NodeByLabelScan Eager CreatePattern'],
    ['MATCH (n:A) CREATE (m:B)', 'NodeByLabelScan CreatePattern'],
    ['MATCH (a:A)-[:R]->(b) CREATE (a)-[:R]->(b)', 'RelationshipTypeScan Filter Eager CreatePattern'],
    ['MATCH (a:A)-[:R]->(b) CREATE (a)-[:S]->(b)', 'RelationshipTypeScan Filter CreatePattern'],
    ['MATCH (a:A)-[*1..2]->(b) CREATE (a)-[:S]->(b)', 'NodeByLabelScan VariableExpand Eager CreatePattern'],
    // Labels come and go.
    ['MATCH (n:A) SET n:B', 'NodeByLabelScan SetItems'],
    ['MATCH (n:A) REMOVE n:A', 'NodeByLabelScan Eager SetItems'],
    ['MATCH (n) SET n:A', 'AllNodesScan SetItems'],
    // A row's own property is read before it is written.
    ['MATCH (n:A) SET n.x = n.x + 1', 'NodeByLabelScan SetItems'],
    ['MATCH (n:A) WHERE n.x = 1 SET n.y = 2', 'NodeByLabelScan Filter SetItems'],
    ['MATCH (n:A), (m:A) WHERE m.x = 1 SET n.x = 2', 'NodeByLabelScan NodeByLabelScan Filter CartesianProduct Eager SetItems'],
    // What FOREACH holds counts as its own.
    ['MATCH (n:A) FOREACH (x IN [1] | CREATE (:A))', 'NodeByLabelScan Eager CreatePattern Foreach'],
    ['MATCH (n:A) FOREACH (x IN [1] | CREATE (:B))', 'NodeByLabelScan CreatePattern Foreach'],
    ['MATCH (n:A) FOREACH (x IN [1] | FOREACH (y IN [n] | SET y:B))', 'NodeByLabelScan SetItems Foreach Foreach'],
    ['MATCH (n:A) FOREACH (x IN [1] | FOREACH (y IN [n] | REMOVE y:A))', 'NodeByLabelScan Eager SetItems Foreach Foreach'],
    ['FOREACH (x IN [1] | CREATE (:A)) WITH 1 AS one MATCH (n:A) RETURN n', 'CreatePattern Foreach Project Eager NodeByLabelScan Project'],
    // Deleting meets every read that is still to come.
    ['MATCH (n:A) DETACH DELETE n', 'NodeByLabelScan Eager DeleteEntities'],
    ['MATCH (n:A) SET n.x = 1 WITH n MATCH (n)-->(m) DELETE m', 'NodeByLabelScan SetItems Project Expand Eager DeleteEntities'],
    // Later clauses see all of what earlier ones wrote.
    ['CREATE (n:A) WITH n MATCH (m:A) RETURN m.x', 'CreatePattern Project Eager NodeByLabelScan Project'],
    ['MATCH (n:A) SET n.x = 1 RETURN n.x', 'NodeByLabelScan SetItems Eager Project'],
    // All writes happen, whatever the limit.
    ['MATCH (n:A) SET n.x = 1 WITH 1 AS one LIMIT 1 RETURN one', 'NodeByLabelScan SetItems Project Eager Limit Project'],
    // Grouping takes all rows anyway.
    ['MATCH (n:A) WITH count(*) AS c CREATE (m:A)', 'NodeByLabelScan Aggregate CreatePattern'],
  ])('%s', (text, expected) => {
    expect(operators(text)).toBe(expected);
  });
});
