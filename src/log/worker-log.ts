// The main thread's half of an engine of the log; everything that may block or take long is done by a worker thread.
//
// Appends that are asked for in one turn go in one message, for any graphs, so that the engine can write them together.
// Whoever waits when the worker dies is told; appends become ambiguous (SAFETY 13).

import { Worker } from 'node:worker_threads';
import { assert, unreachable } from '../base/assert.js';
import { type Logger, noLogger } from '../base/logger.js';
import { failure } from '../errors/catalogue.js';
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
} from './log.js';
import type { AnyCall, CallMessage, CallName, Calls, WorkerMessage } from './protocol.js';

export interface WorkerLogOptions {
  readonly description: { readonly engine: string; readonly durability: string };
  readonly workerUrl: URL;
  /** What the worker script is given. */
  readonly workerData: object;
  /** Shows the worker that the main loop turns. */
  readonly beat: () => void;
  /** Bytes of a buffer of their own, which is transferred; the caller keeps the request for resending. */
  readonly pack: (request: AppendRequest) => Uint8Array;
  /** One message of appends is in flight at a time, and what is asked meanwhile goes with the next: for a worker that cannot gather itself. */
  readonly appendsTogether: boolean;
  /** The worker is gone, or about to be. */
  readonly onEnded?: () => void;
  readonly logger?: Logger | undefined;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

interface QueuedAppend {
  readonly requests: readonly AppendRequest[];
  resolve(outcomes: readonly AppendOutcome[]): void;
}

/** The worker cannot open the log, or what is in it is damaged or of another format. */
export class LogFailed extends Error {
  override readonly name = 'LogFailed';
}

export class WorkerLog<Own extends { readonly name: string } = never> implements Log {
  readonly description: { readonly engine: string; readonly durability: string };
  readonly #options: WorkerLogOptions;
  readonly #logger: Logger;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #appends: QueuedAppend[] = [];
  /** Messages of appends in flight, and one that is about to be sent. */
  #appending = 0;
  #appendPlanned = false;
  #calls = 0;
  #events: LogEvents | undefined;
  #dead: Error | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: WorkerLogOptions) {
    this.#options = options;
    this.description = options.description;
    this.#logger = options.logger ?? noLogger;
    this.#worker = new Worker(options.workerUrl, { workerData: options.workerData });
    this.#worker.on('message', (message: WorkerMessage) => this.#received(message));
    this.#worker.on('error', (error) => this.#died(error));
    this.#worker.on('exit', (code) => this.#died(new Error(`the worker of the ${this.description.engine} log ended with code ${code}`)));
  }

  async open(server: ServerRecord, events: LogEvents): Promise<void> {
    this.#events = events;
    this.#options.beat();
    await this.#call('open', [server]);
  }

  async announce(server: ServerRecord): Promise<void> {
    await this.#call('announce', [server]);
  }

  servers(): Promise<readonly LiveServer[]> {
    return this.#call('servers', []);
  }

  beat(): void {
    this.#options.beat();
  }

  append(requests: readonly AppendRequest[]): Promise<readonly AppendOutcome[]> {
    assert(new Set(requests.map((request) => request.graph)).size === requests.length, 'the requests of one append are of different graphs');
    return new Promise((resolve) => {
      this.#appends.push({ requests, resolve });
      this.#planAppends();
    });
  }

  #planAppends(): void {
    if (this.#appendPlanned || this.#appends.length === 0 || (this.#options.appendsTogether && this.#appending > 0)) return;
    this.#appendPlanned = true;
    queueMicrotask(() => void this.#sendAppends());
  }

  async #sendAppends(): Promise<void> {
    const sent = this.#appends;
    this.#appends = [];
    this.#appendPlanned = false;
    this.#appending++;
    let outcomes: readonly (readonly AppendOutcome[])[];
    try {
      const groups = sent.map((queued) => queued.requests.map((request) => ({ ...request, payload: this.#options.pack(request) })));
      const buffers = groups.flat().map((request) => request.payload.buffer as ArrayBuffer);
      outcomes = await this.#call('append', [groups], buffers);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      outcomes = sent.map((queued) => queued.requests.map(() => ({ kind: 'ambiguous', reason })));
    }
    this.#appending--;
    this.#planAppends();
    sent.forEach((queued, at) => void queued.resolve(outcomes[at] ?? []));
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
      await this.#call('close', []).catch((error: unknown) => this.#logger.warn({ error }, `the ${this.description.engine} log did not close cleanly`));
    this.#options.onEnded?.();
    this.#died(new Error(`the ${this.description.engine} log is closed`));
    await this.#worker.terminate();
  }

  #call<Name extends CallName>(name: Name, args: Calls[Name]['arguments'], transfer: ArrayBuffer[] = []): Promise<Calls[Name]['answer']> {
    return this.callWorker({ name, arguments: args } as unknown as AnyCall, transfer) as Promise<Calls[Name]['answer']>;
  }

  /** For the calls that are the engine's own. */
  protected callWorker(call: AnyCall | Own, transfer: ArrayBuffer[] = []): Promise<unknown> {
    if (this.#dead !== undefined) return Promise.reject(failure('databaseUnavailable', `The log is unavailable: ${this.#dead.message}`, { cause: this.#dead }));
    return new Promise((resolve, reject) => {
      const number = ++this.#calls;
      this.#waiting.set(number, { resolve, reject });
      this.#worker.postMessage({ number, call } satisfies CallMessage<Own>, transfer);
    });
  }

  /** A call whose answer says nothing. */
  #tell<Name extends CallName>(name: Name, args: Calls[Name]['arguments']): void {
    this.#call(name, args).catch((error: unknown) => this.#logger.warn({ error }, `the ${this.description.engine} log did not ${name}`));
  }

  #received(message: WorkerMessage): void {
    const events = this.#events;
    switch (message.kind) {
      case 'answer':
        this.#take(message.number)?.resolve(message.answer);
        break;
      case 'failed':
        this.#take(message.number)?.reject(
          message.damaged ? new LogFailed(message.message) : failure('databaseUnavailable', `The log failed: ${message.message}`),
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
    this.#options.onEnded?.();
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
    const events = this.#events;
    this.#events = undefined;
    if (events === undefined) return;
    this.#logger.error({ error }, `the worker of the ${this.description.engine} log died`);
    events.onSessionLost(error.message);
  }
}
