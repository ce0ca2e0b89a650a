import { describe, expect, it } from 'vitest';
import { complete, type KnownNames } from './completion.js';

const names: KnownNames = {
  labels: ['Country', 'City', 'Odd name'],
  types: ['BORDERS', 'SPEAKS'],
  properties: ['code', 'name', 'population'],
  graphs: ['neo4j', 'system', 'orders'],
  parameters: ['code', 'limit'],
};

describe('Tab offers', () => {
  it.each([
    ['mat', ['match ']],
    ['MAT', ['MATCH ']],
    ['MATCH (n:C', ['City', 'Country']],
    ['MATCH (n:Country:C', ['City', 'Country']],
    ['MATCH (:', ['City', 'Country', '`Odd name`']],
    ['MATCH (a)-[:', ['BORDERS', 'SPEAKS']],
    ['MATCH (a)-[r:BORDERS|S', ['SPEAKS']],
    ['MATCH (n) WHERE n.na', ['name']],
    ['MATCH (n {po', ['population']],
    ['RETURN $c', ['code']],
    ['USE o', ['orders']],
    [':use ', ['neo4j', 'orders', 'system']],
    [':be', [':begin']],
    [':format c', ['csv']],
    ['RETURN toUp', ['toUpper(']],
    ["RETURN 'mat", []],
    ['RETURN ', []],
    ['DROP DATABASE or', ['orders']],
  ])('%j', (text, expected) => {
    expect(complete(text, names).candidates).toEqual(expected);
  });

  it('replaces the word before the cursor alone', () => {
    expect(complete('MATCH (n:Cou', names)).toEqual({ word: 'Cou', candidates: ['Country'] });
  });
});
