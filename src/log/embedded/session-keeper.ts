// This server's own session: opened, signed in the lease file, given up when the main loop stands still, opened again
// when it was lost. It is told when to look (`tick`); it sets no timers.

import type { ServerRecord } from '../log.js';
import type { Holder } from '../rules.js';
import { Watchdog } from '../watchdog.js';
import type { SessionRecord } from './layout.js';
import { writeLease } from './leases.js';
import type { LogStore } from './log-store.js';
import { monotonicMs, processFacts } from './process-facts.js';
import type { Signals } from './signals.js';

export interface SessionKeeperOptions {
  readonly folder: string;
  readonly leaseMs: number;
  readonly watchdogMs: number;
  readonly signals: Signals;
  readonly store: LogStore;
  readonly onLost: (reason: string) => void;
  /** The registry changed. */
  readonly onChanged: () => void;
}

export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #startTime = processFacts(process.pid).startTime;
  #server: ServerRecord | undefined;
  #me: Holder | undefined;
  #watchdog: Watchdog;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog(options.signals, options.watchdogMs, monotonicMs());
  }

  /** Undefined while there is no session. */
  get me(): Holder | undefined {
    return this.#me;
  }

  /** Throws when another living process has the server's name. */
  open(server: ServerRecord): void {
    this.#server = server;
    this.#watchdog = new Watchdog(this.#options.signals, this.#options.watchdogMs, monotonicMs());
    const taken = this.#open(server);
    if (taken !== undefined) {
      throw new Error(`The server name '${server.name}' is taken by process ${taken.pid}, which is alive. Each server of a cluster needs a name of its own.`);
    }
  }

  announce(server: ServerRecord): void {
    this.#server = server;
    if (this.#me !== undefined) this.#options.store.announce(server, this.#me);
  }

  /** Signs the lease; gives the session up after `watchdogMs` without a beat of the main loop. */
  tick(): void {
    if (this.#server === undefined) return;
    if (this.#watchdog.barks(monotonicMs())) {
      this.end();
      this.#lose(`the main loop did not beat for ${this.#options.watchdogMs} ms`);
    }
    if (this.#watchdog.wedged) return;
    if (this.#me === undefined) this.#open(this.#server);
    else this.#sign(this.#me.session);
  }

  /** Compares with what the log says of this server; opens a new session when the old one is gone. */
  compare(record: SessionRecord | undefined): void {
    const me = this.#me;
    if (me === undefined || this.#server === undefined) return;
    if (record !== undefined && !record.ended && record.session === me.session && record.server.life === me.life) return;
    this.#lose('the session ran out or was ended by another server');
    if (!this.#watchdog.wedged) this.#open(this.#server);
  }

  /** Ends the session; what it held is vacant. */
  end(): void {
    const me = this.#me;
    if (me === undefined) return;
    this.#options.store.endSession(me.name, (record) => record.session === me.session);
    this.#options.onChanged();
  }

  #lose(reason: string): void {
    this.#me = undefined;
    this.#options.signals.setSession(0);
    this.#options.onLost(reason);
  }

  #open(server: ServerRecord): SessionRecord | undefined {
    const opened = this.#options.store.openSession(server, (session) => this.#sign(session));
    if ('takenBy' in opened) return opened.takenBy;
    this.#me = opened;
    this.#options.signals.setSession(opened.session);
    this.#options.onChanged();
    return undefined;
  }

  #sign(session: number): void {
    const { folder, leaseMs } = this.#options;
    const name = this.#server?.name;
    if (name === undefined) return;
    writeLease(folder, name, { expiresAtMs: monotonicMs() + leaseMs, session, pid: process.pid, startTime: this.#startTime });
  }
}
