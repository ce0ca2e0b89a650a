// A connection without a network: the fuzzer is the client. After some 200 KB it takes nothing more, as a client that
// has stopped to read.

import type { Address, Connection } from '../../src/base/network.js';

const CAPACITY_BYTES = 200_000;

export class MemoryConnection implements Connection {
  readonly remote: Address = { host: 'fuzzer', port: 0 };
  readonly sent: Uint8Array[] = [];
  isClosed = false;
  #onData: ((bytes: Uint8Array) => void) | undefined;
  readonly #onClose: ((error: Error | undefined) => void)[] = [];
  readonly #waiting: Uint8Array[] = [];
  #paused = false;
  readonly #onDrain: (() => void)[] = [];
  #sentBytes = 0;
  #capacity = CAPACITY_BYTES;

  write(bytes: Uint8Array): boolean {
    if (this.isClosed) return true;
    this.sent.push(bytes);
    this.#sentBytes += bytes.length;
    return this.#sentBytes < this.#capacity;
  }

  drained(): Promise<void> {
    if (this.isClosed || this.#sentBytes < this.#capacity) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrain.push(resolve);
      this.onClose(() => resolve());
    });
  }

  /** The client reads again, whatever comes. */
  readOn(): void {
    this.#capacity = Number.POSITIVE_INFINITY;
    for (const resolve of this.#onDrain.splice(0)) resolve();
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onClose(listener: (error: Error | undefined) => void): void {
    this.#onClose.push(listener);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (let next = this.#waiting.shift(); next !== undefined && !this.#paused; next = this.#waiting.shift()) this.#onData?.(next);
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const listener of this.#onClose) queueMicrotask(() => listener(undefined));
  }

  /** Bytes from the client. */
  feed(bytes: Uint8Array): void {
    if (this.isClosed) return;
    if (this.#paused) this.#waiting.push(bytes);
    else this.#onData?.(bytes);
  }
}
