// The store against a plain model of Maps: random transactions, speculative versions that are dropped or published, pins of
// old versions, rollbacks to savepoints; freed memory is poisoned. Whatever is readable must read as the model says.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../base/pieces.js';
import type { ChangeSet, Effect } from '../graph/change-set.js';
import { decodeChangeSet, encodeChangeSet } from '../graph/change-set-codec.js';
import { ANY_TYPE, type GraphReader, type IdCursor, IN, OUT } from '../graph/reader.js';
import type { Draft, GraphVersion, IdReservation } from '../graph/store.js';
import { noCounters } from '../graph/writer.js';
import { compareOrder } from '../values/compare.js';
import { CypherFloat, type Value } from '../values/value.js';
import { createGraphStore } from './store.js';

const graphId = '6c6a2a0e-0000-4000-8000-000000000001';
const requestId = '0'.repeat(32);

interface Model {
  nodes: Map<number, { labels: Set<string>; properties: Map<string, Value> }>;
  relationships: Map<number, { type: string; start: number; end: number; properties: Map<string, Value> }>;
}

function applyToModel(model: Model, effect: Effect): void {
  switch (effect.kind) {
    case 'createNode':
      return void model.nodes.set(effect.id, { labels: new Set(effect.labels), properties: new Map(effect.properties) });
    case 'deleteNode':
      return void model.nodes.delete(effect.id);
    case 'createRelationship':
      return void model.relationships.set(effect.id, { ...effect, properties: new Map(effect.properties) });
    case 'deleteRelationship':
      return void model.relationships.delete(effect.id);
    case 'setNodeProperty':
    case 'setRelationshipProperty': {
      const entity = (effect.kind === 'setNodeProperty' ? model.nodes : model.relationships).get(effect.id);
      if (effect.value === null) entity?.properties.delete(effect.key);
      else entity?.properties.set(effect.key, effect.value);
      return;
    }
    case 'addLabel':
      return void model.nodes.get(effect.id)?.labels.add(effect.label);
    case 'removeLabel':
      return void model.nodes.get(effect.id)?.labels.delete(effect.label);
    default:
      return;
  }
}

function clone(model: Model): Model {
  return {
    nodes: new Map([...model.nodes].map(([id, n]) => [id, { labels: new Set(n.labels), properties: new Map(n.properties) }])),
    relationships: new Map([...model.relationships].map(([id, r]) => [id, { ...r, properties: new Map(r.properties) }])),
  };
}

function idsOf(cursor: IdCursor): number[] {
  const ids: number[] = [];
  for (let more = cursor.next(); more; more = cursor.next()) for (let i = cursor.start; i < cursor.end; i++) ids.push(cursor.ids[i] as number);
  return ids;
}

function ascending(ids: Iterable<number>): number[] {
  return [...ids].sort((a, b) => a - b);
}

function neighboursOf(graph: GraphReader, node: number, direction: 0 | 1, type: number): string[] {
  const cursor = graph.adjacency();
  const found: string[] = [];
  cursor.open(node, direction, type);
  while (cursor.next()) for (let i = cursor.start; i < cursor.end; i++) found.push(`${cursor.relationships[i]}>${cursor.neighbours[i]}`);
  expect(graph.degree(node, direction, type)).toBe(found.length);
  return found.sort();
}

function expectSame(graph: GraphReader, model: Model): void {
  expect(idsOf(graph.nodes())).toEqual(ascending(model.nodes.keys()));
  expect(idsOf(graph.relationships())).toEqual(ascending(model.relationships.keys()));
  for (const [id, node] of model.nodes) {
    expect(new Set(graph.nodeLabels(id))).toEqual(node.labels);
    expect(graph.nodeProperties(id)).toEqual(node.properties);
    for (const [key, value] of node.properties) expect(graph.nodeColumn(graph.keyId(key)).value(id)).toEqual(value);
    for (const type of [undefined, ...graph.typeNames()]) {
      const typeId = type === undefined ? ANY_TYPE : graph.typeId(type);
      const mine = [...model.relationships].filter(([, r]) => type === undefined || r.type === type);
      const out = mine.filter(([, r]) => r.start === id).map(([rel, r]) => `${rel}>${r.end}`);
      expect(neighboursOf(graph, id, OUT, typeId)).toEqual(out.sort());
      const incoming = mine.filter(([, r]) => r.end === id).map(([rel, r]) => `${rel}>${r.start}`);
      expect(neighboursOf(graph, id, IN, typeId)).toEqual(incoming.sort());
    }
  }
  for (const [id, relationship] of model.relationships) {
    expect(graph.relationshipType(id)).toBe(relationship.type);
    expect(graph.relationshipProperties(id)).toEqual(relationship.properties);
  }
  for (const label of graph.labelNames()) {
    const expected = ascending([...model.nodes].filter(([, n]) => n.labels.has(label)).map(([id]) => id));
    expect(idsOf(graph.nodesWithLabel(graph.labelId(label)))).toEqual(expected);
  }
  for (const index of graph.schema.indexes) {
    const key = index.properties[0] as string;
    const members = [...model.nodes].filter(([, n]) => n.labels.has(index.token) && n.properties.has(key));
    members.sort(([a, n], [b, m]) => compareOrder(n.properties.get(key) as Value, m.properties.get(key) as Value) || a - b);
    expect(idsOf(graph.index(index.id).all())).toEqual(members.map(([id]) => id));
    expect(idsOf(graph.index(index.id).all(true))).toEqual(members.map(([id]) => id).reverse());
  }
}

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map((n) => n + 0),
  fc.constantFrom<Value>(new CypherFloat(1), new CypherFloat(Number.NaN), new CypherFloat(2.5), true, false, 2n ** 60n, 'x'.repeat(100)),
  fc.constantFrom('a', 'b', 'c'),
  fc.constant([1, 2, 3]),
);
const label = fc.constantFrom('A', 'B', 'C');
const key = fc.constantFrom('k', 'l');
const place = fc.nat();
const write = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('node' as const), labels: fc.uniqueArray(label), key, value }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('relationship' as const), a: place, b: place, type: fc.constantFrom('R', 'S'), key, value }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('set' as const), a: place, key, value: fc.option(value, { nil: null }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('setRelationship' as const), a: place, key, value: fc.option(value, { nil: null }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('addLabel' as const, 'removeLabel' as const), a: place, label }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('detach' as const), a: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unlink' as const), a: place }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('index' as const), label, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rollback' as const) }) },
);
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;
const step = fc.record({ writes: fc.array(write, { maxLength: 12 }), next: fc.constantFrom('publish', 'speculate', 'drop', 'pin', 'unpin', 'abandon') });

