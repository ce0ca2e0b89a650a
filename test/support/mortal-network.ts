// The network of one server of a process that holds several: `kill` ends its listeners and connections at once, as the death
// of its process would. Nobody can connect to it, nor it to anybody, afterwards.

import type { Connection, Listener, Network } from '../../src/base/network.js';

export interface MortalNetwork extends Network {
  kill(): Promise<void>;
}

export function mortalNetwork(inner: Network): MortalNetwork {
  const connections = new Set<Connection>();
  const listeners = new Set<Listener>();
  let dead = false;
  const track = (connection: Connection) => {
    if (dead) connection.destroy();
    connections.add(connection);
    connection.onClose(() => connections.delete(connection));
    return connection;
  };
  return {
    async listen(address, onConnection) {
      const listener = await inner.listen(address, (connection) => onConnection(track(connection)));
      listeners.add(listener);
      return listener;
    },
    async connect(address, timeoutMs) {
      if (dead) throw new Error('this server was killed');
      return track(await inner.connect(address, timeoutMs));
    },
    async kill() {
      dead = true;
      for (const connection of connections) connection.destroy();
      await Promise.all([...listeners].map((listener) => listener.close()));
    },
  };
}
