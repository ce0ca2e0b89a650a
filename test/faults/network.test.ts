// The faulty network itself: it knows who knocks, and does to each pair what its rule says.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { FaultyNetwork } from './network.js';

/** Connects to each port that it is told, says hello, and tells what comes back. */
const KNOCKER = `
const net = require('node:net');
require('node:readline').createInterface({ input: process.stdin }).on('line', (port) => {
  const socket = net.connect(Number(port), '127.0.0.1', () => socket.write('hello'));
  socket.on('data', (bytes) => console.log(String(bytes)));
  socket.on('error', () => {});
  socket.on('close', () => console.log('closed'));
});`;

let network: FaultyNetwork | undefined;
let echo: Server | undefined;
let child: ChildProcess | undefined;
afterEach(() => {
  network?.close();
  echo?.close();
  child?.kill('SIGKILL');
});

// Whose connection it is, is asked of the kernel, which a busy machine may answer too late.
it('passes, loses, delays and refuses by pair', { retry: 2 }, async () => {
  const server = createServer((socket) => void socket.on('error', () => {}).on('data', (bytes) => socket.write(bytes)));
  echo = server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const process = spawn('node', ['-e', KNOCKER], { stdio: ['pipe', 'pipe', 'inherit'] });
  child = process;
  // An attempt that ran out of time may still knock when its knocker is gone.
  process.stdin.on('error', () => {});
  network = new FaultyNetwork(() => new Map([[process.pid as number, 'a']]));
  const door = await network.door('b', (server.address() as { port: number }).port);
  const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  const said = async () => (await lines.next()).value as string;
  const knock = () => process.stdin.write(`${door}\n`);

  // A rule of another pair does nothing to this one.
  network.rule('c', 'b', { kind: 'refuse' });
  knock();
  expect(await said()).toBe('hello');
  network.rule('a', 'b', { kind: 'refuse' });
  expect(await said()).toBe('closed');
  knock();
  expect(await said()).toBe('closed');

  for (const way of ['there', 'back', 'both'] as const) {
    network.rule('a', 'b', { kind: 'swallow', way });
    knock();
    const first = said();
    expect(await Promise.race([first, new Promise((resolve) => setTimeout(() => resolve('nothing'), 300))])).toBe('nothing');
    // What lost bytes does not live on.
    network.heal();
    expect(await first).toBe('closed');
  }

  network.rule('a', 'b', { kind: 'delay', ms: 150 });
  const startMs = performance.now();
  knock();
  expect(await said()).toBe('hello');
  expect(performance.now() - startMs).toBeGreaterThan(290);
});
