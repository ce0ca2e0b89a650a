// Loads who-trusts-whom of a Bitcoin market over HTTP through a follower of a running cluster, and asks five questions.

import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { answers } from './plain.mjs';
import { questions } from './questions.mjs';

const BATCH = 1000;
const GRAPH = 'trust';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: './data' },
    server: { type: 'string', multiple: true },
    password: { type: 'string' },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [file] = positionals;
if (values.help || file === undefined) {
  console.log(`Usage: node examples/bitcoin-trust/run.mjs [--data DIR | --server HOST:PORT …] [--password P] [--check] CSV

  CSV                 lines of from,to,rating,seconds: SNAP's soc-sign-bitcoin-otc.csv, or its edges.csv
  --data DIR          data folder of a local cluster, started with npm start (default ./data)
  --server HOST:PORT  HTTP address of a server; all of the cluster's, once for each
  --password P        of user neo4j (default: CAUSEWAY_PASSWORD, or the file in --data)
  --check             compares each answer with that of a plain script over the CSV; ends with 1 where they differ

Examples:
  node examples/bitcoin-trust/run.mjs soc-sign-bitcoin-otc.csv
  node examples/bitcoin-trust/run.mjs --check --server 127.0.0.1:7474 --server 127.0.0.1:7475 edges.csv`);
  process.exit(values.help ? 0 : 2);
}

const servers = values.server ?? localServers();
const password = values.password ?? process.env.CAUSEWAY_PASSWORD ?? readFileSync(`${values.data}/password`, 'utf8').trim();
const authorization = `Basic ${Buffer.from(`neo4j:${password}`).toString('base64')}`;

function localServers() {
  const list = `${values.data}/cluster.json`;
  if (!existsSync(list)) throw new Error(`No cluster runs in ${values.data}: start one with npm start, or name its servers with --server.`);
  return JSON.parse(readFileSync(list, 'utf8')).servers.map(({ http }) => http);
}

async function run(server, database, statement, parameters = {}) {
  const response = await fetch(`http://${server}/db/${database}/tx/commit`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ statements: [{ statement, parameters }] }),
  });
  const { results, errors } = await response.json();
  if (errors.length > 0) throw new Error(`${errors[0].code}: ${errors[0].message}`);
  return results[0].data.map(({ row }) => row);
}

/** One that does not lead the graph: it takes writes all the same. */
async function follower() {
  for (const server of servers) {
    const response = await fetch(`http://${server}/dbms/cluster/status`, { headers: { authorization } }).catch(() => undefined);
    const status = (await response?.json())?.find(({ databaseName }) => databaseName === GRAPH)?.databaseStatus;
    if (status?.role === 'FOLLOWER') return server;
  }
  throw new Error(`None of ${servers.join(', ')} follows the graph '${GRAPH}'.`);
}

function readRatings() {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .filter((line) => /^\d/.test(line))
    .map((line) => {
      const [from, to, rating, seconds] = line.split(',').map(Number);
      return { from, to, rating, atMs: Math.round(seconds * 1000) };
    });
}

function progress(done, total) {
  const width = 40;
  const filled = Math.round((done / total) * width);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
  if (process.stdout.isTTY) process.stdout.write(`\r  ${bar} ${done} of ${total}${done === total ? '\n' : ''}`);
  else if (done === total) console.log(`  ${bar} ${done} of ${total}`);
}

function table(columns, rows) {
  const cells = [columns, ...rows.map((row) => row.map(String))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at].length)));
  for (const row of cells) console.log(`  ${row.map((cell, at) => cell.padStart(widths[at])).join('   ')}`);
}

const ratings = readRatings();
await run(servers[0], 'system', `CREATE DATABASE ${GRAPH} IF NOT EXISTS WAIT`);
const server = await follower();
console.log(`Loading ${ratings.length} ratings through ${server}, a follower of the graph '${GRAPH}'`);
await run(server, GRAPH, 'CREATE CONSTRAINT user IF NOT EXISTS FOR (u:User) REQUIRE u.id IS UNIQUE');
const startedMs = performance.now();
for (let at = 0; at < ratings.length; at += BATCH) {
  const rows = ratings.slice(at, at + BATCH);
  // MERGE: the load may be repeated.
  await run(
    server,
    GRAPH,
    `UNWIND $rows AS row
     MERGE (a:User {id: row.from})
     MERGE (b:User {id: row.to})
     MERGE (a)-[r:RATED]->(b)
     SET r.rating = row.rating, r.at = datetime({epochMillis: row.atMs})`,
    { rows },
  );
  progress(at + rows.length, ratings.length);
}
const [[users, rated]] = await run(server, GRAPH, 'MATCH (u:User) OPTIONAL MATCH (u)-[r:RATED]->() RETURN count(DISTINCT u), count(r)');
console.log(`  ${users} users, ${rated} ratings, in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);

const expected = values.check ? answers(ratings) : undefined;
let different = rated === ratings.length ? 0 : 1;
for (const [number, { name, why, columns, cypher }] of questions.entries()) {
  console.log(`\n${number + 1}. ${name}\n   ${why}\n${cypher.replaceAll('\n', '\n     ')}\n`);
  const askedMs = performance.now();
  const rows = await run(server, GRAPH, cypher);
  table(columns, rows);
  console.log(`  (${(performance.now() - askedMs).toFixed(0)} ms)`);
  if (expected === undefined) continue;
  const same = JSON.stringify(rows) === JSON.stringify(expected[number]);
  if (!same) different++;
  console.log(same ? '  as the plain script says' : `  the plain script says otherwise: ${JSON.stringify(expected[number])}`);
}
process.exit(different === 0 ? 0 : 1);
