import { describe, expect, it } from 'vitest';
import { atOnce } from '../base/pieces.js';
import { below, pick, type Random, seededRandom } from '../base/random.js';
import type { Effect } from '../graph/change-set.js';
import { noCounters } from '../graph/writer.js';
import { createGraphStore } from '../storage/store.js';
import { readCatalogue } from './catalogue.js';
import { CatalogueCopy } from './catalogue-copy.js';

const LABELS = ['Database', 'Alias', 'Server', 'ServerSettings', 'User', 'DroppedDatabase'];

function created(id: number, label: string, random: Random): Effect {
  const properties = [
    ['name', `name${id}`],
    ['id', `id${id}`],
    ['target', `name${below(random, 20)}`],
    ['state', pick(random, ['enabled', 'cordoned'])],
    ['modeConstraint', 'NONE'],
    ['autoEnable', false],
    ['status', 'online'],
    ['createdAtMs', 1],
  ] as const;
  return { kind: 'createNode', id, labels: [label], properties };
}

/** One transaction's. */
function effects(living: Set<number>, next: () => number, random: Random): readonly Effect[] {
  return Array.from({ length: 1 + below(random, 4) }, (): Effect => {
    const ids = [...living];
    const kind = ids.length === 0 ? 'create' : pick(random, ['create', 'change', 'change', 'delete'] as const);
    if (kind === 'create') {
      const id = next();
      living.add(id);
      return created(id, pick(random, LABELS), random);
    }
    const id = pick(random, ids);
    if (kind === 'change')
      return { kind: 'setNodeProperty', id, ...pick(random, [{ key: 'status', value: 'offline' } as const, { key: 'name', value: `renamed${id}` } as const]) };
    living.delete(id);
    return { kind: 'deleteNode', id };
  });
}

describe('a copy of the catalogue', () => {
  it.each([1, 2, 3])('says what a whole reading says, whatever was written (seed %i)', (seed) => {
    const random = seededRandom(seed);
    const store = createGraphStore({ graphId: '11111111-2222-4333-8444-555555555555', budgetBytes: 4 * 1024 ** 2 });
    const copy = new CatalogueCopy(store.published);
    const living = new Set<number>();
    let node = 0;
    for (let transactionId = 1; transactionId <= 200; transactionId++) {
      const changeSet = {
        transactionId,
        requestId: '0'.repeat(32),
        committedAtMs: 0,
        effects: effects(living, () => node++, random),
        counters: noCounters(),
      };
      store.publish(atOnce(store.apply(changeSet)));
      // What is not at hand is read again.
      copy.update(store.published, below(random, 20) === 0 ? undefined : [changeSet]);
      expect(copy.catalogue).toEqual(readCatalogue(store.published));
    }
  });
});
