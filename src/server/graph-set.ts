// The graphs of one server: `system` from the start, the others as the catalogue in `system` asks (SAFETY 20). With each
// published change of `system` what it says of the graphs it touched is compared with what is here, and copies opened and closed.

import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { formatAddress } from '../base/network.js';
import type { Random } from '../base/random.js';
import type { Membership } from '../cluster/membership.js';
import type { GraphStatus } from '../cluster/view.js';
import { type Catalogue, copyOn, findGraph, type GraphEntry, SYSTEM, SYSTEM_GRAPH_ID, wasDropped } from '../database/catalogue.js';
import { CatalogueCopy } from '../database/catalogue-copy.js';
import { Database, type DatabaseSettings } from '../database/database.js';
import type { PreparedStatement } from '../database/query-engine.js';
import { failure } from '../errors/catalogue.js';
import type { ChangeSet } from '../graph/change-set.js';
import type { Log, ServerRecord } from '../log/log.js';
import type { ProcedureRegistry } from '../runtime/execution.js';
import { findPublishedUser } from '../security/users.js';
import { createGraphStore } from '../storage/store.js';
import type { Graph, Graphs } from '../targets/graphs.js';

export interface GraphSetOptions {
  readonly self: ServerRecord;
  readonly log: Log | undefined;
  readonly membership: Membership;
  readonly procedures: ProcedureRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly defaultName: string;
  readonly settings: DatabaseSettings & { readonly graphBytes: number; readonly systemGraphBytes: number };
}

/** Plans of statements for graphs that are elsewhere need a graph to look at. */
const EMPTY_GRAPH_BYTES = 64 * 1024;

export class GraphSet implements Graphs {
  readonly defaultName: string;
  readonly #options: GraphSetOptions;
  readonly #system: Database;
  readonly #empty: Database;
  /** This server's copies by graph id. */
  readonly #copies: Map<string, Database>;
  /** Ids of copies that are being closed. */
  readonly #closing: Set<string>;
  readonly #known: CatalogueCopy;
  /** Ids of the graphs that the membership knows of. */
  readonly #told: Set<string>;
  #closed: boolean;

  constructor(options: GraphSetOptions) {
    this.#options = options;
    this.defaultName = options.defaultName;
    this.#copies = new Map();
    this.#closing = new Set();
    this.#told = new Set();
    this.#closed = false;
    this.#empty = this.#create('', '', 'secondary', undefined, EMPTY_GRAPH_BYTES);
    this.#system = this.#create(
      SYSTEM,
      SYSTEM_GRAPH_ID,
      options.self.kind === 'CORE' ? 'primary' : 'secondary',
      options.log,
      options.settings.systemGraphBytes,
    );
    this.#known = new CatalogueCopy(this.#system.store.published);
    this.#tellOfAll();
    this.#copies.set(SYSTEM_GRAPH_ID, this.#system);
    options.membership.register(this.#system);
    this.#system.replica.onPublished((changeSets) => this.#catalogueMoved(changeSets));
  }

  get catalogue(): Catalogue {
    return this.#known.catalogue;
  }

  get systemDatabase(): Database {
    return this.#system;
  }

  get system(): Graph {
    return this.#graph(this.catalogue.graphs[0] as GraphEntry);
  }

  find(name: string): Graph | undefined {
    const entry = findGraph(this.catalogue, name);
    return entry === undefined ? undefined : this.#graph(entry);
  }

