// One server put together: the only place where the parts are joined.
//
//   log ─ membership ─ graphs ─ gateway ─ Bolt, HTTP        and the cluster's own listener beside the doors
//
// Start: join, open the listener for other servers, apply `system`, wait until the catalogue's graphs are
// there, open the doors. Stop: doors first (no new work), then leaderships are handed over, then the rest.

import type { Clock } from '../base/clock.js';
import { sleep } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import type { Address, Listener, Network } from '../base/network.js';
import type { Random } from '../base/random.js';
import { BoltServer, type BoltSettings } from '../bolt/bolt-server.js';
import { type Answers, Asker, serveQuestions } from '../cluster/ask.js';
import { listenForChannels } from '../cluster/channel.js';
import { CoreFeeding } from '../cluster/core-feeding.js';
import { CoreMember } from '../cluster/core-member.js';
import { Feeds } from '../cluster/feed.js';
import { LogSource, TailSource } from '../cluster/feed-source.js';
import { FeedTail } from '../cluster/feed-tail.js';
import { graphProcedures } from '../cluster/graph-administration.js';
import type { Membership } from '../cluster/membership.js';
import { OfferTable } from '../cluster/offers.js';
import { PeerWatch } from '../cluster/peer-watch.js';
import { ReplicaMember } from '../cluster/replica-member.js';
import { serverProcedures } from '../cluster/server-administration.js';
import { findGraph } from '../database/catalogue.js';
import { failure } from '../errors/catalogue.js';
import { FEATURE_LEVEL } from '../graph/entry.js';
import { createHttpServer } from '../http/server.js';
import type { LiveServer, Log, ServerRecord } from '../log/log.js';
import type { Authenticator } from '../security/authenticator.js';
import { createAuthenticator, defaultAuthenticatorSettings } from '../security/native-authenticator.js';
import { type Passwords, scryptPasswords } from '../security/passwords.js';
import { userProcedures } from '../security/user-administration.js';
import { findPublishedUser, permissionsOf } from '../security/users.js';
import type { Gateway } from '../targets/gateway.js';
import { LeaderSearch } from '../targets/leader-search.js';
import { OpenTransactions } from '../targets/open-transactions.js';
import { Readers } from '../targets/readers.js';
import { RemoteServers } from '../targets/remote.js';
import { RoutingGateway } from '../targets/routing-gateway.js';
import { answerOutcome, Settlement } from '../targets/settlement.js';
import { clusterProcedures } from './cluster-procedures.js';
import { ServerClusterView } from './cluster-view.js';
import type { Configuration } from './configuration.js';
import { busyWatch } from './event-loop.js';
import { GraphSet } from './graph-set.js';
import { indexProcedures } from './index-procedures.js';
import { Metrics } from './metrics.js';
import { Procedures } from './procedures.js';
import { showProcedures } from './show-procedures.js';
import { startSystemGraph } from './start-system.js';
import { TableProcedures, tableCommands } from './table-procedures.js';
import { VERSION } from './version.js';

export interface ServerOptions {
  readonly configuration: Configuration;
  readonly serverId: string;
  readonly life: string;
  readonly secret: Buffer;
  readonly initialPassword: () => Promise<string>;
  /** A CORE's; undefined on a READ_REPLICA. */
  readonly log: Log | undefined;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Tests say when it is busy. */
  readonly isBusy?: () => boolean;
  /** By default scrypt. */
  readonly passwords?: Passwords;
  /** By default this process's. */
  readonly processId?: number;
  /** Neither HTTP nor metrics, which keep to no clock but the system's: for the simulation. */
  readonly withoutHttp?: boolean;
}

interface Running {
  readonly bolt: Address;
  readonly http: Address;
  readonly membership: Membership;
  readonly graphs: GraphSet;
  readonly gateway: Gateway;
  readonly open: OpenTransactions;
  readonly stops: readonly (() => Promise<void> | void)[];
}

