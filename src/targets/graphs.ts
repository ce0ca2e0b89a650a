// The graphs of the catalogue as this server can reach them: its own copy where it has one, and the servers that hold
// the others. Every server takes queries for every graph.

import type { Database } from '../database/database.js';
import type { PreparedStatement } from '../database/query-engine.js';

export interface Graph {
  readonly name: string;
  readonly id: string;
  readonly requestedStatus: 'online' | 'offline';
  readonly access: 'read-write' | 'read-only';
  /** This server's copy; undefined where it holds none, or has stopped it. */
  readonly local: Database | undefined;
  /** Parsed and checked; planned for this server's copy, or for an empty graph where there is none. */
  prepare(text: string): PreparedStatement;
}

export interface Graphs {
  /** By the name of a graph or of an alias, in any case. */
  find(name: string): Graph | undefined;
  readonly system: Graph;
  readonly defaultName: string;
  /** The graph that the user works on when a request names none; undefined: the default one. */
  homeOf(user: string): string | undefined;
}
