// How compiled queries run. `compile` (in `compile.ts`) turns a planned query into a `CompiledQuery`;
// an execution of it gives rows into a sink until it is full, and returns to the event loop about every 2 ms.

import type { GraphReader } from '../graph/reader.js';
import type { GraphWriter } from '../graph/writer.js';
import type { Plan } from '../planner/plan.js';
import type { Parameters, Row, Value } from '../values/value.js';
import type { OperatorProfile } from './profile.js';

/** Takes one row, synchronously: entities in it are readable until the transaction's next statement. */
export interface RowSink {
  row(values: Row): void;
}

export interface ExecutionContext {
  readonly reader: GraphReader;
  /** Absent in read transactions: the compiled query then does not write. */
  readonly writer: GraphWriter | undefined;
  readonly parameters: Parameters;
  /** The statement's clock: milliseconds since 1970, the same for all of it. */
  readonly statementTimeMs: number;
  /** When its transaction began, likewise. */
  readonly transactionTimeMs: number;
  /** The time of now, likewise. */
  readonly wallMs: () => number;
  /** Milliseconds from an arbitrary start: for the length of time slices. */
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly procedures: ProcedureRegistry;
  /** Name of the graph, and of the user who asks: what procedures are told. */
  readonly database: string;
  readonly user: string;
  /** Bytes that sorting, grouping, distinct, collecting may hold. Beyond: MemoryPoolOutOfMemoryError naming the setting. */
  readonly memoryLimitBytes: number;
  /** Becomes true to stop the execution at its next look: it then throws what `cancelled()` says. */
  readonly cancellation: Cancellation;
}

export interface Cancellation {
  /** The error to raise, or undefined to go on. */
  error: Error | undefined;
}

/** One run of a query. Not re-entrant. */
export interface Execution {
  /**
   * Runs until `count` rows went into the sink ('full'), the rows are at their end ('done'), or its time slice is
   * over ('pause': call again after a turn of the event loop). Throws what the query raises; then it is over.
   */
  next(sink: RowSink, count: number): 'full' | 'done' | 'pause' | Promise<void>;
  /** Lets go of everything. Idempotent. */
  close(): void;
  /** What each operator did so far; undefined where it was not compiled for that. */
  profile(): ReadonlyMap<Plan, OperatorProfile> | undefined;
}

export interface CompiledQuery {
  readonly columns: readonly string[];
  start(context: ExecutionContext): Execution;
}

/** A procedure: rows of values, made at once or step by step. */
export interface Procedure {
  readonly name: string;
  readonly signature: string;
  readonly description: string;
  readonly arguments: readonly { readonly name: string; readonly optional: boolean; readonly type?: string }[];
  readonly columns: readonly string[];
  readonly mode: 'READ' | 'WRITE' | 'SCHEMA' | 'DBMS';
  call(context: ProcedureContext, values: readonly Value[]): Iterable<Row> | Promise<Iterable<Row>>;
}

export interface ProcedureContext {
  readonly reader: GraphReader;
  readonly writer: GraphWriter | undefined;
  /** Name of the graph and of the user of the session. */
  readonly database: string;
  readonly user: string;
}

export interface ProcedureRegistry {
  /** By full name, without case. */
  find(name: string): Procedure | undefined;
  list(): readonly Procedure[];
}
