// What holds of every execution: it pauses, ends when it is cancelled, and holds no more memory than it says.

import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.js';
import { seededRandom } from '../../src/base/random.js';
import { QueryEngine } from '../../src/database/query-engine.js';
import type { Cancellation, Execution } from '../../src/runtime/execution.js';
import type { Value } from '../../src/values/value.js';
import { QueryRunner } from '../support/query-runner.js';

const runner = new QueryRunner();

// Ten layers of ten nodes, each joined to all of the next: 10^9 trails, none longer than nine.
beforeAll(() => {
  runner.run('UNWIND range(0, 99) AS i CREATE (:N {i: i, layer: i / 10})');
  runner.run('MATCH (n:N), (m:N) WHERE m.layer = n.layer + 1 CREATE (n)-[:E {i: n.i}]->(m)');
});

function start(text: string, cancellation: Cancellation, memoryLimitBytes: number): Execution {
  const options = { database: 'neo4j', procedures: { find: () => undefined, list: () => [] }, clock: systemClock, random: seededRandom(1), memoryLimitBytes };
  const reader = runner.store.published;
  return new QueryEngine(options).prepare(text, reader).start({ reader, writer: undefined, parameters: new Map(), user: 'neo4j', cancellation });
}

function rowsOf(text: string, memoryLimitBytes = 2 ** 30): readonly (readonly Value[])[] {
  const execution = start(text, { error: undefined }, memoryLimitBytes);
  const rows: (readonly Value[])[] = [];
  while (execution.next({ row: (row) => void rows.push(row) }, Number.POSITIVE_INFINITY) !== 'done');
  return rows;
}

