// The embedded engine as it runs in the worker: the store, this server's session, the wake-ups and the rounds that
// turn what changed in the file into events. Calls are answered in the order in which they come.

import { unreachable } from '../../base/assert.js';
import { failure } from '../../errors/catalogue.js';
import type { AppendOutcome, AppendRequest, GraphId } from '../log.js';
import type { AnyCall, WorkerMessage } from '../protocol.js';
import type { SessionRecord } from './layout.js';
import { SessionJudge } from './leases.js';
import { LmdbFile } from './lmdb-file.js';
import { holderOf, LogStore } from './log-store.js';
import { SessionKeeper } from './session-keeper.js';
import { Signals } from './signals.js';
import { WakeHub } from './wake-hub.js';

/** After a peer's socket closed: when its process is looked at, in milliseconds. It may take a moment to be gone. */
const deathLooksMs = [0, 2, 5, 10, 20, 40];

export interface WorkerData {
  readonly folder: string;
  readonly serverName: string;
  readonly leaseMs: number;
  readonly watchdogMs: number;
  readonly pollMs: number;
  readonly mapSizeBytes: number;
  readonly signals: SharedArrayBuffer;
}

interface Told {
  head: number;
  leadership: string;
}

export class Engine {
  readonly #data: WorkerData;
  readonly #send: (message: WorkerMessage) => void;
  readonly #file: LmdbFile;
  readonly #judge: SessionJudge;
  readonly #store: LogStore;
  readonly #keeper: SessionKeeper;
  readonly #hub: WakeHub;
  readonly #followed = new Map<GraphId, Told>();
  readonly #timers: NodeJS.Timeout[] = [];
  #serversTold = '';
  #opened = false;

