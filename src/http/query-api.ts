// Neo4j's Query API v2, `POST /db/{name}/query/v2`: one statement, one transaction; 202 and its rows, or a status that
// says what went wrong. Rows that fill more than one chunk are streamed: an error after that ends the 202 body with `errors`.

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AutoCommit, TransactionOptions } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { CypherMap, Value } from '../values/value.js';
import { CypherFloat } from '../values/value.js';
import { errorItem, HttpFailure, visibleError } from './errors.js';
import type { HttpContext } from './http-context.js';
import { parseJson } from './json-in.js';
import { listText, queryApiJson, type ValueText } from './json-out.js';
import { accessModeOf, stringList, timeoutMsOf, transactionOptions } from './request-options.js';
import { clientGone, clientGoneError, rowTexts, sendPieces, terminateWhenGone } from './streaming.js';
import { countersText, notificationsText, planText } from './summary-format.js';
import { typedJson, typedParameters } from './typed-json.js';

interface QueryBody {
  readonly text: string;
  readonly parameters: CypherMap;
  readonly includeCounters: boolean;
  readonly access: 'READ' | 'WRITE';
  readonly timeoutMs: number;
  readonly bookmarks: readonly string[];
}

const typedMime = /^application\/vnd\.neo4j\.query(\.v1\.[0-2])?$/;

export async function queryApi(request: FastifyRequest<{ Params: { database: string } }>, reply: FastifyReply, context: HttpContext) {
  const responseType = responseTypeOf(request.headers.accept);
  const database = context.gateway.resolve(request.params.database);
  const body = queryBody(parseJson(String(request.body ?? '')), isTyped(mimeOf(request.headers['content-type'] ?? '')));
  const { access, bookmarks, timeoutMs } = body;
  const options = transactionOptions(request, { database, access, bookmarks, timeoutMs }, context.settings.serverSideRouting);
  reply.code(202).type(responseType);
  const pieces = bodyPieces(body, options, isTyped(responseType) ? typedJson : queryApiJson, clientGone(reply), context);
  return sendPieces(reply, pieces, (error) => `]},"errors":${JSON.stringify([errorItem(visibleError(error, context.logger))])}}`);
}

type Pieces = AsyncGenerator<string, void, undefined>;

async function* bodyPieces(body: QueryBody, options: TransactionOptions, text: ValueText, gone: AbortSignal, context: HttpContext): Pieces {
  const result = await context.gateway.run(body, options);
  const unwatch = terminateWhenGone(gone, (reason) => result.terminate(reason));
  let ended = false;
  try {
    yield `{"data":{"fields":${JSON.stringify(result.columns)},"values":[`;
    yield* rowTexts(result, (row) => listText(row, text));
    ended = true;
    yield `]}${summaryText(result, body.includeCounters, text)}}`;
  } finally {
    unwatch();
    if (!ended) result.terminate(clientGoneError());
  }
}

function summaryText({ summary }: AutoCommit, includeCounters: boolean, text: ValueText): string {
  if (summary === undefined) return ',"bookmarks":[]';
  let result = '';
  if (summary.notifications.length > 0) result += `,"notifications":${notificationsText(summary.notifications)}`;
  if (includeCounters) result += `,"counters":${countersText(summary.counters)}`;
  if (summary.plan !== undefined) result += `,"queryPlan":${planText(summary.plan, text)}`;
  return `${result},"bookmarks":${JSON.stringify(summary.bookmark === undefined ? [] : [summary.bookmark])}`;
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

function queryBody(value: Value, typed: boolean): QueryBody {
  if (!(value instanceof Map)) throw invalid('The body must be a JSON object.');
  const text = value.get('statement');
  if (typeof text !== 'string') throw invalid('"statement" must be a string.');
  if ((value.get('impersonatedUser') ?? null) !== null) throw invalid('"impersonatedUser" is not supported.');
  return {
    text,
    parameters: parametersOf(value.get('parameters') ?? null, typed),
    includeCounters: includeCountersOf(value.get('includeCounters') ?? false),
    access: accessOf(value.get('accessMode') ?? 'WRITE'),
    timeoutMs: timeoutOf(value.get('maxExecutionTime') ?? 0),
    bookmarks: stringList(value.get('bookmarks') ?? [], '"bookmarks"'),
  };
}

function parametersOf(value: Value, typed: boolean): CypherMap {
  if (value === null) return new Map();
  if (!(value instanceof Map)) throw invalid('"parameters" must be a JSON object.');
  return typed ? typedParameters(value) : value;
}

function includeCountersOf(value: Value): boolean {
  if (typeof value !== 'boolean') throw invalid('"includeCounters" must be true or false.');
  return value;
}

function accessOf(value: Value): 'READ' | 'WRITE' {
  if (typeof value !== 'string') throw invalid('"accessMode" must be "READ" or "WRITE".');
  return accessModeOf(value, '"accessMode"');
}

/** The body says seconds. */
function timeoutOf(value: Value): number {
  const seconds = value instanceof CypherFloat ? value.value : typeof value === 'number' ? value : Number.NaN;
  return timeoutMsOf(seconds * 1000, '"maxExecutionTime"');
}

function invalid(message: string): Error {
  return failure('requestInvalid', message);
}
