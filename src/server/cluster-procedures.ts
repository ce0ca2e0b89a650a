// `dbms.cluster.*`: what the cluster knows of itself. The procedures that administer it are commands (`#administer.…`).

import { type Clock, sleep } from '../base/clock.js';
import { formatAddress } from '../base/network.js';
import type { ClusterView, RemoteGraphStatus } from '../cluster/view.js';
import { type Catalogue, copyOn, findGraph, findServer } from '../database/catalogue.js';
import type { Database } from '../database/database.js';
import { failure } from '../errors/catalogue.js';
import type { LiveServer } from '../log/log.js';
import type { Procedure } from '../runtime/execution.js';
import type { Row, Value } from '../values/value.js';
import { reading } from './procedures.js';

export interface ClusterProcedureOptions {
  readonly cluster: () => ClusterView;
  readonly catalogue: () => Catalogue;
  readonly defaultName: string;
  readonly clock: Clock;
  /** This server's copy. */
  readonly database: (name: string) => Database | undefined;
  /** Whether the server answers on its cluster listener. */
  readonly reaches: (server: LiveServer) => Promise<boolean>;
}

const STATUS_TIMEOUT_MS = 1000;
const STATUS_LOOK_MS = 20;
const STATUS_COLUMNS = [
  'database',
  'serverId',
  'serverName',
  'address',
  'replicationSuccessful',
  'memberStatus',
  'recognisedLeader',
  'recognisedLeaderTerm',
  'requester',
  'error',
] as const;
const CONNECTIVITY_COLUMNS = ['serverId', 'name', 'address', 'mode-constraint', 'port-name', 'port-address', 'result'] as const;
const PROTOCOL_COLUMNS = ['orientation', 'remoteAddress', 'applicationProtocol', 'applicationProtocolVersion', 'modifierProtocols'] as const;
/** `secondaryReplicationDisable`, and its name before. */
const HOLD_NAMES = ['secondaryReplicationDisable', 'readReplicaToggle'] as const;
const TOPOLOGY_COLUMNS = ['allocator', 'defaultPrimariesCount', 'defaultSecondariesCount', 'defaultDatabase', 'autoEnableFreeServers'] as const;

export function clusterProcedures(options: ClusterProcedureOptions): readonly Procedure[] {
  const { cluster, catalogue, defaultName } = options;
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
    {
      name: 'dbms.cluster.statusCheck',
      signature: `dbms.cluster.statusCheck(databases :: LIST<STRING>, timeoutMilliseconds = null :: INTEGER) :: (${STATUS_COLUMNS.join(', ')})`,
      description: 'Whether the copies of databases have, within the timeout (1000 ms), what their leaders had when it was called.',
      arguments: [
        { name: 'databases', optional: false },
        { name: 'timeoutMilliseconds', optional: true },
      ],
      columns: STATUS_COLUMNS,
      mode: 'READ',
      call: (_context, [databases, timeoutMs]) => statusCheck(databases ?? null, timeoutMs ?? null, options),
    },
    {
      name: 'dbms.cluster.checkConnectivity',
      signature: `dbms.cluster.checkConnectivity(portName = null :: STRING, server = null :: STRING) :: (${CONNECTIVITY_COLUMNS.join(', ')})`,
      description: 'Whether this server reaches the others on the listener between servers.',
      arguments: [
        { name: 'portName', optional: true },
        { name: 'server', optional: true },
      ],
      columns: CONNECTIVITY_COLUMNS,
      mode: 'READ',
      call: (_context, [port, name]) => connectivity(port ?? null, name ?? null, options),
    },
    reading('dbms.cluster.protocols', PROTOCOL_COLUMNS, 'How this server speaks to those others that it reaches.', () => protocols(options)),
    ...HOLD_NAMES.map(
      (name): Procedure => ({
        name: `dbms.cluster.${name}`,
        signature: `dbms.cluster.${name}(databaseName :: STRING, pause :: BOOLEAN) :: (state)`,
        description: 'Lets the secondary copy of a database on this server stay as it is, or go on.',
        arguments: [
          { name: 'databaseName', optional: false },
          { name: 'pause', optional: false },
        ],
        columns: ['state'],
        mode: 'READ',
        call: (_context, [databaseName, pause]) => [[hold(databaseName ?? null, pause ?? null, options)]],
      }),
    ),
    reading('dbms.showTopologyGraphConfig', TOPOLOGY_COLUMNS, 'How copies of new databases are placed.', () => {
      const known = catalogue();
      const copies = cluster()
        .servers()
        .map((server) => copyOn(known.graphs.find(({ name }) => name === defaultName) ?? (known.graphs[0] as (typeof known.graphs)[number]), server, known));
      return [
        [
          'EQUAL_NUMBERS',
          copies.filter((copy) => copy === 'primary').length,
          copies.filter((copy) => copy === 'secondary').length,
          defaultName,
          known.autoEnable,
        ],
      ];
    }),
  ];
}

