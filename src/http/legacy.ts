// Neo4j's legacy API: statements in order, in one transaction, which one request begins and commits
// (`POST /db/{name}/tx/commit`) or which stays open between requests (`/tx`, `/tx/{id}`, `/tx/{id}/commit`, DELETE).
//
// The status is 200 (201 where a transaction was opened) and errors stand at the end of the body, because rows are on
// their way before the outcome is known. An error rolls the transaction back. Only a body without errors that has
// `lastBookmarks` has committed; one that has `transaction` is still open.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Soon } from '../base/soon.js';
import { repeatedRequest } from '../database/local-auto-commit.js';
import type { Notification, StatementResult, TransactionOptions } from '../database/result.js';
import { codes, isLeaderSwitchOrConflict } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';
import type { HeldTransaction, TransactionClaim } from '../targets/gateway.js';
import { clientBase } from './client-base.js';
import { errorItem, HttpFailure, visibleError } from './errors.js';
import type { HttpContext } from './http-context.js';
import { type LegacyStatement, legacyStatements } from './legacy-body.js';
import { type Ending, type LegacyOutput, legacyOutput } from './legacy-output.js';
import { giveBookmark } from './read-your-writes.js';
import { idempotencyKey, legacyOptions, refuseIdempotencyKey, transactionClaim, transactionOptions } from './request-options.js';
import { AFFINITY_HEADER, clientGone, clientGoneError, rowTexts, sendPieces, terminateWhenGone } from './streaming.js';

type LegacyRequest = FastifyRequest<{ Params: { database: string; id: string } }>;
const RERUNS_MAX = 3;
/** Characters of an answer that wait for its commit; a longer one streams. */
const ANSWER_KEPT_MAX = 1_000_000;

type Pieces = AsyncGenerator<string, void, undefined>;

/** What the pieces of a body tell one another. */
interface Progress {
  readonly notifications: Notification[];
  lastBookmarks: readonly string[] | undefined;
  open: Ending['open'];
  /** Closes what is open in the text, should the statement fail here. */
  brokenOff: string;
}

/** One request and what it takes to answer it. */
class Exchange {
  readonly request: LegacyRequest;
  readonly reply: FastifyReply;
  readonly context: HttpContext;
  readonly database: string;
  readonly output: LegacyOutput;
  readonly gone: AbortSignal;
  readonly progress: Progress;

  constructor(request: LegacyRequest, reply: FastifyReply, context: HttpContext, database: string) {
    this.request = request;
    this.reply = reply;
    this.context = context;
    this.database = database;
    this.output = legacyOutput(request.headers.accept);
    this.gone = clientGone(reply);
    this.progress = { notifications: [], lastBookmarks: undefined, open: undefined, brokenOff: '' };
  }

  options(statements: readonly LegacyStatement[]): TransactionOptions {
    const { request, context, database } = this;
    return transactionOptions(request, legacyOptions(request, database), context, statements);
  }

  claim(committing: boolean): TransactionClaim {
    return transactionClaim(this.request, this.database, committing, this.context.settings.serverSideRouting);
  }

  committed(bookmark: string): void {
    this.progress.lastBookmarks = [bookmark];
    giveBookmark(this.request, this.reply, bookmark, this.context.settings.bookmarkCookie);
  }

  /** Forgets what the pieces of an attempt said. */
  again(): void {
    this.progress.notifications.length = 0;
    this.progress.brokenOff = '';
  }

  get statements(): readonly LegacyStatement[] {
    return legacyStatements(String(this.request.body ?? ''));
  }

  send(work: Pieces): Promise<FastifyReply> {
    this.reply.type(this.output.contentType);
    return sendPieces(this.reply, this.#body(work), (error) => {
      throw error;
    });
  }

  async *#body(work: Pieces): Pieces {
    const { output, progress } = this;
    const errors: object[] = [];
    yield output.begin;
    try {
      yield* work;
    } catch (error) {
      errors.push(errorItem(visibleError(error, this.context.logger)));
    }
    const { notifications, lastBookmarks, open } = progress;
    yield progress.brokenOff + output.end({ errors: errors as Ending['errors'], notifications, lastBookmarks, open });
  }
}

