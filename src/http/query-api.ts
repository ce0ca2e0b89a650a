// Neo4j's Query API v2: one statement a request, in a transaction of its own (`POST /db/{name}/query/v2`) or in one
// that stays open between requests (`/tx`, `/tx/{id}`, `/tx/{id}/commit`, DELETE). 202 and its rows, or a status that
// says what went wrong. Rows that fill more than one chunk are streamed: an error after that ends the 202 body with
// `errors`. An error rolls the transaction back.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ResultSummary, StatementResult, TransactionOptions } from '../database/result.js';
import { codes, failure } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';
import type { HeldTransaction } from '../targets/gateway.js';
import { errorItem, HttpFailure, visibleError } from './errors.js';
import type { HttpContext } from './http-context.js';
import { listText, queryApiJson, type ValueText } from './json-out.js';
import { type QueryBody, queryBody } from './query-body.js';
import { giveBookmark } from './read-your-writes.js';
import { refuseIdempotencyKey, transactionClaim, transactionOptions } from './request-options.js';
import { AFFINITY_HEADER, clientGone, clientGoneError, rowTexts, sendPieces, terminateWhenGone } from './streaming.js';
import { countersText, notificationsText, planText } from './summary-format.js';
import { typedJson } from './typed-json.js';

type QueryRequest = FastifyRequest<{ Params: { database: string; id: string } }>;
type Pieces = AsyncGenerator<string, void, undefined>;

const typedMime = /^application\/vnd\.neo4j\.query(\.v1\.[0-2])?$/;

/** One request and what it takes to answer it. */
class Exchange {
  readonly request: QueryRequest;
  readonly reply: FastifyReply;
  readonly context: HttpContext;
  readonly database: string;
  readonly text: ValueText;
  readonly gone: AbortSignal;
  readonly #responseType: string;
  /** Closes what is open in the text, should the statement fail here. */
  brokenOff: string;

