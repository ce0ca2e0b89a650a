// An index that is filled while its graph changes, against the index that is there at once.

import { describe, expect, it } from 'vitest';
import { atOnce } from '../base/pieces.js';
import { below, seededRandom } from '../base/random.js';
import type { Effect } from '../graph/change-set.js';
import type { GraphStore } from '../graph/store.js';
import { noCounters } from '../graph/writer.js';
import { createGraphStore } from './store.js';

const COUNT = 12_000;

function opened(budgetBytes = 64 << 20) {
  const store = createGraphStore({ graphId: '6c6a2a0e-0000-4000-8000-000000000001', budgetBytes, poisonFreedPages: true });
  let transactionId = 0;
  const apply = (effects: readonly Effect[]) => {
    transactionId += 1;
    const changeSet = { transactionId, requestId: '0'.repeat(32), committedAtMs: 0, effects, counters: noCounters() };
    store.publish(atOnce(store.apply(changeSet)));
  };
  return { store, apply };
}

const node = (id: number, k: number): Effect => ({ kind: 'createNode', id, labels: ['P'], properties: [['k', k]] });
const schema = { id: 3, name: 'i', kind: 'range', entity: 'node', token: 'P', properties: ['k'], owner: undefined } as const;
const create: Effect = { kind: 'createIndex', index: schema };

function found(store: GraphStore, k: number): readonly number[] {
  const ids: number[] = [];
  for (const cursor = store.published.index(3).equal([k]); cursor.next(); ) ids.push(...cursor.ids.subarray(cursor.start, cursor.end));
  return ids.sort((a, b) => a - b);
}

function scanned(store: GraphStore, k: number): readonly number[] {
  const { published } = store;
  const ids: number[] = [];
  for (const cursor = published.nodesWithLabel(published.labelId('P')); cursor.next(); ) {
    for (let at = cursor.start; at < cursor.end; at++) {
      const id = cursor.ids[at] as number;
      if (published.nodeColumn(published.keyId('k')).value(id) === k) ids.push(id);
    }
  }
  return ids;
}

describe('an index of a graph that is not small', () => {
  it('is no part of plans until all entities are in it, whatever happens to them meanwhile', () => {
    const { store, apply } = opened();
    const random = seededRandom(5);
    apply(Array.from({ length: COUNT }, (_, id) => node(id, id % 100)));
    apply([create]);
    expect(store.published.indexPopulation(3)).toMatchObject({ state: 'POPULATING' });
    expect(store.published.readySchema.indexes).toEqual([]);
    const gone = new Set<number>();
    let next = COUNT;
    for (let round = 0; store.hasIndexesToFill; round++) {
      const any = () => below(random, COUNT);
      const [changed, deleted, unlabelled] = [any(), any(), any()];
      const living = (...effects: (readonly [number, Effect])[]) => effects.flatMap(([id, effect]) => (gone.has(id) ? [] : [effect]));
      apply(
        living(
          [changed, { kind: 'setNodeProperty', id: changed, key: 'k', value: 7 }],
          [unlabelled, { kind: 'removeLabel', id: unlabelled, label: 'P' }],
          [next, node(next, 7)],
        ),
      );
      next += 1;
      if (!gone.has(deleted)) apply([{ kind: 'deleteNode', id: deleted }]);
      gone.add(deleted);
      if (round % 3 === 0) store.populateIndexes();
      if (round % 5 === 0) expect(store.check()).toEqual([]);
    }
    expect(store.published.indexPopulation(3)).toEqual({ state: 'ONLINE', percent: 100, failure: '' });
    expect(store.published.readySchema).toBe(store.published.schema);
    expect(store.check()).toEqual([]);
    for (const k of [7, 8, 99]) expect(found(store, k)).toEqual(scanned(store, k));
  });

  it('is filled where nothing else happens, and not beside what is applied', () => {
    const { store, apply } = opened();
    apply(Array.from({ length: COUNT }, (_, id) => node(id, id)));
    apply([create]);
    const version = store.published;
    const speculative = atOnce(
      store.apply({ transactionId: 3, requestId: '1'.repeat(32), committedAtMs: 0, effects: [node(COUNT, 1)], counters: noCounters() }),
    );
    expect(store.populateIndexes()).toBe(true);
    expect(store.published).toBe(version);
    store.publish(speculative);
    let portions = 0;
    while (store.populateIndexes()) portions += 1;
    expect(portions).toBeGreaterThan(5);
    expect(store.published.transactionId).toBe(3);
    expect(found(store, 1)).toEqual([1, COUNT]);
  });

  it('is gone when it is dropped half-way, and made anew', () => {
    const { store, apply } = opened();
    apply(Array.from({ length: COUNT }, (_, id) => node(id, id)));
    apply([create]);
    apply([{ kind: 'dropIndex', name: 'i' }]);
    expect(store.hasIndexesToFill).toBe(false);
    apply([{ kind: 'createIndex', index: { ...schema, id: 4 } }]);
    while (store.populateIndexes());
    expect(store.published.indexPopulation(4).state).toBe('ONLINE');
    expect(store.check()).toEqual([]);
  });

  it('fails with its reason where the memory is used up, and the graph goes on', () => {
    const { store, apply } = opened(2 << 20);
    let id = 0;
    for (const { budgetBytes } = store.memory(); store.memory().usedBytes < budgetBytes * 0.6; id += 1000) {
      apply(Array.from({ length: 1000 }, (_, at) => node(id + at, id + at)));
    }
    apply([create]);
    while (store.populateIndexes());
    expect(store.published.indexPopulation(3)).toMatchObject({ state: 'FAILED', failure: expect.stringContaining('memory.graph_bytes') });
    expect(store.published.readySchema.indexes).toEqual([]);
    apply([{ kind: 'setNodeProperty', id: 1, key: 'k', value: 3 }]);
    expect(store.check()).toEqual([]);
  });
});

