// Constraints that hold at the end of a transaction, and keys of relationships: by example, and against a plain model.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../base/pieces.js';
import type { Effect } from '../graph/change-set.js';
import { conforms } from '../graph/property-type.js';
import type { ConstraintSchema } from '../graph/schema.js';
import type { Draft, GraphStore, IdReservation } from '../graph/store.js';
import { noCounters } from '../graph/writer.js';
import { CypherFloat, type Value } from '../values/value.js';
import { createGraphStore } from './store.js';

type Shape = Omit<ConstraintSchema, 'id' | 'index'>;

function open(): { readonly store: GraphStore; readonly ids: IdReservation } {
  let next = 0;
  const store = createGraphStore({ graphId: '6c6a2a0e-0000-4000-8000-000000000002', budgetBytes: 64 << 20, poisonFreedPages: true });
  return { store, ids: { node: () => next++, relationship: () => next++ } };
}

function shape(kind: ConstraintSchema['kind'], entity: 'node' | 'relationship', properties: readonly string[], propertyTypes: readonly string[] = []): Shape {
  const token = entity === 'node' ? 'P' : 'R';
  return { name: `${kind}_${entity}_${properties}`, kind, entity, token, properties, propertyTypes };
}

function commit(store: GraphStore, draft: Draft): void {
  draft.checkBeforeCommit();
  const effects = draft.effects();
  expect(atOnce(store.validate(effects))).toBeUndefined();
  const transactionId = store.newest.transactionId + 1;
  store.publish(atOnce(store.apply({ transactionId, requestId: '0'.repeat(32), committedAtMs: 0, effects, counters: noCounters() })));
  draft.release();
  expect(store.check()).toEqual([]);
}

function withConstraint(constraint: Shape) {
  const opened = open();
  const draft = opened.store.begin(opened.store.published, opened.ids);
  atOnce(draft.createConstraint(constraint));
  commit(opened.store, draft);
  return opened;
}

const props = (entries: Record<string, Value>) => new Map(Object.entries(entries));

