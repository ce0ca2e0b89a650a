// Short questions between servers, JSON both ways, over one kept connection for each pair:
// how are your graphs, and what became of this request id.

import type { Address, Connection, Network } from '../base/network.js';
import { formatAddress } from '../base/network.js';
import type { Counters } from '../graph/writer.js';
import { openChannel } from './channel.js';
import { FRAME_JSON, FrameStream } from './frames.js';
import type { GraphStatus } from './view.js';

export type Question = { readonly kind: 'status' } | { readonly kind: 'outcome'; readonly graphId: string; readonly requestId: string };

/** `settled`: the answering server leads the graph under a proved term, so an absent id can never commit (SAFETY 14). */
export interface OutcomeAnswer {
  readonly found: { readonly transactionId: number; readonly bookmark: string; readonly counters: Counters } | undefined;
  readonly settled: boolean;
  readonly term: number;
}

export interface Answers {
  status(): readonly GraphStatus[];
  outcome(graphId: string, requestId: string): OutcomeAnswer;
}

export function serveQuestions(connection: Connection, answers: Answers): void {
  const stream = new FrameStream(connection, (_kind, body) => {
    const { id, question } = JSON.parse(body.toString()) as { id: number; question: Question };
    stream.sendJson({ id, answer: question.kind === 'status' ? answers.status() : answers.outcome(question.graphId, question.requestId) });
  });
  connection.onClose(() => {});
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Peer {
  readonly stream: FrameStream;
  readonly waiting: Map<number, Waiting>;
}

export class Asker {
  readonly #network: Network;
  readonly #secret: Buffer;
  readonly #peers: Map<string, Promise<Peer>>;
  #nextId: number;

  constructor(network: Network, secret: Buffer) {
    this.#network = network;
    this.#secret = secret;
    this.#peers = new Map();
    this.#nextId = 1;
  }

  status(address: Address, timeoutMs: number): Promise<readonly GraphStatus[]> {
    return this.#ask(address, { kind: 'status' }, timeoutMs) as Promise<readonly GraphStatus[]>;
  }

  outcome(address: Address, graphId: string, requestId: string, timeoutMs: number): Promise<OutcomeAnswer> {
    return this.#ask(address, { kind: 'outcome', graphId, requestId }, timeoutMs) as Promise<OutcomeAnswer>;
  }

  close(): void {
    for (const peer of this.#peers.values()) peer.then(({ stream }) => stream.connection.destroy()).catch(() => {});
    this.#peers.clear();
  }

  async #ask(address: Address, question: Question, timeoutMs: number): Promise<unknown> {
    const peer = await this.#peer(address, timeoutMs);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(new Error(`no answer from ${formatAddress(address)} within ${timeoutMs} ms`))), timeoutMs);
      const finish = (act: () => void) => {
        clearTimeout(timer);
        peer.waiting.delete(id);
        act();
      };
      peer.waiting.set(id, { resolve: (answer) => finish(() => resolve(answer)), reject: (error) => finish(() => reject(error)) });
      peer.stream.sendJson({ id, question });
    });
  }

  #peer(address: Address, timeoutMs: number): Promise<Peer> {
    const key = formatAddress(address);
    const known = this.#peers.get(key);
    if (known !== undefined) return known;
    const opening = this.#open(address, key, timeoutMs);
    this.#peers.set(key, opening);
    opening.catch(() => this.#forget(key, opening));
    return opening;
  }

  async #open(address: Address, key: string, timeoutMs: number): Promise<Peer> {
    const connection = await openChannel(this.#network, address, this.#secret, 'ask', timeoutMs);
    const waiting = new Map<number, Waiting>();
    const stream = new FrameStream(connection, (kind, body) => {
      if (kind !== FRAME_JSON) return;
      const { id, answer } = JSON.parse(body.toString()) as { id: number; answer: unknown };
      waiting.get(id)?.resolve(answer);
    });
    connection.onClose(() => {
      this.#forget(key, undefined);
      for (const { reject } of waiting.values()) reject(new Error(`the connection to ${key} was lost`));
    });
    return { stream, waiting };
  }

  #forget(key: string, peer: Promise<Peer> | undefined): void {
    if (peer === undefined || this.#peers.get(key) === peer) this.#peers.delete(key);
  }
}
