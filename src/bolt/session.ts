// One Bolt connection after its handshake: the state machine of the protocol.
//
//   NEGOTIATION ─HELLO→ AUTHENTICATION ─LOGON→ READY ─RUN→ STREAMING            any failure → FAILED
//                                          READY ─BEGIN→ TX_READY ─RUN→ TX_STREAMING      RESET → READY
//
// Messages are answered one at a time, in order. RESET alone takes effect on arrival: it interrupts what runs, and
// everything before it is IGNORED (state INTERRUPTED). A message that its state does not know ends the connection.
// A relayed session (SAFETY 22) begins in READY, and each request says on whose behalf it is made.

import { randomBytes } from 'node:crypto';
import { MalformedBytes } from '../base/bytes.js';
import type { Clock } from '../base/clock.js';
import { limits } from '../base/limits.js';
import type { Logger } from '../base/logger.js';
import { type Address, type Connection, formatAddress } from '../base/network.js';
import type { StatementRequest, TransactionOptions } from '../database/result.js';
import { asCausewayError, failure } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';
import type { Authenticator } from '../security/authenticator.js';
import type { Gateway } from '../targets/gateway.js';
import type { CypherMap, Value } from '../values/value.js';
import { Dechunker } from '../wire/chunking.js';
import type { BoltVersion } from '../wire/handshake.js';
import { failureMetadata, isMap, type Message, mapField, mapOf, readMessage, tagName, tags } from '../wire/messages.js';
import { decodeRelayExtra, type RelayExtra } from '../wire/relay.js';
import { Outgoing } from './outgoing.js';
import { allNotifications, clientExtra, type NotificationFilter, notificationFilter, optionalText, rowRange } from './requests.js';
import { Statements } from './statements.js';

export const SERVER_AGENT = 'Neo4j/5.26.0';

type State = 'NEGOTIATION' | 'AUTHENTICATION' | 'READY' | 'STREAMING' | 'TX_READY' | 'TX_STREAMING' | 'FAILED' | 'INTERRUPTED' | 'DEFUNCT';

export interface SessionServices {
  readonly gateway: Gateway;
  readonly authenticator: Authenticator;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly serverSideRouting: boolean;
  readonly messageBytes: number;
  readonly keepAliveMs: number;
  /** What ROUTE answers when the client does not say how it calls us. */
  readonly advertised: () => Address;
  /** Raises when a relayed request may not run here: another term (SAFETY 21). */
  readonly admitRelay: ((database: string, relay: RelayExtra) => void) | undefined;
}

export interface SessionOptions {
  readonly connection: Connection;
  readonly version: BoltVersion;
  readonly connectionId: string;
  /** Over a connection that proved the cluster's secret. */
  readonly trusted: boolean;
}

const QUEUE_MAX = 512;
const NO_USER = '';
const ROUTING_TTL_SECONDS = 300;

/** What the client did wrong in the protocol itself: told, then the connection ends. */
class ProtocolViolation extends Error {}

export class Session {
  readonly #services: SessionServices;
  readonly #connection: Connection;
  readonly #version: BoltVersion;
  readonly #connectionId: string;
  readonly #trusted: boolean;
  readonly #out: Outgoing;
  readonly #statements: Statements;
  readonly #dechunker: Dechunker;
  readonly #queue: Message[];
  #state: State;
  #user: string;
  #filter: NotificationFilter;
  #working: boolean;
  #paused: boolean;
  #resetCount: number;
  #closed: boolean;

  constructor(services: SessionServices, { connection, version, connectionId, trusted }: SessionOptions) {
    this.#services = services;
    this.#connection = connection;
    this.#version = version;
    this.#connectionId = connectionId;
    this.#trusted = trusted;
    this.#out = new Outgoing(connection);
    this.#out.elementIds = version.elementIds;
    this.#statements = new Statements(services.gateway, this.#out, services.clock);
    this.#dechunker = new Dechunker(trusted ? services.messageBytes : limits.unauthenticatedMessageBytesMax, (bytes) => this.#arrived(bytes));
    this.#queue = [];
    this.#state = trusted ? 'READY' : 'NEGOTIATION';
    this.#user = NO_USER;
    this.#filter = allNotifications;
    this.#working = false;
    this.#paused = false;
    this.#resetCount = 0;
    this.#closed = false;
  }

