import { describe, expect, it } from 'vitest';
import { aloneView, liveServer } from '../../test/support/fake-gateway.js';
import type { ClusterView } from '../cluster/view.js';
import type { LiveServer } from '../log/log.js';
import { routingTable } from './routing-table.js';

function view(servers: readonly LiveServer[], leader: string | undefined, hosts = servers): ClusterView {
  return { ...aloneView, self: servers[0] as LiveServer, servers: () => servers, leader: () => leader, hosts: () => hosts };
}

const a = liveServer('a', 'CORE');
const b = liveServer('b', 'CORE');
const c = liveServer('c', 'CORE');
const replica = liveServer('r', 'READ_REPLICA');
const dead = (server: LiveServer): LiveServer => ({ ...server, alive: false });

function sorted(given: ClusterView) {
  const table = routingTable(given, 'neo4j', 'asked:1');
  const names = (addresses: readonly string[]) => addresses.map((address) => address.replace(':7687', '')).sort();
  return { writers: names(table.writers), readers: names(table.readers), routers: names(table.routers) };
}

describe('a routing table', () => {
  it('has the leader to write to, the others to read from, and the cores to ask', () => {
    expect(sorted(view([a, b, c, replica], 'b'))).toEqual({ writers: ['b'], readers: ['a', 'c', 'r'], routers: ['a', 'b', 'c'] });
  });
  it('has no writer while there is no leader, or only a dead one', () => {
    expect(sorted(view([a, b, c], undefined))).toEqual({ writers: [], readers: ['a', 'b', 'c'], routers: ['a', 'b', 'c'] });
    expect(sorted(view([a, dead(b), c], 'b'))).toEqual({ writers: [], readers: ['a', 'c'], routers: ['a', 'c'] });
  });
  it('reads from the leader when there is no other copy', () => {
    expect(sorted(view([a, b, c], 'b', [b]))).toEqual({ writers: ['b'], readers: ['b'], routers: ['a', 'b', 'c'] });
    expect(sorted(view([a, b, c], 'b', [b, c]))).toEqual({ writers: ['b'], readers: ['c'], routers: ['a', 'b', 'c'] });
  });
  it('never lacks readers or routers', () => {
    expect(sorted(view([replica, dead(a), liveServer('s', 'READ_REPLICA')], 'a', [dead(a)]))).toEqual({
      writers: [],
      readers: ['r', 's'],
      routers: ['r', 's'],
    });
  });
  it('of a server that is alone has it in every role, as the client calls it', () => {
    expect(sorted(view([a, dead(b)], 'a'))).toEqual({ writers: ['asked:1'], readers: ['asked:1'], routers: ['asked:1'] });
    expect(routingTable(view([a], 'a'), 'neo4j', undefined).writers).toEqual(['a:7687']);
  });
  it('begins with another server each time', () => {
    const given = view([a, b, c], 'b');
    const firsts = new Set(Array.from({ length: 12 }, () => routingTable(given, 'neo4j', undefined).routers[0]));
    expect(firsts.size).toBe(3);
  });
});
