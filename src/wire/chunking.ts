// Bolt's chunks back into messages: 16 bits of length, that many bytes, and so on until a length of 0.
// A message without content is a NOOP and is passed over. A message in one piece is not copied.

import { MalformedBytes } from '../base/bytes.js';

/** An empty message, which every version that we speak allows between messages. */
export const NOOP: Uint8Array = new Uint8Array(2);

const EMPTY = Buffer.alloc(0);

export class Dechunker {
  /** Bytes of one message; more raise MalformedBytes. */
  sizeMax: number;
  readonly #onMessage: (message: Uint8Array) => void;
  /** First byte of a chunk's length, or −1. */
  #high: number;
  /** Bytes that the current chunk still lacks. */
  #left: number;
  #length: number;
  #single: Uint8Array | undefined;
  #buffer: Buffer;

  constructor(sizeMax: number, onMessage: (message: Uint8Array) => void) {
    this.sizeMax = sizeMax;
    this.#onMessage = onMessage;
    this.#high = -1;
    this.#left = 0;
    this.#length = 0;
    this.#single = undefined;
    this.#buffer = EMPTY;
  }

  receive(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left === 0) this.#header(bytes[at++] as number);
      else {
        const size = Math.min(this.#left, bytes.length - at);
        this.#content(bytes.subarray(at, at + size));
        at += size;
        this.#left -= size;
      }
    }
  }

  #header(byte: number) {
    if (this.#high < 0) {
      this.#high = byte;
      return;
    }
    this.#left = this.#high * 256 + byte;
    this.#high = -1;
    if (this.#left === 0) return this.#finish();
    if (this.#length + this.#left > this.sizeMax) throw new MalformedBytes(`a message of more than ${this.sizeMax} bytes (limits.message_bytes)`);
  }

  #content(part: Uint8Array): void {
    if (this.#length === 0) {
      this.#single = part;
    } else {
      if (this.#single !== undefined) this.#store(this.#single, 0);
      this.#single = undefined;
      this.#store(part, this.#length);
    }
    this.#length += part.length;
  }

  #store(part: Uint8Array, at: number): void {
    if (at + part.length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(at + part.length, this.#buffer.length * 2, 4096));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    this.#buffer.set(part, at);
  }

  #finish(): void {
    const length = this.#length;
    if (length === 0) return;
    const message = this.#single ?? this.#buffer.subarray(0, length);
    this.#single = undefined;
    if (this.#buffer.length > 0) this.#buffer = EMPTY;
    this.#length = 0;
    this.#onMessage(message);
  }
}
