// A client of an etcd cluster: its calls with deadlines, to one endpoint at a time. After a call
// that found the endpoint silent or gone the next endpoint is used; no call is repeated here, because only the caller
// knows whether it may be (SAFETY 13).

import { readFileSync } from 'node:fs';
import { type ChannelCredentials, type ClientDuplexStream, credentials, Client as GrpcClient, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { fromJSON, type MethodDefinition } from '@grpc/proto-loader';
import { assert } from '../../../base/assert.js';
import { failure } from '../../../errors/catalogue.js';
import { descriptor } from './descriptor.js';
import type {
  DeleteRangeRequest,
  DeleteRangeResponse,
  EtcdAlarm,
  Int64Text,
  LeaseGrantResponse,
  LeaseKeepAliveResponse,
  LeaseTimeToLiveResponse,
  MemberAddResponse,
  MemberStatus,
  MembersResponse,
  PutRequest,
  RangeRequest,
  RangeResponse,
  TxnRequest,
  TxnResponse,
  WatchCreateRequest,
  WatchResponse,
} from './messages.js';

export interface EtcdTls {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface EtcdClientOptions {
  /** `http://host:port` or, with `tls`, `https://host:port`. The first is used first. */
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls;
  /** Of a call that names none. Default 500. */
  readonly deadlineMs?: number;
}

/** A call failed. `definite`: etcd refused it, and this very sending never takes effect; otherwise it may have, or may yet. */
export class RpcFailed extends Error {
  override readonly name = 'RpcFailed';
  /** gRPC's status code. */
  readonly code: number;
  readonly definite: boolean;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
    this.definite = refusals.has(code);
  }
}

export interface WatchListener {
  onResponse(response: WatchResponse): void;
  /** The stream is over, whatever the reason; nothing is told afterwards. */
  onEnd(error: RpcFailed): void;
}

export interface WatchStream {
  readonly endpoint: string;
  /** Asks for an answer that carries the revision up to which everything was told. */
  requestProgress(): void;
  /** `onEnd` is not called. */
  close(): void;
}

/** With these etcd, or the channel, says no; all others leave open whether the call takes effect. */
const refusals: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.PERMISSION_DENIED,
  status.RESOURCE_EXHAUSTED,
  status.FAILED_PRECONDITION,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
]);

/** The endpoint is silent or gone, or has no leader: another one may do better. */
const unreachable: ReadonlySet<number> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED, status.INTERNAL, status.UNKNOWN]);

// etcd refuses clients that ping more often than every 5 s.
const channelOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.min_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 500,
  'grpc.keepalive_time_ms': 6000,
  'grpc.keepalive_timeout_ms': 2000,
};

/** Asks a member that knows no leader to say so at once, and to end streams: another member may know one. */
const withLeader = new Metadata();
withLeader.set('hasleader', 'true');

type Method = MethodDefinition<object, object>;

function apiWith(longs: typeof Number | typeof String): (service: string, name: string) => Method {
  const packages = fromJSON(descriptor as unknown as Parameters<typeof fromJSON>[0], { keepCase: true, longs, enums: String, defaults: true });
  return (service, name) => {
    const method = (packages[`etcdserverpb.${service}`] as unknown as Readonly<Record<string, Method>>)[name];
    assert(method !== undefined, `etcd's ${service} has ${name}`);
    return method;
  };
}

const withNumbers = apiWith(Number);
const withTexts = apiWith(String);

export class EtcdClient {
  readonly #deadlineMs: number;
  readonly #tls: EtcdTls | undefined;
  #endpoints: readonly string[];
  #endpointAt = 0;
  /** By endpoint, kept when another one is used. */
  readonly #channels = new Map<string, GrpcClient>();
  #closed = false;

