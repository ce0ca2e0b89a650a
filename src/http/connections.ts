// Which connections have a request under way, and how they end when the server stops: a request that is on its way meanwhile must not
// meet a connection that was cut, because its client cannot know what became of it. So the door is closed first, at a moment when
// nobody stands in it; then requests on the connections that were made are still taken for a while, and every answer says that it is
// the last one on its connection. Only then connections without a request are closed: Node does so with those that have answered one,
// but not with those that a client opened ahead and never used.

import type { Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';

/** So long nobody connects before the door is closed, and one turn of the event loop takes no longer, if such a moment comes at all. */
const QUIET_MS = 20;
const SHORT_TURN_MS = 0.2;
const QUIET_MS_MAX = 100;

/** Right behind a turn of the event loop in which next to nothing was to be done, once `isQuiet`; or after a while in any case. */
async function afterShortTurn(isQuiet: (nowMs: number) => boolean): Promise<void> {
  const startedAtMs = performance.now();
  for (let turnAtMs = startedAtMs; ; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const nowMs = performance.now();
    if ((nowMs - turnAtMs < SHORT_TURN_MS && isQuiet(nowMs)) || nowMs - startedAtMs >= QUIET_MS_MAX) return;
    turnAtMs = nowMs;
  }
}

export class Connections {
  readonly #server: Server;
  readonly #requestCounts: Map<Socket, number>;
  readonly #responses: Set<ServerResponse>;
  #connectedAtMs: number;
  #held: Array<() => void> | undefined;
  #saysGoodbye: boolean;
  #closing: boolean;
  #emptied: (() => void) | undefined;

  constructor(server: Server) {
    this.#server = server;
    this.#requestCounts = new Map();
    this.#responses = new Set();
    this.#connectedAtMs = Number.NEGATIVE_INFINITY;
    this.#held = undefined;
    this.#saysGoodbye = false;
    this.#closing = false;
    this.#emptied = undefined;
    server.on('connection', (socket) => {
      this.#connectedAtMs = performance.now();
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

  /** Calls back when a request that has come may be worked on: at once, but while the door is being closed. */
  admit(admitted: () => void): void {
    if (this.#held === undefined) admitted();
    else this.#held.push(admitted);
  }

  /**
   * Takes no more connections; those that were made stay. The kernel resets a connection that it has made and nobody has accepted when
   * the socket is closed. So requests are held meanwhile, which keeps clients that await an answer from connecting anew, and the socket
   * is closed right behind a short turn of the event loop, which has accepted all there were.
   */
  async closeDoor(): Promise<void> {
    this.#held = [];
    const startedAtMs = performance.now();
    await afterShortTurn((nowMs) => nowMs - Math.max(startedAtMs, this.#connectedAtMs) >= QUIET_MS);
    // Not http.Server's own close, which also cuts connections that are kept for the next request.
    NetServer.prototype.close.call(this.#server);
    const held = this.#held;
    this.#held = undefined;
    for (const admitted of held) admitted();
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

  /** Closes what has no request under way, as soon as all that has come was read, and later as requests end. */
  async closeIdle(): Promise<void> {
    await afterShortTurn(() => true);
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
