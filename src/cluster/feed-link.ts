// A connection from a replica to a server that it knows, or may know, things from. A `kept` link is opened again whenever it is
// lost: those to COREs, by which all know of the replica. Others last as long as they are needed.

import type { Logger } from '../base/logger.js';
import type { Address, Connection } from '../base/network.js';
import type { LiveServer, ServerRecord } from '../log/log.js';
import { type ChannelEnd, openChannel } from './channel.js';
import { decodeEntryFrame, type EntryFrame, type ToFeeder, type ToReplica } from './feed-messages.js';
import { type Offer, SILENCE_MS } from './feeding.js';
import { FRAME_ENTRY, FrameStream } from './frames.js';

const RECONNECT_MS = 300;
const SAY_EVERY_MS = 1000;
const CONNECT_TIMEOUT_MS = 1000;

export interface LinkOptions extends ChannelEnd {
  readonly address: Address;
  readonly kept: boolean;
  readonly logger: Logger;
  readonly hello: () => ToFeeder;
  readonly onMessage: (link: FeedLink, message: ToReplica) => void;
  readonly onEntry: (link: FeedLink, entry: EntryFrame) => void;
  /** The connection is gone, or none was had. */
  readonly onLost: (link: FeedLink) => void;
}

export class FeedLink {
  readonly kept: boolean;
  readonly #options: LinkOptions;
  #connection: Connection | undefined;
  #stream: FrameStream | undefined;
  #closed: boolean;
  #paused: boolean;
  #heardMs: number;
  #saidMs: number;
  /** Who is at the other end; undefined until it has welcomed this server. */
  server: ServerRecord | undefined;
  /** The other end's own word. */
  offer: Offer | undefined;
  offerSinceMs: number;
  /** What it last said of all servers, and when. */
  servers: readonly LiveServer[];
  serversSaidMs: number;

  constructor(options: LinkOptions) {
    this.kept = options.kept;
    this.#options = options;
    this.#connection = undefined;
    this.#stream = undefined;
    this.#closed = false;
    this.#paused = false;
    this.#heardMs = options.clock.nowMs();
    this.#saidMs = 0;
    this.server = undefined;
    this.offer = undefined;
    this.offerSinceMs = 0;
    this.servers = [];
    this.serversSaidMs = 0;
    void this.#connect();
  }

  get address(): Address {
    return this.#options.address;
  }

  /** When the other end last said anything; while it is kept from speaking, now. */
  get heardMs(): number {
    return this.#paused ? this.#options.clock.nowMs() : this.#heardMs;
  }

  send(message: ToFeeder): void {
    this.#stream?.sendJson(message);
  }

  offered(offer: Offer): void {
    if (this.offer?.path.join(' ') !== offer.path.join(' ')) this.offerSinceMs = this.#options.clock.nowMs();
    this.offer = offer;
  }

  /** This server itself stood still: nothing could be heard. */
  excuse(): void {
    this.#heardMs = this.#options.clock.nowMs();
  }

  /** Says that this server lives, every now and then; a kept link on which nothing was heard for long is opened anew. */
  look(): void {
    const nowMs = this.#options.clock.nowMs();
    if (this.#stream === undefined) return;
    if (this.kept && nowMs - this.heardMs > SILENCE_MS) return this.drop();
    if (this.server === undefined || nowMs - this.#saidMs < SAY_EVERY_MS) return;
    this.#saidMs = nowMs;
    this.send({ kind: 'alive' });
  }

  pause(): void {
    this.#paused = true;
    this.#connection?.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.excuse();
    this.#connection?.resume();
  }

  /** Ends the connection; a kept link tries again. */
  drop(): void {
    this.#connection?.destroy();
  }

  /** Ends it for good. `onLost` is not called. */
  close(): void {
    this.#closed = true;
    this.drop();
  }

  async #connect(): Promise<void> {
    const { address, logger } = this.#options;
    if (this.#closed) return;
    try {
      const connection = await openChannel(this.#options, address, 'feed', CONNECT_TIMEOUT_MS);
      if (this.#closed) connection.destroy();
      else this.#use(connection);
    } catch (error) {
      logger.debug({ error, address }, 'no connection to a feeder');
      this.#lost();
    }
  }

  #use(connection: Connection): void {
    const { hello, onEntry } = this.#options;
    this.#connection = connection;
    this.#paused = false;
    this.excuse();
    connection.onClose(() => this.#lost());
    this.#stream = new FrameStream(connection, (kind, body) => {
      this.excuse();
      if (kind === FRAME_ENTRY) onEntry(this, decodeEntryFrame(body));
      else this.#take(JSON.parse(body.toString()) as ToReplica);
    });
    this.send(hello());
  }

  #take(message: ToReplica): void {
    if (message.kind === 'welcome') {
      this.server = message.server;
      this.offered(message.offer);
    }
    if (message.kind === 'topology') {
      this.servers = message.servers;
      this.serversSaidMs = this.#options.clock.nowMs();
    }
    this.#options.onMessage(this, message);
  }

  #lost(): void {
    this.#connection = undefined;
    this.#stream = undefined;
    this.server = undefined;
    this.offer = undefined;
    this.servers = [];
    this.#paused = false;
    if (this.#closed) return;
    this.#options.onLost(this);
    if (this.kept) this.#options.clock.after(RECONNECT_MS, () => void this.#connect());
  }
}
