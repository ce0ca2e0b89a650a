import { describe, expect, it } from 'vitest';
import { atOnce } from '../base/pieces.js';
import type { Effect } from '../graph/change-set.js';
import {
  ANY_TYPE,
  type GraphReader,
  type IdCursor,
  IN,
  type IndexReader,
  OUT,
  TAG_FLOAT,
  TAG_INTEGER,
  TAG_NULL,
  TAG_OTHER,
  TAG_STRING,
} from '../graph/reader.js';
import type { IndexSchema } from '../graph/schema.js';
import type { Draft, GraphStore, GraphVersion, IdReservation } from '../graph/store.js';
import { noCounters } from '../graph/writer.js';
import { CypherFloat, type CypherMap, type Value } from '../values/value.js';
import { createGraphStore } from './store.js';

const graphId = '6c6a2a0e-0000-4000-8000-000000000001';

function open(budgetBytes = 64 << 20): { store: GraphStore; ids: IdReservation } {
  const store = createGraphStore({ graphId, budgetBytes, poisonFreedPages: true });
  let node = 0;
  let relationship = 0;
  return { store, ids: { node: () => node++, relationship: () => relationship++ } };
}

function map(properties: Record<string, Value>): CypherMap {
  return new Map(Object.entries(properties));
}

function applyOnly(store: GraphStore, effects: readonly Effect[]): GraphVersion {
  return atOnce(
    store.apply({
      transactionId: store.newest.transactionId + 1,
      requestId: '0'.repeat(32),
      committedAtMs: 0,
      effects,
      counters: noCounters(),
    }),
  );
}

function write(store: GraphStore, ids: IdReservation, work: (draft: Draft) => void): GraphVersion {
  const draft = store.begin(store.published, ids);
  let version: GraphVersion;
  try {
    work(draft);
    draft.checkBeforeCommit();
    expect(atOnce(store.validate(draft.effects()))).toBeUndefined();
    version = applyOnly(store, draft.effects());
  } finally {
    draft.release();
  }
  store.publish(version);
  return version;
}

function property(reader: GraphReader, node: number, key: string): Value {
  return reader.nodeColumn(reader.keyId(key)).value(node);
}

function idsOf(cursor: IdCursor): number[] {
  const ids: number[] = [];
  while (cursor.next()) for (let i = cursor.start; i < cursor.end; i++) ids.push(cursor.ids[i] as number);
  return ids;
}

function neighbours(graph: GraphReader, node: number, direction: 0 | 1, type: number): number[] {
  const cursor = graph.adjacency();
  cursor.open(node, direction, type);
  const found: number[] = [];
  while (cursor.next()) for (let i = cursor.start; i < cursor.end; i++) found.push(cursor.neighbours[i] as number);
  return found;
}

function firstIndex(graph: GraphReader): number {
  return (graph.schema.indexes[0] as IndexSchema).id;
}

