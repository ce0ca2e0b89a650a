// This server's session: a lease in etcd, kept alive from here, given up when the main loop stands still, opened again
// when it was lost. The session's number is the lease's id. All that a session held goes with its lease in one step
// of etcd, so a new session begins with nothing (SAFETY 11); an old one is never left alive beside it.

import { randomInt } from 'node:crypto';
import type { ServerRecord } from '../log.js';
import type { Holder } from '../rules.js';
import type { Beats } from '../watchdog.js';
import { Watchdog } from '../watchdog.js';
import { aliveValue, type Keys, parseAlive, range, serverValue, valueIs } from './keys.js';
import { pause, untilDefinite } from './retry.js';
import { type EtcdClient, RpcFailed } from './rpc/channels.js';

export interface SessionOptions {
  readonly client: EtcdClient;
  readonly keys: Keys;
  readonly leaseMs: number;
  readonly watchdogMs: number;
  readonly beats: Beats;
  readonly onLost: (reason: string) => void;
  readonly note: (line: string, fields: object) => void;
}

/** How many leases etcd may be silent for before the session is taken for lost: it prolongs leases when its leader changes. */
const silentLeases = 3;
const tokenBits = 2 ** 47;
/** At the end: for what is on its way, and for the revocation, which the lease's time replaces. */
const endWaitMs = 500;
const revokeWaitMs = 1000;

