// A thousand connections open, a hundred of them active: bounded memory, and none is starved. Client and server share
// the process, so what is printed is the cost of both ends.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { tcpNetwork } from '../../src/base/tcp.js';
import { BoltClient } from '../../src/wire/client.js';
import { mapOf } from '../../src/wire/messages.js';
import { InProcessCluster, PASSWORD } from '../support/in-process-cluster.js';

const OPEN = 1000;
const ACTIVE = 100;
const SECONDS = 2;

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await InProcessCluster.start({ cores: 1, replicas: 0 });
}, 30_000);
afterAll(() => cluster.stop());

const usedMegabytes = () => {
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return (heapUsed + Math.max(arrayBuffers, external)) / 1024 ** 2;
};

it(`serves ${ACTIVE} of ${OPEN} connections evenly, and the others when they ask`, async () => {
  const address = cluster.member('core1').server.bolt;
  const open = () => BoltClient.connect(tcpNetwork, address, { auth: { principal: 'neo4j', credentials: PASSWORD }, timeoutMs: 20_000 });
  const clients = [await open()];
  const ask = async (client: BoltClient, text: string, id: number) => {
    let rows = 0;
    await Promise.all([client.run(text, mapOf({ id })), client.pull(-1, () => rows++)]);
    return rows;
  };
  await ask(clients[0] as BoltClient, 'UNWIND range(0, 999) AS id CREATE (:User {id: id})', 0);
  const before = usedMegabytes();
  while (clients.length < OPEN) clients.push(...(await Promise.all(Array.from({ length: Math.min(100, OPEN - clients.length) }, open))));
  const idle = usedMegabytes();
  const counts = new Array<number>(ACTIVE).fill(0);
  const until = performance.now() + SECONDS * 1000;
  // One heavy reader among them must not starve the rest.
  const work = clients.slice(0, ACTIVE).map(async (client, index) => {
    const text = index === 0 ? 'UNWIND range(1, 200000) AS x WITH x WHERE x % 2 = 0 RETURN count(x)' : 'MATCH (n:User {id: $id}) RETURN n.id';
    while (performance.now() < until) {
      expect(await ask(client, text, index)).toBe(1);
      counts[index] = (counts[index] ?? 0) + 1;
    }
  });
  await Promise.all(work);
  const active = usedMegabytes();
  const light = counts.slice(1).sort((a, b) => a - b);
  const [least, middle] = [light[0] ?? 0, light[Math.floor(light.length / 2)] ?? 0];
  console.log(
    `${OPEN} connections: ${(((idle - before) * 1024) / OPEN).toFixed(1)} KB each for both ends; after ${ACTIVE} were active for ${SECONDS} s ${(active - before).toFixed(0)} MB more than before; ` +
      `${counts.reduce((sum, count) => sum + count, 0)} requests, the least served ${least}, the median ${middle}`,
  );
  expect(counts[0]).toBeGreaterThan(0);
  expect(middle).toBeGreaterThan(0);
  expect(least).toBeGreaterThan(middle / 4);
  expect((idle - before) / OPEN).toBeLessThan(0.1);
  expect(active - before).toBeLessThan(300);
  // Those that were idle are served too.
  expect(await Promise.all(clients.slice(ACTIVE).map((client, index) => ask(client, 'MATCH (n:User {id: $id}) RETURN n.id', index)))).toEqual(
    new Array(OPEN - ACTIVE).fill(1),
  );
  for (const client of clients) client.close();
}, 60_000);