describe('a store', () => {
  it('gives element ids and takes them back', () => {
    const { store, ids } = open();
    write(store, ids, (draft) => void draft.createNode([], map({})));
    const graph = store.published;
    expect(graph.nodeElementId(7)).toBe(`4:${graphId}:7`);
    expect(graph.nodeIdOf(`4:${graphId}:7`)).toBe(7);
    expect(graph.nodeIdOf(`5:${graphId}:7`)).toBe(-1);
    expect(graph.nodeIdOf(`4:${graphId}:07`)).toBe(-1);
    expect(graph.relationshipIdOf(`5:${graphId}:2147483648`)).toBe(-1);
  });

  it('keeps every kind of value under its tag', () => {
    const { store, ids } = open();
    const values: [Value, number][] = [
      [42, TAG_INTEGER],
      [-9007199254740991, TAG_INTEGER],
      [new CypherFloat(1.5), TAG_FLOAT],
      ['short', TAG_STRING],
      ['long'.repeat(50), TAG_OTHER],
      [2n ** 62n, TAG_OTHER],
      [[1, 2], TAG_OTHER],
    ];
    write(store, ids, (draft) => values.forEach(([value]) => void draft.createNode(['N'], map({ p: value }))));
    const column = store.published.nodeColumn(store.published.keyId('p'));
    values.forEach(([value, tag], id) => {
      expect(column.tag(id)).toBe(tag);
      expect(column.value(id)).toEqual(value);
    });
    expect(column.number(3)).toBe(store.published.stringId('short'));
    expect(column.tag(2_000_000_000)).toBe(TAG_NULL);
    expect(store.published.nodeColumn(-1).value(0)).toBeNull();
  });

  it('keeps apart two transactions that touch one page (SAFETY 1)', () => {
    const { store, ids } = open();
    write(store, ids, (draft) => {
      draft.createNode(['N'], map({ v: 0 }));
      draft.createNode(['N'], map({ v: 0 }));
    });
    const first = store.begin(store.published, ids);
    const second = store.begin(store.published, ids);
    first.setNodeProperty(0, 'v', 1);
    second.setNodeProperty(1, 'v', 2);
    expect(first.nodeProperties(1).get('v')).toBe(0);
    store.publish(applyOnly(store, first.effects()));
    store.publish(applyOnly(store, second.effects()));
    expect([0, 1].map((id) => store.published.nodeProperties(id).get('v'))).toEqual([1, 2]);
    expect(second.nodeProperties(0).get('v')).toBe(0);
  });

  it('shows an older reader no relationship appended in place (SAFETY 2)', () => {
    const { store, ids } = open();
    write(store, ids, (draft) => {
      for (let i = 0; i < 3; i++) draft.createNode([], map({}));
      draft.createRelationship('R', 0, 1, map({}));
    });
    const old = store.published;
    store.pin(old);
    const rival = store.begin(old, ids);
    rival.createRelationship('R', 0, 0, map({}));
    write(store, ids, (draft) => void draft.createRelationship('R', 0, 2, map({})));
    expect(neighbours(old, 0, OUT, ANY_TYPE)).toEqual([1]);
    expect(neighbours(rival, 0, OUT, ANY_TYPE)).toEqual([1, 0]);
    expect(neighbours(store.published, 0, OUT, ANY_TYPE)).toEqual([1, 2]);
    rival.release();
    store.unpin(old);
    expect(store.check()).toEqual([]);
  });

  it('forgets speculative versions without a trace (SAFETY 3)', () => {
    const { store, ids } = open();
    write(store, ids, (draft) => {
      draft.createNode(['A'], map({ k: 'x'.repeat(200) }));
      draft.createNode(['A'], map({}));
      draft.createRelationship('R', 0, 1, map({}));
    });
    const before = store.memory().usedBytes;
    const digest = store.digest(store.published);
    const properties = [['long', 'y'.repeat(200)]] as const;
    applyOnly(store, [{ kind: 'createNode', id: 10, labels: ['B'], properties }]);
    applyOnly(store, [
      { kind: 'createRelationship', id: 10, type: 'S', start: 10, end: 0, properties: [] },
      { kind: 'setNodeProperty', id: 0, key: 'k', value: 1 },
      { kind: 'deleteRelationship', id: 0 },
    ]);
    expect(store.published.labelId('B')).toBe(-1);
    store.dropSpeculative();
    expect(store.newest).toBe(store.published);
    expect(store.memory().usedBytes).toBe(before);
    expect(store.digest(store.newest)).toBe(digest);
    expect(store.published.labelId('B')).toBe(-1);
    expect(store.check()).toEqual([]);
    expect(store.nextNodeId()).toBe(11);
  });

  it('refuses to read a version that nobody holds any more, and to pin one', () => {
    const { store, ids } = open();
    const old = write(store, ids, (draft) => void draft.createNode(['A'], map({})));
    write(store, ids, (draft) => void draft.createNode(['A'], map({})));
    expect(() => old.nodes()).toThrow('published or pinned');
    expect(() => store.pin(old)).toThrow('SAFETY 3');
    const speculative = applyOnly(store, [{ kind: 'deleteNode', id: 0 }]);
    expect(() => store.pin(speculative)).toThrow('SAFETY 3');
  });
});

