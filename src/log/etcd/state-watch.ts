// Keeps a `StateMap` current: a range over all of `state/`, then a watch from the revision after it. A watch that
// ends, is silent or begins at a compacted revision is followed by another range; and every half minute by one
// whatever it says, since there are versions of etcd whose watches lose events. What is told is a hint: appends are
// judged by etcd alone.

import type { Keys } from './keys.js';
import { pause } from './retry.js';
import type { EtcdClient, WatchStream } from './rpc/channels.js';
import type { WatchResponse } from './rpc/messages.js';
import type { StateMap } from './state-map.js';

const progressEveryMs = 1000;
/** Looks between two questions whether the nearest member is there again. */
const looksPerPreference = 5;
const silentMsMax = 3000;
const reloadEveryMs = 30_000;
const reloadPauseMs = 50;
const reloadPauseMsMax = 500;
const rangeDeadlineMs = 3000;

export interface StateWatchOptions {
  readonly client: EtcdClient;
  readonly keys: Keys;
  readonly map: StateMap;
  /** The map may have changed. */
  readonly onChanged: () => void;
  readonly note: (line: string, fields: object) => void;
}

export class StateWatch {
  readonly #options: StateWatchOptions;
  #watch: WatchStream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #heardAtMs = 0;
  #loadedAtMs = 0;
  #loading = false;
  #looks = 0;
  #closed = false;

  constructor(options: StateWatchOptions) {
    this.#options = options;
  }

  /** Throws when etcd cannot be asked; afterwards it is asked again by itself. */
  async open(): Promise<void> {
    await this.#load();
    this.#timer = setInterval(() => this.#look(), progressEveryMs);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#watch?.close();
  }

  async #load(): Promise<void> {
    const { client, keys, map, onChanged } = this.#options;
    const newest = map.newestRevision;
    const { kvs, header } = await client.kv.range(keys.state, rangeDeadlineMs);
    if (this.#closed) return;
    // etcd was restored from an older state: what it says now is what holds.
    if (header.revision < newest) map.forgetRevisions();
    map.load(kvs, header.revision);
    const now = performance.now();
    this.#heardAtMs = now;
    this.#loadedAtMs = now;
    this.#watch?.close();
    this.#watch = client.watch(
      { ...keys.state, start_revision: header.revision + 1 },
      { onResponse: (response) => this.#heard(response), onEnd: (error) => this.#again(error.message) },
    );
    onChanged();
  }

  #heard(response: WatchResponse): void {
    if (response.canceled) {
      this.#again(response.compact_revision > 0 ? `revision ${response.compact_revision} is compacted` : response.cancel_reason);
      return;
    }
    this.#heardAtMs = performance.now();
    const { map, onChanged } = this.#options;
    for (const { type, kv } of response.events) {
      if (type === 'DELETE') map.remove(kv.key, kv.mod_revision);
      else map.put(kv.key, kv.value, kv.mod_revision);
    }
    if (response.events.length > 0) onChanged();
  }

  #look(): void {
    const now = performance.now();
    const { client } = this.#options;
    this.#looks++;
    // It is asked aside; no answer is an answer.
    if (this.#looks % looksPerPreference === 0) client.preferFirst().catch(() => {});
    if (this.#watch !== undefined && this.#watch.endpoint !== client.endpoint) {
      // Calls left that member; a watch there might be cut off with it and not know.
      this.#again(`${this.#watch.endpoint} was left`);
    } else if (now - this.#heardAtMs > silentMsMax) {
      client.rotate();
      this.#again(`nothing was heard for ${silentMsMax} ms`);
    } else if (now - this.#loadedAtMs > reloadEveryMs) {
      void this.#reload();
    } else {
      this.#watch?.requestProgress();
    }
  }

  #again(reason: string): void {
    if (this.#closed || this.#loading) return;
    this.#watch?.close();
    this.#options.note('the watch of the log is begun again', { reason });
    void this.#reload();
  }

  async #reload(): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    try {
      for (let waitMs = reloadPauseMs; ; waitMs = Math.min(waitMs * 2, reloadPauseMsMax)) {
        try {
          await this.#load();
          return;
        } catch (error) {
          if (this.#closed) return;
          if (waitMs === reloadPauseMs) this.#options.note('the state of the log was not read; it is tried again', { error: String(error) });
          await pause(waitMs);
        }
      }
    } finally {
      this.#loading = false;
    }
  }
}
