// A plan that is kept is made anew when the counts that it rests on are others.

import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.js';
import { systemClock } from '../../src/base/clock.js';
import { seededRandom } from '../../src/base/random.js';
import { QueryEngine } from '../../src/database/query-engine.js';
import type { PlanDescription } from '../../src/planner/explain.js';
import { QueryRunner } from '../support/query-runner.js';

function leafOf({ operatorType, arguments: shown, children }: PlanDescription): string {
  return children[0] === undefined ? `${operatorType} ${String(shown.get('Details'))}` : leafOf(children[0]);
}

describe('a plan that is kept', () => {
  it('is made anew, at most once a second, when labels have become many times what they were', () => {
    const runner = new QueryRunner();
    let nowMs = 0;
    const clock: Clock = { ...systemClock, nowMs: () => nowMs };
    const procedures = { find: () => undefined, list: () => [] };
    const engine = new QueryEngine({ database: 'neo4j', procedures, clock, random: seededRandom(1), memoryLimitBytes: 2 ** 26 });
    const text = 'MATCH (a:A)-[:R]->(b:B) RETURN count(*)';
    const leaf = () => leafOf(engine.prepare(text, runner.store.published).describe());

    runner.run('UNWIND range(1, 500) AS i CREATE (:B)');
    runner.run('UNWIND range(1, 10) AS i CREATE (:A)');
    runner.run('MATCH (a:A), (b:B) CREATE (a)-[:R]->(b)');
    const first = engine.prepare(text, runner.store.published);
    expect(leaf()).toBe('NodeByLabelScan@neo4j a:A');
    runner.run('UNWIND range(1, 5000) AS i CREATE (:A)');
    expect(leaf()).toBe('NodeByLabelScan@neo4j a:A');
    nowMs += 1000;
    expect(leaf()).toBe('NodeByLabelScan@neo4j b:B');
    const second = engine.prepare(text, runner.store.published);
    expect(second).not.toBe(first);
    runner.run('UNWIND range(1, 100) AS i CREATE (:A)');
    nowMs += 1000;
    expect(engine.prepare(text, runner.store.published)).toBe(second);
    // The same with another literal shares the plan.
    expect(leafOf(engine.prepare('MATCH (a:A)-[:R]->(b:B) RETURN count(*) + 1', runner.store.published).describe())).toBe('NodeByLabelScan@neo4j b:B');
  });
});
