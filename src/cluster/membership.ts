// What a server of either kind knows of the others, and how it keeps its graphs where they belong.

import type { Database } from '../database/database.js';
import type { Leadership, LiveServer, ServerRecord } from '../log/log.js';

/** What elections and balancing need of the catalogue. */
export interface KnownGraph {
  readonly id: string;
  readonly name: string;
  /** Whether the server is to hold a primary copy. */
  readonly mayLead: (server: ServerRecord) => boolean;
}

export interface Membership {
  servers(): readonly LiveServer[];
  /** The last heard leadership of a graph; undefined before any. */
  leadership(graphId: string): Leadership | undefined;
  /** What may be written: the least that the servers can apply (SAFETY 10). */
  featureLevel(): number;
  /** Called whenever servers or leaderships changed. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  /** There is this graph, or something else is said of it now: its leadership is heard of, also where this server holds no copy. */
  graphIs(graph: KnownGraph): void;
  graphIsGone(graphId: string): void;
  /** Keeps this graph up to date from now on, and campaigns for it where this server may lead. */
  register(database: Database): void;
  /** The copy is no longer wanted here: its leadership is given away, and the database closed. */
  unregister(graphId: string): Promise<void>;
  /** A connection to the server was refused: proof that its process is gone (SAFETY 27). */
  suspect(server: LiveServer): void;
  /** Hands leaderships over and leaves. */
  leave(): Promise<void>;
}

/** Listeners of a change, called in order. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
