// The list of `list.md` is true, and whole: no function and no aggregate is missing.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CausewayError } from '../../src/errors/error.js';
import { functionSignatures } from '../../src/runtime/functions/registry.js';
import { display } from '../../src/values/text.js';
import { QueryRunner } from '../support/query-runner.js';

const text = readFileSync(path.join(import.meta.dirname, 'list.md'), 'utf8');
const setup = /```cypher\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`'))
  .map((line) => {
    const [name = '', ...cells] = line.slice(2, -2).split(/(?<!\\) \| /);
    const [normal, gives, none, givesThen, wrong, code] = cells.map((cell) => cell.trim().slice(1, -1).replaceAll('\\|', '|'));
    return { name: name.trim().replaceAll('\\|', '|'), cases: [[normal, gives] as const, [none, givesThen] as const, [wrong, code] as const] };
  });

/** An expression that speaks of the pattern's variables is asked of the pattern. */
function queryOf(words: string): string {
  if (/^[A-Z]{3,}\b(?!\s*\{)/.test(words) && !/^(NOT|CASE|EXISTS|COUNT|COLLECT)\b/.test(words)) return words;
  const free = words.replace(/'[^']*'/g, '').replace(/\{[^}]*:/g, '');
  return /\b[abrp]\b/.test(free) ? `MATCH p = (a:Person {name: 'Ada'})-[r:KNOWS]->(b) RETURN ${words}` : `RETURN ${words}`;
}

function outcome(words: string): string {
  const runner = new QueryRunner(2 * 1024 ** 2);
  runner.run(setup);
  try {
    const { columns, rows: found } = runner.run(queryOf(words));
    if (columns.length === 0) return 'nothing';
    return found.length === 0 ? 'no row' : found.map((row) => row.map(display).join(', ')).join('; ');
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return error.code.replace('Neo.ClientError.', '');
  }
}

describe('the list', () => {
  it.each(rows)('$name', ({ cases }) => {
    for (const [words, expected] of cases) expect(outcome(words as string), words).toBe(expected);
    expect(cases[2]?.[1]).toMatch(/Error|Failed|NotFound/);
  });

  it('has every function and every aggregate', () => {
    const listed = new Set(rows.map(({ name }) => name.toLowerCase()));
    const aggregates = ['count', 'sum', 'avg', 'min', 'max', 'collect', 'stdev', 'stdevp', 'percentilecont', 'percentiledisc'];
    for (const name of aggregates) expect(functionSignatures.find(name)?.aggregate).toBe(true);
    expect([...functionSignatures.names, ...aggregates].filter((name) => !listed.has(name))).toEqual([]);
  });
});
