// Spoiled Bolt conversations against the real door over a real graph, without a network. After each of them:
//
//   everything the server said is Bolt, and no failure is an internal one or shows internal text
//   a connection that is still in order is ready again after RESET
//   when it is gone, nothing of it is left: no session, no open transaction
//
// One number repeats a run, and with the number of the input, that input alone.

import { noLogger } from '../../src/base/logger.js';
import type { Network } from '../../src/base/network.js';
import { below, chance, pick, type Random, seededRandom } from '../../src/base/random.js';
import type { Soon } from '../../src/base/soon.js';
import { BoltServer } from '../../src/bolt/bolt-server.js';
import type { Database } from '../../src/database/database.js';
import type { AutoCommit, StatementRequest, Transaction, TransactionOptions } from '../../src/database/result.js';
import { databaseNotFound } from '../../src/errors/catalogue.js';
import type { Gateway, Outcome } from '../../src/targets/gateway.js';
import { Dechunker } from '../../src/wire/chunking.js';
import { type BoltVersion, boltVersions, handshakeProposal, manifestAnswer, versionName } from '../../src/wire/handshake.js';
import { type Message, readMessage, tagName, tags } from '../../src/wire/messages.js';
import { aloneView, fakeAuthenticator } from '../support/fake-gateway.js';
import { InProcessCluster } from '../support/in-process-cluster.js';
import { conversations, greeting } from './bolt-conversations.js';
import { MemoryConnection } from './memory-connection.js';
import { cut, encode, rechunk, spoilBytes, spoilMessages } from './mutations.js';

/** What went wrong, with what repeats it. */
export interface Finding {
  readonly input: number;
  readonly what: string;
  readonly conversation: string;
}

/** The graph itself, with its open transactions counted. */
class CountingGateway implements Gateway {
  readonly cluster = aloneView;
  /** No client over Bolt keeps transactions open between requests. */
  readonly open = () => Promise.reject(new Error('no transaction is held here'));
  readonly take = this.open;
  readonly end = this.open;
  readonly knows = () => false;
  openCount = 0;
  readonly #graphs: ReadonlyMap<string, Database>;

  constructor(graphs: ReadonlyMap<string, Database>) {
    this.#graphs = graphs;
  }

  resolve(name: string | undefined): string {
    const wanted = (name ?? 'neo4j').toLowerCase();
    if (!this.#graphs.has(wanted)) throw databaseNotFound(name ?? wanted);
    return wanted;
  }

  outcome(): Promise<Outcome> {
    return Promise.resolve({ kind: 'never' });
  }

  run(request: StatementRequest, options: TransactionOptions): Soon<AutoCommit> {
    return this.#graph(options).run(request, options);
  }

  async begin(options: TransactionOptions): Promise<Transaction> {
    const transaction = await this.#graph(options).begin(options);
    this.openCount++;
    let isOpen = true;
    const ended = () => {
      if (isOpen) this.openCount--;
      isOpen = false;
    };
    return {
      run: (request) => transaction.run(request),
      commit: (requestId) => transaction.commit(requestId).finally(ended),
      rollback: () => transaction.rollback().finally(ended),
      // Which rolls back.
      terminate: (reason) => {
        transaction.terminate(reason);
        ended();
      },
    };
  }

  #graph(options: TransactionOptions): Database {
    return this.#graphs.get(options.database) as Database;
  }
}

export class BoltFuzzer {
  readonly #cluster: InProcessCluster;
  readonly #gateway: CountingGateway;
  readonly #server: BoltServer;
  readonly #connect: (connection: MemoryConnection) => void;

  private constructor(cluster: InProcessCluster, gateway: CountingGateway, server: BoltServer, connect: (connection: MemoryConnection) => void) {
    this.#cluster = cluster;
    this.#gateway = gateway;
    this.#server = server;
    this.#connect = connect;
  }

  static async start(): Promise<BoltFuzzer> {
    const cluster = await InProcessCluster.start({ cores: 1, replicas: 0 });
    const { graphs } = (await cluster.leader()).server;
    const gateway = new CountingGateway(new Map(graphs.all().map((graph) => [graph.name, graph])));
    const listening: Parameters<Network['listen']>[1][] = [];
    const network: Network = {
      listen: (address, onConnection) => {
        listening.push(onConnection);
        return Promise.resolve({ address, close: () => Promise.resolve() });
      },
      connect: () => Promise.reject(new Error('nobody is called from here')),
    };
    const server = new BoltServer({
      network,
      address: { host: 'fuzz', port: 7687 },
      gateway,
      authenticator: fakeAuthenticator,
      logger: noLogger,
      settings: { serverSideRouting: true, messageBytes: 256 * 1024 },
    });
    await server.listen();
    return new BoltFuzzer(cluster, gateway, server, (connection) => listening[0]?.(connection));
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }

