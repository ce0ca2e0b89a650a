// What SHOW commands show, as procedures: rows from the catalogue and from what the servers say.

import { formatAddress } from '../base/network.js';
import type { ClusterView, RemoteGraphStatus } from '../cluster/view.js';
import { type Catalogue, copyOn, findGraph, findServer, type GraphEntry, type ServerState, SYSTEM } from '../database/catalogue.js';
import { typesText } from '../graph/property-type.js';
import {
  type ConstraintKind,
  type ConstraintSchema,
  INDEX_PROVIDERS,
  type IndexPopulation,
  type IndexSchema,
  LOOKUP_INDEXES,
  LOOKUP_PROVIDER,
} from '../graph/schema.js';
import type { LiveServer } from '../log/log.js';
import type { Procedure } from '../runtime/execution.js';
import { CypherFloat, type Row, type Value } from '../values/value.js';
import { reading } from './procedures.js';
import { createConstraintText, createIndexText, createLookupText } from './schema-text.js';

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
  'trackedSince',
  'options',
  'failureMessage',
  'createStatement',
] as const;

const CONSTRAINT_COLUMNS = [
  'id',
  'name',
  'type',
  'entityType',
  'labelsOrTypes',
  'properties',
  'ownedIndex',
  'propertyType',
  'options',
  'createStatement',
] as const;

export interface ShowOptions {
  readonly cluster: () => ClusterView;
  readonly catalogue: () => Catalogue;
  readonly defaultName: string;
  readonly homeOf: (user: string) => string | undefined;
}

export function showProcedures({ cluster, catalogue, defaultName, homeOf }: ShowOptions): readonly Procedure[] {
  return [
    reading('#show.databases', DATABASE_COLUMNS, 'SHOW DATABASES.', async ({ user }) => {
      const view = cluster();
      const known = catalogue();
      const statuses = await view.everywhere();
      const home = findGraph(known, homeOf(user) ?? defaultName)?.name ?? defaultName;
      return known.graphs.flatMap((entry) => databaseRows(entry, { known, view, statuses, defaultName, home }));
    }),
    reading('#show.aliases', ['name', 'composite', 'database', 'location', 'url', 'user', 'driver', 'properties'], 'SHOW ALIASES.', () =>
      catalogue().aliases.map(({ name, target }) => [name, null, target, 'local', null, null, null, new Map<string, Value>()]),
    ),
    reading('#show.servers', SERVER_COLUMNS, 'SHOW SERVERS.', async () => {
      const view = cluster();
      const statuses = await view.everywhere();
      const known = catalogue();
      return view.servers().map((server) => serverRow(server, statuses, known));
    }),
    reading('#show.indexes', INDEX_COLUMNS, 'SHOW INDEXES.', ({ reader }) => [
      ...LOOKUP_INDEXES.map(lookupRow),
      ...[...reader.schema.indexes].sort(byId).map((index) => indexRow(index, reader.indexPopulation(index.id))),
    ]),
    reading('#show.constraints', CONSTRAINT_COLUMNS, 'SHOW CONSTRAINTS.', ({ reader }) => [...reader.schema.constraints].sort(byId).map(constraintRow)),
  ];
}

interface Shown {
  readonly known: Catalogue;
  readonly view: ClusterView;
  readonly statuses: readonly RemoteGraphStatus[];
  readonly defaultName: string;
  readonly home: string;
}

/** A row for each copy: also for copies on servers that are gone. */
function databaseRows(entry: GraphEntry, shown: Shown): readonly Row[] {
  const { view, statuses, known, defaultName, home } = shown;
  const copies = statuses.filter((status) => status.id === entry.id);
  const newest = Math.max(0, ...copies.map((one) => one.lastTransaction));
  const servers = view.servers().filter((server) => copyOn(entry, server, known) !== undefined);
  const running = copies.filter((one) => one.state === 'online' || one.state === 'starting');
  const primaries = running.filter((one) => one.role !== 'READ_REPLICA').length;
  const asked = servers.map((server) => copyOn(entry, server, known));
  return servers.map((server) => {
    const status = copies.find((one) => one.server === server.name);
    return byColumn(DATABASE_COLUMNS, {
      name: entry.name,
      type: entry.name === SYSTEM ? 'system' : 'standard',
      aliases: known.aliases.filter((alias) => alias.target === entry.name).map((alias) => alias.name),
      access: entry.access,
      databaseID: entry.id,
      serverID: server.id,
      address: status === undefined ? null : formatAddress(server.bolt),
      role: copyOn(entry, server, known) ?? null,
      writer: status?.role === 'LEADER',
      requestedStatus: entry.requestedStatus,
      currentStatus: status?.state ?? 'unknown',
      statusMessage: status?.stateReason ?? 'Server is unavailable',
      default: entry.name === defaultName,
      home: entry.name === home,
      currentPrimariesCount: primaries,
      currentSecondariesCount: running.length - primaries,
      requestedPrimariesCount: entry.topology?.primaries ?? asked.filter((copy) => copy === 'primary').length,
      requestedSecondariesCount: entry.topology?.secondaries ?? asked.filter((copy) => copy === 'secondary').length,
      store: 'causeway-arena-1.0',
      lastCommittedTxn: status?.lastTransaction ?? null,
      replicationLag: status === undefined ? null : status.lastTransaction - newest,
      constituents: [],
      options: new Map<string, Value>(),
    });
  });
}