const READY_LOOK_MS = 20;
const REACHED_WITHIN_MS = 1000;

export class Server {
  readonly bolt: Address;
  readonly http: Address;
  readonly membership: Membership;
  readonly graphs: GraphSet;
  readonly gateway: Gateway;
  readonly #open: OpenTransactions;
  readonly #stops: readonly (() => Promise<void> | void)[];

  private constructor({ bolt, http, membership, graphs, gateway, open, stops }: Running) {
    this.bolt = bolt;
    this.http = http;
    this.membership = membership;
    this.graphs = graphs;
    this.gateway = gateway;
    this.#open = open;
    this.#stops = stops;
  }

  /** Transactions that stay open between requests on this server. */
  get openTransactionCount(): number {
    return this.#open.count;
  }

  /** Ids of servers that were dropped from the cluster. */
  droppedServers(): ReadonlySet<string> {
    const said = [...this.graphs.catalogue.servers.values()];
    return new Set(said.flatMap(({ id, state }) => (state === 'dropped' ? [id] : [])));
  }

  static async start(options: ServerOptions): Promise<Server> {
    const { configuration, network, clock, random, logger, log, secret } = options;
    const stops: (() => Promise<void> | void)[] = [];
    const self = recordOf(options);
    const end = { network, secret, clock, random };
    const passwords = options.passwords ?? scryptPasswords;
    const metrics = options.withoutHttp === true ? undefined : new Metrics();
    if (metrics !== undefined) stops.push(() => metrics.close());

    const asker = new Asker(end);
    const tail = new FeedTail(configuration.feed.tail_bytes);
    const membership =
      log === undefined
        ? new ReplicaMember({ self, seeds: configuration.cluster.seeds, tail, logger, ...end })
        : new CoreMember(log, self, clock, random, logger, (server, timeoutMs) => positionsOf(asker, server, timeoutMs));
    const core = membership instanceof CoreMember ? membership : undefined;
    const defaultName = configuration.graphs.default_name;
    const system = () => graphs.systemDatabase.store.published;
    const permissions = permissionsOf(system, true);
    const tables = configuration.testing.table_procedures ? new TableProcedures() : undefined;
    const more = [
      ...(tables === undefined ? [] : tableCommands(tables)),
      ...clusterProcedures({
        cluster: () => view,
        catalogue: () => graphs.catalogue,
        defaultName,
        clock,
        database: (name) => graphs.byName(name),
        reaches: ({ cluster }) => reaches(asker, cluster),
      }),
      ...showProcedures({ cluster: () => view, catalogue: () => graphs.catalogue, defaultName, homeOf: (user) => graphs.homeOf(user) }),
      ...graphProcedures({ clock, random, servers: () => membership.servers(), defaultName, graphCountMax: configuration.graphs.max }),
      ...indexProcedures(clock, (database) => graphs.byName(database)?.store.published),
      ...serverProcedures({ clock, servers: () => membership.servers() }),
      ...userProcedures(system, permissions, passwords),
    ];
    const procedures = new Procedures(() => view, defaultName, configuration.routing.table_ttl_ms, more, tables);
    const listener = await listenToServers(options, asker, () => ({ feeds, graphs, bolt }));
    stops.unshift(() => listener.close());
    const logSource = log === undefined ? undefined : new LogSource((id) => graphs.byId(id), log, clock);
    if (core !== undefined) await core.join((graph, head) => logSource?.headMoved(graph, head));
    const graphs: GraphSet = new GraphSet({
      self,
      defaultName,
      log,
      membership,
      procedures,
      clock,
      random,
      logger,
      settings: databaseSettings(configuration),
    });
    const feeds: Feeds = new Feeds({
      self,
      member: membership instanceof CoreMember ? new CoreFeeding(self.name, membership, graphs.systemDatabase) : membership,
      source: logSource ?? new TailSource((id) => graphs.byId(id), tail),
      offers: membership instanceof CoreMember ? new OfferTable() : membership.offers,
      childrenMax: configuration.feed.children_max,
      clock,
      logger,
    });
    const watch =
      core === undefined
        ? undefined
        : new PeerWatch({ self: self.name, membership, asker, clock, logger, expel: (server, proof) => core.expel(server, proof) });
    const view = new ServerClusterView(self, membership, graphs, asker);
    const search = new LeaderSearch(membership, self.name, clock, configuration.routing.hold_ms);
    const remote = new RemoteServers({ end, membership, logger });
    const settlement = new Settlement(search, asker, clock);
    const readers = new Readers({ remote, enabled: configuration.routing.spread_reads, isBusy: options.isBusy ?? busyWatch() });
    const open = new OpenTransactions({
      owner: self.name,
      life: self.life,
      clock,
      random,
      idleTimeoutMs: configuration.transactions.idle_timeout_ms,
      countMax: configuration.transactions.open_max,
    });
    const catchUpMs = configuration.routing.catch_up_ms;
    const gateway = new RoutingGateway(view, graphs, permissions, { search, remote, settlement, clock, open, readers, catchUpMs });
    const authenticator = createAuthenticator({
      users: { find: (name: string) => Promise.resolve(findPublishedUser(system(), name)) },
      passwords,
      clock,
      settings: defaultAuthenticatorSettings,
    });
    metrics?.addFeatureLevel(membership);
    metrics?.addGraphs(view);
    metrics?.addOpenTransactions(open);

    const bolt: BoltServer = new BoltServer({
      network,
      address: configuration.bolt.listen,
      gateway,
      authenticator,
      logger,
      settings: boltSettings(configuration),
      ...(metrics === undefined ? {} : { onTelemetry: metrics.countTelemetry() }),
      advertised: configuration.bolt.advertised,
      clock,
      random,
      // A relay names the term it believes in; under another one nothing is run (SAFETY 21).
      admitRelay: (name, relay) => {
        if (relay.term === 0) return;
        const database = graphs.byName(name);
        if (database === undefined && findGraph(graphs.catalogue, name) === undefined) return;
        if (database === undefined) throw failure('notALeader', 'This server holds no copy of the database any more.');
        if (database.leadingTerm !== relay.term) throw database.refusal();
      },
    });
    metrics?.addBoltConnections(bolt);
    const stopStarting = core === undefined ? () => {} : keepSystemStarted(graphs, membership, options);
    await catalogueApplied(graphs, clock);
    const boltAddress = await bolt.listen();
    const http = metrics === undefined ? undefined : await openHttp(options, { gateway, authenticator, metrics, boltPort: boltAddress.port });
    // The doors close first, so that no new work comes while leaderships are handed over.
    stops.unshift(
      () => stopStarting(),
      () => core?.keepAll(),
      () => http?.close(),
      () => bolt.close(),
      () => open.close(),
      () => graphs.close(),
      () => feeds.close(),
      () => watch?.close(),
      () => membership.leave(),
      () => remote.close(),
      () => asker.close(),
    );
    return new Server({ bolt: boltAddress, http: http?.address ?? configuration.http.listen, membership, graphs, gateway, open, stops });
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) await stop();
  }
}

