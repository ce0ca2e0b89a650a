// What every use of a relay's connection shares: the extra map of its messages, how its loss is told, and how it is
// made fit for its next use.

import type { AutoCommit, Notification, ResultSummary, TransactionOptions } from '../database/result.js';
import { codes } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';
import type { Counters } from '../graph/writer.js';
import type { CypherMap, Row, Value } from '../values/value.js';
import type { BoltClient } from '../wire/client.js';
import { encodeRelayExtra } from '../wire/relay.js';
import { KeptResult } from './kept-result.js';

/** An empty result must not look like one that found nothing. */
const rowsLost: Notification = {
  code: 'Neo.ClientNotification.Statement.RowsLost',
  gqlStatus: '03N00',
  title: 'The statement has committed; its rows are lost.',
  description:
    'The server that ran the statement was lost before its rows arrived. The commit stands and was not run again: the bookmark and the counters are its own; rows that it returned are not here.',
  severity: 'WARNING',
  category: 'GENERIC',
  position: undefined,
};

/** The server that was to run it is gone. `sent` false: it never got the request. */
export class LeaderLost extends Error {
  override readonly name = 'LeaderLost';
  readonly sent: boolean;
  readonly term: number;
  readonly #columns: readonly string[];
  readonly #rows: readonly Row[];
  readonly #summary: ResultSummary | undefined;

  constructor(message: string, term: number, sent: boolean, columns: readonly string[] = [], rows: readonly Row[] = [], summary?: ResultSummary) {
    super(message);
    this.sent = sent;
    this.term = term;
    this.#columns = columns;
    this.#rows = rows;
    this.#summary = summary;
  }

  /** The result, once it is known that the commit stands: from what was shipped before the append, or without rows and saying so. */
  prepared(bookmark: string, counters: Counters, database: string): AutoCommit {
    const shipped = this.#summary;
    const summary: ResultSummary =
      shipped === undefined
        ? { database, type: 'w', counters, plan: undefined, notifications: [rowsLost], bookmark, availableAfterMs: 0, consumedAfterMs: 0 }
        : { ...shipped, bookmark };
    return new KeptResult(this.#columns, shipped === undefined ? [] : this.#rows, summary);
  }
}

/** Refused before anything ran, by a server that does not lead the graph any more, or has let go of its copy. */
export function ledElsewhere(error: unknown): boolean {
  return isNotALeader(error) || (error instanceof CausewayError && error.code === codes.routing.code);
}

export function isNotALeader(error: unknown): boolean {
  return error instanceof CausewayError && error.code === codes.notALeader.code;
}

export function extraOf(options: TransactionOptions, term: number, hold = false): CypherMap {
  const { bookmarks, database, user, requestId, access, consistency, timeoutMs, systemTransaction, bookmarkWaitMs, claimant } = options;
  return new Map<string, Value>([
    ['bookmarks', bookmarks],
    ['db', database],
    ['mode', access === 'READ' ? 'r' : 'w'],
    ...(timeoutMs > 0 ? ([['tx_timeout', timeoutMs]] as const) : []),
    ['causeway', encodeRelayExtra({ user, requestId, access, consistency, term, timeoutMs, systemTransaction, bookmarkWaitMs, claimant, hold })],
  ]);
}

/** After a failure, or to roll back: RESET, then it may be used again. */
export async function backToReady(client: BoltClient, release: () => void): Promise<void> {
  try {
    await client.reset();
    release();
  } catch {
    client.close();
  }
}
