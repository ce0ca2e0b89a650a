// One server on the embedded log in a process of its own, for measurements.

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePorts } from '../dist/cli/ports.js';

const root = path.resolve(import.meta.dirname, '..');
export const PASSWORD = 'correct-horse';

/** Starts it with its data in `folder`; resolves when it serves. `nodeOptions` go before the script. */
export async function startServerProcess(folder, nodeOptions = []) {
  const [bolt, http, cluster] = await freePorts(3);
  writeFileSync(path.join(folder, 'secret'), '0123456789abcdef0123456789abcdef');
  writeFileSync(path.join(folder, 'password'), PASSWORD);
  const configuration = {
    server: { name: 'bench', kind: 'CORE', data: folder },
    bolt: { listen: `127.0.0.1:${bolt}` },
    http: { listen: `127.0.0.1:${http}` },
    cluster: { listen: `127.0.0.1:${cluster}`, secret_file: 'secret' },
    log: { engine: 'embedded', embedded: { folder: 'log' } },
    security: { initial_password_file: 'password' },
  };
  // YAML is a superset of JSON.
  writeFileSync(path.join(folder, 'config.yaml'), JSON.stringify(configuration));
  const child = spawn(process.execPath, [...nodeOptions, path.join(root, 'causeway'), 'server', '--config', path.join(folder, 'config.yaml')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (bytes) => String(bytes).includes('ready') && resolve());
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  };
  return { bolt, http, pid: child.pid, stop };
}
