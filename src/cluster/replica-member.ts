// A READ_REPLICA among the others: it keeps a connection to every CORE it knows, learns of servers and leaderships
// there, and is fed by one of them; when that one is gone, by the next.

import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Address, Network } from '../base/network.js';
import { formatAddress } from '../base/network.js';
import { below, type Random } from '../base/random.js';
import type { Database } from '../database/database.js';
import type { Leadership, LiveServer, ServerRecord } from '../log/log.js';
import { openChannel } from './channel.js';
import { decodeEntryFrame, type ToFeeder, type ToReplica } from './feed.js';
import { FRAME_ENTRY, FrameStream } from './frames.js';
import { Changes, type Membership } from './membership.js';

const RECONNECT_MS = 300;
const CONNECT_TIMEOUT_MS = 1000;
const UNAPPLIED_BYTES_MAX = 16 * 1024 * 1024;

interface Link {
  readonly address: Address;
  stream: FrameStream | undefined;
  /** Name of the server at the other end, known from its topology. */
  path: readonly string[];
}

export class ReplicaMember implements Membership {
  readonly #self: ServerRecord;
  readonly #network: Network;
  readonly #secret: Buffer;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #links: Map<string, Link>;
  readonly #databases: Map<string, Database>;
  readonly #leaderships: Map<string, Leadership>;
  readonly #changes: Changes;
  #servers: readonly LiveServer[];
  #feeder: Link | undefined;
  #unappliedBytes: number;
  #left: boolean;

  constructor(options: { self: ServerRecord; seeds: readonly Address[]; network: Network; secret: Buffer; clock: Clock; random: Random; logger: Logger }) {
    this.#self = options.self;
    this.#network = options.network;
    this.#secret = options.secret;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#logger = options.logger;
    this.#links = new Map();
    this.#databases = new Map();
    this.#leaderships = new Map();
    this.#changes = new Changes();
    this.#servers = [];
    this.#feeder = undefined;
    this.#unappliedBytes = 0;
    this.#left = false;
    for (const seed of options.seeds) this.#link(seed);
  }

  servers(): readonly LiveServer[] {
    const others = this.#servers.filter((server) => server.name !== this.#self.name);
    return [...others, { ...this.#self, alive: true }];
  }

  leadership(graphId: string): Leadership | undefined {
    return this.#leaderships.get(graphId);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  register(database: Database): void {
    this.#databases.set(database.graphId, database);
    if (this.#feeder !== undefined) this.#subscribe(this.#feeder, database);
  }

  /** Leaderships come with what the COREs tell. */
  graphsAre(): void {}

  unregister(graphId: string): Promise<void> {
    this.#databases.get(graphId)?.close();
    this.#databases.delete(graphId);
    return Promise.resolve();
  }

  suspect(): void {}

  leave(): Promise<void> {
    this.#left = true;
    for (const link of this.#links.values()) link.stream?.connection.destroy();
    for (const database of this.#databases.values()) database.close();
    return Promise.resolve();
  }

  #link(address: Address): void {
    const key = formatAddress(address);
    if (this.#links.has(key)) return;
    const link: Link = { address, stream: undefined, path: [] };
    this.#links.set(key, link);
    void this.#connect(link);
  }

  async #connect(link: Link): Promise<void> {
    if (this.#left) return;
    try {
      const connection = await openChannel(this.#network, link.address, this.#secret, 'feed', CONNECT_TIMEOUT_MS);
      connection.onClose(() => this.#lost(link));
      link.stream = new FrameStream(connection, (kind, body) => this.#take(link, kind, body));
      this.#send(link, { kind: 'hello', server: this.#self });
    } catch (error) {
      this.#logger.debug({ error, address: link.address }, 'no connection to a core server');
      this.#clock.after(RECONNECT_MS, () => void this.#connect(link));
    }
  }

  #lost(link: Link): void {
    link.stream = undefined;
    link.path = [];
    if (this.#feeder === link) {
      this.#feeder = undefined;
      this.#chooseFeeder();
    }
    if (!this.#left) this.#clock.after(RECONNECT_MS, () => void this.#connect(link));
  }

  #take(link: Link, kind: number, body: Buffer): void {
    if (kind === FRAME_ENTRY) {
      if (link !== this.#feeder) return;
      const { graph, index, head, payload } = decodeEntryFrame(body);
      const database = this.#databases.get(graph);
      if (database === undefined || database.replica.quarantine !== undefined) return;
      this.#ingest(link, database, index, payload, head);
      return;
    }
    const message = JSON.parse(body.toString()) as ToReplica;
    if (message.kind === 'head') this.#databases.get(message.graph)?.heardFromFeeder(message.head);
    else this.#topology(link, message);
  }

  /** What is read but not applied yet is bounded: the feeder waits meanwhile. */
  #ingest(link: Link, database: Database, index: number, payload: Uint8Array, head: number): void {
    const connection = link.stream?.connection;
    this.#unappliedBytes += payload.length;
    if (this.#unappliedBytes > UNAPPLIED_BYTES_MAX) connection?.pause();
    database
      .fed(index, payload, head)
      .catch((error: unknown) => this.#logger.error({ graph: database.name, error }, 'graph quarantined on this server'))
      .finally(() => {
        this.#unappliedBytes -= payload.length;
        if (this.#unappliedBytes <= UNAPPLIED_BYTES_MAX) connection?.resume();
      });
  }

  #topology(link: Link, message: Extract<ToReplica, { kind: 'topology' }>): void {
    link.path = message.path;
    for (const leadership of message.leaderships) {
      const known = this.#leaderships.get(leadership.graph);
      if (known === undefined || leadership.term >= known.term) this.#leaderships.set(leadership.graph, leadership);
    }
    this.#servers = merged(this.#servers, message.servers);
    for (const server of message.servers) if (server.kind === 'CORE' && server.alive) this.#link(server.cluster);
    this.#chooseFeeder();
    this.#changes.tell();
  }

  #chooseFeeder(): void {
    if (this.#feeder !== undefined || this.#left) return;
    const usable = [...this.#links.values()].filter((link) => link.stream !== undefined && link.path.length > 0 && !link.path.includes(this.#self.name));
    const link = usable[below(this.#random, usable.length)];
    if (link === undefined) return;
    this.#feeder = link;
    this.#logger.info({ path: link.path }, 'fed by');
    for (const database of this.#databases.values()) this.#subscribe(link, database);
  }

  #subscribe(link: Link, database: Database): void {
    this.#send(link, { kind: 'subscribe', graph: database.graphId, index: database.replica.index });
  }

  #send(link: Link, message: ToFeeder): void {
    link.stream?.sendJson(message);
  }
}

/** The newest word on each server; of two lives the younger. */
function merged(known: readonly LiveServer[], said: readonly LiveServer[]): readonly LiveServer[] {
  const byName = new Map(known.map((server) => [server.name, server]));
  for (const server of said) {
    const before = byName.get(server.name);
    if (before === undefined || before.startedAtMs <= server.startedAtMs) byName.set(server.name, server);
  }
  return [...byName.values()];
}