  get isAuthenticated(): boolean {
    return this.#trusted || this.#user !== NO_USER;
  }

  receive(bytes: Uint8Array): void {
    if (this.#closed || this.#state === 'DEFUNCT') return;
    try {
      this.#dechunker.receive(bytes);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The connection is gone: what runs is interrupted and rolled back. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.length = 0;
    this.#statements.terminate(goneError());
    if (!this.#working) void this.#abandon();
  }

  async #abandon(): Promise<void> {
    try {
      await this.#statements.clear(goneError());
    } catch (error) {
      this.#services.logger.warn({ error, connection: this.#connectionId }, 'rolling back after a lost connection failed');
    }
  }

  /** A message that cannot be read: told, and the connection ends. */
  #refuse(error: unknown): void {
    const known = error instanceof CausewayError || error instanceof MalformedBytes;
    if (!known) this.#services.logger.error({ error, connection: this.#connectionId }, 'reading a message failed');
    const told =
      error instanceof CausewayError
        ? error
        : failure('requestInvalidFormat', known ? `The message could not be read: ${(error as Error).message}.` : 'The message could not be read.');
    this.#end(told);
  }

  #end(error: CausewayError): void {
    if (this.#state === 'DEFUNCT') return;
    this.#state = 'DEFUNCT';
    this.#queue.length = 0;
    this.#out.message(tags.FAILURE, failureMetadata(error));
    this.#out.flush();
    this.#connection.end();
    this.closed();
  }

  #arrived(bytes: Uint8Array): void {
    if (this.#state === 'DEFUNCT') return;
    const message = readMessageOr(bytes);
    if (message.tag === tags.RESET && this.isAuthenticated) {
      this.#resetCount++;
      this.#statements.terminate(failure('transactionTerminated', 'The transaction was terminated: the connection was reset.'));
    }
    this.#queue.push(message);
    if (this.#queue.length > QUEUE_MAX && !this.#paused) {
      this.#paused = true;
      this.#connection.pause();
    }
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let message = this.#next(); message !== undefined; message = this.#next()) await this.#answer(message);
    this.#working = false;
    if (this.#closed) await this.#abandon();
  }

  #next(): Message | undefined {
    const message = this.#closed || this.#state === 'DEFUNCT' ? undefined : this.#queue.shift();
    if (this.#paused && this.#queue.length < QUEUE_MAX / 2) {
      this.#paused = false;
      this.#connection.resume();
    }
    return message;
  }

  /** A NOOP now and then tells the client that a slow statement is alive. */
  async #answer(message: Message): Promise<void> {
    const { keepAliveMs, clock } = this.#services;
    let cancel = () => {};
    const keepAlive = () => {
      this.#out.keepAlive();
      cancel = clock.after(keepAliveMs, keepAlive);
    };
    if (this.isAuthenticated) cancel = clock.after(keepAliveMs, keepAlive);
    try {
      await this.#dispatch(message);
    } catch (error) {
      await this.#failed(error);
    } finally {
      cancel();
    }
    if (!this.#closed) this.#out.flush();
  }

  async #dispatch(message: Message): Promise<void> {
    if (message.tag === tags.GOODBYE) return this.#goodbye();
    if (message.tag === tags.RESET && this.isAuthenticated) return this.#reset();
    if (this.#resetCount > 0 || this.#state === 'FAILED' || this.#state === 'INTERRUPTED') return this.#out.message(tags.IGNORED);
    if (message instanceof UnreadableMessage) throw message.error;
    const metadata = await this.#handle(message);
    // A RESET that came meanwhile owns the connection's state; the answer is still this request's.
    if (!this.#closed) this.#out.message(tags.SUCCESS, metadata);
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#closed || this.#state === 'DEFUNCT') return;
    if (error instanceof ProtocolViolation) return this.#end(failure('requestInvalid', error.message));
    if (error instanceof MalformedBytes) return this.#refuse(error);
    const told = asCausewayError(error);
    if (!(error instanceof CausewayError)) this.#services.logger.error({ error, connection: this.#connectionId }, 'a request failed unexpectedly');
    if (!this.isAuthenticated) return this.#end(told);
    this.#out.message(tags.FAILURE, failureMetadata(told));
    this.#state = this.#resetCount > 0 ? 'INTERRUPTED' : 'FAILED';
    this.#out.flush();
    await this.#statements.clear(told).catch((cause: unknown) => {
      this.#services.logger.warn({ error: cause, connection: this.#connectionId }, 'rolling back after a failure failed');
    });
  }

