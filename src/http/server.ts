// The HTTP front door: routes, and what all of them share: authentication before the body is read, limits, errors,
// compression, CORS, metrics. It runs statements through the gateway and knows nothing of where they run.

import type { AddressInfo, Socket } from 'node:net';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';
import { type Clock, systemClock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Address } from '../base/network.js';
import { failure } from '../errors/catalogue.js';
import type { Authenticator } from '../security/authenticator.js';
import type { Gateway } from '../targets/gateway.js';
import { authenticate } from './authentication.js';
import { answerHealth, combinedStatusBody, graphStatusBody, healthQuestions } from './cluster-endpoints.js';
import { Connections } from './connections.js';
import { discoveryBody } from './discovery.js';
import { bodyTooLarge, errorItem, HttpFailure, sendError } from './errors.js';
import type { HttpContext, HttpSettings } from './http-context.js';
import { legacyCommit, legacyContinue, legacyOpen, legacyRollback } from './legacy.js';
import { queryApi, queryApiContinue, queryApiOpen, queryApiRollback } from './query-api.js';
import { BOOKMARK_HEADER } from './read-your-writes.js';
import { AFFINITY_HEADER } from './streaming.js';

export interface HttpServerOptions {
  /** Port 0 asks for a free one. */
  readonly address: Address;
  readonly gateway: Gateway;
  readonly authenticator: Authenticator;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly settings: HttpSettings;
  readonly clock?: Clock;
}

export interface HttpServer {
  readonly address: Address;
  /** Takes no new connection, but answers what comes for `goodbyeMs` more; then requests under way have `closeGraceMs`. */
  close(): Promise<void>;
}

const closeGraceMs = 2000;
const compressBytesMin = 4096;
const allMethods: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Rejects with the system's error (`code: 'EADDRINUSE'`). */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { address, settings } = options;
  const app = fastify({
    bodyLimit: settings.messageBytes,
    // What arrived before the door was closed is answered.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 1000 },
    // A path that cannot be decoded never reaches a route.
    frameworkErrors: (_error, request, reply) => {
      const message = 'The path of the request is not valid: it must be percent-encoded UTF-8.';
      sendError(
        reply as unknown as FastifyReply,
        new HttpFailure(400, failure('requestInvalid', message)),
        options.logger,
        isLegacy(request as unknown as FastifyRequest),
      );
    },
    clientErrorHandler: refuseGarbage,
  });
  const connections = new Connections(app.server);
  app.decorateRequest('principal', '');
  app.addHook('onRequest', (_request, _reply, done) => connections.admit(done));
  acceptBodies(app);
  shareErrors(app, options);
  measure(app, options.metrics);
  await app.register(cors, { origin: true, methods: ['GET', 'HEAD', 'POST', 'DELETE'], exposedHeaders: ['Location', AFFINITY_HEADER, BOOKMARK_HEADER] });
  await app.register(compress, {
    threshold: compressBytesMin,
    encodings: ['gzip', 'deflate'],
    // Light compression: the time of one core is dearer than the last tenth of the bytes.
    zlibOptions: { level: constants.Z_BEST_SPEED },
  });
  addRoutes(app, options);
  await app.listen({ host: address.host, port: address.port });
  return { address: { host: address.host, port: (app.server.address() as AddressInfo).port }, close: () => closeGently(app, connections, settings.goodbyeMs) };
}

/** What is not HTTP, or has too much of a head, is answered in the shape of all errors. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'The headers of the request are larger than this server takes.']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'The request did not come to its end in time.']
        : ['400 Bad Request', 'This is not a valid HTTP request.'];
  const body = JSON.stringify({ errors: [errorItem(failure('requestInvalid', message))] });
  socket.end(`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

async function closeGently(app: FastifyInstance, connections: Connections, goodbyeMs: number): Promise<void> {
  await connections.closeDoor();
  await connections.sayGoodbye(goodbyeMs);
  await connections.closeIdle();
  const timer = setTimeout(() => app.server.closeAllConnections(), closeGraceMs);
  await app.close();
  clearTimeout(timer);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bodies arrive as text: each API says in its own way that it is not JSON. */
function acceptBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const asText = (_request: FastifyRequest, body: Buffer, done: (error: Error | null, body?: string) => void) => {
    try {
      done(null, utf8.decode(body));
    } catch {
      done(new HttpFailure(400, failure('requestInvalidFormat', 'The body of the request is not UTF-8.')));
    }
  };
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, asText);
  app.addContentTypeParser(/^application\/vnd\.neo4j\.query(\.v1\.[0-2])?(;|$)/, { parseAs: 'buffer' }, asText);
}

function isLegacy(request: FastifyRequest): boolean {
  return /^\/db\/[^/]+\/tx(\/|$|\?)/.test(request.url);
}

