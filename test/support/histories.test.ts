// The checkers of histories, on histories known to be good and known to be bad, written as they look on paper: one line each,
// `client kind value start-end`; `?` after the end is an unknown outcome, `!` a failure. Registers begin with 0.

import { describe, expect, it } from 'vitest';
import { below, seededRandom } from '../../src/base/random.js';
import { checkRegister, type RegisterOperation } from './linearizability.js';
import { checkList, type ListOperation, type ListRead } from './list-append.js';

function statusOf(mark: string | undefined): 'ok' | 'failed' | 'unknown' {
  return mark === '?' ? 'unknown' : mark === '!' ? 'failed' : 'ok';
}

/** `a w 1 0-5`, `b r 1 6-7`, `c cas 1>2 8-9?`. */
function register(text: string): RegisterOperation[] {
  return text.split(';').map((line) => {
    const [, client, kind, from, value, start, end, mark] = /^\s*(\w+) (w|r|cas) (?:(\d+)>)?(\d+) (\d+)-(\d+)([?!]?)\s*$/.exec(line) ?? [];
    if (client === undefined) throw new Error(`not an operation: ${line}`);
    const common = { client, value: Number(value), status: statusOf(mark), startMs: Number(start), endMs: Number(end) };
    return { ...common, kind: kind === 'w' ? 'write' : kind === 'r' ? 'read' : 'cas', ...(from === undefined ? {} : { from: Number(from) }) };
  });
}

/** `a + 1 0-5`, `b l 1,2 6-7` (linearizable), `b s 1,2 6-7` (session), `b e - 6-7` (eventual; `-` is the empty list). */
function list(text: string): ListOperation[] {
  return text.split(';').map((line) => {
    const [, client, kind, values, start, end, mark] = /^\s*(\w+) ([+lse]) ([\d,]+|-) (\d+)-(\d+)([?!]?)\s*$/.exec(line) ?? [];
    if (client === undefined || values === undefined) throw new Error(`not an operation: ${line}`);
    const common = { client, startMs: Number(start), endMs: Number(end) };
    if (kind === '+') return { ...common, kind: 'append', value: Number(values), status: statusOf(mark) };
    const level: ListRead['level'] = kind === 'l' ? 'linearizable' : kind === 's' ? 'session' : 'eventual';
    return { ...common, kind: 'read', level, values: values === '-' ? [] : values.split(',').map(Number) };
  });
}

describe('registers', () => {
  it.each([
    ['nothing but reads of the beginning', 'a r 0 0-1; b r 0 0-5'],
    ['a write and reads after it', 'a w 1 0-5; b r 1 6-7; c r 1 8-9'],
    ['a read during a write sees the old value', 'a w 1 0-5; b r 0 2-3'],
    ['a read during a write sees the new value', 'a w 1 0-5; b r 1 2-3; b r 1 4-9'],
    ['two writes at once, in either order', 'a w 1 0-9; b w 2 1-8; c r 2 10-11'],
    ['two writes at once, seen in one order', 'a w 1 0-9; b w 2 1-8; c r 2 2-3; d r 1 4-5; c r 1 10-11'],
    ['an open write that never took effect', 'a w 1 0-5?; b r 0 6-7; b r 0 800-900'],
    ['an open write that took effect late', 'a w 1 0-5?; b r 0 6-7; c w 2 8-9; b r 2 10-11; b r 1 800-900; b r 1 901-902'],
    ['a failed write', 'a w 1 0-5!; b r 0 6-7'],
    ['a chain of changes', 'a cas 0>1 0-5; b cas 1>2 3-9; c r 2 10-11'],
    ['an open change that a later one builds on', 'a cas 0>1 0-5?; b cas 1>2 30-39; c r 2 40-41'],
    ['open changes in a chain that only the last read shows', 'a cas 0>1 0-5?; b cas 1>2 3-9?; c r 2 20-21'],
    ['an open read says nothing', 'a w 1 0-5; b r 0 6-7?'],
    ['a write that is answered after it was seen and overwritten', 'a w 1 0-20; b r 1 2-3; c w 2 4-5; b r 2 6-7; b r 2 30-31'],
  ])('%s', (_, text) => {
    expect(checkRegister(register(text), 0)).toEqual({ kind: 'linearizable' });
  });

  it.each([
    ['a lost write', 'a w 1 0-5; b r 0 6-7', /not linearizable/],
    ['a stale read', 'a w 1 0-5; b w 2 6-9; c r 1 10-11', /not linearizable/],
    ['a read that goes back behind another read', 'a w 1 0-20; b r 1 2-3; c r 0 4-5', /not linearizable/],
    ['a value that was never written', 'a w 1 0-5; b r 7 6-7', /nobody wrote/],
    ['a read of an aborted write', 'a w 1 0-5!; b r 1 6-7', /answered with a failure/],
    ['a read of a write to come', 'a r 1 0-1; b w 1 5-6', /before it was written/],
    ['two orders of two writes', 'a w 1 0-9; b w 2 1-8; c r 2 10-11; d r 1 12-13; c r 2 14-15', /not linearizable/],
    ['an acknowledged write that is undone', 'a w 1 0-5; b r 1 6-7; b r 0 8-9', /not linearizable/],
    ['an open write that comes and goes', 'a w 1 0-5?; b r 1 6-7; b r 0 8-9', /not linearizable/],
    ['an open write that comes, goes and comes again', 'a w 1 0-5?; b r 1 6-7; c w 2 8-9; b r 2 10-11; b r 1 12-13', /not linearizable/],
    ['a lost update: two changes of one value', 'a cas 0>1 0-5; b cas 0>2 1-6', /not linearizable/],
    ['a change of a value that is long gone', 'a w 1 0-1; b w 2 2-3; c cas 1>3 4-5', /not linearizable/],
    ['a change built on one that failed', 'a cas 0>1 0-5!; b cas 1>2 6-9', /answered with a failure/],
    ['two leaders at once', 'a w 1 0-5; b w 2 0-5; a r 1 6-7; b r 2 6-7; a r 1 8-9; b r 2 8-9', /not linearizable/],
  ])('%s is found', (_, text, message) => {
    expect(checkRegister(register(text), 0)).toEqual({ kind: 'violation', message: expect.stringMatching(message) });
  });

  it('gives up at its bound, and says so', () => {
    // Twelve writes at once and two reads that contradict one another: no order fits, and there are very many.
    const writes = Array.from({ length: 12 }, (_, at) => `w${at} w ${at + 1} 0-100`).join('; ');
    expect(checkRegister(register(`${writes}; a r 1 101-102; a r 2 103-104`), 0, 500)).toEqual({ kind: 'undecided', states: 501 });
  });

  it('takes every history of a true register, and none in which a read is made stale', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const history = trueHistory(seed);
      expect([seed, checkRegister(history, 0).kind]).toEqual([seed, 'linearizable']);
      const last = Math.max(...history.map(({ endMs }) => endMs));
      const stale = { client: 'z', kind: 'read', value: 0, status: 'ok', startMs: last + 1, endMs: last + 2 } as const;
      expect([seed, checkRegister([...history, stale], 0).kind]).toEqual([seed, 'violation']);
    }
  });
});

