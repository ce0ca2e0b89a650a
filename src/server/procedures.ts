// The procedures of a server: what the graph knows of itself, and what the cluster knows. Names that begin with # are
// those of commands: no text can call them.

import { formatAddress } from '../base/network.js';
import type { ClusterView, RemoteGraphStatus } from '../cluster/view.js';
import type { GraphReader } from '../graph/reader.js';
import type { LiveServer } from '../log/log.js';
import type { Procedure, ProcedureContext, ProcedureRegistry } from '../runtime/execution.js';
import type { Row, Value } from '../values/value.js';
import { VERSION } from './version.js';

export class Procedures implements ProcedureRegistry {
  readonly #byName: ReadonlyMap<string, Procedure>;

  constructor(cluster: () => ClusterView, more: readonly Procedure[]) {
    const all = [...graphProcedures, ...clusterProcedures(cluster), ...more];
    this.#byName = new Map(all.map((procedure) => [procedure.name.toLowerCase(), procedure]));
  }

  find(name: string): Procedure | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  list(): readonly Procedure[] {
    return [...this.#byName.values()].filter((procedure) => !procedure.name.startsWith('#'));
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

function clusterProcedures(cluster: () => ClusterView): readonly Procedure[] {
  return [
    reading('dbms.cluster.overview', ['id', 'addresses', 'databases', 'groups'], 'Servers and their role for each database.', async () => {
      const view = cluster();
      const statuses = await view.everywhere();
      return view
        .servers()
        .filter((server) => server.alive)
        .map((server) => overviewRow(server, statuses));
    }),
    {
      name: 'dbms.cluster.role',
      signature: 'dbms.cluster.role(database :: STRING) :: (role)',
      description: 'The role of this server for a database.',
      arguments: [{ name: 'database', optional: false }],
      columns: ['role'],
      mode: 'READ',
      call: (_context, [name]) => {
        const status = typeof name === 'string' ? cluster().graph(name.toLowerCase()) : undefined;
        return [[status?.role ?? 'UNKNOWN']];
      },
    },
  ];
}

function overviewRow(server: LiveServer, statuses: readonly RemoteGraphStatus[]): Row {
  const roles = new Map<string, Value>(statuses.filter((status) => status.server === server.name).map((status) => [status.name, status.role]));
  return [server.id, [`bolt://${formatAddress(server.bolt)}`, `http://${formatAddress(server.http)}`], roles, []];
}
