// How a read replica hears of everything: it keeps one connection to every CORE it can reach (so all know it is
// there, and it knows them), and is fed by one of them. The feeder pushes entries as it publishes them.
//
//   replica ─▶ feeder   JSON hello {server}              who I am
//                       JSON subscribe {graph, index}    push me what comes after this index
//   feeder ─▶ replica   JSON topology {servers, leaderships, path}
//                       ENTRY  graph uuid(16) index(8) head(8) payload
//                       JSON head {graph, head}          every now and then, and when there is nothing new
//
// The path says through whom the feed comes, beginning at a CORE; one that contains me is refused, and lag is
// measured against heads stamped by a CORE (SAFETY 24).

import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Connection } from '../base/network.js';
import type { Database } from '../database/database.js';
import type { Leadership, LiveServer, Log, ServerRecord } from '../log/log.js';
import type { CoreMember } from './core-member.js';
import { FRAME_ENTRY, FRAME_JSON, FrameStream } from './frames.js';

export type ToFeeder =
  | { readonly kind: 'hello'; readonly server: ServerRecord }
  | { readonly kind: 'subscribe'; readonly graph: string; readonly index: number };

export type ToReplica =
  | { readonly kind: 'topology'; readonly servers: readonly LiveServer[]; readonly leaderships: readonly Leadership[]; readonly path: readonly string[] }
  | { readonly kind: 'head'; readonly graph: string; readonly head: number };

const HEAD_EVERY_MS = 500;
const READ_BYTES = 1024 * 1024;

export interface EntryFrame {
  readonly graph: string;
  readonly index: number;
  readonly head: number;
  readonly payload: Uint8Array;
}

export function encodeEntryFrame(graph: string, index: number, head: number): Uint8Array {
  const header = Buffer.alloc(32);
  Buffer.from(graph.replaceAll('-', ''), 'hex').copy(header, 0);
  header.writeBigUInt64BE(BigInt(index), 16);
  header.writeBigUInt64BE(BigInt(head), 24);
  return header;
}

export function decodeEntryFrame(body: Buffer): EntryFrame {
  const hex = body.toString('hex', 0, 16);
  const graph = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { graph, index: Number(body.readBigUInt64BE(16)), head: Number(body.readBigUInt64BE(24)), payload: new Uint8Array(body.subarray(32)) };
}

/** The feeding side of one connection. */
export class Feeder {
  readonly #stream: FrameStream;
  readonly #member: CoreMember;
  readonly #databaseOf: (graphId: string) => Database | undefined;
  readonly #log: Log;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #stops: (() => void)[];
  #replica: ServerRecord | undefined;
  #closed: boolean;

  constructor(options: {
    connection: Connection;
    member: CoreMember;
    databaseOf: (graphId: string) => Database | undefined;
    log: Log;
    name: string;
    clock: Clock;
    logger: Logger;
  }) {
    this.#member = options.member;
    this.#databaseOf = options.databaseOf;
    this.#log = options.log;
    this.#name = options.name;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#stops = [];
    this.#replica = undefined;
    this.#closed = false;
    options.connection.onClose(() => this.#close());
    this.#stream = new FrameStream(options.connection, (kind, body) => {
      if (kind === FRAME_JSON) this.#take(JSON.parse(body.toString()) as ToFeeder);
    });
  }

  #take(message: ToFeeder): void {
    switch (message.kind) {
      case 'hello': {
        this.#replica = message.server;
        this.#member.replicaPresent(message.server, true);
        this.#stops.push(this.#member.onChange(() => this.#sendTopology()));
        this.#sendTopology();
        return;
      }
      case 'subscribe':
        this.#feed(message.graph, message.index).catch((error) => {
          this.#logger.warn({ error, graph: message.graph }, 'feeding a replica failed');
          this.#stream.connection.destroy();
        });
    }
  }

  #sendTopology(): void {
    const message: ToReplica = { kind: 'topology', servers: this.#member.servers(), leaderships: this.#member.leaderships(), path: [this.#name] };
    this.#stream.sendJson(message);
  }

  async #feed(graph: string, after: number): Promise<void> {
    const database = this.#databaseOf(graph);
    if (database === undefined) return;
    let wake = () => {};
    this.#stops.push(database.replica.onPublished(() => wake()));
    let sent = after;
    while (!this.#closed) {
      sent = await this.#push(database, sent);
      if (database.replica.index > sent) continue;
      const head: ToReplica = { kind: 'head', graph, head: database.headIndex };
      this.#stream.sendJson(head);
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(HEAD_EVERY_MS, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    }
  }

  /** Pushes what is published here; a replica never sees more than its feeder. */
  async #push(database: Database, after: number): Promise<number> {
    let sent = after;
    while (!this.#closed && sent < database.replica.index) {
      const { entries } = await this.#log.read(database.graphId, sent + 1, READ_BYTES);
      const published = entries.filter((entry) => entry.index <= database.replica.index);
      if (published.length === 0) break;
      for (const { index, payload } of published) {
        const room = this.#stream.send(FRAME_ENTRY, encodeEntryFrame(database.graphId, index, database.headIndex), payload);
        sent = index;
        if (!room) await this.#stream.connection.drained();
      }
    }
    return sent;
  }

  #close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    if (this.#replica !== undefined) this.#member.replicaPresent(this.#replica, false);
  }
}
