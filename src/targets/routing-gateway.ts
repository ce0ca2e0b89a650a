// Where a statement runs. The compiled statement decides whether it writes: a read runs here if this server has a copy
// of the graph, else on a server that has one; a write goes to the leader, wherever it is; a command that administers
// goes to the leader of `system` (SAFETY 21: one hop, and only the entry server forwards).

import { sleep } from '../base/clock.js';
import { type Soon, whenReady } from '../base/soon.js';
import type { ClusterView } from '../cluster/view.js';
import { SYSTEM } from '../database/catalogue.js';
import type { PreparedStatement } from '../database/query-engine.js';
import type { AutoCommit, StatementRequest, Transaction, TransactionOptions } from '../database/result.js';
import { databaseNotFound, failure } from '../errors/catalogue.js';
import type { LiveServer } from '../log/log.js';
import type { Permissions } from '../security/users.js';
import type { CheckedAdministration } from '../semantics/canonical.js';
import { decodeBookmark } from '../wire/bookmark.js';
import { AdministrationResult } from './administration-result.js';
import type { Gateway, HeldTransaction, Outcome, TransactionClaim } from './gateway.js';
import type { Graph, Graphs } from './graphs.js';
import { HeldElsewhere } from './held-elsewhere.js';
import type { LeaderThere } from './leader-search.js';
import { LeaderLost, ledElsewhere } from './relayed.js';
import { RoutedAutoCommit, type RoutedServices } from './routed-auto-commit.js';
import { RoutedRead } from './routed-read.js';
import { RoutedTransaction } from './routed-transaction.js';

/** How long an unknown name of a graph is waited for. */
const NEWS_MS_MAX = 250;
const NEWS_LOOK_MS = 10;
const SYSTEM_WAIT_MS_MAX = 5000;

export class RoutingGateway implements Gateway {
  readonly cluster: ClusterView;
  readonly #permissions: Permissions;
  readonly #graphs: Graphs;
  readonly #services: RoutedServices;
  readonly #held: HeldElsewhere;

  constructor(cluster: ClusterView, graphs: Graphs, permissions: Permissions, services: RoutedServices) {
    this.cluster = cluster;
    this.#permissions = permissions;
    this.#graphs = graphs;
    this.#services = services;
    this.#held = new HeldElsewhere(services);
  }

  resolve(name: string | undefined, user?: string): Soon<string> {
    if (name !== undefined) return this.#graphs.find(name)?.name ?? this.#appearing(name);
    const home = user === undefined ? undefined : this.#graphs.homeOf(user);
    // A home that is gone: the default one, as Neo4j does.
    return (home === undefined ? undefined : this.#graphs.find(home)?.name) ?? this.#graph(this.#graphs.defaultName).name;
  }

  run(request: StatementRequest, given: TransactionOptions): Soon<AutoCommit> {
    return whenReady(this.#asNewAs(given), () => this.#run(request, given));
  }

  #run(request: StatementRequest, given: TransactionOptions): Soon<AutoCommit> {
    let graph = this.#graph(given.database);
    let prepared = graph.prepare(request.text);
    if (prepared.use !== undefined) {
      graph = this.#graph(prepared.use);
      prepared = graph.prepare(request.text);
    }
    const { administration } = prepared;
    if (administration !== undefined) {
      if (prepared.mode !== 'explain') return this.#administer(prepared, administration, request, given);
      graph = this.#graphs.system;
    }
    this.#permissions.mayRun(given.user);
    const options = this.#passedOn({ ...given, database: graph.name });
    refuseOffline(graph);
    if (!(prepared.writes && prepared.mode !== 'explain')) return this.#read(graph, prepared, request, options);
    refuseWrite(graph, options);
    return this.#write(graph, prepared, request, options);
  }

  async begin(given: TransactionOptions): Promise<Transaction> {
    await this.#asNewAs(given);
    const options = this.#passedOn(given);
    const graph = this.#beginnable(options);
    const { remote } = this.#services;
    return this.#where<Transaction>(graph, options, {
      here: () => beginHere(graph, options),
      leader: async ({ server, term }) => new RoutedTransaction(await remote.begin(server, term, options), graph, term, this.#services),
      host: (server) => remote.begin(server, 0, options),
    });
  }

