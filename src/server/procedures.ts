// The procedures of a server: what the graph knows of itself, and what the cluster knows. Names that begin with # are
// those of commands: no text can call them.

import type { ClusterView } from '../cluster/view.js';
import { routingDatabaseNotFound } from '../errors/catalogue.js';
import type { GraphReader } from '../graph/reader.js';
import type { Procedure, ProcedureContext, ProcedureRegistry } from '../runtime/execution.js';
import { routingTable } from '../targets/routing-table.js';
import type { Row, Value } from '../values/value.js';
import { VERSION } from './version.js';

export class Procedures implements ProcedureRegistry {
  readonly #byName: ReadonlyMap<string, Procedure>;
  readonly #tables: ProcedureRegistry | undefined;

  /** `tables`: procedures that come and go (`testing.table_procedures`). */
  constructor(cluster: () => ClusterView, defaultGraph: string, routingTableTtlMs: number, more: readonly Procedure[], tables?: ProcedureRegistry) {
    const routing = ROUTING_NAMES.map((name) => routingProcedure(name, cluster, defaultGraph, routingTableTtlMs));
    const all = [...graphProcedures, ...routing, ...more];
    this.#tables = tables;
    this.#byName = new Map(all.map((procedure) => [procedure.name.toLowerCase(), procedure]));
  }

  find(name: string): Procedure | undefined {
    return this.#byName.get(name.toLowerCase()) ?? this.#tables?.find(name);
  }

  list(): readonly Procedure[] {
    return [...this.#byName.values(), ...(this.#tables?.list() ?? [])].filter((procedure) => !procedure.name.startsWith('#'));
  }
}

/** A procedure that takes nothing and only reads. */
export function reading(
  name: string,
  columns: readonly string[],
  description: string,
  rows: (context: ProcedureContext) => Iterable<Row> | Promise<Iterable<Row>>,
): Procedure {
  return { name, signature: `${name}() :: (${columns.join(', ')})`, description, arguments: [], columns, mode: 'READ', call: rows };
}

function usedLabels(reader: GraphReader): Row[] {
  return reader.labelNames().flatMap((label, id) => (reader.statistics.nodesWithLabelCount(id) > 0 ? [[label]] : []));
}

function usedTypes(reader: GraphReader): Row[] {
  return reader.typeNames().flatMap((type, id) => (reader.statistics.relationshipsOfTypeCount(id) > 0 ? [[type]] : []));
}

const graphProcedures: readonly Procedure[] = [
  reading('db.labels', ['label'], 'Labels in use.', ({ reader }) => usedLabels(reader)),
  reading('db.relationshipTypes', ['relationshipType'], 'Relationship types in use.', ({ reader }) => usedTypes(reader)),
  reading('db.propertyKeys', ['propertyKey'], 'Property keys.', ({ reader }) => reader.keyNames().map((key) => [key])),
  reading('db.ping', ['success'], 'Answers true.', () => [[true]]),
  reading('dbms.components', ['name', 'versions', 'edition'], 'What serves here, and its version.', () => [
    ['Neo4j Kernel', ['5.26.0'], 'enterprise'],
    ['Causeway', [VERSION], 'community'],
  ]),
];

const ROUTING_NAMES = ['dbms.routing.getRoutingTable', 'dbms.cluster.routing.getRoutingTable'] as const;

/** What Bolt's ROUTE answers, for clients that ask in Cypher. */
function routingProcedure(name: string, cluster: () => ClusterView, defaultGraph: string, ttlMs: number): Procedure {
  return {
    name,
    signature: `${name}(context :: MAP, database = null :: STRING) :: (ttl :: INTEGER, servers :: LIST<MAP>)`,
    description: 'The servers to write to, to read from and to ask again, for a database.',
    arguments: [
      { name: 'context', optional: false },
      { name: 'database', optional: true },
    ],
    columns: ['ttl', 'servers'],
    mode: 'DBMS',
    call: (_context, [context, asked]) => {
      const database = typeof asked === 'string' ? asked : defaultGraph;
      const view = cluster();
      if (view.hosts(database).length === 0) throw routingDatabaseNotFound(database);
      const address = context instanceof Map ? context.get('address') : undefined;
      const table = routingTable(view, database, typeof address === 'string' ? address : undefined);
      const roles = { WRITE: table.writers, READ: table.readers, ROUTE: table.routers };
      const servers = Object.entries(roles).map(([role, addresses]) => new Map<string, Value>(Object.entries({ addresses, role })));
      return [[Math.ceil(ttlMs / 1000), servers]];
    },
  };
}
