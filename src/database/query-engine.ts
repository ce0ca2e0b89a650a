// From the text of a statement to something that can be started: parse, check, plan, compile. Statements are kept under their text,
// plans under what the texts have in common once literals that are data are taken out: so a statement that differs from an
// earlier one in these alone is parsed and checked, and shares its plan and code. Both are bounded, the least recently used goes.
// A plan counts on the schema it was made for, and on counts: where these are far from what they were, it is made anew.

import type { Clock } from '../base/clock.js';
import { limits } from '../base/limits.js';
import { fraction, type Random } from '../base/random.js';
import { failure } from '../errors/catalogue.js';
import type { GraphReader } from '../graph/reader.js';
import { isIndexBacked, type KeySchema } from '../graph/schema.js';
import type { GraphWriter } from '../graph/writer.js';
import type { Statement } from '../language/ast.js';
import { parse } from '../language/parser.js';
import type { PlanDescription, Profiles } from '../planner/explain.js';
import { describe } from '../planner/explain.js';
import type { PlannedQuery } from '../planner/plan.js';
import { type PlanWatcher, planQuery } from '../planner/plan-query.js';
import { compile } from '../runtime/compile.js';
import type { Cancellation, CompiledQuery, Execution, ProcedureRegistry } from '../runtime/execution.js';
import { functionSignatures } from '../runtime/functions/registry.js';
import type { CheckedAdministration, CheckedStatement } from '../semantics/canonical.js';
import { check } from '../semantics/check.js';
import { extractLiterals, keyOf } from '../semantics/extract.js';
import { remarksOn } from '../semantics/remarks.js';
import type { Parameters, Value } from '../values/value.js';
import { notificationsOf } from './notifications.js';
import { PlanCache } from './plan-cache.js';
import type { Notification } from './result.js';

export interface StartOptions {
  readonly reader: GraphReader;
  readonly writer: GraphWriter | undefined;
  readonly parameters: Parameters;
  readonly user: string;
  readonly cancellation: Cancellation;
  /** When its transaction began, in milliseconds since 1970; now, where it is not given. */
  readonly transactionTimeMs?: number;
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
  /** What the index is over that its constraint will own. */
  readonly newKeys: KeySchema | undefined;
  /** Whether it reads or writes the content of the graph. */
  readonly touchesGraph: boolean;
  /** `profiles`: what the operators did in a run. */
  describe(profiles?: Profiles): PlanDescription;
  /** Whether its plan rests on counts that are others now. */
  isStale(reader: GraphReader): boolean;
  /** What is worth telling about a run on `reader`. */
  notifications(reader: GraphReader): readonly Notification[];
  start(options: StartOptions): Execution;
}

/** What statements share that differ in extracted literals alone. */
class SharedPlan {
  readonly planned: PlannedQuery;
  compiled: CompiledQuery | undefined;
  readonly #clock: Clock;
  #lookedAtMs: number;
  #stale: boolean;

  constructor(planned: PlannedQuery, clock: Clock) {
    this.planned = planned;
    this.compiled = undefined;
    this.#clock = clock;
    this.#lookedAtMs = clock.nowMs();
    this.#stale = false;
  }

  isStale(reader: GraphReader): boolean {
    const nowMs = this.#clock.nowMs();
    if (this.#stale || nowMs - this.#lookedAtMs < COUNTS_LOOK_MS) return this.#stale;
    this.#lookedAtMs = nowMs;
    this.#stale = this.planned.counts.haveDrifted(reader.statistics);
    return this.#stale;
  }
}

/** A plan looks at its counts again after so long: a graph that is being loaded changes with every statement. */
const COUNTS_LOOK_MS = 1000;

export interface QueryEngineOptions {
  readonly database: string;
  readonly procedures: ProcedureRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly memoryLimitBytes: number;
  /** For tests: told a plan after each pass over it. */
  readonly afterPass?: PlanWatcher;
}

export class QueryEngine {
  readonly #options: QueryEngineOptions;
  readonly #statements: PlanCache<PreparedStatement>;
  readonly #plans: PlanCache<SharedPlan>;

  constructor(options: QueryEngineOptions) {
    this.#options = options;
    this.#statements = new PlanCache(limits.planCacheEntriesMax);
    this.#plans = new PlanCache(limits.planCacheEntriesMax);
  }

  prepare(text: string, reader: GraphReader): PreparedStatement {
    const kept = this.#statements.get(text, reader);
    if (kept !== undefined) return kept;
    const prepared = withinStack(() => this.#make(text, reader));
    this.#statements.set(text, reader, prepared);
    return prepared;
  }

  #make(text: string, reader: GraphReader): PreparedStatement {
    const parsed = parse(text);
    const checked = check(parsed, { functions: functionSignatures, procedures: this.#signatures });
    const { mode, use, administration, parameters } = checked;
    const { plan, extracted } = this.#plan(checked, reader);
    const { planned } = plan;
    return {
      mode,
      columns: planned.columns,
      writes: planned.writes,
      schemaWrite: planned.schemaWrite,
      use,
      administration,
      newKeys: newKeysOf(parsed.statement),
      touchesGraph: planned.touchesGraph,
      isStale: (later) => plan.isStale(later),
      describe: (profiles) => describe(planned.plan, profiles),
      notifications:
        parsed.statement.kind === 'Query' && administration === undefined ? notificationsOf(remarksOn(parsed.statement), this.#options.database) : () => [],
      start: (options) => {
        plan.compiled ??= withinStack(() => compile(planned, mode === 'profile'));
        return this.#start(plan.compiled, parameters, extracted, options);
      },
    };
  }

  /** EXPLAIN shows the text's own literals; commands have plans of their own. */
  #plan(checked: CheckedStatement, reader: GraphReader): { readonly plan: SharedPlan; readonly extracted: ReadonlyMap<string, Value> } {
    const { statement, mode, administration } = checked;
    const { afterPass } = this.#options;
    const watched = afterPass === undefined ? {} : { after: afterPass };
    const make = (one: CheckedStatement) => new SharedPlan(planQuery(one, reader.readySchema, reader.statistics, reader, watched), this.#options.clock);
    if (statement.kind !== 'Query' || mode !== 'run' || administration !== undefined) return { plan: make(checked), extracted: new Map() };
    const { query, values } = extractLiterals(statement);
    const key = keyOf(query, checked.columns);
    let plan = this.#plans.get(key, reader);
    if (plan === undefined) {
      plan = make({ ...checked, statement: query });
      this.#plans.set(key, reader, plan);
    }
    return { plan, extracted: values };
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
      transactionTimeMs: options.transactionTimeMs ?? clock.wallMs(),
      wallMs: clock.wallMs,
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

function newKeysOf(statement: Statement): KeySchema | undefined {
  if (statement.kind !== 'CreateConstraint' || !isIndexBacked(statement.constraint)) return undefined;
  const { entity, labelOrType: token, properties } = statement;
  return { entity, token, properties };
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