  #goodbye(): void {
    this.#state = 'DEFUNCT';
    this.#connection.end();
    this.closed();
  }

  async #reset(): Promise<void> {
    this.#resetCount--;
    if (this.#resetCount > 0) return this.#out.message(tags.IGNORED);
    await this.#statements.clear(failure('transactionTerminated', 'The transaction was terminated: the connection was reset.'));
    this.#state = 'READY';
    this.#out.message(tags.SUCCESS, mapOf({}));
  }

  #handle(message: Message): CypherMap | Promise<CypherMap> {
    switch (this.#state) {
      case 'NEGOTIATION':
        if (message.tag === tags.HELLO) return this.#hello(mapField(message, 0));
        break;
      case 'AUTHENTICATION':
        if (message.tag === tags.LOGON) return this.#logon(mapField(message, 0));
        break;
      case 'READY':
        return this.#ready(message);
      case 'STREAMING':
        if (message.tag === tags.PULL || message.tag === tags.DISCARD) return this.#rows(message);
        break;
      case 'TX_READY':
      case 'TX_STREAMING':
        return this.#inTransaction(message);
    }
    throw this.#unexpected(message);
  }

  #unexpected(message: Message): ProtocolViolation {
    return new ProtocolViolation(`Message '${tagName(message.tag)}' cannot be handled by a session in the ${this.#state} state.`);
  }

  #ready(message: Message): CypherMap | Promise<CypherMap> {
    switch (message.tag) {
      case tags.RUN:
        return this.#runAutoCommit(message);
      case tags.BEGIN:
        return this.#begin(mapField(message, 0));
      case tags.ROUTE:
        return this.#route(message);
      case tags.TELEMETRY:
        if (!this.#version.telemetry || typeof message.fields[0] !== 'number') break;
        return mapOf({});
      case tags.LOGOFF:
        if (!this.#version.logon || this.#trusted) break;
        this.#user = NO_USER;
        this.#state = 'AUTHENTICATION';
        return mapOf({});
    }
    throw this.#unexpected(message);
  }

  async #inTransaction(message: Message): Promise<CypherMap> {
    switch (message.tag) {
      case tags.RUN: {
        const { request, extra } = statementOf(message);
        const metadata = await this.#statements.runInTransaction(request, notificationFilter(extra, this.#filter));
        this.#state = 'TX_STREAMING';
        return metadata;
      }
      case tags.PULL:
      case tags.DISCARD:
        return this.#rows(message);
      case tags.COMMIT: {
        const requestId = this.#trusted ? decodeRelayExtra(mapField(message, 0)).requestId : newRequestId();
        const bookmark = await this.#statements.commit(requestId);
        this.#state = 'READY';
        return mapOf({ bookmark });
      }
      case tags.ROLLBACK:
        await this.#statements.rollback();
        this.#state = 'READY';
        return mapOf({});
      default:
        throw this.#unexpected(message);
    }
  }

  async #hello(extra: CypherMap): Promise<CypherMap> {
    if (this.#version.notificationFilter) this.#filter = notificationFilter(extra, allNotifications);
    if (this.#version.logon) this.#state = 'AUTHENTICATION';
    else await this.#logon(extra);
    const hints = mapOf({ 'connection.recv_timeout_seconds': Math.max(1, Math.ceil((this.#services.keepAliveMs * 5) / 1000)) });
    return mapOf({ server: SERVER_AGENT, connection_id: this.#connectionId, hints });
  }

  async #logon(auth: CypherMap): Promise<CypherMap> {
    const credentials = {
      scheme: optionalText(auth, 'scheme') ?? 'none',
      principal: optionalText(auth, 'principal') ?? '',
      credentials: optionalText(auth, 'credentials') ?? '',
    };
    const user = await this.#services.authenticator.authenticate(credentials, this.#connection.remote.host);
    this.#user = user.name;
    this.#state = 'READY';
    this.#dechunker.sizeMax = this.#services.messageBytes;
    return mapOf({});
  }

  async #runAutoCommit(message: Message): Promise<CypherMap> {
    const { request, extra } = statementOf(message);
    const metadata = await this.#statements.runAutoCommit(request, this.#options(extra), notificationFilter(extra, this.#filter), this.#trusted);
    this.#state = 'STREAMING';
    return metadata;
  }

  async #begin(extra: CypherMap): Promise<CypherMap> {
    await this.#statements.begin(this.#options(extra));
    this.#state = 'TX_READY';
    return mapOf({});
  }

  #options(extra: CypherMap): TransactionOptions {
    const asked = clientExtra(extra);
    const database = this.#services.gateway.resolve(asked.database);
    if (!this.#trusted) {
      const { serverSideRouting } = this.#services;
      const { access, bookmarks, timeoutMs } = asked;
      return { database, access, bookmarks, timeoutMs, consistency: 'bookmark', user: this.#user, requestId: newRequestId(), serverSideRouting };
    }
    // One hop: what was relayed is never forwarded on (SAFETY 21).
    const relay = decodeRelayExtra(extra);
    this.#services.admitRelay?.(database, relay);
    const { access, consistency, user, requestId, timeoutMs } = relay;
    return { database, access, bookmarks: asked.bookmarks, timeoutMs, consistency, user, requestId, serverSideRouting: false };
  }

  async #rows(message: Message): Promise<CypherMap> {
    const { count, queryId } = rowRange(mapField(message, 0));
    const metadata = message.tag === tags.PULL ? await this.#statements.pull(count, queryId) : await this.#statements.discard(count, queryId);
    if (this.#statements.openResultCount === 0) this.#state = this.#statements.inTransaction ? 'TX_READY' : 'READY';
    return metadata;
  }

  /** One address, ours as the client knows it, in every role: this server takes whatever comes. */
  #route(message: Message): CypherMap {
    const context = mapField(message, 0);
    const extra = message.fields[2] ?? null;
    const name = isMap(extra) ? optionalText(extra, 'db') : undefined;
    const address = optionalText(context, 'address') ?? formatAddress(this.#services.advertised());
    const servers = ['ROUTE', 'READ', 'WRITE'].map((role) => mapOf({ addresses: [address], role }));
    return mapOf({ rt: mapOf({ ttl: ROUTING_TTL_SECONDS, db: this.#services.gateway.resolve(name), servers }) });
  }
}

/** 128 random bits (SAFETY 14). */
function newRequestId(): string {
  return randomBytes(16).toString('hex');
}

function goneError(): CausewayError {
  return failure('transactionTerminated', 'The transaction was terminated: the client is gone.');
}

function statementOf(message: Message): { readonly request: StatementRequest; readonly extra: CypherMap } {
  const text: Value | undefined = message.fields[0];
  if (typeof text !== 'string') throw new MalformedBytes('the query of RUN is not a string');
  return { request: { text, parameters: mapField(message, 1) }, extra: mapField(message, 2) };
}

const UNREADABLE = -1;

/** A message whose values we have no shape for fails as a request in its turn; one that is damaged raises MalformedBytes. */
function readMessageOr(bytes: Uint8Array): Message {
  try {
    return readMessage(bytes);
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return new UnreadableMessage(error);
  }
}

class UnreadableMessage implements Message {
  readonly tag = UNREADABLE;
  readonly fields: readonly Value[] = [];
  readonly error: CausewayError;
  constructor(error: CausewayError) {
    this.error = error;
  }
}
