// Spoiled HTTP conversations against the real door of a real server, each over a connection of its own. Of each of them:
//
//   every request that is whole is answered in time, by HTTP, with JSON or Jolt that can be read
//   no answer is an internal error or shows internal text
//   a transaction that was left open is gone after its idle timeout
//
// One number repeats a run, and with the number of the input, that input alone.

import net from 'node:net';
import { gunzipSync, inflateSync } from 'node:zlib';
import { below, chance, pick, type Random, seededRandom } from '../../src/base/random.js';
import { type ClusterMember, InProcessCluster, PASSWORD } from '../support/in-process-cluster.js';
import { spoilRequest } from './http-mutations.js';
import { type HttpConversation, type HttpRequest, httpConversations } from './http-requests.js';
import { cut, spoilBytes } from './mutations.js';

/** What went wrong, with what repeats it. */
export interface HttpFinding {
  readonly input: number;
  readonly what: string;
  readonly conversation: string;
}

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

const ANSWER_TIMEOUT_MS = 8000;
const IDLE_TIMEOUT_MS = 300;
/** What only the inside of the program knows. */
const internal = /\bat .+:\d+:\d+|node_modules|\b(Type|Reference|Range|Assertion)Error\b|\/src\/|\/dist\/|UnknownError|undefined is not/;

export class HttpFuzzer {
  readonly #cluster: InProcessCluster;
  readonly #member: ClusterMember;

  private constructor(cluster: InProcessCluster, member: ClusterMember) {
    this.#cluster = cluster;
    this.#member = member;
  }

  static async start(): Promise<HttpFuzzer> {
    const settings = { transactions: { idle_timeout_ms: IDLE_TIMEOUT_MS }, limits: { message_bytes: 256 * 1024 } };
    const cluster = await InProcessCluster.start({ cores: 1, replicas: 0, settings });
    return new HttpFuzzer(cluster, await cluster.leader());
  }

  /** What is left when all is over; then the server is stopped. */
  async stop(): Promise<readonly string[]> {
    await new Promise((resolve) => setTimeout(resolve, IDLE_TIMEOUT_MS + 200));
    const left = this.#member.server.openTransactionCount;
    const started = performance.now();
    await this.#cluster.stop();
    const stopMs = performance.now() - started;
    return [...(left > 0 ? [`${left} transactions are left open`] : []), ...(stopMs > 5000 ? [`stopping took ${Math.round(stopMs)} ms`] : [])];
  }