describe('a supernode', () => {
  it('keeps its runs by type, in chunks, through growth and removal', () => {
    const { store, ids } = open(256 << 20);
    const count = 10_000;
    write(store, ids, (draft) => {
      for (let i = 0; i <= count; i++) draft.createNode([], map({}));
      for (let i = 1; i <= count; i++) draft.createRelationship(i % 3 === 0 ? 'A' : 'B', 0, i, map({}));
    });
    write(store, ids, (draft) => {
      for (let i = 0; i < 100; i++) draft.createRelationship('C', 0, 5, map({}));
      for (let i = 0; i < count; i += 2) draft.deleteRelationship(i);
    });
    const graph = store.published;
    const expected = (a: boolean) => Array.from({ length: count }, (_, i) => i + 1).filter((i) => i % 2 === 0 && (i % 3 === 0) === a);
    const ascending = (type: string) => neighbours(graph, 0, OUT, graph.typeId(type)).sort((a, b) => a - b);
    expect(ascending('A')).toEqual(expected(true));
    expect(ascending('B')).toEqual(expected(false));
    expect(graph.degree(0, OUT, graph.typeId('C'))).toBe(100);
    expect(graph.degree(0, OUT, ANY_TYPE)).toBe(count / 2 + 100);
    expect(graph.degree(0, IN, ANY_TYPE)).toBe(0);
    expect(store.check()).toEqual([]);
    write(store, ids, (draft) => draft.deleteNode(0, true));
    expect(store.published.statistics.relationshipCount).toBe(0);
    expect(store.check()).toEqual([]);
  });
});

describe('a draft', () => {
  it('finds a node with relationships at commit only', () => {
    const { store, ids } = open();
    write(store, ids, (draft) => {
      draft.createNode([], map({}));
      draft.createNode([], map({}));
      draft.createRelationship('R', 0, 1, map({}));
    });
    const draft = store.begin(store.published, ids);
    draft.deleteNode(0, false);
    const text = 'Cannot delete node<0>, because it still has relationships. To delete this node, you must first delete its relationships.';
    expect(() => draft.checkBeforeCommit()).toThrow(text);
    expect(atOnce(store.validate(draft.effects()))).toEqual({ kind: 'nodeHasRelationships', message: text });
    draft.deleteRelationship(0);
    draft.checkBeforeCommit();
    expect(atOnce(store.validate(draft.effects()))).toBeUndefined();
    expect(() => draft.setNodeProperty(0, 'a', 1)).toThrow('deleted');
    draft.deleteNode(0, true);
    expect(draft.counters).toMatchObject({ nodesDeleted: 1, relationshipsDeleted: 1 });
  });

  it('goes back to savepoints, counters too', () => {
    const { store, ids } = open();
    const draft = store.begin(store.published, ids);
    draft.createNode(['A'], map({ x: 1 }));
    const mark = draft.savepoint();
    draft.createNode(['B'], map({ x: 2 }));
    draft.setNodeProperty(0, 'x', 3);
    draft.rollbackTo(mark);
    expect(idsOf(draft.nodes())).toEqual([0]);
    expect(draft.nodeProperties(0).get('x')).toBe(1);
    expect(draft.counters).toMatchObject({ nodesCreated: 1, propertiesSet: 1, labelsAdded: 1 });
    expect(draft.labelId('B')).toBe(-1);
  });

  it('gives everything back at its release', () => {
    const { store, ids } = open();
    const before = store.memory().usedBytes;
    const draft = store.begin(store.published, ids);
    for (let i = 0; i < 100; i++) draft.createNode(['A'], map({ x: i, l: [i] }));
    for (let i = 0; i < 100; i++) draft.createRelationship('R', i, 0, map({}));
    expect(store.memory().usedBytes).toBeGreaterThan(before);
    draft.release();
    expect(store.memory().usedBytes).toBe(before);
    expect(() => draft.nodes()).toThrow('release');
  });
});

