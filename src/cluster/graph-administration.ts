// The commands that administer graphs and aliases, as procedures on the `system` graph: each reads the catalogue and
// writes to the transaction's draft of it, like any other write. What is asked for is recorded here; every server then
// opens and closes its copies until they agree. Texts are Neo4j's.

import type { Clock } from '../base/clock.js';
import { type Random, randomUuid } from '../base/random.js';
import { type Catalogue, findGraph, type GraphEntry, readCatalogue, SYSTEM, type Topology } from '../database/catalogue.js';
import { failure } from '../errors/catalogue.js';
import type { GraphWriter } from '../graph/writer.js';
import type { LiveServer } from '../log/log.js';
import type { Procedure } from '../runtime/execution.js';
import type { CypherMap, Value } from '../values/value.js';
import { allocate } from './allocation.js';
import { candidates } from './reallocation.js';

export interface GraphAdministrationOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly servers: () => readonly LiveServer[];
  readonly defaultName: string;
  /** `graphs.max`: how many there may be, `system` not counted. */
  readonly graphCountMax: number;
}

interface GraphCommand {
  readonly writer: GraphWriter;
  readonly given: CypherMap;
  readonly options: GraphAdministrationOptions;
}

/** Each takes one map; `name` in it is the graph's or the alias's. */
export function graphProcedures(options: GraphAdministrationOptions): readonly Procedure[] {
  const commands: readonly (readonly [string, (command: GraphCommand) => boolean])[] = [
    ['createDatabase', createDatabase],
    ['alterDatabase', alterDatabase],
    ['startDatabase', (command) => changeStatus(command, 'online')],
    ['stopDatabase', (command) => changeStatus(command, 'offline')],
    ['dropDatabase', dropDatabase],
    ['createAlias', createAlias],
    ['alterAlias', alterAlias],
    ['dropAlias', dropAlias],
  ];
  return commands.map(([name, act]) => ({
    name: `#administer.${name}`,
    signature: `#administer.${name}(command :: MAP)`,
    description: '',
    arguments: [{ name: 'command', optional: false }],
    columns: [],
    mode: 'DBMS',
    call: ({ writer }, [given]) => {
      if (writer === undefined || !(given instanceof Map)) throw new Error('a command needs a writer and a map');
      if (act({ writer, given: given as CypherMap, options })) writer.counters.systemUpdates += 1;
      return [];
    },
  }));
}

// ---------------------------------------------------------------- databases. False: nothing was to be changed.

function createDatabase({ writer, given, options }: GraphCommand): boolean {
  const name = nameOf(given, 'name');
  const failed = (reason: string) => `Failed to create the specified database '${name}': ${reason}`;
  refuseWrongName(name);
  if (given.get('ifNotExists') === true && given.get('orReplace') === true) {
    throw failure('syntaxError', failed('cannot have both `OR REPLACE` and `IF NOT EXISTS`.'));
  }
  const catalogue = readCatalogue(writer);
  if (catalogue.aliases.some((alias) => alias.name === name)) throw failure('aliasExists', failed(`Database or alias already exists: '${name}' is an alias.`));
  const there = catalogue.graphs.find((graph) => graph.name === name);
  if (there !== undefined && given.get('ifNotExists') === true) return false;
  if (there !== undefined && given.get('orReplace') !== true) throw failure('databaseExists', failed('Database already exists.'));
  if (there === undefined && catalogue.graphs.length > options.graphCountMax) {
    throw failure(
      'databaseLimitReached',
      failed(`The total limit of databases is already reached. Drop databases, or raise graphs.max (${options.graphCountMax}).`),
    );
  }
  const topology = topologyOf(given, catalogue, options);
  if (there !== undefined) remove(writer, there, options);
  const now = Math.round(options.clock.wallMs());
  writer.createNode(
    ['Database'],
    new Map<string, Value>([
      ['name', name],
      ['id', randomUuid(options.random)],
      ['status', 'online'],
      ['access', 'read-write'],
      ['createdAtMs', now],
      ['startedAtMs', now],
      ...topologyProperties(topology),
    ]),
  );
  return true;
}

