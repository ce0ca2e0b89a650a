// Appends one after the other and writes `acknowledged INDEX` to its standard output after each acknowledgement, by a
// system call of its own: the trace shows what was synced before it.

import { randomBytes, randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createEmbeddedLog } from '../../dist/log/embedded/embedded-log.js';

const [folder, count] = process.argv.slice(2);
const log = createEmbeddedLog({ folder, serverName: 'traced' });
const address = { host: '127.0.0.1', port: 1 };
const life = randomBytes(16).toString('hex');
await log.open(
  { id: randomUUID(), name: 'traced', kind: 'CORE', life, bolt: address, http: address, cluster: address, pid: process.pid, featureLevel: 1, startedAtMs: 0 },
  { onHead() {}, onLeadership() {}, onServers() {}, onSessionLost() {} },
);
const { term } = await log.campaign('g');
const payload = new Uint8Array(200);
writeSync(1, 'begin\n');
for (let index = 1; index <= Number(count); index++) {
  const [outcome] = await log.append([{ graph: 'g', term, index, incarnation: 'first', batchId: randomBytes(16).toString('hex'), payload }]);
  if (outcome.kind !== 'appended') throw new Error(JSON.stringify(outcome));
  writeSync(1, `acknowledged ${index}\n`);
  log.beat();
}
await log.close();
