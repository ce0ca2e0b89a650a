// The graphs of one server: `system` from the start, the others as the catalogue in `system` names them (SAFETY 20).

import type { Clock } from '../base/clock.js';
import type { Logger } from '../base/logger.js';
import { formatAddress } from '../base/network.js';
import type { Membership } from '../cluster/membership.js';
import type { GraphStatus } from '../cluster/view.js';
import { Database, type DatabaseSettings } from '../database/database.js';
import type { Log, ServerKind } from '../log/log.js';
import type { ProcedureRegistry } from '../runtime/execution.js';
import { createGraphStore } from '../storage/store.js';
import type { Databases } from '../targets/routing-gateway.js';
import { DEFAULT_GRAPH, graphsIn, SYSTEM, SYSTEM_GRAPH_ID } from './catalogue.js';

export interface GraphSetOptions {
  readonly kind: ServerKind;
  readonly life: string;
  readonly log: Log | undefined;
  readonly membership: Membership;
  readonly procedures: ProcedureRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: DatabaseSettings & { readonly graphBytes: number; readonly systemGraphBytes: number };
}

export class GraphSet implements Databases {
  readonly defaultName = DEFAULT_GRAPH;
  readonly system: Database;
  readonly #options: GraphSetOptions;
  readonly #byName: Map<string, Database>;

  constructor(options: GraphSetOptions) {
    this.#options = options;
    this.#byName = new Map();
    this.system = this.#open(SYSTEM, SYSTEM_GRAPH_ID, options.settings.systemGraphBytes);
    this.system.replica.onPublished(() => this.#openNew());
  }

  byName(name: string): Database | undefined {
    return this.#byName.get(name);
  }

  byId(graphId: string): Database | undefined {
    for (const database of this.#byName.values()) if (database.graphId === graphId) return database;
    return undefined;
  }

  all(): readonly Database[] {
    return [...this.#byName.values()];
  }

  status(): readonly GraphStatus[] {
    return this.all().map((database) => this.#statusOf(database));
  }

  #openNew(): void {
    for (const { name, id } of graphsIn(this.system.store.published)) {
      if (!this.#byName.has(name)) this.#open(name, id, this.#options.settings.graphBytes);
    }
  }

  #open(name: string, graphId: string, budgetBytes: number): Database {
    const { kind, life, log, membership, procedures, clock, logger, settings } = this.#options;
    const database = new Database({
      name,
      graphId,
      kind,
      life,
      store: createGraphStore({ graphId, budgetBytes }),
      log,
      clock,
      logger: logger.child({ graph: name }),
      settings,
      procedures,
      leaderAddress: () => {
        const leadership = membership.leadership(graphId);
        const leader = membership.servers().find((server) => server.name === leadership?.holder);
        return leader === undefined ? undefined : formatAddress(leader.bolt);
      },
      replicaOf: (id) => (id === SYSTEM_GRAPH_ID ? this.system.replica : undefined),
    });
    this.#byName.set(name, database);
    membership.register(database);
    logger.info({ graph: name, graphId }, 'graph opened');
    return database;
  }

  #statusOf(database: Database): GraphStatus {
    const leadership = this.#options.membership.leadership(database.graphId);
    const memory = database.store.memory();
    const { quarantine } = database.replica;
    return {
      name: database.name,
      id: database.graphId,
      role: database.role,
      state: quarantine !== undefined ? 'quarantined' : 'online',
      stateReason: quarantine ?? '',
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
}
