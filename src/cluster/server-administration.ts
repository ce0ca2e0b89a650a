// The commands that administer servers, as procedures on the `system` graph: what a server may hold, and where the copies of graphs
// go. What is asked for is recorded here; every server then opens and closes its copies until they agree.

import type { Clock } from '../base/clock.js';
import { type Catalogue, findGraph, findServer, nodesWithLabel, readCatalogue, type ServerEntry, SYSTEM, type Topology } from '../database/catalogue.js';
import { failure } from '../errors/catalogue.js';
import type { GraphWriter } from '../graph/writer.js';
import type { LiveServer } from '../log/log.js';
import type { Procedure } from '../runtime/execution.js';
import type { CypherMap, Row, Value } from '../values/value.js';
import { topologyProperties } from './graph-administration.js';
import { type CopyMove, type Planned, planAway, planChange, planEven, type Reallocation, withServers } from './reallocation.js';

export interface ServerAdministrationOptions {
  readonly clock: Clock;
  readonly servers: () => readonly LiveServer[];
}

interface ServerCommand {
  readonly writer: GraphWriter;
  readonly given: CypherMap;
  readonly catalogue: Catalogue;
  readonly servers: readonly LiveServer[];
  readonly nowMs: number;
}

const MOVE_COLUMNS = ['database', 'fromServerName', 'fromServerId', 'toServerName', 'toServerId', 'mode'] as const;
const OPTION_NAMES = ['modeConstraint', 'allowedDatabases', 'deniedDatabases', 'tags'] as const;
const MODES = ['NONE', 'PRIMARY', 'SECONDARY'] as const;

/** Each takes one map. Those that move copies answer with a row for each, and only say what they would do where `dryRun` is true. */
export function serverProcedures({ clock, servers }: ServerAdministrationOptions): readonly Procedure[] {
  const changing: readonly (readonly [string, (command: ServerCommand) => void])[] = [
    ['enableServer', enableServer],
    ['alterServer', alterServer],
    ['dropServer', dropServer],
    ['cordonServer', (command) => cordon(command, true)],
    ['uncordonServer', (command) => cordon(command, false)],
    ['autoEnableServers', autoEnable],
  ];
  const moving: readonly (readonly [string, (command: ServerCommand) => readonly CopyMove[]])[] = [
    ['deallocate', deallocate],
    ['deallocateDatabase', deallocateDatabase],
    ['deallocateNumber', deallocateNumber],
    ['reallocate', reallocate],
  ];
  const procedure = (name: string, columns: readonly string[], act: (command: ServerCommand) => readonly Row[]): Procedure => ({
    name: `#administer.${name}`,
    signature: `#administer.${name}(command :: MAP)`,
    description: '',
    arguments: [{ name: 'command', optional: false }],
    columns,
    mode: 'DBMS',
    call: ({ writer }, [given]) => {
      if (writer === undefined || !(given instanceof Map)) throw new Error('a command needs a writer and a map');
      const command = { writer, given: given as CypherMap, catalogue: readCatalogue(writer), servers: servers(), nowMs: Math.round(clock.wallMs()) };
      const rows = act(command);
      if (command.given.get('dryRun') !== true) writer.counters.systemUpdates += 1;
      return rows;
    },
  });
  return [
    ...changing.map(([name, act]) =>
      procedure(name, [], (command) => {
        act(command);
        return [];
      }),
    ),
    ...moving.map(([name, act]) => procedure(name, MOVE_COLUMNS, (command) => act(command).map((move) => moveRow(move, command)))),
  ];
}

// ---------------------------------------------------------------- one server

function enableServer(command: ServerCommand): void {
  const { given, nowMs } = command;
  const server = serverOf(command, given.get('server'));
  const entry = findServer(command.catalogue, server.id);
  change(command, server, { ...entry, state: 'enabled', sinceMs: nowMs, ...optionsOf(given.get('options') ?? null, server) }, 'enable');
}

function alterServer(command: ServerCommand): void {
  const server = serverOf(command, command.given.get('server'));
  const none = { modeConstraint: 'NONE', allowedDatabases: [], deniedDatabases: [], tags: [] } as const;
  change(command, server, { ...findServer(command.catalogue, server.id), ...none, ...optionsOf(command.given.get('options') ?? null, server) }, 'alter');
}

