// One seed: a random graph and random queries, each run by the compiled runtime without and with indexes, and by the plain
// evaluator, which takes the plan before any pass (a missing Eager shows in the compiled runtime alone). Rows, failure and the graph afterwards must be the same.

import { systemClock } from '../../src/base/clock.js';
import { atOnce } from '../../src/base/pieces.js';
import { seededRandom } from '../../src/base/random.js';
import { CausewayError } from '../../src/errors/error.js';
import type { GraphReader } from '../../src/graph/reader.js';
import type { Draft } from '../../src/graph/store.js';
import { parse } from '../../src/language/parser.js';
import { planQuery } from '../../src/planner/plan-query.js';
import { functionSignatures } from '../../src/runtime/functions/registry.js';
import { check } from '../../src/semantics/check.js';
import type { Value } from '../../src/values/value.js';
import { evaluatePlan, TooMuch } from '../evaluator/evaluator.js';
import { Refused } from '../evaluator/expressions.js';
import { shown } from '../evaluator/values.js';
import { QueryRunner } from '../support/query-runner.js';
import { indexQuery, others } from './index-query.js';
import { chance, indexes, randomGraph, textIndexes } from './random-graph.js';
import { type RandomQuery, randomQuery } from './random-query.js';

export interface Difference {
  readonly graph: string;
  readonly query: string;
  readonly expected: string;
  readonly found: string;
  readonly by: string;
}

type Outcome = { readonly rows: readonly string[]; readonly after: string } | { readonly failed: string };

const GRAPH_BYTES = 2 * 1024 ** 2;

const signatures = { functions: functionSignatures, procedures: { columnsOf: () => undefined } };

export function differences(seed: number, queryCount: number): readonly Difference[] {
  const random = seededRandom(seed);
  const small = randomGraph(random);
  const found: Difference[] = [];
  for (let index = 0; index < queryCount; index++) {
    const byIndex = chance(random, 30);
    const query = byIndex ? indexQuery(random) : randomQuery(random);
    const graph = byIndex ? [small, others] : [small];
    const expected = evaluatedWithin(graph, query);
    if (expected === undefined) continue;
    for (const [by, made] of [
      ['compiled', []],
      ['compiled, with indexes', chance(random, 50) ? [...indexes, ...textIndexes] : indexes],
      ...(chance(random, 25) ? [['compiled, with text indexes', textIndexes] as const] : []),
    ] as const) {
      const outcome = compiled(graph, query, made);
      if (isSame(expected, outcome, query)) continue;
      found.push({ graph: graph.join(';\n'), query: query.text, expected: print(expected), found: print(outcome), by });
    }
  }
  return found;
}

/** What stops early may not meet an error that whoever computes everything meets. */
function isSame(expected: Outcome, outcome: Outcome, query: RandomQuery): boolean {
  if ('failed' in expected) return 'failed' in outcome || /LIMIT|EXISTS|CASE|WHERE|coalesce/.test(query.text);
  // The evaluator has no limit for a query, and its graph no indexes to hold.
  if ('failed' in outcome && /memory\.(query|graph)_bytes/.test(outcome.failed)) return true;
  return 'rows' in outcome && print(expected) === print(outcome);
}

function print(outcome: Outcome): string {
  return 'failed' in outcome ? `error: ${outcome.failed}` : `${outcome.rows.join('\n')}\n-- ${outcome.after}`;
}

function loaded(graph: readonly string[], made: readonly string[]): QueryRunner {
  const runner = new QueryRunner(GRAPH_BYTES);
  for (const text of made) runner.run(text);
  for (const text of graph) runner.run(text);
  return runner;
}

function compiled(graph: readonly string[], query: RandomQuery, made: readonly string[]): Outcome {
  const runner = loaded(graph, made);
  return outcomeOf(query, () => {
    const { rows } = runner.run(query.text);
    return [rows, runner.store.published];
  });
}

/** Undefined: too much for the plain evaluator. */
function evaluatedWithin(graph: readonly string[], query: RandomQuery): Outcome | undefined {
  try {
    return evaluated(graph, query);
  } catch (error) {
    if ((error as Error).cause instanceof TooMuch) return undefined;
    throw error;
  }
}

function evaluated(graph: readonly string[], query: RandomQuery): Outcome {
  const runner = loaded(graph, []);
  const { published } = runner.store;
  return outcomeOf(query, () => {
    const draft = runner.store.begin(published, runner.ids);
    try {
      const { plan } = planQuery(check(parse(query.text.replace(/ USING JOIN ON \w+/g, '')), signatures), published.schema, published.statistics, published, {
        passes: [],
      });
      const rows = evaluatePlan(plan, { reader: draft, writer: draft, parameters: new Map() });
      draft.checkBeforeCommit();
      commit(runner, draft);
      return [rows, runner.store.published];
    } finally {
      draft.release();
    }
  });
}

function commit(runner: QueryRunner, draft: Draft): void {
  if (draft.effects().length === 0) return;
  const transactionId = runner.store.newest.transactionId + 1;
  const changeSet = { transactionId, requestId: '1'.repeat(32), committedAtMs: systemClock.wallMs(), effects: draft.effects(), counters: draft.counters };
  runner.store.publish(atOnce(runner.store.apply(changeSet)));
}

function outcomeOf(query: RandomQuery, run: () => readonly [readonly (readonly Value[])[], GraphReader]): Outcome {
  try {
    const [rows, after] = run();
    const texts = rows.map((row) => row.map(shown).join(' | '));
    return { rows: query.ordered ? texts : texts.sort(), after: signature(after) };
  } catch (error) {
    if (error instanceof Refused || error instanceof CausewayError) return { failed: error.message };
    throw Object.assign(new Error(`${query.text}\n${String(error)}`), { cause: error });
  }
}

/** The graph whatever its ids: each node by its content and, three times over, by its neighbours. */
export function signature(reader: GraphReader): string {
  const [nodes, relationships] = [idsOf(reader.nodes()), idsOf(reader.relationships())];
  const content = (properties: ReadonlyMap<string, Value>) => shown(new Map([...properties].sort(([a], [b]) => (a < b ? -1 : 1))));
  let colours = new Map(nodes.map((id) => [id, `${[...reader.nodeLabels(id)].sort().join(':')}${content(reader.nodeProperties(id))}`]));
  for (let round = 0; round < 3; round++) {
    const around = new Map(nodes.map((id) => [id, [] as string[]]));
    for (const id of relationships) {
      const [start, end] = [reader.relationshipStart(id), reader.relationshipEnd(id)];
      const own = `${reader.relationshipType(id)}${content(reader.relationshipProperties(id))}`;
      around.get(start)?.push(`>${own}${colours.get(end)}`);
      around.get(end)?.push(`<${own}${colours.get(start)}`);
    }
    colours = new Map(nodes.map((id) => [id, String(hash(`${colours.get(id)} ${around.get(id)?.sort().join(' ')}`))]));
  }
  return `${nodes.length} nodes, ${relationships.length} relationships, ${[...colours.values()].sort().join(' ')}`;
}

function hash(text: string): number {
  let sum = 2166136261;
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 16777619) >>> 0;
  return sum;
}

function idsOf(cursor: ReturnType<GraphReader['nodes']>): readonly number[] {
  const ids: number[] = [];
  while (cursor.next()) for (let at = cursor.start; at < cursor.end; at++) ids.push(cursor.ids[at] as number);
  return ids;
}
