// Neo4j's legacy API, `POST /db/{name}/tx/commit`: statements in order, in one transaction. The status is 200 and
// errors stand at the end of the body, because rows are on their way before the outcome is known; the body says that
// nothing went wrong (`"errors":[]`, `lastBookmarks`) only after the commit.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Notification, StatementRequest, StatementResult, TransactionOptions } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { Value } from '../values/value.js';
import { errorItem, visibleError } from './errors.js';
import type { HttpContext } from './http-context.js';
import { parseJson } from './json-in.js';
import { legacyJson, legacyRowText, type ResultFormat } from './legacy-format.js';
import { legacyOptions, transactionOptions } from './request-options.js';
import { clientGone, clientGoneError, rowTexts, sendPieces, terminateWhenGone } from './streaming.js';
import { legacyPlanText, legacyStatsText, notificationsText } from './summary-format.js';

interface LegacyStatement extends StatementRequest {
  readonly formats: readonly ResultFormat[];
  readonly includeStats: boolean;
}

/** What the pieces of a body tell one another. */
interface Progress {
  readonly notifications: Notification[];
  bookmark: string | undefined;
  /** Closes what is open in the JSON text, should the statement fail here. */
  open: string;
}

type Pieces = AsyncGenerator<string, void, undefined>;

export async function legacyCommit(request: FastifyRequest<{ Params: { database: string } }>, reply: FastifyReply, context: HttpContext) {
  const database = context.gateway.resolve(request.params.database);
  const stated = legacyOptions(request, database);
  const options = transactionOptions(request, stated, context.settings.serverSideRouting);
  reply.type('application/json');
  const pieces = bodyPieces(String(request.body ?? ''), options, clientGone(reply), context);
  return sendPieces(reply, pieces, (error) => {
    throw error;
  });
}

async function* bodyPieces(body: string, options: TransactionOptions, gone: AbortSignal, context: HttpContext): Pieces {
  const progress: Progress = { notifications: [], bookmark: undefined, open: '' };
  let errors: readonly object[] = [];
  yield '{"results":[';
  try {
    const statements = statementsOf(parseJson(body));
    const [first] = statements;
    if (statements.length === 1 && first !== undefined) yield* runOne(first, options, gone, context, progress);
    else if (statements.length > 1) yield* runSeveral(statements, options, gone, context, progress);
  } catch (error) {
    errors = [errorItem(visibleError(error, context.logger))];
  }
  const bookmarks = progress.bookmark === undefined ? [] : [progress.bookmark];
  const notifications = progress.notifications.length === 0 ? '' : `,"notifications":${notificationsText(progress.notifications)}`;
  const last = errors.length > 0 ? '' : `,"lastBookmarks":${JSON.stringify(bookmarks)}`;
  yield `${progress.open}],"errors":${JSON.stringify(errors)}${last}${notifications}}`;
}

async function* runOne(statement: LegacyStatement, options: TransactionOptions, gone: AbortSignal, context: HttpContext, progress: Progress): Pieces {
  const result = await context.gateway.run(statement, options);
  const unwatch = terminateWhenGone(gone, (reason) => result.terminate(reason));
  let ended = false;
  try {
    yield* resultPieces(statement, result, progress);
    progress.bookmark = result.summary?.bookmark;
    ended = true;
  } finally {
    unwatch();
    if (!ended) result.terminate(clientGoneError());
  }
}

async function* runSeveral(
  statements: readonly LegacyStatement[],
  options: TransactionOptions,
  gone: AbortSignal,
  context: HttpContext,
  progress: Progress,
): Pieces {
  const transaction = await context.gateway.begin(options);
  const unwatch = terminateWhenGone(gone, (reason) => transaction.terminate(reason));
  let ended = false;
  try {
    let separator = '';
    for (const statement of statements) {
      const result = await transaction.run(statement);
      // After `run`, which may fail: a comma needs something behind it.
      if (separator !== '') yield separator;
      separator = ',';
      yield* resultPieces(statement, result, progress);
    }
    progress.bookmark = await transaction.commit(options.requestId);
    ended = true;
  } finally {
    unwatch();
    if (!ended) await transaction.rollback();
  }
}

async function* resultPieces(statement: LegacyStatement, result: StatementResult, progress: Progress): Pieces {
  progress.open = ']}';
  yield `{"columns":${JSON.stringify(result.columns)},"data":[`;
  yield* rowTexts(result, (row) => legacyRowText(row, statement.formats));
  const { summary } = result;
  let tail = ']';
  if (summary !== undefined) {
    progress.notifications.push(...summary.notifications);
    if (statement.includeStats) tail += `,"stats":${legacyStatsText(summary.counters)}`;
    if (summary.plan !== undefined) tail += `,"plan":${legacyPlanText(summary.plan, legacyJson)}`;
  }
  progress.open = '';
  yield `${tail}}`;
}

function statementsOf(body: Value): readonly LegacyStatement[] {
  if (!(body instanceof Map)) throw invalid('The body must be a JSON object.');
  const statements = body.get('statements') ?? [];
  if (!Array.isArray(statements)) throw invalid('"statements" must be a list.');
  return statements.map((statement: Value, index) => statementOf(statement, `statements[${index}]`));
}

function statementOf(value: Value, where: string): LegacyStatement {
  if (!(value instanceof Map)) throw invalid(`${where} must be a JSON object.`);
  const text = value.get('statement');
  if (typeof text !== 'string') throw invalid(`${where}.statement must be a string.`);
  const parameters = value.get('parameters') ?? new Map<string, Value>();
  if (!(parameters instanceof Map)) throw invalid(`${where}.parameters must be a JSON object.`);
  const includeStats = value.get('includeStats') ?? false;
  if (typeof includeStats !== 'boolean') throw invalid(`${where}.includeStats must be true or false.`);
  return { text, parameters, includeStats, formats: formatsOf(value.get('resultDataContents') ?? null, where) };
}

function formatsOf(value: Value, where: string): readonly ResultFormat[] {
  if (value === null) return ['row'];
  if (!Array.isArray(value)) throw invalid(`${where}.resultDataContents must be a list.`);
  const formats = new Set<ResultFormat>();
  for (const item of value as readonly Value[]) {
    const format = typeof item === 'string' ? item.toLowerCase() : '';
    if (format === 'rest') throw invalid(`${where}.resultDataContents: the format REST is not supported. Use row or graph.`);
    if (format !== 'row' && format !== 'graph') throw invalid(`${where}.resultDataContents may hold row and graph.`);
    formats.add(format);
  }
  return formats.size === 0 ? ['row'] : [...formats];
}

function invalid(message: string): Error {
  return failure('requestInvalidFormat', message);
}
