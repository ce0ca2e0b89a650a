// Which connections have a request under way, and how they end when the server stops: a request that is on its way meanwhile must not
// meet a connection that was cut, because its client cannot know what became of it. So for a while requests are still taken, and
// every answer says that it is the last one on its connection. Only then connections without a request are closed: Node does so with
// those that have answered one, but not with those that a client opened ahead and never used.

import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  readonly #requestCounts: Map<Socket, number>;
  readonly #responses: Set<ServerResponse>;
  #saysGoodbye: boolean;
  #closing: boolean;
  #emptied: (() => void) | undefined;

  constructor(server: Server) {
    this.#requestCounts = new Map();
    this.#responses = new Set();
    this.#saysGoodbye = false;
    this.#closing = false;
    this.#emptied = undefined;
    server.on('connection', (socket) => {
      if (this.#closing) return void socket.destroy();
      this.#requestCounts.set(socket, 0);
      socket.once('close', () => {
        this.#requestCounts.delete(socket);
        if (this.#requestCounts.size === 0) this.#emptied?.();
      });
    });
    // Before anybody can have answered.
    server.prependListener('request', ({ socket }, response) => {
      this.#count(socket, 1);
      this.#responses.add(response);
      if (this.#saysGoodbye) response.shouldKeepAlive = false;
      response.once('close', () => {
        this.#responses.delete(response);
        this.#count(socket, -1);
      });
    });
  }

  /** Requests are answered for so long, each as the last one of its connection; until no connection is left. */
  async sayGoodbye(graceMs: number): Promise<void> {
    this.#saysGoodbye = true;
    for (const response of this.#responses) response.shouldKeepAlive = false;
    if (this.#requestCounts.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#emptied = () => {
        clearTimeout(timer);
        resolve();
      };
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
