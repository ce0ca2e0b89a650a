// One Bolt connection after its handshake: takes messages in, one at a time and in order, and sees to it that each is
// answered. What they mean is conversation.ts's.
//
// RESET alone takes effect on arrival: it interrupts what runs, and everything before it is IGNORED. Answers gather
// and leave in one write when nothing is left to answer, or after a turn of the event loop in which something still ran.
// Messages wait as bytes; when too many wait, nothing more is read. What cannot be read at all ends everything at once.

import { MalformedBytes } from '../base/bytes.js';
import { limits } from '../base/limits.js';
import type { Logger } from '../base/logger.js';
import type { Connection } from '../base/network.js';
import { turnOfEventLoop } from '../base/pieces.js';
import type { Soon } from '../base/soon.js';
import { asCausewayError, failure } from '../errors/catalogue.js';
import type { CausewayError } from '../errors/error.js';
import type { CypherMap } from '../values/value.js';
import { Dechunker } from '../wire/chunking.js';
import { type FailureShape, failureMetadata } from '../wire/failures.js';
import type { BoltVersion } from '../wire/handshake.js';
import { mapOf, readRequest, tags } from '../wire/messages.js';
import { Conversation, type ConversationServices, ProtocolViolation } from './conversation.js';
import { Outgoing } from './outgoing.js';

export interface SessionServices extends ConversationServices {
  readonly logger: Logger;
  readonly messageBytes: number;
  /** Until a client that takes nothing of what is sent to it is let go. */
  readonly stalledMs: number;
}

export interface SessionOptions {
  readonly connection: Connection;
  readonly version: BoltVersion;
  readonly connectionId: string;
  /** Over a connection that proved the cluster's secret. */
  readonly trusted: boolean;
  readonly refusal: CausewayError | undefined;
}

const QUEUE_MESSAGES_MAX = 512;
const QUEUE_BYTES_MAX = 1024 * 1024;
/** For the last answer to be read; a client that does not close then is closed. */
const LINGER_MS = 2000;
/** In the queue: a RESET that has interrupted what was before it. */
const INTERRUPTING_RESET = Uint8Array.of(0xb0, tags.RESET);

export class Session {
  readonly #services: SessionServices;
  readonly #connection: Connection;
  readonly #connectionId: string;
  readonly #failureShape: FailureShape;
  readonly #out: Outgoing;
  readonly #conversation: Conversation;
  readonly #dechunker: Dechunker;
  /** Messages, or why no more can be read. */
  readonly #queue: (Uint8Array | Error)[];
  #queuedBytes: number;
  #pausedReading: boolean;
  #working: boolean;
  #flushPlanned: boolean;
  #cancelKeepAlive: (() => void) | undefined;
  #resetCount: number;
  #deaf: boolean;
  #closed: boolean;
  #onFinished: (() => void) | undefined;

  constructor(services: SessionServices, { connection, version, connectionId, trusted, refusal }: SessionOptions) {
    this.#services = services;
    this.#connection = connection;
    this.#connectionId = connectionId;
    this.#failureShape = trusted ? 'relay' : version.gqlFailures ? 'gql' : 'plain';
    this.#out = new Outgoing(connection, services.clock, services.stalledMs, { elementIds: version.elementIds, utcTimes: version.elementIds });
    this.#conversation = new Conversation(services, { version, connectionId, clientHost: connection.remote.host, trusted, refusal }, this.#out);
    this.#dechunker = new Dechunker(trusted ? services.messageBytes : limits.unauthenticatedMessageBytesMax, (bytes) => this.#arrived(bytes));
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#pausedReading = false;
    this.#working = false;
    this.#flushPlanned = false;
    this.#cancelKeepAlive = undefined;
    this.#resetCount = 0;
    this.#deaf = false;
    this.#closed = false;
    this.#onFinished = undefined;
  }

  get isAuthenticated(): boolean {
    return this.#conversation.isAuthenticated;
  }