describe('a constraint at the end of a transaction', () => {
  it('looks in pieces at what is there', () => {
    const { store, ids } = open();
    const making = store.begin(store.published, ids);
    for (let k = 0; k < 5000; k++) making.createNode(['P'], props({ k }));
    commit(store, making);
    for (const kind of ['unique', 'exists'] as const) {
      const draft = store.begin(store.published, ids);
      let pieces = 0;
      for (const work = draft.createConstraint(shape(kind, 'node', ['k'])); work.next().done !== true; ) pieces++;
      expect(pieces).toBeGreaterThan(5);
      draft.release();
    }
  });

  it('lets a node lack what it gets before the end', () => {
    const { store, ids } = withConstraint(shape('exists', 'node', ['k']));
    const draft = store.begin(store.published, ids);
    const node = draft.createNode(['P'], props({}));
    expect(() => draft.checkBeforeCommit()).toThrow(`Node(${node}) with label \`P\` must have the property \`k\``);
    const mark = draft.savepoint();
    draft.setNodeProperty(node, 'k', 1);
    draft.checkBeforeCommit();
    draft.rollbackTo(mark);
    expect(() => draft.checkBeforeCommit()).toThrow('must have the property');
    draft.removeLabel(node, 'P');
    commit(store, draft);
  });

  it('sees labels that are added and properties that are removed', () => {
    const { store, ids } = withConstraint(shape('key', 'node', ['a', 'b']));
    const making = store.begin(store.published, ids);
    const whole = making.createNode(['P'], props({ a: 1, b: 2 }));
    const bare = making.createNode([], props({ a: 1 }));
    commit(store, making);
    for (const work of [(d: Draft) => d.addLabel(bare, 'P'), (d: Draft) => d.setNodeProperty(whole, 'b', null)]) {
      const draft = store.begin(store.published, ids);
      work(draft);
      expect(() => draft.checkBeforeCommit()).toThrow('with label `P` must have the properties (`a`, `b`)');
      expect(atOnce(store.validate(draft.effects()))?.kind).toBe('constraint');
      draft.release();
    }
    const twin = store.begin(store.published, ids);
    expect(() => twin.createNode(['P'], props({ a: 1, b: new CypherFloat(2) }))).toThrow(`Node(${whole}) already exists with label \`P\``);
    twin.release();
  });

  it('keeps relationships unique, apart from nodes under the same name', () => {
    const { store, ids } = withConstraint({ ...shape('unique', 'relationship', ['k']), token: 'P' });
    const draft = store.begin(store.published, ids);
    const node = draft.createNode(['P'], props({ k: 1 }));
    draft.createNode(['P'], props({ k: 1 }));
    const first = draft.createRelationship('P', node, node, props({ k: 1 }));
    const text = `Relationship(${first}) already exists with type \`P\` and property \`k\` = 1`;
    expect(() => draft.createRelationship('P', node, node, props({ k: 1 }))).toThrow(text);
    const second = draft.createRelationship('P', node, node, props({ k: 2 }));
    expect(() => draft.setRelationshipProperty(second, 'k', 1)).toThrow(text);
    draft.deleteRelationship(first);
    draft.setRelationshipProperty(second, 'k', 1);
    commit(store, draft);
  });

  it('is not created over what breaks it, and leaves the draft as it was', () => {
    const { store, ids } = open();
    const draft = store.begin(store.published, ids);
    const node = draft.createNode(['P'], props({ k: 'x', n: [1] }));
    draft.createRelationship('R', node, node, props({ k: 'x' }));
    draft.createRelationship('R', node, node, props({ k: 'x' }));
    const create = (constraint: Shape) => () => atOnce(draft.createConstraint(constraint));
    expect(create(shape('exists', 'node', ['m']))).toThrow(`Node(${node}) with label \`P\` must have the property \`m\``);
    expect(create(shape('type', 'node', ['k'], ['INTEGER']))).toThrow('required the property `k` to be of type `INTEGER`, but was of type `STRING`');
    expect(create(shape('type', 'node', ['n'], ['STRING']))).toThrow('but was of type `LIST<INTEGER NOT NULL>`');
    expect(create(shape('key', 'relationship', ['k']))).toThrow(/Both Relationship\(\d+\) and Relationship\(\d+\) have the type `R` and property `k` = 'x'/);
    expect(create(shape('exists', 'relationship', ['m']))).toThrow('with type `R` must have the property `m`');
    expect(draft.schema).toMatchObject({ constraints: [], indexes: [] });
    create(shape('type', 'node', ['n'], ['STRING', 'LIST<INTEGER NOT NULL>']))();
    commit(store, draft);
  });

  it('may stand beside others of the same property, but not beside its like', () => {
    const { store, ids } = open();
    const draft = store.begin(store.published, ids);
    for (const kind of ['unique', 'exists'] as const) atOnce(draft.createConstraint(shape(kind, 'node', ['k'])));
    atOnce(draft.createConstraint(shape('type', 'node', ['k'], ['INTEGER'])));
    const other = (constraint: Shape) => () => atOnce(draft.createConstraint({ ...constraint, name: 'other' }));
    expect(other(shape('key', 'node', ['k']))).toThrow('Conflicting constraint already exists');
    expect(other(shape('type', 'node', ['k'], ['FLOAT']))).toThrow('Conflicting constraint already exists');
    expect(other(shape('exists', 'node', ['k']))).toThrow('Constraint already exists');
    draft.dropConstraint('exists_node_k');
    draft.dropConstraint('unique_node_k');
    expect(draft.schema.indexes).toEqual([]);
    draft.createNode(['P'], props({}));
    commit(store, draft);
  });
});