async function positionsOf(asker: Asker, { cluster }: LiveServer, timeoutMs: number): Promise<ReadonlyMap<string, number>> {
  return new Map((await asker.status(cluster, timeoutMs)).map(({ id, lastIndex }) => [id, lastIndex]));
}

function recordOf({ configuration, serverId, life, clock, processId }: ServerOptions): ServerRecord {
  const { server, bolt, http, cluster } = configuration;
  return {
    id: serverId,
    name: server.name,
    kind: server.kind,
    life,
    bolt: bolt.advertised ?? bolt.listen,
    http: http.advertised ?? http.listen,
    cluster: cluster.advertised ?? cluster.listen,
    pid: processId ?? process.pid,
    featureLevel: FEATURE_LEVEL,
    prefersToLead: cluster.prefers_to_lead,
    startedAtMs: clock.wallMs(),
  };
}

interface Doors {
  readonly gateway: Gateway;
  readonly authenticator: Authenticator;
  readonly metrics: Metrics;
  readonly boltPort: number;
}

function openHttp({ configuration, logger }: ServerOptions, { gateway, authenticator, metrics, boltPort }: Doors) {
  return createHttpServer({
    address: configuration.http.listen,
    gateway,
    authenticator,
    logger,
    metrics: metrics.registry,
    settings: {
      serverSideRouting: configuration.routing.server_side,
      messageBytes: configuration.limits.message_bytes,
      goodbyeMs: configuration.http.goodbye_ms,
      bookmarkCookie: configuration.http.bookmark_cookie,
      clusterStatusAuth: configuration.http.cluster_status_auth,
      authenticationRequired: true,
      boltPort,
      boltAdvertised: configuration.bolt.advertised,
      version: VERSION,
    },
  });
}

