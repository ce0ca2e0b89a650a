// TCP between the servers of one process, with cables that can be cut: whoever connects over a cut one is refused, and
// what is open breaks. A muted one breaks nothing: it only carries nothing more.

import type { Address, Connection, Network } from '../../src/base/network.js';
import { formatAddress } from '../../src/base/network.js';
import { tcpNetwork } from '../../src/base/tcp.js';

interface Cable {
  readonly ends: readonly [string, string];
  readonly connection: Connection;
}

export class Cables {
  readonly #names = new Map<string, string>();
  readonly #open = new Set<Cable>();
  readonly #cut = new Set<string>();
  readonly #muted = new Set<string>();

  networkOf(name: string, clusterAddress: Address): Network {
    this.#names.set(formatAddress(clusterAddress), name);
    return {
      listen: (address, onConnection) => tcpNetwork.listen(address, onConnection),
      connect: (address, timeoutMs) => this.#connect(name, address, timeoutMs),
    };
  }

  cut(one: string, other: string): void {
    this.#cut.add(key(one, other));
    for (const { ends, connection } of [...this.#open]) if (key(...ends) === key(one, other)) connection.destroy();
  }

  isolate(name: string): void {
    for (const other of this.#names.values()) if (other !== name) this.cut(name, other);
  }

  mute(one: string, other: string): void {
    this.#muted.add(key(one, other));
  }

  heal(): void {
    this.#cut.clear();
    this.#muted.clear();
  }

  async #connect(from: string, address: Address, timeoutMs: number): Promise<Connection> {
    const to = this.#names.get(formatAddress(address)) ?? 'outside';
    const pair = key(from, to);
    if (this.#cut.has(pair)) throw Object.assign(new Error('the cable is cut'), { code: 'EHOSTUNREACH' });
    const connection = await tcpNetwork.connect(address, timeoutMs);
    const cable: Cable = { ends: [from, to], connection };
    this.#open.add(cable);
    connection.onClose(() => this.#open.delete(cable));
    const muted = () => this.#muted.has(pair);
    return {
      remote: connection.remote,
      write: (bytes) => muted() || connection.write(bytes),
      drained: () => connection.drained(),
      onData: (listener) =>
        connection.onData((bytes) => {
          if (!muted()) listener(bytes);
        }),
      onClose: (listener) => connection.onClose(listener),
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      end: () => connection.end(),
      destroy: () => connection.destroy(),
    };
  }
}

function key(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
