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

import type { GraphReader, PropertyColumn } from '../graph/reader.js';
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
  const said = readSaid(reader);
  return catalogueOf(readGraphs(reader), said);
}

/** All but the graphs: little, however many those are. */
export type Said = Pick<Catalogue, 'aliases' | 'servers' | 'autoEnable'>;

/** Labels of the nodes that it is made of. */
export const SAID_LABELS = ['Alias', 'Server', 'ServerSettings'] as const;

export function readSaid(reader: GraphReader): Said {
  const aliases = nodesWithLabel(reader, 'Alias').map((node) => ({ node, name: text(reader, node, 'name'), target: text(reader, node, 'target') }));
  const servers = nodesWithLabel(reader, 'Server').map((node) => serverEntry(reader, node));
  const autoEnable = nodesWithLabel(reader, 'ServerSettings').every((node) => property(reader, node, 'autoEnable') !== false);
  return { aliases: aliases.sort(byName), servers: new Map(servers.map((server) => [server.id, server])), autoEnable };
}

/** All but `system`, in no order. */
export function readGraphs(reader: GraphReader): readonly GraphEntry[] {
  const properties = propertiesOf(reader);
  return nodesWithLabel(reader, 'Database').map((node) => graphEntry(properties, node));
}

/** Undefined: the node is none of a graph. */
export function readGraph(reader: GraphReader, node: number): GraphEntry | undefined {
  return reader.nodeExists(node) && reader.hasLabel(node, reader.labelId('Database')) ? graphEntry(propertiesOf(reader), node) : undefined;
}

/** Of graphs without `system`. */
export function catalogueOf(graphs: Iterable<GraphEntry>, said: Said): Catalogue {
  return { graphs: [system, ...[...graphs].sort(byName)], ...said };
}

/** Of any server, known to the catalogue or not. */
export function findServer({ servers, autoEnable }: Said, id: string): ServerEntry {
  const unsaid = { modeConstraint: 'NONE', allowedDatabases: [], deniedDatabases: [], tags: [] } as const;
  return servers.get(id) ?? { node: -1, id, state: autoEnable ? 'enabled' : 'free', sinceMs: 0, ...unsaid };
}

/** Each statement looks for its graph, and there may be thousands. */
const byNameOf = new WeakMap<Catalogue['graphs'], ReadonlyMap<string, GraphEntry>>();

/** The graph of that name, or the one that an alias of that name stands for. */
export function findGraph({ graphs, aliases }: Catalogue, name: string): GraphEntry | undefined {
  const wanted = name.toLowerCase();
  const target = aliases.find((alias) => alias.name === wanted)?.target ?? wanted;
  let named = byNameOf.get(graphs);
  if (named === undefined) {
    named = new Map(graphs.map((graph) => [graph.name, graph]));
    byNameOf.set(graphs, named);
  }
  return named.get(target);
}

/** Whether there was a graph of this id once. */
export function wasDropped(reader: GraphReader, graphId: string): boolean {
  return nodesWithLabel(reader, 'DroppedDatabase').some((node) => property(reader, node, 'id') === graphId);
}

/** What a server is to hold of a graph. A CORE that holds a secondary copy follows the log and never leads. */
export function copyOn(graph: GraphEntry, server: { readonly id: string; readonly kind: ServerKind }, said: Said): 'primary' | 'secondary' | undefined {
  const { topology } = graph;
  if (graph.id === SYSTEM_GRAPH_ID) return server.kind === 'CORE' ? 'primary' : 'secondary';
  if (topology !== undefined) {
    if (server.kind === 'CORE' && topology.primaryHosts.includes(server.id)) return 'primary';
    return topology.secondaryHosts.includes(server.id) ? 'secondary' : undefined;
  }
  const entry = findServer(said, server.id);
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
  const { text, number, texts } = propertiesOf(reader);
  return {
    node,
    id: text(node, 'id'),
    state: text(node, 'state') as ServerState,
    sinceMs: number(node, 'sinceMs') ?? 0,
    modeConstraint: text(node, 'modeConstraint') as ServerEntry['modeConstraint'],
    allowedDatabases: texts(node, 'allowedDatabases'),
    deniedDatabases: texts(node, 'deniedDatabases'),
    tags: texts(node, 'tags'),
  };
}

function graphEntry({ value, text, number, texts }: Properties, node: number): GraphEntry {
  const createdAtMs = number(node, 'createdAtMs') ?? 0;
  const primaries = number(node, 'primaries');
  return {
    node,
    name: text(node, 'name'),
    id: text(node, 'id'),
    requestedStatus: value(node, 'status') === 'offline' ? 'offline' : 'online',
    access: value(node, 'access') === 'read-only' ? 'read-only' : 'read-write',
    topology:
      primaries === undefined
        ? undefined
        : {
            primaries,
            secondaries: number(node, 'secondaries') ?? 0,
            primaryHosts: texts(node, 'primaryHosts'),
            secondaryHosts: texts(node, 'secondaryHosts'),
          },
    createdAtMs,
    startedAtMs: number(node, 'startedAtMs') ?? createdAtMs,
    stoppedAtMs: number(node, 'stoppedAtMs'),
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

type Properties = ReturnType<typeof propertiesOf>;

/** Of the nodes of one reader that nobody writes to meanwhile: a key's column is looked up once for all of them. */
function propertiesOf(reader: GraphReader) {
  const columns = new Map<string, PropertyColumn>();
  const value = (node: number, key: string): Value => {
    let column = columns.get(key);
    if (column === undefined) {
      column = reader.nodeColumn(reader.keyId(key));
      columns.set(key, column);
    }
    return column.value(node);
  };
  return {
    value,
    /** Raises where it is missing: the catalogue is damaged, and says so rather than pass for empty. */
    text: (node: number, key: string): string => {
      const found = value(node, key);
      if (typeof found !== 'string') throw new Error(`the system graph is damaged: property '${key}' of node ${node} is missing`);
      return found;
    },
    number: (node: number, key: string): number | undefined => {
      const found = value(node, key);
      return typeof found === 'number' ? found : undefined;
    },
    texts: (node: number, key: string): readonly string[] => {
      const found = value(node, key);
      return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : [];
    },
  };
}

export function property(reader: GraphReader, node: number, key: string): Value {
  return propertiesOf(reader).value(node, key);
}

export function text(reader: GraphReader, node: number, key: string): string {
  return propertiesOf(reader).text(node, key);
}
