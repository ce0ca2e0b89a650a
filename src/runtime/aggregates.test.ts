// Every aggregate: of numbers, of nothing, of nulls, of what it refuses.

import { describe, expect, it } from 'vitest';
import { QueryRunner } from '../../test/support/query-runner.js';
import { seededRandom } from '../base/random.js';
import { display } from '../values/text.js';
import { CypherFloat, type Value } from '../values/value.js';
import { newAggregate } from './aggregates.js';
import { MemoryAccount } from './memory.js';

type Name = Parameters<typeof newAggregate>[0]['function'];

const float = (value: number) => new CypherFloat(value);

function result(name: Name, values: readonly Value[], distinct = false, parameter: Value = null, memory = new MemoryAccount(2 ** 20)): Value {
  const aggregate = newAggregate({ function: name, distinct }, memory, parameter);
  for (const value of values) aggregate.add(value);
  while (aggregate.step?.() === false);
  return aggregate.result();
}

describe('aggregates', () => {
  it.each<readonly [Name, readonly Value[], string]>([
    ['count', [1, null, 'a'], '2'],
    ['count', [], '0'],
    ['sum', [1, 2, null], '3'],
    ['sum', [1, float(0.5)], '1.5'],
    ['sum', [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], '18014398509481982'],
    ['sum', [], '0'],
    ['avg', [1, 2, null], '1.5'],
    ['avg', [], 'null'],
    ['avg', [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], '9.007199254740991E15'],
    ['min', [3, 1, 2], '1'],
    ['min', [], 'null'],
    ['min', ['b', 'a', null], "'a'"],
    ['min', [1, 'a'], "'a'"],
    ['max', [3, float(3.5), 2], '3.5'],
    ['max', [1, 'a'], '1'],
    ['max', [null], 'null'],
    ['max', [[1, 2], [1, 3], [0]], '[1, 3]'],
    ['collect', [1, null, 'a'], "[1, 'a']"],
    ['collect', [], '[]'],
    ['stDev', [2, 4, 4, 4, 5, 5, 7, 9], String(Math.sqrt(32 / 7))],
    ['stDevP', [2, 4, 4, 4, 5, 5, 7, 9], '2.0'],
    ['stDev', [1], '0.0'],
    ['stDevP', [], '0.0'],
  ])('%s of %j is %s', (name, values, expected) => {
    expect(display(result(name, values))).toBe(expected);
  });

  it.each<readonly [Name, readonly Value[], Value, string]>([
    ['percentileCont', [10, 20, 30, 40], float(0.5), '25.0'],
    ['percentileCont', [40, 10, 30, 20], 0, '10.0'],
    ['percentileCont', [10, 20, null, 40], 1, '40.0'],
    ['percentileDisc', [10, 20, 30, 40], float(0.5), '20'],
    ['percentileDisc', [10, 20, 30, 40], float(0.51), '30'],
    ['percentileDisc', [10, float(2.5)], 0, '2.5'],
    ['percentileDisc', [7], 1, '7'],
    ['percentileCont', [], float(0.5), 'null'],
    ['percentileDisc', [null], float(0.5), 'null'],
  ])('%s of %j at %j is %s', (name, values, parameter, expected) => {
    expect(display(result(name, values, false, parameter))).toBe(expected);
  });

  it('a percentile of many is sorted in steps', () => {
    const random = seededRandom(7);
    const values = Array.from({ length: 10_000 }, () => random.next() % 100_000);
    const aggregate = newAggregate({ function: 'percentileDisc', distinct: false }, new MemoryAccount(2 ** 20), float(0.25));
    for (const value of values) aggregate.add(value);
    let steps = 0;
    while (aggregate.step?.() === false) steps++;
    expect(steps).toBeGreaterThan(5);
    expect(aggregate.result()).toBe([...values].sort((a, b) => a - b)[2499]);
  });

  it.each<readonly [Name, readonly Value[], string]>([
    ['count', [1, float(1), 1, 'a', null], '2'],
    ['sum', [2, 2, float(2), 3], '5'],
    ['collect', [[1], [1], null, map(), map()], '[[1], {a: 1}]'],
    ['avg', [1, 1, 4], '2.5'],
  ])('distinct %s of %j is %s', (name, values, expected) => {
    expect(display(result(name, values, true))).toBe(expected);
  });

  it('a distinct percentile is one of what is left', () => {
    expect(result('percentileDisc', [1, 1, 1, 1, 5], true, float(0.75))).toBe(5);
  });

  it.each<readonly [Name, Value]>([
    ['sum', 'a'],
    ['avg', [1]],
    ['stDev', true],
    ['stDevP', 'a'],
    ['percentileCont', 'a'],
    ['percentileDisc', 'a'],
  ])('%s refuses %j', (name, value) => {
    expect(() => result(name, [value], false, 0)).toThrow('can only handle numerical values');
  });

  it.each([float(1.1), float(-0.1), float(Number.NaN)])('a percentile is between 0 and 1, not %j', (parameter) => {
    expect(() => result('percentileCont', [1], false, parameter)).toThrow('must be a number in the range 0.0 to 1.0');
  });

  it('sums beyond 64 bits are an error', () => {
    expect(() => result('sum', [2n ** 62n, 2n ** 62n])).toThrow('cannot be represented as an integer');
  });

  it.each<readonly [Name, boolean]>([
    ['collect', false],
    ['percentileCont', false],
    ['count', true],
    ['sum', true],
  ])('%s (distinct: %s) holds no more than the query may', (name, distinct) => {
    const values = Array.from({ length: 1000 }, (_, index) => index);
    expect(() => result(name, values, distinct, 0, new MemoryAccount(10_000))).toThrow('memory.query_bytes');
  });
});