describe('unique constraints', () => {
  function withConstraint() {
    const { store, ids } = open();
    write(store, ids, (draft) => {
      atOnce(draft.createConstraint({ name: 'c', kind: 'unique', entity: 'node', token: 'P', properties: ['k'], propertyTypes: [] }));
      draft.createNode(['P'], map({ k: 1 }));
    });
    return { store, ids };
  }

  it('hold by Cypher equality, in drafts and in validation (SAFETY 4, 9)', () => {
    const { store, ids } = withConstraint();
    const draft = store.begin(store.published, ids);
    const text = 'Node(0) already exists with label `P` and property `k` = 1.0';
    expect(() => draft.createNode(['P'], map({ k: new CypherFloat(1) }))).toThrow(text);
    expect(() => draft.createNode(['P'], map({ k: 'x' }))).not.toThrow();
    draft.createNode(['Q'], map({ k: 1 }));
    const last = idsOf(draft.nodes()).at(-1) as number;
    expect(() => draft.addLabel(last, 'P')).toThrow('already exists with label `P`');
    draft.setNodeProperty(0, 'k', 5);
    draft.addLabel(last, 'P');
    expect(atOnce(store.validate(draft.effects()))).toBeUndefined();
    const rival: Effect = { kind: 'createNode', id: 77, labels: ['P'], properties: [['k', 'x']] };
    store.publish(applyOnly(store, [rival]));
    expect(atOnce(store.validate(draft.effects()))).toEqual({ kind: 'uniqueKey', message: "Node(77) already exists with label `P` and property `k` = 'x'" });
  });

  it('let null and NaN pass', () => {
    const { store, ids } = withConstraint();
    const draft = store.begin(store.published, ids);
    for (let i = 0; i < 2; i++) {
      draft.createNode(['P'], map({}));
      draft.createNode(['P'], map({ k: new CypherFloat(Number.NaN) }));
    }
    expect(atOnce(store.validate(draft.effects()))).toBeUndefined();
  });

  it('are not created over duplicates, and leave the draft as it was', () => {
    const { store, ids } = open();
    const draft = store.begin(store.published, ids);
    draft.createNode(['P'], map({ k: 'x' }));
    draft.createNode(['P'], map({ k: 'x' }));
    expect(() => atOnce(draft.createConstraint({ name: 'c', kind: 'unique', entity: 'node', token: 'P', properties: ['k'], propertyTypes: [] }))).toThrow(
      "Both Node(0) and Node(1) have the label `P` and property `k` = 'x'",
    );
    expect(draft.schema.constraints).toEqual([]);
    expect(idsOf(draft.nodes())).toEqual([0, 1]);
  });

  it('and indexes say what exists already', () => {
    const { store, ids } = withConstraint();
    const draft = store.begin(store.published, ids);
    draft.createIndex({ name: 'i', kind: 'range', entity: 'node', token: 'P', properties: ['m'] });
    const attempt = (work: () => void) => {
      try {
        work();
      } catch (error) {
        return (error as { code: string }).code.replace('Neo.ClientError.Schema.', '');
      }
      return 'done';
    };
    const index = (name: string, property: string) =>
      attempt(() => draft.createIndex({ name, kind: 'range', entity: 'node', token: 'P', properties: [property] }));
    const constraint = (name: string, property: string) =>
      attempt(() => atOnce(draft.createConstraint({ name, kind: 'unique', entity: 'node', token: 'P', properties: [property], propertyTypes: [] })));
    expect(index('i', 'm')).toBe('EquivalentSchemaRuleAlreadyExists');
    expect(index('j', 'm')).toBe('IndexAlreadyExists');
    expect(index('i', 'n')).toBe('IndexWithNameAlreadyExists');
    expect(index('j', 'k')).toBe('ConstraintAlreadyExists');
    expect(constraint('c', 'k')).toBe('EquivalentSchemaRuleAlreadyExists');
    expect(constraint('d', 'k')).toBe('ConstraintAlreadyExists');
    expect(constraint('d', 'm')).toBe('IndexAlreadyExists');
    expect(attempt(() => draft.dropIndex('c'))).toBe('ForbiddenOnConstraintIndex');
    expect(attempt(() => draft.dropIndex('none'))).toBe('IndexNotFound');
    expect(attempt(() => draft.dropConstraint('none'))).toBe('ConstraintNotFound');
    draft.dropConstraint('c');
    expect(index('j', 'k')).toBe('done');
  });
});

