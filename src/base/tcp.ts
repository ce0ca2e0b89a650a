// The network interface over Node's TCP sockets. It decides nothing.

import net from 'node:net';
import type { Address, Connection, Listener, Network } from './network.js';

class TcpConnection implements Connection {
  readonly #socket: net.Socket;
  readonly remote: Address;
  #error: Error | undefined;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.remote = { host: socket.remoteAddress ?? 'unknown', port: socket.remotePort ?? 0 };
    this.#error = undefined;
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      this.#error = error;
    });
  }

  write(bytes: Uint8Array): boolean {
    if (this.#socket.destroyed || this.#socket.writableEnded) return true;
    return this.#socket.write(bytes);
  }

  drained(): Promise<void> {
    if (this.#socket.destroyed || !this.#socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        resolve();
      };
      this.#socket.once('drain', done);
      this.#socket.once('close', done);
    });
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#socket.on('data', listener);
  }

  onClose(listener: (error: Error | undefined) => void): void {
    if (this.#socket.closed) queueMicrotask(() => listener(this.#error));
    else this.#socket.once('close', () => listener(this.#error));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

export const tcpNetwork: Network = {
  listen(address, onConnection) {
    return new Promise((resolve, reject) => {
      const open = new Set<net.Socket>();
      const server = net.createServer((socket) => {
        open.add(socket);
        socket.once('close', () => open.delete(socket));
        onConnection(new TcpConnection(socket));
      });
      server.once('error', reject);
      server.listen(address.port, address.host, () => {
        server.off('error', reject);
        server.on('error', () => {});
        const bound = server.address() as net.AddressInfo;
        const listener: Listener = {
          address: { host: address.host, port: bound.port },
          close: () =>
            new Promise((closed) => {
              server.close(() => closed());
              for (const socket of open) socket.destroy();
            }),
        };
        resolve(listener);
      });
    });
  },

  connect(address, timeoutMs) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host: address.host, port: address.port });
      const fail = (error: Error) => {
        clearTimeout(timer);
        socket.destroy();
        reject(error);
      };
      const timer = setTimeout(
        () => fail(Object.assign(new Error(`no connection to ${address.host}:${address.port} within ${timeoutMs} ms`), { code: 'ETIMEDOUT' })),
        timeoutMs,
      );
      socket.once('error', fail);
      socket.once('connect', () => {
        clearTimeout(timer);
        socket.off('error', fail);
        resolve(new TcpConnection(socket));
      });
    });
  },
};