describe('aggregates of a column', () => {
  const all = 'RETURN min(n.x) AS min, max(n.x) AS max, sum(n.x) AS sum, avg(n.x) AS avg';
  const big = 2 ** 31;

  // What is read ahead is added up beside the state; a list of the same values is not.
  it.each<readonly [string, readonly Value[]]>([
    ['nothing', []],
    ['nulls', [null, null]],
    ['integers', [3, -1, 2, 7]],
    ['the least and greatest of 32 bits', [-big, big - 1]],
    ['integers of more bits', [1, big, -big - 1, 2 ** 53 - 1, 5]],
    ['integers beyond what is exact', [2 ** 53 - 1, 2 ** 53 - 1, 1, 1]],
    ['floats', [float(0.1), float(-2.5)]],
    ['an integer, then the same float', [1, float(1), 1]],
    ['a float, then the same integer', [float(1), 1]],
    ['integers, floats and nulls', [1, 2, null, float(0.5), 4, null, 5, float(1e300), 7]],
  ])('are those of the values: %s', (_what, values) => {
    const runner = new QueryRunner();
    const list = new Map<string, Value>([['list', values]]);
    runner.run('UNWIND $list AS x CREATE (:N {x: x})', list);
    const [ofColumn] = runner.run(`MATCH (n:N) ${all}`).rows;
    const [ofList] = runner.run(`UNWIND $list AS x ${all.replaceAll('n.x', 'x')}`, list).rows;
    expect(ofColumn?.map(display)).toEqual(ofList?.map(display));
  });

  it.each<readonly [string, readonly Value[]]>([
    ['nothing', []],
    ['few integers, often', Array.from({ length: 5000 }, (_, at) => at % 60)],
    ['all kinds, often', Array.from({ length: 6000 }, (_, at): Value => [1, float(1), float(1.5), 'a', null, true, 2n ** 60n, -1, 2 ** 40][at % 9] as Value)],
    ['integers that share a place', Array.from({ length: 5000 }, (_, at) => (at % 5) * 1024)],
    ['more than are remembered', Array.from({ length: 12_000 }, (_, at) => (at * 7919) % 6000)],
    ['integers of more than 32 bits', Array.from({ length: 3000 }, (_, at) => (at % 7) * 2 ** 32 + 5)],
  ])('count the different ones: %s', (_what, values) => {
    const runner = new QueryRunner();
    const list = new Map<string, Value>([['list', values]]);
    runner.run('UNWIND $list AS x CREATE (:N {x: x})', list);
    const ofList = runner.run('UNWIND $list AS x RETURN count(DISTINCT x)', list).rows;
    expect(runner.run('MATCH (n:N) RETURN count(DISTINCT n.x)').rows).toEqual(ofList);
    expect(runner.run('MATCH (n) RETURN count(DISTINCT n.x)').rows).toEqual(ofList);
    // Of an outer scan, whose loop is not this one's to lead on.
    const apart = runner.run('MATCH (m:N) WITH m LIMIT 3 CALL { WITH m MATCH (n:N) RETURN count(DISTINCT m.x) AS c } RETURN collect(c)').rows;
    expect(apart).toEqual([[values.slice(0, 3).map((value) => (value === null ? 0 : 1))]]);
  });

  it('refuse what a list of the same values refuses', () => {
    const runner = new QueryRunner();
    runner.run("UNWIND [1, duration('P1D')] AS x CREATE (:N {x: x})");
    runner.run("UNWIND [duration('P1D'), 1] AS x CREATE (:M {x: x})");
    for (const label of ['N', 'M']) {
      for (const name of ['sum', 'avg']) expect(() => runner.run(`MATCH (n:${label}) RETURN ${name}(n.x)`)).toThrow('cannot mix number and duration');
    }
  });

  it('are exact over a million and more', () => {
    const runner = new QueryRunner(256 * 1024 ** 2);
    runner.run('UNWIND range(1, 1100000) AS x CREATE (:N {x: 2147483647 - x % 2})');
    const [row] = runner.run(`MATCH (n:N) ${all}`).rows;
    expect(row?.map(display)).toEqual(['2147483646', '2147483647', '2362232011150000', '2.1474836465E9']);
  });
});

function map(): Value {
  return new Map([['a', 1]]);
}