describe('an execution', () => {
  it.each([
    'MATCH (a:N {i: 1})-[:E*20..20]->(b) RETURN count(*)',
    'UNWIND range(1, 1000000000) AS x RETURN count(x)',
    'MATCH (a:N), (b:N), (c:N), (d:N), (e:N) RETURN count(*)',
    'RETURN reduce(s = 0, x IN range(1, 1000000000) | x)',
    'RETURN size([x IN range(1, 1000000000) WHERE x < 0])',
    'RETURN all(x IN range(1, 1000000000) WHERE x > 0)',
    'RETURN none(x IN range(1, 1000000000) WHERE single(y IN range(1, 1000000000) WHERE y > x))',
    'RETURN CASE WHEN any(x IN range(1, 1000000000) WHERE x < 0) THEN 1 ELSE 2 END',
    'RETURN false OR any(x IN range(1, 1000000000) WHERE x < 0)',
    'UNWIND range(1, 1000000000) AS x WITH x WHERE none(y IN range(1, 1000) WHERE y < 0) RETURN count(x)',
  ])('pauses and can be cancelled: %s', (text) => {
    const cancellation: { error: Error | undefined } = { error: undefined };
    const execution = start(text, cancellation, 2 ** 30);
    const next = () => execution.next({ row: () => {} }, 1);
    expect(next()).toBe('pause');
    cancellation.error = new Error('enough');
    expect(next).toThrow('enough');
    execution.close();
    expect(next()).toBe('done');
  });

  it('ends when cancelled within a predicate on a trail, which cannot pause', () => {
    const cancellation: { error: Error | undefined } = { error: undefined };
    const execution = start('MATCH (a:N {i: 1})-[r:E*1..3 {i: reduce(s = 1, x IN range(1, 3000000) | s)}]->(b) RETURN count(*)', cancellation, 2 ** 30);
    let looks = 0;
    Object.defineProperty(cancellation, 'error', { get: () => (++looks > 100 ? new Error('enough') : undefined) });
    expect(() => execution.next({ row: () => {} }, 1)).toThrow('enough');
  });

  it('pauses within IN, and while range() is made', () => {
    const execution = start('WITH range(1, 3000000) AS list RETURN 0 IN list', { error: undefined }, 2 ** 30);
    let pauses = 0;
    while (execution.next({ row: () => {} }, 1) === 'pause') pauses++;
    expect(pauses).toBeGreaterThan(3);
  });

  it('pauses within a sort', () => {
    const execution = start('UNWIND range(1, 200000) AS x RETURN x ORDER BY (x * 7919) % 200003', { error: undefined }, 2 ** 30);
    let pausesBeforeRows = 0;
    let rows = 0;
    while (execution.next({ row: () => void rows++ }, Number.POSITIVE_INFINITY) !== 'done') if (rows === 0) pausesBeforeRows++;
    expect(rows).toBe(200_000);
    expect(pausesBeforeRows).toBeGreaterThan(3);
  });

  it.each([
    'UNWIND range(1, 20000) AS x RETURN x ORDER BY x',
    'UNWIND range(1, 20000) AS x WITH DISTINCT x RETURN count(x)',
    'UNWIND range(1, 20000) AS x RETURN count(DISTINCT x)',
    'UNWIND range(1, 200) AS x WITH [y IN range(1, 100) | y] AS list RETURN list ORDER BY list',
    'UNWIND range(1, 20000) AS x RETURN x ORDER BY x LIMIT 10000',
    "UNWIND range(1, 100) AS x RETURN reduce(s = 'a', y IN range(1, x / 7) | s + s) AS t ORDER BY -x LIMIT 90",
    'UNWIND range(1, 1000) AS x WITH x, reduce(s = toString(x), y IN range(1, 6) | s + s) AS t RETURN x, max(t)',
    'RETURN size([x IN range(1, 1000000000) | x])',
    'RETURN size([x IN range(1, 1000000) | [y IN range(1, 1000) | y]])',
    "RETURN size(reduce(s = 'a', x IN range(1, 40) | s + s))",
    "RETURN size(reduce(s = '', x IN range(1, 100000000) | s + 'abc'))",
    'RETURN size(reduce(l = [1], x IN range(1, 40) | l + l))',
    'RETURN size(reduce(l = [1], x IN range(1, 60) | [l, l]))',
    'RETURN size(reduce(l = [], x IN range(1, 1000000) | l + [[y IN range(1, 1000) | y]]))',
    'RETURN size(range(1, 1000000))',
    "WITH reduce(s = 'a', x IN range(1, 12) | s + s) AS t RETURN size(replace(t, 'a', t))",
    "WITH reduce(s = 'a', x IN range(1, 14) | s + s) AS t RETURN size(split(t, ''))",
    'WITH range(1, 4000) AS a, range(1, 4000) AS b RETURN size(a) + size(b)',
    'UNWIND range(1, 2000) AS x RETURN size(collect({a: x, b: x}))',
    "UNWIND range(1, 2000) AS x WITH {a: 'a' + x} AS m, count(*) AS c RETURN count(m)",
    'UNWIND range(1, 2000) AS x WITH {a: x} AS m RETURN count(DISTINCT m)',
    "UNWIND range(1, 500) AS x WITH DISTINCT 'a string of some hundred characters, which is kept for each row of its own number for as long as it goes' + x AS t RETURN count(t)",
  ])('holds no more than memory.query_bytes: %s', (text) => {
    expect(() => rowsOf(text, 100_000)).toThrow('memory.query_bytes is 100000');
  });

  it.each([
    ['UNWIND range(1, 5000) AS x OPTIONAL MATCH (n:N {i: 1}) RETURN count(n)', 5000],
    ['UNWIND range(1, 500) AS x MATCH (n:N {i: 1}) RETURN count([(n)-->(m) | m.i])', 500],
    ['UNWIND range(1, 500) AS x WITH [y IN range(1, 500) | y] AS list RETURN sum(size(list))', 250_000],
    ['UNWIND range(1, 500) AS x WITH x WHERE size(range(1, 1000)) = 1000 RETURN count(x)', 500],
    ['UNWIND range(1, 5000) AS x WITH x ORDER BY x DESC LIMIT 10 RETURN count(x)', 10],
    ['RETURN reduce(s = 0, x IN range(1, 1000) | s + size([y IN range(1, 1000) | y]))', 1_000_000],
    ['RETURN reduce(s = 0, x IN range(1, 1000) | s + size(range(1, 1000)))', 1_000_000],
    ['RETURN size([x IN range(1, 300) WHERE size(range(1, x)) = x])', 300],
    ['RETURN all(x IN range(1, 1000) WHERE size(range(1, x)) = x)', true],
  ])('lets go of what it no longer holds: %s', (text, expected) => {
    expect(rowsOf(text, 20_000)).toEqual([[expected]]);
  });
});

