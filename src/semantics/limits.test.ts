// What a query may nest: each kind of loop counts, and one too many is an error that names the limit, at the loop.

import { describe, expect, it } from 'vitest';
import { limits } from '../base/limits.js';
import { CausewayError } from '../errors/error.js';
import { parse } from '../language/parser.js';
import { check } from './check.js';

const signatures = {
  functions: { find: () => undefined },
  procedures: { columnsOf: () => ({ arguments: [], columns: ['x'] }) },
};

function outcome(text: string): string {
  try {
    check(parse(text), signatures);
    return 'checked';
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return `${error.position?.offset} ${/limits\.\w+/.exec(error.message)?.[0]}`;
  }
}

const most = limits.queryLoopsMax;
const each = (make: (index: number) => string) => (count: number) => Array.from({ length: count }, (_, index) => make(index)).join(' ');

describe('loops of a query', () => {
  const table: readonly [string, number, (count: number) => string, string][] = [
    // The pattern's own scan is a loop too.
    ['relationships of a MATCH', most - 1, (count) => `MATCH (a)${'-->()'.repeat(count)}`, ' RETURN a'],
    ['relationships of a MERGE', most - 1, (count) => `MERGE (a)${'-[:R]->()'.repeat(count)}`, ' RETURN a'],
    ['relationships of EXISTS', most - 1, (count) => `MATCH (a) WHERE EXISTS { (a)${'-->()'.repeat(count)} }`, ' RETURN a'],
    ['nodes of a MATCH', most, (count) => `MATCH ${Array(count).fill('()').join(',')}`, ' RETURN 1 AS one'],
    ['MATCHes', most, each((index) => `MATCH (a${index})`), ' RETURN 1 AS one'],
    ['UNWINDs', most, each((index) => `UNWIND [] AS a${index}`), ' RETURN 1 AS one'],
    ['CALLs', most, each((index) => `CALL p() YIELD x AS a${index}`), ' RETURN 1 AS one'],
  ];
  for (const [what, count, make, end] of table) {
    it(`at most ${count} ${what}`, () => {
      expect(outcome(make(count) + end)).toBe('checked');
      expect(outcome(make(count + 1) + end)).toMatch(/^\d+ limits.query_loops$/);
    });
  }

  it('three thousand relationships are refused at once, at the first one too many', () => {
    const text = `MATCH (a)${'-->()'.repeat(3000)} RETURN a`;
    expect(outcome(text)).toBe(`${'MATCH (a)'.length + (most - 1) * '-->()'.length} limits.query_loops`);
  });

  it('the parts of a UNION are counted by themselves', () => {
    const part = `MATCH ${Array(most).fill('()').join(',')} RETURN 1 AS one`;
    expect(outcome(`${part} UNION ${part}`)).toBe('checked');
  });

  it('what is created is no loop', () => {
    expect(outcome(`CREATE (a)${'-[:R]->()'.repeat(3000)}`)).toBe('checked');
  });
});