function boltSettings({ bolt, routing, limits }: Configuration): BoltSettings {
  return {
    serverSideRouting: routing.server_side,
    routingTableTtlMs: routing.table_ttl_ms,
    messageBytes: limits.message_bytes,
    connectionsMax: limits.bolt_connections,
    stalledMs: bolt.stalled_ms,
    telemetry: bolt.telemetry,
  };
}

function databaseSettings({ memory, transactions, bookmarks }: Configuration) {
  return {
    graphBytes: memory.graph_bytes,
    systemGraphBytes: memory.system_graph_bytes,
    queryMemoryBytes: memory.query_bytes,
    commitTimeoutMs: transactions.commit_timeout_ms,
    bookmarkTimeoutMs: bookmarks.timeout_ms,
  };
}

interface Parts {
  readonly feeds: Feeds;
  readonly graphs: GraphSet;
  readonly bolt: BoltServer;
}

/** The listener for other servers (SAFETY 22). What comes before this server is put together waits for the next try. */
function listenToServers(options: ServerOptions, asker: Asker, parts: () => Parts): Promise<Listener> {
  const { configuration, clock } = options;
  return listenForChannels(options, configuration.cluster.listen, {
    relay: (connection) => parts().bolt.serveRelay(connection),
    ask: (connection) => {
      const answers: Answers = {
        status: () => parts().graphs.status(),
        outcome: (graphId, requestId) => answerOutcome(parts().graphs.byId(graphId), requestId),
        reaches: (address) => reaches(asker, address),
      };
      serveQuestions(connection, answers, clock);
    },
    feed: (connection) => parts().feeds.accept(connection),
  });
}

function reaches(asker: Asker, address: Address): Promise<boolean> {
  return asker.ping(address, 0, REACHED_WITHIN_MS).then(
    () => true,
    () => false,
  );
}

/** Whenever this server leads `system` and it is empty, starts it (SAFETY 20). */
function keepSystemStarted(graphs: GraphSet, membership: Membership, { initialPassword, random, logger }: ServerOptions): () => void {
  let starting = false;
  const look = () => {
    if (starting || graphs.systemDatabase.role !== 'LEADER') return;
    starting = true;
    startSystemGraph(graphs.systemDatabase, graphs.defaultName, initialPassword, random)
      .catch((error) => logger.warn({ error }, 'starting the system graph failed; the next leader tries again'))
      .finally(() => {
        starting = false;
      });
  };
  const stop = membership.onChange(look);
  look();
  return stop;
}

/** Waits until `system` names a graph and each graph has applied what the log had when it was opened. */
async function catalogueApplied(graphs: GraphSet, clock: Clock): Promise<void> {
  while (graphs.all().length < 2) await sleep(clock, READY_LOOK_MS);
  while (
    graphs.all().some((database) => database.replica.quarantine === undefined && (database.replica.index === 0 || database.replica.index < database.headIndex))
  ) {
    await sleep(clock, READY_LOOK_MS);
  }
}