function alterDatabase({ writer, given, options }: GraphCommand): boolean {
  const graph = existing(writer, given, 'alter');
  if (graph === undefined) return false;
  const access = given.get('access') ?? null;
  if (access !== null) writer.setNodeProperty(graph.node, 'access', access);
  if ((given.get('primaries') ?? null) === null) return true;
  const topology = topologyOf(given, readCatalogue(writer), options, graph.topology);
  for (const [key, value] of topologyProperties(topology)) writer.setNodeProperty(graph.node, key, value);
  return true;
}

function changeStatus({ writer, given, options }: GraphCommand, status: 'online' | 'offline'): boolean {
  const graph = existing(writer, given, status === 'online' ? 'start' : 'stop');
  if (graph === undefined || graph.requestedStatus === status) return false;
  writer.setNodeProperty(graph.node, 'status', status);
  writer.setNodeProperty(graph.node, status === 'online' ? 'startedAtMs' : 'stoppedAtMs', Math.round(options.clock.wallMs()));
  return true;
}

function dropDatabase({ writer, given, options }: GraphCommand): boolean {
  const graph = existing(writer, given, 'delete');
  if (graph === undefined) return false;
  const aliases = readCatalogue(writer).aliases.filter((alias) => alias.target === graph.name);
  if (aliases.length > 0) {
    const names = aliases.map((alias) => `'${alias.name}'`).join(', ');
    throw failure(
      'argumentError',
      `Failed to delete the specified database '${graph.name}': Database has one or multiple aliases. Drop the aliases ${names} before dropping the database.`,
    );
  }
  remove(writer, graph, options);
  return true;
}

/** Leaves a tombstone: its id is never used again (SAFETY 20). */
function remove(writer: GraphWriter, graph: GraphEntry, { clock }: GraphAdministrationOptions): void {
  writer.deleteNode(graph.node, true);
  writer.createNode(
    ['DroppedDatabase'],
    new Map<string, Value>([
      ['name', graph.name],
      ['id', graph.id],
      ['droppedAtMs', Math.round(clock.wallMs())],
    ]),
  );
}

/** Undefined: there is none, and IF EXISTS was said. */
function existing(writer: GraphWriter, given: CypherMap, verb: string): GraphEntry | undefined {
  const name = nameOf(given, 'name');
  const failed = (reason: string) => `Failed to ${verb} the specified database '${name}': ${reason}`;
  if (name === SYSTEM) throw failure('unsupportedAdministrationCommand', failed(`Not allowed to ${verb} system database.`));
  const catalogue = readCatalogue(writer);
  const graph = verb === 'delete' ? catalogue.graphs.find((one) => one.name === name) : findGraph(catalogue, name);
  if (graph !== undefined || given.get('ifExists') === true) return graph;
  throw failure('databaseNotFound', failed('Database does not exist.'));
}

// ---------------------------------------------------------------- topology

function topologyOf(given: CypherMap, catalogue: Catalogue, options: GraphAdministrationOptions, held?: Topology): Topology | undefined {
  const asked = given.get('primaries') ?? null;
  if (asked === null) return undefined;
  const primaries = countOf(asked, 'PRIMARIES', 1, 11);
  const secondaries = countOf(given.get('secondaries') ?? 0, 'SECONDARIES', 0, 20);
  const allocation = allocate({ primaries, secondaries }, candidates(options.servers(), catalogue, nameOf(given, 'name')), held);
  if (allocation.kind === 'tooFew') throw failure('topologyOutOfRange', `The topology cannot be satisfied: ${allocation.reason}.`);
  return { primaries, secondaries, ...allocation.hosts };
}

export function topologyProperties(topology: Topology | undefined): readonly (readonly [string, Value])[] {
  if (topology === undefined) return [];
  const { primaries, secondaries, primaryHosts, secondaryHosts } = topology;
  return [
    ['primaries', primaries],
    ['secondaries', secondaries],
    ['primaryHosts', primaryHosts],
    ['secondaryHosts', secondaryHosts],
  ];
}

