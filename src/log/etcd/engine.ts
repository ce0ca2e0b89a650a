// The etcd engine as it runs in the worker: one client, this server's session, the watch of all graphs' states, and the
// calls. Events come from the watch; what this server itself changed is put into the watched state at once, so that
// an older event cannot be told after it.

import { unreachable } from '../../base/assert.js';
import { failure } from '../../errors/catalogue.js';
import type { AppendOutcome, AppendRequest, CampaignOutcome, GraphId, ServerRecord } from '../log.js';
import type { AnyCall, WorkerMessage } from '../protocol.js';
import { leadershipOf } from '../rules.js';
import { Beats } from '../watchdog.js';
import { Appender } from './appender.js';
import { Compactor } from './compactor.js';
import { Keys, leaderValue, termValue } from './keys.js';
import { Quota } from './quota.js';
import { untilDefinite } from './retry.js';
import { EtcdClient, type EtcdTls } from './rpc/channels.js';
import { Session } from './session.js';
import { StateMap } from './state-map.js';
import { StateWatch } from './state-watch.js';
import { EtcdStore } from './store.js';

export interface WorkerData {
  readonly cluster: string;
  readonly serverName: string;
  readonly endpoints: readonly string[];
  readonly tls: EtcdTls | undefined;
  readonly leaseMs: number;
  readonly watchdogMs: number;
  readonly deadlineMs: number;
  readonly quotaBytes: number;
  readonly graphQuotaBytes: number;
  readonly beats: SharedArrayBuffer;
}

/** What only this engine is asked. */
export type OwnCall = { readonly name: 'setEndpoints'; readonly arguments: readonly [endpoints: readonly string[]] };

interface Told {
  head: number;
  leadership: string;
}

interface BarrierRound {
  readonly graphs: Set<GraphId>;
  readonly heads: Promise<ReadonlyMap<GraphId, number>>;
}

export class Engine {
  readonly #data: WorkerData;
  readonly #send: (message: WorkerMessage) => void;
  readonly #keys: Keys;
  readonly #client: EtcdClient;
  readonly #store: EtcdStore;
  readonly #session: Session;
  readonly #quota: Quota;
  readonly #compactor: Compactor;
  readonly #appender: Appender;
  readonly #map: StateMap;
  readonly #watch: StateWatch;
  readonly #followed = new Map<GraphId, Told>();
  #serversTold = '';
  #opened = false;
  #barrier: Promise<unknown> = Promise.resolve();
  #nextBarrier: BarrierRound | undefined;

