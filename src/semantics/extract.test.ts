import { describe, expect, it } from 'vitest';
import { parse } from '../language/parser.js';
import { functionSignatures } from '../runtime/functions/registry.js';
import { display } from '../values/text.js';
import { check } from './check.js';
import { extractLiterals, keyOf } from './extract.js';

function extracted(text: string): { readonly key: string; readonly values: readonly string[] } {
  const { statement, columns } = check(parse(text), { functions: functionSignatures, procedures: { columnsOf: () => undefined } });
  if (statement.kind !== 'Query') throw new Error('not a query');
  const { query, values } = extractLiterals(statement);
  return { key: keyOf(query, columns), values: [...values.values()].map(display) };
}

describe('literals that are data', () => {
  it.each([
    ["MATCH (n:User {name: 'Ada', age: 36}) RETURN n", ["'Ada'", '36']],
    ["MATCH (n)-[r:KNOWS {since: 1842}]->(m) WHERE n.name STARTS WITH 'A' AND 30 < m.age RETURN r", ['1842', "'A'", '30']],
    ['MATCH (n) WHERE n.age IN [1, 2, -3] RETURN n', ['[1, 2, -3]']],
    ['MATCH (n) WHERE id(n) = 7 OR NOT n.score >= -1.0 RETURN n', ['7', '-1.0']],
    ["CREATE (a {name: 'x', tags: ['a', 'b'], none: null, yes: true})", ["'x'", "['a', 'b']"]],
    ["MERGE (a {k: 1}) ON CREATE SET a.made = 'now' ON MATCH SET a += {seen: 2}", ['1', "'now'", '2']],
    ["UNWIND [{id: 1, name: 'a'}, {id: 2, name: 'b'}] AS row RETURN row.id", ["[{id: 1, name: 'a'}, {id: 2, name: 'b'}]"]],
    ["MATCH (n) WHERE EXISTS { (n)-->({name: 'z'}) } RETURN count(*)", ["'z'"]],
  ])('%s', (text, values) => {
    expect(extracted(text).values).toEqual(values);
  });

  it.each([
    ['RETURN 1 + 2'],
    ['MATCH (n) RETURN n.age + 1 AS next LIMIT 10'],
    ["MATCH (n) WHERE n.name =~ 'A.*' RETURN n"],
    ['MATCH (n)-[*1..3]->(m) RETURN m'],
    ['UNWIND [] AS x RETURN x'],
    ['MATCH (n {gone: null}) RETURN n'],
  ])('are none in %s', (text) => {
    expect(extracted(text).values).toEqual([]);
  });

  it('alone make no other plan', () => {
    expect(extracted("MATCH (n {name: 'Ada'}) RETURN n").key).toBe(extracted("MATCH   (n {name: 'Somebody longer'})\nRETURN n").key);
    expect(extracted('UNWIND [1, 2] AS x RETURN x').key).toBe(extracted("UNWIND ['a', {b: 1}, null] AS x RETURN x").key);
  });

  it.each([
    ["MATCH (n {name: 'Ada'}) RETURN n", "MATCH (n {title: 'Ada'}) RETURN n"],
    ['MATCH (n {age: 1}) RETURN n LIMIT 1', 'MATCH (n {age: 1}) RETURN n LIMIT 2'],
    ['MATCH (n {age: 1}) RETURN n.age', 'MATCH (n {age: 1}) RETURN n . age'],
    ['MATCH (n {age: 1}) RETURN n', 'MATCH (n {age: $age}) RETURN n'],
    ['MATCH (n {yes: true}) RETURN n', 'MATCH (n {yes: false}) RETURN n'],
  ])('%s and %s have plans of their own', (one, other) => {
    expect(extracted(one).key).not.toBe(extracted(other).key);
  });
});