describe('the index that a constraint owns', () => {
  const keys = { entity: 'node', token: 'P', properties: ['k'] } as const;
  const owned = { ...schema, owner: 'i' } as const;
  const constraint: Effect = {
    kind: 'createConstraint',
    constraint: { id: 4, name: 'i', kind: 'unique', entity: 'node', token: 'P', properties: ['k'], propertyTypes: [], index: 'i' },
    index: owned,
  };
  const ids = { node: () => 0, relationship: () => 0 };

  function loaded() {
    const opening = opened();
    opening.apply(Array.from({ length: COUNT }, (_, id) => node(id, id)));
    return opening;
  }

  it('is filled a portion at a time where it is taken from the log, and nothing is judged by a part of it', () => {
    const { store, apply } = loaded();
    apply([constraint]);
    expect(store.published.indexPopulation(3).state).toBe('POPULATING');
    expect(store.lacksKeys).toBe(true);
    const taken = COUNT - 1;
    expect(atOnce(store.validate([node(COUNT, taken)]))).toMatchObject({
      kind: 'uniqueKey',
      message: expect.stringContaining(`Node(${taken}) already exists`),
    });
    const draft = store.begin(store.published, ids);
    expect(() => draft.setNodeProperty(3, 'k', taken)).toThrow(`Node(${taken}) already exists`);
    draft.setNodeProperty(3, 'k', COUNT);
    draft.release();
    while (store.populateIndexes());
    expect(store.lacksKeys).toBe(false);
    expect(found(store, taken)).toEqual([taken]);
    expect(store.check()).toEqual([]);
  });

  it('is taken over as it is where it was filled ahead, while the graph changed', () => {
    const { store, apply } = loaded();
    const ahead = store.fillAhead(keys);
    expect(ahead?.population()).toMatchObject({ state: 'POPULATING' });
    for (let round = 0; ahead?.population().state !== 'ONLINE'; round++) {
      apply([{ kind: 'setNodeProperty', id: (round * 997) % COUNT, key: 'k', value: COUNT + round }]);
      if (round % 2 === 0) store.populateIndexes();
      expect(store.published.schema.indexes).toEqual([]);
      expect(store.published.readySchema).toBe(store.published.schema);
    }
    expect(store.check()).toEqual([]);
    const entries = store.memory().usedBytes;
    apply([constraint]);
    // Not a second one beside it.
    expect(store.memory().usedBytes - entries).toBeLessThan(COUNT);
    expect(store.published.indexPopulation(3).state).toBe('ONLINE');
    expect(ahead?.population().state).toBe('ONLINE');
    ahead?.release();
    expect(store.hasIndexesToFill).toBe(false);
    expect(found(store, 5)).toEqual([5]);
    expect(store.check()).toEqual([]);
  });

  it('says which two have the same key', () => {
    const { store, apply } = loaded();
    apply([{ kind: 'setNodeProperty', id: 9000, key: 'k', value: 11_000 }]);
    const ahead = store.fillAhead(keys);
    while (store.populateIndexes());
    const draft = store.begin(store.published, ids);
    const create = () => atOnce(draft.createConstraint({ name: 'i', kind: 'unique', entity: 'node', token: 'P', properties: ['k'], propertyTypes: [] }));
    expect(create).toThrow('Both Node(9000) and Node(11000) have the label `P` and property `k` = 11000');
    draft.release();
    ahead?.release();
    store.populateIndexes();
    expect(store.memory().usedBytes).toBeLessThan(store.memory().budgetBytes);
    expect(store.hasIndexesToFill).toBe(false);
    expect(store.check()).toEqual([]);
  });

  it('asks of a key constraint that all have the key', () => {
    const { store, apply } = loaded();
    const create = () => {
      const ahead = store.fillAhead(keys);
      while (store.populateIndexes());
      const draft = store.begin(store.published, ids);
      try {
        atOnce(draft.createConstraint({ name: 'i', kind: 'key', entity: 'node', token: 'P', properties: ['k'], propertyTypes: [] }));
      } finally {
        draft.release();
        ahead?.release();
      }
    };
    create();
    apply([{ kind: 'setNodeProperty', id: 9000, key: 'k', value: null }]);
    expect(create).toThrow('Node(9000)');
  });

  it('is not filled ahead for few, for nobody, or where it is there', () => {
    const { store, apply } = opened();
    expect(store.fillAhead(keys)).toBeUndefined();
    apply(Array.from({ length: 100 }, (_, id) => node(id, id)));
    expect(store.fillAhead(keys)).toBeUndefined();
    apply(Array.from({ length: COUNT }, (_, id) => node(100 + id, 100 + id)));
    expect(store.fillAhead({ ...keys, properties: ['nobody has it'] })).toBeUndefined();
    apply([constraint]);
    expect(store.fillAhead(keys)).toBeUndefined();
    expect(store.lacksKeys).toBe(true);
  });
});
