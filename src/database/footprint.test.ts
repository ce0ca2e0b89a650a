import { describe, expect, it } from 'vitest';
import { atOnce } from '../base/pieces.js';
import type { Effect } from '../graph/change-set.js';
import { ConflictTable, footprintOf } from './footprint.js';

const set = (id: number): Effect => ({ kind: 'setNodeProperty', id, key: 'a', value: 1 });
const join = (id: number, start: number, end: number): Effect => ({ kind: 'createRelationship', id, type: 'T', start, end, properties: [] });
const remove = (id: number): Effect => ({ kind: 'deleteNode', id });

function collide(first: readonly Effect[], second: readonly Effect[]): boolean {
  const table = new ConflictTable();
  atOnce(table.add(atOnce(footprintOf(first)), 8));
  return atOnce(table.conflicts(atOnce(footprintOf(second)), 7));
}

describe('conflicts by entity (SAFETY 4)', () => {
  it('two writers of one node collide, also of different properties', () => {
    expect(collide([set(1)], [{ kind: 'setNodeProperty', id: 1, key: 'b', value: 2 }])).toBe(true);
  });
  it('writers of different nodes do not', () => {
    expect(collide([set(1)], [set(2)])).toBe(false);
  });
  it('a node and the relationship of the same number are different entities', () => {
    expect(collide([set(1)], [{ kind: 'setRelationshipProperty', id: 1, key: 'a', value: 1 }])).toBe(false);
  });
  it('two new relationships of one node do not collide', () => {
    expect(collide([join(1, 5, 6)], [join(2, 5, 7)])).toBe(false);
  });
  it('the deleter of a node collides with whoever joins it, in either order', () => {
    expect(collide([remove(5)], [join(2, 5, 7)])).toBe(true);
    expect(collide([join(2, 5, 7)], [remove(5)])).toBe(true);
  });
  it('setting a property of a node does not collide with joining it', () => {
    expect(collide([set(5)], [join(2, 5, 7)])).toBe(false);
  });
  it('what a transaction made itself collides with nothing', () => {
    expect(atOnce(footprintOf([{ kind: 'createNode', id: 9, labels: [], properties: [] }, set(9), remove(9)])).written.size).toBe(0);
  });
  it('forgets what no open transaction can collide with', () => {
    const table = new ConflictTable();
    atOnce(table.add(atOnce(footprintOf([set(1)])), 5));
    atOnce(table.add(atOnce(footprintOf([set(2)])), 9));
    atOnce(table.prune(5));
    expect(table.size).toBe(1);
    expect(atOnce(table.conflicts(atOnce(footprintOf([set(2)])), 8))).toBe(true);
  });
});
