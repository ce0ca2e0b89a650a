// A transaction on this server's copy of a graph: one published version, and, once it writes, a draft over it
// (snapshot isolation). Only the leader's pipeline lets it write.

import { assert } from '../base/assert.js';
import type { Soon } from '../base/soon.js';
import { failure } from '../errors/catalogue.js';
import type { KeySchema } from '../graph/schema.js';
import type { Draft, GraphVersion, IndexAhead } from '../graph/store.js';
import { type Counters, noCounters } from '../graph/writer.js';
import type { Cancellation } from '../runtime/execution.js';
import type { Database } from './database.js';
import { type LeaderPipeline, leaderSwitch } from './leader-pipeline.js';
import type { PreparedStatement } from './query-engine.js';
import type { StatementRequest, Transaction, TransactionOptions } from './result.js';
import { StatementRun } from './statement-run.js';

export class LocalTransaction implements Transaction {
  readonly #database: Database;
  readonly #options: TransactionOptions;
  /** Another, newer one only before anything ran on it. */
  #version: GraphVersion;
  /** The leadership it began under; a commit under another is refused. */
  readonly #pipeline: LeaderPipeline | undefined;
  readonly #cancellation: Cancellation;
  readonly #openRuns: Set<StatementRun>;
  readonly #cancelTimeout: () => void;
  /** Filled for the constraints it makes. */
  readonly #indexesAhead: IndexAhead[];
  #hasRun: boolean;
  #draft: Draft | undefined;
  /** Milliseconds since 1970. */
  readonly #beganAtMs: number;
  #state: 'open' | 'failed' | 'ended';

  constructor(database: Database, options: TransactionOptions, version: GraphVersion, pipeline: LeaderPipeline | undefined) {
    this.#database = database;
    this.#options = options;
    this.#version = version;
    this.#pipeline = pipeline;
    this.#cancellation = { error: undefined };
    this.#openRuns = new Set();
    this.#indexesAhead = [];
    this.#hasRun = false;
    this.#draft = undefined;
    this.#state = 'open';
    this.#beganAtMs = database.clock.wallMs();
    database.store.pin(version);
    database.opened(this);
    pipeline?.snapshotOpened(version.transactionId);
    const timeoutMs = options.timeoutMs;
    this.#cancelTimeout = timeoutMs > 0 ? database.clock.after(timeoutMs, () => this.terminate(timedOut(timeoutMs))) : () => {};
  }

  get hasWritten(): boolean {
    return this.#draft !== undefined && this.#draft.effects().length > 0;
  }

  /** Whether it began under a leadership of this server. */
  get mayWrite(): boolean {
    return this.#pipeline !== undefined;
  }

  get ageMs(): number {
    return this.#database.clock.wallMs() - this.#beganAtMs;
  }

  get counters(): Counters {
    return this.#draft === undefined ? noCounters() : this.#draft.counters;
  }

  run(request: StatementRequest): Soon<StatementRun> {
    this.#mustBeOpen();
    try {
      const prepared = this.#database.prepare(request.text, this.#draft ?? this.#version);
      this.#database.refuseForeign(prepared, request.text);
      if (prepared.newKeys !== undefined && prepared.mode !== 'explain') return this.#startPrepared(prepared.newKeys, request);
      return this.#openRuns.size === 0 ? this.#start(prepared, request) : this.#startBesides(prepared, request);
    } catch (error) {
      this.#fail();
      throw error;
    }
  }

