// How full the log is allowed to be: appends slow down as etcd's data nears the setting, and are refused at it, long
// before etcd's own alarm, which would refuse leases and so elections, too. Truncation frees what may be written again.
// What etcd says is a moment old; what this server appended since is added to it.

import type { GraphId } from '../log.js';
import type { EtcdClient } from './rpc/channels.js';

export interface QuotaOptions {
  readonly client: EtcdClient;
  readonly quotaBytes: number;
  readonly graphQuotaBytes: number;
  /** Bytes stored for the graph up to its floor. */
  readonly floorBytes: (graph: GraphId) => number;
  readonly note: (line: string, fields: object) => void;
}

/** From this share of the quota on, every append waits a little, up to the whole delay. */
const slowFrom = 0.8;
const delayMsMax = 250;
const lookEveryMs = 2000;
const lookEveryMsNearFull = 400;

export class Quota {
  readonly #options: QuotaOptions;
  #inUseBytes = 0;
  #addedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #noted = false;
  #errorsNoted = '';

  constructor(options: QuotaOptions) {
    this.#options = options;
  }

  open(): void {
    void this.#look();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  added(bytes: number): void {
    this.#addedBytes += bytes;
  }

  get nearFull(): boolean {
    return this.#share() >= slowFrom;
  }

  delayMs(): number {
    return Math.max(0, Math.min(1, (this.#share() - slowFrom) / (1 - slowFrom))) * delayMsMax;
  }

  refusal(bytes: number): string | undefined {
    const { quotaBytes } = this.#options;
    const used = this.#inUseBytes + this.#addedBytes;
    if (used + bytes <= quotaBytes) return undefined;
    return `etcd holds ${used} bytes of log and log.etcd.quota_bytes is ${quotaBytes}: raise it (of an etcd of your own also --quota-backend-bytes, to at least twice as much)`;
  }

  /** `storedBytes`: for all entries of the graph ever, with the one that is asked for. */
  refusalOf(graph: GraphId, storedBytes: number): string | undefined {
    const { graphQuotaBytes, floorBytes } = this.#options;
    const bytes = storedBytes - floorBytes(graph);
    if (bytes <= graphQuotaBytes) return undefined;
    return `the log of this graph would take ${bytes} bytes and log.etcd.graph_quota_bytes is ${graphQuotaBytes}: raise it`;
  }

  /** Asks etcd now, so that freed space counts. */
  async refresh(): Promise<void> {
    const addedBefore = this.#addedBytes;
    const { dbSizeInUse, errors } = await this.#options.client.maintenance.status();
    this.#inUseBytes = dbSizeInUse;
    this.#addedBytes -= addedBefore;
    if (this.nearFull && !this.#noted) {
      this.#options.note('the log nears log.etcd.quota_bytes: appends are slowed down', { bytes: dbSizeInUse, quotaBytes: this.#options.quotaBytes });
    }
    this.#noted = this.nearFull;
    // Such as its own alarms, NOSPACE and CORRUPT.
    const said = errors.join('; ');
    if (said !== '' && said !== this.#errorsNoted) this.#options.note('a member of etcd reports errors', { errors: said });
    this.#errorsNoted = said;
  }

  #share(): number {
    return (this.#inUseBytes + this.#addedBytes) / this.#options.quotaBytes;
  }

  async #look(): Promise<void> {
    try {
      await this.refresh();
    } catch {
      // Whether etcd answers is the session's to say; the last size stands, and what is added to it.
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#look(), this.nearFull ? lookEveryMsNearFull : lookEveryMs);
  }
}
