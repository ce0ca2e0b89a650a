// The log of every graph: ordered, guarded and durable lists of entries; elections with fencing; and the
// registry of who is alive. The whole of the distributed problem is behind this interface.
// Engines: `embedded/` (LMDB on one machine), `etcd/` (a cluster of machines), `simulated/` (in memory, seeded time and
// faults). `conformance` in `test/` holds for all of them.
//
// Each graph has, in the engine: head (index of the last entry, 0 when empty), floor (entries at or below it
// were truncated), incarnation (set by the first entry), and leadership (term, holder). All guards are compared and
// all changes made in one atomic step (SAFETY 12).

import type { Address } from '../base/network.js';

/** The graph's id: a UUID in text. */
export type GraphId = string;

export interface AppendRequest {
  readonly graph: GraphId;
  /** What `campaign` returned to this very process (SAFETY 11). */
  readonly term: number;
  /** Where the entry goes: the head must be `index − 1`. */
  readonly index: number;
  readonly incarnation: string;
  /** 32 hexadecimal digits, unique for each append; a resent request repeats it. */
  readonly batchId: string;
  readonly payload: Uint8Array;
}

export type AppendOutcome =
  /** It is in the log, synced; now, or already by an earlier sending of the same batch. */
  | { readonly kind: 'appended' }
  /** The term is still mine, but another entry is at the index, or the head is elsewhere. Not a deposition (SAFETY 12). */
  | { readonly kind: 'headMoved'; readonly head: number }
  /** Definite: this request is not in the log and never will be. */
  | { readonly kind: 'termLost'; readonly term: number }
  /** The graph's history has another incarnation. Definite. */
  | { readonly kind: 'incarnationMismatch'; readonly incarnation: string }
  /** Definite no, and the log itself refuses to grow (its size setting is named in `reason`). */
  | { readonly kind: 'full'; readonly reason: string }
  /** May or may not be in the log, or come to be in it. Resend it, identical, until it is definite (SAFETY 13). */
  | { readonly kind: 'ambiguous'; readonly reason: string };

export interface LogEntry {
  readonly index: number;
  readonly payload: Uint8Array;
}

export interface LogPosition {
  /** Index of the last entry; 0 when the log is empty. */
  readonly head: number;
  /** Entries at or below it are gone. */
  readonly floor: number;
  /** Empty text while the log is empty. */
  readonly incarnation: string;
}

export interface ReadResult extends LogPosition {
  /** From the index asked for, contiguous, as many as fit the limit (at least one if there is one). */
  readonly entries: readonly LogEntry[];
}

export interface Leadership {
  readonly graph: GraphId;
  /** The last term given; 0 before the first. */
  readonly term: number;
  /** Name of the server that holds it; undefined when vacant. */
  readonly holder: string | undefined;
  /** The life of the holder's process: a leadership is mine only if this is my own (SAFETY 11). */
  readonly life: string | undefined;
}

export type CampaignOutcome =
  | { readonly kind: 'won'; readonly term: number }
  | { readonly kind: 'held'; readonly leadership: Leadership }
  | { readonly kind: 'unavailable'; readonly reason: string };

export type ServerKind = 'CORE' | 'READ_REPLICA';

/** What a server says of itself. */
export interface ServerRecord {
  /** UUID, kept in the server's data folder. */
  readonly id: string;
  readonly name: string;
  readonly kind: ServerKind;
  /** One life of the process: 32 hexadecimal digits. */
  readonly life: string;
  readonly bolt: Address;
  readonly http: Address;
  /** The listener for other servers. */
  readonly cluster: Address;
  readonly pid: number;
  readonly featureLevel: number;
  /** Names of graphs that it leads rather than others (`cluster.prefers_to_lead`). */
  readonly prefersToLead: readonly string[];
  readonly startedAtMs: number;
}

export interface LiveServer extends ServerRecord {
  readonly alive: boolean;
}

export interface LogEvents {
  /** The head of the graph may have moved. Coalesced; a hint, never a promise. */
  onHead(graph: GraphId, head: number): void;
  onLeadership(leadership: Leadership): void;
  /** All servers known, whenever one came, changed or went. */
  onServers(servers: readonly LiveServer[]): void;
  /** This server's session is gone: every leadership it held is lost (the guards know it too). A new one is opened by itself. */
  onSessionLost(reason: string): void;
}

export interface Log {
  /** Starts the session (lease) of this server and announces it. Calls `events` from then on. */
  open(server: ServerRecord, events: LogEvents): Promise<void>;
  /** Announces a changed record. */
  announce(server: ServerRecord): Promise<void>;
  servers(): Promise<readonly LiveServer[]>;
  /** To be called by the main loop every 250 ms or so: without it the session is given up after `watchdog` (5 s). */
  beat(): void;

  /** One request: a guarded append. Several (of different graphs): all or none, in one atomic step. Outcomes in the order of requests;
   * when one guard of several fails, the others are `headMoved` at their true head (nothing was appended). */
  append(requests: readonly AppendRequest[]): Promise<readonly AppendOutcome[]>;
  position(graph: GraphId): Promise<LogPosition>;
  /** `limitBytes` bounds the payloads together, beyond the first entry. */
  read(graph: GraphId, fromIndex: number, limitBytes: number): Promise<ReadResult>;
  /** Begins `onHead` and `onLeadership` events for the graph. */
  follow(graph: GraphId): void;
  unfollow(graph: GraphId): void;
  /** Moves the floor up to `index` if the term is mine (SAFETY 15). */
  truncate(graph: GraphId, term: number, index: number): Promise<'truncated' | 'termLost'>;

  campaign(graph: GraphId): Promise<CampaignOutcome>;
  leadership(graph: GraphId): Promise<Leadership>;
  /** Gives the leadership up, if it is still mine. */
  resign(graph: GraphId, term: number): Promise<void>;
  /** Moves it to another live server in one step (SAFETY 28): the term grows, `to` learns of it by `onLeadership`. */
  handOver(graph: GraphId, term: number, to: string): Promise<'moved' | 'termLost' | 'noSuchServer'>;
  /** Ends another server's session on proof of its process's death, or on suspicion by a majority (SAFETY 27). */
  expel(server: string, life: string, proof: 'connectionRefused' | 'processGone' | 'majority'): Promise<void>;

  /** A guarded put that begins after the call; answers with the heads of `graphs` at or after it (SAFETY 25). */
  barrier(graphs: readonly GraphId[]): Promise<ReadonlyMap<GraphId, number>>;

  /** For people: which engine, and the one thing to know about its safety. */
  readonly description: { readonly engine: string; readonly durability: string };
  /** Ends the session, leaving leaderships vacant. */
  close(): Promise<void>;
}