function cordon(command: ServerCommand, cordoned: boolean): void {
  const server = serverOf(command, command.given.get('server'));
  const entry = findServer(command.catalogue, server.id);
  const [from, to] = cordoned ? (['enabled', 'cordoned'] as const) : (['cordoned', 'enabled'] as const);
  if (entry.state === to) return;
  if (entry.state !== from) throw refused(cordoned ? 'cordon' : 'uncordon', server.name, `the server is ${entry.state}, not ${from}`);
  record(command, server, { ...entry, state: to, sinceMs: command.nowMs });
}

/** Only what holds nothing any more. Its record stays, so that it does not come back by itself. */
function dropServer(command: ServerCommand): void {
  const server = serverOf(command, command.given.get('server'));
  const entry = findServer(command.catalogue, server.id);
  if (entry.state !== 'deallocating' && entry.state !== 'free') {
    throw refused('drop', server.name, `it still holds databases. Run DEALLOCATE DATABASES FROM SERVER '${server.name}' first`);
  }
  record(command, server, { ...entry, state: 'dropped', sinceMs: command.nowMs });
}

/** New servers are free until they are enabled; those there are stay as they are. */
function autoEnable(command: ServerCommand): void {
  const { writer, given, catalogue, servers } = command;
  const enabled = given.get('autoEnable');
  if (typeof enabled !== 'boolean') throw failure('argumentError', 'setAutomaticallyEnableFreeServers takes true or false.');
  if (!enabled) for (const server of servers) if (!catalogue.servers.has(server.id)) record(command, server, findServer(catalogue, server.id));
  const [node] = nodesWithLabel(writer, 'ServerSettings');
  if (node === undefined) writer.createNode(['ServerSettings'], new Map<string, Value>([['autoEnable', enabled]]));
  else writer.setNodeProperty(node, 'autoEnable', enabled);
}

/** What is said of a server, with the moves that follow from it. */
function change(command: ServerCommand, server: LiveServer, entry: ServerEntry, verb: string): void {
  const planned = planChange(command.catalogue, withServers(command.catalogue, [entry]), command.servers);
  carryOut(command, planned, (reason) => refused(verb, server.name, reason));
  record(command, server, entry);
}

function record({ writer }: ServerCommand, server: LiveServer, entry: ServerEntry): void {
  const { id, state, sinceMs, modeConstraint, allowedDatabases, deniedDatabases, tags } = entry;
  const properties = new Map<string, Value>(Object.entries({ id, name: server.name, state, sinceMs, modeConstraint, allowedDatabases, deniedDatabases, tags }));
  if (entry.node < 0) writer.createNode(['Server'], properties);
  else for (const [key, value] of properties) writer.setNodeProperty(entry.node, key, value);
}

// ---------------------------------------------------------------- copies

function deallocate(command: ServerCommand): readonly CopyMove[] {
  const { given, catalogue, servers, nowMs } = command;
  const named = ((given.get('servers') ?? []) as readonly Value[]).map((name) => serverOf(command, name));
  const entries = named.map((server): ServerEntry => ({ ...findServer(catalogue, server.id), state: 'deallocating', sinceMs: nowMs }));
  const planned = planChange(catalogue, withServers(catalogue, entries), servers);
  const moves = carryOut(command, planned, (reason) => refused('deallocate', named.map(({ name }) => name).join(', '), reason));
  if (given.get('dryRun') !== true) for (const [index, entry] of entries.entries()) record(command, named[index] as LiveServer, entry);
  return moves;
}

function deallocateDatabase(command: ServerCommand): readonly CopyMove[] {
  const { given, catalogue, servers } = command;
  const name = given.get('database');
  const graph = typeof name === 'string' ? findGraph(catalogue, name) : undefined;
  if (graph === undefined) throw failure('databaseNotFound', `Database '${String(name)}' does not exist.`);
  const named = [given.get('server') ?? null].flat().map((one) => serverOf(command, one as Value));
  return named.flatMap((server) => {
    // Each in turn, on what the one before has written.
    const now = readCatalogue(command.writer);
    return carryOut(command, planAway(given.get('dryRun') === true ? catalogue : now, servers, server.id, { graph: graph.name }), (reason) =>
      refused('deallocate', server.name, reason),
    );
  });
}

