// What a Bolt client may say when, and what is answered: the state machine of the protocol.
//
//   NEGOTIATION ─HELLO→ AUTHENTICATION ─LOGON→ READY ─RUN→ STREAMING
//        before 5.1: HELLO→ READY          READY ─BEGIN→ TX_READY ─RUN→ TX_STREAMING ─last row→ TX_READY
//                                          READY ─LOGOFF→ AUTHENTICATION       any failure → FAILED ─RESET→ READY
//
// One message at a time. Each is answered by the metadata of its SUCCESS or by an error; a message that its state
// does not know is a ProtocolViolation, which ends the connection. A relayed conversation (SAFETY 22) begins in READY,
// and each of its requests says on whose behalf it is made.

import { MalformedBytes } from '../base/bytes.js';
import type { Clock } from '../base/clock.js';
import { type Random, randomId } from '../base/random.js';
import { type Soon, whenReady } from '../base/soon.js';
import type { StatementRequest, TransactionOptions } from '../database/result.js';
import { codes, failure, routingDatabaseNotFound } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';
import type { Authenticator } from '../security/authenticator.js';
import type { Gateway } from '../targets/gateway.js';
import { routingTable } from '../targets/routing-table.js';
import type { CypherMap, Value } from '../values/value.js';
import { type BoltVersion, versionName } from '../wire/handshake.js';
import { isMap, type Message, mapField, mapOf, tagName, tags } from '../wire/messages.js';
import { decodeHeldClaim, decodeRelayExtra, type RelayExtra } from '../wire/relay.js';
import type { Outgoing } from './outgoing.js';
import { allNotifications, checkBoltAgent, clientExtra, type NotificationFilter, notificationFilter, optionalText, rowRange, texts } from './requests.js';
import { type Beginning, Statements } from './statements.js';

export const SERVER_AGENT = 'Neo4j/5.26.0';

type State = 'NEGOTIATION' | 'AUTHENTICATION' | 'READY' | 'STREAMING' | 'TX_READY' | 'TX_STREAMING' | 'FAILED';

export interface ConversationServices {
  readonly gateway: Gateway;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly random: Random;
  readonly serverSideRouting: boolean;
  readonly keepAliveMs: number;
  readonly routingTableTtlMs: number;
  /** Drivers are asked to say how they are used. */
  readonly telemetry: boolean;
  /** Told what a driver's TELEMETRY says: 0 managed transaction, 1 explicit, 2 auto-commit, 3 executeQuery. */
  readonly onTelemetry: (api: number) => void;
  /** The address that clients reach, `host:port`. */
  readonly advertised: () => string;
  /** Raises when a relayed request may not run here: another term (SAFETY 21). */
  readonly admitRelay: ((database: string, relay: RelayExtra) => void) | undefined;
}

export interface ConversationOptions {
  readonly version: BoltVersion;
  readonly connectionId: string;
  readonly clientHost: string;
  /** Over a connection that proved the cluster's secret. */
  readonly trusted: boolean;
  /** What HELLO is refused with; undefined: it is not. */
  readonly refusal: CausewayError | undefined;
}

/** What the client did wrong in the protocol itself: told, then the connection ends. */
export class ProtocolViolation extends Error {}

const nothing: CypherMap = new Map();
const TELEMETRY_APIS = 4;

export class Conversation {
  readonly #services: ConversationServices;
  readonly #options: ConversationOptions;
  readonly #out: Outgoing;
  readonly #statements: Statements;
  #state: State;
  #user: string | undefined;
  #filter: NotificationFilter;

  constructor(services: ConversationServices, options: ConversationOptions, out: Outgoing) {
    this.#services = services;
    this.#options = options;
    this.#out = out;
    this.#statements = new Statements(services.gateway, out, services.clock, options.version.statuses);
    this.#state = options.trusted ? 'READY' : 'NEGOTIATION';
    this.#user = undefined;
    this.#filter = allNotifications;
  }

  get isAuthenticated(): boolean {
    return this.#options.trusted || this.#user !== undefined;
  }

  get hasFailed(): boolean {
    return this.#state === 'FAILED';
  }

