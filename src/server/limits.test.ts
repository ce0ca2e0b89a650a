// Limits of a configuration: what it sets holds, and what is beyond it is refused by the setting's name.

import { afterEach, describe, expect, it } from 'vitest';
import { QueryRunner } from '../../test/support/query-runner.js';
import { type LimitSettingName, limitSettings, limits, setLimits } from '../base/limits.js';
import { checkConfiguration } from './configuration.js';

function configured(chosen: Readonly<Record<string, number>>) {
  const listen = '127.0.0.1:1';
  return checkConfiguration(
    {
      server: { name: 'core1', kind: 'CORE', data: 'data' },
      bolt: { listen },
      http: { listen },
      cluster: { listen, secret_file: 'secret' },
      log: { engine: 'embedded', embedded: { folder: 'log' } },
      limits: chosen,
    },
    'the test',
  ).limits;
}

const names = Object.keys(limitSettings) as LimitSettingName[];

afterEach(() => setLimits(configured({})));

describe('limits of a configuration', () => {
  it.each<[LimitSettingName, number, string]>([
    ['query_characters', 1000, `RETURN '${'x'.repeat(1000)}'`],
    ['query_depth', 20, `RETURN ${'['.repeat(30)}${']'.repeat(30)}`],
    ['query_chain', 20, `RETURN 1${' + 1'.repeat(30)}`],
    ['query_labels', 3, 'MATCH (n:A:B:C:D) RETURN n'],
    ['query_clauses', 10, `${'WITH 1 AS x '.repeat(10)} RETURN x`],
    ['query_loops', 10, `MATCH (a)${'-->()'.repeat(10)} RETURN a`],
    ['value_depth', 10, 'RETURN reduce(list = [], x IN range(1, 20) | [list]) AS deep'],
    ['text_characters', 1000, "RETURN reduce(text = 'x', x IN range(1, 11) | text + text) AS long"],
    ['list_items', 1000, 'RETURN range(1, 2000)'],
    ['pattern_characters', 10, "RETURN 'x' =~ 'abcdefghijklmx'"],
    ['pattern_depth', 10, `RETURN 'x' =~ '${'('.repeat(20)}x${')'.repeat(20)}'`],
    ['pattern_repetitions', 10, "RETURN 'x' =~ 'x{20}'"],
    ['pattern_steps', 10_000, "RETURN 'x' =~ '((x{100}){20})'"],
  ])('%s holds, and is named', (name, limit, text) => {
    expect(() => new QueryRunner().run(text)).not.toThrow();
    setLimits(configured({ [name]: limit }));
    // Regular expressions that were read are kept: so another one.
    expect(() => new QueryRunner().run(text.replaceAll('x', 'y'))).toThrow(`limits.${name}`);
  });

  it('are those of base/limits.ts where nothing is set', () => {
    const before = { ...limits };
    setLimits(configured({}));
    expect(limits).toEqual(before);
  });

  it.each(names)('%s has bounds', (name) => {
    const { limit, min, max } = limitSettings[name];
    expect(limits[limit]).toBeGreaterThanOrEqual(min);
    expect(limits[limit]).toBeLessThanOrEqual(max);
    expect(() => configured({ [name]: min - 1 })).toThrow(`limits.${name}`);
    expect(() => configured({ [name]: max + 1 })).toThrow(`limits.${name}`);
  });

  it.each<[string, Partial<Record<LimitSettingName, number>>, (count: number) => string]>([
    ['depth', { query_depth: limitSettings.query_depth.max }, (most) => `RETURN ${'NOT '.repeat(most - 1)}true AS x`],
    ['operators in a row', { query_chain: limitSettings.query_chain.max }, (most) => `WITH 1 AS a RETURN a${' + a'.repeat(most - 1)} AS x`],
    ['labels', { query_labels: limitSettings.query_labels.max }, (most) => `MATCH (n:A${'|A'.repeat(most - 1)}) RETURN n`],
    ['clauses', { query_clauses: limitSettings.query_clauses.max }, (most) => `${'WITH 1 AS x '.repeat(most - 1)} RETURN x`],
    [
      'loops',
      { query_loops: limitSettings.query_loops.max },
      (most) => `${Array.from({ length: most }, (_, at) => `UNWIND [1] AS a${at}`).join(' ')} RETURN 1 AS x`,
    ],
  ])('at the most of %s the stack suffices', (_, chosen, make) => {
    const [most] = Object.values(chosen);
    setLimits(chosen);
    expect(() => new QueryRunner().run(make(most as number))).not.toThrow();
  });
});
