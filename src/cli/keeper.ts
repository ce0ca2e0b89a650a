// The process that keeps a cluster on this machine: its servers as children, started again when they die, until it is told to stop.
// It follows plan.json: at SIGHUP it starts what is new there, and lets go of what is gone.

import { killMembers } from './carried-members.js';
import type { DataFolder } from './data-folder.js';
import { writeConfigurations } from './plan.js';
import { type ServerPlan, ServerProcess } from './server-process.js';

const KILL_AFTER_MS = 15_000;

export class Keeper {
  readonly #folder: DataFolder;
  readonly #restart: boolean;
  readonly #say: (line: string) => void;
  #servers: readonly ServerProcess[];
  #stopping: boolean;

  constructor(folder: DataFolder, plans: readonly ServerPlan[], restart: boolean, say: (line: string) => void) {
    this.#folder = folder;
    this.#restart = restart;
    this.#say = say;
    this.#stopping = false;
    this.#servers = plans.map((plan) => this.#process(plan));
    for (const server of this.#servers) server.start();
    process.on('SIGINT', () => this.#stop());
    process.on('SIGTERM', () => this.#stop());
    process.on('SIGHUP', () => void this.#follow());
  }

  get listed() {
    return this.#servers.map((server) => server.listed);
  }

  async allReady(): Promise<void> {
    while (!this.#servers.every((server) => server.ready)) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Never resolves: stopping ends the process. */
  untilStopped(): Promise<never> {
    return new Promise(() => {});
  }

  #process(plan: ServerPlan): ServerProcess {
    return new ServerProcess(plan, this.#restart, {
      onPid: () => this.#list(),
      onReady: () => this.#say(`${plan.name} serves bolt://${plan.bolt} http://${plan.http}`),
      onEnd: (how, restarting) => this.#say(`${plan.name} ${how}; see ${plan.folder}/server.log${restarting ? '; it is started again' : ''}`),
    });
  }

  #list(): void {
    this.#folder.listServers(this.listed);
  }

  async #follow(): Promise<void> {
    const plan = this.#folder.plan();
    if (plan === undefined || this.#stopping) return;
    const plans = writeConfigurations(this.#folder, plan);
    const gone = this.#servers.filter((server) => !plans.some(({ name }) => name === server.plan.name));
    const fresh = plans.filter(({ name }) => !this.#servers.some((server) => server.plan.name === name)).map((one) => this.#process(one));
    this.#servers = [...this.#servers.filter((server) => !gone.includes(server)), ...fresh];
    for (const server of fresh) server.start();
    this.#list();
    await Promise.all(
      gone.map(async (server) => {
        await this.#ended(server);
        this.#say(`${server.plan.name} stopped: it is no part of the cluster any more`);
      }),
    );
  }

  async #ended(server: ServerProcess): Promise<void> {
    const late = setTimeout(() => server.signal('SIGKILL'), KILL_AFTER_MS);
    server.signal('SIGTERM');
    await server.gone();
    clearTimeout(late);
  }

  /** A second time kills. */
  #stop(): void {
    if (this.#stopping) {
      for (const server of this.#servers) server.signal('SIGKILL');
      killMembers(this.#folder, this.#servers);
      process.exit(1);
    }
    this.#stopping = true;
    this.#say('stopping');
    void Promise.all(this.#servers.map((server) => this.#ended(server))).then(() => {
      // Of servers that had to be killed.
      killMembers(this.#folder, this.#servers);
      this.#say('stopped');
      process.exit(0);
    });
  }
}
