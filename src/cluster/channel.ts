// The way between servers: a listener of its own, on which both ends prove the cluster's secret before
// anything else is said (SAFETY 22). Ordinary clients have no way in.
//
//   opener                                             listener
//   "CWAY" 1 purpose nonceO(32)          ──▶
//                                        ◀──  nonceL(32) HMAC(secret, "listener" purpose nonceO nonceL)
//   HMAC(secret, "opener" purpose nonceL nonceO) ──▶
//                                        ◀──  1
//
// Afterwards the connection belongs to its purpose.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import type { Address, Connection, Listener, Network } from '../base/network.js';
import { type Random, randomBytes } from '../base/random.js';

/** 'relay': Bolt with the relay's extension. 'ask': short questions. 'feed': a replica's presence and its entries. */
export type Purpose = 'relay' | 'ask' | 'feed';

const PURPOSES: readonly Purpose[] = ['relay', 'ask', 'feed'];
const MAGIC = Buffer.from('CWAY\x01');
const NONCE = 32;
const PROOF_TIMEOUT_MS = 5000;

export class ChannelRefused extends Error {
  override readonly name = 'ChannelRefused';
}

/** What a server opens and accepts channels with. */
export interface ChannelEnd {
  readonly network: Network;
  readonly secret: Buffer;
  readonly clock: Clock;
  readonly random: Random;
}

export async function openChannel({ network, secret, clock, random }: ChannelEnd, address: Address, purpose: Purpose, timeoutMs: number): Promise<Connection> {
  const connection = await network.connect(address, timeoutMs);
  const reader = new ExactReader(connection, clock, timeoutMs);
  const own = randomBytes(random, NONCE);
  connection.write(Buffer.concat([MAGIC, Buffer.from([PURPOSES.indexOf(purpose)]), own]));
  const answer = await reader.read(NONCE + 32);
  const theirs = answer.subarray(0, NONCE);
  if (!timingSafeEqual(answer.subarray(NONCE), proof(secret, 'listener', purpose, own, theirs))) {
    connection.destroy();
    throw new ChannelRefused('the other server does not know the secret of this cluster');
  }
  connection.write(proof(secret, 'opener', purpose, theirs, own));
  await reader.read(1);
  return reader.release();
}

export function listenForChannels(end: ChannelEnd, address: Address, handlers: Readonly<Record<Purpose, (connection: Connection) => void>>): Promise<Listener> {
  return end.network.listen(address, (connection) => {
    // A server that is not put together yet, or does not serve the purpose, closes: the opener tries again.
    accept(connection, end)
      .then(({ purpose, connection: proven }) => handlers[purpose](proven))
      .catch(() => connection.destroy());
  });
}

async function accept(connection: Connection, { secret, clock, random }: ChannelEnd): Promise<{ purpose: Purpose; connection: Connection }> {
  const reader = new ExactReader(connection, clock, PROOF_TIMEOUT_MS);
  const hello = await reader.read(MAGIC.length + 1 + NONCE);
  const purpose = PURPOSES[hello[MAGIC.length] as number];
  if (!hello.subarray(0, MAGIC.length).equals(MAGIC) || purpose === undefined) throw new ChannelRefused('not a server of this cluster');
  const theirs = hello.subarray(MAGIC.length + 1);
  const own = randomBytes(random, NONCE);
  connection.write(Buffer.concat([own, proof(secret, 'listener', purpose, theirs, own)]));
  const answer = await reader.read(32);
  if (!timingSafeEqual(answer, proof(secret, 'opener', purpose, own, theirs))) throw new ChannelRefused('the secret does not match');
  connection.write(Buffer.from([1]));
  return { purpose, connection: reader.release() };
}

function proof(secret: Buffer, side: 'listener' | 'opener', purpose: Purpose, challenge: Buffer, own: Buffer): Buffer {
  return createHmac('sha256', secret).update(side).update(purpose).update(challenge).update(own).digest();
}

/** Reads exact counts of bytes during the proof; what came beyond is handed on by `release`. */
class ExactReader {
  readonly #connection: Connection;
  #pending: Buffer;
  #wanted: { count: number; resolve: (bytes: Buffer) => void; reject: (error: Error) => void } | undefined;
  #failed: Error | undefined;
  #listener: ((bytes: Uint8Array) => void) | undefined;
  readonly #cancelTimeout: () => void;

  constructor(connection: Connection, clock: Clock, timeoutMs: number) {
    this.#connection = connection;
    this.#pending = Buffer.alloc(0);
    this.#wanted = undefined;
    this.#failed = undefined;
    this.#listener = undefined;
    this.#cancelTimeout = clock.after(timeoutMs, () => this.#fail(new ChannelRefused('no proof of the secret in time')));
    connection.onData((bytes) => this.#take(bytes));
    connection.onClose((error) => this.#fail(error ?? new ChannelRefused('the connection was closed')));
  }

  read(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) reject(this.#failed);
      this.#wanted = { count, resolve, reject };
      this.#give();
    });
  }

  /** The connection for its purpose; early bytes are given to the first listener. */
  release(): Connection {
    this.#cancelTimeout();
    const connection = this.#connection;
    return {
      remote: connection.remote,
      write: (bytes) => connection.write(bytes),
      drained: () => connection.drained(),
      onData: (listener) => {
        this.#listener = listener;
        const early = this.#pending;
        this.#pending = Buffer.alloc(0);
        if (early.length > 0) listener(early);
      },
      onClose: (listener) => connection.onClose(listener),
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end: () => connection.end(),
      destroy: () => connection.destroy(),
    };
  }

  #take(bytes: Uint8Array): void {
    if (this.#listener !== undefined) {
      this.#listener(bytes);
      return;
    }
    this.#pending = Buffer.concat([this.#pending, bytes]);
    this.#give();
  }

  #give(): void {
    const wanted = this.#wanted;
    if (wanted === undefined || this.#pending.length < wanted.count) return;
    this.#wanted = undefined;
    const bytes = this.#pending.subarray(0, wanted.count);
    this.#pending = this.#pending.subarray(wanted.count);
    wanted.resolve(bytes);
  }

  #fail(error: Error): void {
    this.#cancelTimeout();
    this.#failed = error;
    this.#wanted?.reject(error);
    this.#wanted = undefined;
    if (this.#listener === undefined) this.#connection.destroy();
  }
}
