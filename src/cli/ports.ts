// Ports: whether one is free, and free ones.

import net from 'node:net';

/** Below those that systems give to outgoing connections: such a connection may take any of those before its server listens. */
const FIRST = 20_000;
const BLOCK = 100;
const BLOCKS = 120;
/** Without a common divisor with BLOCKS: processes started one after the other begin far from each other. */
const STRIDE = 37;

/** The next to try. Each process has a block to begin with: one found free here is not listened on yet, and another may look too. */
let next = ((process.pid * STRIDE) % BLOCKS) * BLOCK;

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** One that `suits`. */
export async function freePort(suits: (port: number) => boolean = () => true): Promise<number> {
  for (let tries = 0; tries < BLOCK * BLOCKS; tries++) {
    const port = FIRST + next;
    next = (next + 1) % (BLOCK * BLOCKS);
    if (suits(port) && (await isFree(port))) return port;
  }
  throw new Error(`no port between ${FIRST} and ${FIRST + BLOCK * BLOCKS - 1} is free on 127.0.0.1`);
}

export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}
