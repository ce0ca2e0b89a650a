// A server that stops under clients that keep their connections: none of their requests meets one that was cut.

import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { Connections } from './connections.js';

async function listening(answerMs: number): Promise<{ server: Server; connections: Connections; port: number }> {
  const server = createServer((_request, response) => connections.admit(() => void setTimeout(() => response.end('done'), answerMs)));
  const connections = new Connections(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, connections, port: (server.address() as AddressInfo).port };
}

function ask(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, agent, method: 'POST' }, (response) => {
      response.resume();
      response.on('end', () => resolve('done'));
      response.on('error', (error) => resolve(String((error as NodeJS.ErrnoException).code)));
    });
    asked.on('error', (error) => resolve(String((error as NodeJS.ErrnoException).code)));
    asked.end('a write');
  });
}

async function stop({ server, connections }: { server: Server; connections: Connections }, goodbyeMs: number): Promise<void> {
  await connections.closeDoor();
  await connections.sayGoodbye(goodbyeMs);
  await connections.closeIdle();
  await new Promise((resolve) => server.close(resolve));
}

it('answers what comes while it says goodbye, and refuses what comes after', async () => {
  const running = await listening(3);
  const agent = new Agent({ keepAlive: true });
  const ends = Array.from({ length: 8 }, async () => {
    for (let count = 0; ; count++) {
      const answer = await ask(running.port, agent);
      if (answer !== 'done') return { count, answer };
      // So that some requests begin at every moment of the stop.
      await new Promise((resolve) => setTimeout(resolve, count % 7));
    }
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await stop(running, 150);
  const found = await Promise.all(ends);
  agent.destroy();
  expect(found.every(({ count }) => count > 0)).toBe(true);
  expect(new Set(found.map(({ answer }) => answer))).toEqual(new Set(['ECONNREFUSED']));
});

it('is done at once where nobody is connected, and soon where connections are only kept', async () => {
  const running = await listening(0);
  const startedMs = performance.now();
  await stop(running, 60_000);
  const kept = await listening(0);
  const agent = new Agent({ keepAlive: true });
  expect(await ask(kept.port, agent)).toBe('done');
  await stop(kept, 50);
  agent.destroy();
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});