  receive(bytes: Uint8Array): void {
    if (this.#deaf) return;
    try {
      this.#dechunker.receive(bytes);
    } catch (error) {
      // The end of it: what runs or waits has nobody to run for.
      this.#deaf = true;
      this.#queue.length = 0;
      this.#queue.push(error as Error);
      this.#conversation.interrupt(resetError());
    }
    if (!this.#working && this.#queue.length > 0) void this.#work();
  }

  /** The connection is gone: what runs is interrupted and rolled back. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deaf = true;
    this.#queue.length = 0;
    this.#cancelKeepAlive?.();
    this.#conversation.interrupt(goneError());
    if (!this.#working) void this.#abandon();
  }

  /** For an orderly stop: what is being answered is answered, then the connection ends; what is open is rolled back. */
  finish(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#deaf = true;
    this.#queue.length = 0;
    if (!this.#working) {
      this.#hangUp();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#onFinished = resolve;
    });
  }

  #arrived(bytes: Uint8Array): void {
    if (this.#deaf) return;
    const interrupting = isReset(bytes) && this.isAuthenticated;
    if (interrupting) {
      this.#resetCount++;
      this.#conversation.interrupt(resetError());
    }
    this.#queue.push(interrupting ? INTERRUPTING_RESET : bytes);
    this.#queuedBytes += bytes.length;
    if (this.#pausedReading || (this.#queue.length <= QUEUE_MESSAGES_MAX && this.#queuedBytes <= QUEUE_BYTES_MAX)) return;
    this.#pausedReading = true;
    this.#connection.pause();
  }

  async #work(): Promise<void> {
    this.#working = true;
    const { clock } = this.#services;
    let turnMs = clock.nowMs();
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const answering = this.#answer(next);
      if (answering === undefined) {
        if (clock.nowMs() - turnMs < limits.timeSliceMs) continue;
        // Other clients have their turn too.
        this.#out.flush();
        await turnOfEventLoop();
      } else {
        this.#planFlush();
        this.#planKeepAlive();
        await answering;
      }
      turnMs = clock.nowMs();
    }
    this.#working = false;
    if (this.#onFinished !== undefined) this.#hangUp();
    if (this.#closed) await this.#abandon();
    else this.#out.flush();
    this.#onFinished?.();
  }

  #next(): Uint8Array | Error | undefined {
    if (this.#closed) return undefined;
    const next = this.#queue.shift();
    if (next === undefined || next instanceof Error) return next;
    this.#queuedBytes -= next.length;
    if (this.#pausedReading && this.#queue.length < QUEUE_MESSAGES_MAX / 2 && this.#queuedBytes <= QUEUE_BYTES_MAX / 2) {
      this.#pausedReading = false;
      this.#connection.resume();
    }
    return next;
  }

  /** undefined when it is answered already. */
  #answer(next: Uint8Array | Error): Promise<void> | undefined {
    try {
      const metadata = this.#dispatch(next);
      if (metadata instanceof Promise) return this.#answerLater(metadata);
      if (metadata !== undefined && !this.#closed) this.#out.success(metadata);
      return undefined;
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #answerLater(answer: Promise<CypherMap | undefined>): Promise<void> {
    try {
      const metadata = await answer;
      if (metadata !== undefined && !this.#closed) this.#out.success(metadata);
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** The metadata of SUCCESS, or undefined where something else is the answer. */
  #dispatch(next: Uint8Array | Error): Soon<CypherMap | undefined> {
    if (next instanceof Error) throw next;
    if (next === INTERRUPTING_RESET && --this.#resetCount === 0) return this.#reset();
    if (this.#resetCount > 0) return this.#ignored(next);
    // One that came before its client was known had nothing to interrupt.
    if (isReset(next) && this.isAuthenticated) return this.#reset();
    if (this.#conversation.hasFailed) return this.#ignored(next);
    const message = readRequest(next);
    if (message.tag === tags.GOODBYE) return this.#hangUp();
    const answer = this.#conversation.answer(message);
    return message.tag === tags.HELLO || message.tag === tags.LOGON ? this.#known(answer) : answer;
  }

  #ignored(bytes: Uint8Array): undefined {
    if (bytes[1] === tags.GOODBYE) return this.#hangUp();
    this.#out.message(tags.IGNORED);
    return undefined;
  }

  #hangUp(): undefined {
    if (this.#closed) return undefined;
    this.#out.flush();
    this.#connection.end();
    this.#services.clock.after(LINGER_MS, () => this.#connection.destroy());
    this.closed();
    return undefined;
  }

  /** Strangers' messages are bounded more tightly; who was known once may log on anew and send large ones behind it. */
  async #known(answer: Soon<CypherMap>): Promise<CypherMap> {
    const metadata = await answer;
    if (this.isAuthenticated) this.#dechunker.sizeMax = this.#services.messageBytes;
    return metadata;
  }

  async #reset(): Promise<CypherMap> {
    await this.#conversation.reset(resetError());
    return mapOf({});
  }

  /** Undefined when the connection ends with it. */
  #failed(error: unknown): Promise<void> | undefined {
    if (this.#closed) return undefined;
    const told = toldOf(error);
    if (told.cause === error) {
      this.#services.logger.error({ error, connection: this.#connectionId }, 'a request failed unexpectedly');
    }
    this.#out.message(tags.FAILURE, failureMetadata(told, this.#failureShape));
    if (error instanceof ProtocolViolation || error instanceof MalformedBytes || !this.isAuthenticated) return this.#hangUp();
    this.#out.flush();
    return this.#conversation.fail(told).catch((cause: unknown) => {
      this.#services.logger.warn({ error: cause, connection: this.#connectionId }, 'rolling back after a failure failed');
    });
  }

  async #abandon(): Promise<void> {
    try {
      await this.#conversation.close(goneError());
    } catch (error) {
      this.#services.logger.warn({ error, connection: this.#connectionId }, 'rolling back after a lost connection failed');
    }
  }

  /** What is answered already does not wait for what still runs. */
  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    setImmediate(() => {
      this.#flushPlanned = false;
      if (!this.#closed) this.#out.flush();
    });
  }

  /** A NOOP now and then tells the client that a slow statement is alive. */
  #planKeepAlive(): void {
    if (this.#cancelKeepAlive !== undefined || !this.isAuthenticated) return;
    this.#cancelKeepAlive = this.#services.clock.after(this.#services.keepAliveMs, () => {
      this.#cancelKeepAlive = undefined;
      if (this.#closed || !this.#working) return;
      this.#out.keepAlive();
      this.#planKeepAlive();
    });
  }
}

function isReset(bytes: Uint8Array): boolean {
  return bytes.length === 2 && bytes[0] === INTERRUPTING_RESET[0] && bytes[1] === tags.RESET;
}

/** What a client may see of an error. */
function toldOf(error: unknown): CausewayError {
  if (error instanceof ProtocolViolation) return failure('requestInvalid', error.message);
  if (error instanceof MalformedBytes) return failure('requestInvalidFormat', `The message could not be read: ${error.message}.`);
  return asCausewayError(error);
}

function goneError(): CausewayError {
  return failure('transactionTerminated', 'The transaction was terminated: the client is gone.');
}

function resetError(): CausewayError {
  return failure('transactionTerminated', 'The transaction was terminated: the connection was reset.');
}