function countOf(value: Value, word: string, min: number, max: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw failure('topologyOutOfRange', `TOPOLOGY takes ${min} to ${max} ${word}, as an INTEGER.`);
}

// ---------------------------------------------------------------- aliases

function createAlias({ writer, given, options }: GraphCommand): boolean {
  const name = nameOf(given, 'name');
  const failed = (reason: string) => `Failed to create the specified database alias '${name}': ${reason}`;
  refuseWrongName(name);
  if (given.get('ifNotExists') === true && given.get('orReplace') === true) {
    throw failure('syntaxError', failed('cannot have both `OR REPLACE` and `IF NOT EXISTS`.'));
  }
  const { graphs, aliases } = readCatalogue(writer);
  if (graphs.some((graph) => graph.name === name)) throw failure('databaseExists', failed('Database exists with that name.'));
  const there = aliases.find((alias) => alias.name === name);
  if (there !== undefined && given.get('ifNotExists') === true) return false;
  if (there !== undefined && given.get('orReplace') !== true) throw failure('aliasExists', failed('Database alias already exists.'));
  const target = targetOf(writer, given, failed);
  if (there !== undefined) writer.deleteNode(there.node, true);
  writer.createNode(
    ['Alias'],
    new Map<string, Value>([
      ['name', name],
      ['target', target],
      ['createdAtMs', Math.round(options.clock.wallMs())],
    ]),
  );
  return true;
}

function alterAlias({ writer, given }: GraphCommand): boolean {
  const name = nameOf(given, 'name');
  const failed = (reason: string) => `Failed to alter the specified database alias '${name}': ${reason}`;
  const there = readCatalogue(writer).aliases.find((alias) => alias.name === name);
  if (there === undefined) {
    if (given.get('ifExists') === true) return false;
    throw failure('databaseNotFound', failed('Database alias does not exist.'));
  }
  writer.setNodeProperty(there.node, 'target', targetOf(writer, given, failed));
  return true;
}

function dropAlias({ writer, given }: GraphCommand): boolean {
  const name = nameOf(given, 'name');
  const there = readCatalogue(writer).aliases.find((alias) => alias.name === name);
  if (there !== undefined) {
    writer.deleteNode(there.node, true);
    return true;
  }
  if (given.get('ifExists') === true) return false;
  throw failure('databaseNotFound', `Failed to delete the specified database alias '${name}': Database alias does not exist.`);
}

/** An alias stands for a graph, never for another alias. */
function targetOf(writer: GraphWriter, given: CypherMap, failed: (reason: string) => string): string {
  const target = nameOf(given, 'target');
  const { graphs, aliases } = readCatalogue(writer);
  if (aliases.some((alias) => alias.name === target)) throw failure('argumentError', failed(`The target '${target}' is an alias itself.`));
  if (target === SYSTEM) throw failure('argumentError', failed('An alias cannot stand for the system database.'));
  if (graphs.some((graph) => graph.name === target)) return target;
  throw failure('databaseNotFound', failed(`Database '${target}' does not exist.`));
}

// ---------------------------------------------------------------- names

function nameOf(given: CypherMap, key: string): string {
  const value = given.get(key);
  if (typeof value === 'string') return value.toLowerCase();
  throw failure('typeError', `Expected parameter ${key} to have type STRING.`);
}

/** Neo4j's rules for the names of databases and aliases. */
function refuseWrongName(name: string): void {
  const wrong = (text: string) => failure('argumentError', text);
  if (name.length < 3 || name.length > 63) throw wrong('The provided database name must have a length between 3 and 63 characters.');
  if (!/^[a-z]/.test(name)) throw wrong(`Database name '${name}' is not starting with an ASCII alphabetic character.`);
  if (!/^[a-z0-9.-]*$/.test(name)) throw wrong(`Database name '${name}' contains illegal characters. Use simple ascii characters, numbers, dots and dashes.`);
  if (name.startsWith(SYSTEM)) throw wrong(`Database name '${name}' is invalid, due to the prefix 'system'.`);
}