describe('an index', () => {
  it('answers equality, ranges and prefixes in order, over composite keys too', () => {
    const { store, ids } = open();
    const values: Value[] = [3, new CypherFloat(1), 1, 'b', 'ab', 'abc', true, new CypherFloat(Number.NaN), 2n ** 60n, [1], 'x'.repeat(99)];
    write(store, ids, (draft) => {
      values.forEach((value, i) => void draft.createNode(['N'], map({ p: value, q: i % 2 })));
      draft.createIndex({ name: 'p', kind: 'range', entity: 'node', token: 'N', properties: ['p'] });
      draft.createIndex({ name: 'qp', kind: 'range', entity: 'node', token: 'N', properties: ['q', 'p'] });
    });
    const graph = store.published;
    const [p, qp] = graph.schema.indexes.map((index) => graph.index(index.id)) as [IndexReader, IndexReader];
    expect(idsOf(p.equal([1]))).toEqual([1, 2]);
    expect(idsOf(p.equal([null]))).toEqual([]);
    expect(idsOf(p.equal([new CypherFloat(Number.NaN)]))).toEqual([]);
    expect(idsOf(p.range([], { value: 1, inclusive: false }, undefined))).toEqual([0, 8]);
    expect(idsOf(p.range([], undefined, { value: 3, inclusive: true }))).toEqual([1, 2, 0]);
    expect(idsOf(p.range([], { value: 'ab', inclusive: true }, { value: 'b', inclusive: false }))).toEqual([4, 5]);
    expect(idsOf(p.startsWith([], 'ab'))).toEqual([4, 5]);
    expect(idsOf(p.all())).toHaveLength(values.length);
    expect(idsOf(qp.equal([0]))).toHaveLength(6);
    expect(idsOf(qp.equal([1, 1]))).toEqual([1]);
    expect(idsOf(qp.range([0], { value: 2, inclusive: true }, undefined))).toEqual([0, 8]);
    expect(graph.statistics.indexEntryCount(firstIndex(graph))).toBe(values.length);
  });

  it('stays right through thousands of changes', () => {
    const { store, ids } = open();
    write(store, ids, (draft) => {
      draft.createIndex({ name: 'p', kind: 'range', entity: 'node', token: 'N', properties: ['p'] });
      for (let i = 0; i < 5000; i++) draft.createNode(['N'], map({ p: (i * 7919) % 5000 }));
    });
    write(store, ids, (draft) => {
      for (let i = 0; i < 5000; i += 2) draft.setNodeProperty(i, 'p', null);
      for (let i = 1; i < 2500; i += 2) draft.deleteNode(i, false);
    });
    const graph = store.published;
    const found = idsOf(graph.index(firstIndex(graph)).all());
    const expected = Array.from({ length: 5000 }, (_, i) => i).filter((i) => i % 2 === 1 && i >= 2500);
    expect(found).toEqual(expected.sort((a, b) => ((a * 7919) % 5000) - ((b * 7919) % 5000)));
    // From the last to the first, between any two bounds.
    for (const [low, high] of [
      [0, 4999],
      [100, 101],
      [777, 3210],
      [4990, 6000],
      [-5, 3],
      [3000, 200],
    ] as const) {
      const bounds = [
        { value: low, inclusive: low % 2 === 0 },
        { value: high, inclusive: high % 2 === 0 },
      ] as const;
      const index = graph.index(firstIndex(graph));
      expect(idsOf(index.range([], ...bounds, true))).toEqual([...idsOf(index.range([], ...bounds))].reverse());
    }
    expect(store.check()).toEqual([]);
  });

  it('compares lists as < does, not as ORDER BY does', () => {
    const { store, ids } = open();
    write(store, ids, (draft) => {
      for (const p of [[1], ['a'], [2, 1], [new CypherFloat(Number.NaN)], []]) draft.createNode(['N'], map({ p }));
      draft.createIndex({ name: 'p', kind: 'range', entity: 'node', token: 'N', properties: ['p'] });
    });
    const graph = store.published;
    const index = graph.index(firstIndex(graph));
    expect(idsOf(index.range([], undefined, { value: [1], inclusive: true }))).toEqual([4, 0]);
    expect(idsOf(index.range([], { value: [1, 5], inclusive: false }, undefined, true))).toEqual([2]);
  });

  it('of relationships finds them by type', () => {
    const { store, ids } = open();
    write(store, ids, (draft) => {
      draft.createNode([], map({}));
      draft.createRelationship('R', 0, 0, map({ since: 2020 }));
      draft.createRelationship('S', 0, 0, map({ since: 2020 }));
      draft.createIndex({ name: 'r', kind: 'range', entity: 'relationship', token: 'R', properties: ['since'] });
    });
    const graph = store.published;
    expect(idsOf(graph.index(firstIndex(graph)).equal([2020]))).toEqual([0]);
  });
});

