// Statements and transactions on another server: Bolt with the relay's extension over connections that proved the
// cluster's secret, kept open and used again.
//
// A server that lost its session may stand still with its connections open: whoever waits for it is told that it is
// lost, and settles what was on its way with the next leader (SAFETY 14).

import type { Logger } from '../base/logger.js';
import { type ChannelEnd, openChannel } from '../cluster/channel.js';
import type { Membership } from '../cluster/membership.js';
import type { AutoCommit, StatementRequest, Transaction, TransactionOptions } from '../database/result.js';
import type { LiveServer } from '../log/log.js';
import { BoltClient } from '../wire/client.js';
import type { HeldClaim } from '../wire/relay.js';
import { extraOf, LeaderLost } from './relayed.js';
import { RemoteAutoCommit } from './remote-auto-commit.js';
import { RemoteRead } from './remote-read.js';
import { heldOptions, RemoteTransaction } from './remote-transaction.js';

const CONNECT_TIMEOUT_MS = 1000;
const IDLE_KEPT_MAX = 64;

interface RemoteOptions {
  readonly end: ChannelEnd;
  readonly membership: Membership;
  readonly logger: Logger;
}

export class RemoteServers {
  readonly #options: RemoteOptions;
  /** Idle connections by the life of the server. */
  readonly #idle: Map<string, BoltClient[]>;
  readonly #inUse: Map<BoltClient, LiveServer>;
  readonly #stopWatching: () => void;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#idle = new Map();
    this.#inUse = new Map();
    this.#stopWatching = options.membership.onChange(() => this.#closeDead());
  }

  /** Runs the statement on `server`, which is believed to lead under `term`. */
  async run(server: LiveServer, term: number, request: StatementRequest, options: TransactionOptions): Promise<AutoCommit> {
    const client = await this.#acquire(server, term);
    const result = new RemoteAutoCommit(client, term, () => this.#release(server, client));
    await result.start(request, extraOf(options, term));
    return result;
  }

  /** Runs a reading statement on `server`. `term` 0: whether it leads does not matter. */
  async read(server: LiveServer, term: number, request: StatementRequest, options: TransactionOptions): Promise<AutoCommit> {
    const client = await this.#acquire(server, term);
    const result = new RemoteRead(client, term, () => this.#release(server, client));
    await result.start(request, extraOf({ ...options, access: 'READ' }, term));
    return result;
  }

  async begin(server: LiveServer, term: number, options: TransactionOptions): Promise<Transaction> {
    const transaction = await this.#transaction(server, term, options);
    await transaction.begin(false);
    return transaction;
  }

  /** Begins one that stays open on `server` between requests. */
  async open(server: LiveServer, term: number, options: TransactionOptions): Promise<RemoteTransaction> {
    const transaction = await this.#transaction(server, term, options);
    await transaction.begin(true);
    return transaction;
  }

  /** Goes on with one that `server` holds; it began under `term`. */
  async take(server: LiveServer, term: number, claim: HeldClaim): Promise<RemoteTransaction> {
    const transaction = await this.#transaction(server, term, heldOptions(claim));
    await transaction.take(claim);
    return transaction;
  }

  /** Has `server` roll it back, whoever uses it. */
  async end(server: LiveServer, term: number, claim: HeldClaim): Promise<void> {
    const transaction = await this.#transaction(server, term, heldOptions(claim));
    await transaction.end(claim);
  }

  async #transaction(server: LiveServer, term: number, options: TransactionOptions): Promise<RemoteTransaction> {
    const client = await this.#acquire(server, term);
    return new RemoteTransaction(client, term, options, () => this.#release(server, client));
  }

  close(): void {
    this.#stopWatching();
    for (const clients of this.#idle.values()) for (const client of clients) client.close();
    this.#idle.clear();
  }

  async #acquire(server: LiveServer, term: number): Promise<BoltClient> {
    const client = this.#idleClient(server) ?? (await this.#connect(server, term));
    this.#inUse.set(client, server);
    return client;
  }

  #idleClient({ life }: LiveServer): BoltClient | undefined {
    const idle = this.#idle.get(life);
    for (let client = idle?.pop(); client !== undefined; client = idle?.pop()) if (!client.isClosed) return client;
    return undefined;
  }

  async #connect(server: LiveServer, term: number): Promise<BoltClient> {
    for (const client of this.#inUse.keys()) if (client.isClosed) this.#inUse.delete(client);
    try {
      return BoltClient.trusted(await openChannel(this.#options.end, server.cluster, 'relay', CONNECT_TIMEOUT_MS));
    } catch (error) {
      this.#options.logger.debug({ server: server.name, error }, 'no connection to another server');
      // Nobody listens there: proof that the process is gone (SAFETY 27).
      if ((error as { code?: unknown }).code === 'ECONNREFUSED') this.#options.membership.suspect(server);
      throw new LeaderLost(`no connection to ${server.name}`, term, false);
    }
  }

  #release(server: LiveServer, client: BoltClient): void {
    this.#inUse.delete(client);
    if (client.isClosed) return;
    const idle = this.#idle.get(server.life) ?? [];
    if (idle.length === 0) this.#idle.set(server.life, idle);
    if (idle.length < IDLE_KEPT_MAX) idle.push(client);
    else client.close();
    for (const life of this.#idle.keys()) if (!this.#options.membership.servers().some((one) => one.life === life)) this.#forget(life);
  }

  #forget(life: string): void {
    for (const client of this.#idle.get(life) ?? []) client.close();
    this.#idle.delete(life);
  }

  #closeDead(): void {
    if (this.#inUse.size === 0) return;
    const living = new Set(this.#options.membership.servers().flatMap(({ alive, life }) => (alive ? [life] : [])));
    for (const [client, { life }] of this.#inUse) {
      if (living.has(life)) continue;
      this.#inUse.delete(client);
      client.close();
    }
  }
}
