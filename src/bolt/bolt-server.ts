// The Bolt door: listens, greets, and gives each connection a session. It guards against strangers: a handshake that
// is not Bolt's is closed at once, and whoever has not proved who they are within a bound is closed then.

import { type Clock, systemClock } from '../base/clock.js';
import { limits } from '../base/limits.js';
import type { Logger } from '../base/logger.js';
import type { Address, Connection, Listener, Network } from '../base/network.js';
import type { Authenticator } from '../security/authenticator.js';
import type { Gateway } from '../targets/gateway.js';
import { beginsHandshake, bolt54, chooseVersion, HANDSHAKE_BYTES, versionAnswer } from '../wire/handshake.js';
import type { RelayExtra } from '../wire/relay.js';
import { Session, type SessionServices } from './session.js';

export interface BoltSettings {
  /** `routing.server_side`: writes are passed to the leader, also for `bolt://`. */
  readonly serverSideRouting: boolean;
  /** `limits.message_bytes`. */
  readonly messageBytes?: number;
  /** Until a new connection has authenticated. */
  readonly authenticationTimeoutMs?: number;
  /** Between NOOPs while a statement runs. */
  readonly keepAliveMs?: number;
  /** Open connections of clients; more are closed at once. */
  readonly connectionsMax?: number;
}

export interface BoltServerOptions {
  readonly network: Network;
  /** Port 0: a free one. */
  readonly address: Address;
  /** What ROUTE answers where the client does not name us; by default where we listen. */
  readonly advertised?: Address | undefined;
  readonly gateway: Gateway;
  readonly authenticator: Authenticator;
  readonly logger: Logger;
  readonly settings: BoltSettings;
  readonly clock?: Clock;
  /** Raises when a relayed request may not run here: another term (SAFETY 21). */
  readonly admitRelay?: (database: string, relay: RelayExtra) => void;
}

export class BoltServer {
  readonly #options: BoltServerOptions;
  readonly #services: SessionServices;
  readonly #clock: Clock;
  readonly #relays: Set<Connection>;
  #listener: Listener | undefined;
  #connectionCount: number;
  #connectionsEver: number;

  constructor(options: BoltServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#relays = new Set();
    this.#listener = undefined;
    this.#connectionCount = 0;
    this.#connectionsEver = 0;
    const { gateway, authenticator, logger, settings, admitRelay } = options;
    this.#services = {
      gateway,
      authenticator,
      logger,
      clock: this.#clock,
      serverSideRouting: settings.serverSideRouting,
      messageBytes: settings.messageBytes ?? limits.messageBytesMax,
      keepAliveMs: settings.keepAliveMs ?? 5000,
      advertised: () => options.advertised ?? this.#listener?.address ?? options.address,
      admitRelay,
    };
  }

  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** Resolves with the address that clients reach; rejects with the system's error. */
  async listen(): Promise<Address> {
    const { network, address } = this.#options;
    this.#listener = await network.listen(address, (connection) => this.#accept(connection));
    return this.#listener.address;
  }

  /** Closes the listener and every connection; what runs is rolled back. */
  async close(): Promise<void> {
    for (const connection of this.#relays) connection.destroy();
    await this.#listener?.close();
  }

  /** A session over a connection that has proved the cluster's secret: Bolt 5.4 without a greeting (wire/relay.ts). */
  serveRelay(connection: Connection): void {
    const session = this.#session(connection, bolt54, true);
    this.#relays.add(connection);
    connection.onData((bytes) => session.receive(bytes));
    connection.onClose(() => {
      this.#relays.delete(connection);
      session.closed();
    });
  }

  #session(connection: Connection, version: typeof bolt54, trusted: boolean): Session {
    const connectionId = `bolt-${++this.#connectionsEver}`;
    return new Session(this.#services, { connection, version, connectionId, trusted });
  }

  #accept(connection: Connection) {
    const { settings } = this.#options;
    if (this.#connectionCount >= (settings.connectionsMax ?? 10_000)) return connection.destroy();
    this.#connectionCount++;
    let session: Session | undefined;
    let greeting = new Uint8Array(0);
    const cancel = this.#clock.after(settings.authenticationTimeoutMs ?? 30_000, () => {
      if (session === undefined || !session.isAuthenticated) connection.destroy();
    });
    connection.onClose(() => {
      this.#connectionCount--;
      cancel();
      session?.closed();
    });
    connection.onData((bytes) => {
      if (session !== undefined) return session.receive(bytes);
      greeting = Buffer.concat([greeting, bytes]);
      if (!beginsHandshake(greeting)) return connection.destroy();
      if (greeting.length < HANDSHAKE_BYTES) return;
      session = this.#greet(connection, greeting);
      session?.receive(greeting.subarray(HANDSHAKE_BYTES));
    });
  }

  #greet(connection: Connection, greeting: Uint8Array): Session | undefined {
    const version = chooseVersion(greeting);
    connection.write(versionAnswer(version));
    if (version !== undefined) return this.#session(connection, version, false);
    connection.end();
    return undefined;
  }
}