  homeOf(user: string): string | undefined {
    return findPublishedUser(this.#system.store.published, user)?.home;
  }

  /** This server's copy. */
  byName(name: string): Database | undefined {
    const entry = findGraph(this.catalogue, name);
    return entry === undefined ? undefined : this.#copies.get(entry.id);
  }

  byId(graphId: string): Database | undefined {
    return this.#copies.get(graphId);
  }

  /** This server's copies. */
  all(): readonly Database[] {
    return [...this.#copies.values()];
  }

  /** Of all graphs that this server holds, or is asked to hold. */
  status(): readonly GraphStatus[] {
    return this.catalogue.graphs.flatMap((entry) => {
      const copy = copyOn(entry, this.#options.self, this.catalogue);
      const database = this.#copies.get(entry.id);
      if (database !== undefined) return [this.#statusOf(database)];
      return copy === undefined ? [] : [this.#statusWithout(entry, copy)];
    });
  }

  close(): void {
    this.#closed = true;
  }

  #graph(entry: GraphEntry): Graph {
    const { name, id, requestedStatus, access } = entry;
    const local = requestedStatus === 'online' ? this.#copies.get(id) : undefined;
    const prepare = (text: string): PreparedStatement => (local ?? this.#empty).prepare(text);
    return { name, id, requestedStatus, access, local, prepare };
  }

  #catalogueMoved(changeSets: readonly ChangeSet[] | undefined): void {
    if (this.#closed) return;
    const change = this.#known.update(this.#system.store.published, changeSets);
    if (change.kind === 'all') this.#compareAll();
    else for (const { before, after } of change.graphs) this.#compare((after ?? before)?.id as string, after);
  }

  /** What `system` says now, against what is here. */
  #compareAll(): void {
    this.#tellOfAll();
    const asked = new Map(this.catalogue.graphs.map((entry) => [entry.id, entry]));
    for (const id of [...this.#copies.keys()]) if (!asked.has(id)) this.#closeCopy(id, undefined);
    for (const entry of asked.values()) this.#compare(entry.id, entry);
  }

  /** Undefined: the graph was dropped. */
  #compare(id: string, entry: GraphEntry | undefined): void {
    this.#tellMembership(id, entry);
    const here = this.#copies.get(id);
    const copy = entry?.requestedStatus === 'online' ? copyOn(entry, this.#options.self, this.#known.said) : undefined;
    if (entry === undefined || copy === undefined || (here !== undefined && here.copy !== copy)) this.#closeCopy(id, entry);
    else if (here === undefined) this.#openCopy(entry, copy);
    else if (entry.access === 'read-only') here.endWriters(failure('writeOnReadOnlyAccess', `Database '${entry.name}' was set to read only.`));
  }

  #tellOfAll(): void {
    const { graphs } = this.catalogue;
    const ids = new Set(graphs.map(({ id }) => id));
    for (const id of this.#told) if (!ids.has(id)) this.#tellMembership(id, undefined);
    for (const entry of graphs) this.#tellMembership(entry.id, entry);
  }

  #tellMembership(id: string, entry: GraphEntry | undefined): void {
    const { membership } = this.#options;
    if (entry?.requestedStatus === 'online') {
      this.#told.add(id);
      membership.graphIs({ id, name: entry.name, mayLead: (server) => copyOn(entry, server, this.#known.said) === 'primary' });
    } else if (this.#told.delete(id)) membership.graphIsGone(id);
  }

  #openCopy(entry: GraphEntry, copy: 'primary' | 'secondary'): void {
    if (this.#closing.has(entry.id)) return;
    const { membership, logger, settings, log } = this.#options;
    const database = this.#create(entry.name, entry.id, copy, log, settings.graphBytes);
    this.#copies.set(entry.id, database);
    membership.register(database);
    logger.info({ graph: entry.name, graphId: entry.id, copy }, 'graph opened');
  }

  /** `entry`: what is asked of it now; undefined where it was dropped. */
  #closeCopy(id: string, entry: GraphEntry | undefined): void {
    const database = this.#copies.get(id);
    if (database === undefined || this.#closing.has(id)) return;
    const { membership, logger } = this.#options;
    this.#closing.add(id);
    this.#copies.delete(id);
    // One that only moves lets open transactions come to their end, and hands over.
    if (entry === undefined) database.retire(failure('transactionTerminated', `Database '${database.name}' was dropped. Nothing of the transaction was kept.`));
    else if (entry.requestedStatus === 'offline')
      database.retire(failure('databaseUnavailable', `Database '${database.name}' was stopped. Nothing of the transaction was kept.`));
    logger.info({ graph: database.name, graphId: id }, 'graph closed');
    void membership.unregister(id).finally(() => {
      this.#closing.delete(id);
      const now = this.catalogue.graphs.find((graph) => graph.id === id);
      if (!this.#closed && now !== undefined) this.#compare(id, now);
    });
  }

  #create(name: string, graphId: string, copy: 'primary' | 'secondary', log: Log | undefined, budgetBytes: number): Database {
    const { self, membership, procedures, clock, random, logger, settings } = this.#options;
    return new Database({
      name,
      graphId,
      copy,
      life: self.life,
      store: createGraphStore({ graphId, budgetBytes }),
      log,
      clock,
      random,
      logger: logger.child({ graph: name }),
      settings,
      procedures,
      featureLevel: () => membership.featureLevel(),
      featureLevelToBe: () => Math.min(...membership.servers().flatMap(({ alive, featureLevel }) => (alive ? [featureLevel] : []))),
      leaderAddress: () => {
        const leadership = membership.leadership(graphId);
        const leader = membership.servers().find((server) => server.name === leadership?.holder);
        return leader === undefined ? undefined : formatAddress(leader.bolt);
      },
      replicaOf: (id) => (id === SYSTEM_GRAPH_ID ? this.#system.replica : this.#hasHad(id) ? 'elsewhere' : undefined),
      answersTo: (wanted) => findGraph(this.catalogue, wanted)?.id === graphId,
    });
  }

  #hasHad(graphId: string): boolean {
    return this.catalogue.graphs.some(({ id }) => id === graphId) || wasDropped(this.#system.store.published, graphId);
  }

  #statusOf(database: Database): GraphStatus {
    const leadership = this.#options.membership.leadership(database.graphId);
    const memory = database.store.memory();
    const { quarantine } = database.replica;
    return {
      name: database.name,
      id: database.graphId,
      role: database.role,
      state: quarantine !== undefined ? 'quarantined' : database.replica.index === 0 ? 'starting' : 'online',
      stateReason: quarantine ?? database.staleness,
      term: database.leadingTerm ?? leadership?.term ?? 0,
      leader: leadership?.holder,
      lastTransaction: database.replica.transactionId,
      lastIndex: database.replica.index,
      headIndex: database.headIndex,
      millisSinceLeaderMessage: database.millisSinceHeard,
      memoryUsedBytes: memory.usedBytes,
      memoryBudgetBytes: memory.budgetBytes,
    };
  }

  #statusWithout(entry: GraphEntry, copy: 'primary' | 'secondary'): GraphStatus {
    return {
      name: entry.name,
      id: entry.id,
      role: copy === 'primary' ? 'FOLLOWER' : 'READ_REPLICA',
      state: entry.requestedStatus === 'offline' ? (this.#closing.has(entry.id) ? 'stopping' : 'offline') : 'starting',
      stateReason: '',
      term: 0,
      leader: undefined,
      lastTransaction: 0,
      lastIndex: 0,
      headIndex: 0,
      millisSinceLeaderMessage: 0,
      memoryUsedBytes: 0,
      memoryBudgetBytes: 0,
    };
  }
}
