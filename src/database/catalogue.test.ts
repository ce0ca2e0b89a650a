import { describe, expect, it } from 'vitest';
import { type Catalogue, copyOn, findServer, type GraphEntry, type ServerEntry } from './catalogue.js';

const graph: GraphEntry = {
  node: 1,
  name: 'orders',
  id: 'g',
  requestedStatus: 'online',
  access: 'read-write',
  topology: undefined,
  createdAtMs: 100,
  startedAtMs: 100,
  stoppedAtMs: undefined,
};
const entry = (said: Partial<ServerEntry>): ServerEntry => ({
  node: 2,
  id: 's',
  state: 'enabled',
  sinceMs: 0,
  modeConstraint: 'NONE',
  allowedDatabases: [],
  deniedDatabases: [],
  tags: [],
  ...said,
});
const catalogue = (said: Partial<ServerEntry> | undefined, autoEnable = true): Catalogue => ({
  graphs: [graph],
  aliases: [],
  servers: new Map(said === undefined ? [] : [['s', entry(said)]]),
  autoEnable,
});
const copyOnCore = (said: Partial<ServerEntry> | undefined, autoEnable?: boolean) => copyOn(graph, { id: 's', kind: 'CORE' }, catalogue(said, autoEnable));

describe('a copy of a graph without a topology', () => {
  it.each([
    ['nothing is said', undefined, 'primary'],
    ['enabled', { state: 'enabled' }, 'primary'],
    ['free', { state: 'free' }, undefined],
    ['deallocating', { state: 'deallocating' }, undefined],
    ['dropped', { state: 'dropped' }, undefined],
    ['cordoned before the graph was made', { state: 'cordoned', sinceMs: 50 }, undefined],
    ['cordoned after it', { state: 'cordoned', sinceMs: 150 }, 'primary'],
    ['for secondaries', { modeConstraint: 'SECONDARY' }, 'secondary'],
    ['for other graphs', { allowedDatabases: ['people'] }, undefined],
    ['not for this graph', { deniedDatabases: ['orders'] }, undefined],
  ] as const)('on a CORE: %s', (_what, said, expected) => {
    expect(copyOnCore(said)).toBe(expected);
  });

  it('is not on a server that is free because new servers are not enabled by themselves', () => {
    expect(findServer(catalogue(undefined, false), 's').state).toBe('free');
    expect(copyOnCore(undefined, false)).toBeUndefined();
  });

  it('is secondary on a READ_REPLICA', () => {
    expect(copyOn(graph, { id: 's', kind: 'READ_REPLICA' }, catalogue(undefined))).toBe('secondary');
  });
});