function perform(draft: Draft, model: Model, action: Write): void {
  const nodes = [...model.nodes.keys()];
  const relationships = [...model.relationships.keys()];
  const node = (at: number) => nodes[at % nodes.length] as number;
  switch (action.do) {
    case 'node':
      return void draft.createNode(action.labels, new Map([[action.key, action.value]]));
    case 'index': {
      const name = `${action.label}_${action.key}`;
      if (!draft.schema.indexes.some((index) => index.name === name)) {
        draft.createIndex({ name, kind: 'range', entity: 'node', token: action.label, properties: [action.key] });
      }
      return;
    }
    case 'setRelationship':
    case 'unlink': {
      if (relationships.length === 0) return;
      const id = relationships[action.a % relationships.length] as number;
      action.do === 'unlink' ? draft.deleteRelationship(id) : draft.setRelationshipProperty(id, action.key, action.value);
      return;
    }
    case 'rollback':
      return;
    default:
      break;
  }
  if (nodes.length === 0) return;
  if (action.do === 'relationship') {
    draft.createRelationship(action.type, node(action.a), node(action.b), new Map([[action.key, action.value]]));
  } else if (action.do === 'set') draft.setNodeProperty(node(action.a), action.key, action.value);
  else if (action.do === 'detach') draft.deleteNode(node(action.a), true);
  else if (action.do === 'addLabel') draft.addLabel(node(action.a), action.label);
  else draft.removeLabel(node(action.a), action.label);
}

describe('the store against a model', () => {
  it('reads what the model says, in every version that can be read', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const store = createGraphStore({ graphId, budgetBytes: 64 << 20, poisonFreedPages: true });
        const replica = createGraphStore({ graphId, budgetBytes: 64 << 20, poisonFreedPages: true });
        let nextId = 0;
        // With holes, so that entities spread over many pages and tables.
        const next = () => {
          nextId += 5003;
          return nextId;
        };
        const ids: IdReservation = { node: next, relationship: next };
        const models = new Map<GraphVersion, Model>([[store.published, { nodes: new Map(), relationships: new Map() }]]);
        const pinned: GraphVersion[] = [];
        let waiting: ChangeSet[] = [];
        const published: ChangeSet[] = [];
        const publish = () => {
          if (waiting.length === 0) return;
          store.publish(store.newest);
          published.push(...waiting);
          waiting = [];
        };
        for (const { writes, next: move } of steps) {
          // Drafts begin on what is published; here without a rival, so nothing speculative is in their way.
          const draft = store.begin(store.published, ids);
          const column = draft.nodeColumn(draft.keyId('k'));
          let model = clone(models.get(store.published) as Model);
          for (const action of writes) {
            const mark = draft.savepoint();
            const before = draft.effects().length;
            const kept = clone(model);
            perform(draft, model, action);
            for (const effect of draft.effects().slice(before)) applyToModel(model, effect);
            if (action.do !== 'rollback') continue;
            perform(draft, model, { do: 'node', labels: ['A', 'B'], key: 'k', value: 'gone' });
            draft.rollbackTo(mark);
            model = kept;
          }
          expectSame(draft, model);
          if (draft.keyId('k') >= 0 && column === draft.nodeColumn(draft.keyId('k'))) {
            for (const [id, node] of model.nodes) expect(column.value(id)).toEqual(node.properties.get('k') ?? null);
          }
          const effects = [...draft.effects()];
          draft.release();
          draft.release();
          if (move === 'abandon') continue;
          if (move === 'drop') {
            store.dropSpeculative();
            waiting = [];
          }
          if (store.newest !== store.published) publish();
          // What was speculative is published now; the draft saw less, so its effects may not fit any more.
          if (atOnce(store.validate(effects)) === undefined) {
            const next = clone(models.get(store.newest) as Model);
            const changeSet: ChangeSet = {
              transactionId: store.newest.transactionId + 1,
              requestId,
              committedAtMs: 0,
              effects,
              counters: noCounters(),
            };
            const version = atOnce(store.apply(changeSet));
            for (const effect of effects) applyToModel(next, effect);
            models.set(version, next);
            waiting.push(changeSet);
          }
          if (move === 'publish') publish();
          if (move === 'pin') {
            store.pin(store.published);
            pinned.push(store.published);
          }
          if (move === 'unpin' && pinned.length > 0) store.unpin(pinned.shift() as GraphVersion);
          for (const version of [...pinned, store.published, store.newest]) expectSame(version, models.get(version) as Model);
          expect(store.check()).toEqual([]);
        }
        for (const changeSet of published) replica.publish(atOnce(replica.apply(atOnce(decodeChangeSet(atOnce(encodeChangeSet(changeSet)))))));
        expect(replica.digest(replica.published)).toBe(store.digest(store.published));
        expect(replica.check()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
