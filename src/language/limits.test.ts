// What a text may hold: each limit is met with an error that names it, at the place where there is too much; just below it the text is read.

import { describe, expect, it } from 'vitest';
import { limits } from '../base/limits.js';
import { CausewayError } from '../errors/error.js';
import { parse } from './parser.js';

function outcome(text: string): string {
  try {
    parse(text);
    return 'read';
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return `${error.position?.offset} ${/limits\.\w+/.exec(error.message)?.[0]}`;
  }
}

const { queryChainMax, queryClausesMax, queryDepthMax, queryLabelsMax } = limits;
const longest = (unit: string) => (count: number) => unit.repeat(count);

describe('limits of a text', () => {
  const table: readonly [string, number, (count: number) => string, string, string][] = [
    ['clauses', queryClausesMax - 1, longest('WITH 1 AS x '), 'limits.query_clauses', 'RETURN x'],
    ['parts of a UNION', queryClausesMax - 1, longest('RETURN 1 AS x UNION '), 'limits.query_clauses', 'RETURN 1 AS x'],
    ['operators in a row', queryChainMax, (count) => `RETURN 1${' + 1'.repeat(count - 1)}`, 'limits.query_chain', ''],
    ['comparisons in a row', queryChainMax, (count) => `RETURN 1${' < 1'.repeat(count - 1)}`, 'limits.query_chain', ''],
    ['predicates in a row', queryChainMax, (count) => `RETURN 1${' IS NULL'.repeat(count - 1)}`, 'limits.query_chain', ''],
    ['properties in a row', queryChainMax, (count) => `RETURN a${'.b'.repeat(count - 1)}`, 'limits.query_chain', ''],
    ['subscripts in a row', queryChainMax, (count) => `RETURN a${'[0]'.repeat(count - 1)}`, 'limits.query_chain', ''],
    ['lists in lists', queryDepthMax, (count) => `RETURN ${'['.repeat(count)}${']'.repeat(count)}`, 'limits.query_depth', ''],
    ['NOTs in a row', queryDepthMax - 1, (count) => `RETURN ${'NOT '.repeat(count)}true`, 'limits.query_depth', ''],
    ['signs in a row', queryDepthMax - 1, (count) => `RETURN ${'- '.repeat(count)}a`, 'limits.query_depth', ''],
    ['alternative labels', queryLabelsMax, (count) => `MATCH (n:A${'|A'.repeat(count - 1)}) RETURN n`, 'limits.query_labels', ''],
    ['labels', queryLabelsMax, (count) => `MATCH (n${':A'.repeat(count)}) RETURN n`, 'limits.query_labels', ''],
  ];
  for (const [what, most, make, name, end] of table) {
    it(`at most ${most} ${what}`, () => {
      expect(outcome(make(most) + end)).toBe('read');
      expect(outcome(make(most + 1) + end)).toMatch(new RegExp(`^\\d+ ${name}$`));
    });
  }

  it('a text of more characters is not looked at', () => {
    expect(outcome(`RETURN 1${' '.repeat(limits.queryCharactersMax)}`)).toBe('undefined limits.query_characters');
  });

  it('names the clause that is too many', () => {
    const text = `${'WITH 1 AS x '.repeat(queryClausesMax)}RETURN x`;
    expect(outcome(text)).toBe(`${text.length - 'RETURN x'.length} limits.query_clauses`);
  });
});

describe('texts that are read in time that their length bounds', () => {
  const table: readonly [string, string][] = [
    ['a list of as many items as fit', `RETURN [${'1,'.repeat(400_000)}1]`],
    ['patterns in lists in patterns, which may begin a list or a comprehension', `RETURN ${'[({a: '.repeat(40)}1${'})-->()]'.repeat(40)}`],
    ['brackets that are never closed', `RETURN ${'[x IN y WHERE '.repeat(60)}`],
    ['many patterns as predicates', `MATCH (a) RETURN [${'(a)-->(), '.repeat(5_000)}1]`],
  ];
  for (const [what, text] of table) {
    it(what, { timeout: 10_000 }, () => {
      expect(outcome(text)).toMatch(/^read$|^\d+ undefined$/);
    });
  }
});