  async open(given: TransactionOptions): Promise<HeldTransaction> {
    await this.#asNewAs(given);
    const options = this.#passedOn(given);
    const graph = this.#beginnable(options);
    const term = () => (options.access === 'READ' ? 0 : (graph.local?.leadingTerm ?? 0));
    return this.#where(graph, options, {
      here: () => this.#services.open.open({ user: options.claimant ?? options.user, database: graph.name }, term, () => beginHere(graph, options)),
      leader: (leader) => this.#held.open(graph, leader, options),
      host: (server) => this.#held.open(graph, { server, term: 0 }, options),
    });
  }

  async take(id: string, claim: TransactionClaim): Promise<HeldTransaction> {
    return this.#held.take(id, this.#graph(claim.database), claim);
  }

  end(id: string, claim: TransactionClaim): Promise<void> {
    return this.#held.end(id, claim);
  }

  knows(name: string, bookmark: string): boolean {
    const { id, local: database } = this.#graph(name);
    try {
      return decodeBookmark(bookmark).every((part) => part.graphId === id && (database === undefined || part.incarnation === database.replica.incarnation));
    } catch {
      // Not a bookmark; whoever must refuse it asks the graph.
      return false;
    }
  }

  /** It may have been created a moment ago, through another server. */
  async #appearing(name: string): Promise<string> {
    const { clock } = this.#services;
    const until = clock.nowMs() + NEWS_MS_MAX;
    this.#graphs.system.local?.lookAhead();
    while (clock.nowMs() < until) {
      await sleep(clock, NEWS_LOOK_MS);
      const graph = this.#graphs.find(name);
      if (graph !== undefined) return graph.name;
    }
    throw databaseNotFound(name);
  }

  /** What the user may do is asked of a `system` at least as new as that of the server that passed the request on (SAFETY 22). */
  #asNewAs({ systemTransaction = 0 }: TransactionOptions): Soon<void> {
    const replica = this.#graphs.system.local?.replica;
    if (replica === undefined || replica.transactionId >= systemTransaction) return undefined;
    return replica.waitForTransaction(systemTransaction, SYSTEM_WAIT_MS_MAX).then((reached) => {
      if (reached) return;
      throw failure('databaseUnavailable', 'This server has not heard yet of the users and graphs that the request counts on. Nothing was changed; try again.');
    });
  }

  #passedOn(options: TransactionOptions): TransactionOptions {
    return { ...options, systemTransaction: this.#graphs.system.local?.replica.transactionId };
  }

  #beginnable(options: TransactionOptions): Graph {
    const graph = this.#graph(options.database);
    if (graph.name === SYSTEM) this.#permissions.mayStay(options.user);
    else this.#permissions.mayRun(options.user);
    refuseOffline(graph);
    return graph;
  }

  /** A READ transaction belongs to the entry server; one of unknown mode begins at the leader (SAFETY 26). */
  #where<T>(
    graph: Graph,
    options: TransactionOptions,
    begin: { here: () => Promise<T>; leader: (leader: LeaderThere) => Promise<T>; host: (server: LiveServer) => Promise<T> },
  ): Promise<T> {
    if (!options.serverSideRouting) return begin.here();
    if (options.access === 'WRITE' || needsCore(graph, options)) return this.#atLeader(graph, begin.here, begin.leader);
    return graph.local !== undefined ? begin.here() : this.#onHost(graph, options, begin.host);
  }

  async outcome(name: string, outcomeId: string): Promise<Outcome> {
    const settled = await this.#services.settlement.look(this.#graph(name), outcomeId.toLowerCase(), 0);
    return settled.kind === 'committed' ? { kind: 'committed', bookmark: settled.bookmark } : settled;
  }

  #graph(name: string): Graph {
    const graph = this.#graphs.find(name);
    if (graph === undefined) throw databaseNotFound(name);
    return graph;
  }

  // ------------------------------------------------------------ writes

  #write(graph: Graph, prepared: PreparedStatement, request: StatementRequest, options: TransactionOptions): Soon<AutoCommit> {
    if (options.serverSideRouting) return new RoutedAutoCommit(this.#services, graph, prepared.columns, request, options);
    // Also what another server relays: one hop, it never forwards on (SAFETY 21).
    const database = local(graph);
    if (database.role !== 'LEADER') throw database.refusal();
    return database.run(request, options);
  }

  /** Answered once this server itself has applied it, and after what WAIT asks for. */
  async #administer(
    prepared: PreparedStatement,
    administration: CheckedAdministration,
    request: StatementRequest,
    given: TransactionOptions,
  ): Promise<AutoCommit> {
    if (administration.ownPassword) this.#permissions.mayStay(given.user);
    else this.#permissions.mayRun(given.user);
    const { system } = this.#graphs;
    const options = this.#passedOn({ ...given, database: SYSTEM });
    refuseWrite(system, options);
    const inner = await this.#write(system, prepared, request, options);
    // What is passed on is answered, and waited for, by the server that it came to.
    if (given.systemTransaction !== undefined) return inner;
    return new AdministrationResult(inner, administration, request.parameters, { system, cluster: this.cluster, clock: this.#services.clock });
  }

  /** Begins at the leader. Nothing ran yet: the next leader will do, or this one when it has proved its term. */
  async #atLeader<T>(graph: Graph, here: () => Promise<T>, there: (leader: LeaderThere) => Promise<T>): Promise<T> {
    const { search } = this.#services;
    const deadline = search.deadline();
    let failed: { life: string; term: number } | undefined;
    for (;;) {
      const leader = await search.find(graph, deadline, failed);
      try {
        return await (leader.kind === 'here' ? here() : there(leader));
      } catch (error) {
        if (error instanceof LeaderLost && leader.kind === 'there') failed = { life: leader.server.life, term: leader.term };
        else if (!ledElsewhere(error)) throw error;
        else if (search.isOver(deadline)) throw search.noLeader(graph);
        else await search.changed();
      }
    }
  }

  // ------------------------------------------------------------ reads

  #read(graph: Graph, prepared: PreparedStatement, request: StatementRequest, options: TransactionOptions): Soon<AutoCommit> {
    const { readers, remote } = this.#services;
    const { local: database } = graph;
    if (database === undefined) return routed(() => this.#onHost(graph, options, (server) => remote.read(server, 0, request, options)));
    if (needsCore(graph, options) && options.serverSideRouting) {
      return routed(() =>
        this.#atLeader<AutoCommit>(
          graph,
          async () => database.run(request, options),
          ({ server, term }) => remote.read(server, term, request, options),
        ),
      );
    }
    const elsewhere = readers.read(database, () => this.#hosts(graph), prepared, request, options);
    return elsewhere === undefined ? database.run(request, options) : elsewhere.then((result) => result ?? database.run(request, options));
  }

  /** Nothing has run yet on a server that cannot be reached: the next one will do. */
  async #onHost<T>(graph: Graph, options: TransactionOptions, act: (server: LiveServer) => Promise<T>): Promise<T> {
    if (!options.serverSideRouting) throw failure('routing', `Unable to route to database '${graph.name}'. Server-side routing is disabled.`);
    for (const server of this.#hosts(graph)) {
      try {
        return await act(server);
      } catch (error) {
        if (!(error instanceof LeaderLost) && !ledElsewhere(error)) throw error;
      }
    }
    throw failure('databaseUnavailable', `Database '${graph.name}' is unavailable: no server that holds it can be reached. Try again.`);
  }

  /** The living servers with a copy, those that do not lead it first. */
  #hosts(graph: Graph): readonly LiveServer[] {
    const leader = this.#services.search.known(graph);
    const rank = (server: LiveServer) => (leader?.kind === 'there' && leader.server.name === server.name ? 1 : 0);
    return this.cluster
      .hosts(graph.name)
      .filter((server) => server.alive && server.id !== this.cluster.self.id)
      .sort((a, b) => rank(a) - rank(b));
  }
}

