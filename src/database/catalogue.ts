// The catalogue of graphs, as the `system` graph holds it: the truth about which graphs there are, what is asked of
// them and which servers hold them. Every server reads it from what it has published of `system` (SAFETY 20).
//
//   (:Database {name, id, createdAtMs, status, access, primaries, secondaries, primaryHosts, secondaryHosts, startedAtMs, stoppedAtMs})
//   (:Alias {name, target, createdAtMs})
//   (:DroppedDatabase {name, id, droppedAtMs})                     a tombstone: an id is never used again
//
// Without `primaries` a graph is on every CORE as primary and on every READ_REPLICA as secondary; with it, on the servers
// whose ids are in `primaryHosts` and `secondaryHosts`. Names are in lower case.

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

export interface Catalogue {
  /** `system` first, then by name. */
  readonly graphs: readonly GraphEntry[];
  readonly aliases: readonly AliasEntry[];
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
  return { graphs: [system, ...graphs.sort(byName)], aliases: aliases.sort(byName) };
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

/** What a server holds of a graph. A CORE that holds a secondary copy follows the log and never leads. */
export function copyOn(graph: GraphEntry, server: { readonly id: string; readonly kind: ServerKind }): 'primary' | 'secondary' | undefined {
  const { topology } = graph;
  if (topology === undefined) return server.kind === 'CORE' ? 'primary' : 'secondary';
  if (server.kind === 'CORE' && topology.primaryHosts.includes(server.id)) return 'primary';
  return topology.secondaryHosts.includes(server.id) ? 'secondary' : undefined;
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