function deallocateNumber(command: ServerCommand): readonly CopyMove[] {
  const { given, catalogue, servers } = command;
  const server = serverOf(command, given.get('server'));
  const planned = planAway(catalogue, servers, server.id, { count: countOf(given.get('count')) });
  return carryOut(command, planned, (reason) => refused('deallocate', server.name, reason));
}

function reallocate(command: ServerCommand): readonly CopyMove[] {
  const { given, catalogue, servers } = command;
  const name = given.get('database');
  if (typeof name === 'string' && findGraph(catalogue, name) === undefined) throw failure('databaseNotFound', `Database '${name}' does not exist.`);
  const most = given.has('count') ? countOf(given.get('count')) : Number.MAX_SAFE_INTEGER;
  const reallocation = planEven(catalogue, servers, most, typeof name === 'string' ? findGraph(catalogue, name)?.name : undefined);
  return carryOut(command, { kind: 'planned', reallocation }, (reason) => refused('reallocate', '', reason));
}

function carryOut({ writer, given }: ServerCommand, planned: Planned, refusal: (reason: string) => Error): readonly CopyMove[] {
  if (planned.kind === 'impossible') throw refusal(planned.reason);
  const { topologies, moves }: Reallocation = planned.reallocation;
  if (given.get('dryRun') === true) return moves;
  for (const [node, topology] of topologies) {
    for (const [key, value] of topologyProperties(topology satisfies Topology)) writer.setNodeProperty(node, key, value);
  }
  return moves;
}

function moveRow({ graph, from, to, mode }: CopyMove, { servers }: ServerCommand): Row {
  const nameOf = (id: string | undefined) => servers.find((server) => server.id === id)?.name ?? null;
  return [graph.name, nameOf(from), from, nameOf(to), to ?? null, mode];
}

// ---------------------------------------------------------------- what was given

function serverOf({ servers }: ServerCommand, named: Value | undefined): LiveServer {
  if (typeof named !== 'string') throw failure('argumentError', 'A server is named by a STRING: its name or its id.');
  const server = servers.find(({ id, name }) => id === named || name === named);
  if (server !== undefined) return server;
  throw failure('argumentError', `There is no server with the name or the id '${named}'. SHOW SERVERS lists them.`);
}

function optionsOf(given: Value, server: LiveServer): Partial<Pick<ServerEntry, (typeof OPTION_NAMES)[number]>> {
  if (given === null) return {};
  if (!(given instanceof Map)) throw failure('argumentError', 'OPTIONS takes a map.');
  const options = given as CypherMap;
  for (const key of options.keys()) {
    if (!OPTION_NAMES.some((name) => name === key)) throw failure('argumentError', `Unrecognised option '${key}'. There are: ${OPTION_NAMES.join(', ')}.`);
  }
  const mode = options.get('modeConstraint') ?? 'NONE';
  const modeConstraint = MODES.find((one) => one === String(mode).toUpperCase());
  if (modeConstraint === undefined) throw failure('argumentError', `modeConstraint is one of ${MODES.join(', ')}.`);
  if (modeConstraint === 'PRIMARY' && server.kind === 'READ_REPLICA') {
    throw failure('argumentError', `${server.name} is a READ_REPLICA, which holds secondaries only: its modeConstraint cannot be PRIMARY.`);
  }
  const allowedDatabases = namesOf(options, 'allowedDatabases');
  const deniedDatabases = namesOf(options, 'deniedDatabases');
  if (allowedDatabases.length > 0 && deniedDatabases.length > 0) throw failure('argumentError', 'allowedDatabases and deniedDatabases cannot both be given.');
  if (deniedDatabases.includes(SYSTEM)) throw failure('argumentError', 'The system database is on every server and cannot be denied.');
  return { modeConstraint, allowedDatabases, deniedDatabases, tags: namesOf(options, 'tags', false) };
}

function namesOf(options: CypherMap, key: string, lower = true): readonly string[] {
  const value = options.get(key) ?? [];
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string')) throw failure('argumentError', `${key} takes a list of STRINGs.`);
  return lower ? value.map((one: string) => one.toLowerCase()) : value;
}

function countOf(value: Value | undefined): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw failure('argumentError', 'The number of databases is a positive INTEGER.');
}

function refused(verb: string, server: string, reason: string): Error {
  return failure('topologyOutOfRange', server === '' ? `Failed to ${verb} databases: ${reason}.` : `Failed to ${verb} server '${server}': ${reason}.`);
}
