// `npm run bench`: the first set of measurements, over a graph of its own and beside a hand-written limit in the same run.
// In process (text to rows, plan kept), over raw Bolt, over HTTP; medians of several rounds, and their ratio to the limit.

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../dist/base/clock.js';
import { atOnce } from '../dist/base/pieces.js';
import { below, seededRandom } from '../dist/base/random.js';
import { tcpNetwork } from '../dist/base/tcp.js';
import { QueryEngine } from '../dist/database/query-engine.js';
import { noCounters } from '../dist/graph/writer.js';
import { createGraphStore } from '../dist/storage/store.js';
import { BoltClient } from '../dist/wire/client.js';
import { makeGraph, makeLimit } from './graph.mjs';
import { PASSWORD, startServerProcess } from './server-process.mjs';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
if (process.argv.includes('--help')) {
  console.log(`Usage: npm run bench -- [--nodes N] [--rounds N] [--in-process]

  --nodes N       users in the graph, 17.7 friendships each (default 20000)
  --rounds N      rounds, of which the median counts (default 5)
  --in-process    without the server: no Bolt, no HTTP

Example:
  npm run bench -- --nodes 100000 --rounds 7`);
  process.exit(0);
}
const nodeCount = option('nodes', 20_000);
const rounds = option('rounds', 5);

const hops = (count) => `MATCH (a:User {id: $id})${'-[:FRIEND]->()'.repeat(count - 1)}-[:FRIEND]->(n) RETURN count(DISTINCT n)`;
const queries = {
  point: ['MATCH (n:User {id: $id}) RETURN n.age', 200],
  hop1: [hops(1), 200],
  hop2: [hops(2), 50],
  hop3: [hops(3), 10],
  aggregate: ['MATCH (n:User) RETURN n.age, count(*)', 5],
};

const graph = makeGraph(nodeCount);
const limit = makeLimit(graph);
const random = seededRandom(7);
const starts = Array.from({ length: 400 }, () => below(random, nodeCount));

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Median over the rounds of the mean time of one call, in microseconds. */
async function measure(count, call) {
  for (let warm = 0; warm < Math.min(count, 50); warm++) await call(starts[warm % starts.length]);
  const figures = [];
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    for (let index = 0; index < count; index++) await call(starts[(round * count + index) % starts.length]);
    figures.push(((performance.now() - startedAt) * 1000) / count);
  }
  return median(figures);
}

// ---------------------------------------------------------------- in process

function loaded() {
  const store = createGraphStore({ graphId: '11111111-2222-4333-8444-555555555555', budgetBytes: 2 ** 30 });
  let transactionId = 0;
  const apply = (effects) =>
    store.publish(atOnce(store.apply({ transactionId: ++transactionId, requestId: '0'.repeat(32), committedAtMs: 0, effects, counters: noCounters() })));
  const index = { id: 1, name: 'user_id', kind: 'range', entity: 'node', token: 'User', properties: ['id'], owner: 'user_id' };
  apply([{ kind: 'createConstraint', constraint: { id: 2, name: 'user_id', kind: 'unique', label: 'User', properties: ['id'], index: 'user_id' }, index }]);
  const batch = 20_000;
  for (let first = 0; first < nodeCount; first += batch) {
    const ids = Array.from({ length: Math.min(batch, nodeCount - first) }, (_, at) => first + at);
    apply(
      ids.map((id) => ({
        kind: 'createNode',
        id,
        labels: ['User'],
        properties: [
          ['id', id],
          ['age', graph.age[id]],
        ],
      })),
    );
  }
  // In the order of their beginnings, as a bulk load would.
  const order = Int32Array.from({ length: graph.edgeCount }, (_, edge) => edge).sort((a, b) => graph.from[a] - graph.from[b]);
  for (let first = 0; first < graph.edgeCount; first += batch) {
    const effects = [];
    for (let at = first; at < Math.min(first + batch, graph.edgeCount); at++) {
      effects.push({ kind: 'createRelationship', id: at, type: 'FRIEND', start: graph.from[order[at]], end: graph.to[order[at]], properties: [] });
    }
    apply(effects);
  }
  return store;
}

function inProcess() {
  const store = loaded();
  const engine = new QueryEngine({
    database: 'neo4j',
    procedures: { find: () => undefined, list: () => [] },
    clock: systemClock,
    random: seededRandom(1),
    memoryLimitBytes: 2 ** 30,
  });
  return (text, id) => {
    const reader = store.published;
    const rows = [];
    const execution = engine
      .prepare(text, reader)
      .start({ reader, writer: undefined, parameters: new Map([['id', id]]), user: 'neo4j', cancellation: { error: undefined } });
    while (execution.next({ row: (row) => rows.push(row) }, Number.POSITIVE_INFINITY) !== 'done');
    return rows;
  };
}