describe('memory', () => {
  it('does not grow over 200,000 small transactions', () => {
    const { store } = open(24 << 20);
    applyOnly(
      store,
      Array.from({ length: 1000 }, (_, id): Effect => ({ kind: 'createNode', id, labels: ['N'], properties: [] })),
    );
    store.publish(store.newest);
    let used = 0;
    for (let i = 0; i < 200_000; i++) {
      const node = (i * 7) % 1000;
      const effects: Effect[] =
        i % 2 === 0
          ? [{ kind: 'createRelationship', id: i, type: 'R', start: node, end: (node + 1) % 1000, properties: [['p', [i]]] }]
          : [
              { kind: 'deleteRelationship', id: i - 1 },
              { kind: 'setNodeProperty', id: node, key: 'v', value: i },
            ];
      store.publish(applyOnly(store, effects));
      if (i === 20_001) used = store.memory().usedBytes;
    }
    // Ids only go up; pages of records and properties that hold nothing any more are given back.
    expect(store.memory().usedBytes - used).toBeLessThan(256 * 1024);
    expect(store.check()).toEqual([]);
  }, 60_000);

  it('is refused at 90 % with the store as it was', () => {
    const { store, ids } = open(2 << 20);
    const fill = (draft: Draft) => {
      for (let i = 0; i < 20_000; i++) draft.createNode(['N'], map({ p: `text ${i}`, list: [i, i, i] }));
    };
    write(store, ids, (draft) => void draft.createNode(['N'], map({ p: 'kept' })));
    const digest = store.digest(store.published);
    const draft = store.begin(store.published, ids);
    expect(() => fill(draft)).toThrow('memory.graph_bytes');
    const effects = [...draft.effects()];
    draft.release();
    const extra = Array.from({ length: 20_000 }, (_, i): Effect => ({ kind: 'createNode', id: 1_000_000 + i, labels: [], properties: [['p', [i]]] }));
    expect(() => applyOnly(store, [...effects, ...extra])).toThrow('memory.graph_bytes');
    expect(store.newest).toBe(store.published);
    expect(store.digest(store.published)).toBe(digest);
    expect(store.check()).toEqual([]);
    write(store, ids, (again) => again.setNodeProperty(0, 'p', 'kept'));
  });

  it('forgets strings that stand nowhere any more, and none that somebody can still read', () => {
    const { store, ids } = open(4 << 20);
    write(store, ids, (draft) => void draft.createNode(['N'], map({ p: 'first', q: 'both' })));
    write(store, ids, (draft) => void draft.createNode(['N'], map({ p: 'both', q: 'both' })));
    const old = store.published;
    store.pin(old);
    const used = store.memory().usedBytes;
    for (let i = 0; i < 100_000; i++) {
      store.publish(applyOnly(store, [{ kind: 'setNodeProperty', id: 0, key: 'p', value: `text ${i}` }]));
      if (i !== 100) continue;
      expect([property(old, 0, 'p'), property(old, 1, 'p')]).toEqual(['first', 'both']);
      store.unpin(old);
    }
    expect(store.memory().usedBytes - used).toBeLessThan(64 * 1024);
    expect(store.published.stringId('first')).toBe(-1);
    expect([property(store.published, 0, 'p'), property(store.published, 0, 'q')]).toEqual(['text 99999', 'both']);
    store.publish(applyOnly(store, [{ kind: 'deleteNode', id: 1 }]));
    expect(property(store.published, 0, 'q')).toBe('both');
    expect(store.check()).toEqual([]);
  });

  it('gives the number of a forgotten string to another when nobody is left who knew it', () => {
    const { store, ids } = open();
    write(store, ids, (draft) => void draft.createNode(['N'], map({ p: 'known' })));
    const reader = store.published;
    store.pin(reader);
    const number = reader.stringId('known');
    write(store, ids, (draft) => draft.setNodeProperty(0, 'p', 'next'));
    store.unpin(reader);
    const later = store.published;
    store.pin(later);
    write(store, ids, (draft) => draft.setNodeProperty(0, 'p', 'one more'));
    expect(store.published.stringId('known')).toBe(-1);
    store.unpin(later);
    write(store, ids, (draft) => void draft.createNode(['N'], map({ p: 'newcomer' })));
    expect(store.published.stringId('newcomer')).toBe(number);
  });

  it('keeps nothing of drafts that are given up, however often strings changed in them', () => {
    const { store, ids } = open(4 << 20);
    write(store, ids, (draft) => void draft.createNode(['N'], map({ p: 'kept' })));
    const used = store.memory().usedBytes;
    for (let i = 0; i < 20_000; i++) {
      const draft = store.begin(store.published, ids);
      draft.setNodeProperty(0, 'p', `draft ${i}`);
      draft.setNodeProperty(0, 'p', 'kept');
      draft.setNodeProperty(0, 'p', `draft again ${i}`);
      draft.release();
    }
    expect(store.memory().usedBytes).toBe(used);
    expect(property(store.published, 0, 'p')).toBe('kept');
    write(store, ids, (draft) => draft.setNodeProperty(0, 'p', 'after'));
    expect(store.check()).toEqual([]);
  });

  it('lets a full graph be emptied', () => {
    const { store, ids } = open(8 << 20);
    let count = 0;
    const fill = (size: number) => {
      try {
        for (;;) {
          write(store, ids, (draft) => {
            for (let i = 0; i < size; i++) draft.createNode(['N'], map({ p: `text ${count + i}` }));
          });
          count += size;
        }
      } catch (error) {
        expect(String(error)).toContain('memory.graph_bytes');
      }
    };
    for (const size of [2000, 100, 1]) fill(size);
    expect(count).toBeGreaterThan(1000);
    const nodes = idsOf(store.published.nodes());
    while (nodes.length > 0) {
      const some = nodes.splice(0, 200);
      write(store, ids, (draft) => some.map((id) => draft.deleteNode(id, false)) && undefined);
    }
    expect(store.memory().usedBytes).toBeLessThan(400 * 1024);
    expect(store.check()).toEqual([]);
  });
});
