import { describe, expect, it } from 'vitest';
import type { Catalogue, GraphEntry } from '../database/catalogue.js';
import type { LiveServer } from '../log/log.js';
import { allocate } from './allocation.js';
import { candidates } from './reallocation.js';

function server(number: number): LiveServer {
  const address = { host: 'localhost', port: number };
  return {
    ...{ id: `id${number}`, name: `core${number}`, kind: 'CORE', life: '', bolt: address, http: address, cluster: address },
    ...{ pid: 1, featureLevel: 1, prefersToLead: [], startedAtMs: 0, alive: true },
  };
}

/** Ids of the servers that hold each graph. */
function allocated(serverCount: number, graphCount: number): readonly (readonly string[])[] {
  const servers = Array.from({ length: serverCount }, (_, number) => server(number));
  const graphs: GraphEntry[] = [];
  for (let number = 0; number < graphCount; number++) {
    const catalogue: Catalogue = { graphs, aliases: [], servers: new Map(), autoEnable: true };
    const allocation = allocate({ primaries: 3, secondaries: 0 }, candidates(servers, catalogue, `graph${number}`));
    if (allocation.kind === 'tooFew') throw new Error(allocation.reason);
    const common = { requestedStatus: 'online', access: 'read-write', createdAtMs: 0, startedAtMs: 0, stoppedAtMs: undefined } as const;
    graphs.push({ node: number, name: `graph${number}`, id: `g${number}`, topology: { primaries: 3, secondaries: 0, ...allocation.hosts }, ...common });
  }
  return graphs.map(({ topology }) => topology?.primaryHosts ?? []);
}

describe('many graphs on many servers', () => {
  const holders = allocated(30, 300);

  it('are evenly spread', () => {
    const counts = Array.from({ length: 30 }, (_, number) => holders.filter((ids) => ids.includes(`id${number}`)).length);
    expect(new Set(counts)).toEqual(new Set([30]));
  });

  it('have several neighbours for each server, but not all', () => {
    for (let number = 0; number < 30; number++) {
      const shared = new Set(holders.filter((ids) => ids.includes(`id${number}`)).flat());
      expect(shared.size - 1).toBeGreaterThan(4);
      expect(shared.size - 1).toBeLessThanOrEqual(8);
    }
  });
});
