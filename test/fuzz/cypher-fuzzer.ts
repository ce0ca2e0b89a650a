// Real queries, spoiled: tokens dropped, doubled, swapped, taken from other queries, made huge. Whatever comes of it, parsing,
// planning and running end in time, with rows or with an error that a user can read. An input is its seed and its number.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../src/base/clock.js';
import { atOnce } from '../../src/base/pieces.js';
import { below, chance, pick, type Random, seededRandom } from '../../src/base/random.js';
import { QueryEngine } from '../../src/database/query-engine.js';
import { asCausewayError, codes, failure } from '../../src/errors/catalogue.js';
import { CausewayError } from '../../src/errors/error.js';
import type { GraphStore } from '../../src/graph/store.js';
import { createGraphStore } from '../../src/storage/store.js';
import { display } from '../../src/values/text.js';
import type { Value } from '../../src/values/value.js';
import { whole } from '../support/query-runner.js';
import { readScenarios, TCK_FOLDER } from '../tck/features.js';

/** Of one step, of this process's own time: machines are shared. */
const STEP_MS_MAX = 1000;
/** A query that is long, and not stuck, is ended. */
const RUN_MS = 40;

export interface Finding {
  readonly input: number;
  readonly query: string;
  readonly what: string;
}

const setup = `
  CREATE (a:Person {name: 'Ada', age: 36, born: date('1815-12-10')})-[:KNOWS {since: 1}]->(b:Person:Poet {name: 'Bob', tags: ['x', 'y']}),
         (b)-[:KNOWS {since: 2}]->(c:Person {name: 'Cyd', at: point({x: 1, y: 2})}), (c)-[:LIKES]->(a), (a)-[:LIKES]->(a), (:City {name: 'Graz'})`;

const nasty = [
  '9223372036854775807',
  '-9223372036854775808',
  '9223372036854775808',
  '1e309',
  '0x',
  '0o8',
  "''",
  "'\\u12'",
  '"\\',
  '`',
  '``',
  '/*',
  '//',
  '$',
  '$x',
  '$`y z`',
  '[]',
  '{}',
  '()',
  '*',
  '..',
  '*0..',
  '*1000000..',
  '--',
  '<-->',
  'null',
  'NaN',
  '\u0000',
  '\ud800',
  '😀',
  '[x IN range(0, 100000) | x]',
  'range(0, 9223372036854775807)',
  "date('2020-02-30')",
  'duration({months: 1e300})',
  'point({x: 1})',
  'count(*)',
  'collect(DISTINCT n)',
  'CALL { RETURN 1 AS one }',
  'EXISTS { (n) }',
  'shortestPath((a)-[*]-(b))',
  'FOREACH (x IN [1] | CREATE (:A))',
  'UNION ALL',
  'USE x',
  'EXPLAIN',
  'PROFILE',
  '-'.repeat(300),
  '('.repeat(200),
  '['.repeat(3000),
  'NOT '.repeat(500),
  '1 + '.repeat(2000),
  'a.'.repeat(500),
];

export class CypherFuzzer {
  readonly #queries: readonly string[];
  readonly #store: GraphStore;
  readonly #engine: QueryEngine;
  #transactionId = 0;

