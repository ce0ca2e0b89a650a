// From the text of a statement to something that can be started: parse, check, plan, compile, with the
// result kept under the text (bounded, the least recently used goes). A plan counts on the schema it was made for.

import type { Clock } from '../base/clock.js';
import { limits } from '../base/limits.js';
import { fraction, type Random } from '../base/random.js';
import { failure } from '../errors/catalogue.js';
import type { GraphReader } from '../graph/reader.js';
import type { GraphWriter } from '../graph/writer.js';
import { parse } from '../language/parser.js';
import type { PlanDescription } from '../planner/explain.js';
import { describe } from '../planner/explain.js';
import { planQuery } from '../planner/plan-query.js';
import { compile } from '../runtime/compile.js';
import type { Cancellation, CompiledQuery, Execution, ProcedureRegistry } from '../runtime/execution.js';
import { functionSignatures } from '../runtime/functions/registry.js';
import type { CheckedAdministration } from '../semantics/canonical.js';
import { check } from '../semantics/check.js';
import type { Parameters, Value } from '../values/value.js';

export interface StartOptions {
  readonly reader: GraphReader;
  readonly writer: GraphWriter | undefined;
  readonly parameters: Parameters;
  readonly user: string;
  readonly cancellation: Cancellation;
}

export interface PreparedStatement {
  readonly mode: 'run' | 'explain' | 'profile';
  readonly columns: readonly string[];
  readonly writes: boolean;
  readonly schemaWrite: boolean;
  /** `USE name`, if the text begins with it. */
  readonly use: string | undefined;
  /** A command that runs on the `system` graph. */
  readonly administration: CheckedAdministration | undefined;
  /** Whether it reads or writes the content of the graph. */
  readonly touchesGraph: boolean;
  describe(): PlanDescription;
  start(options: StartOptions): Execution;
}

interface Cached {
  readonly schemaVersion: number;
  readonly prepared: PreparedStatement;
}

export interface QueryEngineOptions {
  readonly database: string;
  readonly procedures: ProcedureRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly memoryLimitBytes: number;
}

export class QueryEngine {
  readonly #options: QueryEngineOptions;
  readonly #cache: Map<string, Cached>;

  constructor(options: QueryEngineOptions) {
    this.#options = options;
    this.#cache = new Map();
  }

  prepare(text: string, reader: GraphReader): PreparedStatement {
    const cached = this.#cache.get(text);
    if (cached !== undefined) {
      this.#cache.delete(text);
      if (cached.schemaVersion === reader.schema.version) {
        this.#cache.set(text, cached);
        return cached.prepared;
      }
    }
    const prepared = withinStack(() => this.#make(text, reader));
    this.#cache.set(text, { schemaVersion: reader.schema.version, prepared });
    if (this.#cache.size > limits.planCacheEntriesMax) this.#forgetOldest();
    return prepared;
  }

  #forgetOldest(): void {
    for (const text of this.#cache.keys()) {
      this.#cache.delete(text);
      return;
    }
  }

  #make(text: string, reader: GraphReader): PreparedStatement {
    const checked = check(parse(text), { functions: functionSignatures, procedures: this.#signatures });
    const planned = planQuery(checked, reader.schema, reader.statistics, reader);
    let compiled: CompiledQuery | undefined;
    return {
      mode: checked.mode,
      columns: planned.columns,
      writes: planned.writes,
      schemaWrite: planned.schemaWrite,
      use: checked.use,
      administration: checked.administration,
      touchesGraph: planned.touchesGraph,
      describe: () => describe(planned.plan),
      start: (options) => {
        const query = compiled ?? withinStack(() => compile(planned));
        compiled = query;
        return this.#start(query, planned.parameters, planned.extracted, options);
      },
    };
  }

  #start(compiled: CompiledQuery, needed: readonly string[], extracted: ReadonlyMap<string, Value>, options: StartOptions): Execution {
    const missing = needed.filter((name) => !options.parameters.has(name));
    if (missing.length > 0) throw failure('parameterMissing', `Expected parameter(s): ${missing.join(', ')}`);
    const { clock, random, procedures, memoryLimitBytes, database } = this.#options;
    return compiled.start({
      reader: options.reader,
      writer: options.writer,
      parameters: extracted.size === 0 ? options.parameters : new Map([...options.parameters, ...extracted]),
      statementTimeMs: clock.wallMs(),
      nowMs: clock.nowMs,
      random: () => fraction(random),
      procedures,
      database,
      user: options.user,
      memoryLimitBytes,
      cancellation: options.cancellation,
    });
  }

  readonly #signatures = {
    columnsOf: (name: string) => {
      const procedure = this.#options.procedures.find(name);
      return procedure === undefined ? undefined : { arguments: procedure.arguments, columns: procedure.columns };
    },
  };
}

/** The stack has an end: a statement of many thousand clauses is nested as deep in the plan. */
function withinStack<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw failure('limitExceeded', 'The statement is too long to be planned. Split it: fewer clauses and patterns in one statement, or lists as parameters.', {
      cause: error,
    });
  }
}
