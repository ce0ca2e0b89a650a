// Which connections have a request under way. Node closes those that have answered one and wait for the next, but not
// those that a client opened ahead and never used, which would hold up an orderly stop.

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  readonly #requestCounts: Map<Socket, number>;
  #closing: boolean;

  constructor(server: Server) {
    this.#requestCounts = new Map();
    this.#closing = false;
    server.on('connection', (socket) => {
      if (this.#closing) return void socket.destroy();
      this.#requestCounts.set(socket, 0);
      socket.once('close', () => this.#requestCounts.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.#count(socket, 1);
      response.once('close', () => this.#count(socket, -1));
    });
  }

  /** Closes what has no request under way, now and as requests end. */
  closeIdle(): void {
    this.#closing = true;
    for (const [socket, count] of this.#requestCounts) if (count === 0) socket.destroy();
  }

  #count(socket: Socket, change: number): void {
    const count = this.#requestCounts.get(socket);
    if (count === undefined) return;
    this.#requestCounts.set(socket, count + change);
    // The last answer is on its way: what is queued is sent first.
    if (this.#closing && count + change === 0) socket.end();
  }
}