/** A linearizable read needs the log, which a read replica does not reach (SAFETY 25). */
function needsCore({ local: database }: Graph, options: TransactionOptions): boolean {
  return options.consistency === 'linearizable' && database?.reachesLog === false;
}

async function routed(start: () => Promise<AutoCommit>): Promise<AutoCommit> {
  return new RoutedRead(await start(), start);
}

/** This server's copy; for a request that must not be passed on. */
function local(graph: Graph): NonNullable<Graph['local']> {
  if (graph.local !== undefined) return graph.local;
  throw failure('routing', `Unable to route to database '${graph.name}'. Server-side routing is disabled.`);
}

/** Where it is to write and may be passed on, it begins under a leadership or not at all. */
async function beginHere(graph: Graph, options: TransactionOptions): Promise<Transaction> {
  const database = local(graph);
  const transaction = await database.begin(options);
  if (transaction.mayWrite || options.access === 'READ' || !options.serverSideRouting) return transaction;
  await transaction.rollback();
  throw database.refusal();
}

function refuseOffline(graph: Graph): void {
  if (graph.requestedStatus === 'online') return;
  throw failure('databaseUnavailable', `Database '${graph.name}' is unavailable: it was stopped. Start it with START DATABASE \`${graph.name}\`.`);
}

function refuseWrite(graph: Graph, options: TransactionOptions): void {
  if (options.access === 'READ') throw failure('accessMode', `Writing in read access mode not allowed. Attempted write to ${graph.name}`);
  if (graph.access === 'read-write') return;
  throw failure('writeOnReadOnlyAccess', 'No write operations are allowed on this database. The database is in read-only mode on this Neo4j instance.');
}