export class Session {
  readonly #options: SessionOptions;
  #watchdog: Watchdog;
  #server: ServerRecord | undefined;
  #me: Holder | undefined;
  /** A lease of this life that may still be there. */
  #stale: number | undefined;
  #aliveAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  /** etcd did not answer the last time, and it was said. */
  #silent = false;
  #ended = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog(options.beats, options.watchdogMs, performance.now());
  }

  /** Undefined while there is no session. */
  get me(): Holder | undefined {
    return this.#me;
  }

  get life(): string | undefined {
    return this.#server?.life;
  }

  /** Waits for an earlier session of the name to run out; throws when another process keeps it alive. */
  async open(server: ServerRecord): Promise<void> {
    this.#server = server;
    this.#watchdog = new Watchdog(this.#options.beats, this.#options.watchdogMs, performance.now());
    const until = performance.now() + this.#options.leaseMs * 2 + 4000;
    for (;;) {
      const found = await this.#openOnce(server);
      if (found === 'opened') break;
      if (performance.now() > until) {
        throw new Error(
          found === 'taken'
            ? `The server name '${server.name}' is taken by another process, which is alive. Each server of a cluster needs a name of its own.`
            : 'etcd did not give this server a session.',
        );
      }
      await pause(100);
    }
    this.#plan();
  }

  async announce(server: ServerRecord): Promise<void> {
    this.#server = server;
    const me = this.#me;
    if (me === undefined) return;
    const { client, keys } = this.#options;
    const compare = [valueIs(keys.alive(me.name), aliveValue(me.life, me.session))];
    const success = [{ request_put: { key: keys.server(me.name), value: serverValue(server) } }];
    await untilDefinite(() => client.kv.txn({ compare, success, failure: [] }));
  }

  /** Looks now: somebody says that the session is over. */
  look(): void {
    void this.#tick();
  }

  /** An old lease of this life was seen in the log: it is ended, so that what it may do is definite (SAFETY 13). */
  endStale(session: number): void {
    if (session === this.#me?.session) return;
    this.#options.client.lease.revoke(session).catch((error: unknown) => this.#options.note('an old lease was not revoked', { error: String(error) }));
  }

  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await Promise.race([this.#ticking, pause(endWaitMs)]);
    const session = this.#me?.session ?? this.#stale;
    this.#me = undefined;
    if (session !== undefined) await this.#revoke(session);
  }

  #plan(): void {
    if (this.#ended) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tick(), this.#options.leaseMs / 3);
  }

  #tick(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#ticking ??= this.#work()
      .catch((error: unknown) => {
        if (!this.#silent) this.#options.note('no session was opened; it is tried again', { error: String(error) });
        this.#silent = true;
      })
      .finally(() => {
        this.#ticking = undefined;
        this.#plan();
      });
    return this.#ticking;
  }

  async #work(): Promise<void> {
    if (this.#watchdog.barks(performance.now())) {
      const session = this.#me?.session;
      this.#lose(`the main loop did not beat for ${this.#options.watchdogMs} ms`);
      if (session !== undefined) await this.#revoke(session);
    }
    if (this.#watchdog.wedged || this.#server === undefined) return;
    if (this.#me !== undefined) await this.#keepAlive(this.#me);
    if (this.#me === undefined && !this.#ended) await this.#openOnce(this.#server);
  }

  async #keepAlive(me: Holder): Promise<void> {
    const sentAtMs = performance.now();
    try {
      const { TTL } = await this.#options.client.lease.keepAlive(me.session);
      if (TTL > 0) this.#aliveAtMs = sentAtMs;
      this.#silent = false;
      if (TTL <= 0 && me === this.#me) this.#lose('the session ran out or was ended by another server');
    } catch (error) {
      const silentMs = performance.now() - this.#aliveAtMs;
      if (!this.#silent) this.#options.note('the lease was not kept alive; it is tried again', { error: String(error) });
      this.#silent = true;
      if (silentMs > this.#options.leaseMs * silentLeases) this.#lose('etcd cannot be reached');
    }
  }

  #lose(reason: string): void {
    if (this.#me === undefined) return;
    this.#stale = this.#me.session;
    this.#me = undefined;
    this.#options.onLost(reason);
  }

  /** True when it is gone for certain. */
  async #revoke(session: number): Promise<boolean> {
    try {
      await untilDefinite(() => this.#options.client.lease.revoke(session), revokeWaitMs);
    } catch (error) {
      if (!(error instanceof RpcFailed) || !error.definite) return false;
    }
    if (this.#stale === session) this.#stale = undefined;
    return true;
  }

  /** 'taken': by a session of another life, which may be about to run out. */
  async #openOnce(server: ServerRecord): Promise<'opened' | 'taken' | 'again'> {
    if (this.#stale !== undefined && !(await this.#revoke(this.#stale))) return 'again';
    const { client, keys, leaseMs } = this.#options;
    // Below 2^53, so that it is a number everywhere; chosen here, so that the grant can be repeated.
    const session = randomInt(1, tokenBits) + tokenBits;
    const sentAtMs = performance.now();
    this.#stale = session;
    await this.#grant(session, Math.max(1, Math.ceil(leaseMs / 1000)));
    const alive = keys.alive(server.name);
    const value = aliveValue(server.life, session);
    const request = {
      compare: [valueIs(alive, undefined)],
      success: [{ request_put: { key: alive, value, lease: session } }, { request_put: { key: keys.server(server.name), value: serverValue(server) } }],
      failure: [range({ key: alive })],
    };
    const { succeeded, responses } = await untilDefinite(() => client.kv.txn(request));
    const found = succeeded ? undefined : responses[0]?.response_range?.kvs[0];
    const holder = found === undefined ? undefined : parseAlive(found.value);
    if (succeeded || holder?.session === session) {
      this.#stale = undefined;
      this.#aliveAtMs = sentAtMs;
      this.#me = { name: server.name, life: server.life, session };
      return 'opened';
    }
    await this.#revoke(session);
    if (holder === undefined) return 'again';
    if (holder.life !== server.life) return 'taken';
    await this.#revoke(holder.session);
    return 'again';
  }

  async #grant(session: number, ttlSeconds: number): Promise<void> {
    try {
      await untilDefinite(() => this.#options.client.lease.grant(session, ttlSeconds));
    } catch (error) {
      // An earlier sending was granted.
      if (!(error instanceof RpcFailed) || !error.message.includes('lease already exists')) throw error;
    }
  }
}
