// A server process reduced to its log, for the tests that stop and kill one. It runs the compiled engine from `dist/`,
// named in its argument: JSON {"engine", "options"}. Orders come as messages of the parent, answers go back with the order's number.

import { randomBytes, randomUUID } from 'node:crypto';
import { createEmbeddedLog } from '../../../dist/log/embedded/embedded-log.js';
import { LmdbFile } from '../../../dist/log/embedded/lmdb-file.js';
import { Signals } from '../../../dist/log/embedded/signals.js';
import { createEtcdLog } from '../../../dist/log/etcd/etcd-log.js';

const { engine, options } = JSON.parse(process.argv[2]);
const name = options.serverName;
const log = engine === 'etcd' ? createEtcdLog(options) : createEmbeddedLog(options);
const address = { host: '127.0.0.1', port: 1 };
const life = randomBytes(16).toString('hex');
const record = {
  id: randomUUID(),
  name,
  kind: 'CORE',
  life,
  bolt: address,
  http: address,
  cluster: address,
  pid: process.pid,
  featureLevel: 1,
  startedAtMs: 0,
};

const request = (graph, term, index) => ({
  graph,
  term,
  index,
  incarnation: 'first',
  batchId: randomBytes(16).toString('hex'),
  payload: new TextEncoder().encode(`${name} ${index}`),
});

const orders = {
  campaign: (graph) => log.campaign(graph),
  append: async (graph, term, index) => (await log.append([request(graph, term, index)]))[0],
  /** Appends one after the other until it is killed; says each acknowledged index. */
  appendForEver: async (graph, term, first) => {
    for (let index = first; ; index++) {
      const [outcome] = await log.append([request(graph, term, index)]);
      if (outcome.kind !== 'appended') throw new Error(JSON.stringify(outcome));
      process.send({ acknowledged: index });
    }
  },
  /** Stops this process while it has LMDB's write lock. */
  stopInsideTransaction: () => {
    const file = new LmdbFile(options.folder, 1 << 28, new Signals());
    file.write(() => process.kill(process.pid, 'SIGSTOP'));
  },
  close: () => log.close(),
};

await log.open(record, { onHead() {}, onLeadership() {}, onServers() {}, onSessionLost: (reason) => process.send({ lost: reason }) });
setInterval(() => log.beat(), 100);
process.on('message', async ({ number, order, operands }) => {
  try {
    process.send({ number, answer: await orders[order](...operands) });
  } catch (error) {
    process.send({ number, failed: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