  /** A statement that writes changes what open results still show, and they may write themselves. */
  async #startBesides(prepared: PreparedStatement, request: StatementRequest): Promise<StatementRun> {
    try {
      for (const run of [...this.#openRuns]) await run.buffer();
      return this.#start(prepared, request);
    } catch (error) {
      this.#fail();
      throw error;
    }
  }

  /** A constraint that will own an index: most of its time is filling that, and nobody waits for it. */
  async #startPrepared(keys: KeySchema, request: StatementRequest): Promise<StatementRun> {
    try {
      for (const run of [...this.#openRuns]) await run.buffer();
      this.#writing();
      const ahead = await this.#database.fillAhead(keys, () => this.#state !== 'open');
      if (ahead !== undefined && this.#state !== 'open') ahead.release();
      else if (ahead !== undefined) this.#indexesAhead.push(ahead);
      this.#mustBeOpen();
      this.#renew();
      return this.#start(this.#database.prepare(request.text, this.#draft ?? this.#version), request);
    } catch (error) {
      this.#fail();
      throw error;
    }
  }

  /** Takes what is published now, as long as nothing ran on what was published when it began. */
  #renew(): void {
    if (this.#hasRun) return;
    const before = this.#version;
    const { store } = this.#database;
    this.#version = store.published;
    store.pin(this.#version);
    this.#pipeline?.snapshotOpened(this.#version.transactionId);
    this.#pipeline?.snapshotClosed(before.transactionId);
    store.unpin(before);
  }

  /** The commit of a transaction that has written nothing and whose results are at their end. Gives the bookmark. */
  endReading(): string {
    this.#mustBeOpen();
    assert(this.#draft === undefined && this.#openRuns.size === 0, 'only a transaction that has read ends without a commit');
    this.#end('ended');
    return this.#database.bookmark(this.#version.transactionId);
  }

  async commit(requestId: string, exclusive = false): Promise<string> {
    this.#mustBeOpen();
    try {
      for (const run of [...this.#openRuns]) await run.discard();
      this.#mustBeOpen();
      const draft = this.#draft;
      if (draft === undefined || draft.effects().length === 0) return this.#database.bookmark(this.#version.transactionId);
      if (this.#pipeline === undefined) throw leaderSwitch();
      draft.checkBeforeCommit();
      const changesSchema = draft.schema.version !== this.#version.schema.version;
      if (changesSchema) await this.#database.untilAllCan(draft.effects(), () => this.#state !== 'open');
      this.#mustBeOpen();
      const transactionId = await this.#pipeline.commit({
        requestId,
        effects: draft.effects(),
        counters: { ...draft.counters },
        snapshot: this.#version.transactionId,
        schemaVersion: this.#version.schema.version,
        timeoutMs: this.#options.timeoutMs > 0 ? this.#options.timeoutMs : this.#database.settings.commitTimeoutMs,
        exclusive,
      });
      return this.#database.bookmark(transactionId);
    } finally {
      this.#end('ended');
    }
  }

  rollback(): Promise<void> {
    this.#end('ended');
    return Promise.resolve();
  }

  terminate(reason: Error): void {
    if (this.#state !== 'open') return;
    // What runs sees it at its next look; pages and pins are let go at once.
    this.#cancellation.error = reason;
    this.#fail();
  }

  #start(prepared: PreparedStatement, request: StatementRequest): StatementRun {
    this.#hasRun = true;
    if (prepared.writes && prepared.mode !== 'explain') this.#beginWriting();
    const draft = this.#draft;
    const run = new StatementRun({
      database: this.#options.database,
      columns: prepared.columns,
      writes: prepared.writes,
      schemaWrite: prepared.schemaWrite,
      mode: prepared.mode,
      describe: (profiles) => prepared.describe(profiles),
      notifications: prepared.notifications(this.#draft ?? this.#version),
      execution:
        prepared.mode !== 'explain'
          ? prepared.start({
              reader: draft ?? this.#version,
              writer: prepared.writes ? draft : undefined,
              parameters: request.parameters,
              user: this.#options.user,
              cancellation: this.#cancellation,
              transactionTimeMs: this.#beganAtMs,
            })
          : undefined,
      counters: () => this.counters,
      cancellation: this.#cancellation,
      clock: this.#database.clock,
      onEnd: (error) => {
        this.#openRuns.delete(run);
        if (error !== undefined) this.#fail();
      },
    });
    this.#openRuns.add(run);
    return run;
  }

  #beginWriting(): void {
    const { ids } = this.#writing();
    this.#draft ??= this.#database.store.begin(this.#version, ids);
  }

  #writing(): LeaderPipeline {
    if (this.#options.access === 'READ') {
      throw failure('accessMode', `Writing in read access mode not allowed. Attempted write to ${this.#options.database}`);
    }
    if (this.#pipeline === undefined) throw this.#database.refusal();
    if (!this.#pipeline.isOpen) throw leaderSwitch();
    return this.#pipeline;
  }

  #mustBeOpen(): void {
    if (this.#state === 'open' && this.#cancellation.error === undefined) return;
    throw this.#cancellation.error ?? failure('transactionTerminated', 'The transaction has been terminated or has failed. Begin a new one.');
  }

  #fail(): void {
    this.#end('failed');
  }

  #end(state: 'failed' | 'ended'): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#cancelTimeout();
    for (const run of this.#openRuns) run.close();
    this.#openRuns.clear();
    for (const ahead of this.#indexesAhead) ahead.release();
    this.#draft?.release();
    this.#pipeline?.snapshotClosed(this.#version.transactionId);
    this.#database.store.unpin(this.#version);
    this.#database.ended(this);
  }
}

function timedOut(timeoutMs: number): Error {
  return failure(
    'transactionTimedOut',
    `The transaction has been terminated: it did not end within its timeout of ${timeoutMs} ms. Ask for a longer one, or make it do less.`,
  );
}