  /** The input with this number; what is wrong with how it was taken. */
  async run(seed: number, input: number): Promise<readonly HttpFinding[]> {
    const random = seededRandom((Math.imul(seed, 0x9e3779b1) ^ Math.imul(input + 1, 0x85ebca6b)) >>> 0);
    const conversation = pick(random, httpConversations);
    const findings: HttpFinding[] = [];
    const found = (what: string) => findings.push({ input, what, conversation: conversation.name });
    const connection = await HttpConnection.open(this.#member.server.http.port);
    try {
      await this.#converse(random, conversation, connection, found);
    } finally {
      connection.close();
    }
    return findings;
  }

  async #converse(random: Random, { requests }: HttpConversation, connection: HttpConnection, found: (what: string) => void): Promise<void> {
    const spoiled = below(random, requests.length);
    let id = 'core1.none.0';
    for (const [at, recorded] of requests.entries()) {
      let request = recorded;
      if (at === spoiled) for (let times = below(random, 4); times > 0; times--) request = spoilRequest(random, request);
      let bytes: Uint8Array = encodeRequest(request, id);
      const whole = at !== spoiled || !chance(random, 0.25);
      if (!whole) for (let times = 1 + below(random, 4); times > 0; times--) bytes = spoilBytes(random, bytes);
      for (const piece of cut(random, bytes)) connection.send(piece);
      if (!whole) connection.end();
      const answer = await connection.answer(request.method === 'HEAD');
      if (answer === 'late') return found(`no answer to ${request.method} ${request.path.slice(0, 80)} within ${ANSWER_TIMEOUT_MS} ms`);
      // Its headers may have changed where the request ends; the connection may be closed then.
      if (answer === 'closed') return;
      for (const fault of faultsIn(answer)) found(`${fault} (${request.method} ${request.path.slice(0, 80)})`);
      if (!whole || connection.isClosed) return;
      id =
        /\/tx\/([^/"]+)\/commit|"id":"([^"]+)"/
          .exec(answer.text)
          ?.slice(1)
          .find((group) => group !== undefined) ?? id;
    }
  }
}

function encodeRequest({ method, path, headers, body }: HttpRequest, id: string): Buffer {
  const content = body === undefined ? '' : JSON.stringify(body);
  const all = new Map<string, string>([
    ['host', 'localhost'],
    ['authorization', `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`],
    ...(body === undefined ? [] : ([['content-type', 'application/json']] as const)),
    ['content-length', String(Buffer.byteLength(content))],
    ...headers,
  ]);
  const lines = [...all].map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(`${method} ${path.replace('{id}', id)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${content}`);
}

function faultsIn({ status, headers, text }: Answer): readonly string[] {
  const faults: string[] = [];
  if (status < 200 || status > 599 || status === 500) faults.push(`status ${status}: ${text.slice(0, 300)}`);
  const type = headers.get('content-type') ?? '';
  if (!type.startsWith('text/plain') && internal.test(text)) faults.push(`internal text: ${text.slice(0, 300)}`);
  if (type.startsWith('application/json') && !isJson(text)) faults.push(`not JSON: ${text.slice(0, 300)}`);
  if (type.startsWith('application/vnd.neo4j.jolt') && !text.split(/\n/).every((line) => line === '' || isJson(line.replace('\u001e', '')))) {
    faults.push(`not Jolt: ${text.slice(0, 300)}`);
  }
  return faults;
}

function isJson(text: string): boolean {
  if (text === '') return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** One connection; answers are read one after the other. */
class HttpConnection {
  readonly #socket: net.Socket;
  #received: Buffer;
  #wake: () => void;
  isClosed: boolean;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#received = Buffer.alloc(0);
    this.#wake = () => {};
    this.isClosed = false;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  static open(port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      socket.once('error', reject).once('connect', () => resolve(new HttpConnection(socket)));
    });
  }

  send(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The next answer, other than 100 Continue. */
  async answer(headOnly: boolean): Promise<Answer | 'late' | 'closed'> {
    const until = performance.now() + ANSWER_TIMEOUT_MS;
    for (;;) {
      const parsed = parseAnswer(this.#received, headOnly, this.isClosed);
      if (parsed !== undefined) {
        this.#received = this.#received.subarray(parsed.length);
        if (parsed.answer.status !== 100) return parsed.answer;
        continue;
      }
      if (this.isClosed) return 'closed';
      if (performance.now() > until) return 'late';
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function parseAnswer(bytes: Buffer, headOnly: boolean, ended: boolean): { readonly answer: Answer; readonly length: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [line = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${line} `)?.[1] ?? 0);
  const headers = new Map(lines.map((one) => [one.slice(0, one.indexOf(':')).toLowerCase(), one.slice(one.indexOf(':') + 1).trim()]));
  const from = headEnd + 4;
  const body = headOnly || status === 204 || status === 304 || status < 200 ? { content: Buffer.alloc(0), end: from } : bodyFrom(bytes, from, headers, ended);
  if (body === undefined) return undefined;
  return { answer: { status, headers, text: inflated(body.content, headers.get('content-encoding')).toString() }, length: body.end };
}

function bodyFrom(
  bytes: Buffer,
  from: number,
  headers: ReadonlyMap<string, string>,
  ended: boolean,
): { readonly content: Buffer; readonly end: number } | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return chunks(bytes, from);
  const length = headers.get('content-length');
  if (length === undefined) return ended ? { content: bytes.subarray(from), end: bytes.length } : undefined;
  const end = from + Number(length);
  return bytes.length < end ? undefined : { content: bytes.subarray(from, end), end };
}

function chunks(bytes: Buffer, from: number): { readonly content: Buffer; readonly end: number } | undefined {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (bytes.length < end) return undefined;
    if (size === 0) return { content: Buffer.concat(parts), end };
    parts.push(bytes.subarray(lineEnd + 2, end - 2));
    at = end;
  }
}

function inflated(content: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(content);
  return encoding === 'deflate' ? inflateSync(content) : content;
}
