// For tests of plans: a graph that is there in numbers alone, its indexes, and what a plan looks like below its projections.

import type { GraphSchema, IndexSchema } from '../../src/graph/schema.js';
import type { GraphStatistics } from '../../src/graph/statistics.js';
import { parse } from '../../src/language/parser.js';
import { printPlan } from '../../src/planner/explain.js';
import type { Plan } from '../../src/planner/plan.js';
import { planQuery } from '../../src/planner/plan-query.js';
import { check } from '../../src/semantics/check.js';
import { extractLiterals } from '../../src/semantics/extract.js';

/** A label has 10,000 nodes and a type 20,000 relationships; an index has every entity of its own, two to a key. */
export const tenThousandEach: GraphStatistics = {
  nodeCount: 100_000,
  relationshipCount: 100_000,
  nodesWithLabelCount: () => 10_000,
  relationshipsOfTypeCount: () => 20_000,
  endCount: () => 100,
  indexKeyCount: () => 5000,
  indexEntryCount: () => 10_000,
};

/** `A(p)`: of nodes with a label; `[T(p, q)]`: of relationships. Ids are given in order, from 1. */
export function schemaOf(...indexes: readonly (readonly [kind: IndexSchema['kind'], on: string])[]): GraphSchema {
  const made = indexes.map(([kind, on], at): IndexSchema => {
    const [, bracket, token = '', properties = ''] = /^(\[?)(\w+)\(([\w, ]+)\)\]?$/.exec(on) ?? [];
    const entity = bracket === '[' ? 'relationship' : 'node';
    return { id: at + 1, name: `i${at + 1}`, kind, entity, token, properties: properties.split(', '), owner: undefined };
  });
  return { version: 1, indexes: made, constraints: [] };
}

const AGGREGATES = ['min', 'max'];
const signatures = {
  functions: { find: (name: string) => ({ aggregate: AGGREGATES.includes(name.toLowerCase()), minArguments: 1, maxArguments: 3 }) },
  procedures: { columnsOf: () => undefined },
};

/** `extracted`: as plans are shared, without literals that are data. */
export function planned(text: string, schema: GraphSchema, statistics = tenThousandEach, extracted = false): Plan {
  const checked = check(parse(text), signatures);
  if (checked.statement.kind !== 'Query') throw new Error('not a query');
  const statement = extracted ? extractLiterals(checked.statement).query : checked.statement;
  return planQuery({ ...checked, statement }, schema, statistics, { labelId: () => 0, typeId: () => 0 }).plan;
}

/** The operators below the projections, from the top to the leaves. */
export function operators(plan: Plan): readonly string[] {
  const lines = printPlan(plan).split('\n');
  return lines.map((line) => line.trim().slice(2)).filter((line) => !/^(ProduceResults|Projection)/.test(line));
}
