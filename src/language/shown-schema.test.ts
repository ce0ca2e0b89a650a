// Which rows SHOW is asked for, by the words before INDEXES and CONSTRAINTS.

import { expect, it } from 'vitest';
import { parse } from './parser.js';

it.each([
  ['SHOW INDEXES', 'indexes', []],
  ['SHOW ALL INDEXES YIELD name', 'indexes', []],
  ['SHOW RANGE INDEX', 'indexes', [['RANGE']]],
  ['SHOW ALL CONSTRAINTS', 'constraints', []],
  ['SHOW KEY CONSTRAINTS', 'constraints', [['NODE_KEY', 'RELATIONSHIP_KEY']]],
  ['SHOW REL UNIQUE CONSTRAINTS', 'constraints', [['UNIQUENESS', 'RELATIONSHIP_UNIQUENESS'], ['RELATIONSHIP']]],
  ['SHOW NODE PROPERTY TYPE CONSTRAINT', 'constraints', [['NODE_PROPERTY_TYPE', 'RELATIONSHIP_PROPERTY_TYPE'], ['NODE']]],
  ["SHOW EXISTENCE CONSTRAINTS WHERE name = 'a'", 'constraints', [['NODE_PROPERTY_EXISTENCE', 'RELATIONSHIP_PROPERTY_EXISTENCE']]],
])('%s', (text, target, values) => {
  const command = parse(text).statement;
  expect(command.kind === 'Show' && [command.target, command.only.map((one) => one.values)]).toEqual([target, values]);
});

it.each(['SHOW NODE CONSTRAINTS', 'SHOW ALL KEY CONSTRAINTS', 'SHOW KEY INDEXES'])('%s is refused', (text) => {
  expect(() => parse(text)).toThrow();
});
