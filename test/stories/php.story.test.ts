// The example in PHP behind HAProxy, run as its README says: refused with routing off, taken with it on. Skipped, plainly, where
// PHP or HAProxy is missing.

import { spawnSync } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legacy, StoryCluster, type StoryServer } from '../support/story-cluster.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };

function succeeds(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { env }).status === 0;
}

const missing = [
  ...(succeeds('php', '-r', 'exit(extension_loaded("curl") ? 0 : 1);') ? [] : ['php with its curl extension']),
  ...(succeeds('haproxy', '-v') ? [] : ['haproxy']),
];
if (missing.length > 0) console.log(`the example in PHP is not run: ${missing.join(' and ')} missing`);

describe.skipIf(missing.length > 0)('the application in PHP', () => {
  let cluster: StoryCluster;
  beforeAll(async () => {
    cluster = await StoryCluster.start('--no-sample');
  }, 90_000);
  afterAll(() => cluster?.stop());

  it('is refused by every server but the leader with routing off, and by none with routing on', async () => {
    const script = path.join(ROOT, 'examples/php/run.sh');
    const run = spawnSync(script, ['--data', cluster.folder, '--port', String(await freePair())], { env, encoding: 'utf8', timeout: 60_000 });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const [, off = '', on = ''] = run.stdout.split(/^Server-side routing .*$/m);
    expect(off).toContain(
      'No write operations are allowed directly on this database. Writes must pass through the leader. The role of this server is: FOLLOWER',
    );
    expect(off).toMatch(/replica1 +REFUSED +Neo\.ClientError\.General\.ForbiddenOnReadOnlyDatabase/);
    expect(off).toMatch(/core\d +REFUSED +Neo\.ClientError\.Cluster\.NotALeader/);
    expect(on).toContain('0 refused');
    expect(on).toMatch(/who bought: magnet +\S+ +Carl/);
    for (const name of ['core1', 'core2', 'core3', 'replica1']) expect(on).toMatch(new RegExp(` ${name} +ok`));
    const answer = await legacy(cluster.servers()[0] as StoryServer, 'MATCH (c:Customer) RETURN count(c)');
    expect(answer.results[0]?.data[0]?.row).toEqual([6]);
  });
});

/** The first of two free ports in a row. */
async function freePair(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