  constructor(data: WorkerData, send: (message: WorkerMessage) => void) {
    this.#data = data;
    this.#send = send;
    const note = (line: string, fields: object) => this.#send({ kind: 'note', level: 'warn', fields, line });
    const keys = new Keys(data.cluster);
    const client = new EtcdClient({ endpoints: data.endpoints, deadlineMs: data.deadlineMs, ...(data.tls === undefined ? {} : { tls: data.tls }) });
    this.#keys = keys;
    this.#client = client;
    this.#store = new EtcdStore(client, keys);
    this.#map = new StateMap(keys);
    this.#session = new Session({
      client,
      keys,
      note,
      leaseMs: data.leaseMs,
      watchdogMs: data.watchdogMs,
      beats: new Beats(data.beats),
      onLost: (reason) => this.#send({ kind: 'sessionLost', reason }),
    });
    const { quotaBytes, graphQuotaBytes } = data;
    this.#quota = new Quota({ client, note, quotaBytes, graphQuotaBytes, floorBytes: (graph) => this.#map.graph(graph).floorBytes });
    this.#compactor = new Compactor({ client, keys, note, session: this.#session, quota: this.#quota });
    this.#appender = new Appender({ client, keys, store: this.#store, session: this.#session, quota: this.#quota, deadlineMs: data.deadlineMs });
    this.#watch = new StateWatch({ client, keys, note, map: this.#map, onChanged: () => this.#tell() });
  }

  async handle(call: AnyCall | OwnCall): Promise<unknown> {
    const store = this.#store;
    const me = this.#session.me;
    switch (call.name) {
      case 'open':
        return this.#open(call.arguments[0]);
      case 'announce':
        return this.#session.announce(call.arguments[0]);
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
      case 'truncate': {
        const outcome = await store.truncate(...call.arguments, me);
        if (outcome === 'truncated') await this.#compactor.truncated();
        return outcome;
      }
      case 'campaign':
        return this.#campaign(call.arguments[0]);
      case 'leadership':
        return store.leadership(call.arguments[0]);
      case 'resign':
        return store.resign(...call.arguments, me);
      case 'handOver':
        return store.handOver(...call.arguments, me);
      case 'expel':
        return store.expel(...call.arguments);
      case 'barrier':
        return this.#joinBarrier(call.arguments[0]);
      case 'setEndpoints':
        return this.#client.setEndpoints(call.arguments[0]);
      case 'close':
        return this.#close();
      default:
        return unreachable(call);
    }
  }

  async #open(server: ServerRecord): Promise<undefined> {
    if (this.#opened) throw failure('databaseUnavailable', 'The log is open already.');
    await this.#session.open(server);
    await untilDefinite(() => this.#watch.open());
    this.#quota.open();
    this.#compactor.open();
    this.#opened = true;
    for (const graph of this.#followed.keys()) this.#tellGraph(graph);
    this.#tell();
    return undefined;
  }

  #append(groups: readonly (readonly AppendRequest[])[]): Promise<readonly (readonly AppendOutcome[])[]> {
    return Promise.all(groups.map((group) => this.#appender.append(group)));
  }

  async #campaign(graph: GraphId): Promise<CampaignOutcome> {
    const me = this.#session.me;
    if (me === undefined) return { kind: 'unavailable', reason: 'this server has no session' };
    const { outcome, revision } = await this.#store.campaign(graph, me).catch((error: unknown) => {
      // etcd may have said that there is no such lease.
      this.#session.look();
      throw error;
    });
    if (outcome.kind === 'won') {
      this.#map.put(this.#keys.term(graph), termValue(outcome.term), revision);
      this.#map.put(this.#keys.leader(graph), leaderValue(outcome.term, me), revision);
      this.#tell();
    }
    return outcome;
  }

  #follow(graph: GraphId): undefined {
    if (!this.#followed.has(graph)) this.#followed.set(graph, { head: -1, leadership: '' });
    if (this.#opened) this.#tellGraph(graph);
    return undefined;
  }

  /** Reads that wait at the same time share one put, which begins after all of them asked (SAFETY 25). */
  async #joinBarrier(graphs: readonly GraphId[]): Promise<ReadonlyMap<GraphId, number>> {
    const round = this.#nextBarrier ?? this.#planBarrier();
    for (const graph of graphs) round.graphs.add(graph);
    const heads = await round.heads;
    return new Map(graphs.map((graph) => [graph, heads.get(graph) ?? 0]));
  }

  #planBarrier(): BarrierRound {
    const graphs = new Set<GraphId>();
    const heads = this.#barrier.then(() => {
      this.#nextBarrier = undefined;
      return this.#store.barrier(this.#data.serverName, [...graphs]);
    });
    this.#nextBarrier = { graphs, heads };
    this.#barrier = heads.catch(() => {});
    return this.#nextBarrier;
  }

  /** Tells what changed in the watched state. */
  #tell(): void {
    if (!this.#opened) return;
    const touched = this.#map.takeTouched();
    for (const graph of touched.graphs) this.#tellGraph(graph);
    if (touched.floors) void this.#compactor.truncated();
    if (!touched.servers) return;
    const servers = this.#map.servers();
    const signature = JSON.stringify(servers);
    if (signature === this.#serversTold) return;
    this.#serversTold = signature;
    this.#send({ kind: 'servers', servers });
    const me = this.#session.me;
    if (me !== undefined && !servers.some((server) => server.name === me.name && server.alive)) this.#session.look();
  }

  #tellGraph(graph: GraphId): void {
    const told = this.#followed.get(graph);
    if (told === undefined) return;
    const state = this.#map.graph(graph);
    const leadership = leadershipOf(graph, state);
    const signature = `${leadership.term} ${leadership.life ?? ''} ${leadership.holder ?? ''}`;
    if (told.leadership !== signature) {
      told.leadership = signature;
      this.#send({ kind: 'leadership', leadership });
    }
    if (told.head !== state.head) {
      told.head = state.head;
      this.#send({ kind: 'head', graph, head: state.head });
    }
  }

  async #close(): Promise<undefined> {
    this.#opened = false;
    this.#compactor.close();
    this.#quota.close();
    this.#watch.close();
    await this.#session.end();
    this.#client.close();
    return undefined;
  }
}
