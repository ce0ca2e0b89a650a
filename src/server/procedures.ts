// The procedures of a server: what the graph knows of itself, and what the cluster knows.

import { formatAddress } from '../base/network.js';
import type { ClusterView, GraphStatus, RemoteGraphStatus } from '../cluster/view.js';
import type { GraphReader } from '../graph/reader.js';
import type { LiveServer } from '../log/log.js';
import type { Procedure, ProcedureContext, ProcedureRegistry } from '../runtime/execution.js';
import type { Row, Value } from '../values/value.js';
import { VERSION } from './version.js';

export class Procedures implements ProcedureRegistry {
  readonly #byName: ReadonlyMap<string, Procedure>;

  constructor(cluster: () => ClusterView, defaultGraph: string) {
    const all = [...graphProcedures, ...clusterProcedures(cluster), ...showProcedures(cluster, defaultGraph)];
    this.#byName = new Map(all.map((procedure) => [procedure.name.toLowerCase(), procedure]));
  }

  find(name: string): Procedure | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  list(): readonly Procedure[] {
    return [...this.#byName.values()];
  }
}

function reading(
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

const DATABASE_COLUMNS = [
  'name',
  'type',
  'aliases',
  'access',
  'databaseID',
  'serverID',
  'address',
  'role',
  'writer',
  'requestedStatus',
  'currentStatus',
  'statusMessage',
  'default',
  'home',
  'currentPrimariesCount',
  'currentSecondariesCount',
  'requestedPrimariesCount',
  'requestedSecondariesCount',
  'creationTime',
  'lastStartTime',
  'lastStopTime',
  'store',
  'lastCommittedTxn',
  'replicationLag',
  'constituents',
  'options',
] as const;

const SERVER_COLUMNS = [
  'serverId',
  'name',
  'address',
  'httpAddress',
  'httpsAddress',
  'state',
  'health',
  'hosting',
  'requestedHosting',
  'tags',
  'allowedDatabases',
  'deniedDatabases',
  'modeConstraint',
  'version',
] as const;

const INDEX_COLUMNS = [
  'id',
  'name',
  'state',
  'populationPercent',
  'type',
  'entityType',
  'labelsOrTypes',
  'properties',
  'indexProvider',
  'owningConstraint',
  'lastRead',
  'readCount',
] as const;

const CONSTRAINT_COLUMNS = ['id', 'name', 'type', 'entityType', 'labelsOrTypes', 'properties', 'ownedIndex', 'propertyType'] as const;

function showProcedures(cluster: () => ClusterView, defaultGraph: string): readonly Procedure[] {
  return [
    reading('show.databases', DATABASE_COLUMNS, 'SHOW DATABASES.', async () => {
      const view = cluster();
      const statuses = await view.everywhere();
      return statuses.map((status) => databaseRow(status, statuses, view, defaultGraph));
    }),
    reading('show.servers', SERVER_COLUMNS, 'SHOW SERVERS.', async () => {
      const view = cluster();
      const statuses = await view.everywhere();
      return view.servers().map((server) => serverRow(server, statuses));
    }),
    reading('show.indexes', INDEX_COLUMNS, 'SHOW INDEXES.', ({ reader }) => reader.schema.indexes.map(indexRow)),
    reading('show.constraints', CONSTRAINT_COLUMNS, 'SHOW CONSTRAINTS.', ({ reader }) =>
      reader.schema.constraints.map((one) => [one.id, one.name, 'UNIQUENESS', 'NODE', [one.label], one.properties, one.index, null]),
    ),
    reading('show.currentUser', ['user', 'roles', 'passwordChangeRequired', 'suspended', 'home'], 'SHOW CURRENT USER.', ({ user }) => [
      [user, null, false, null, null],
    ]),
  ];
}

function databaseRow(status: RemoteGraphStatus, all: readonly RemoteGraphStatus[], view: ClusterView, defaultGraph: string): Row {
  const copies = all.filter((one) => one.id === status.id);
  const primaries = copies.filter((one) => one.role !== 'READ_REPLICA').length;
  const newest = Math.max(...copies.map((one) => one.lastTransaction));
  const server = view.servers().find((one) => one.name === status.server);
  return byColumn(DATABASE_COLUMNS, {
    name: status.name,
    type: status.name === 'system' ? 'system' : 'standard',
    aliases: [],
    access: 'read-write',
    databaseID: status.id,
    serverID: server?.id ?? null,
    address: server === undefined ? null : formatAddress(server.bolt),
    role: status.role === 'READ_REPLICA' ? 'secondary' : 'primary',
    writer: status.role === 'LEADER',
    requestedStatus: 'online',
    currentStatus: status.state,
    statusMessage: status.stateReason,
    default: status.name === defaultGraph,
    home: status.name === defaultGraph,
    currentPrimariesCount: primaries,
    currentSecondariesCount: copies.length - primaries,
    requestedPrimariesCount: primaries,
    requestedSecondariesCount: copies.length - primaries,
    store: 'causeway-arena-1.0',
    lastCommittedTxn: status.lastTransaction,
    replicationLag: status.lastTransaction - newest,
    constituents: [],
    options: new Map<string, Value>(),
  });
}

function serverRow(server: LiveServer, statuses: readonly RemoteGraphStatus[]): Row {
  const hosting = statuses.filter((status) => status.server === server.name).map((status: GraphStatus) => status.name);
  return byColumn(SERVER_COLUMNS, {
    serverId: server.id,
    name: server.name,
    address: formatAddress(server.bolt),
    httpAddress: formatAddress(server.http),
    state: 'Enabled',
    health: server.alive ? 'Available' : 'Unavailable',
    hosting,
    requestedHosting: hosting,
    tags: [],
    allowedDatabases: [],
    deniedDatabases: [],
    modeConstraint: server.kind === 'CORE' ? 'NONE' : 'SECONDARY',
    version: '5.26.0',
  });
}

function indexRow(index: GraphReader['schema']['indexes'][number]): Row {
  return byColumn(INDEX_COLUMNS, {
    id: index.id,
    name: index.name,
    state: 'ONLINE',
    populationPercent: null,
    type: 'RANGE',
    entityType: index.entity === 'node' ? 'NODE' : 'RELATIONSHIP',
    labelsOrTypes: [index.token],
    properties: index.properties,
    indexProvider: 'range-1.0',
    owningConstraint: index.owner ?? null,
    readCount: null,
  });
}

/** Values in the order of the columns; null where none is given. */
function byColumn(columns: readonly string[], values: Readonly<Record<string, Value>>): Row {
  return columns.map((column) => values[column] ?? null);
}
