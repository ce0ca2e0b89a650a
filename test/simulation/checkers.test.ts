// The checkers on small histories: a good one, and for each promise one that breaks it.

import { describe, expect, it } from 'vitest';
import { check } from './checkers.js';
import { ACCOUNTS, type Append, BATCH_SIZE, type Creation, type FinalState, History, MONEY, type Read } from './history.js';

const accounts = Array.from({ length: ACCOUNTS }, () => MONEY);

function append(value: number, from: number, to: number, more: Partial<Append> = {}): Append {
  return {
    kind: 'append',
    graph: 'g',
    client: 'c',
    lists: [0],
    value,
    invokedMs: from,
    endedMs: to,
    status: 'ok',
    outcomeId: `id ${value}`,
    told: '',
    ...more,
  };
}

function read(list: readonly number[], from: number, to: number, more: Partial<Read> = {}): Read {
  const lists = [list, []];
  return {
    graph: 'g',
    client: 'c',
    level: 'eventual',
    server: 's/1',
    invokedMs: from,
    endedMs: to,
    lists,
    accounts,
    bookmarkLengths: [],
    bookmarkValues: [],
    ...more,
  };
}

function creation(kind: Creation['kind'], by: number, more: Partial<Creation> = {}): Creation {
  return { kind, graph: 'g', client: 'c', key: 'k', by, invokedMs: 0, endedMs: 1, status: 'ok', outcomeId: undefined, told: '', ...more };
}

interface Given {
  readonly appends?: readonly Append[];
  readonly creations?: readonly Creation[];
  readonly reads?: readonly Read[];
  readonly outcomes?: Readonly<Record<string, 'committed' | 'never' | 'pending'>>;
  readonly end?: Partial<FinalState>;
}

function violations({ appends = [], creations = [], reads = [], outcomes = {}, end = {} }: Given): string[] {
  const history = new History();
  history.appends.push(...appends);
  history.creations.push(...creations);
  history.reads.push(...reads);
  for (const [id, outcome] of Object.entries(outcomes)) history.outcomes.set(id, outcome);
  return check(history, [{ graph: 'g', state: { lists: [[], []], accounts, keys: [], batches: [], ...end } }]);
}

const three = [append(1, 0, 10), append(2, 20, 30), append(3, 40, 50)];
const all = { lists: [[1, 2, 3], []] };

describe('the checkers', () => {
  it('find nothing in a good history', () => {
    const reads = [
      read([1], 15, 18),
      read([1, 2, 3], 60, 61, { level: 'linearizable' }),
      read([1, 2], 52, 55, { level: 'bookmark', bookmarkLengths: [1, 0], bookmarkValues: [2] }),
    ];
    const appends = [...three, append(4, 0, 9, { status: 'failed' }), append(5, 0, 9, { status: 'unknown' })];
    const outcomes = { 'id 4': 'never', 'id 5': 'never' } as const;
    expect(
      violations({
        appends,
        reads,
        outcomes,
        creations: [creation('key', 9), creation('batch', 8)],
        end: { ...all, keys: [['k', 9]], batches: [[8, BATCH_SIZE]] },
      }),
    ).toEqual([]);
  });

  const bad: readonly (readonly [string, RegExp, Given])[] = [
    ['an acknowledged write that is gone', /durability: 2/, { appends: three, end: { lists: [[1, 3], []] } }],
    ['a write that took effect twice', /exactly once: 1/, { appends: three, end: { lists: [[1, 1, 2, 3], []] } }],
    [
      'a write that its client was told had failed',
      /outcomes: 2 .*took effect/,
      { appends: [append(2, 0, 1, { status: 'failed' })], end: { lists: [[2], []] } },
    ],
    ['a value that nobody wrote', /nobody put/, { appends: three, end: { lists: [[1, 2, 3, 4], []] } }],
    ['half of a transaction in the end', /atomicity: 1 .*some lists/, { appends: [append(1, 0, 1, { lists: [0, 1] })], end: { lists: [[1], []] } }],
    [
      'half of a transaction in a read',
      /atomicity: a read/,
      { appends: [append(1, 0, 1, { lists: [0, 1] })], reads: [read([1], 0, 1)], end: { lists: [[1], [1]] } },
    ],
    ['a commit before one that was acknowledged earlier', /order: list 0 has 1/, { appends: three, end: { lists: [[2, 1, 3], []] } }],
    ['a read of no prefix', /order: a read .*sees 2 at 0/, { appends: three, reads: [read([2], 60, 61)], end: all }],
    [
      'two reads of no one order',
      /of no one order/,
      {
        appends: [append(1, 0, 1), append(2, 0, 1, { lists: [1] })],
        reads: [read([1], 60, 61), { ...read([], 60, 61), lists: [[], [2]] }],
        end: { lists: [[1], [2]] },
      },
    ],
    ['a server that goes back', /prefix: a read/, { appends: three, reads: [read([1, 2], 60, 61), read([1], 62, 63)], end: all }],
    [
      'a bookmark that is not waited for',
      /bookmarks: .*lengths/,
      { appends: three, reads: [read([1], 60, 61, { level: 'bookmark', bookmarkLengths: [2, 0] })], end: all },
    ],
    [
      'an own write that is not seen',
      /bookmarks: .*does not see 3/,
      { appends: three, reads: [read([1], 60, 61, { level: 'bookmark', bookmarkValues: [3] })], end: all },
    ],
    [
      'a linearizable read that misses an acknowledged write',
      /linearizable: .*does not see 3/,
      { appends: three, reads: [read([1, 2], 60, 61, { level: 'linearizable' })], end: all },
    ],
    [
      'linearizable reads that go back',
      /linearizable: .*had seen/,
      {
        appends: [append(1, 0, 10), append(2, 20, 100)],
        reads: [read([1, 2], 60, 61, { level: 'linearizable' }), read([1], 62, 63, { level: 'linearizable', server: 's/2' })],
        end: { lists: [[1, 2], []] },
      },
    ],
    ['money from nowhere', /isolation: a read/, { reads: [read([], 0, 1, { accounts: [MONEY + 1, ...accounts.slice(1)] })] }],
    ['money that is lost in the end', /isolation: the accounts end/, { end: { accounts: [MONEY - 1, ...accounts.slice(1)] } }],
    [
      'a key that is there twice',
      /unique: k is there 2 times/,
      {
        creations: [creation('key', 1), creation('key', 2)],
        end: {
          keys: [
            ['k', 1],
            ['k', 2],
          ],
        },
      },
    ],
    [
      'a refusal for a key that is not there',
      /unique: .*not there/,
      { creations: [creation('key', 1, { status: 'failed', told: 'Node(1) already exists with' })] },
    ],
    ['part of a batch', /atomicity: batch/, { creations: [creation('batch', 1)], end: { batches: [[1, BATCH_SIZE - 1]] } }],
    [
      'a committed outcome of what is not there',
      /said to be committed/,
      { appends: [append(1, 0, 1, { status: 'unknown' })], outcomes: { 'id 1': 'committed' } },
    ],
    [
      'an outcome of never for what is there',
      /said to have no effect/,
      { appends: [append(1, 0, 1, { status: 'unknown' })], outcomes: { 'id 1': 'never' }, end: { lists: [[1], []] } },
    ],
    ['an outcome that stays open', /still pending/, { appends: [append(1, 0, 1, { status: 'unknown' })], outcomes: { 'id 1': 'pending' } }],
  ];
  it.each(bad)('find %s', (_what, expected, given) => {
    expect(violations(given).join('\n')).toMatch(expected);
  });
});
