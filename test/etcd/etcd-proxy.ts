// Between a client and an etcd: passes bytes, swallows etcd's answers, or cuts everything.

import { connect, createServer, type Server, type Socket } from 'node:net';

export class EtcdProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: 'pass' | 'swallow' | 'cut' = 'pass';

  private constructor(target: number) {
    this.#server = createServer((near) => {
      if (this.#mode === 'cut') {
        near.destroy();
        return;
      }
      const far = connect(target, '127.0.0.1');
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
      near.on('data', (bytes) => far.write(bytes));
      far.on('data', (bytes) => this.#mode === 'swallow' || near.write(bytes));
    });
  }

  static async before(endpoint: string): Promise<EtcdProxy> {
    const proxy = new EtcdProxy(Number(new URL(endpoint).port));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', () => resolve()));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  pass(): void {
    // What was swallowed would leave the streams out of step.
    if (this.#mode === 'swallow') this.#drop();
    this.#mode = 'pass';
  }

  /** Requests still arrive. */
  swallow(): void {
    this.#mode = 'swallow';
  }

  cut(): void {
    this.#mode = 'cut';
    this.#drop();
  }

  close(): void {
    this.#drop();
    this.#server.close();
  }

  #drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
