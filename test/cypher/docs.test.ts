// The examples of docs/cypher.md, in their order, each section on a graph of its own.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CausewayError } from '../../src/errors/error.js';
import { display } from '../../src/values/text.js';
import { QueryRunner } from '../support/query-runner.js';

const text = readFileSync(path.join(import.meta.dirname, '../../docs/cypher.md'), 'utf8');

function outcome(runner: QueryRunner, query: string): string {
  try {
    const { columns, rows } = runner.run(query);
    return columns.length === 0 ? '' : [columns.join(' | '), ...rows.map((row) => row.map(display).join(' | '))].join('\n');
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return error.code;
  }
}

describe('docs/cypher.md', () => {
  const sections = text.split(/^## /m).slice(1);
  expect(sections.length).toBeGreaterThan(8);
  it.each(sections.map((section) => [section.slice(0, section.indexOf('\n')), section] as const))('%s', (_title, section) => {
    const runner = new QueryRunner();
    for (const [, query = '', , expected] of section.matchAll(/```cypher\n([\s\S]*?)```(?:\n```(rows|error)\n([\s\S]*?)```)?/g)) {
      expect(outcome(runner, query.trim()), query).toBe((expected ?? '').trim());
    }
    expect(runner.store.check()).toEqual([]);
  });
});