  /** The input with this number; what is wrong with how it was taken. */
  async run(seed: number, input: number): Promise<readonly Finding[]> {
    const random = seededRandom((Math.imul(seed, 0x9e3779b1) ^ Math.imul(input + 1, 0x85ebca6b)) >>> 0);
    const version = pick(random, boltVersions);
    const chosen = Array.from({ length: 1 + below(random, 2) }, () => pick(random, conversations));
    const name = `Bolt ${versionName(version)}: ${chosen.map((one) => one.name).join(', ')}`;
    const finding = (what: string): Finding => ({ input, what, conversation: name });
    const connection = new MemoryConnection();
    this.#connect(connection);
    const intact = this.#converse(
      random,
      connection,
      version,
      chosen.flatMap((one) => one.messages),
    );
    await quiet(connection);
    const findings: Finding[] = [];
    if (intact && !connection.isClosed && !(await this.#readyAfterReset(connection))) findings.push(finding('not ready after RESET'));
    connection.destroy();
    if (!(await within(() => this.#server.connectionCount === 0 && this.#gateway.openCount === 0))) {
      findings.push(finding(`${this.#server.connectionCount} connections and ${this.#gateway.openCount} transactions are left`));
    }
    return [...findings, ...faultsIn(connection.sent, version).map(finding)];
  }

  /** Says it all, spoiled. True when what was sent is whole messages, so that the connection must stay in order. */
  #converse(random: Random, connection: MemoryConnection, version: BoltVersion, said: readonly Message[]): boolean {
    const form = { elementIds: version.elementIds, utcTimes: version.elementIds };
    let messages: readonly Message[] = said;
    let greetings = greeting(version);
    const others = conversations.flatMap((one) => one.messages);
    for (let times = below(random, 4); times > 0; times--) messages = messages.length === 0 ? others.slice(0, 1) : spoilMessages(random, messages, others);
    if (chance(random, 0.1)) greetings = spoilMessages(random, greetings, others);
    let encoded = encode([...greetings, ...messages], form);
    if (chance(random, 0.3)) encoded = rechunk(random, encoded);
    let bytes: Uint8Array = Buffer.concat(encoded);
    const spoiledBytes = chance(random, 0.4);
    if (spoiledBytes) for (let times = 1 + below(random, 4); times > 0; times--) bytes = spoilBytes(random, bytes);
    let hands: Uint8Array = handshake(random, version);
    const spoiledHands = chance(random, 0.05);
    if (spoiledHands) hands = spoilBytes(random, hands);
    for (const piece of cut(random, Buffer.concat([hands, bytes]))) connection.feed(piece);
    return !spoiledBytes && !spoiledHands;
  }

  async #readyAfterReset(connection: MemoryConnection): Promise<boolean> {
    connection.readOn();
    const before = connection.sent.length;
    connection.feed(Uint8Array.of(0, 2, 0xb0, tags.RESET, 0, 0));
    const answered = () =>
      connection.sent.length > before &&
      Buffer.from(connection.sent.at(-1) ?? [])
        .subarray(-SUCCESS.length)
        .equals(SUCCESS);
    return within(() => connection.isClosed || answered());
  }
}

function handshake(random: Random, version: BoltVersion): Uint8Array {
  if (chance(random, 0.7)) return handshakeProposal([version]);
  return Buffer.from([0x60, 0x60, 0xb0, 0x17, 0, 0, 1, 0xff, ...new Array(12).fill(0), 0, 0, version.minor, version.major, 0]);
}

/** A SUCCESS without metadata, chunked. */
const SUCCESS = Buffer.of(0, 3, 0xb1, tags.SUCCESS, 0xa0, 0, 0);

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Until the server says nothing more for some turns of the event loop. */
async function quiet(connection: MemoryConnection): Promise<void> {
  let quietTurns = 0;
  for (let turns = 0, said = -1; quietTurns < 6 && turns < 300; turns++) {
    quietTurns = connection.sent.length === said ? quietTurns + 1 : 0;
    said = connection.sent.length;
    await turn();
  }
}

const PATIENCE_MS = 3000;

async function within(condition: () => boolean): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await turn();
  }
  return true;
}

const internals =
  /Cannot read propert|is not a function|is not iterable|is not defined|node:internal|node_modules|\.(?:ts|js|mjs):\d+|^\s+at .+\(|\b(?:Type|Range|Reference|Assertion)Error\b|\[object |An unexpected error/m;

/** What is wrong with what the server said. */
function faultsIn(sent: readonly Uint8Array[], version: BoltVersion): string[] {
  const faults: string[] = [];
  const bytes = afterHandshake(Buffer.concat(sent), version);
  if (bytes === undefined) return faults;
  const dechunker = new Dechunker(Number.MAX_SAFE_INTEGER, (content) => {
    const message = readMessage(content);
    if (![tags.SUCCESS, tags.RECORD, tags.IGNORED, tags.FAILURE].some((tag) => tag === message.tag)) faults.push(`the server said ${tagName(message.tag)}`);
    if (message.tag === tags.FAILURE) faults.push(...faultsInFailure(message));
  });
  try {
    dechunker.receive(bytes);
  } catch (error) {
    faults.push(`the server said what is not Bolt: ${(error as Error).message}`);
  }
  return faults;
}

/** undefined where there was no agreement on a version, or another answer than Bolt's. */
function afterHandshake(bytes: Buffer, version: BoltVersion): Uint8Array | undefined {
  if (bytes.length < 4 || bytes.subarray(0, 4).equals(Buffer.alloc(4)) || bytes.subarray(0, 4).toString() === 'HTTP') return undefined;
  if (bytes.subarray(0, 4).equals(Buffer.from(manifestAnswer.subarray(0, 4)))) return bytes.subarray(manifestAnswer.length);
  if (bytes[3] !== version.major && bytes[3] !== 4 && bytes[3] !== 5) return undefined;
  return bytes.subarray(4);
}

function faultsInFailure(message: Message): string[] {
  const metadata = message.fields[0];
  if (!(metadata instanceof Map)) return ['a FAILURE without metadata'];
  const code = metadata.get('code') ?? metadata.get('neo4j_code');
  const text = metadata.get('message');
  if (typeof code !== 'string' || !code.startsWith('Neo.') || typeof text !== 'string') return ['a FAILURE without code or message'];
  if (code === 'Neo.DatabaseError.General.UnknownError') return [`an internal failure: ${text}`];
  return internals.test(text) ? [`internal text is shown: ${text.slice(0, 300)}`] : [];
}
