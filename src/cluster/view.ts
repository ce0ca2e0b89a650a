// What this server knows of the cluster, as the front doors, SHOW commands and `status` read it.

import type { LiveServer, ServerRecord } from '../log/log.js';

export type Role = 'LEADER' | 'FOLLOWER' | 'READ_REPLICA';

export type GraphState = 'online' | 'offline' | 'starting' | 'stopping' | 'quarantined';

/** One graph as this server has it. */
export interface GraphStatus {
  readonly name: string;
  /** UUID. */
  readonly id: string;
  readonly role: Role;
  readonly state: GraphState;
  /** Why it is quarantined, or that it is stale; or empty. */
  readonly stateReason: string;
  readonly term: number;
  /** Name of the leader; undefined while there is none. */
  readonly leader: string | undefined;
  /** Last transaction and last log index that this server has published. */
  readonly lastTransaction: number;
  readonly lastIndex: number;
  /** The newest head of the log that this server has heard of. */
  readonly headIndex: number;
  readonly millisSinceLeaderMessage: number;
  readonly memoryUsedBytes: number;
  readonly memoryBudgetBytes: number;
}

/** What another server last said of a graph. */
export interface RemoteGraphStatus extends GraphStatus {
  readonly server: string;
}

export interface ClusterView {
  readonly self: ServerRecord;
  servers(): readonly LiveServer[];
  /** Graphs on this server, `system` first. */
  graphs(): readonly GraphStatus[];
  graph(name: string): GraphStatus | undefined;
  /** Name of the leader as far as this server knows; of any graph, also without a copy here. */
  leader(name: string): string | undefined;
  /** Servers, living or not, that are to hold a copy of the graph. */
  hosts(name: string): readonly LiveServer[];
  /** Asks every live server (bounded in time); servers that do not answer are left out. */
  everywhere(): Promise<readonly RemoteGraphStatus[]>;
}