const value = fc.constantFrom<Value>(null, 1, 2, 'a', true, new CypherFloat(1.5), [1], ['a'], []);
const action = fc.oneof(
  fc.record({ do: fc.constant('node' as const), labelled: fc.boolean(), k: value, l: value }),
  fc.record({ do: fc.constant('relationship' as const), at: fc.nat(), k: value, l: value }),
  fc.record({ do: fc.constantFrom('set' as const, 'setRelationship' as const), at: fc.nat(), key: fc.constantFrom('k', 'l'), value }),
  fc.record({ do: fc.constantFrom('label' as const, 'unlabel' as const, 'delete' as const), at: fc.nat() }),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
const rule = fc.constantFrom(
  shape('exists', 'node', ['k']),
  shape('exists', 'relationship', ['l']),
  shape('type', 'node', ['k'], ['INTEGER', 'LIST<STRING NOT NULL>']),
  shape('type', 'relationship', ['k'], ['STRING', 'FLOAT']),
);

function perform(draft: Draft, nodes: number[], relationships: number[], one: Action): void {
  const pick = (ids: readonly number[], at: number) => ids[at % Math.max(1, ids.length)] ?? -1;
  if (one.do === 'node') {
    nodes.push(draft.createNode(one.labelled ? ['P'] : [], props({ k: one.k, l: one.l })));
    return;
  }
  const node = pick(nodes, one.at);
  const relationship = pick(relationships, one.at);
  if (one.do === 'setRelationship') {
    if (draft.relationshipExists(relationship)) draft.setRelationshipProperty(relationship, one.key, one.value);
  } else if (!draft.nodeExists(node)) return;
  else if (one.do === 'relationship') relationships.push(draft.createRelationship('R', node, node, props({ k: one.k, l: one.l })));
  else if (one.do === 'set') draft.setNodeProperty(node, one.key, one.value);
  else if (one.do === 'label') draft.addLabel(node, 'P');
  else if (one.do === 'unlabel') draft.removeLabel(node, 'P');
  else draft.deleteNode(node, true);
}

/** Over everything there is, the plain way. */
function breaks(draft: Draft, nodes: readonly number[], relationships: readonly number[], rules: readonly Shape[]): boolean {
  return rules.some(({ kind, entity, properties, propertyTypes }) => {
    const node = entity === 'node';
    const members = node
      ? nodes.filter((id) => draft.nodeExists(id) && draft.nodeLabels(id).includes('P'))
      : relationships.filter((id) => draft.relationshipExists(id));
    return members.some((id) => {
      const found = (node ? draft.nodeProperties(id) : draft.relationshipProperties(id)).get(properties[0] as string) ?? null;
      return kind === 'exists' ? found === null : !conforms(found, propertyTypes);
    });
  });
}

it('a transaction may end exactly where nothing in the graph breaks a rule', () => {
  fc.assert(
    fc.property(fc.uniqueArray(rule, { minLength: 1 }), fc.array(fc.array(action, { maxLength: 6 }), { maxLength: 12 }), (rules, transactions) => {
      const { store, ids } = open();
      const nodes: number[] = [];
      const relationships: number[] = [];
      const waiting = [...rules];
      for (const transaction of transactions) {
        const draft = store.begin(store.published, ids);
        for (const one of transaction) perform(draft, nodes, relationships, one);
        const next = waiting.shift();
        const inForce = rules.filter((one) => draft.schema.constraints.some(({ name }) => name === one.name));
        if (next !== undefined) {
          const mayNot = breaks(draft, nodes, relationships, [next]);
          let refused = false;
          try {
            atOnce(draft.createConstraint(next));
          } catch {
            refused = true;
          }
          expect(refused).toBe(mayNot);
          if (!refused) inForce.push(next);
        }
        const broken = breaks(draft, nodes, relationships, inForce);
        const effects: readonly Effect[] = draft.effects();
        expect(atOnce(store.validate(effects)) !== undefined).toBe(broken);
        if (broken) {
          expect(() => draft.checkBeforeCommit()).toThrow();
          draft.release();
        } else commit(store, draft);
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);