function shareErrors(app: FastifyInstance, { logger, settings }: HttpServerOptions): void {
  app.setErrorHandler((error, request, reply) => {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
    return sendError(reply, tooLarge ? bodyTooLarge(settings.messageBytes) : error, logger, isLegacy(request));
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `There is nothing at ${request.url.split('?')[0]}.`;
    return sendError(reply, new HttpFailure(404, failure('requestInvalid', message)), logger, isLegacy(request));
  });
}

function measure(app: FastifyInstance, registry: Registry): void {
  const labelNames = ['method', 'route', 'status'];
  const requests = new Counter({ name: 'causeway_http_requests_total', help: 'HTTP requests answered', labelNames, registers: [registry] });
  const seconds = new Histogram({
    name: 'causeway_http_request_duration_seconds',
    help: 'From the first byte of an HTTP request to the last of its answer',
    labelNames: ['route'],
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    requests.inc({ method: request.method, route, status: reply.statusCode });
    seconds.observe({ route }, reply.elapsedTime / 1000);
    done();
  });
}

type Handler = (request: FastifyRequest<{ Params: { database: string; id: string } }>, reply: FastifyReply) => unknown;

/** The methods of a path are named at once: all others get 405. */
type AddRoute = (methods: HTTPMethods | readonly HTTPMethods[], url: string, needsUser: boolean, handler: Handler) => void;

function addRoutes(app: FastifyInstance, options: HttpServerOptions): void {
  const { gateway, settings, authenticator, logger, metrics } = options;
  const context: HttpContext = { gateway, authenticator, settings, logger, clock: options.clock ?? systemClock };
  const route: AddRoute = (method, url, needsUser, handler) => {
    const onRequest = needsUser && settings.authenticationRequired ? (request: FastifyRequest) => authenticate(request, authenticator) : undefined;
    const methods = typeof method === 'string' ? [method] : [...method];
    app.route<{ Params: { database: string; id: string } }>({
      method: methods,
      url,
      ...(onRequest === undefined ? {} : { onRequest }),
      handler: (request, reply) => handler(request, reply),
    });
    refuseOtherMethods(app, methods, url, logger);
  };

  route('GET', '/', false, (request) => discoveryBody(request, settings));
  route('GET', '/metrics', false, async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
  route('POST', '/db/:database/tx/commit', true, (request, reply) => legacyCommit(request, reply, context));
  route('POST', '/db/:database/tx', true, (request, reply) => legacyOpen(request, reply, context));
  route('POST', '/db/:database/tx/:id/commit', true, (request, reply) => legacyContinue(request, reply, context, true));
  route(['POST', 'DELETE'], '/db/:database/tx/:id', true, (request, reply) =>
    request.method === 'DELETE' ? legacyRollback(request, reply, context) : legacyContinue(request, reply, context, false),
  );
  route('POST', '/db/:database/query/v2', true, (request, reply) => queryApi(request, reply, context));
  route('POST', '/db/:database/query/v2/tx', true, (request, reply) => queryApiOpen(request, reply, context));
  route('POST', '/db/:database/query/v2/tx/:id/commit', true, (request, reply) => queryApiContinue(request, reply, context, true));
  route(['POST', 'DELETE'], '/db/:database/query/v2/tx/:id', true, (request, reply) =>
    request.method === 'DELETE' ? queryApiRollback(request, reply, context) : queryApiContinue(request, reply, context, false),
  );
  route('GET', '/db/:database/outcomes/:id', true, (request) => outcomeBody(gateway, request.params.database, request.params.id));
  for (const question of healthQuestions) {
    route('GET', `/db/:database/cluster/${question}`, settings.clusterStatusAuth, (request, reply) =>
      answerHealth(question, request.params.database, gateway, reply),
    );
  }
  route('GET', '/db/:database/cluster/status', settings.clusterStatusAuth, (request) => graphStatusBody(request.params.database, gateway));
  route('GET', '/dbms/cluster/status', settings.clusterStatusAuth, () => combinedStatusBody(gateway.cluster));
}

/** 405, before a body is read. */
function refuseOtherMethods(app: FastifyInstance, methods: readonly HTTPMethods[], url: string, logger: Logger): void {
  const allowed = methods.includes('GET') ? [...methods, 'HEAD'] : methods;
  app.route({
    method: allMethods.filter((other) => !allowed.includes(other)),
    url,
    onRequest: async (request, reply) => {
      reply.header('allow', allowed.join(', '));
      const message = `${request.method} is not allowed here; use ${allowed.join(' or ')}.`;
      return sendError(reply, new HttpFailure(405, failure('requestInvalid', message)), logger, isLegacy(request));
    },
    handler: (_request, reply) => reply,
  });
}

async function outcomeBody(gateway: Gateway, name: string, id: string): Promise<object> {
  const database = await gateway.resolve(name);
  if (!/^[0-9a-f]{32}$/i.test(id)) throw failure('requestInvalid', 'The id of an outcome has 32 hexadecimal digits.');
  const outcome = await gateway.outcome(database, id.toLowerCase());
  return outcome.kind === 'committed' ? { outcome: outcome.kind, bookmark: outcome.bookmark } : { outcome: outcome.kind };
}
