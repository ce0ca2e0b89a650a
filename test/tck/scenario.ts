// One scenario on a target: steps are run in order, and the first that is not as it should be ends it with the reason.

import { codesOf, type ExpectedError, parseExpectedError } from './errors.js';
import { type Canonical, parseCell, textOf } from './expected.js';
import { namedGraph, type Scenario, type Step } from './features.js';

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Canonical[])[];
}

export interface QueryFailure {
  readonly code: string;
  readonly message: string;
  readonly phase: 'compile time' | 'runtime';
}

/** A graph of its own for each scenario. */
export interface Target {
  /** An empty graph, and no procedures. */
  begin(): Promise<void>;
  run(query: string, parameters: ReadonlyMap<string, Canonical>): Promise<QueryResult | QueryFailure>;
  /** One more procedure: what the table's row with the given inputs says. */
  procedure(signature: string, columns: readonly string[], rows: readonly (readonly Canonical[])[]): Promise<void>;
}

type Outcome = QueryResult | QueryFailure;

/** What a query changed is what these see, before and after it. */
const observers: Readonly<Record<string, string>> = {
  nodes: 'MATCH (n) RETURN id(n)',
  relationships: 'MATCH ()-[r]->() RETURN id(r)',
  properties:
    'MATCH (n) UNWIND keys(n) AS key RETURN "n" AS kind, id(n) AS id, key, n[key] AS value UNION ALL MATCH ()-[r]->() UNWIND keys(r) AS key RETURN "r" AS kind, id(r) AS id, key, r[key] AS value',
  labels: 'MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label',
};

const exactly = { ignoreListOrder: false };

/** Undefined: as it should be. */
export async function runScenario(scenario: Scenario, target: Target): Promise<string | undefined> {
  await target.begin();
  const run = new Run(target);
  for (const step of scenario.steps) {
    const wrong = await run.step(step);
    if (wrong !== undefined) return `${step.text}\n${wrong}`;
  }
  return run.rest();
}

class Run {
  readonly #target: Target;
  #parameters: ReadonlyMap<string, Canonical> = new Map();
  #outcome: Outcome | undefined;
  #before: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  #after: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** An error that no step has asked for yet. */
  #unexplained: string | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /** An error that no step expected is wrong. */
  rest(): string | undefined {
    return this.#unexplained;
  }

  async step({ text, query, table }: Step): Promise<string | undefined> {
    if (text === 'any graph' || text === 'an empty graph') return undefined;
    const [, graph] = /^the (\S+) graph$/.exec(text) ?? [];
    if (graph !== undefined) return this.#setUp(namedGraph(graph));
    if (text === 'having executed:') return this.#setUp(query as string);
    if (text === 'parameters are:') return this.#given(table as Step['table'] & object);
    const [, signature] = /^there exists a procedure (.*?) ?:$/.exec(text) ?? [];
    if (signature !== undefined) return this.#procedure(signature, table ?? []);
    if (text === 'executing query:' || text === 'executing control query:') return this.#execute(query as string);
    if (text === 'no side effects') return this.#sideEffects([]);
    if (text === 'the side effects should be:') return this.#sideEffects(table ?? []);
    if (text === 'the result should be empty') return this.#rows([], true, false);
    const [, order, lists] = /^the result should be, in (any order|order)( \(ignoring element order for lists\))?:$/.exec(text) ?? [];
    if (order !== undefined) return this.#rows(table ?? [], order === 'any order', lists !== undefined);
    if (text === 'the result should be (ignoring element order for lists):') return this.#rows(table ?? [], true, true);
    const error = parseExpectedError(text);
    return error === undefined ? 'no such step is known' : this.#error(error);
  }

  async #setUp(query: string): Promise<string | undefined> {
    const outcome = await this.#target.run(query, new Map());
    return 'code' in outcome ? shown(outcome) : undefined;
  }

  #given(table: readonly (readonly string[])[]): undefined {
    this.#parameters = new Map(table.map(([name, value]) => [name as string, parseCell(value as string)]));
  }

  async #procedure(signature: string, [head, ...rows]: readonly (readonly string[])[]): Promise<undefined> {
    await this.#target.procedure(
      signature,
      head ?? [],
      rows.map((row) => row.map(parseCell)),
    );
  }

  async #execute(query: string): Promise<undefined> {
    this.#before = await this.#observed();
    this.#outcome = await this.#target.run(query, this.#parameters);
    this.#after = await this.#observed();
    this.#unexplained = 'code' in this.#outcome ? shown(this.#outcome) : undefined;
  }

  async #observed(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const seen = new Map<string, ReadonlySet<string>>();
    for (const [what, query] of Object.entries(observers)) {
      const outcome = await this.#target.run(query, new Map());
      if ('code' in outcome) throw new Error(`${query}: ${shown(outcome)}`);
      seen.set(what, new Set(outcome.rows.map((row) => row.map((value) => textOf(value, exactly)).join(' '))));
    }
    return seen;
  }

  #rows(table: readonly (readonly string[])[], anyOrder: boolean, ignoreListOrder: boolean): string | undefined {
    const outcome = this.#outcome as Outcome;
    if ('code' in outcome) return shown(outcome);
    const show = (row: readonly Canonical[]): string => row.map((value) => textOf(value, { ignoreListOrder })).join(' | ');
    const [head, ...cells] = table;
    if (head !== undefined && head.join(' | ') !== outcome.columns.join(' | '))
      return `columns: ${outcome.columns.join(' | ')}, where ${head.join(' | ')} were expected`;
    const expected = cells.map((row): string => show(row.map(parseCell)));
    const actual = outcome.rows.map(show);
    if (anyOrder) for (const rows of [expected, actual]) rows.sort();
    if (expected.join('\n') === actual.join('\n')) return undefined;
    return `rows:\n  ${actual.join('\n  ') || 'none'}\nwhere these were expected:\n  ${expected.join('\n  ') || 'none'}`;
  }

  #sideEffects(table: readonly (readonly string[])[]): string | undefined {
    const expected = new Map<string, number>(table.map(([what, count]) => [what as string, Number(count)]));
    const wrong: string[] = [];
    for (const what of Object.keys(observers)) {
      const [before, after] = [this.#before.get(what) ?? new Set<string>(), this.#after.get(what) ?? new Set<string>()];
      const added = [...after].filter((one) => !before.has(one)).length;
      const removed = [...before].filter((one) => !after.has(one)).length;
      for (const [sign, count] of [
        ['+', added],
        ['-', removed],
      ] as const)
        if (count !== (expected.get(sign + what) ?? 0)) wrong.push(`${sign}${what} is ${count}, not ${expected.get(sign + what) ?? 0}`);
    }
    return wrong.length === 0 ? undefined : wrong.join(', ');
  }

  #error(expected: ExpectedError): string | undefined {
    const outcome = this.#outcome as Outcome;
    if (!('code' in outcome)) return `no error, but ${outcome.rows.length} rows`;
    this.#unexplained = undefined;
    if (expected.phase !== 'any time' && outcome.phase !== expected.phase) return `at ${outcome.phase}: ${shown(outcome)}`;
    if (!codesOf(expected).includes(outcome.code)) return `another error: ${shown(outcome)}`;
    return this.#sideEffects([]);
  }
}

function shown({ code, phase, message }: QueryFailure): string {
  return `${code} at ${phase}: ${message}`;
}
