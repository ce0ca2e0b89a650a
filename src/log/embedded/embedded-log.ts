// The embedded log of one machine: an LMDB file in a folder that all its server processes open. This is the main
// thread's half; everything that may block (syncs, locks) is done by a worker thread.
//
// Appends: one message is in flight at a time; what is asked meanwhile, for any graphs, goes with the next one and
// shares its sync. Durability: one disk. An acknowledged append is synced (SAFETY 31).

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { assert, unreachable } from '../../base/assert.js';
import { type Logger, noLogger } from '../../base/logger.js';
import { workerUrl } from '../../base/worker.js';
import { failure } from '../../errors/catalogue.js';
import type {
  AppendOutcome,
  AppendRequest,
  CampaignOutcome,
  GraphId,
  Leadership,
  LiveServer,
  Log,
  LogEvents,
  LogPosition,
  ReadResult,
  ServerRecord,
} from '../log.js';
import { packEntry } from './layout.js';
import type { AnyCall, CallName, Calls, WorkerData, WorkerMessage } from './protocol.js';
import { Signals } from './signals.js';
import { WriterGuard } from './writer-guard.js';

export interface EmbeddedLogOptions {
  /** On a local disk; made when it is missing. All servers of the cluster name the same one. */
  readonly folder: string;
  readonly serverName: string;
  /** Without a sign of life for so long a session is dead. Default 1500. */
  readonly leaseMs?: number;
  /** Without `beat()` for so long the session is given up. Default 5000. */
  readonly watchdogMs?: number;
  /** The backstop of the wake-ups. Default 75. */
  readonly pollMs?: number;
  /** `log.embedded.map_size`: what the log may take of the disk. Default 16 GiB. */
  readonly mapSizeBytes?: number;
  /** A peer that is stopped inside a write transaction is killed after so long. Default 1000. */
  readonly stuckWriterMs?: number;
  readonly logger?: Logger;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

interface QueuedAppend {
  readonly requests: readonly AppendRequest[];
  resolve(outcomes: readonly AppendOutcome[]): void;
}

/** The worker cannot open the folder, or the file in it is damaged or of another format. */
export class EmbeddedLogFailed extends Error {
  override readonly name = 'EmbeddedLogFailed';
}

export function createEmbeddedLog(options: EmbeddedLogOptions): Log {
  return new EmbeddedLog(options);
}

class EmbeddedLog implements Log {
  readonly description = { engine: 'embedded', durability: 'one disk: a commit is safe once it is synced there; the loss of that disk loses the log' };
  readonly #logger: Logger;
  readonly #signals = new Signals();
  readonly #worker: Worker;
  readonly #guard: WriterGuard;
  readonly #waiting = new Map<number, Waiting>();
  #appends: QueuedAppend[] = [];
  #appending = false;
  #calls = 0;
  #events: LogEvents | undefined;
  #dead: Error | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: EmbeddedLogOptions) {
    const folder = resolve(options.folder);
    const leaseMs = options.leaseMs ?? 1500;
    this.#logger = options.logger ?? noLogger;
    mkdirSync(folder, { recursive: true });
    const data: WorkerData = {
      folder,
      serverName: options.serverName,
      leaseMs,
      watchdogMs: options.watchdogMs ?? 5000,
      pollMs: options.pollMs ?? 75,
      mapSizeBytes: options.mapSizeBytes ?? 16 * 1024 ** 3,
      signals: this.#signals.buffer,
    };
    this.#guard = new WriterGuard({
      folder,
      serverName: options.serverName,
      leaseMs,
      signals: this.#signals,
      bounds: { stoppedMs: options.stuckWriterMs ?? 1000, slowMs: Math.max(30_000, (options.stuckWriterMs ?? 0) * 30) },
      logger: this.#logger,
    });
    this.#worker = new Worker(workerUrl(import.meta.url, './worker.js'), { workerData: data });
    this.#worker.on('message', (message: WorkerMessage) => this.#received(message));
    this.#worker.on('error', (error) => this.#died(error));
    this.#worker.on('exit', (code) => this.#died(new Error(`the worker of the embedded log ended with code ${code}`)));
  }

  async open(server: ServerRecord, events: LogEvents): Promise<void> {
    this.#events = events;
    this.#signals.beat();
    await this.#call('open', [server]);
  }

  async announce(server: ServerRecord): Promise<void> {
    await this.#call('announce', [server]);
  }

  servers(): Promise<readonly LiveServer[]> {
    return this.#call('servers', []);
  }

  beat(): void {
    this.#signals.beat();
  }

  append(requests: readonly AppendRequest[]): Promise<readonly AppendOutcome[]> {
    assert(new Set(requests.map((request) => request.graph)).size === requests.length, 'the requests of one append are of different graphs');
    return new Promise((resolve) => {
      this.#appends.push({ requests, resolve });
      if (!this.#appending) {
        this.#appending = true;
        queueMicrotask(() => void this.#sendAppends());
      }
    });
  }

  async #sendAppends(): Promise<void> {
    while (this.#appends.length > 0) {
      const sent = this.#appends;
      this.#appends = [];
      let outcomes: readonly (readonly AppendOutcome[])[];
      try {
        const groups = sent.map((queued) => queued.requests.map((request) => ({ ...request, payload: packEntry(request.batchId, request.payload) })));
        const buffers = groups.flat().map((request) => request.payload.buffer as ArrayBuffer);
        outcomes = await this.#call('append', [groups], buffers);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        outcomes = sent.map((queued) => queued.requests.map(() => ({ kind: 'ambiguous', reason })));
      }
      sent.forEach((queued, at) => void queued.resolve(outcomes[at] ?? []));
    }
    this.#appending = false;
  }

  position(graph: GraphId): Promise<LogPosition> {
    return this.#call('position', [graph]);
  }

  read(graph: GraphId, fromIndex: number, limitBytes: number): Promise<ReadResult> {
    return this.#call('read', [graph, fromIndex, limitBytes]);
  }

  follow(graph: GraphId): void {
    this.#tell('follow', [graph]);
  }

  unfollow(graph: GraphId): void {
    this.#tell('unfollow', [graph]);
  }

  truncate(graph: GraphId, term: number, index: number): Promise<'truncated' | 'termLost'> {
    return this.#call('truncate', [graph, term, index]);
  }

  async campaign(graph: GraphId): Promise<CampaignOutcome> {
    try {
      return await this.#call('campaign', [graph]);
    } catch (error) {
      return { kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  leadership(graph: GraphId): Promise<Leadership> {
    return this.#call('leadership', [graph]);
  }

  async resign(graph: GraphId, term: number): Promise<void> {
    await this.#call('resign', [graph, term]);
  }

  handOver(graph: GraphId, term: number, to: string): Promise<'moved' | 'termLost' | 'noSuchServer'> {
    return this.#call('handOver', [graph, term, to]);
  }

  async expel(server: string, life: string): Promise<void> {
    await this.#call('expel', [server, life]);
  }

  barrier(graphs: readonly GraphId[]): Promise<ReadonlyMap<GraphId, number>> {
    return this.#call('barrier', [graphs]);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#events = undefined;
    if (this.#dead === undefined)
      await this.#call('close', []).catch((error: unknown) => this.#logger.warn({ error }, 'the embedded log did not close cleanly'));
    this.#guard.close();
    this.#died(new Error('the embedded log is closed'));
    await this.#worker.terminate();
  }

  #call<Name extends CallName>(name: Name, args: Calls[Name]['arguments'], transfer: ArrayBuffer[] = []): Promise<Calls[Name]['answer']> {
    if (this.#dead !== undefined) return Promise.reject(failure('databaseUnavailable', `The log is unavailable: ${this.#dead.message}`, { cause: this.#dead }));
    return new Promise((resolve, reject) => {
      const number = ++this.#calls;
      this.#waiting.set(number, { resolve: (answer) => resolve(answer as Calls[Name]['answer']), reject });
      const call = { name, arguments: args } as unknown as AnyCall;
      this.#worker.postMessage({ number, call }, transfer);
    });
  }

  /** A call whose answer says nothing. */
  #tell<Name extends CallName>(name: Name, args: Calls[Name]['arguments']): void {
    this.#call(name, args).catch((error: unknown) => this.#logger.warn({ error }, `the embedded log did not ${name}`));
  }

  #received(message: WorkerMessage): void {
    const events = this.#events;
    switch (message.kind) {
      case 'answer':
        this.#take(message.number)?.resolve(message.answer);
        break;
      case 'failed':
        this.#take(message.number)?.reject(
          message.damaged ? new EmbeddedLogFailed(message.message) : failure('databaseUnavailable', `The log failed: ${message.message}`),
        );
        break;
      case 'head':
        events?.onHead(message.graph, message.head);
        break;
      case 'leadership':
        events?.onLeadership(message.leadership);
        break;
      case 'servers':
        events?.onServers(message.servers);
        break;
      case 'sessionLost':
        events?.onSessionLost(message.reason);
        break;
      case 'note':
        this.#logger[message.level](message.fields, message.line);
        break;
      default:
        unreachable(message);
    }
  }

  #take(number: number): Waiting | undefined {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    return waiting;
  }

  /** Whatever waits is told; an append that was sent may be in the log, so it is ambiguous (SAFETY 13). */
  #died(error: Error): void {
    if (this.#dead !== undefined) return;
    this.#dead = error;
    this.#guard.close();
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    const events = this.#events;
    this.#events = undefined;
    if (events === undefined) return;
    this.#logger.error({ error }, 'the worker of the embedded log died');
    events.onSessionLost(error.message);
  }
}
