// `npm run bench:bolt`: how near a point read over Bolt comes to a bare loopback echo of the same bytes, in the same run.
// Three processes: this one is the client of both; the echo server; the Causeway server. Rounds take turns.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { tcpNetwork } from '../dist/base/tcp.js';
import { Dechunker } from '../dist/wire/chunking.js';
import { BoltClient } from '../dist/wire/client.js';
import { bolt58, handshakeProposal } from '../dist/wire/handshake.js';
import { mapOf, tags, writeMessage } from '../dist/wire/messages.js';
import { PackWriter } from '../dist/wire/packstream.js';
import { PASSWORD, startServerProcess } from './server-process.mjs';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
if (process.argv.includes('--help')) {
  console.log(`Usage: npm run bench:bolt -- [--rounds N] [--requests N] [--connections N] [--seconds N] [--profile]

  --rounds N        rounds of each, of which the median counts (default 7)
  --requests N      requests in a round of the latency (default 3000)
  --connections N   for the throughput (default 32)
  --seconds N       a round of the throughput (default 1)
  --profile         writes a CPU profile of the server into the current folder

Example:
  npm run bench:bolt -- --rounds 11`);
  process.exit(0);
}
const rounds = option('rounds', 7);
const requests = option('requests', 3000);
const connectionCount = option('connections', 32);
const seconds = option('seconds', 1);
const NODES = 10_000;

if (process.argv[2] === 'echo') await serveEcho(Number(process.argv[3]), Number(process.argv[4]));

/** Answers every `size` bytes with `answer` bytes. */
async function serveEcho(size, answer) {
  const bytes = Buffer.alloc(answer, 1);
  const server = net.createServer((socket) => {
    socket.setNoDelay(true);
    let got = 0;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      for (got += data.length; got >= size; got -= size) socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
  await new Promise(() => {});
}

function startEcho(size, answer) {
  const child = spawn(process.execPath, [import.meta.filename, 'echo', String(size), String(answer)], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve) => {
    child.stdout.on('data', (bytes) => resolve({ port: Number(String(bytes).split(' ')[1]), stop: () => child.kill('SIGKILL') }));
  });
}

/** A connection that sends fixed bytes and waits for `isWhole` to say that the answer is there. */
function connect(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port, noDelay: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      let onAnswer = () => {};
      let take = () => false;
      socket.on('data', (bytes) => take(bytes) && onAnswer());
      resolve({
        /** Calls back for each answer. */
        expect(isWhole, callback) {
          take = isWhole;
          onAnswer = callback;
        },
        send: (bytes) => socket.write(bytes),
        close: () => socket.destroy(),
      });
    });
  });
}

function countingBytes(size) {
  let got = 0;
  return (bytes) => {
    got += bytes.length;
    if (got < size) return false;
    got -= size;
    return true;
  };
}

/** Two answers, SUCCESS each; anything else ends the measurement. */
function countingAnswers(sizes) {
  let answers = 0;
  const dechunker = new Dechunker(1 << 20, (message) => {
    if (message[1] === tags.FAILURE || message[1] === tags.IGNORED) throw new Error('the server refused');
    if (message[1] === tags.SUCCESS) answers++;
  });
  return (bytes) => {
    sizes?.push(bytes.length);
    dechunker.receive(bytes);
    if (answers < 2) return false;
    answers -= 2;
    return true;
  };
}

async function greeted(port) {
  const connection = await connect(port);
  const writer = new PackWriter();
  const wait = (isWhole) => new Promise((resolve) => connection.expect(isWhole, resolve));
  connection.send(handshakeProposal([bolt58]));
  await wait(countingBytes(4));
  writeMessage(writer, tags.HELLO, [mapOf({ user_agent: 'bench', bolt_agent: mapOf({ product: 'bench' }) })]);
  writeMessage(writer, tags.LOGON, [mapOf({ scheme: 'basic', principal: 'neo4j', credentials: PASSWORD })]);
  connection.send(writer.take());
  await wait(countingAnswers());
  return connection;
}

const TEXT = 'MATCH (n:User {id: $id}) RETURN n.age';
function pointRead(id) {
  const writer = new PackWriter();
  writeMessage(writer, tags.RUN, [TEXT, mapOf({ id }), mapOf({ mode: 'r', db: 'neo4j' })]);
  writeMessage(writer, tags.PULL, [mapOf({ n: 1000 })]);
  return writer.take();
}
// Ids of one width, so that all requests have one size.
const reads = Array.from({ length: 1000 }, (_, at) => pointRead(1000 + ((at * 7919) % 9000)));