  /** The metadata of SUCCESS; throws or rejects with what the client is told instead. */
  answer(message: Message): Soon<CypherMap> {
    const { tag } = message;
    switch (this.#state) {
      case 'READY':
        return this.#ready(message);
      case 'STREAMING':
        if (tag === tags.PULL || tag === tags.DISCARD) return this.#rows(message);
        break;
      case 'TX_READY':
      case 'TX_STREAMING':
        return this.#inTransaction(message);
      case 'NEGOTIATION':
        if (tag === tags.HELLO) return this.#hello(mapField(message, 0));
        break;
      case 'AUTHENTICATION':
        if (tag === tags.LOGON) return this.#logon(mapField(message, 0));
        break;
    }
    throw this.#unexpected(message);
  }

  /** After an error was told: what was open is rolled back, and all but RESET is passed over. */
  fail(error: Error): Promise<void> {
    this.#state = 'FAILED';
    return this.#statements.clear(error);
  }

  /** Ends what runs with `reason`; `reset`, `fail` or `close` must follow. */
  interrupt(reason: Error): void {
    this.#statements.terminate(reason);
  }

  async reset(reason: Error): Promise<void> {
    await this.#statements.clear(reason);
    this.#state = 'READY';
  }

  close(reason: Error): Promise<void> {
    return this.#statements.clear(reason);
  }

