// The openCypher TCK as a test, where it is there, and the runner's own tests: what it reads of features and of cells.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codesOf, parseExpectedError } from './errors.js';
import { parseCell, textOf } from './expected.js';
import { readScenarios, scenariosOf, TCK_FOLDER } from './features.js';
import { InProcess } from './in-process.js';
import { runScenario } from './scenario.js';

const isThere = existsSync(TCK_FOLDER);
if (!isThere) console.log(`Skipped: there is no openCypher TCK in ${TCK_FOLDER} (CAUSEWAY_TCK names another folder).`);

const feature = `Feature: One

  Scenario Outline: [1] Adding
    Given an empty graph
    When executing query:
      """
      RETURN <a> + 1 AS sum
      """
    Then the result should be, in order:
      | sum   |
      | <sum> |
    And no side effects

    Examples:
      | a | sum |
      | 1 | 2   |
      | 2 | 3   |
      | 2 | 4   |

  Scenario: [2] What a step did not ask for
    Given an empty graph
    When executing query:
      """
      CREATE (:A {p: 1}) RETURN nonsense
      """

  Scenario: [3] Side effects that are not said
    Given an empty graph
    When executing query:
      """
      CREATE (:A {p: 1})
      """
    Then the result should be empty
    And no side effects
`;

describe('the runner', () => {
  it('expands outlines, and says what is wrong', async () => {
    const target = new InProcess();
    const outcomes: (string | undefined)[] = [];
    for (const scenario of scenariosOf('one.feature', feature)) outcomes.push(await runScenario(scenario, target));
    expect(outcomes.slice(0, 2)).toEqual([undefined, undefined]);
    expect(outcomes[2]).toContain('rows:\n  3\nwhere these were expected:\n  4');
    expect(outcomes[3]).toContain('Neo.ClientError.Statement.SyntaxError at compile time');
    expect(outcomes[4]).toContain('+nodes is 1, not 0, +properties is 1, not 0, +labels is 1, not 0');
  });

  it.each([
    ["[1, 1.0, 'it\\'s', null]", '[1, 1f, "it\'s", null]'],
    ["(:B:A {b: 1, a: 'x'})", '(:A:B {a: "x", b: 1})'],
    ['<(:A)-[:R]->()<-[:S {x: 1}]-()>', '<(:A {})-[:R {}]->( {})<-[:S {x: 1}]-( {})>'],
    ['{}', '{}'],
    ['-1.5E-10', '-1.5e-10f'],
  ])('reads %s', (cell, text) => {
    expect(textOf(parseCell(cell), { ignoreListOrder: false })).toBe(text);
  });

  it('refuses cells that it cannot read whole', () => {
    for (const cell of ['[1', '(:A', 'nonsense', '1 2', "'open"]) expect(() => parseCell(cell)).toThrow('expected at');
  });

  it('knows a code for an error by its phase', () => {
    const code = (text: string) => codesOf(parseExpectedError(text) as NonNullable<ReturnType<typeof parseExpectedError>>);
    expect(code('a TypeError should be raised at compile time: InvalidArgumentType')).toEqual(['Neo.ClientError.Statement.SyntaxError']);
    expect(code('a TypeError should be raised at runtime: InvalidArgumentType')).toEqual(['Neo.ClientError.Statement.TypeError']);
    expect(parseExpectedError('the result should be empty')).toBeUndefined();
  });
});

describe.skipIf(!isThere)('openCypher', () => {
  it('every scenario passes', { timeout: 300_000 }, async () => {
    const target = new InProcess();
    const failed: string[] = [];
    const scenarios = readScenarios();
    for (const scenario of scenarios) {
      const wrong = await runScenario(scenario, target);
      if (wrong !== undefined) failed.push(`${scenario.file}: ${scenario.name}: ${wrong}`);
    }
    expect(scenarios.length).toBe(3114);
    expect(failed).toEqual([]);
  });
});
