// The log's steps as LMDB transactions: each public method is one atomic step (SAFETY 12). It knows neither sockets
// nor timers; it runs in the worker thread and blocks it for as long as a sync takes.

import type {
  AppendOutcome,
  AppendRequest,
  CampaignOutcome,
  GraphId,
  Leadership,
  LiveServer,
  LogEntry,
  LogPosition,
  ReadResult,
  ServerRecord,
} from '../log.js';
import { type Holder, holdsTerm, judgeAppend, leadershipOf, positionOf, refuseTogether, sameHolder, type Verdict, wonBy } from '../rules.js';
import {
  barrierKey,
  batchIdBytes,
  batchIdOf,
  emptyGraphRecord,
  entryKey,
  type GraphRecord,
  graphKey,
  graphKeys,
  graphOfKey,
  type SessionRecord,
  sessionKey,
  sessionKeys,
} from './layout.js';
import type { SessionJudge } from './leases.js';
import { type LmdbFile, LogDamaged, LogFull, nothingToWrite } from './lmdb-file.js';
import { bootId, pidNamespace, processFacts } from './process-facts.js';

/** Entries removed in one transaction of a truncation, so that no writer waits long. */
const sweepEntriesMax = 500;

/** An append whose payload is packed already (`packEntry`). */
export type PackedAppend = AppendRequest;

export class LogStore {
  readonly #file: LmdbFile;
  readonly #judge: SessionJudge;

  constructor(file: LmdbFile, judge: SessionJudge) {
    this.#file = file;
    this.#judge = judge;
  }

