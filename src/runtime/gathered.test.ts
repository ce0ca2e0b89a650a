// How much of a row is read ahead: some columns, so that the code for many is no longer than they are.

import { expect, it } from 'vitest';
import { QueryRunner } from '../../test/support/query-runner.js';
import { parse } from '../language/parser.js';
import { planQuery } from '../planner/plan-query.js';
import { check } from '../semantics/check.js';
import { write } from './compile.js';
import { functionSignatures } from './functions/registry.js';

const many = (count: number, one: (at: number) => string, between = ', ') => Array.from({ length: count }, (_, at) => one(at)).join(between);

function source(text: string): string {
  const { store } = new QueryRunner();
  const { published } = store;
  const checked = check(parse(text), { functions: functionSignatures, procedures: { columnsOf: () => undefined } });
  return write(planQuery(checked, published.schema, published.statistics, published)).source;
}

it('columns are all there, whether they are read ahead or not', () => {
  const runner = new QueryRunner();
  const values = new Map(Array.from({ length: 100 }, (_, at) => [`p${at}`, at % 7 === 3 ? `text ${at}` : at]));
  runner.run('UNWIND range(1, 3) AS i CREATE (n:N) SET n = $values', new Map([['values', values]]));
  const { rows } = runner.run(`MATCH (n:N) RETURN ${many(100, (at) => `n.p${at} AS p${at}`)}`);
  expect(rows).toEqual(Array.from({ length: 3 }, () => [...values.values()]));
});

it.each([
  (count: number) => `MATCH (n:N) RETURN ${many(count, (at) => `n.p${at}`)}`,
  (count: number) => `MATCH (n:N) RETURN CASE ${many(count, (at) => `WHEN n.a${at} = 1 THEN n.b${at}`, ' ')} END`,
  (count: number) => `MATCH (n:N) RETURN {${many(count, (at) => `k${at}: n.p${at}`)}}`,
])('twice as many are twice as much code', (text) => {
  const few = source(text(400));
  expect(few.match(/\.gather\(/g)).toHaveLength(32);
  expect(source(text(800)).length).toBeLessThan(2.5 * few.length);
});