/** The engine and the limit must say the same. */
function checkAnswers(run) {
  for (const name of ['hop1', 'hop2', 'hop3']) {
    for (const start of starts.slice(0, 5)) {
      const [[found]] = run(queries[name][0], start);
      const expected = limit[name](start);
      // A trail may not use a relationship twice, a walk may: they differ where a walk turns back over a loop.
      if (Math.abs(found - expected) > Math.max(2, expected * 0.01)) throw new Error(`${name} from ${start}: ${found} rows, the limit says ${expected}`);
    }
  }
}

// ---------------------------------------------------------------- over the wire

async function startServer(folder) {
  const { bolt, http, stop } = await startServerProcess(folder);
  const client = await BoltClient.connect(tcpNetwork, { host: '127.0.0.1', port: bolt }, { auth: { principal: 'neo4j', credentials: PASSWORD } });
  const authorization = `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`;
  return {
    async bolt(text, parameters) {
      const rows = [];
      await Promise.all([client.run(text, parameters), client.pull(-1, (row) => rows.push(row))]);
      return rows;
    },
    async http(statement, parameters) {
      const response = await fetch(`http://127.0.0.1:${http}/db/neo4j/tx/commit`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ statements: [{ statement, parameters }] }),
      });
      const { results, errors } = await response.json();
      if (errors.length > 0) throw new Error(errors[0].message);
      return results[0].data;
    },
    async stop() {
      client.close();
      await stop();
    },
  };
}

async function loadServer(server) {
  await server.bolt('CREATE CONSTRAINT user_id FOR (n:User) REQUIRE n.id IS UNIQUE', new Map());
  const batch = 5000;
  for (let first = 0; first < nodeCount; first += batch) {
    const rows = Array.from({ length: Math.min(batch, nodeCount - first) }, (_, at) => [first + at, graph.age[first + at]]);
    await server.bolt('UNWIND $rows AS row CREATE (:User {id: row[0], age: row[1]})', new Map([['rows', rows]]));
  }
  const order = Int32Array.from({ length: graph.edgeCount }, (_, edge) => edge).sort((a, b) => graph.from[a] - graph.from[b]);
  for (let first = 0; first < graph.edgeCount; first += batch) {
    const rows = Array.from(order.subarray(first, first + batch), (edge) => [graph.from[edge], graph.to[edge]]);
    await server.bolt('UNWIND $rows AS row MATCH (a:User {id: row[0]}), (b:User {id: row[1]}) CREATE (a)-[:FRIEND]->(b)', new Map([['rows', rows]]));
    process.stderr.write(`\rloading ${Math.round(((first + rows.length) / graph.edgeCount) * 100)} %   `);
  }
  process.stderr.write('\r                    \r');
}

/** A bare write and fdatasync of 200 bytes. */
async function measureSync(folder) {
  const file = openSync(path.join(folder, 'bare'), 'w');
  const bytes = Buffer.alloc(200, 1);
  const figure = await measure(200, async () => {
    writeSync(file, bytes);
    fdatasyncSync(file);
  });
  closeSync(file);
  return figure;
}

// ---------------------------------------------------------------- the table

const shown = (figure) => (figure >= 1000 ? `${(figure / 1000).toFixed(2)} ms` : `${figure.toFixed(figure < 10 ? 2 : 0)} µs`);
const against = (figure, bare) => `${shown(figure)} (${(figure / bare).toFixed(1)}×)`;

console.log(`${nodeCount} nodes, ${graph.edgeCount} relationships, ${rounds} rounds; median of a call, and its ratio to the limit\n`);
const run = inProcess();
checkAnswers(run);
const table = [];
for (const [name, [text, count]] of Object.entries(queries)) {
  const bare = await measure(count * 20, (start) => limit[name](start));
  table.push({ name, bare, text, count, process: await measure(count, (start) => run(text, start)) });
}
if (process.argv.includes('--in-process')) {
  for (const { name, bare, process: figure } of table) console.log(`${name.padEnd(10)} limit ${shown(bare).padEnd(10)} in process ${against(figure, bare)}`);
  process.exit(0);
}
const folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-bench-'));
const server = await startServer(folder);
try {
  await loadServer(server);
  console.log(`${'query'.padEnd(10)} ${'limit'.padEnd(12)} ${'in process'.padEnd(20)} ${'Bolt'.padEnd(20)} HTTP`);
  for (const { name, bare, text, count, process: figure } of table) {
    const bolt = await measure(count, (id) => server.bolt(text, new Map([['id', id]])));
    const http = await measure(count, (id) => server.http(text, { id }));
    console.log(`${name.padEnd(10)} ${shown(bare).padEnd(12)} ${against(figure, bare).padEnd(20)} ${against(bolt, bare).padEnd(20)} ${against(http, bare)}`);
  }
  const bare = await measureSync(folder);
  const create = 'CREATE (:Temp {id: $id})';
  const bolt = await measure(200, (id) => server.bolt(create, new Map([['id', id]])));
  const http = await measure(200, (id) => server.http(create, { id }));
  console.log(
    `${'write'.padEnd(10)} ${shown(bare).padEnd(12)} ${'-'.padEnd(20)} ${against(bolt, bare).padEnd(20)} ${against(http, bare)}   (limit: write and fdatasync of 200 bytes)`,
  );
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
