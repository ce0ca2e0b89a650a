// A tree of a pattern in the syntax of the engines, and what it may cost them.
//
// JavaScript's own engine backtracks: its steps are bounded by the ways there are through the pattern. RE2 goes through the
// text once whatever the pattern, but knows neither what lies around nor references.

import { unreachable } from '../../base/assert.js';
import { printed } from './char-set.js';
import type { Tree } from './syntax.js';

/** Characters of the pattern when its counted repetitions are written out. */
export function sizeOf(tree: Tree): number {
  switch (tree.kind) {
    case 'sequence':
    case 'alternatives':
      return tree.items.reduce((sum, item) => sum + sizeOf(item), 1);
    case 'repeat':
      return sizeOf(tree.item) * Math.max(1, tree.max === Number.POSITIVE_INFINITY ? tree.min + 1 : tree.max);
    case 'group':
    case 'look':
      return sizeOf(tree.item);
    case 'one':
    case 'reference':
    case 'edge':
      return 1;
    default:
      return unreachable(tree);
  }
}

/** An upper bound of the ways through the pattern in a text of `length` characters: what a backtracking engine may try. */
export function waysThrough(tree: Tree, length: number): number {
  switch (tree.kind) {
    case 'sequence':
      return tree.items.reduce((product, item) => product * waysThrough(item, length), 1);
    case 'alternatives':
      return tree.items.reduce((sum, item) => sum + waysThrough(item, length), 0);
    case 'repeat': {
      const within = waysThrough(tree.item, length);
      if (within === 1) return Math.min(tree.max - tree.min, length) + 1;
      // A repetition of what has several ways multiplies them each time.
      return within ** Math.min(tree.max, length + 1) * (Math.min(tree.max - tree.min, length) + 1);
    }
    case 'group':
    case 'look':
      return waysThrough(tree.item, length);
    case 'one':
    case 'edge':
    case 'reference':
      return 1;
    default:
      return unreachable(tree);
  }
}

/** Whether any part of the tree is so. */
export function some(tree: Tree, is: (part: Tree) => boolean): boolean {
  if (is(tree)) return true;
  if (tree.kind === 'sequence' || tree.kind === 'alternatives') return tree.items.some((item) => some(item, is));
  return tree.kind === 'repeat' || tree.kind === 'group' || tree.kind === 'look' ? some(tree.item, is) : false;
}

/** Groups are numbered only where something refers to them. */
export interface Printing {
  readonly dialect: 'js' | 're2';
  readonly numbered: boolean;
}

export function print(tree: Tree, printing: Printing): string {
  const { dialect, numbered } = printing;
  switch (tree.kind) {
    case 'one': {
      const set = printed(tree.set, dialect);
      return tree.fold && dialect === 're2' ? `(?i:${set})` : set;
    }
    case 'sequence':
      return tree.items.length === 0
        ? '(?:)'
        : tree.items.map((item) => (item.kind === 'alternatives' ? `(?:${print(item, printing)})` : print(item, printing))).join('');
    case 'alternatives':
      return tree.items.map((item) => print(item, printing)).join('|');
    case 'repeat':
      return `(?:${print(tree.item, printing)})${quantifier(tree)}`;
    case 'group':
      return `${numbered ? '(' : '(?:'}${print(tree.item, printing)})`;
    case 'look':
      return `(${tree.sign}${print(tree.item, printing)})`;
    case 'reference':
      return `(?:\\${tree.group})`;
    case 'edge':
      return EDGES[dialect][tree.at];
    default:
      return unreachable(tree);
  }
}

function quantifier({ min, max, lazy }: Tree & { kind: 'repeat' }): string {
  const bounds = max === min ? `{${min}}` : max !== Number.POSITIVE_INFINITY ? `{${min},${max}}` : min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  return bounds + (lazy ? '?' : '');
}

const EDGES = {
  js: { start: '^', end: '$', lineStart: '(?<=^|[\\n\\r\\u0085\\u2028\\u2029])', lineEnd: '(?=$|[\\n\\r\\u0085\\u2028\\u2029])', word: '\\b', notWord: '\\B' },
  re2: { start: '\\A', end: '\\z', lineStart: '(?m:^)', lineEnd: '(?m:$)', word: '\\b', notWord: '\\B' },
} as const;
