import { describe, expect, it } from 'vitest';
import { recordOf } from '../../../test/conformance/log/engines.js';
import { aliveValue, headValue, Keys, leaderValue, serverValue, termValue } from './keys.js';
import type { KeyValue } from './rpc/messages.js';
import { StateMap } from './state-map.js';

const keys = new Keys('test/cluster');
const me = { name: 'a/b', life: 'life', session: 5 };
const pair = (key: Buffer, value: Buffer, mod_revision: number): KeyValue => ({ key, value, mod_revision, create_revision: 1, version: 1, lease: 0 });

describe('the watched state', () => {
  it('keeps the newest of each value, in whatever order they come', () => {
    const map = new StateMap(keys);
    map.put(keys.term('g'), termValue(2), 20);
    map.put(keys.leader('g'), leaderValue(2, me), 20);
    map.remove(keys.leader('g'), 15);
    map.put(keys.term('g'), termValue(1), 10);
    map.put(keys.head('g'), headValue(7, 'two words'), 21);
    expect(map.graph('g')).toMatchObject({ term: 2, holder: me, head: 7, incarnation: 'two words' });
    map.remove(keys.leader('g'), 22);
    map.put(keys.leader('g'), leaderValue(2, me), 20);
    expect(map.graph('g').holder).toBeUndefined();
    expect(map.graph('h')).toMatchObject({ head: 0, term: 0, floor: 0 });
  });

  it('takes a whole state, and what is missing in it for gone', () => {
    const map = new StateMap(keys);
    map.put(keys.head('g'), headValue(1, 'x'), 5);
    map.put(keys.leader('g'), leaderValue(1, me), 6);
    map.put(keys.head('new'), headValue(1, 'x'), 12);
    map.takeTouched();
    map.load([pair(keys.head('g'), headValue(2, 'x'), 9)], 10);
    expect(map.graph('g')).toMatchObject({ head: 2, holder: undefined });
    expect(map.graph('new').head).toBe(1);
    expect(map.takeTouched()).toEqual({ graphs: new Set(['g']), servers: false, floors: false });
  });

  it('believes an older state once revisions are forgotten', () => {
    const map = new StateMap(keys);
    map.put(keys.head('g'), headValue(9, 'x'), 90);
    map.put(keys.head('h'), headValue(9, 'x'), 91);
    map.forgetRevisions();
    map.load([pair(keys.head('g'), headValue(4, 'x'), 40)], 41);
    expect([map.graph('g').head, map.graph('h').head, map.newestRevision]).toEqual([4, 0, 41]);
  });

  it('says who is alive: the life that has the session', () => {
    const map = new StateMap(keys);
    const record = recordOf('a/b');
    map.put(keys.server('a/b'), serverValue(record), 1);
    expect(map.servers()).toEqual([{ ...record, alive: false }]);
    map.put(keys.alive('a/b'), aliveValue('another life', 3), 2);
    expect(map.servers()[0]?.alive).toBe(false);
    map.put(keys.alive('a/b'), aliveValue(record.life, 4), 3);
    expect(map.servers()[0]?.alive).toBe(true);
    expect(map.takeTouched().servers).toBe(true);
  });
});
