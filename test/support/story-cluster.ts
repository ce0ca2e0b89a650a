// A cluster of real processes for stories: started by the command, in a folder of its own, on free ports. With CAUSEWAY_STORY_LOG=etcd
// in the environment its log is on etcd.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../src/cli/ports.js';

export const PASSWORD = 'correct-horse';
const ROOT = path.resolve(import.meta.dirname, '../..');

export interface StoryServer {
  readonly name: string;
  readonly kind: 'CORE' | 'READ_REPLICA';
  readonly pid: number;
  readonly bolt: string;
  readonly http: string;
}

export interface Answer {
  readonly results: { readonly columns: string[]; readonly data: { readonly row: unknown[] }[] }[];
  readonly errors: { readonly code: string; readonly message: string; readonly leader?: string }[];
  readonly lastBookmarks?: string[];
}

export class StoryCluster {
  readonly folder: string;
  readonly #build: string;
  readonly #ports: readonly [number, number];
  #process: ChildProcess | undefined;
  output: string;

  private constructor(build: string, folder: string, ports: readonly [number, number]) {
    this.#build = build;
    this.folder = folder;
    this.#ports = ports;
    this.#process = undefined;
    this.output = '';
  }

  static start(...options: readonly string[]): Promise<StoryCluster> {
    return StoryCluster.startBuild(ROOT, ...options);
  }

  /** `build` is a folder with the command and what is compiled. */
  static async startBuild(build: string, ...options: readonly string[]): Promise<StoryCluster> {
    const cluster = new StoryCluster(build, mkdtempSync(path.join(os.tmpdir(), 'causeway-story-')), [await freeRange(4), await freeRange(4)]);
    await cluster.startAgain(...options);
    return cluster;
  }

  async startAgain(...options: readonly string[]): Promise<void> {
    this.output = '';
    const [bolt, http] = this.#ports;
    const log = process.env.CAUSEWAY_STORY_LOG === undefined || options.includes('--log') ? [] : ['--log', process.env.CAUSEWAY_STORY_LOG];
    const given = [
      'cluster',
      'start',
      '--data',
      this.folder,
      '--bolt-port',
      String(bolt),
      '--http-port',
      String(http),
      '--password',
      PASSWORD,
      ...log,
      ...options,
    ];
    const child = spawn(process.execPath, [path.join(this.#build, 'causeway'), ...given], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not ready in time:\n${this.output}`)), 60_000);
      const take = (bytes: Buffer) => {
        this.output += bytes.toString();
        if (!/^ready/m.test(this.output)) return;
        clearTimeout(timer);
        resolve();
      };
      child.stdout?.on('data', take);
      child.stderr?.on('data', take);
      child.once('exit', (code) => reject(new Error(`ended with ${code}:\n${this.output}`)));
    });
  }

  servers(): readonly StoryServer[] {
    return (JSON.parse(readFileSync(path.join(this.folder, 'cluster.json'), 'utf8')) as { servers: StoryServer[] }).servers;
  }

  server(name: string): StoryServer {
    const server = this.servers().find((one) => one.name === name);
    if (server === undefined) throw new Error(`no server ${name}`);
    return server;
  }

  /** Name of the server that leads the graph. */
  async leader(graph = 'neo4j'): Promise<string> {
    for (let tries = 0; tries < 200; tries++) {
      for (const server of this.servers()) {
        const status = await statusOf(server, graph);
        if (status?.role === 'LEADER') return server.name;
      }
      await sleep(50);
    }
    throw new Error(`no leader of ${graph}`);
  }

  /** kill -9 of the keeper and every server at the same moment. */
  async killAll(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    for (const { pid } of this.servers()) process.kill(pid, 'SIGKILL');
    await gone;
    this.#process = undefined;
    await sleep(300);
  }

  /** All processes in order; the folder stays. */
  async halt(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await gone;
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface GraphStatusAnswer {
  readonly role: string;
  readonly lastTransaction: number;
  readonly leaderName?: string;
}

export async function statusOf(server: Pick<StoryServer, 'http'>, graph: string): Promise<GraphStatusAnswer | undefined> {
  try {
    const response = await fetch(`http://${server.http}/dbms/cluster/status`, { headers: headers(), signal: AbortSignal.timeout(2000) });
    const all = (await response.json()) as { databaseName: string; databaseStatus: GraphStatusAnswer }[];
    return all.find((one) => one.databaseName === graph)?.databaseStatus;
  } catch {
    return undefined;
  }
}

function headers(more: Record<string, string> = {}): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`, 'content-type': 'application/json', ...more };
}

/** One statement over the transactional API. */
export async function legacy(server: StoryServer, statement: string, parameters: object = {}, more: Record<string, string> = {}): Promise<Answer> {
  const body = JSON.stringify({ statements: [{ statement, parameters }] });
  const response = await fetch(`http://${server.http}/db/neo4j/tx/commit`, { method: 'POST', headers: headers(more), body });
  return (await response.json()) as Answer;
}

/** One statement over the Query API. */
export async function query(server: StoryServer, statement: string, parameters: object = {}, bookmarks: readonly string[] = []) {
  const body = JSON.stringify({ statement, parameters, bookmarks });
  const response = await fetch(`http://${server.http}/db/neo4j/query/v2`, { method: 'POST', headers: headers(), body });
  return (await response.json()) as { data?: { fields: string[]; values: unknown[][] }; errors?: { code: string; message: string }[]; bookmarks?: string[] };
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The first of `count` free ports in a row. */
async function freeRange(count: number): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const first = await freePort();
    let end = first + 1;
    while (end < first + count && (await freePort()) === end) end++;
    if (end === first + count) return first;
  }
  throw new Error('no free ports');
}
