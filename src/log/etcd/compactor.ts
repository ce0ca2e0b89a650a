// Compaction of etcd's history: every append leaves the head's older value behind, and what is deleted takes space
// until it is compacted. One server of the cluster does it (SAFETY 15), up to a revision that is a minute old, so that
// watches that lag still find theirs; at once when space runs out, for a watch that lost its revision begins anew.

import { type Keys, valueIs } from './keys.js';
import type { Quota } from './quota.js';
import { pause } from './retry.js';
import { type EtcdClient, RpcFailed } from './rpc/channels.js';
import type { Session } from './session.js';

const lookEveryMsDefault = 15_000;
const marginMsDefault = 60_000;
const compactDeadlineMs = 10_000;
/** How long a truncation waits for its space to be counted as free. */
const freeWaitMs = 3000;
const freeLookMs = 110;

export interface CompactorOptions {
  readonly client: EtcdClient;
  readonly keys: Keys;
  readonly session: Pick<Session, 'me'>;
  readonly quota: Pick<Quota, 'nearFull' | 'refresh'>;
  /** How old a revision must be. Default a minute. */
  readonly marginMs?: number;
  readonly lookEveryMs?: number;
  readonly note: (line: string, fields: object) => void;
}

export class Compactor {
  readonly #options: CompactorOptions;
  /** Revisions, and when they were the newest; oldest first. */
  #seen: { readonly revision: number; readonly atMs: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CompactorOptions) {
    this.#options = options;
  }

  open(): void {
    this.#timer = setInterval(() => void this.#guarded(() => this.#look()), this.#options.lookEveryMs ?? lookEveryMsDefault);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** After a truncation, of this server's or another's. */
  async truncated(): Promise<void> {
    const { quota } = this.#options;
    if (!quota.nearFull) return;
    await this.#guarded(async () => {
      const owned = await this.#owned();
      if (owned !== undefined) await this.#compact(owned, true);
      for (const until = performance.now() + freeWaitMs; ; await pause(freeLookMs)) {
        await quota.refresh();
        if (!quota.nearFull || performance.now() > until) return;
        // etcd counts freed pages as free with the batch of writes after the next; where nothing else is written, this is.
        await this.#owned();
      }
    });
  }

  async #look(): Promise<void> {
    const revision = await this.#owned();
    if (revision === undefined) {
      this.#seen = [];
      return;
    }
    const now = performance.now();
    this.#seen.push({ revision, atMs: now });
    const old = this.#seen.filter(({ atMs }) => now - atMs >= (this.#options.marginMs ?? marginMsDefault));
    const target = old.at(-1);
    if (target === undefined) return;
    this.#seen = this.#seen.slice(old.length);
    await this.#compact(target.revision, false);
  }

  /** The newest revision, when this server is the one that compacts. */
  async #owned(): Promise<number | undefined> {
    const { client, keys, session } = this.#options;
    const me = session.me;
    if (me === undefined) return undefined;
    const value = Buffer.from(JSON.stringify([me.name, me.session]));
    const key = keys.compactor;
    const put = { request_put: { key, value, lease: me.session } };
    const taken = await client.kv.txn({ compare: [valueIs(key, undefined)], success: [put], failure: [] });
    if (taken.succeeded) return taken.header.revision;
    const kept = await client.kv.txn({ compare: [valueIs(key, value)], success: [put], failure: [] });
    return kept.succeeded ? kept.header.revision : undefined;
  }

  async #compact(revision: number, physical: boolean): Promise<void> {
    try {
      await this.#options.client.kv.compact(revision, physical, compactDeadlineMs);
    } catch (error) {
      // Somebody compacted further already.
      if (!(error instanceof RpcFailed) || !error.definite) throw error;
    }
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.note('the history of etcd was not compacted', { error: String(error) });
    }
  }
}