  /**
   * Groups of appends under one sync: within a group all or none, each group by its own guards (SAFETY 12).
   * A resent batch is recognised by its id (SAFETY 13); by then it is synced, so nothing is written for it.
   */
  append(groups: readonly (readonly PackedAppend[])[], me: Holder | undefined): readonly (readonly AppendOutcome[])[] {
    try {
      this.#file.requireRoom(groups.flat().reduce((sum, request) => sum + request.payload.length, 0));
      return this.#file.write(() => {
        const outcomes = groups.map((group) => this.#appendGroup(group, me));
        return outcomes.some((outcome) => outcome.written)
          ? outcomes.map((outcome) => outcome.outcomes)
          : nothingToWrite(outcomes.map((outcome) => outcome.outcomes));
      });
    } catch (error) {
      if (error instanceof LogDamaged) throw error;
      const outcome: AppendOutcome =
        error instanceof LogFull
          ? { kind: 'full', reason: error.message }
          : // A failed sync: what the disk kept is not known until the same request is judged again (SAFETY 13).
            { kind: 'ambiguous', reason: error instanceof Error ? error.message : String(error) };
      return groups.map((group) => group.map(() => outcome));
    }
  }

  #appendGroup(group: readonly PackedAppend[], me: Holder | undefined): { written: boolean; outcomes: readonly AppendOutcome[] } {
    const records = group.map((request) => this.#graph(request.graph));
    const verdicts = group.map((request, at): Verdict => {
      const record = records[at] as GraphRecord;
      return judgeAppend(record, request, me, this.#batchIdAt(request.graph, request.index, record));
    });
    if (verdicts.some((verdict) => verdict.kind === 'refused')) {
      const outcomes = refuseTogether(
        verdicts,
        records.map((record) => record.head),
      );
      return { written: false, outcomes };
    }
    group.forEach((request, at) => {
      const verdict = verdicts[at];
      if (verdict?.kind !== 'put') return;
      this.#file.put(entryKey(request.graph, request.index), request.payload);
      this.#file.putJson(graphKey(request.graph), { ...(records[at] as GraphRecord), ...verdict.state });
    });
    return { written: true, outcomes: group.map(() => ({ kind: 'appended' })) };
  }

  #batchIdAt(graph: GraphId, index: number, record: GraphRecord): string | undefined {
    if (index > record.head || index <= record.floor) return undefined;
    return batchIdOf(this.#entry(graph, index));
  }

  #entry(graph: GraphId, index: number): Uint8Array {
    const packed = this.#file.get(entryKey(graph, index));
    if (packed === undefined || packed.length < batchIdBytes)
      throw new LogDamaged(`The embedded log is damaged: entry ${index} of graph ${graph} is missing or cut.`);
    return packed;
  }

  position(graph: GraphId): LogPosition {
    this.#file.refresh();
    return positionOf(this.#graph(graph));
  }

  read(graph: GraphId, fromIndex: number, limitBytes: number): ReadResult {
    this.#file.refresh();
    const record = this.#graph(graph);
    const entries: LogEntry[] = [];
    let bytes = 0;
    if (fromIndex > record.floor) {
      for (let index = fromIndex; index <= record.head; index++) {
        const packed = this.#entry(graph, index);
        // A buffer of its own, so that it can be transferred to the main thread.
        const payload = new Uint8Array(packed.length - batchIdBytes);
        payload.set(packed.subarray(batchIdBytes));
        bytes += payload.length;
        if (entries.length > 0 && bytes > limitBytes) break;
        entries.push({ index, payload });
      }
    }
    return { ...positionOf(record), entries };
  }

  truncate(graph: GraphId, term: number, index: number, me: Holder | undefined): 'truncated' | 'termLost' {
    const moved = this.#file.write<'truncated' | 'termLost'>(() => {
      const record = this.#graph(graph);
      if (!holdsTerm(record, term, me)) return nothingToWrite<'truncated' | 'termLost'>('termLost');
      const floor = Math.max(record.floor, Math.min(index, record.head));
      this.#putGraph(graph, { ...record, floor });
      return 'truncated';
    });
    if (moved === 'truncated') while (this.#sweep(graph));
    return moved;
  }

  /** Removes some entries at or below the floor; true when there are more. Anyone may, any number of times. */
  #sweep(graph: GraphId): boolean {
    return this.#file.write(() => {
      const record = this.#graph(graph);
      if (record.swept >= record.floor) return nothingToWrite(false);
      const swept = Math.min(record.floor, record.swept + sweepEntriesMax);
      for (let index = record.swept + 1; index <= swept; index++) this.#file.remove(entryKey(graph, index));
      this.#putGraph(graph, { ...record, swept });
      return swept < record.floor;
    });
  }

  campaign(graph: GraphId, me: Holder): CampaignOutcome {
    return this.#file.write<CampaignOutcome>(() => {
      const record = this.#graph(graph);
      if (sameHolder(record.holder, me)) return nothingToWrite<CampaignOutcome>({ kind: 'won', term: record.term });
      if (record.holder !== undefined && this.#holderLives(record.holder)) {
        return nothingToWrite<CampaignOutcome>({ kind: 'held', leadership: leadershipOf(graph, record) });
      }
      const won = wonBy(record, me);
      this.#putGraph(graph, { ...record, ...won });
      return { kind: 'won', term: won.term };
    });
  }

  #holderLives(holder: Holder): boolean {
    const session = this.#session(holder.name);
    return session !== undefined && session.session === holder.session && this.#judge.deathOf(session) === undefined;
  }

  leadership(graph: GraphId): Leadership {
    this.#file.refresh();
    return leadershipOf(graph, this.#graph(graph));
  }

  /** Head and leadership of a graph as events tell them. Call `refresh` before a round of them. */
  glance(graph: GraphId): { readonly head: number; readonly leadership: Leadership } {
    const record = this.#graph(graph);
    return { head: record.head, leadership: leadershipOf(graph, record) };
  }

  refresh(): void {
    this.#file.refresh();
  }

  resign(graph: GraphId, term: number, me: Holder | undefined): void {
    this.#file.write<boolean>(() => {
      const record = this.#graph(graph);
      if (!holdsTerm(record, term, me)) return nothingToWrite(false);
      this.#putGraph(graph, { ...record, holder: undefined });
      return true;
    });
  }

  /** One step: there is no moment without a holder, and the old term is over with it (SAFETY 28). */
  handOver(graph: GraphId, term: number, to: string, me: Holder | undefined): 'moved' | 'termLost' | 'noSuchServer' {
    type Outcome = 'moved' | 'termLost' | 'noSuchServer';
    return this.#file.write<Outcome>(() => {
      const record = this.#graph(graph);
      if (!holdsTerm(record, term, me)) return nothingToWrite<Outcome>('termLost');
      const target = this.#session(to);
      if (target === undefined || target.server.kind !== 'CORE' || this.#judge.deathOf(target) !== undefined) return nothingToWrite<Outcome>('noSuchServer');
      this.#putGraph(graph, { ...record, ...wonBy(record, holderOf(target)) });
      return 'moved';
    });
  }

  /** Heads after a put of its own: whatever was acknowledged before the call is in them (SAFETY 25). */
  barrier(graphs: readonly GraphId[]): ReadonlyMap<GraphId, number> {
    return this.#file.write(() => {
      const count = this.#file.getJson<{ count: number }>(barrierKey)?.count ?? 0;
      this.#file.putJson(barrierKey, { count: count + 1 });
      return new Map(graphs.map((graph) => [graph, this.#graph(graph).head]));
    });
  }

  /**
   * Opens a session; what an earlier session of the name held is vacant from then on (SAFETY 11).
   * `signLife` writes the lease before the session can be seen. Answers with the session that has the name when another
   * living process has it.
   */
  openSession(server: ServerRecord, signLife: (session: number) => void): Holder | { readonly takenBy: SessionRecord } {
    return this.#file.write<Holder | { takenBy: SessionRecord }>(() => {
      const before = this.#session(server.name);
      if (before !== undefined && before.server.life !== server.life && this.#judge.deathOf(before) === undefined) {
        return nothingToWrite<Holder | { takenBy: SessionRecord }>({ takenBy: before });
      }
      this.#vacate(server.name);
      const session = (before?.session ?? 0) + 1;
      signLife(session);
      this.#putSession({
        server,
        session,
        pid: process.pid,
        startTime: processFacts(process.pid).startTime,
        bootId: bootId(),
        pidNamespace: pidNamespace(),
        ended: false,
      });
      return { name: server.name, life: server.life, session };
    });
  }

  announce(server: ServerRecord, me: Holder): void {
    this.#file.write<boolean>(() => {
      const record = this.#session(server.name);
      if (record === undefined || record.session !== me.session) return nothingToWrite(false);
      this.#putSession({ ...record, server });
      return true;
    });
  }

  /** Ends the session if it is still that one and `condition` holds of it; true when this call ended it. */
  endSession(name: string, condition: (record: SessionRecord) => boolean): boolean {
    return this.#file.write<boolean>(() => {
      const record = this.#session(name);
      if (record === undefined || record.ended || !condition(record)) return nothingToWrite(false);
      this.#putSession({ ...record, ended: true });
      this.#vacate(name);
      return true;
    });
  }

  /** All sessions ever opened, by server name. */
  sessions(): readonly SessionRecord[] {
    this.#file.refresh();
    return this.#file.rangeJson<SessionRecord>(sessionKeys).map((found) => found.value);
  }

  servers(): readonly LiveServer[] {
    return this.sessions().map((record) => ({ ...record.server, alive: this.#judge.deathOf(record) === undefined }));
  }

  #vacate(name: string): void {
    for (const { key, value } of this.#file.rangeJson<GraphRecord>(graphKeys)) {
      if (value.holder?.name === name) this.#putGraph(graphOfKey(key), { ...value, holder: undefined });
    }
  }

  #graph(graph: GraphId): GraphRecord {
    return this.#file.getJson<GraphRecord>(graphKey(graph)) ?? emptyGraphRecord;
  }

  #putGraph(graph: GraphId, record: GraphRecord): void {
    this.#file.putJson(graphKey(graph), record);
  }

  #session(name: string): SessionRecord | undefined {
    return this.#file.getJson<SessionRecord>(sessionKey(name));
  }

  #putSession(record: SessionRecord): void {
    this.#file.putJson(sessionKey(record.server.name), record);
  }
}

export function holderOf(record: SessionRecord): Holder {
  return { name: record.server.name, life: record.server.life, session: record.session };
}
