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
  ])('holds no more than memory.query_bytes: %s', (text) => {
    expect(() => rowsOf(text, 100_000)).toThrow('memory.query_bytes is 100000');
  });

  it.each([
    ['UNWIND range(1, 5000) AS x OPTIONAL MATCH (n:N {i: 1}) RETURN count(n)', 5000],
    ['UNWIND range(1, 500) AS x MATCH (n:N {i: 1}) RETURN count([(n)-->(m) | m.i])', 500],
  ])('lets go of what it no longer holds: %s', (text, expected) => {
    expect(rowsOf(text, 20_000)).toEqual([[expected]]);
  });
});

describe('expressions', () => {
  it.each([
    ['WITH 0 AS x RETURN x <> 0 AND 10 / x > 1', false],
    ['WITH 0 AS x RETURN x = 0 OR 10 / x > 1', true],
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

  it('the right side counts where the left does not decide', () => {
    expect(() => rowsOf('WITH 0 AS x RETURN x = 0 AND 10 / x > 1')).toThrow('/ by zero');
  });
});
