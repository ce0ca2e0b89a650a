// Short questions between servers, JSON both ways, over one kept connection for each pair:
// how are your graphs, what became of this request id, are you there, and do you reach that other server.

import { unreachable } from '../base/assert.js';
import { type Clock, sleep } from '../base/clock.js';
import type { Address, Connection } from '../base/network.js';
import { formatAddress } from '../base/network.js';
import type { Counters } from '../graph/writer.js';
import { type ChannelEnd, openChannel } from './channel.js';
import { FRAME_JSON, FrameStream } from './frames.js';
import type { GraphStatus } from './view.js';

export type Question =
  | { readonly kind: 'status' }
  | { readonly kind: 'outcome'; readonly graphId: string; readonly requestId: string }
  /** Answered after `holdMs`. */
  | { readonly kind: 'ping'; readonly holdMs: number }
  | { readonly kind: 'reaches'; readonly address: Address };

/** `settled`: the answering server leads the graph under a proved term, so an absent id can never commit (SAFETY 14). */
export interface OutcomeAnswer {
  readonly found: { readonly transactionId: number; readonly bookmark: string; readonly counters: Counters } | undefined;
  readonly settled: boolean;
  readonly term: number;
}

export interface Answers {
  status(): readonly GraphStatus[];
  outcome(graphId: string, requestId: string): OutcomeAnswer;
  reaches(address: Address): Promise<boolean>;
}

const HOLD_MS_MAX = 5000;

export function serveQuestions(connection: Connection, answers: Answers, clock: Clock): void {
  const stream = new FrameStream(connection, (_kind, body) => {
    const { id, question } = JSON.parse(body.toString()) as { id: number; question: Question };
    const answer = answerTo(question, answers, clock);
    if (answer instanceof Promise) void answer.then((late) => stream.sendJson({ id, answer: late }));
    else stream.sendJson({ id, answer });
  });
  connection.onClose(() => {});
}

function answerTo(question: Question, answers: Answers, clock: Clock): unknown {
  switch (question.kind) {
    case 'status':
      return answers.status();
    case 'outcome':
      return answers.outcome(question.graphId, question.requestId);
    case 'ping':
      return sleep(clock, Math.min(question.holdMs, HOLD_MS_MAX)).then(() => true);
    case 'reaches':
      return answers.reaches(question.address);
    default:
      return unreachable(question);
  }
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
  readonly #end: ChannelEnd;
  readonly #peers: Map<string, Promise<Peer>>;
  #nextId: number;

  constructor(end: ChannelEnd) {
    this.#end = end;
    this.#peers = new Map();
    this.#nextId = 1;
  }

  status(address: Address, timeoutMs: number): Promise<readonly GraphStatus[]> {
    return this.#ask(address, { kind: 'status' }, timeoutMs) as Promise<readonly GraphStatus[]>;
  }

  outcome(address: Address, graphId: string, requestId: string, timeoutMs: number): Promise<OutcomeAnswer> {
    return this.#ask(address, { kind: 'outcome', graphId, requestId }, timeoutMs) as Promise<OutcomeAnswer>;
  }

  /** Answered, after `holdMs`, by whoever serves there. Rejects with `code: 'ECONNREFUSED'` where nobody listens. */
  ping(address: Address, holdMs: number, timeoutMs: number): Promise<unknown> {
    return this.#ask(address, { kind: 'ping', holdMs }, timeoutMs);
  }

  /** Whether the server at `address` has an answer from the one at `other`. */
  reaches(address: Address, other: Address, timeoutMs: number): Promise<boolean> {
    return this.#ask(address, { kind: 'reaches', address: other }, timeoutMs) as Promise<boolean>;
  }

  close(): void {
    for (const peer of this.#peers.values()) peer.then(({ stream }) => stream.connection.destroy()).catch(() => {});
    this.#peers.clear();
  }

  async #ask(address: Address, question: Question, timeoutMs: number): Promise<unknown> {
    const peer = await this.#peer(address, timeoutMs);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancel = this.#end.clock.after(timeoutMs, () => finish(() => reject(new Error(`no answer from ${formatAddress(address)} within ${timeoutMs} ms`))));
      const finish = (act: () => void) => {
        cancel();
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
    const connection = await openChannel(this.#end, address, 'ask', timeoutMs);
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
