// The catalogue of graphs, as the `system` graph holds it: the truth about which graphs there are, what is asked of
// them and which servers hold them. Every server reads it from what it has published of `system` (SAFETY 20).
//
//   (:Database {name, id, createdAtMs, status, access, primaries, secondaries, primaryHosts, secondaryHosts, startedAtMs, stoppedAtMs})
//   (:Alias {name, target, createdAtMs})
//   (:DroppedDatabase {name, id, droppedAtMs})                     a tombstone: an id is never used again
//   (:Server {id, name, state, sinceMs, modeConstraint, allowedDatabases, deniedDatabases, tags})
//   (:ServerSettings {autoEnable})
//
// Without `primaries` a graph is on every CORE as primary and on every READ_REPLICA as secondary, as far as what is said of the
// server lets it; with it, on the servers whose ids are in `primaryHosts` and `secondaryHosts`. `system` is on all. Names of graphs
// are in lower case. A server of which nothing is said is enabled, or free where `autoEnable` is false.

import type { GraphReader } from '../graph/reader.js';
import type { ServerKind } from '../log/log.js';
import type { Value } from '../values/value.js';

/** The one graph id that is not minted. */
export const SYSTEM_GRAPH_ID = '00000000-0000-4000-8000-000000000001';
export const SYSTEM = 'system';

export interface GraphEntry {
  /** Its node in the `system` graph; −1 for `system` itself. */
  readonly node: number;
  readonly name: string;
  readonly id: string;
  readonly requestedStatus: 'online' | 'offline';
  readonly access: 'read-write' | 'read-only';
  /** Undefined: on all servers. */
  readonly topology: Topology | undefined;
  readonly createdAtMs: number;
  readonly startedAtMs: number;
  readonly stoppedAtMs: number | undefined;
}

export interface Topology {
  readonly primaries: number;
  readonly secondaries: number;
  /** Ids of servers. */
  readonly primaryHosts: readonly string[];
  readonly secondaryHosts: readonly string[];
}

export interface AliasEntry {
  readonly node: number;
  readonly name: string;
  readonly target: string;
}

export type ServerState = 'free' | 'enabled' | 'cordoned' | 'deallocating' | 'dropped';

/** What is asked of a server. */
export interface ServerEntry {
  /** Its node in the `system` graph; −1 while nothing is said of it. */
  readonly node: number;
  readonly id: string;
  readonly state: ServerState;
  /** When it came to be in that state. */
  readonly sinceMs: number;
  readonly modeConstraint: 'NONE' | 'PRIMARY' | 'SECONDARY';
  /** Of graphs. At most one of the two lists has names. */
  readonly allowedDatabases: readonly string[];
  readonly deniedDatabases: readonly string[];
  readonly tags: readonly string[];
}

export interface Catalogue {
  /** `system` first, then by name. */
  readonly graphs: readonly GraphEntry[];
  readonly aliases: readonly AliasEntry[];
  /** Those of which something is said, by id. */
  readonly servers: ReadonlyMap<string, ServerEntry>;
  readonly autoEnable: boolean;
}

const system: GraphEntry = {
  node: -1,
  name: SYSTEM,
  id: SYSTEM_GRAPH_ID,
  requestedStatus: 'online',
  access: 'read-write',
  topology: undefined,
  createdAtMs: 0,
  startedAtMs: 0,
  stoppedAtMs: undefined,
};

export function readCatalogue(reader: GraphReader): Catalogue {
  const graphs = nodesWithLabel(reader, 'Database').map((node) => graphEntry(reader, node));
  const aliases = nodesWithLabel(reader, 'Alias').map((node) => ({ node, name: text(reader, node, 'name'), target: text(reader, node, 'target') }));
  const servers = nodesWithLabel(reader, 'Server').map((node) => serverEntry(reader, node));
  const autoEnable = nodesWithLabel(reader, 'ServerSettings').every((node) => property(reader, node, 'autoEnable') !== false);
  return {
    graphs: [system, ...graphs.sort(byName)],
    aliases: aliases.sort(byName),
    servers: new Map(servers.map((server) => [server.id, server])),
    autoEnable,
  };
}

/** Of any server, known to the catalogue or not. */
export function findServer({ servers, autoEnable }: Catalogue, id: string): ServerEntry {
  const unsaid = { modeConstraint: 'NONE', allowedDatabases: [], deniedDatabases: [], tags: [] } as const;
  return servers.get(id) ?? { node: -1, id, state: autoEnable ? 'enabled' : 'free', sinceMs: 0, ...unsaid };
}

/** The graph of that name, or the one that an alias of that name stands for. */
export function findGraph({ graphs, aliases }: Catalogue, name: string): GraphEntry | undefined {
  const wanted = name.toLowerCase();
  const target = aliases.find((alias) => alias.name === wanted)?.target ?? wanted;
  return graphs.find((graph) => graph.name === target);
}