/** Clients of a register whose operations take effect at a random moment between call and answer; some answers are lost. */
function trueHistory(seed: number): RegisterOperation[] {
  const random = seededRandom(seed);
  const planned = Array.from({ length: 60 }, (_, at) => {
    const startMs = below(random, 300);
    const effectMs = startMs + 1 + below(random, 20);
    return {
      at,
      startMs,
      effectMs,
      endMs: effectMs + 1 + below(random, 20),
      writes: at === 0 || below(random, 2) === 0,
      lost: at > 0 && below(random, 6) === 0,
    };
  });
  let value = 0;
  return planned
    .sort((a, b) => a.effectMs - b.effectMs || a.at - b.at)
    .map(({ at, startMs, endMs, writes, lost }) => {
      if (writes) value = at + 1;
      return { client: `c${at}`, kind: writes ? 'write' : 'read', value, status: lost ? 'unknown' : 'ok', startMs, endMs };
    });
}

describe('lists', () => {
  it.each([
    ['appends and reads in order', 'a + 1 0-5; b + 2 6-9; c l 1,2 10-11; c l 1,2 12-13'],
    ['two appends at once', 'a + 1 0-5; b + 2 0-5; c l 2,1 6-7'],
    ['an eventual read behind', 'a + 1 0-5; b e - 6-7; b e 1 8-9; c e - 10-11'],
    ['a session behind what others wrote', 'a + 1 0-5; b + 2 6-7; a s 1 8-9'],
    ['an open append that never came', 'a + 1 0-5?; b l - 6-7'],
    ['an open append that came late', 'a + 1 0-5?; b l - 6-7; c + 2 8-9; b l 2,1 10-11'],
    ['a failed append', 'a + 1 0-5!; b l - 6-7'],
  ])('%s', (_, text) => {
    expect(checkList(list(text))).toEqual([]);
  });

  it.each([
    ['a lost append', 'a + 1 0-5; b l - 6-7', /lacks what was acknowledged/],
    ['a lost append in the middle', 'a + 1 0-1; a + 2 2-3; a + 3 4-5; b l 1,3 6-7', /lacks what was acknowledged/],
    ['a stale linearizable read', 'a + 1 0-5; b + 2 6-9; c l 1 10-11', /lacks what was acknowledged/],
    ['a doubled append', 'a + 1 0-5; b l 1,1 6-7', /twice/],
    ['a doubled open append', 'a + 1 0-5?; b l 1,1 6-7', /twice/],
    ['a forked prefix', 'a + 1 0-5; b + 2 0-5; c e 1 6-7; d e 2 6-7', /differ at place 0/],
    ['two orders in full reads', 'a + 1 0-5; b + 2 0-5; c l 1,2 6-7; d l 2,1 6-7', /differ at place 0/],
    ['a value that was never appended', 'a + 1 0-5; b l 1,9 6-7', /nobody appended/],
    ['a read of an aborted append', 'a + 1 0-5!; b e 1 6-7', /answered with a failure/],
    ['a read of an append to come', 'b e 1 0-1; a + 1 5-6', /appended later/],
    ['an order against real time', 'a + 1 0-1; b + 2 5-6; c l 2,1 7-8', /stands after/],
    ['a read that sees less than one before it', 'a + 1 0-5?; b l 1 6-7; c l - 8-9', /sees less/],
    ['a session that does not read its own append', 'a + 1 0-5; a s - 6-7', /lacks what was acknowledged/],
    ['a session that goes back', 'a + 1 0-5?; b s 1 6-7; b s - 8-9', /sees less/],
    ['an open append that comes and goes', 'a + 1 0-5?; b l 1 6-7; c + 2 8-9; b l 2 10-11', /differ at place 0/],
  ])('%s is found', (_, text, message) => {
    expect(checkList(list(text)).join('\n')).toMatch(message);
  });
});
