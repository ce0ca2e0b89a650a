// What a server tells Prometheus of itself. Measured on the system's own clock: of no use to a simulation.

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { BoltServer } from '../bolt/bolt-server.js';
import type { Membership } from '../cluster/membership.js';
import type { OpenTransactions } from '../targets/open-transactions.js';
import type { ServerClusterView } from './cluster-view.js';
import { watchEventLoop } from './event-loop.js';

export class Metrics {
  readonly registry: Registry;
  readonly close: () => void;

  constructor() {
    this.registry = new Registry();
    collectDefaultMetrics({ register: this.registry });
    this.close = watchEventLoop(this.registry);
  }

  addBoltConnections(bolt: BoltServer): void {
    new Gauge({
      name: 'causeway_bolt_connections',
      help: 'Open connections of Bolt clients (at most limits.bolt_connections).',
      registers: [this.registry],
      collect() {
        this.set(bolt.connectionCount);
      },
    });
  }

  /** What drivers say of their use, for those that do (`bolt.telemetry`). */
  countTelemetry(): (api: number) => void {
    const uses = new Counter({
      name: 'causeway_bolt_driver_uses_total',
      help: 'Uses of drivers, by the interface that the application used.',
      labelNames: ['api'],
      registers: [this.registry],
    });
    const names = ['managed_transaction', 'explicit_transaction', 'auto_commit', 'execute_query'];
    return (api) => uses.inc({ api: names[api] ?? 'unknown' });
  }

  addOpenTransactions(open: OpenTransactions): void {
    new Gauge({
      name: 'causeway_http_open_transactions',
      help: 'Transactions that this server keeps open between HTTP requests (transactions.open_max).',
      registers: [this.registry],
      collect() {
        this.set(open.count);
      },
    });
  }

  addFeatureLevel(membership: Membership): void {
    new Gauge({
      name: 'causeway_feature_level',
      help: 'The least feature level of the servers: what may be written.',
      registers: [this.registry],
      collect() {
        this.set(membership.featureLevel());
      },
    });
  }

  addGraphs(view: ServerClusterView): void {
    const gauge = (name: string, help: string, value: (status: ReturnType<typeof view.graphs>[number]) => number) =>
      new Gauge({
        name,
        help,
        labelNames: ['database'],
        registers: [this.registry],
        collect() {
          for (const status of view.graphs()) this.set({ database: status.name }, value(status));
        },
      });
    gauge('causeway_graph_is_leader', 'Whether this server leads the graph.', (status) => (status.role === 'LEADER' ? 1 : 0));
    gauge('causeway_graph_last_transaction', 'The last transaction that this server has published.', (status) => status.lastTransaction);
    gauge('causeway_graph_last_index', 'The last log index that this server has published.', (status) => status.lastIndex);
    gauge('causeway_graph_lag_entries', 'Log entries that this server is behind the newest head it knows.', (status) =>
      Math.max(0, status.headIndex - status.lastIndex),
    );
    gauge('causeway_graph_term', 'The term of the last leadership heard of.', (status) => status.term);
    gauge('causeway_graph_memory_used_bytes', 'Memory that the graph takes.', (status) => status.memoryUsedBytes);
    gauge('causeway_graph_memory_budget_bytes', 'Memory that the graph may take (memory.graph_bytes).', (status) => status.memoryBudgetBytes);
  }
}
