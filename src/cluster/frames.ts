// Frames over a connection between servers:  u32 length (of what follows) | u8 kind | body.
// A frame past the limit, or a damaged one, closes the connection.

import type { Connection } from '../base/network.js';

/** JSON text. */
export const FRAME_JSON = 1;
/** One entry of a graph's log, see `feed-messages.ts`. */
export const FRAME_ENTRY = 2;

const FRAME_BYTES_MAX = 64 * 1024 * 1024;

export class FrameStream {
  readonly connection: Connection;
  #chunks: Uint8Array[];
  /** Bytes in `chunks`, and how many it takes until there is a frame among them. */
  #length: number;
  #needed: number;
  #onFrame: (kind: number, body: Buffer) => void;

  constructor(connection: Connection, onFrame: (kind: number, body: Buffer) => void) {
    this.connection = connection;
    this.#chunks = [];
    this.#length = 0;
    this.#needed = 5;
    this.#onFrame = onFrame;
    connection.onData((bytes) => this.#take(bytes));
  }

  /** False when the connection wants a pause: await `connection.drained()`. */
  send(kind: number, ...parts: readonly Uint8Array[]): boolean {
    let length = 1;
    for (const part of parts) length += part.length;
    const frame = Buffer.allocUnsafe(4 + length);
    frame.writeUInt32BE(length, 0);
    frame[4] = kind;
    let at = 5;
    for (const part of parts) {
      frame.set(part, at);
      at += part.length;
    }
    return this.connection.write(frame);
  }

  sendJson(message: object): boolean {
    return this.send(FRAME_JSON, Buffer.from(JSON.stringify(message)));
  }

  #take(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#length += bytes.length;
    // A large frame comes in hundreds of chunks: they are joined once.
    if (this.#length < this.#needed) return;
    const pending = Buffer.concat(this.#chunks, this.#length);
    let at = 0;
    this.#needed = 5;
    while (pending.length - at >= 5) {
      const length = pending.readUInt32BE(at);
      if (length < 1 || length > FRAME_BYTES_MAX) {
        this.connection.destroy();
        return;
      }
      if (pending.length - at < 4 + length) {
        this.#needed = 4 + length;
        break;
      }
      try {
        this.#onFrame(pending[at + 4] as number, pending.subarray(at + 5, at + 4 + length));
      } catch {
        this.connection.destroy();
        return;
      }
      at += 4 + length;
    }
    this.#chunks = at < pending.length ? [pending.subarray(at)] : [];
    this.#length = pending.length - at;
  }
}
