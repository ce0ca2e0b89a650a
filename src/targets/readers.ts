// Reads that arrive at a busy leader go to readers (`routing.spread_reads`), and never see less than they would have
// seen here: unless they asked for `eventual`, they carry what this server has published as a bookmark. A reader that
// does not have it soon, or is lost, costs the read nothing but that time: it runs here.
//
// Only what is worth a hop goes: a statement whose plan counts on many rows.

import type { Database } from '../database/database.js';
import type { PreparedStatement } from '../database/query-engine.js';
import type { AutoCommit, StatementRequest, TransactionOptions } from '../database/result.js';
import { codes } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';
import type { LiveServer } from '../log/log.js';
import type { PlanDescription } from '../planner/explain.js';
import { CypherFloat } from '../values/value.js';
import { LeaderLost } from './relayed.js';
import type { RemoteServers } from './remote.js';
import { RoutedRead } from './routed-read.js';

/** How long a reader may take to catch up. */
const CATCH_UP_MS = 100;
/** Rows, summed over the operators of a plan: about a millisecond of work. */
const WORTH_A_HOP_ROWS = 5000;

export interface ReadersOptions {
  readonly remote: RemoteServers;
  /** `routing.spread_reads` */
  readonly enabled: boolean;
  /** Whether this server has little time to spare. */
  readonly isBusy: () => boolean;
}

export class Readers {
  readonly #options: ReadersOptions;
  readonly #work: WeakMap<PreparedStatement, number>;
  #next: number;

  constructor(options: ReadersOptions) {
    this.#options = options;
    this.#work = new WeakMap();
    this.#next = 0;
  }

  /** The read on another server; undefined, or a promise of it: it runs here. */
  read(
    database: Database,
    readers: () => readonly LiveServer[],
    prepared: PreparedStatement,
    request: StatementRequest,
    options: TransactionOptions,
  ): Promise<AutoCommit | undefined> | undefined {
    if (!this.#options.enabled || !options.serverSideRouting || options.consistency === 'linearizable' || database.role !== 'LEADER') return undefined;
    if (prepared.mode !== 'run' || !this.#options.isBusy() || this.#workOf(prepared) < WORTH_A_HOP_ROWS) return undefined;
    const reader = this.#choose(readers());
    return reader === undefined ? undefined : this.#readOn(reader, database, request, options);
  }

  async #readOn(reader: LiveServer, database: Database, request: StatementRequest, options: TransactionOptions): Promise<AutoCommit | undefined> {
    try {
      const result = await this.#options.remote.read(reader, 0, request, notStaler(database, options));
      return new RoutedRead(result, async () => database.run(request, options));
    } catch (error) {
      if (isReadersFault(error)) return undefined;
      throw error;
    }
  }

  /** In turn. */
  #choose(readers: readonly LiveServer[]): LiveServer | undefined {
    return readers[this.#next++ % readers.length];
  }

  #workOf(prepared: PreparedStatement): number {
    const known = this.#work.get(prepared);
    if (known !== undefined) return known;
    const work = rowsOf(prepared.describe());
    this.#work.set(prepared, work);
    return work;
  }
}

function notStaler(database: Database, options: TransactionOptions): TransactionOptions {
  if (options.consistency === 'eventual') return options;
  const here = database.bookmark(database.replica.transactionId);
  return { ...options, bookmarks: [...options.bookmarks, here], bookmarkWaitMs: CATCH_UP_MS };
}

function rowsOf(plan: PlanDescription): number {
  const rows = plan.arguments.get('EstimatedRows');
  return plan.children.reduce((sum, child) => sum + rowsOf(child), rows instanceof CypherFloat ? rows.value : 0);
}

function isReadersFault(error: unknown): boolean {
  if (error instanceof LeaderLost) return true;
  return error instanceof CausewayError && (error.code === codes.bookmarkTimeout.code || error.code === codes.databaseUnavailable.code);
}
