// The shared truth of a simulated cluster: what the disk and the consensus are to the other engines. Every method is
// one atomic step; nothing here waits, draws or looks at a clock (it is told the time).

import type { AppendOutcome, AppendRequest, CampaignOutcome, GraphId, LiveServer, LogEntry, ReadResult, ServerRecord } from '../log.js';
import { emptyGraphState, type GraphState, type Holder, holdsTerm, judgeAppend, positionOf, refuseTogether, sameHolder, wonBy } from '../rules.js';

interface StoredEntry {
  readonly batchId: string;
  readonly payload: Uint8Array;
}

interface StoredGraph {
  state: GraphState;
  readonly entries: Map<number, StoredEntry>;
  payloadBytes: number;
}

interface StoredSession {
  readonly holder: Holder;
  readonly leaseMs: number;
  expiresAtMs: number;
}

export interface StoreChange {
  readonly graphs: readonly GraphId[];
  readonly servers: boolean;
}

/** What decides. */
export interface Guards {
  readonly judgeAppend: typeof judgeAppend;
  readonly wonBy: typeof wonBy;
}

export const guards: Guards = { judgeAppend, wonBy };

export class SimulatedStore {
  readonly #guards: Guards;
  readonly #graphs = new Map<GraphId, StoredGraph>();
  readonly #records = new Map<string, ServerRecord>();
  readonly #sessions = new Map<string, StoredSession>();
  readonly #sizeBytesMax: () => number;
  readonly #onChange: (change: StoreChange) => void;
  #sessionCount = 0;

  constructor(decide: Guards, sizeBytesMax: () => number, onChange: (change: StoreChange) => void) {
    this.#guards = decide;
    this.#sizeBytesMax = sizeBytesMax;
    this.#onChange = onChange;
  }

  state(graph: GraphId): GraphState {
    return this.#graphs.get(graph)?.state ?? emptyGraphState;
  }

