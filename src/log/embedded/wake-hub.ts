// Wake-ups between the server processes of one machine: each server listens on a unix socket and is connected to the
// sockets of the others. What travels is a hint in a line, `*` (look at everything) or a graph's id (its head moved);
// the poll of the worker finds whatever a lost hint would have told. A connection that closes is a hint of a death.

import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { socketPath } from './layout.js';

/** A peer that does not read is disconnected when this much waits for it; its poll serves it. */
const waitingBytesMax = 256 * 1024;

export interface WakeListener {
  /** A graph's id, or `*`. */
  onHint(graph: string): void;
  /** The connection to that server's socket closed. */
  onClosed(serverName: string): void;
}

export class WakeHub {
  readonly #folder: string;
  readonly #path: string;
  readonly #listener: WakeListener;
  readonly #incoming = new Set<Socket>();
  readonly #outgoing = new Map<string, Socket>();
  #server: Server | undefined;

  constructor(folder: string, serverName: string, listener: WakeListener) {
    this.#folder = folder;
    this.#path = socketPath(folder, serverName);
    this.#listener = listener;
  }

  listen(): Promise<void> {
    // What is there is of an earlier life: the name was just won in the log.
    rmSync(this.#path, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#path, () => resolve());
    });
  }

  #accept(socket: Socket): void {
    this.#incoming.add(socket);
    socket.setEncoding('utf8');
    let rest = '';
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const graph of new Set(lines)) this.#listener.onHint(graph);
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#incoming.delete(socket));
  }

  /** Connects to servers that it is not connected to; those that do not listen are tried again at the next call. */
  connectTo(serverNames: readonly string[]): void {
    for (const name of serverNames) if (!this.#outgoing.has(name)) this.#connect(name);
  }

  #connect(name: string): void {
    const socket = connect(socketPath(this.#folder, name));
    let stood = false;
    this.#outgoing.set(name, socket);
    socket.on('connect', () => {
      stood = true;
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#outgoing.get(name) === socket) this.#outgoing.delete(name);
      if (stood) this.#listener.onClosed(name);
    });
    socket.resume();
  }

  broadcast(hint: string): void {
    for (const socket of this.#outgoing.values()) {
      if (socket.connecting) continue;
      if (socket.writableLength > waitingBytesMax) socket.destroy();
      else socket.write(`${hint}\n`);
    }
  }

  close(): void {
    for (const socket of [...this.#incoming, ...this.#outgoing.values()]) socket.destroy();
    this.#server?.close();
    rmSync(this.#path, { force: true });
  }
}