/** Microseconds of each of `count` requests, one after the other. */
function latencies(connection, isWhole, count) {
  return new Promise((resolve) => {
    const figures = new Float64Array(count);
    let at = 0;
    let sentAt = 0;
    const next = () => {
      sentAt = performance.now();
      connection.send(reads[at % reads.length]);
    };
    connection.expect(isWhole, () => {
      figures[at++] = (performance.now() - sentAt) * 1000;
      if (at < count) next();
      else resolve(figures);
    });
    next();
  });
}

/** Requests a second over all connections, each with one under way. */
function throughput(connections, isWholes) {
  let done = 0;
  let stopped = false;
  connections.forEach((connection, index) => {
    const next = () => connection.send(reads[(done + index) % reads.length]);
    connection.expect(isWholes[index], () => {
      done++;
      if (!stopped) next();
    });
    next();
  });
  return new Promise((resolve) => {
    const startedAt = performance.now();
    setTimeout(() => {
      const figure = done / ((performance.now() - startedAt) / 1000);
      stopped = true;
      setTimeout(() => resolve(figure), 100);
    }, seconds * 1000);
  });
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
const median = (values) => quantile(values, 0.5);

async function load(port) {
  const client = await BoltClient.connect(tcpNetwork, { host: '127.0.0.1', port }, { auth: { principal: 'neo4j', credentials: PASSWORD } });
  const run = (text, parameters) => Promise.all([client.run(text, parameters), client.discard()]);
  await run('CREATE CONSTRAINT user_id FOR (n:User) REQUIRE n.id IS UNIQUE', new Map());
  await run('UNWIND range(0, $last) AS id CREATE (:User {id: id, age: 20 + id % 80})', new Map([['last', NODES - 1]]));
  client.close();
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-bench-'));
const profile = process.argv.includes('--profile') ? ['--cpu-prof', `--cpu-prof-dir=${process.cwd()}`] : [];
const server = await startServerProcess(folder, profile);
let echo;
try {
  await load(server.bolt);
  const sizes = [];
  const first = await greeted(server.bolt);
  await latencies(first, countingAnswers(sizes), 2000);
  const answerBytes = sizes.at(-1);
  if (sizes.slice(-100).some((size) => Math.abs(size - answerBytes) > 2)) throw new Error('an answer does not come in one piece');
  echo = await startEcho(reads[0].length, answerBytes);
  const firstEcho = await connect(echo.port);
  const figures = { echo: [], bolt: [], echo99: [], bolt99: [] };
  for (let round = -1; round < rounds; round++) {
    const echoed = await latencies(firstEcho, countingBytes(answerBytes), requests);
    const read = await latencies(first, countingAnswers(), requests);
    if (round < 0) continue;
    figures.echo.push(median(echoed));
    figures.bolt.push(median(read));
    figures.echo99.push(quantile(echoed, 0.99));
    figures.bolt99.push(quantile(read, 0.99));
  }
  const many = await Promise.all(Array.from({ length: connectionCount }, () => greeted(server.bolt)));
  const manyEcho = await Promise.all(Array.from({ length: connectionCount }, () => connect(echo.port)));
  const rates = { echo: [], bolt: [] };
  for (let round = -1; round < rounds; round++) {
    const echoRate = await throughput(
      manyEcho,
      manyEcho.map(() => countingBytes(answerBytes)),
    );
    const boltRate = await throughput(
      many,
      many.map(() => countingAnswers()),
    );
    if (round < 0) continue;
    rates.echo.push(echoRate);
    rates.bolt.push(boltRate);
  }
  for (const connection of [first, firstEcho, ...many, ...manyEcho]) connection.close();
  const micro = (values) => `${median(values).toFixed(1)} µs`.padStart(10);
  console.log(`point read of ${reads[0].length} bytes, answered by ${answerBytes}; medians of ${rounds} rounds\n`);
  console.log(`${''.padEnd(28)}${'echo'.padStart(12)}${'Bolt'.padStart(12)}${'ratio'.padStart(10)}   bar`);
  const row = (name, a, b, ratio, bar) => console.log(`${name.padEnd(28)}${a.padStart(12)}${b.padStart(12)}${ratio.padStart(10)}   ${bar}`);
  const times = (a, b) => `${(median(b) / median(a)).toFixed(2)}×`;
  row('latency p50', micro(figures.echo), micro(figures.bolt), times(figures.echo, figures.bolt), 'at most 4×');
  row('latency p99', micro(figures.echo99), micro(figures.bolt99), times(figures.echo99, figures.bolt99), '');
  const rate = (values) => `${Math.round(median(values))}/s`;
  const share = `${((median(rates.bolt) / median(rates.echo)) * 100).toFixed(0)} %`;
  row(`throughput, ${connectionCount} connections`, rate(rates.echo), rate(rates.bolt), share, 'at least 20 %');
} finally {
  echo?.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