  append(requests: readonly AppendRequest[], me: Holder): readonly AppendOutcome[] {
    const graphs = requests.map((request) => this.#graph(request.graph));
    const verdicts = requests.map((request, at) => {
      const graph = graphs[at] as StoredGraph;
      return this.#guards.judgeAppend(graph.state, request, me, graph.entries.get(request.index)?.batchId);
    });
    if (verdicts.some((verdict) => verdict.kind === 'refused')) {
      return refuseTogether(
        verdicts,
        graphs.map((graph) => graph.state.head),
      );
    }
    if (this.#sizeBytes() + requests.reduce((sum, request) => sum + request.payload.length, 0) > this.#sizeBytesMax()) {
      return requests.map(() => ({ kind: 'full', reason: 'the simulated log is full (faults.sizeBytesMax)' }));
    }
    requests.forEach((request, at) => {
      const graph = graphs[at] as StoredGraph;
      const verdict = verdicts[at];
      if (verdict?.kind !== 'put') return;
      graph.state = verdict.state;
      graph.entries.set(request.index, { batchId: request.batchId, payload: request.payload.slice() });
      graph.payloadBytes += request.payload.length;
    });
    this.#onChange({ graphs: requests.map((request) => request.graph), servers: false });
    return requests.map(() => ({ kind: 'appended' }));
  }

  read(graph: GraphId, fromIndex: number, limitBytes: number): ReadResult {
    const stored = this.#graph(graph);
    const entries: LogEntry[] = [];
    let bytes = 0;
    for (let index = fromIndex; index <= stored.state.head; index++) {
      const entry = stored.entries.get(index);
      if (entry === undefined) break;
      bytes += entry.payload.length;
      if (entries.length > 0 && bytes > limitBytes) break;
      entries.push({ index, payload: entry.payload.slice() });
    }
    return { ...positionOf(stored.state), entries };
  }

  truncate(graph: GraphId, term: number, index: number, me: Holder): 'truncated' | 'termLost' {
    const stored = this.#graph(graph);
    if (!holdsTerm(stored.state, term, me)) return 'termLost';
    const floor = Math.max(stored.state.floor, Math.min(index, stored.state.head));
    for (let at = stored.state.floor + 1; at <= floor; at++) {
      stored.payloadBytes -= stored.entries.get(at)?.payload.length ?? 0;
      stored.entries.delete(at);
    }
    stored.state = { ...stored.state, floor };
    return 'truncated';
  }

  campaign(graph: GraphId, me: Holder): CampaignOutcome {
    const stored = this.#graph(graph);
    const holder = stored.state.holder;
    if (sameHolder(holder, me)) return { kind: 'won', term: stored.state.term };
    if (holder !== undefined) return { kind: 'held', leadership: { graph, term: stored.state.term, holder: holder.name, life: holder.life } };
    this.#setState(graph, this.#guards.wonBy(stored.state, me));
    return { kind: 'won', term: stored.state.term };
  }

  resign(graph: GraphId, term: number, me: Holder): void {
    const { state } = this.#graph(graph);
    if (holdsTerm(state, term, me)) this.#setState(graph, { ...state, holder: undefined });
  }

  handOver(graph: GraphId, term: number, to: string, me: Holder): 'moved' | 'termLost' | 'noSuchServer' {
    const { state } = this.#graph(graph);
    if (!holdsTerm(state, term, me)) return 'termLost';
    const target = this.#sessions.get(to);
    if (target === undefined || this.#records.get(to)?.kind !== 'CORE') return 'noSuchServer';
    this.#setState(graph, this.#guards.wonBy(state, target.holder));
    return 'moved';
  }

  openSession(server: ServerRecord, leaseMs: number, nowMs: number): Holder {
    this.#vacate(server.name);
    const holder: Holder = { name: server.name, life: server.life, session: ++this.#sessionCount };
    this.#records.set(server.name, server);
    this.#sessions.set(server.name, { holder, leaseMs, expiresAtMs: nowMs + leaseMs });
    this.#onChange({ graphs: [], servers: true });
    return holder;
  }

  /** False when the session is gone. */
  keepAlive(me: Holder, nowMs: number): boolean {
    const session = this.#sessions.get(me.name);
    if (session === undefined || !sameHolder(session.holder, me)) return false;
    session.expiresAtMs = nowMs + session.leaseMs;
    return true;
  }

  hasSession(me: Holder): boolean {
    return sameHolder(this.#sessions.get(me.name)?.holder, me);
  }

  announce(server: ServerRecord): void {
    this.#records.set(server.name, server);
    this.#onChange({ graphs: [], servers: true });
  }

  /** Ends the session of that life, whoever asks. */
  endSession(name: string, life: string): void {
    if (this.#sessions.get(name)?.holder.life !== life) return;
    this.#sessions.delete(name);
    this.#vacate(name);
    this.#onChange({ graphs: [], servers: true });
  }

  expireSessions(nowMs: number): void {
    for (const [name, session] of this.#sessions) {
      if (session.expiresAtMs <= nowMs) this.endSession(name, session.holder.life);
    }
  }

  servers(): readonly LiveServer[] {
    return [...this.#records.values()].map((record) => ({ ...record, alive: this.#sessions.get(record.name)?.holder.life === record.life }));
  }

  #graph(graph: GraphId): StoredGraph {
    let stored = this.#graphs.get(graph);
    if (stored === undefined) {
      stored = { state: emptyGraphState, entries: new Map(), payloadBytes: 0 };
      this.#graphs.set(graph, stored);
    }
    return stored;
  }

  #setState(graph: GraphId, state: GraphState): void {
    this.#graph(graph).state = state;
    this.#onChange({ graphs: [graph], servers: false });
  }

  #vacate(name: string): void {
    for (const [graph, stored] of this.#graphs) {
      if (stored.state.holder?.name === name) this.#setState(graph, { ...stored.state, holder: undefined });
    }
  }

  #sizeBytes(): number {
    let bytes = 0;
    for (const graph of this.#graphs.values()) bytes += graph.payloadBytes;
    return bytes;
  }
}
