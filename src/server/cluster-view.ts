// The cluster as this server sees it: its own graphs, and the others asked when somebody wants to know.

import type { Asker } from '../cluster/ask.js';
import type { Membership } from '../cluster/membership.js';
import type { ClusterView, GraphStatus, RemoteGraphStatus } from '../cluster/view.js';
import { copyOn, findGraph, findServer } from '../database/catalogue.js';
import type { LiveServer, ServerRecord } from '../log/log.js';
import type { GraphSet } from './graph-set.js';

const ASK_TIMEOUT_MS = 1000;

export class ServerClusterView implements ClusterView {
  readonly self: ServerRecord;
  readonly #membership: Membership;
  readonly #graphs: GraphSet;
  readonly #asker: Asker;

  constructor(self: ServerRecord, membership: Membership, graphs: GraphSet, asker: Asker) {
    this.self = self;
    this.#membership = membership;
    this.#graphs = graphs;
    this.#asker = asker;
  }

  servers(): readonly LiveServer[] {
    const known = this.#graphs.catalogue;
    // Who was dropped and has gone is history: nobody waits for it.
    const present = this.#membership.servers().filter((server) => server.alive || findServer(known, server.id).state !== 'dropped');
    return present.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  graphs(): readonly GraphStatus[] {
    return this.#graphs.status();
  }

  graph(name: string): GraphStatus | undefined {
    return this.graphs().find((status) => status.name === name.toLowerCase());
  }

  leader(name: string): string | undefined {
    const entry = findGraph(this.#graphs.catalogue, name);
    return entry === undefined ? undefined : this.#membership.leadership(entry.id)?.holder;
  }

  hosts(name: string): readonly LiveServer[] {
    const known = this.#graphs.catalogue;
    const entry = findGraph(known, name);
    return entry === undefined ? [] : this.servers().filter((server) => copyOn(entry, server, known) !== undefined);
  }

  async everywhere(): Promise<readonly RemoteGraphStatus[]> {
    const rows = await Promise.all(this.servers().map((server) => this.#statusesOf(server)));
    return rows.flat();
  }

  async #statusesOf(server: LiveServer): Promise<readonly RemoteGraphStatus[]> {
    if (server.name === this.self.name) return this.graphs().map((status) => ({ ...status, server: server.name }));
    if (!server.alive) return [];
    try {
      const statuses = await this.#asker.status(server.cluster, ASK_TIMEOUT_MS);
      return statuses.map((status) => ({ ...status, server: server.name }));
    } catch {
      // It did not answer in time: left out, as the interface says.
      return [];
    }
  }
}