/** `POST /db/{name}/tx/commit` */
export async function legacyCommit(request: LegacyRequest, reply: FastifyReply, context: HttpContext): Promise<FastifyReply> {
  const exchange = new Exchange(request, reply, context, await context.gateway.resolve(request.params.database));
  const parsed = parsedStatements(exchange);
  const options = exchange.options(parsed.statements);
  return exchange.send(parsed.fault === undefined ? runAll(exchange, parsed.statements, options) : failing(parsed.fault));
}

/** `POST /db/{name}/tx` */
export async function legacyOpen(request: LegacyRequest, reply: FastifyReply, context: HttpContext): Promise<FastifyReply> {
  const exchange = new Exchange(request, reply, context, await context.gateway.resolve(request.params.database));
  refuseIdempotencyKey(request);
  const options = exchange.options([]);
  let held: HeldTransaction;
  try {
    held = await context.gateway.open(options);
  } catch (error) {
    return exchange.send(failing(error));
  }
  reply.code(201).header('location', transactionUrl(exchange, held));
  return exchange.send(runHeld(exchange, held, false));
}

/** `POST /db/{name}/tx/{id}` and `POST /db/{name}/tx/{id}/commit` */
export async function legacyContinue(request: LegacyRequest, reply: FastifyReply, context: HttpContext, committing: boolean): Promise<FastifyReply> {
  const exchange = new Exchange(request, reply, context, await context.gateway.resolve(request.params.database));
  const claim = exchange.claim(committing);
  let held: HeldTransaction;
  try {
    held = await context.gateway.take(request.params.id, claim);
  } catch (error) {
    return exchange.send(failing(asNotFound(error)));
  }
  return exchange.send(runHeld(exchange, held, committing));
}

/** `DELETE /db/{name}/tx/{id}` */
export async function legacyRollback(request: LegacyRequest, reply: FastifyReply, context: HttpContext): Promise<FastifyReply> {
  const exchange = new Exchange(request, reply, context, await context.gateway.resolve(request.params.database));
  const claim = exchange.claim(false);
  try {
    await context.gateway.end(request.params.id, claim);
  } catch (error) {
    return exchange.send(failing(asNotFound(error)));
  }
  return exchange.send(nothing());
}

/** A list with a single statement is auto-commit, which a server repeats by itself where that is safe (SAFETY 5). */
async function* runAll(exchange: Exchange, statements: readonly LegacyStatement[], options: TransactionOptions): Pieces {
  const [first] = statements;
  if (first === undefined) exchange.progress.lastBookmarks = [];
  else if (statements.length === 1) yield* runOne(exchange, first, options);
  else yield* runSeveral(exchange, statements, options);
}

async function* runOne(exchange: Exchange, statement: LegacyStatement, options: TransactionOptions): Pieces {
  const result = await exchange.context.gateway.run(statement, options);
  const unwatch = terminateWhenGone(exchange.gone, (reason) => result.terminate(reason));
  let ended = false;
  try {
    yield* resultPieces(exchange, statement, result);
    const bookmark = result.summary?.bookmark;
    if (bookmark === undefined) exchange.progress.lastBookmarks = [];
    else exchange.committed(bookmark);
    ended = true;
  } finally {
    unwatch();
    if (!ended) result.terminate(clientGoneError());
  }
}

/**
 * The request holds all that the transaction is: as long as nothing of its answer has left, what lost a conflict is run again, and
 * what was lost with its leader too, once (SAFETY 5). An error of these kinds is definite: nothing was committed.
 */
async function* runSeveral(exchange: Exchange, statements: readonly LegacyStatement[], options: TransactionOptions): Pieces {
  if (await tookEffectBefore(exchange, options)) return;
  const left = { conflict: RERUNS_MAX, leaderSwitch: 1 };
  for (;;) {
    const kept: string[] = [];
    let length = 0;
    try {
      for await (const piece of runTogether(exchange, statements, options)) {
        kept.push(piece);
        length += piece.length;
        if (length > ANSWER_KEPT_MAX) yield* kept.splice(0);
      }
      yield* kept;
      return;
    } catch (error) {
      const kind = length > ANSWER_KEPT_MAX || exchange.gone.aborted ? undefined : isLeaderSwitchOrConflict(error);
      if (kind === undefined || left[kind]-- === 0) {
        yield* kept;
        throw error;
      }
      exchange.again();
    }
  }
}