  constructor(data: WorkerData, send: (message: WorkerMessage) => void) {
    this.#data = data;
    this.#send = send;
    const signals = new Signals(data.signals);
    this.#file = new LmdbFile(data.folder, data.mapSizeBytes, signals);
    this.#judge = new SessionJudge(data.folder);
    this.#store = new LogStore(this.#file, this.#judge);
    this.#keeper = new SessionKeeper({
      folder: data.folder,
      leaseMs: data.leaseMs,
      watchdogMs: data.watchdogMs,
      signals,
      store: this.#store,
      onLost: (reason) => this.#send({ kind: 'sessionLost', reason }),
      onChanged: () => this.#hub.broadcast('*'),
    });
    this.#hub = new WakeHub(data.folder, data.serverName, {
      onHint: (graph) => this.#hinted(graph),
      onClosed: (serverName) => this.#lookAfter(serverName, 0),
    });
  }

  async handle(call: AnyCall): Promise<unknown> {
    const store = this.#store;
    const me = this.#keeper.me;
    switch (call.name) {
      case 'open':
        return this.#open(call);
      case 'announce':
        this.#keeper.announce(call.arguments[0]);
        return this.#changed();
      case 'servers':
        return store.servers();
      case 'append':
        return this.#append(call.arguments[0]);
      case 'position':
        return store.position(call.arguments[0]);
      case 'read':
        return store.read(...call.arguments);
      case 'follow':
        return this.#follow(call.arguments[0]);
      case 'unfollow':
        this.#followed.delete(call.arguments[0]);
        return undefined;
      case 'truncate':
        return store.truncate(...call.arguments, me);
      case 'campaign': {
        if (me === undefined) return { kind: 'unavailable', reason: 'this server has no session' };
        const outcome = store.campaign(call.arguments[0], me);
        this.#changed();
        return outcome;
      }
      case 'leadership':
        return store.leadership(call.arguments[0]);
      case 'resign':
        store.resign(...call.arguments, me);
        return this.#changed();
      case 'handOver': {
        const outcome = store.handOver(...call.arguments, me);
        this.#changed();
        return outcome;
      }
      case 'expel':
        this.#expel(...call.arguments);
        return undefined;
      case 'barrier':
        return store.barrier(call.arguments[0]);
      case 'close':
        return this.#close();
      default:
        return unreachable(call);
    }
  }

  async #open(call: AnyCall & { readonly name: 'open' }): Promise<undefined> {
    if (this.#opened) throw failure('databaseUnavailable', 'The log is open already.');
    this.#keeper.open(call.arguments[0]);
    await this.#hub.listen();
    this.#opened = true;
    this.#every(this.#data.leaseMs / 3, () => this.#keeper.tick());
    this.#every(this.#data.pollMs, () => this.#round());
    this.#round();
    this.#hub.broadcast('*');
    return undefined;
  }

  #every(periodMs: number, work: () => void): void {
    const guarded = () => {
      try {
        work();
      } catch (error) {
        this.#send({ kind: 'note', level: 'error', fields: { error: String(error) }, line: 'the embedded log failed in its background work' });
      }
    };
    this.#timers.push(setInterval(guarded, periodMs));
  }

  #append(groups: readonly (readonly AppendRequest[])[]): readonly (readonly AppendOutcome[])[] {
    const outcomes = this.#store.append(groups, this.#keeper.me);
    // The answer leaves first; peers are woken in the next turn.
    setImmediate(() => {
      for (const request of groups.flat()) {
        this.#hub.broadcast(request.graph);
        this.#look(request.graph);
      }
    });
    return outcomes;
  }

  #follow(graph: GraphId): undefined {
    if (!this.#followed.has(graph)) this.#followed.set(graph, { head: -1, leadership: '' });
    this.#look(graph);
    return undefined;
  }

  /** This server changed a leadership or the registry. */
  #changed(): undefined {
    this.#hub.broadcast('*');
    this.#round();
    return undefined;
  }

  #hinted(graph: string): void {
    if (graph === '*') this.#round();
    else this.#look(graph);
  }

  #look(graph: GraphId): void {
    if (!this.#followed.has(graph)) return;
    this.#store.refresh();
    this.#tell(graph);
  }

  #tell(graph: GraphId): void {
    const told = this.#followed.get(graph);
    if (told === undefined) return;
    const { head, leadership } = this.#store.glance(graph);
    const signature = `${leadership.term} ${leadership.life ?? ''} ${leadership.holder ?? ''}`;
    if (told.leadership !== signature) {
      told.leadership = signature;
      this.#send({ kind: 'leadership', leadership });
    }
    if (told.head !== head) {
      told.head = head;
      this.#send({ kind: 'head', graph, head });
    }
  }

  /** Ends dead sessions, compares the own one, and tells what changed. */
  #round(): void {
    if (!this.#opened) return;
    let sessions = this.#store.sessions();
    const dead = sessions.filter((record) => !record.ended && this.#bury(record));
    if (dead.length > 0) {
      this.#hub.broadcast('*');
      sessions = this.#store.sessions();
    }
    this.#keeper.compare(sessions.find((record) => record.server.name === this.#data.serverName));
    this.#tellServers();
    this.#store.refresh();
    for (const graph of this.#followed.keys()) this.#tell(graph);
  }

  /** True when the session was dead and this call ended it. */
  #bury(record: SessionRecord): boolean {
    if (record.server.name === this.#data.serverName) return false;
    const reason = this.#judge.deathOf(record);
    if (reason === undefined) return false;
    const buried = this.#store.endSession(record.server.name, (found) => found.session === record.session && this.#judge.deathOf(found) !== undefined);
    if (buried) this.#send({ kind: 'note', level: 'warn', fields: { server: record.server.name, session: record.session }, line: `session ended: ${reason}` });
    return buried;
  }

  #tellServers(): void {
    const servers = this.#store.servers();
    this.#hub.connectTo(servers.filter((server) => server.alive && server.name !== this.#data.serverName).map((server) => server.name));
    const signature = JSON.stringify(servers);
    if (signature === this.#serversTold) return;
    this.#serversTold = signature;
    this.#send({ kind: 'servers', servers });
  }

  /** A closed socket is a hint only: the death of the process is the proof (SAFETY 27). */
  #lookAfter(serverName: string, look: number): void {
    const delayMs = deathLooksMs[look];
    if (delayMs === undefined || !this.#opened) return;
    setTimeout(() => {
      if (!this.#opened) return;
      const record = this.#store.sessions().find((session) => session.server.name === serverName);
      if (record !== undefined && !record.ended && this.#judge.deathOf(record) === undefined) this.#lookAfter(serverName, look + 1);
      else this.#round();
    }, delayMs);
  }

  #expel(server: string, life: string): void {
    this.#store.endSession(server, (record) => holderOf(record).life === life);
    this.#changed();
  }

  async #close(): Promise<undefined> {
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#opened) this.#keeper.end();
    this.#opened = false;
    // The last broadcast is written before the sockets go.
    await new Promise((resolve) => setImmediate(resolve));
    this.#hub.close();
    await this.#file.close();
    return undefined;
  }
}
