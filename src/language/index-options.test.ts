// What is taken and what is refused as the options of an index or a constraint.

import { describe, expect, it } from 'vitest';
import { parse } from './parser.js';

const index = (kind: string, options: string) => `CREATE ${kind} INDEX i FOR (n:A) ON (n.p) OPTIONS ${options}`;
const constraint = (requirement: string, options: string) => `CREATE CONSTRAINT c FOR (n:A) REQUIRE n.p ${requirement} OPTIONS ${options}`;

describe('OPTIONS', () => {
  it.each([
    index('', '{}'),
    index('RANGE', "{indexProvider: 'range-1.0', indexConfig: {}}"),
    index('TEXT', "{indexProvider: 'text-1.0'}"),
    index('TEXT', "{`indexProvider`: 'text-2.0'}"),
    index('POINT', '{indexConfig: {`spatial.cartesian.min`: [-100.0, -80], `spatial.wgs-84-3d.max`: [180, 90, 1000]}}'),
    "CREATE LOOKUP INDEX i FOR (n) ON EACH labels(n) OPTIONS {indexProvider: 'token-lookup-1.0'}",
    constraint('IS UNIQUE', "{indexProvider: 'range-1.0'}"),
    constraint('IS NODE KEY', '{indexConfig: {}}'),
    constraint('IS NOT NULL', '{}'),
    constraint('IS :: INTEGER', '{}'),
  ])('are taken: %s', (text) => {
    expect(parse(text).statement.kind).toMatch(/^Create/);
  });

  it.each([
    [index('', "{indexProvider: 'text-2.0'}"), "index provider 'text-2.0': valid here: range-1.0"],
    [index('', "{provider: 'range-1.0'}"), 'not `provider`'],
    [index('', '{indexProvider: 1}'), '`indexProvider` is a STRING'],
    [index('', '{indexConfig: 1}'), '`indexConfig` is a map'],
    [index('RANGE', '{indexConfig: {`spatial.cartesian.min`: [1, 2]}}'), 'not recognized: `spatial.cartesian.min`'],
    [index('POINT', '{indexConfig: {`spatial.cartesian.min`: 1}}'), 'is a list of numbers'],
    [constraint('IS NOT NULL', "{indexProvider: 'range-1.0'}"), 'this constraint has no index'],
  ])('are refused with the place: %s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ code: 'Neo.ClientError.Statement.ArgumentError', position: expect.objectContaining({ line: 1 }) }),
    );
  });

  it.each([index('', ''), index('', '1'), index('', '$options'), index('', "{indexProvider: 'range-1.0'")])('are no such thing: %s', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'Neo.ClientError.Statement.SyntaxError' }));
  });
});