function overviewRow(server: LiveServer, statuses: readonly RemoteGraphStatus[]): Row {
  const roles = new Map<string, Value>(statuses.filter((status) => status.server === server.name).map((status) => [status.name, status.role]));
  return [server.id, [`bolt://${formatAddress(server.bolt)}`, `http://${formatAddress(server.http)}`], roles, []];
}

async function statusCheck(databases: Value, timeout: Value, { cluster, catalogue, clock }: ClusterProcedureOptions): Promise<Row[]> {
  const known = catalogue();
  const timeoutMs = timeout ?? STATUS_TIMEOUT_MS;
  if (typeof timeoutMs !== 'number' || timeoutMs < 0) throw failure('argumentError', 'timeoutMilliseconds is an INTEGER of at least 0.');
  if (!Array.isArray(databases) || databases.some((name) => typeof name !== 'string')) throw failure('argumentError', 'databases is a list of STRINGs.');
  const asked = (databases as readonly string[]).map((name) => {
    const entry = findGraph(known, name);
    if (entry === undefined) throw failure('databaseNotFound', `Database '${name}' does not exist.`);
    return entry;
  });
  const entries = asked.length > 0 ? asked : known.graphs.filter(({ requestedStatus }) => requestedStatus === 'online');
  const view = cluster();
  const deadline = clock.nowMs() + timeoutMs;
  // What the leaders had at the beginning is what all copies are to have.
  let statuses = await view.everywhere();
  const wanted = new Map(entries.map(({ id }) => [id, statuses.find((status) => status.id === id && status.role === 'LEADER')?.lastTransaction]));
  const hasIt = ({ id, lastTransaction }: RemoteGraphStatus) => lastTransaction >= (wanted.get(id) ?? Number.POSITIVE_INFINITY);
  const all = () =>
    entries.every(({ id, name }) => view.hosts(name).every((server) => statuses.some((one) => one.id === id && one.server === server.name && hasIt(one))));
  while (!all() && clock.nowMs() < deadline) {
    await sleep(clock, STATUS_LOOK_MS);
    statuses = await view.everywhere();
  }
  return entries.flatMap((entry) =>
    view.hosts(entry.name).map((server): Row => {
      const status = statuses.find((one) => one.id === entry.id && one.server === server.name);
      const has = status !== undefined && hasIt(status);
      const member = status === undefined ? 'UNAVAILABLE' : has ? 'APPLYING' : 'REPLICATING';
      const leader = view.servers().find(({ name }) => name === status?.leader)?.id ?? null;
      const error =
        status === undefined ? 'the server does not answer' : wanted.get(entry.id) === undefined ? 'the database has no leader' : status.stateReason;
      return [
        entry.name,
        server.id,
        server.name,
        formatAddress(server.bolt),
        has,
        member,
        leader,
        status?.term ?? null,
        server.id === view.self.id,
        has ? null : error,
      ];
    }),
  );
}

async function protocols({ cluster, reaches }: ClusterProcedureOptions): Promise<Row[]> {
  const view = cluster();
  const others = view.servers().filter(({ id, alive }) => alive && id !== view.self.id);
  const reached = await Promise.all(others.map(async (server) => ((await reaches(server)) ? [server] : [])));
  return reached.flat().map(({ cluster: address }) => ['outbound', formatAddress(address), 'causeway', '1', '[]']);
}

function hold(name: Value, pause: Value, { database, catalogue }: ClusterProcedureOptions): string {
  if (typeof name !== 'string' || typeof pause !== 'boolean') throw failure('argumentError', 'The name of a database and true or false are asked for.');
  const entry = findGraph(catalogue(), name);
  if (entry === undefined) throw failure('databaseNotFound', `Database '${name}' does not exist.`);
  const copy = database(entry.name);
  if (copy === undefined) throw failure('argumentError', `This server holds no copy of database '${name}'.`);
  copy.hold(pause);
  return pause ? 'paused' : 'running';
}

async function connectivity(port: Value, name: Value, { cluster, catalogue, reaches }: ClusterProcedureOptions): Promise<Row[]> {
  if (port !== null && (typeof port !== 'string' || port.toUpperCase() !== 'CLUSTER')) {
    throw failure('argumentError', 'The only port between servers is CLUSTER: everything that they say to one another goes over it.');
  }
  const view = cluster();
  const asked = view.servers().filter((server) => name === null || server.name === name || server.id === name);
  if (name !== null && asked.length === 0)
    throw failure('argumentError', `There is no server with the name or the id '${String(name)}'. SHOW SERVERS lists them.`);
  const known = catalogue();
  return Promise.all(
    asked.map(async (server): Promise<Row> => {
      const { modeConstraint } = findServer(known, server.id);
      const result = server.id === view.self.id || (await reaches(server)) ? 'SUCCESS' : 'FAILURE';
      return [server.id, server.name, formatAddress(server.bolt), modeConstraint, 'CLUSTER', formatAddress(server.cluster), result];
    }),
  );
}