  #unexpected(message: Message): ProtocolViolation {
    return new ProtocolViolation(`Message '${tagName(message.tag)}' cannot be handled by a session in the ${this.#state} state.`);
  }

  // ------------------------------------------------------------ who is it

  #hello(extra: CypherMap): Soon<CypherMap> {
    const { version, refusal } = this.#options;
    if (refusal !== undefined) throw refusal;
    if (version.boltAgent) checkBoltAgent(extra);
    this.#filter = notificationFilter(extra, allNotifications, version);
    if (!version.logon) return whenReady(this.#logon(extra), () => this.#greeting(extra));
    this.#state = 'AUTHENTICATION';
    return this.#greeting(extra);
  }

  #greeting(extra: CypherMap): CypherMap {
    const { version, connectionId } = this.#options;
    const { keepAliveMs, telemetry } = this.#services;
    const hints = mapOf({
      // Five NOOPs missed.
      'connection.recv_timeout_seconds': Math.max(1, Math.ceil((keepAliveMs * 5) / 1000)),
      'telemetry.enabled': version.telemetry ? telemetry : undefined,
      // Although writes are routed here. The JavaScript drivers take `true` for leave to use the home database's routing table
      // without asking, and then do not strike servers that have died from it: a failover would last until the table expires.
      'ssr.enabled': version.homeDatabase ? false : undefined,
    });
    const protocol = version.gqlFailures ? versionName(version) : undefined;
    return mapOf({ server: SERVER_AGENT, connection_id: connectionId, hints, protocol_version: protocol, patch_bolt: this.#patches(extra) });
  }

  /** Before 5.0 date-times count in local time, unless both sides know better. */
  #patches(extra: CypherMap): readonly string[] | undefined {
    if (this.#options.version.elementIds || !texts(extra.get('patch_bolt'), 'patch_bolt').includes('utc')) return undefined;
    this.#out.form = { ...this.#out.form, utcTimes: true };
    return ['utc'];
  }

  async #logon(auth: CypherMap): Promise<CypherMap> {
    const credentials = {
      scheme: optionalText(auth, 'scheme') ?? 'none',
      principal: optionalText(auth, 'principal') ?? '',
      credentials: optionalText(auth, 'credentials') ?? '',
    };
    const user = await this.#services.authenticator.authenticate(credentials, this.#options.clientHost);
    this.#user = user.name;
    this.#state = 'READY';
    return this.#options.version.homeDatabase ? mapOf({ advertised_address: this.#services.advertised() }) : nothing;
  }

  #logoff(): CypherMap {
    this.#user = undefined;
    this.#state = 'AUTHENTICATION';
    return nothing;
  }

  // ------------------------------------------------------------ what is asked

  #ready(message: Message): Soon<CypherMap> {
    const { version, trusted } = this.#options;
    switch (message.tag) {
      case tags.RUN:
        return this.#runAutoCommit(message);
      case tags.BEGIN:
        return whenReady(this.#beginning(mapField(message, 0)), (beginning) =>
          whenReady(this.#statements.begin(beginning), (metadata) => {
            this.#state = 'TX_READY';
            return metadata;
          }),
        );
      case tags.ROUTE:
        if (!trusted) return this.#route(message);
        break;
      case tags.TELEMETRY:
        if (version.telemetry && !trusted) return this.#telemetry(message);
        break;
      case tags.LOGOFF:
        if (version.logon && !trusted) return this.#logoff();
        break;
      case tags.TAKE:
        if (trusted) return this.#take(message);
        break;
      case tags.END:
        if (trusted) return this.#end(message);
        break;
    }
    throw this.#unexpected(message);
  }

  /** A transaction that this server holds for another (SAFETY 21, 26). */
  async #take(message: Message): Promise<CypherMap> {
    const { transaction, ...claim } = decodeHeldClaim(mapField(message, 0));
    const metadata = await this.#statements.take(transaction, { ...claim, serverSideRouting: false }, this.#filter);
    this.#state = 'TX_READY';
    return metadata;
  }

  async #end(message: Message): Promise<CypherMap> {
    const { transaction, ...claim } = decodeHeldClaim(mapField(message, 0));
    await this.#services.gateway.end(transaction, { ...claim, serverSideRouting: false });
    return nothing;
  }

  #runAutoCommit(message: Message): Soon<CypherMap> {
    const request = statementOf(message);
    return whenReady(this.#beginning(mapField(message, 2)), (beginning) =>
      whenReady(this.#statements.runAutoCommit(request, beginning, this.#options.trusted), (metadata) => {
        this.#state = 'STREAMING';
        return metadata;
      }),
    );
  }

  #inTransaction(message: Message): Soon<CypherMap> {
    switch (message.tag) {
      case tags.RUN:
        return whenReady(this.#statements.runInTransaction(statementOf(message)), (metadata) => {
          this.#state = 'TX_STREAMING';
          return metadata;
        });
      case tags.PULL:
      case tags.DISCARD:
        return this.#rows(message);
      case tags.COMMIT: {
        const requestId = this.#options.trusted ? decodeRelayExtra(mapField(message, 0)).requestId : randomId(this.#services.random);
        return this.#ended(this.#statements.commit(requestId).then((bookmark) => mapOf({ bookmark })));
      }
      case tags.ROLLBACK:
        return this.#ended(this.#statements.rollback().then(() => nothing));
      case tags.RELEASE:
        if (!this.#options.trusted) throw this.#unexpected(message);
        return this.#ended(this.#statements.release().then((stays) => mapOf({ stays })));
      default:
        throw this.#unexpected(message);
    }
  }

  async #ended(answer: Promise<CypherMap>): Promise<CypherMap> {
    const metadata = await answer;
    this.#state = 'READY';
    return metadata;
  }

  #rows(message: Message): Soon<CypherMap> {
    const { count, queryId } = rowRange(mapField(message, 0));
    const answer = message.tag === tags.PULL ? this.#statements.pull(count, queryId) : this.#statements.discard(count, queryId);
    return whenReady(answer, (metadata) => {
      if (this.#statements.openResultCount === 0) this.#state = this.#statements.inTransaction ? 'TX_READY' : 'READY';
      return metadata;
    });
  }

  /** On whose behalf and how, from the extra map of RUN or BEGIN. */
  #beginning(extra: CypherMap): Soon<Beginning> {
    const { gateway, serverSideRouting } = this.#services;
    const asked = clientExtra(extra);
    if (this.#options.trusted) return whenReady(gateway.resolve(asked.database), (database) => this.#relayed(extra, database, asked.bookmarks));
    const { version } = this.#options;
    const filter = notificationFilter(extra, this.#filter, version);
    const begun = (user: string, database: string): Beginning => {
      const homeDatabase = version.homeDatabase && asked.database === undefined ? database : undefined;
      const { access, bookmarks, timeoutMs, consistency, mayRoute } = asked;
      const options = {
        database,
        access,
        bookmarks,
        timeoutMs,
        consistency,
        user,
        requestId: randomId(this.#services.random),
        serverSideRouting: serverSideRouting && mayRoute,
      };
      return { options, filter, homeDatabase };
    };
    return whenReady(this.#userOf(asked.impersonated), (user) => whenReady(gateway.resolve(asked.database, user), (database) => begun(user, database)));
  }

  /** One hop: what was relayed is never forwarded on (SAFETY 21). */
  #relayed(extra: CypherMap, database: string, bookmarks: readonly string[]): Beginning {
    const relay = decodeRelayExtra(extra);
    this.#services.admitRelay?.(database, relay);
    const { access, consistency, user, requestId, timeoutMs, systemTransaction, bookmarkWaitMs, claimant } = relay;
    return {
      options: { database, access, bookmarks, timeoutMs, consistency, user, requestId, serverSideRouting: false, systemTransaction, bookmarkWaitMs, claimant },
      filter: this.#filter,
      homeDatabase: undefined,
      hold: relay.hold === true,
    };
  }

  #userOf(impersonated: string | undefined): Soon<string> {
    const user = this.#user as string;
    if (impersonated === undefined) return user;
    return this.#services.authenticator.impersonate(user, impersonated).then(({ name }) => name);
  }

  #telemetry(message: Message): CypherMap {
    const api = message.fields[0];
    if (typeof api !== 'number' || api < 0 || api >= TELEMETRY_APIS) throw failure('requestInvalid', 'Illegal value for field "api": 0, 1, 2 or 3 expected.');
    this.#services.onTelemetry(api);
    return nothing;
  }

  // ------------------------------------------------------------ routing

  async #route(message: Message): Promise<CypherMap> {
    const context = mapField(message, 0);
    const bookmarks = texts(message.fields[1], 'bookmarks');
    const extra = message.fields[2] ?? null;
    const asked: CypherMap = isMap(extra) ? extra : nothing;
    const user = await this.#userOf(optionalText(asked, 'imp_user'));
    const database = await this.#resolveForRouting(optionalText(asked, 'db'), user, bookmarks);
    const { gateway, routingTableTtlMs } = this.#services;
    const table = routingTable(gateway.cluster, database, optionalText(context, 'address') ?? this.#services.advertised());
    const servers = [
      mapOf({ addresses: table.writers, role: 'WRITE' }),
      mapOf({ addresses: table.readers, role: 'READ' }),
      mapOf({ addresses: table.routers, role: 'ROUTE' }),
    ];
    return mapOf({ rt: mapOf({ ttl: Math.ceil(routingTableTtlMs / 1000), db: database, servers }) });
  }

  /** A database made a moment ago may not have come here yet: then the client's bookmarks say what to wait for. */
  async #resolveForRouting(name: string | undefined, user: string, bookmarks: readonly string[]): Promise<string> {
    const { gateway } = this.#services;
    try {
      try {
        return await gateway.resolve(name, user);
      } catch (error) {
        if (bookmarks.length === 0) throw error;
        for (const bookmark of bookmarks) await this.#seeSystem(bookmark);
        return await gateway.resolve(name, user);
      }
    } catch (error) {
      if (!(error instanceof CausewayError) || error.code !== codes.databaseNotFound.code) throw error;
      throw routingDatabaseNotFound(name ?? '', error);
    }
  }

  async #seeSystem(bookmark: string): Promise<void> {
    const options: TransactionOptions = {
      database: 'system',
      access: 'READ',
      bookmarks: [bookmark],
      timeoutMs: 0,
      consistency: 'bookmark',
      user: this.#user as string,
      requestId: randomId(this.#services.random),
      serverSideRouting: false,
    };
    const transaction = await this.#services.gateway.begin(options).catch((error: unknown) => {
      // Bookmarks of other graphs say nothing about `system`.
      if (error instanceof CausewayError && error.code === codes.invalidBookmarkMixture.code) return undefined;
      throw error;
    });
    await transaction?.rollback();
  }
}

function statementOf(message: Message): StatementRequest {
  const text: Value | undefined = message.fields[0];
  if (typeof text !== 'string') throw new MalformedBytes('the query of RUN is not a string');
  return { text, parameters: mapField(message, 1) };
}