describe('a statement of hundreds of clauses', () => {
  const times = (count: number, clause: (index: number) => string) => Array.from({ length: count }, (_, index) => clause(index)).join(' ');
  const deep = times(200, (index) => `UNWIND [x${index} + 1] AS x${index + 1}`);

  it('runs, although its loops are deeper within one another than V8 reads', () => {
    expect(rowsOf(`UNWIND [0, 10] AS x0 ${deep} RETURN x0, x100, x200 ORDER BY x0`)).toEqual([
      [0, 100, 200],
      [10, 110, 210],
    ]);
    expect(rowsOf(`UNWIND range(1, 1000) AS x0 ${deep} RETURN x200 LIMIT 3`)).toEqual([[201], [202], [203]]);
    expect(
      rowsOf(
        `MATCH (n:N) WHERE n.i < 3 WITH n, n.i AS x0 ${deep} MATCH (n)-->(m) WITH m, x200 ${times(100, () => 'WITH m, x200 ORDER BY m.i')} RETURN count(m), max(x200)`,
      ),
    ).toEqual([[30, 202]]);
    expect(rowsOf(`UNWIND [1, 2] AS x0 ${deep} ${times(100, (index) => `OPTIONAL MATCH (n${index}:Nothing)`)} RETURN x0, x200, n99`)).toEqual([
      [1, 201, null],
      [2, 202, null],
    ]);
  });

  it('pauses and can be cancelled in its innermost loop', () => {
    const cancellation: { error: Error | undefined } = { error: undefined };
    const execution = start(`UNWIND range(1, 1000000000) AS x0 WITH x0 WHERE x0 < 0 ${deep} RETURN count(*)`, cancellation, 2 ** 30);
    const next = () => execution.next({ row: () => {} }, 1);
    expect([next(), next()]).toEqual(['pause', 'pause']);
    cancellation.error = new Error('enough');
    expect(next).toThrow('enough');
  });

  it('beyond its limit, is an error that says so', () => {
    expect(() => rowsOf(`UNWIND [1] AS x ${times(30_000, () => 'WITH x')} RETURN x`)).toThrow('limits.query_clauses');
  });
});

