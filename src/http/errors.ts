// Errors as HTTP shows them: a status and `{"errors": [{code, message, leader?, outcomeId?}]}`.

import type { FastifyReply } from 'fastify';
import type { Logger } from '../base/logger.js';
import { asCausewayError, codes, failure } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';

export interface ErrorItem {
  readonly code: string;
  readonly message: string;
  /** Where the graph's leader is, `host:port`, when the error means "ask the leader". */
  readonly leader?: string;
  /** For `GET /db/{name}/outcomes/{id}`. */
  readonly outcomeId?: string;
}

/** A fault of HTTP itself, with a status that its code alone does not say. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly status: number;
  readonly error: CausewayError;

  constructor(status: number, error: CausewayError) {
    super(error.message);
    this.status = status;
    this.error = error;
  }
}

export function errorItem(error: CausewayError): ErrorItem {
  return {
    code: error.code,
    message: error.message,
    ...(error.leader === undefined ? {} : { leader: error.leader }),
    ...(error.outcomeId === undefined ? {} : { outcomeId: error.outcomeId }),
  };
}

/** What a client may see of an error; an unexpected one is logged whole. */
export function visibleError(error: unknown, logger: Logger): CausewayError {
  if (error instanceof HttpFailure) return error.error;
  if (!(error instanceof CausewayError)) logger.error({ err: error }, 'unexpected error while answering an HTTP request');
  return asCausewayError(error);
}

/** Query API's mapping of codes to statuses. */
export function statusOf(error: CausewayError): number {
  switch (error.code) {
    case codes.databaseNotFound.code:
      return 404;
    case codes.idempotencyKeyReused.code:
      return 422;
    case codes.unauthorized.code:
      return 401;
    case codes.forbidden.code:
      return 403;
    case codes.authenticationRateLimit.code:
      return 429;
    default:
      return error.code.startsWith('Neo.ClientError.') || error.code.startsWith('Neo.TransientError.') ? 400 : 500;
  }
}

/** `results` is there for clients of the legacy API, which read it before `errors`. */
export function sendError(reply: FastifyReply, error: unknown, logger: Logger, legacy = false): FastifyReply {
  const seen = fromFastify(error) ?? error;
  const shown = visibleError(seen, logger);
  const status = seen instanceof HttpFailure ? seen.status : statusOf(shown);
  if (status === 401) reply.header('www-authenticate', 'Basic realm="Neo4j"');
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify({ ...(legacy ? { results: [] } : {}), errors: [errorItem(shown)] }));
}

export function bodyTooLarge(bytesMax: number): HttpFailure {
  const message = `The body of the request is larger than ${bytesMax} bytes. The limit is set by \`limits.message_bytes\`.`;
  return new HttpFailure(413, failure('limitExceeded', message));
}

/** Fastify's own refusals of a request; undefined for what is not one. */
function fromFastify(error: unknown): HttpFailure | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const message = 'The Content-Type of the request is not supported. Send application/json, or application/vnd.neo4j.query to the Query API.';
    return new HttpFailure(415, failure('requestInvalid', message));
  }
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (!error.code.startsWith('FST_ERR_') || typeof status !== 'number' || status < 400 || status > 499) return undefined;
  return new HttpFailure(status, failure('requestInvalid', error.message));
}