  constructor(request: QueryRequest, reply: FastifyReply, context: HttpContext, database: string) {
    this.request = request;
    this.reply = reply;
    this.context = context;
    this.#responseType = responseTypeOf(request.headers.accept);
    this.database = database;
    this.text = isTyped(this.#responseType) ? typedJson : queryApiJson;
    this.gone = clientGone(reply);
    this.brokenOff = '';
  }

  body(statementNeeded: boolean): QueryBody {
    const { body, headers } = this.request;
    return queryBody(String(body ?? ''), isTyped(mimeOf(headers['content-type'] ?? '')), statementNeeded);
  }

  async options({ statement, access, bookmarks, timeoutMs, impersonatedUser }: QueryBody): Promise<TransactionOptions> {
    const { request, context, database } = this;
    const options = transactionOptions(request, { database, access, bookmarks, timeoutMs }, context, statement === undefined ? [] : [statement]);
    if (impersonatedUser === undefined) return options;
    const { name } = await context.authenticator.impersonate(request.principal, impersonatedUser);
    return { ...options, user: name, claimant: request.principal };
  }

  committedText(bookmark: string | undefined): string {
    if (bookmark === undefined) return '"bookmarks":[]';
    giveBookmark(this.request, this.reply, bookmark, this.context.settings.bookmarkCookie);
    return `"bookmarks":${JSON.stringify([bookmark])}`;
  }

  send(pieces: Pieces): Promise<FastifyReply> {
    this.reply.code(202).type(this.#responseType);
    return sendPieces(this.reply, pieces, (error) => `${this.brokenOff},"errors":${JSON.stringify([errorItem(visibleError(error, this.context.logger))])}}`);
  }

  take(committing: boolean): Promise<HeldTransaction> {
    const { request, context, database } = this;
    return heldOr404(request, context.gateway.take(request.params.id, transactionClaim(request, database, committing, context.settings.serverSideRouting)));
  }
}

/** `POST /db/{name}/query/v2` */
export async function queryApi(request: QueryRequest, reply: FastifyReply, context: HttpContext): Promise<FastifyReply> {
  const exchange = new Exchange(request, reply, context, await context.gateway.resolve(request.params.database));
  const body = exchange.body(true);
  return exchange.send(runAlone(exchange, body, await exchange.options(body)));
}

/** `POST /db/{name}/query/v2/tx` */
export async function queryApiOpen(request: QueryRequest, reply: FastifyReply, context: HttpContext): Promise<FastifyReply> {
  const exchange = new Exchange(request, reply, context, await context.gateway.resolve(request.params.database));
  refuseIdempotencyKey(request);
  const body = exchange.body(false);
  const held = await context.gateway.open(await exchange.options(body));
  return exchange.send(runHeld(exchange, held, () => body, false));
}

/** `POST /db/{name}/query/v2/tx/{id}` and `POST /db/{name}/query/v2/tx/{id}/commit` */
export async function queryApiContinue(request: QueryRequest, reply: FastifyReply, context: HttpContext, committing: boolean): Promise<FastifyReply> {
  const exchange = new Exchange(request, reply, context, await context.gateway.resolve(request.params.database));
  const held = await exchange.take(committing);
  return exchange.send(runHeld(exchange, held, () => exchange.body(false), committing));
}

/** `DELETE /db/{name}/query/v2/tx/{id}` */
export async function queryApiRollback(request: QueryRequest, reply: FastifyReply, context: HttpContext): Promise<FastifyReply> {
  const database = await context.gateway.resolve(request.params.database);
  await heldOr404(request, context.gateway.end(request.params.id, transactionClaim(request, database, false, context.settings.serverSideRouting)));
  return reply.code(200).type('application/json').send('{}');
}

async function* runAlone(exchange: Exchange, body: QueryBody, options: TransactionOptions): Pieces {
  if (body.statement === undefined) return;
  const result = await exchange.context.gateway.run(body.statement, options);
  const unwatch = terminateWhenGone(exchange.gone, (reason) => result.terminate(reason));
  let ended = false;
  try {
    yield '{';
    yield* dataPieces(exchange, result);
    ended = true;
    const { summary } = result;
    yield `${summaryText(summary, body.includeCounters, exchange.text)},${exchange.committedText(summary?.bookmark)}}`;
  } finally {
    unwatch();
    if (!ended) result.terminate(clientGoneError());
  }
}

/** One request of a transaction that was open before, or stays open afterwards. A body that is wrong rolls back, too. */
async function* runHeld(exchange: Exchange, held: HeldTransaction, bodyOf: () => QueryBody, committing: boolean): Pieces {
  const unwatch = terminateWhenGone(exchange.gone, (reason) => held.terminate(reason));
  exchange.reply.header(AFFINITY_HEADER, held.owner);
  let ended = false;
  try {
    const body = bodyOf();
    let separator = '';
    yield '{';
    if (body.statement !== undefined) {
      const result = await held.run(body.statement);
      yield* dataPieces(exchange, result);
      yield summaryText(result.summary, body.includeCounters, exchange.text);
      separator = ',';
    }
    const last = committing ? exchange.committedText(await held.commit(held.commitId)) : await releasedText(exchange, held);
    ended = true;
    yield `${separator}${last}}`;
  } finally {
    unwatch();
    if (!ended) await held.rollback();
  }
}

async function releasedText({ context }: Exchange, held: HeldTransaction): Promise<string> {
  const staysMs = await held.release();
  return `"transaction":${JSON.stringify({ id: held.id, expires: new Date(context.clock.wallMs() + staysMs).toISOString() })}`;
}

async function* dataPieces(exchange: Exchange, result: StatementResult): Pieces {
  exchange.brokenOff = ']}';
  yield `"data":{"fields":${JSON.stringify(result.columns)},"values":[`;
  yield* rowTexts(result, (row) => listText(row, exchange.text));
  exchange.brokenOff = '';
  yield ']}';
}

function summaryText(summary: ResultSummary | undefined, includeCounters: boolean, text: ValueText): string {
  if (summary === undefined) return '';
  let result = '';
  if (summary.notifications.length > 0) result += `,"notifications":${notificationsText(summary.notifications)}`;
  if (includeCounters) result += `,"counters":${countersText(summary.counters)}`;
  if (summary.plan !== undefined) result += `,"${summary.plan.profile === undefined ? 'queryPlan' : 'profiledQueryPlan'}":${planText(summary.plan, text)}`;
  return result;
}

/** Neo4j's status, code and text for a transaction that is not there. */
async function heldOr404<T>(request: QueryRequest, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof CausewayError) || error.code !== codes.transactionNotFound.code) throw error;
    const message =
      `Transaction with Id: "${request.params.id}" was not found. It may have timed out and therefore rolled back or the ` +
      `routing header '${AFFINITY_HEADER}' was not provided.`;
    throw new HttpFailure(404, failure('requestInvalid', message, { cause: error }));
  }
}

function mimeOf(header: string): string {
  return (header.split(';')[0] ?? '').trim().toLowerCase();
}

function isTyped(mime: string): boolean {
  return typedMime.test(mime);
}

/** The first acceptable type, in the client's order. */
function responseTypeOf(accept: string | undefined): string {
  if (accept === undefined || accept.trim() === '') return 'application/json';
  for (const range of accept.split(',')) {
    const mime = mimeOf(range);
    if (isTyped(mime)) return mime;
    if (mime === 'application/json' || mime === 'application/*' || mime === '*/*') return 'application/json';
  }
  throw new HttpFailure(
    406,
    failure('requestInvalid', 'The Query API answers in application/json or application/vnd.neo4j.query; the Accept header allows neither.'),
  );
}
