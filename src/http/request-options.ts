// What a request asks of its transaction beside the statement: headers of Neo4j (`Access-Mode`, `Bookmarks`,
// `max-execution-time`) and of Causeway (`Causeway-Consistency`, `Causeway-Routing`, `Causeway-Bookmark`, `Idempotency-Key`).
// A header that is there is obeyed or refused, never ignored.

import type { FastifyRequest } from 'fastify';
import type { Consistency, StatementRequest, TransactionOptions } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { TransactionClaim } from '../targets/gateway.js';
import type { Value } from '../values/value.js';
import type { HttpContext } from './http-context.js';
import { parseJson } from './json-in.js';
import { carriedBookmarks } from './read-your-writes.js';
import { mintRequestId, requestIdOf } from './request-id.js';

const idempotencyKeyCharactersMax = 255;
const timeoutMsMax = 2 ** 31 - 1;

export interface StatedOptions {
  /** Resolved. */
  readonly database: string;
  readonly access: 'READ' | 'WRITE';
  readonly bookmarks: readonly string[];
  /** 0: none stated. */
  readonly timeoutMs: number;
}

/** `statements`: those that an `Idempotency-Key` stands for. */
export function transactionOptions(
  request: FastifyRequest,
  stated: StatedOptions,
  { gateway, settings }: HttpContext,
  statements: readonly StatementRequest[],
): TransactionOptions {
  const key = idempotencyKey(request);
  const carried = carriedBookmarks(request, stated.database, gateway);
  return {
    ...stated,
    bookmarks: carried.length === 0 ? stated.bookmarks : [...stated.bookmarks, ...carried],
    user: request.principal,
    consistency: consistency(request),
    requestId: key === undefined ? mintRequestId() : requestIdOf(request.principal, stated.database, key, statements),
    serverSideRouting: settings.serverSideRouting && !routingOff(request),
  };
}

/** For a request of an open transaction. What it reads, and for how long it may run, was said when it was opened. */
export function transactionClaim(request: FastifyRequest, database: string, committing: boolean, routingEnabled: boolean): TransactionClaim {
  refuseIdempotencyKey(request);
  return { user: request.principal, database, committing, serverSideRouting: routingEnabled && !routingOff(request) };
}

/** Open transactions have no use for one: their COMMIT may be repeated as it is. */
export function refuseIdempotencyKey(request: FastifyRequest): void {
  if (idempotencyKey(request) === undefined) return;
  throw failure('requestInvalid', 'The header Idempotency-Key is not for open transactions: their COMMIT takes effect once, however often it is sent.');
}

export function accessModeOf(text: string, where: string): 'READ' | 'WRITE' {
  const mode = text.toUpperCase();
  if (mode === 'READ' || mode === 'WRITE') return mode;
  throw failure('requestInvalid', `${where} must be READ or WRITE, but is '${text}'.`);
}

/** The legacy API's headers. */
export function legacyOptions(request: FastifyRequest, database: string): StatedOptions {
  const access = header(request, 'access-mode');
  return {
    database,
    access: access === undefined ? 'WRITE' : accessModeOf(access, 'The header Access-Mode'),
    bookmarks: bookmarksHeader(request),
    timeoutMs: timeoutHeader(request),
  };
}

export function stringList(value: Value, where: string): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value as readonly string[];
  throw failure('requestInvalid', `${where} must be a list of strings.`);
}

export function timeoutMsOf(milliseconds: number, where: string): number {
  if (Number.isFinite(milliseconds) && milliseconds >= 0 && milliseconds <= timeoutMsMax) return Math.ceil(milliseconds);
  throw failure('requestInvalid', `${where} must be a number between 0 and ${timeoutMsMax} ms.`);
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

function bookmarksHeader(request: FastifyRequest): readonly string[] {
  const text = header(request, 'bookmarks');
  return text === undefined || text.trim() === '' ? [] : stringList(parseJson(text), 'The header Bookmarks');
}

function timeoutHeader(request: FastifyRequest): number {
  const text = header(request, 'max-execution-time');
  if (text === undefined) return 0;
  return timeoutMsOf(/^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN, 'The header max-execution-time');
}

function consistency(request: FastifyRequest): Consistency {
  const text = header(request, 'causeway-consistency');
  if (text === undefined) return 'bookmark';
  const level = text.toLowerCase();
  if (level === 'eventual' || level === 'bookmark' || level === 'linearizable') return level;
  throw failure('requestInvalid', `The header Causeway-Consistency must be eventual, bookmark or linearizable, but is '${text}'.`);
}

function routingOff(request: FastifyRequest): boolean {
  const text = header(request, 'causeway-routing');
  if (text === undefined || text.toLowerCase() === 'on') return false;
  if (text.toLowerCase() === 'off') return true;
  throw failure('requestInvalid', `The header Causeway-Routing must be on or off, but is '${text}'.`);
}

/** Undefined: none was sent. */
export function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = header(request, 'idempotency-key');
  if (key === undefined) return undefined;
  if (key.length >= 1 && key.length <= idempotencyKeyCharactersMax) return key;
  throw failure('requestInvalid', `The header Idempotency-Key must have 1 to ${idempotencyKeyCharactersMax} characters.`);
}
