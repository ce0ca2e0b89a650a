// The log on an etcd cluster: any CORE may lead, and a commit is safe once a majority of etcd's members has synced it.
// A worker thread holds the connections and the lease, so that a busy main loop loses no session; a main loop that
// stands still does (`beat`).

import { type Logger, noLogger } from '../../base/logger.js';
import { workerUrl } from '../../base/worker.js';
import type { Log } from '../log.js';
import { Beats } from '../watchdog.js';
import { WorkerLog } from '../worker-log.js';
import type { OwnCall, WorkerData } from './engine.js';
import type { EtcdTls } from './rpc/channels.js';

export interface EtcdLogOptions {
  /** All servers of one Causeway cluster name the same; an etcd may serve several clusters. */
  readonly cluster: string;
  readonly serverName: string;
  /** `http://host:port`, or `https://host:port` with `tls`; the first is used first. */
  readonly endpoints: readonly string[];
  /** Mutual: this server's certificate for etcd, and the authority of etcd's own. */
  readonly tls?: EtcdTls;
  /** Without a sign of life for so long a session is dead; etcd raises what is below 1.5 of its election timeouts. Default 2000. */
  readonly leaseMs?: number;
  /** Without `beat()` for so long the session is given up. Default 5000. */
  readonly watchdogMs?: number;
  /** For one answer of etcd, before another endpoint is asked. Default 500. */
  readonly deadlineMs?: number;
  /** `log.etcd.quota_bytes`: what etcd may hold before appends are refused. Default 2 GiB, half of a managed member's own quota. */
  readonly quotaBytes?: number;
  /** `log.etcd.graph_quota_bytes`: of one graph's log. Default: half of `quotaBytes`. */
  readonly graphQuotaBytes?: number;
  readonly logger?: Logger;
}

const quotaBytesDefault = 2 * 1024 ** 3;

export interface EtcdLog extends Log {
  /** The members moved: what is asked from now on goes to these. */
  setEndpoints(endpoints: readonly string[]): void;
}

export function createEtcdLog(options: EtcdLogOptions): EtcdLog {
  const beats = new Beats();
  const quotaBytes = options.quotaBytes ?? quotaBytesDefault;
  const data: WorkerData = {
    cluster: options.cluster,
    serverName: options.serverName,
    endpoints: options.endpoints,
    tls: options.tls,
    leaseMs: options.leaseMs ?? 2000,
    watchdogMs: options.watchdogMs ?? 5000,
    deadlineMs: options.deadlineMs ?? 500,
    quotaBytes,
    graphQuotaBytes: options.graphQuotaBytes ?? quotaBytes / 2,
    beats: beats.buffer,
  };
  return new WorkerEtcdLog(data, beats, options.logger ?? noLogger);
}

class WorkerEtcdLog extends WorkerLog<OwnCall> implements EtcdLog {
  readonly #logger: Logger;

  constructor(data: WorkerData, beats: Beats, logger: Logger) {
    super({
      description: { engine: 'etcd', durability: 'a majority of the members of etcd: the loss of any minority of them loses nothing acknowledged' },
      workerUrl: workerUrl(import.meta.url, './worker.js'),
      workerData: data,
      beat: () => beats.beat(),
      // A copy also of a Buffer, whose `slice` is none.
      pack: (request) => new Uint8Array(request.payload),
      appendsTogether: false,
      logger,
    });
    this.#logger = logger;
  }

  setEndpoints(endpoints: readonly string[]): void {
    this.callWorker({ name: 'setEndpoints', arguments: [endpoints] }).catch((error: unknown) => this.#logger.warn({ error }, 'the endpoints were not changed'));
  }
}
