// A new build of the project takes over from an old one, server by server, while an application behind a balancer writes: no
// auto-commit write fails, none is lost or doubled, and what only the new build can apply is written when all servers are of it.

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FEATURE_LEVEL } from '../../src/graph/entry.js';
import { type Answer, PASSWORD, StoryCluster, type StoryServer, sleep } from '../support/story-cluster.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const WORKER_COUNT = 8;

let build: string;
let cluster: StoryCluster;
beforeAll(async () => {
  build = mkdtempSync(path.join(os.tmpdir(), 'causeway-build-'));
  for (const name of ['dist', 'causeway', 'package.json']) cpSync(path.join(ROOT, name), path.join(build, name), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(build, 'node_modules'));
  cluster = await StoryCluster.startBuild(build, '--no-sample');
}, 90_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(build, { recursive: true, force: true });
});

/** What an application behind a balancer sees. */
class Load {
  readonly acknowledged: number[] = [];
  readonly faults: string[] = [];
  passedOn = 0;
  #next = 0;
  #turn = 0;
  #ended = false;

  async run(): Promise<void> {
    while (!this.#ended) await this.#write(this.#next++);
  }

  end(): void {
    this.#ended = true;
  }

  /** As balancers do, passed on to the next server where the one in turn is not there; its key makes that safe. */
  async #write(n: number): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const servers = cluster.servers();
      const answer = await this.#post(servers[this.#turn++ % servers.length] as StoryServer, n);
      if (answer === undefined) {
        this.passedOn++;
        continue;
      }
      if (answer.errors.length === 0) this.acknowledged.push(n);
      else this.faults.push(`${n}: ${answer.errors[0]?.code} ${answer.errors[0]?.message}`);
      return;
    }
    this.faults.push(`${n}: no server answered`);
  }

  async #post(server: StoryServer, n: number): Promise<Answer | undefined> {
    try {
      const response = await fetch(`http://${server.http}/db/neo4j/tx/commit`, {
        method: 'POST',
        signal: AbortSignal.timeout(30_000),
        headers: {
          authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`,
          'content-type': 'application/json',
          'idempotency-key': `write-${n}`,
        },
        body: JSON.stringify({ statements: [{ statement: 'CREATE (:Written {n: $n})', parameters: { n } }] }),
      });
      return (await response.json()) as Answer;
    } catch {
      return undefined;
    }
  }
}

async function levels(): Promise<readonly number[]> {
  const texts = await Promise.all(cluster.servers().map(async ({ http }) => (await fetch(`http://${http}/metrics`)).text()));
  return texts.map((text) => Number(/^causeway_feature_level (\d+)$/m.exec(text)?.[1]));
}

/** The next build: it can apply one feature level more. */
function installNextBuild(): void {
  const file = path.join(build, 'dist/graph/entry.js');
  const text = readFileSync(file, 'utf8');
  const level = `export const FEATURE_LEVEL = ${FEATURE_LEVEL};`;
  expect(text).toContain(level);
  writeFileSync(file, text.replace(level, `export const FEATURE_LEVEL = ${FEATURE_LEVEL + 1};`));
}

function command(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(build, 'causeway'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (bytes) => {
      output += bytes;
    });
    child.stderr.on('data', (bytes) => {
      output += bytes;
    });
    child.once('exit', (code) => resolve({ code, output }));
  });
}

it('is upgraded server by server under load', async () => {
  const load = new Load();
  const working = Array.from({ length: WORKER_COUNT }, () => load.run());
  await sleep(500);
  const before = cluster.servers().map(({ pid }) => pid);
  installNextBuild();
  const { code, output } = await command('cluster', 'restart', '--data', cluster.folder);
  expect([code, output.match(/serves again/g)?.length], output).toEqual([0, 4]);
  expect(cluster.servers().filter(({ pid }) => before.includes(pid))).toEqual([]);
  for (const deadline = Date.now() + 30_000; (await levels()).some((level) => level !== FEATURE_LEVEL + 1); ) {
    if (Date.now() > deadline) throw new Error(`the feature level did not rise: ${await levels()}`);
    await sleep(250);
  }
  await sleep(500);
  load.end();
  await Promise.all(working);
  expect(load.faults).toEqual([]);
  const counted = await fetch(`http://${cluster.servers()[0]?.http}/db/neo4j/tx/commit`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`,
      'content-type': 'application/json',
      'causeway-consistency': 'linearizable',
    },
    body: JSON.stringify({ statements: [{ statement: 'MATCH (w:Written) RETURN count(w), count(DISTINCT w.n)' }] }),
  });
  const answer = (await counted.json()) as Answer;
  expect(answer.results[0]?.data[0]?.row).toEqual([load.acknowledged.length, load.acknowledged.length]);
  console.log(`${load.acknowledged.length} writes, none failed; ${load.passedOn} times a balancer had to ask another server`);
});
