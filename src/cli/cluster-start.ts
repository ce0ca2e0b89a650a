// `causeway cluster start`, which is also `npm start`: a whole cluster on this machine, until Ctrl-C.

import { mkdirSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { CliError } from './cli-error.js';
import { DataFolder } from './data-folder.js';
import { statusOf } from './http-client.js';
import { freePort, isFree } from './ports.js';
import { loadSample } from './sample.js';
import { type ServerPlan, ServerProcess } from './server-process.js';
import { serverTable } from './tables.js';

export interface StartOptions {
  readonly cores: number;
  readonly replicas: number;
  readonly log: 'embedded' | 'etcd';
  readonly data: string;
  readonly boltPort: number;
  readonly httpPort: number;
  readonly password?: string;
  readonly sample: boolean;
  readonly restart: boolean;
}

const KILL_AFTER_MS = 15_000;
const ONE_DISK = 'The log is embedded: one disk, this one. A commit is safe once it is synced there; if the disk is lost, so is the data.';

export async function startCluster(options: StartOptions): Promise<void> {
  if (options.log === 'etcd') throw new CliError('--log etcd is not there yet in this version; use --log embedded.');
  const folder = new DataFolder(options.data);
  const running = folder.keeper();
  if (running !== undefined)
    throw new CliError(`A cluster is running in ${folder.root} already (pid ${running}). Stop it with: causeway cluster stop --data ${folder.root}`);
  await refuseTakenPorts(options);
  folder.create();
  folder.becomeKeeper();
  const { password, madeUp } = folder.keepPassword(options.password);
  folder.keepSecret();
  const plans = await planServers(folder, options);
  say(`Starting ${options.cores} CORE and ${options.replicas} READ_REPLICA servers, data in ${folder.root}`);
  const keeper = new Keeper(folder, plans, options.restart);
  await keeper.allReady();
  await settled(keeper, password);
  if (options.sample) await loadSample(folder, keeper.listed[0] as (typeof keeper.listed)[number], password, say);
  const statuses = await Promise.all(keeper.listed.map((server) => statusOf(server, password)));
  say(`\n${serverTable(keeper.listed, statuses, true)}\n`);
  say(ONE_DISK);
  say(madeUp ? `User neo4j, password ${password}  (kept in ${folder.file('password')})` : `User neo4j, password in ${folder.file('password')}`);
  say(`ready: every server takes every query. Ctrl-C stops all.`);
  await keeper.untilStopped();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function names(options: StartOptions): readonly { readonly name: string; readonly kind: 'CORE' | 'READ_REPLICA' }[] {
  const cores = Array.from({ length: options.cores }, (_, index) => ({ name: `core${index + 1}`, kind: 'CORE' as const }));
  const replicas = Array.from({ length: options.replicas }, (_, index) => ({ name: `replica${index + 1}`, kind: 'READ_REPLICA' as const }));
  return [...cores, ...replicas];
}

async function refuseTakenPorts(options: StartOptions): Promise<void> {
  for (const [index] of names(options).entries()) {
    for (const [first, option] of [
      [options.boltPort, '--bolt-port'],
      [options.httpPort, '--http-port'],
    ] as const) {
      if (!(await isFree(first + index))) throw new CliError(`Port ${first + index} is taken by another program. Choose another first port with ${option}.`);
    }
  }
}

async function planServers(folder: DataFolder, options: StartOptions): Promise<readonly ServerPlan[]> {
  const servers = names(options);
  const ports: Record<string, number> = { ...folder.ports() };
  for (const { name } of servers) ports[name] ??= await freePort();
  folder.keepPorts(ports);
  const seeds = servers.filter(({ kind }) => kind === 'CORE').map(({ name }) => `127.0.0.1:${ports[name]}`);
  return servers.map(({ name, kind }, index): ServerPlan => {
    const plan = {
      name,
      kind,
      bolt: `127.0.0.1:${options.boltPort + index}`,
      http: `127.0.0.1:${options.httpPort + index}`,
      folder: folder.file('servers', name),
      configFile: folder.file('servers', name, 'config.yaml'),
    };
    mkdirSync(plan.folder, { recursive: true });
    writeFileSync(plan.configFile, stringify(configurationOf(folder, plan, `127.0.0.1:${ports[name]}`, seeds)));
    return plan;
  });
}

function configurationOf(folder: DataFolder, plan: ServerPlan, clusterAddress: string, seeds: readonly string[]): object {
  return {
    server: { name: plan.name, kind: plan.kind, data: plan.folder },
    bolt: { listen: plan.bolt },
    http: { listen: plan.http },
    cluster: { listen: clusterAddress, secret_file: folder.file('secret'), seeds },
    log: { engine: 'embedded', ...(plan.kind === 'CORE' ? { embedded: { folder: folder.file('log') } } : {}) },
    security: { initial_password_file: folder.file('password') },
  };
}

/** Until every graph has a leader and every server answers for it. */
async function settled(keeper: Keeper, password: string): Promise<void> {
  for (;;) {
    const statuses = await Promise.all(keeper.listed.map((server) => statusOf(server, password)));
    const led = (name: string) => statuses.some((status) => status?.some((graph) => graph.databaseName === name && graph.databaseStatus.role === 'LEADER'));
    if (statuses.every((status) => status !== undefined) && led('system') && led('neo4j')) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The processes of the cluster, as long as this one lives. */
class Keeper {
  readonly #folder: DataFolder;
  readonly #servers: readonly ServerProcess[];
  #stopping: boolean;

  constructor(folder: DataFolder, plans: readonly ServerPlan[], restart: boolean) {
    this.#folder = folder;
    this.#stopping = false;
    this.#servers = plans.map(
      (plan) =>
        new ServerProcess(plan, restart, {
          onPid: () => this.#list(),
          onReady: () => say(`${plan.name} serves bolt://${plan.bolt} http://${plan.http}`),
          onEnd: (how, restarting) => say(`${plan.name} ${how}; see ${plan.folder}/server.log${restarting ? '; it is started again' : ''}`),
        }),
    );
    for (const server of this.#servers) server.start();
    process.on('SIGINT', () => this.#stop());
    process.on('SIGTERM', () => this.#stop());
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

  #list(): void {
    this.#folder.listServers(this.listed);
  }

  /** A second time kills. */
  #stop(): void {
    if (this.#stopping) {
      for (const server of this.#servers) server.signal('SIGKILL');
      process.exit(1);
    }
    this.#stopping = true;
    say('stopping');
    const late = setTimeout(() => {
      for (const server of this.#servers) server.signal('SIGKILL');
    }, KILL_AFTER_MS);
    for (const server of this.#servers) server.signal('SIGTERM');
    void Promise.all(this.#servers.map((server) => server.gone())).then(() => {
      clearTimeout(late);
      say('stopped');
      process.exit(0);
    });
  }
}
