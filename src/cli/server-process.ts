// One server as a child process: started from its configuration, watched, started again when it dies.
//
// It has a process group of its own, so that Ctrl-C reaches the keeper alone, and a pipe on its standard input whose
// end tells it that the keeper is gone.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ListedServer } from './data-folder.js';

/** A server that died may die again at once; one that was stopped in order is wanted back. */
const RESTART_AFTER_DEATH_MS = 2000;
const RESTART_AFTER_STOP_MS = 100;

export interface ServerPlan {
  readonly name: string;
  readonly kind: 'CORE' | 'READ_REPLICA';
  readonly bolt: string;
  readonly http: string;
  readonly folder: string;
  readonly configFile: string;
}

export interface ServerProcessEvents {
  onReady(): void;
  onPid(): void;
  /** It ended by itself; `restarting` says whether it is started again. */
  onEnd(how: string, restarting: boolean): void;
}

export class ServerProcess {
  readonly plan: ServerPlan;
  readonly #restart: boolean;
  readonly #events: ServerProcessEvents;
  #child: ChildProcess | undefined;
  #stopping: boolean;
  ready: boolean;

  constructor(plan: ServerPlan, restart: boolean, events: ServerProcessEvents) {
    this.plan = plan;
    this.#restart = restart;
    this.#events = events;
    this.#child = undefined;
    this.#stopping = false;
    this.ready = false;
  }

  get listed(): ListedServer {
    const { name, kind, bolt, http } = this.plan;
    return { name, kind, pid: this.#child?.pid ?? 0, bolt, http };
  }

  start(): void {
    mkdirSync(this.plan.folder, { recursive: true });
    const errors = openSync(`${this.plan.folder}/stderr.log`, 'a');
    const main = fileURLToPath(new URL('./main.js', import.meta.url));
    const child = spawn(process.execPath, [main, 'server', '--config', this.plan.configFile], {
      detached: true,
      stdio: ['pipe', 'pipe', errors],
      env: { ...process.env, CAUSEWAY_KEEPER: 'stdin' },
    });
    this.#child = child;
    this.ready = false;
    child.stdin?.on('error', () => {});
    child.stdout?.on('data', (bytes: Buffer) => this.#said(bytes.toString()));
    child.once('exit', (code, signal) => this.#ended(code, signal));
    this.#events.onPid();
  }

  signal(signal: NodeJS.Signals): void {
    this.#stopping = true;
    this.#child?.kill(signal);
  }

  /** Resolves when the process is gone. */
  gone(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => child.once('exit', () => resolve()));
  }

  #said(text: string): void {
    if (!text.includes('"event":"ready"')) return;
    this.ready = true;
    this.#events.onReady();
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.ready = false;
    if (this.#stopping) return;
    this.#events.onEnd(code === 0 ? 'stopped' : `died (${signal ?? `exit code ${code}`})`, this.#restart);
    if (!this.#restart) return;
    const again = () => {
      if (!this.#stopping) this.start();
    };
    setTimeout(again, code === 0 ? RESTART_AFTER_STOP_MS : RESTART_AFTER_DEATH_MS);
  }
}
