// examples/bitcoin-trust as its README says, through a follower of a running cluster: with the real ratings where they are there,
// and with made-up ones everywhere.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { below, seededRandom } from '../../src/base/random.js';
import { PASSWORD, StoryCluster } from '../support/story-cluster.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const REAL = path.resolve(ROOT, '../shared/data/snap/bitcoin-otc/edges.csv');
if (!existsSync(REAL)) console.log(`Skipped: the real ratings are not there (${path.basename(path.dirname(REAL))}).`);

let cluster: StoryCluster;
let folder: string;
beforeAll(async () => {
  cluster = await StoryCluster.start('--no-sample');
  folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-ratings-'));
}, 90_000);
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function load(file: string) {
  const given = ['--check', '--data', cluster.folder, '--password', PASSWORD, file];
  return spawnSync(process.execPath, [path.join(ROOT, 'examples/bitcoin-trust/run.mjs'), ...given], { encoding: 'utf8', timeout: 150_000 });
}

/** Some who are trusted first and then not, some rings, in no order. */
function madeUp(): string {
  const random = seededRandom(1);
  const seen = new Set<string>();
  const lines: string[] = [];
  for (let made = 0; made < 1500; made++) {
    const [from, to] = [1 + below(random, 60), 1 + below(random, 60)];
    if (from === to || seen.has(`${from} ${to}`)) continue;
    seen.add(`${from} ${to}`);
    const seconds = 1_300_000_000 + below(random, 3_000_000) + below(random, 1000) / 1000;
    const late = seconds > 1_301_500_000 && to % 7 === 0;
    lines.push(`${from},${to},${late ? -1 - below(random, 10) : 1 + below(random, 10)},${seconds}`);
  }
  return `from,to,rating,seconds\n${lines.join('\n')}\n`;
}

it('answers as the plain script does, for ratings that are made up', () => {
  const file = path.join(folder, 'ratings.csv');
  writeFileSync(file, madeUp());
  const { status, stdout, stderr } = load(file);
  expect([status, stdout.match(/as the plain script says/g)?.length], `${stdout}${stderr}`).toEqual([0, 5]);
  expect(stdout).toMatch(/a follower of the graph 'trust'/);
});

it.skipIf(!existsSync(REAL))('loads all 35,592 real ratings over the made-up ones of a graph that is made anew', () => {
  const dropped = spawnSync(process.execPath, [
    path.join(ROOT, 'causeway'),
    'shell',
    '--data',
    cluster.folder,
    '--password',
    PASSWORD,
    '-c',
    'DROP DATABASE trust WAIT',
  ]);
  expect(dropped.status).toBe(0);
  const { status, stdout, stderr } = load(REAL);
  expect([status, stdout.match(/as the plain script says/g)?.length], `${stdout}${stderr}`).toEqual([0, 5]);
  expect(stdout).toMatch(/5881 users, 35592 ratings/);
});