/** Whether there was a graph of this id once. */
export function wasDropped(reader: GraphReader, graphId: string): boolean {
  return nodesWithLabel(reader, 'DroppedDatabase').some((node) => property(reader, node, 'id') === graphId);
}

/** What a server is to hold of a graph. A CORE that holds a secondary copy follows the log and never leads. */
export function copyOn(
  graph: GraphEntry,
  server: { readonly id: string; readonly kind: ServerKind },
  catalogue: Catalogue,
): 'primary' | 'secondary' | undefined {
  const { topology } = graph;
  if (graph.id === SYSTEM_GRAPH_ID) return server.kind === 'CORE' ? 'primary' : 'secondary';
  if (topology !== undefined) {
    if (server.kind === 'CORE' && topology.primaryHosts.includes(server.id)) return 'primary';
    return topology.secondaryHosts.includes(server.id) ? 'secondary' : undefined;
  }
  const entry = findServer(catalogue, server.id);
  // A cordoned server keeps what it has and gets nothing new.
  const takes = entry.state === 'enabled' || (entry.state === 'cordoned' && graph.createdAtMs <= entry.sinceMs);
  if (!takes || !isAllowed(entry, graph.name)) return undefined;
  if (mayHold(entry, server.kind, 'primary')) return 'primary';
  return mayHold(entry, server.kind, 'secondary') ? 'secondary' : undefined;
}

export function isAllowed({ allowedDatabases, deniedDatabases }: ServerEntry, graphName: string): boolean {
  return (allowedDatabases.length === 0 || allowedDatabases.includes(graphName)) && !deniedDatabases.includes(graphName);
}

export function mayHold({ modeConstraint }: ServerEntry, kind: ServerKind, copy: 'primary' | 'secondary'): boolean {
  if (copy === 'primary') return kind === 'CORE' && modeConstraint !== 'SECONDARY';
  return modeConstraint !== 'PRIMARY';
}

function serverEntry(reader: GraphReader, node: number): ServerEntry {
  return {
    node,
    id: text(reader, node, 'id'),
    state: text(reader, node, 'state') as ServerState,
    sinceMs: number(reader, node, 'sinceMs') ?? 0,
    modeConstraint: text(reader, node, 'modeConstraint') as ServerEntry['modeConstraint'],
    allowedDatabases: texts(reader, node, 'allowedDatabases'),
    deniedDatabases: texts(reader, node, 'deniedDatabases'),
    tags: texts(reader, node, 'tags'),
  };
}

function graphEntry(reader: GraphReader, node: number): GraphEntry {
  const createdAtMs = number(reader, node, 'createdAtMs') ?? 0;
  const primaries = number(reader, node, 'primaries');
  return {
    node,
    name: text(reader, node, 'name'),
    id: text(reader, node, 'id'),
    requestedStatus: property(reader, node, 'status') === 'offline' ? 'offline' : 'online',
    access: property(reader, node, 'access') === 'read-only' ? 'read-only' : 'read-write',
    topology:
      primaries === undefined
        ? undefined
        : {
            primaries,
            secondaries: number(reader, node, 'secondaries') ?? 0,
            primaryHosts: texts(reader, node, 'primaryHosts'),
            secondaryHosts: texts(reader, node, 'secondaryHosts'),
          },
    createdAtMs,
    startedAtMs: number(reader, node, 'startedAtMs') ?? createdAtMs,
    stoppedAtMs: number(reader, node, 'stoppedAtMs'),
  };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

// ---------------------------------------------------------------- nodes of the `system` graph

export function nodesWithLabel(reader: GraphReader, label: string): readonly number[] {
  const found: number[] = [];
  const cursor = reader.nodesWithLabel(reader.labelId(label));
  while (cursor.next()) for (let index = cursor.start; index < cursor.end; index++) found.push(cursor.ids[index] as number);
  return found;
}

export function property(reader: GraphReader, node: number, key: string): Value {
  return reader.nodeColumn(reader.keyId(key)).value(node);
}

/** Raises where it is missing: the catalogue is damaged, and says so rather than pass for empty. */
export function text(reader: GraphReader, node: number, key: string): string {
  const value = property(reader, node, key);
  if (typeof value !== 'string') throw new Error(`the system graph is damaged: property '${key}' of node ${node} is missing`);
  return value;
}

function number(reader: GraphReader, node: number, key: string): number | undefined {
  const value = property(reader, node, key);
  return typeof value === 'number' ? value : undefined;
}

function texts(reader: GraphReader, node: number, key: string): readonly string[] {
  const value = property(reader, node, key);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