  constructor(options: EtcdClientOptions) {
    this.#deadlineMs = options.deadlineMs ?? 500;
    this.#tls = options.tls;
    this.#endpoints = options.endpoints;
    assert(options.endpoints.length > 0, 'etcd has an endpoint');
    for (const endpoint of options.endpoints) parseEndpoint(endpoint, this.#tls);
  }

  /** The endpoint that the next call goes to. */
  get endpoint(): string {
    return this.#endpoints[this.#endpointAt] as string;
  }

  get endpoints(): readonly string[] {
    return this.#endpoints;
  }

  readonly kv = {
    range: (request: RangeRequest, deadlineMs?: number) => this.#call<RangeResponse>(withNumbers('KV', 'Range'), request, deadlineMs),
    put: (request: PutRequest, deadlineMs?: number) => this.#call<object>(withNumbers('KV', 'Put'), request, deadlineMs),
    deleteRange: (request: DeleteRangeRequest, deadlineMs?: number) => this.#call<DeleteRangeResponse>(withNumbers('KV', 'DeleteRange'), request, deadlineMs),
    txn: (request: TxnRequest, deadlineMs?: number) => this.#call<TxnResponse>(withNumbers('KV', 'Txn'), request, deadlineMs),
    /** `physical`: answers when the space is free. */
    compact: (revision: number, physical: boolean, deadlineMs?: number) => this.#call<object>(withNumbers('KV', 'Compact'), { revision, physical }, deadlineMs),
  };

  readonly lease = {
    grant: (id: number, ttlSeconds: number, deadlineMs?: number) =>
      this.#call<LeaseGrantResponse>(withNumbers('Lease', 'LeaseGrant'), { ID: id, TTL: ttlSeconds }, deadlineMs),
    revoke: (id: number, deadlineMs?: number) => this.#call<object>(withNumbers('Lease', 'LeaseRevoke'), { ID: id }, deadlineMs),
    keepAlive: (id: number, deadlineMs?: number) => this.#keepAlive(id, deadlineMs),
    timeToLive: (id: number, deadlineMs?: number) =>
      this.#call<LeaseTimeToLiveResponse>(withNumbers('Lease', 'LeaseTimeToLive'), { ID: id, keys: true }, deadlineMs),
  };

  readonly cluster = {
    add: (peerURLs: readonly string[], isLearner: boolean, deadlineMs?: number) =>
      this.#call<MemberAddResponse>(withTexts('Cluster', 'MemberAdd'), { peerURLs, isLearner }, deadlineMs),
    remove: (id: Int64Text, deadlineMs?: number) => this.#call<MembersResponse>(withTexts('Cluster', 'MemberRemove'), { ID: id }, deadlineMs),
    update: (id: Int64Text, peerURLs: readonly string[], deadlineMs?: number) =>
      this.#call<MembersResponse>(withTexts('Cluster', 'MemberUpdate'), { ID: id, peerURLs }, deadlineMs),
    list: (deadlineMs?: number) => this.#call<MembersResponse>(withTexts('Cluster', 'MemberList'), {}, deadlineMs),
    promote: (id: Int64Text, deadlineMs?: number) => this.#call<MembersResponse>(withTexts('Cluster', 'MemberPromote'), { ID: id }, deadlineMs),
  };

  readonly maintenance = {
    status: (deadlineMs?: number) => this.#status(deadlineMs),
    alarms: async (deadlineMs?: number) =>
      (await this.#call<{ alarms: readonly EtcdAlarm[] }>(withTexts('Maintenance', 'Alarm'), { action: 'GET' }, deadlineMs)).alarms,
    disarm: async (alarm: EtcdAlarm, deadlineMs?: number) =>
      void (await this.#call(withTexts('Maintenance', 'Alarm'), { action: 'DEACTIVATE', ...alarm }, deadlineMs)),
    /** Blocks the member that answers. */
    defragment: async (deadlineMs?: number) => void (await this.#call(withTexts('Maintenance', 'Defragment'), {}, deadlineMs)),
    /** Only the leader takes it. */
    moveLeader: async (targetId: Int64Text, deadlineMs?: number) =>
      void (await this.#call(withTexts('Maintenance', 'MoveLeader'), { targetID: targetId }, deadlineMs)),
  };

  /** Over the present endpoint; a stream that ends is not opened again here. */
  watch(request: WatchCreateRequest, listener: WatchListener): WatchStream {
    const { endpoint } = this;
    const stream = this.#open<WatchResponse>(withNumbers('Watch', 'Watch'), undefined);
    let over = false;
    const end = (error: RpcFailed) => {
      if (over) return;
      over = true;
      stream.cancel();
      listener.onEnd(error);
    };
    stream.on('data', (response: WatchResponse) => {
      if (!over) listener.onResponse(response);
    });
    stream.on('error', (error: ServiceError) => end(this.#failed(error, endpoint)));
    stream.on('end', () => end(new RpcFailed(status.UNAVAILABLE, 'etcd ended the watch')));
    stream.write({ create_request: request });
    return {
      endpoint,
      requestProgress: () => void (over || stream.write({ progress_request: {} })),
      close: () => {
        over = true;
        stream.cancel();
      },
    };
  }

  /** Calls on their way end as they do; the present endpoint is kept where it is still there. */
  setEndpoints(endpoints: readonly string[]): void {
    assert(endpoints.length > 0, 'etcd has an endpoint');
    for (const endpoint of endpoints) parseEndpoint(endpoint, this.#tls);
    const at = endpoints.indexOf(this.endpoint);
    this.#endpoints = endpoints;
    this.#endpointAt = Math.max(0, at);
    for (const [endpoint, channel] of this.#channels) {
      if (endpoints.includes(endpoint)) continue;
      this.#channels.delete(endpoint);
      channel.close();
    }
  }

  /** The next call goes to the next endpoint. */
  rotate(): void {
    this.#endpointAt = (this.#endpointAt + 1) % this.#endpoints.length;
  }

  /** Back to the first endpoint, the nearest member, if it is there again and knows a leader. */
  async preferFirst(): Promise<void> {
    const first = this.#endpoints[0] as string;
    if (this.endpoint === first) return;
    const raw = await this.#call<{ readonly leader: Int64Text }>(withTexts('Maintenance', 'Status'), {}, this.#deadlineMs, first);
    const at = this.#endpoints.indexOf(first);
    if (raw.leader !== '0' && at === 0) this.#endpointAt = 0;
  }

  close(): void {
    this.#closed = true;
    for (const channel of this.#channels.values()) channel.close();
  }

  #channel(endpoint: string): GrpcClient {
    if (this.#closed) throw new RpcFailed(status.FAILED_PRECONDITION, 'the client of etcd is closed');
    let channel = this.#channels.get(endpoint);
    if (channel === undefined) {
      channel = new GrpcClient(parseEndpoint(endpoint, this.#tls).address, channelCredentials(this.#tls), channelOptions);
      this.#channels.set(endpoint, channel);
    }
    return channel;
  }

  async #call<Response>(method: Method, request: object, deadlineMs = this.#deadlineMs, endpoint = this.endpoint): Promise<Response> {
    const channel = this.#channel(endpoint);
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + deadlineMs;
      const metadata = needsLeader(method, request) ? withLeader : new Metadata();
      channel.makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, request, metadata, { deadline }, (error, response) => {
        if (error !== null) reject(this.#failed(error, endpoint));
        else resolve(response as Response);
      });
    });
  }

  /** One request and its answer over a stream of their own. */
  async #keepAlive(id: number, deadlineMs = this.#deadlineMs): Promise<LeaseKeepAliveResponse> {
    const { endpoint } = this;
    const stream = this.#open<LeaseKeepAliveResponse>(withNumbers('Lease', 'LeaseKeepAlive'), Date.now() + deadlineMs);
    try {
      return await new Promise((resolve, reject) => {
        stream.on('data', resolve);
        stream.on('error', (error: ServiceError) => reject(this.#failed(error, endpoint)));
        stream.on('end', () => reject(new RpcFailed(status.UNAVAILABLE, 'etcd ended the stream without an answer')));
        stream.write({ ID: id });
      });
    } finally {
      stream.cancel();
    }
  }

  #open<Response>(method: Method, deadline: number | undefined): ClientDuplexStream<object, Response> {
    const options = deadline === undefined ? {} : { deadline };
    const stream = this.#channel(this.endpoint).makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize, withLeader, options);
    return stream as unknown as ClientDuplexStream<object, Response>;
  }

  async #status(deadlineMs?: number): Promise<MemberStatus> {
    type Raw = Readonly<Record<'version' | 'dbSize' | 'dbSizeInUse' | 'leader' | 'raftIndex' | 'raftAppliedIndex' | 'raftTerm', string>>;
    type Answer = Raw & { readonly header: { readonly member_id: Int64Text }; readonly errors: readonly string[]; readonly isLearner: boolean };
    const raw = await this.#call<Answer>(withTexts('Maintenance', 'Status'), {}, deadlineMs);
    return {
      memberId: raw.header.member_id,
      version: raw.version,
      dbSize: Number(raw.dbSize),
      dbSizeInUse: Number(raw.dbSizeInUse),
      leader: raw.leader,
      raftIndex: Number(raw.raftIndex),
      raftAppliedIndex: Number(raw.raftAppliedIndex),
      raftTerm: Number(raw.raftTerm),
      errors: raw.errors,
      isLearner: raw.isLearner,
    };
  }

  #failed(error: ServiceError, endpoint: string): RpcFailed {
    // Other calls fail with the same endpoint; one step to the next is enough for all.
    if (unreachable.has(error.code) && endpoint === this.endpoint) this.rotate();
    return new RpcFailed(error.code, error.details || error.message);
  }
}

/** Members and their state are told by a member alone, too, and so is what it has, asked for as such. */
function needsLeader(method: Method, request: { readonly serializable?: boolean }): boolean {
  return request.serializable !== true && !/\.(Cluster|Maintenance)\//.test(method.path);
}

function parseEndpoint(endpoint: string, tls: EtcdTls | undefined): { readonly address: string } {
  const found = /^(https?):\/\/([^/]+:\d+)\/?$/.exec(endpoint);
  if (found === null) throw failure('databaseUnavailable', `'${endpoint}' is not an endpoint of etcd: write http://host:port or https://host:port.`);
  if ((found[1] === 'https') !== (tls !== undefined)) {
    throw failure('databaseUnavailable', `The endpoint ${endpoint} of etcd needs ${tls === undefined ? 'log.etcd.tls' : 'https:// with log.etcd.tls'}.`);
  }
  return { address: found[2] as string };
}

function channelCredentials(tls: EtcdTls | undefined): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  return credentials.createSsl(readFileSync(tls.caFile), readFileSync(tls.keyFile), readFileSync(tls.certFile));
}
