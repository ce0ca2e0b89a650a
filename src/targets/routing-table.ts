// Which servers a driver is told of for one graph: the leader to write to, those that hold a copy to read from, and
// those to ask again. Computed afresh from what this server knows, so that a failover shows at once; only the list
// of writers is ever empty, during an election.

import { formatAddress } from '../base/network.js';
import type { ClusterView } from '../cluster/view.js';
import type { LiveServer } from '../log/log.js';

export interface RoutingTable {
  readonly writers: readonly string[];
  readonly readers: readonly string[];
  readonly routers: readonly string[];
}

/** `askedAs`: how the client calls this server; a server that is alone answers by that name, whatever it calls itself. */
export function routingTable(view: ClusterView, database: string, askedAs: string | undefined): RoutingTable {
  const living = view.servers().filter((server) => server.alive);
  const self = view.self;
  if (living.every((server) => server.name === self.name)) {
    const only = [askedAs ?? formatAddress(self.bolt)];
    return { writers: only, readers: only, routers: only };
  }
  turn = (turn + 1) % 1_000_003;
  const hosts = view.hosts(database).filter((server) => server.alive);
  const leader = hosts.find((server) => server.name === view.leader(database));
  const followers = hosts.filter((server) => server !== leader);
  const cores = living.filter((server) => server.kind === 'CORE');
  return {
    writers: leader === undefined ? [] : addresses([leader]),
    // Reads spare the leader while there is another copy.
    readers: addresses(followers.length > 0 ? followers : hosts.length > 0 ? hosts : living),
    routers: addresses(cores.length > 0 ? cores : living),
  };
}

/** In another order each time, so that drivers which take the first do not all take the same. */
function addresses(servers: readonly LiveServer[]): readonly string[] {
  const from = servers.length === 0 ? 0 : turn % servers.length;
  return [...servers.slice(from), ...servers.slice(0, from)].map((server) => formatAddress(server.bolt));
}

let turn = 0;
