// The Bolt door: listens, greets, and gives each connection a session. It guards against strangers: a handshake that
// is not Bolt's is closed at once, and whoever has not proved who they are within a bound is closed then. Beyond its
// bound of connections it tells the next ones so, which drivers take as a reason to try again, and drops those after.

import { type Clock, sleep, systemClock } from '../base/clock.js';
import { limits } from '../base/limits.js';
import type { Logger } from '../base/logger.js';
import { type Address, type Connection, formatAddress, type Listener, type Network } from '../base/network.js';
import { type Random, systemRandom } from '../base/random.js';
import { failure } from '../errors/catalogue.js';
import type { CausewayError } from '../errors/error.js';
import type { Authenticator } from '../security/authenticator.js';
import type { Gateway } from '../targets/gateway.js';
import { type BoltVersion, bolt54 } from '../wire/handshake.js';
import type { RelayExtra } from '../wire/relay.js';
import { Greeting } from './greeting.js';
import { Session, type SessionServices } from './session.js';

export interface BoltSettings {
  /** `routing.server_side`: writes are passed to the leader, also for `bolt://`. */
  readonly serverSideRouting: boolean;
  /** `routing.table_ttl_ms`: how long drivers may count on a routing table. */
  readonly routingTableTtlMs?: number;
  /** `limits.message_bytes`. */
  readonly messageBytes?: number;
  /** `limits.bolt_connections`: open connections of clients. */
  readonly connectionsMax?: number;
  /** `bolt.stalled_ms`: until a client that takes nothing of what is sent to it is let go. */
  readonly stalledMs?: number;
  /** `bolt.telemetry`: drivers are asked to say how they are used. */
  readonly telemetry?: boolean;
  /** Until a new connection has authenticated. */
  readonly authenticationTimeoutMs?: number;
  /** Between NOOPs while a statement runs. */
  readonly keepAliveMs?: number;
}

export interface BoltServerOptions {
  readonly network: Network;
  /** Port 0: a free one. */
  readonly address: Address;
  /** Where clients reach this server; by default where we listen. */
  readonly advertised?: Address | undefined;
  readonly gateway: Gateway;
  readonly authenticator: Authenticator;
  readonly logger: Logger;
  readonly settings: BoltSettings;
  readonly clock?: Clock;
  /** Of request ids. */
  readonly random?: Random;
  /** Raises when a relayed request may not run here: another term (SAFETY 21). */
  readonly admitRelay?: (database: string, relay: RelayExtra) => void;
  readonly onTelemetry?: (api: number) => void;
}

export const defaultBoltSettings = {
  routingTableTtlMs: 10_000,
  connectionsMax: 10_000,
  stalledMs: 120_000,
  authenticationTimeoutMs: 30_000,
  keepAliveMs: 5000,
} as const;

/** Connections beyond the bound that are still told why. */
const REFUSED_MAX = 100;
const REFUSED_MS = 2000;
/** What an orderly stop waits for statements and commits that are being answered. */
const FINISH_MS_MAX = 1000;

export class BoltServer {
  readonly #options: BoltServerOptions;
  readonly #services: SessionServices;
  readonly #clock: Clock;
  readonly #relays: Set<Connection>;
  /** Of clients, not of relays. */
  readonly #sessions: Set<Session>;
  #closing: boolean;
  #listener: Listener | undefined;
  #connectionCount: number;
  #connectionsEver: number;

  constructor(options: BoltServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#relays = new Set();
    this.#sessions = new Set();
    this.#closing = false;
    this.#listener = undefined;
    this.#connectionCount = 0;
    this.#connectionsEver = 0;
    const { gateway, authenticator, logger, settings, admitRelay } = options;
    this.#services = {
      gateway,
      authenticator,
      logger,
      clock: this.#clock,
      random: options.random ?? systemRandom,
      serverSideRouting: settings.serverSideRouting,
      messageBytes: settings.messageBytes ?? limits.messageBytesMax,
      keepAliveMs: settings.keepAliveMs ?? defaultBoltSettings.keepAliveMs,
      stalledMs: settings.stalledMs ?? defaultBoltSettings.stalledMs,
      routingTableTtlMs: settings.routingTableTtlMs ?? defaultBoltSettings.routingTableTtlMs,
      telemetry: settings.telemetry ?? false,
      onTelemetry: options.onTelemetry ?? (() => {}),
      advertised: () => formatAddress(options.advertised ?? this.#listener?.address ?? options.address),
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

  /** Takes nothing new, answers what is being answered (for a bounded time), and closes every connection; what is open is rolled back. */
  async close(): Promise<void> {
    this.#closing = true;
    const finished = Promise.all([...this.#sessions].map((session) => session.finish()));
    await Promise.race([finished, sleep(this.#clock, FINISH_MS_MAX)]);
    for (const connection of this.#relays) connection.destroy();
    await this.#listener?.close();
  }

  /** A session over a connection that has proved the cluster's secret: Bolt 5.4 without a greeting (wire/relay.ts). */
  serveRelay(connection: Connection): void {
    const session = this.#session(connection, bolt54, true, undefined);
    this.#relays.add(connection);
    connection.onData((bytes) => session.receive(bytes));
    connection.onClose(() => {
      this.#relays.delete(connection);
      session.closed();
    });
  }

  #session(connection: Connection, version: BoltVersion, trusted: boolean, refusal: CausewayError | undefined): Session {
    const connectionId = `bolt-${++this.#connectionsEver}`;
    return new Session(this.#services, { connection, version, connectionId, trusted, refusal });
  }

  #accept(connection: Connection) {
    const { settings } = this.#options;
    if (this.#closing) return connection.destroy();
    const over = this.#connectionCount - (settings.connectionsMax ?? defaultBoltSettings.connectionsMax);
    if (over >= REFUSED_MAX) return connection.destroy();
    const refusal = over < 0 ? undefined : tooManyConnections();
    const patienceMs = refusal !== undefined ? REFUSED_MS : (settings.authenticationTimeoutMs ?? defaultBoltSettings.authenticationTimeoutMs);
    this.#connectionCount++;
    let session: Session | undefined;
    const greeting = new Greeting();
    const cancel = this.#clock.after(patienceMs, () => {
      if (session === undefined || !session.isAuthenticated) connection.destroy();
    });
    connection.onClose(() => {
      this.#connectionCount--;
      cancel();
      if (session === undefined) return;
      this.#sessions.delete(session);
      session.closed();
    });
    let closing = false;
    connection.onData((bytes) => {
      if (session !== undefined) return session.receive(bytes);
      if (closing) return;
      const greeted = greeting.receive(bytes);
      if (greeted.answer !== undefined) connection.write(greeted.answer);
      if (greeted.kind === 'version') {
        session = this.#session(connection, greeted.version, false, refusal);
        this.#sessions.add(session);
        session.receive(greeted.rest);
      } else if (greeted.kind === 'stranger') {
        closing = true;
        connection.end();
      }
    });
  }
}

function tooManyConnections(): CausewayError {
  return failure('noThreadsAvailable', 'This server has as many Bolt connections open as it may (limits.bolt_connections). Try again, or another server.');
}
