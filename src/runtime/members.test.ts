// IN over a list that is asked again and again says what IN over a list of each row says.

import { expect, it } from 'vitest';
import { QueryRunner } from '../../test/support/query-runner.js';
import { CypherFloat, type Value } from '../values/value.js';

const float = (value: number) => new CypherFloat(value);
const integers = Array.from({ length: 20 }, (_, at): Value => at);
const words = Array.from({ length: 20 }, (_, at): Value => `word ${at}`);
const items: readonly Value[] = [
  3,
  99,
  'word 3',
  'other',
  '3',
  null,
  true,
  float(3),
  float(3.5),
  float(Number.NaN),
  2n ** 60n,
  [1, 2],
  [1, null],
  new Map([['a', 1]]),
];

it.each<readonly [string, readonly Value[]]>([
  ['nothing', []],
  ['few', [3, 'word 3', null]],
  ['integers', integers],
  ['integers and null', [...integers, null]],
  ['strings', words],
  ['floats', integers.map((one) => float(one as number))],
  ['all kinds', [...integers, ...words, float(3.5), float(Number.NaN), 2n ** 60n, [1, 2], [1, 3], true, new Map([['a', 1]])]],
  ['lists and null', [...words, [1, 2], [1, null], null]],
  ['more of other kinds than are compared at once', [...words, ...Array.from({ length: 5000 }, (_, at) => float(at + 0.5))]],
])('a list of %s', (_what, list) => {
  const runner = new QueryRunner();
  // Often enough that there is a set.
  const asked = new Map<string, Value>([
    ['items', [...items, ...items]],
    ['list', list],
  ]);
  const byParameter = runner.run('UNWIND $items AS i RETURN i IN $list AS found', asked).rows;
  const oneByOne = runner.run('UNWIND $items AS i WITH i, [x IN $list] AS list RETURN i IN list AS found', asked).rows;
  expect(byParameter).toEqual(oneByOne);
  const byVariable = runner.run('WITH [x IN $list] AS list UNWIND $items AS i RETURN i IN list AS found', asked).rows;
  expect(byVariable).toEqual(oneByOne);
});

it('is null of null, and refused of what is no list, where it is asked at all', () => {
  const runner = new QueryRunner();
  expect(runner.run('RETURN 1 IN $list AS found', new Map([['list', null]])).rows).toEqual([[null]]);
  expect(() => runner.run('UNWIND range(1, 9) AS x RETURN x IN $list AS found', new Map([['list', 7]]))).toThrow('Type mismatch: expected List but was Long');
  expect(runner.run('UNWIND [] AS x RETURN x IN $list AS found', new Map([['list', 7]])).rows).toEqual([]);
  runner.run('CREATE (:I {p: 1})');
  const text = 'MATCH (n:I) WHERE n.p IN $list RETURN n';
  expect(() => runner.run(text, new Map([['list', 7]]))).toThrow('expected List but was Long');
  expect(() => runner.run('MATCH (n) WHERE id(n) IN $list RETURN n', new Map([['list', 7]]))).toThrow('expected List but was Long');
  runner.run('CREATE INDEX FOR (n:I) ON (n.p)');
  expect(() => runner.run(text, new Map([['list', 7]]))).toThrow('expected List but was Long');
});

it('takes memory that the query has', () => {
  const runner = new QueryRunner();
  const list = Array.from({ length: 2_000_000 }, (_, at) => at);
  expect(() => runner.run('UNWIND range(1, 9) AS x RETURN x IN $list AS found', new Map([['list', list]]))).toThrow('memory.query_bytes');
});