  constructor() {
    this.#queries = realQueries();
    this.#store = createGraphStore({ graphId: '11111111-2222-4333-8444-555555555555', budgetBytes: 32 * 1024 ** 2, poisonFreedPages: true });
    const procedures = { find: () => undefined, list: () => [] };
    this.#engine = new QueryEngine({
      database: 'neo4j',
      procedures,
      clock: systemClock,
      random: seededRandom(1),
      memoryLimitBytes: 64 * 1024 ** 2,
      afterPass: whole,
    });
    this.#commit(setup);
    this.#commit('CREATE INDEX FOR (n:Person) ON (n.age)');
    this.#commit('CREATE CONSTRAINT FOR (n:Person) REQUIRE n.name IS UNIQUE');
  }

  /** The query of this number. */
  query(seed: number, input: number): string {
    const random = seededRandom(seed * 1_000_003 + input);
    let query = pick(random, this.#queries);
    for (let changes = 1 + below(random, 4); changes > 0; changes--) query = this.#spoiled(random, query);
    return query;
  }

  run(seed: number, input: number): Finding | undefined {
    const query = this.query(seed, input);
    const what = this.#attempt(query);
    return what === undefined ? undefined : { input, query, what };
  }

  /** Undefined: all is well. */
  #attempt(query: string): string | undefined {
    const reservation = ids();
    const draft = this.#store.begin(this.#store.published, reservation);
    const steps = new Steps();
    try {
      const prepared = steps.timed('parsing and planning', () => this.#engine.prepare(query, draft));
      if (prepared.mode === 'explain') {
        prepared.describe();
        return steps.slow;
      }
      const cancellation: { error: Error | undefined } = { error: undefined };
      const parameters = new Map<string, Value>([
        ['x', 1],
        ['list', [1, null, 'a']],
        ['name', 'Ada'],
      ]);
      const options = { reader: draft, writer: prepared.writes ? draft : undefined, parameters, user: 'neo4j', cancellation };
      const execution = steps.timed('compiling', () => prepared.start(options));
      const endMs = performance.now() + RUN_MS;
      try {
        for (let state: unknown = 'pause'; state === 'pause' || state === 'full'; ) {
          if (performance.now() > endMs) cancellation.error = failure('transactionTerminated', 'It takes too long.');
          state = steps.timed('a slice', () => execution.next({ row: (row) => void row.forEach(display) }, 1000));
        }
      } finally {
        execution.close();
      }
      steps.timed('checks before the commit', () => draft.checkBeforeCommit());
      return steps.slow;
    } catch (error) {
      return steps.slow ?? unreadable(error, query);
    } finally {
      draft.release();
    }
  }

  #commit(query: string): void {
    const draft = this.#store.begin(this.#store.published, ids());
    const prepared = this.#engine.prepare(query, draft);
    const execution = prepared.start({ reader: draft, writer: draft, parameters: new Map(), user: 'neo4j', cancellation: { error: undefined } });
    while (execution.next({ row: () => {} }, Number.POSITIVE_INFINITY) !== 'done');
    const effects = draft.effects();
    const changeSet = { transactionId: ++this.#transactionId, requestId: '0'.repeat(32), committedAtMs: 0, effects, counters: { ...draft.counters } };
    draft.release();
    this.#store.publish(atOnce(this.#store.apply(changeSet)));
  }

  #spoiled(random: Random, query: string): string {
    const tokens = query.match(/\s+|`[^`]*`|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\w+|[<>=!-]+|./gsu) ?? [query];
    const at = below(random, tokens.length);
    const token = tokens[at] as string;
    const replaced = (...by: readonly string[]) => [...tokens.slice(0, at), ...by, ...tokens.slice(at + 1)].join('');
    switch (below(random, 10)) {
      case 0:
        return replaced();
      case 1:
        return replaced(token, token);
      case 2:
        return replaced(pick(random, nasty));
      case 3:
        return replaced(token, ' ', pick(random, nasty), ' ');
      case 4: {
        const other = pick(random, tokens);
        return replaced(other);
      }
      case 5: {
        const other = pick(random, this.#queries);
        const [from, to] = [below(random, other.length), below(random, other.length)];
        return replaced(token, ' ', other.slice(Math.min(from, to), Math.max(from, to)), ' ');
      }
      case 6:
        return tokens.slice(0, at).join('');
      case 7:
        return `${query} ${pick(random, this.#queries)}`;
      case 8: {
        const end = at + below(random, Math.min(12, tokens.length - at));
        return replaced(...Array.from({ length: chance(random, 0.2) ? 400 : 3 }, () => tokens.slice(at, end).join('')));
      }
      default:
        return query.slice(0, below(random, query.length)) + String.fromCodePoint(below(random, 0x300)) + query.slice(below(random, query.length));
    }
  }
}

/** The longest of the steps, where it was too long. */
class Steps {
  slow: string | undefined;

  timed<T>(what: string, act: () => T): T {
    const before = process.cpuUsage();
    try {
      return act();
    } finally {
      const { user, system } = process.cpuUsage(before);
      const ms = (user + system) / 1000;
      if (ms > STEP_MS_MAX) this.slow ??= `${what} took ${ms.toFixed(0)} ms`;
    }
  }
}

function unreadable(error: unknown, query: string): string | undefined {
  const shown = asCausewayError(error);
  if (!(error instanceof CausewayError) || shown.code === codes.unknownError.code) {
    return `an internal error: ${error instanceof Error ? error.stack : String(error)}`;
  }
  // What the query itself says may stand in its error.
  const internal = ['[object ', 'undefined', 'is not a function', 'Cannot read prop'].some((text) => shown.message.includes(text) && !query.includes(text));
  return internal ? `an internal text: ${shown.message}` : undefined;
}

function ids() {
  let [nodes, relationships] = [1000, 1000];
  return { node: () => nodes++, relationship: () => relationships++ };
}

/** Those of `test/cypher/cases.md`, and of the TCK where it is there. */
function realQueries(): readonly string[] {
  const cases = readFileSync(path.join(import.meta.dirname, '../cypher/cases.md'), 'utf8');
  const own = [...cases.matchAll(/```cypher\n([\s\S]*?)```/g)].map(([, query]) => String(query).trim());
  const theirs = existsSync(TCK_FOLDER) ? readScenarios().flatMap(({ steps }) => steps.flatMap(({ query }) => (query === undefined ? [] : [query]))) : [];
  return [...new Set([...own, ...theirs])].filter((query) => query !== '');
}
