// Where a statement runs. The compiled statement decides whether it writes: a read runs here, on this server's
// copy; a write goes to the leader, wherever it is (SAFETY 21: one hop, and only the entry server forwards).

import type { ClusterView } from '../cluster/view.js';
import type { Database } from '../database/database.js';
import type { AutoCommit, StatementRequest, Transaction, TransactionOptions } from '../database/result.js';
import { databaseNotFound, failure } from '../errors/catalogue.js';
import type { Gateway, Outcome } from './gateway.js';
import { LeaderLost } from './remote.js';
import { RoutedAutoCommit, type RoutedServices } from './routed-auto-commit.js';
import { RoutedTransaction } from './routed-transaction.js';

export interface Databases {
  /** Lower-case name. */
  byName(name: string): Database | undefined;
  readonly defaultName: string;
}

export class RoutingGateway implements Gateway {
  readonly cluster: ClusterView;
  readonly #databases: Databases;
  readonly #services: RoutedServices;

  constructor(cluster: ClusterView, databases: Databases, services: RoutedServices) {
    this.cluster = cluster;
    this.#databases = databases;
    this.#services = services;
  }

  resolve(name: string | undefined): string {
    const wanted = (name ?? this.#databases.defaultName).toLowerCase();
    if (this.#databases.byName(wanted) === undefined) throw databaseNotFound(name ?? wanted);
    return wanted;
  }

  async run(request: StatementRequest, given: TransactionOptions): Promise<AutoCommit> {
    let database = this.#database(given.database);
    let prepared = database.prepare(request.text);
    let options = given;
    if (prepared.use !== undefined && prepared.use.toLowerCase() !== database.name) {
      database = this.#database(this.resolve(prepared.use));
      prepared = database.prepare(request.text);
      options = { ...given, database: database.name };
    }
    const writes = prepared.writes && prepared.mode === 'run';
    if (!writes) return this.#read(database, request, options);
    if (options.access === 'READ') throw failure('accessMode', `Writing in read access mode not allowed. Attempted write to ${database.name}`);
    // Also what another server relays: one hop, it never forwards on (SAFETY 21).
    if (!options.serverSideRouting) {
      if (database.role !== 'LEADER') throw database.refusal();
      return database.run(request, options);
    }
    return new RoutedAutoCommit(this.#services, database, prepared.columns, request, options);
  }

  async begin(options: TransactionOptions): Promise<Transaction> {
    const database = this.#database(options.database);
    // A READ transaction belongs to the entry server; one of unknown mode begins at the leader (SAFETY 26).
    if (options.access === 'READ' || database.role === 'LEADER' || !options.serverSideRouting) return database.begin(options);
    return this.#beginRouted(database, options);
  }

  async outcome(name: string, outcomeId: string): Promise<Outcome> {
    const settled = await this.#services.settlement.look(this.#database(name), outcomeId.toLowerCase(), 0);
    return settled.kind === 'committed' ? { kind: 'committed', bookmark: settled.bookmark } : settled;
  }

  #database(name: string): Database {
    const database = this.#databases.byName(name.toLowerCase());
    if (database === undefined) throw databaseNotFound(name);
    return database;
  }

  /** A linearizable read needs the log, which a replica does not reach: the leader serves it (SAFETY 25). */
  async #read(database: Database, request: StatementRequest, options: TransactionOptions): Promise<AutoCommit> {
    if (options.consistency !== 'linearizable' || database.role !== 'READ_REPLICA') return database.run(request, options);
    const leader = await this.#services.search.find(database, this.#services.search.deadline());
    if (leader.kind === 'here') return database.run(request, options);
    return this.#services.remote.run(leader.server, leader.term, request, options);
  }

  async #beginRouted(database: Database, options: TransactionOptions): Promise<Transaction> {
    const { search, remote } = this.#services;
    const deadline = search.deadline();
    let failed: { life: string; term: number } | undefined;
    for (;;) {
      const leader = await search.find(database, deadline, failed);
      if (leader.kind === 'here') return database.begin(options);
      try {
        const transaction = await remote.begin(leader.server, leader.term, options);
        return new RoutedTransaction(transaction, database, leader.term, this.#services);
      } catch (error) {
        // Nothing ran yet: the next leader will do, or this one when it has proved its term.
        if (error instanceof LeaderLost) failed = { life: leader.server.life, term: leader.term };
        else if (isNotALeader(error) && !search.isOver(deadline)) await search.changed();
        else throw error;
      }
    }
  }
}

function isNotALeader(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'Neo.ClientError.Cluster.NotALeader';
}
