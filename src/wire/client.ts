// A small Bolt client. Requests may be sent one after another without waiting; the answers come in that order.
// After a failure the server ignores what follows until `reset`; ignored requests reject with `Ignored`.
// A lost connection rejects everything that was unanswered with `ConnectionLost`: what became of it is unknown.

import { type Clock, systemClock } from '../base/clock.js';
import type { Address, Connection, Network } from '../base/network.js';
import type { CypherMap, Row, Value } from '../values/value.js';
import { Dechunker } from './chunking.js';
import { failureOf } from './failures.js';
import { answeredVersion, type BoltVersion, bolt54, handshakeProposal } from './handshake.js';
import { isMap, type Message, mapOf, readMessage, tagName, tags, writeMessage } from './messages.js';
import { PackWriter } from './packstream.js';
import type { StructureForm } from './structures.js';

export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The server passed over the request, because one before it failed. */
export class Ignored extends Error {
  override readonly name = 'Ignored';
}

export interface LogonCredentials {
  readonly principal: string;
  readonly credentials: string;
}

export interface ConnectOptions {
  /** Absent: scheme `none`. */
  readonly auth?: LogonCredentials;
  readonly userAgent?: string;
  /** For the connection, and again for each step of the greeting. */
  readonly timeoutMs?: number;
  /** Up to four, best first; by default the newest, and older ones for older servers. */
  readonly versions?: readonly BoltVersion[];
  readonly clock?: Clock;
}

interface Pending {
  readonly resolve: (metadata: CypherMap) => void;
  readonly reject: (error: Error) => void;
  readonly onRow: ((row: Row) => void) | undefined;
  readonly onPrepared: ((metadata: CypherMap) => void) | undefined;
}

interface Handshake {
  bytes: Uint8Array;
  readonly resolve: (version: BoltVersion) => void;
  readonly reject: (error: Error) => void;
}

const nothing: CypherMap = new Map();