async function* runTogether(exchange: Exchange, statements: readonly LegacyStatement[], options: TransactionOptions): Pieces {
  const transaction = await exchange.context.gateway.begin(options);
  const unwatch = terminateWhenGone(exchange.gone, (reason) => transaction.terminate(reason));
  let ended = false;
  try {
    yield* statementPieces(exchange, statements, transaction);
    exchange.committed(await transaction.commit(options.requestId));
    ended = true;
  } finally {
    unwatch();
    if (!ended) await transaction.rollback();
  }
}

/** Statements that committed under the same `Idempotency-Key` are not run again: they might fail on what they made themselves. */
async function tookEffectBefore({ request, context, progress }: Exchange, { database, requestId }: TransactionOptions): Promise<boolean> {
  if (idempotencyKey(request) === undefined) return false;
  const outcome = await context.gateway.outcome(database, requestId);
  if (outcome.kind !== 'committed') return false;
  progress.notifications.push(repeatedRequest);
  progress.lastBookmarks = [outcome.bookmark];
  return true;
}

/** What is wrong with a body is told in the answer's body; what is wrong with headers, by a status. */
function parsedStatements(exchange: Exchange): { readonly statements: readonly LegacyStatement[]; readonly fault: unknown } {
  try {
    return { statements: exchange.statements, fault: undefined };
  } catch (fault) {
    return { statements: [], fault };
  }
}

/** One request of a transaction that was open before, or stays open afterwards. */
async function* runHeld(exchange: Exchange, held: HeldTransaction, committing: boolean): Pieces {
  const unwatch = terminateWhenGone(exchange.gone, (reason) => held.terminate(reason));
  exchange.reply.header(AFFINITY_HEADER, held.owner);
  let ended = false;
  try {
    yield* statementPieces(exchange, exchange.statements, held);
    if (committing) exchange.committed(await held.commit(held.commitId));
    else exchange.progress.open = { commitUrl: `${transactionUrl(exchange, held)}/commit`, expires: await released(exchange, held) };
    ended = true;
  } finally {
    unwatch();
    if (!ended) await held.rollback();
  }
}

async function released({ context }: Exchange, held: HeldTransaction): Promise<Date> {
  const staysMs = await held.release();
  return new Date(context.clock.wallMs() + staysMs);
}

async function* statementPieces(
  exchange: Exchange,
  statements: readonly LegacyStatement[],
  transaction: { run(statement: LegacyStatement): Soon<StatementResult> },
): Pieces {
  let separator = '';
  for (const statement of statements) {
    const result = await transaction.run(statement);
    // After `run`, which may fail: a comma needs something behind it.
    if (separator !== '') yield separator;
    separator = exchange.output.resultSeparator;
    yield* resultPieces(exchange, statement, result);
  }
}

async function* resultPieces({ output, progress }: Exchange, statement: LegacyStatement, result: StatementResult): Pieces {
  progress.brokenOff = output.brokenOff;
  yield output.header(result.columns);
  yield* rowTexts(result, (row) => output.row(row, statement), output.rowSeparator);
  const { summary } = result;
  if (summary !== undefined) progress.notifications.push(...summary.notifications);
  progress.brokenOff = '';
  yield output.summary(summary, statement);
}

function transactionUrl({ request, database }: Exchange, held: HeldTransaction): string {
  return `${clientBase(request).origin}/db/${encodeURIComponent(database)}/tx/${held.id}`;
}

async function* nothing(): Pieces {}

// biome-ignore lint/correctness/useYield: a body without results.
async function* failing(error: unknown): Pieces {
  throw error;
}

/** What Neo4j answers with 404. */
function asNotFound(error: unknown): unknown {
  const known = error instanceof CausewayError ? error : undefined;
  if (known?.code === codes.transactionNotFound.code || known?.code === codes.transactionAccessedConcurrently.code) throw new HttpFailure(404, known);
  return error;
}