describe('expressions', () => {
  it.each([
    ['WITH 0 AS x RETURN x <> 0 AND 10 / x > 1', false],
    ['WITH 0 AS x RETURN x = 0 OR 10 / x > 1', true],
    ['WITH 0 AS x RETURN x <> 0 AND any(y IN [1] WHERE y / x > 1)', false],
    ['WITH 0 AS x RETURN x = 0 OR any(y IN [1] WHERE y / x > 1)', true],
    ['WITH 0 AS x RETURN CASE WHEN x = 0 THEN 1 ELSE [y IN [1] | y / x] END', 1],
    ['WITH 0 AS x RETURN CASE x WHEN 0 THEN 1 WHEN reduce(s = 0, y IN [1] | y / x) THEN 2 END', 1],
    ['WITH 2 AS x RETURN CASE x WHEN 0 THEN 1 WHEN reduce(s = 0, y IN [4] | y / x) THEN 2 ELSE 3 END', 2],
    ['WITH 3 AS x RETURN CASE x WHEN 0 THEN 1 WHEN 2 THEN [1] END', null],
    ['RETURN [x IN range(null, 3) | x]', null],
    ['UNWIND range(1, 9223372036854775807) AS x WITH x LIMIT 3 RETURN sum(x)', 6],
    ['WITH range(1, 100000) AS l RETURN reduce(a = [], x IN l | a + x) = l', true],
    ['WITH [1] AS l WITH l, reduce(a = l, x IN [2, [3], [[4]]] | a + x) AS r RETURN l = [1] AND r = [1, 2, 3, [4]]', true],
    ['RETURN reduce(a = [1], x IN [2, null, 3] | a + x)', null],
    ['RETURN reduce(a = 1, x IN [2, [3], 4] | a + x) = [3, 3, 4]', true],
    ['RETURN reduce(a = [], x IN [1, 2] | a + [size(a)]) = [0, 1]', true],
    ["RETURN reduce(a = '', x IN ['b', 1] | a + x)", 'b1'],
    ['RETURN 5 IN range(1, 9, 2)', true],
    ['RETURN 4 IN range(1, 9, 2)', false],
    ['RETURN 9 IN range(9, 1, -4)', true],
    ['RETURN 1 IN range(9, 2, -4)', false],
    ['RETURN 3.0 IN range(1, 3)', true],
    ['RETURN 3.5 IN range(1, 4)', false],
    ["RETURN '3' IN range(1, 3)", false],
    ['RETURN null IN range(1, 3)', null],
    ['RETURN null IN range(3, 1)', false],
    ['RETURN 1 IN range(1, null)', null],
    ['WITH range(1, 10000) AS list RETURN [9999 IN list, 9999.0 IN list, 0 IN list, null IN list] = [true, true, false, null]', null],
    ['WITH range(1, 10000) + [null] AS list RETURN 9999 IN list AND (0 IN list) IS NULL', true],
    ["WITH [1, 'a', 2.0, [1], null] AS list RETURN 'a' IN list AND 2 IN list AND [1] IN list AND ('b' IN list) IS NULL", true],
    ['RETURN all(x IN null WHERE x > 0)', null],
    ['RETURN reduce(s = 0, x IN null | s + x)', null],
    ['RETURN range(1, null)', null],
    ['RETURN size([x IN [1, 2, 3] | [y IN range(1, x) WHERE y > 1 | y * x]][2])', 2],
    ['RETURN any(x IN [1, null] WHERE x = 2)', null],
    ['RETURN all(x IN [1, null] WHERE x = 1)', null],
    ['RETURN all(x IN [null, 1] WHERE x = 2)', false],
    ['RETURN none(x IN [null, 2] WHERE x = 2)', false],
    ['RETURN none(x IN [null, 1] WHERE x = 2)', null],
    ['RETURN single(x IN [1, 2, 1] WHERE x = 1)', false],
    ['RETURN single(x IN [1, 2, null] WHERE x = 1)', null],
    ['RETURN single(x IN [1, 2] WHERE x = 1)', true],
    ['RETURN [x IN [1, 2] | {a: x, b: [y IN [x] | y + 1]}][1].b[0]', 3],
    ['WITH {a: 1} AS m RETURN m {.a, b: [x IN [1] | x]}.b[0]', 1],
    ['WITH null AS m RETURN m {.a, b: [x IN [1] | x]}', null],
    ['MATCH p = (a:N {i: 1})-[r:E*1..2]->(b) WHERE all(x IN r WHERE x.i IN [1, 10]) RETURN count(*)', 20],
    ['WITH 1 AS x WHERE x = 1 AND any(y IN [x] WHERE y = 1) AND NOT all(y IN [x] WHERE y = 2) RETURN x', 1],
    ['WITH 1 AS x WHERE x = 2 OR any(y IN [x] WHERE y = 1) RETURN x', 1],
    ['MATCH ()-[r:E {i: 1}]->() WITH collect(r) AS all UNWIND all AS r RETURN DISTINCT r:E AND NOT r:F', true],
    ['MATCH (n:N {i: 1}) WITH [n] AS list RETURN list[0].i + 1 = 2', true],
    ["RETURN 'foo-bar' =~ 'foo\\\\-bar'", true],
    ["RETURN 'a\\nb' =~ '(?m)a'", false],
    ["RETURN 'a.c' =~ '\\\\Qa.c\\\\E'", true],
    ["RETURN 'abc' =~ '\\\\Qa.c\\\\E'", false],
    ["RETURN '\u{1f600}' =~ '.'", true],
  ])('%s', (text, expected) => {
    expect(rowsOf(text)).toEqual([[expected]]);
  });

  it.each([
    ["RETURN size(reduce(s = 'a', x IN range(1, 40) | s + s))", 'limits.text_characters'],
    ["WITH reduce(s = 'a', x IN range(1, 20) | s + s) AS t RETURN size(replace(t, 'a', t))", 'limits.text_characters'],
    ['RETURN size(range(1, 100000000))', 'limits.list_items'],
    ['RETURN size(reduce(l = [1], x IN range(1, 40) | l + l))', 'limits.list_items'],
    ['RETURN size(reduce(l = [1], x IN range(1, 1000) | [l]))', 'limits.value_depth'],
  ])('a value that grows beyond its limit is an error that names it: %s', (text, name) => {
    expect(() => rowsOf(text, 2 ** 34)).toThrow(name);
  });

  it('the right side counts where the left does not decide', () => {
    expect(() => rowsOf('WITH 0 AS x RETURN x = 0 AND 10 / x > 1')).toThrow('/ by zero');
  });
});