function serverRow(server: LiveServer, statuses: readonly RemoteGraphStatus[], known: Catalogue): Row {
  const entry = findServer(known, server.id);
  const hosting = statuses.filter((status) => status.server === server.name).map((status) => status.name);
  const requestedHosting = known.graphs.filter((graph) => copyOn(graph, server, known) !== undefined).map((graph) => graph.name);
  return byColumn(SERVER_COLUMNS, {
    serverId: server.id,
    name: server.name,
    address: formatAddress(server.bolt),
    httpAddress: formatAddress(server.http),
    state: stateText(entry.state, hosting),
    health: server.alive ? 'Available' : 'Unavailable',
    hosting,
    requestedHosting,
    tags: entry.tags,
    allowedDatabases: entry.allowedDatabases,
    deniedDatabases: entry.deniedDatabases,
    modeConstraint: server.kind === 'CORE' ? entry.modeConstraint : 'SECONDARY',
    version: '5.26.0',
  });
}

function stateText(state: ServerState, hosting: readonly string[]): string {
  if (state === 'deallocating') return hosting.some((name) => name !== SYSTEM) ? 'Deallocating' : 'Deallocated';
  return `${state.charAt(0).toUpperCase()}${state.slice(1)}`;
}

function byId(a: { readonly id: number }, b: { readonly id: number }): number {
  return a.id - b.id;
}

function lookupRow({ id, name, entity }: (typeof LOOKUP_INDEXES)[number]): Row {
  return byColumn(INDEX_COLUMNS, {
    id,
    name,
    state: 'ONLINE',
    populationPercent: new CypherFloat(100),
    type: 'LOOKUP',
    entityType: entity === 'node' ? 'NODE' : 'RELATIONSHIP',
    labelsOrTypes: null,
    properties: null,
    indexProvider: LOOKUP_PROVIDER,
    owningConstraint: null,
    options: optionsOf(LOOKUP_PROVIDER),
    failureMessage: '',
    createStatement: createLookupText(name, entity),
  });
}

function indexRow(index: IndexSchema, { state, percent, failure }: IndexPopulation): Row {
  const provider = INDEX_PROVIDERS[index.kind];
  return byColumn(INDEX_COLUMNS, {
    id: index.id,
    name: index.name,
    state,
    populationPercent: new CypherFloat(percent),
    type: index.kind.toUpperCase(),
    entityType: index.entity === 'node' ? 'NODE' : 'RELATIONSHIP',
    labelsOrTypes: [index.token],
    properties: index.properties,
    indexProvider: provider,
    owningConstraint: index.owner ?? null,
    options: optionsOf(provider),
    failureMessage: failure,
    createStatement: createIndexText(index),
  });
}

const CONSTRAINT_TYPES: Readonly<Record<ConstraintKind, Readonly<Record<'node' | 'relationship', string>>>> = {
  unique: { node: 'UNIQUENESS', relationship: 'RELATIONSHIP_UNIQUENESS' },
  key: { node: 'NODE_KEY', relationship: 'RELATIONSHIP_KEY' },
  exists: { node: 'NODE_PROPERTY_EXISTENCE', relationship: 'RELATIONSHIP_PROPERTY_EXISTENCE' },
  type: { node: 'NODE_PROPERTY_TYPE', relationship: 'RELATIONSHIP_PROPERTY_TYPE' },
};

function constraintRow(constraint: ConstraintSchema): Row {
  const { id, name, kind, entity, token, properties, propertyTypes, index } = constraint;
  return byColumn(CONSTRAINT_COLUMNS, {
    id,
    name,
    type: CONSTRAINT_TYPES[kind][entity],
    entityType: entity === 'node' ? 'NODE' : 'RELATIONSHIP',
    labelsOrTypes: [token],
    properties,
    ownedIndex: index ?? null,
    propertyType: kind === 'type' ? typesText(propertyTypes) : null,
    options: index === undefined ? null : optionsOf('range-1.0'),
    createStatement: createConstraintText(constraint),
  });
}

function optionsOf(provider: string): Value {
  return new Map<string, Value>([
    ['indexConfig', new Map<string, Value>()],
    ['indexProvider', provider],
  ]);
}

/** Values in the order of the columns; null where none is given. */
function byColumn(columns: readonly string[], values: Readonly<Record<string, Value>>): Row {
  return columns.map((column) => values[column] ?? null);
}