export class BoltClient {
  readonly #connection: Connection;
  readonly #writer: PackWriter;
  readonly #dechunker: Dechunker;
  readonly #pending: Pending[];
  #version: BoltVersion;
  #handshake: Handshake | undefined;
  #lost: ConnectionLost | undefined;

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.#writer = new PackWriter();
    this.#dechunker = new Dechunker(Number.MAX_SAFE_INTEGER, (bytes) => this.#receive(readMessage(bytes)));
    this.#pending = [];
    this.#version = bolt54;
    this.#handshake = undefined;
    this.#lost = undefined;
    connection.onData((bytes) => this.#data(bytes));
    connection.onClose((error) => this.#fail(new ConnectionLost(error?.message ?? 'the connection was closed', { cause: error })));
  }

  /** Handshake, HELLO and LOGON. Rejects with the network's error, ConnectionLost, or what the server says. */
  static async connect(network: Network, address: Address, options: ConnectOptions = {}): Promise<BoltClient> {
    const timeoutMs = options.timeoutMs ?? 5000;
    const client = new BoltClient(await network.connect(address, timeoutMs));
    const cancel = (options.clock ?? systemClock).after(timeoutMs, () =>
      client.#fail(new ConnectionLost(`no greeting from the server within ${timeoutMs} ms`)),
    );
    try {
      await client.#greet(options);
      return client;
    } catch (error) {
      client.close();
      throw error;
    } finally {
      cancel();
    }
  }

  /** Over a connection that is trusted already: Bolt 5.4 without a greeting. */
  static trusted(connection: Connection): BoltClient {
    return new BoltClient(connection);
  }

  async #greet(options: ConnectOptions): Promise<void> {
    this.#version = await new Promise((resolve, reject) => {
      this.#handshake = { bytes: new Uint8Array(0), resolve, reject };
      this.#connection.write(handshakeProposal(options.versions));
    });
    const { auth } = options;
    const logon = auth === undefined ? { scheme: 'none' } : { scheme: 'basic', principal: auth.principal, credentials: auth.credentials };
    const userAgent = options.userAgent ?? 'causeway/0.1.0';
    if (!this.#version.logon) {
      await this.request(tags.HELLO, [mapOf({ user_agent: userAgent, ...logon })]);
      return;
    }
    const hello = mapOf({ user_agent: userAgent, bolt_agent: mapOf({ product: userAgent }) });
    await Promise.all([this.request(tags.HELLO, [hello]), this.request(tags.LOGON, [mapOf(logon)])]);
  }

  get version(): BoltVersion {
    return this.#version;
  }

  get isClosed(): boolean {
    return this.#lost !== undefined;
  }

  /** Resolves with SUCCESS's metadata: `fields`, `t_first`, and `qid` in an explicit transaction. */
  run(text: string, parameters: CypherMap = nothing, extra: CypherMap = nothing): Promise<CypherMap> {
    return this.request(tags.RUN, [text, parameters, extra]);
  }

  /** `count` −1: all rows; `qid` −1: the last statement. Rows come synchronously, in order. `has_more` tells whether to pull again. */
  pull(count: number, onRow: (row: Row) => void, qid = -1, onPrepared?: (metadata: CypherMap) => void): Promise<CypherMap> {
    return this.request(tags.PULL, [mapOf({ n: count, qid })], onRow, onPrepared);
  }

  discard(count = -1, qid = -1): Promise<CypherMap> {
    return this.request(tags.DISCARD, [mapOf({ n: count, qid })]);
  }

  begin(extra: CypherMap = nothing): Promise<CypherMap> {
    return this.request(tags.BEGIN, [extra]);
  }

  /** `extra` only between servers. Resolves with `bookmark` in the metadata. */
  commit(extra?: CypherMap): Promise<CypherMap> {
    return this.request(tags.COMMIT, extra === undefined ? [] : [extra]);
  }

  rollback(): Promise<CypherMap> {
    return this.request(tags.ROLLBACK, []);
  }

  /** Interrupts what runs, rolls back, and ends a failure. */
  reset(): Promise<CypherMap> {
    return this.request(tags.RESET, []);
  }

  /** Says good-bye and closes. */
  goodbye(): void {
    if (this.#lost !== undefined) return;
    writeMessage(this.#writer, tags.GOODBYE, []);
    this.#connection.write(this.#writer.take());
    this.#connection.end();
  }

  /** Closes at once. */
  close(): void {
    this.#connection.destroy();
    this.#fail(new ConnectionLost('the connection was closed by this side'));
  }

  /** Any message that is answered by one SUCCESS. */
  request(tag: number, fields: readonly Value[], onRow?: (row: Row) => void, onPrepared?: (metadata: CypherMap) => void): Promise<CypherMap> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      writeMessage(this.#writer, tag, fields, formOf(this.#version));
      this.#pending.push({ resolve, reject, onRow, onPrepared });
      this.#connection.write(this.#writer.take());
    });
  }

  #data(bytes: Uint8Array): void {
    if (this.#lost !== undefined) return;
    try {
      const rest = this.#handshake === undefined ? bytes : this.#answer(this.#handshake, bytes);
      this.#dechunker.receive(rest);
    } catch (error) {
      this.#fail(new ConnectionLost('the server sent what is not Bolt', { cause: error }));
      this.#connection.destroy();
    }
  }

  /** Gathers the four bytes of the version; returns what came behind them. */
  #answer(handshake: Handshake, bytes: Uint8Array): Uint8Array {
    handshake.bytes = Buffer.concat([handshake.bytes, bytes]);
    if (handshake.bytes.length < 4) return new Uint8Array(0);
    this.#handshake = undefined;
    const version = answeredVersion(handshake.bytes);
    if (version === undefined) handshake.reject(new ConnectionLost('the server speaks none of our Bolt versions'));
    else handshake.resolve(version);
    return version === undefined ? new Uint8Array(0) : handshake.bytes.subarray(4);
  }

  #receive(message: Message) {
    const pending = this.#pending[0];
    if (pending === undefined) throw new Error(`${tagName(message.tag)} answers nothing`);
    const field = message.fields[0];
    if (message.tag === tags.RECORD && Array.isArray(field)) return pending.onRow?.(field);
    const metadata = isMap(field) ? field : nothing;
    if (message.tag === tags.PREPARED) return pending.onPrepared?.(metadata);
    this.#pending.shift();
    if (message.tag === tags.SUCCESS) pending.resolve(metadata);
    else if (message.tag === tags.FAILURE) pending.reject(failureOf(metadata));
    else if (message.tag === tags.IGNORED) pending.reject(new Ignored('ignored: an earlier request failed'));
    else throw new Error(`unexpected ${tagName(message.tag)}`);
  }

  #fail(error: ConnectionLost): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    this.#handshake?.reject(error);
    this.#connection.destroy();
    for (const pending of this.#pending.splice(0)) pending.reject(error);
  }
}

function formOf({ elementIds }: BoltVersion): StructureForm {
  return { elementIds, utcTimes: elementIds };
}
