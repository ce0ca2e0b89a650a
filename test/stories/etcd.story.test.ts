// The cluster on etcd with real processes and members: the leader and etcd's leader killed together under writes, servers and voters that
// come and go while writes go on, and a cluster that goes on from a minority.

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runningEtcd } from '../../src/log/etcd/members/etcd-process.js';
import { EtcdMissing, findEtcd } from '../../src/log/etcd/members/find-etcd.js';
import { legacy, query, StoryCluster, type StoryServer, sleep } from '../support/story-cluster.js';

const COMMAND = path.resolve(import.meta.dirname, '../../causeway');

function missing(): string | undefined {
  try {
    findEtcd();
    return undefined;
  } catch (error) {
    if (error instanceof EtcdMissing) return error.message.split('\n')[0];
    throw error;
  }
}

const why = missing();
if (why !== undefined) console.log(`SKIPPED: stories on etcd. ${why}`);

describe.skipIf(why !== undefined)('a cluster on etcd', () => {
  const clusters: StoryCluster[] = [];
  const start = async (...options: string[]) => {
    const cluster = await StoryCluster.start('--log', 'etcd', '--no-sample', ...options);
    clusters.push(cluster);
    return cluster;
  };
  afterEach(async () => {
    for (const cluster of clusters.splice(0)) await cluster.stop();
  });

  it('loses nothing when the leader and the leader of etcd are killed together, and all is well again', async () => {
    const cluster = await start();
    const leader = await cluster.leader();
    const writes = new Writes(() => cluster.servers().filter(({ name }) => name !== leader));
    await sleep(1000);
    const pids = [cluster.server(leader).pid, etcdOf(cluster, await etcdLeader(cluster))];
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await sleep(8000);
    await writes.end();
    expect(writes.failures).toEqual([]);
    expect(await writes.found(cluster)).toEqual(writes.acknowledged);
    console.log(`leader and etcd's leader killed: ${writes.acknowledged.length} writes, longest wait ${writes.longestMs.toFixed(0)} ms`);
  });

  it('grows from one CORE to three, shrinks to another one and grows again while writes go on', async () => {
    const cluster = await start('--cores', '1', '--replicas', '1');
    const writes = new Writes(() => [cluster.server('replica1')]);
    command('cluster', 'add', '--data', cluster.folder);
    expect(command('cluster', 'add', '--data', cluster.folder)).toContain('voters of etcd: core1, core2, core3');
    const refused = spawnSync(process.execPath, [COMMAND, 'cluster', 'remove', 'core9', '--data', cluster.folder], { encoding: 'utf8' });
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('There is no server core9') });
    command('cluster', 'remove', 'core1', '--data', cluster.folder);
    command('cluster', 'remove', 'core2', '--data', cluster.folder);
    expect(cluster.servers().map(({ name }) => name)).toEqual(['replica1', 'core3']);
    // Who began the cluster comes back to it under its name, and begins no other one beside it.
    command('cluster', 'add', '--data', cluster.folder);
    expect(command('cluster', 'add', '--data', cluster.folder)).toContain('voters of etcd: core1, core2, core3');
    await writes.end();
    expect(writes.failures).toEqual([]);
    expect(await writes.found(cluster)).toEqual(writes.acknowledged);
  });

  it('says what would be lost with a majority, and goes on from a minority', async () => {
    const cluster = await start('--no-restart');
    const server = (name: string) => cluster.server(name);
    for (const i of [1, 2, 3]) expect((await legacy(server('core2'), 'CREATE (:T {i: $i})', { i })).errors).toEqual([]);
    // core1 has heard of these, and does not hear of what comes then.
    await sleep(500);
    for (const pid of [etcdOf(cluster, 'core1'), server('core1').pid]) process.kill(pid, 'SIGKILL');
    const written = await query(server('core2'), 'CREATE (:T {i: 4})');
    expect(written.bookmarks?.length).toBe(1);
    await cluster.halt();
    for (const name of ['core2', 'core3']) rmSync(path.join(cluster.folder, 'servers', name, 'etcd'), { recursive: true });

    const configuration = path.join(cluster.folder, 'servers', 'core1', 'config.yaml');
    expect(command('cluster', 'recover', '--config', configuration)).toMatch(/neo4j +\d+ +3\n/);
    expect(command('cluster', 'recover', '--config', configuration, '--yes')).toContain('bookmarks from before are refused');
    await cluster.startAgain('--log', 'etcd', '--no-sample');
    expect((await query(server('core3'), 'MATCH (t:T) RETURN collect(t.i)')).data?.values).toEqual([[[1, 2, 3]]]);
    expect((await query(server('core3'), 'CREATE (t:T {i: 5}) RETURN t.i')).data?.values).toEqual([[5]]);
    const stale = await query(server('core1'), 'RETURN 1', {}, written.bookmarks as string[]);
    expect(stale.errors?.[0]?.code).toBe('Neo.ClientError.Transaction.InvalidBookmark');
  });
});

function command(...args: readonly string[]): string {
  return execFileSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8', timeout: 150_000 });
}

function etcdOf(cluster: StoryCluster, name: string): number {
  const state = path.join(cluster.folder, 'servers', name, 'etcd');
  const pid = runningEtcd(state, path.join(state, 'data'));
  if (pid === undefined) throw new Error(`no etcd of ${name}`);
  return pid;
}

/** Name of the server whose member leads. */
async function etcdLeader(cluster: StoryCluster): Promise<string> {
  const { servers } = JSON.parse(readFileSync(path.join(cluster.folder, 'plan.json'), 'utf8')) as {
    servers: { name: string; etcd?: { client: string } }[];
  };
  for (const { name, etcd } of servers) {
    if (etcd === undefined) continue;
    const metrics = await (await fetch(`http://${etcd.client}/metrics`)).text();
    if (/^etcd_server_is_leader 1$/m.test(metrics)) return name;
  }
  throw new Error('etcd has no leader');
}

/** One writer after another server's answer, until it is told to end. */
class Writes {
  readonly acknowledged: number[] = [];
  readonly failures: unknown[] = [];
  longestMs = 0;
  #ending = false;
  #bookmarks: readonly string[] = [];
  readonly #done: Promise<void>;

  constructor(servers: () => readonly StoryServer[]) {
    this.#done = this.#write(servers);
  }

  async end(): Promise<void> {
    this.#ending = true;
    await this.#done;
  }

  async found(cluster: StoryCluster): Promise<readonly number[]> {
    const answer = await query(cluster.server('replica1'), 'MATCH (w:W) RETURN collect(w.i)', {}, this.#bookmarks);
    const [row = [[]]] = answer.data?.values ?? [];
    return (row[0] as number[]).sort((a, b) => a - b);
  }

  async #write(servers: () => readonly StoryServer[]): Promise<void> {
    for (let i = 0; !this.#ending; i++) {
      const all = servers();
      const startedMs = performance.now();
      try {
        const { errors, lastBookmarks = [] } = await legacy(all[i % all.length] as StoryServer, 'CREATE (:W {i: $i})', { i });
        if (errors.length > 0) this.failures.push(errors[0]);
        else {
          this.acknowledged.push(i);
          this.#bookmarks = lastBookmarks;
        }
      } catch (error) {
        this.failures.push(String(error));
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - startedMs);
    }
  }
}
