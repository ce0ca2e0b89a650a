// What a text index finds, against a look at every string: all that is so, each once, and not much that is not.

import { describe, expect, it } from 'vitest';
import { below, seededRandom } from '../base/random.js';
import type { IdCursor, TextQuestion } from '../graph/reader.js';
import { BEGIN, END, TEXT_UNITS_MAX, textKeys } from './text-keys.js';
import { TextLookup } from './text-lookup.js';
import { emptyTree, insert, remove, type TreeNode } from './tree.js';

const is: Readonly<Record<TextQuestion, (text: string, part: string) => boolean>> = {
  equals: (text, part) => text === part,
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};
const questions = Object.keys(is) as readonly TextQuestion[];

function treeOf(texts: readonly string[]): TreeNode {
  let root = emptyTree();
  texts.forEach((text, id) => {
    for (const key of textKeys(text)) root = insert(root, 1, key, id);
  });
  return root;
}

/** Every id that a lookup gives; fails where a chunk does not ascend or an id comes twice. */
function found(cursor: IdCursor): ReadonlySet<number> {
  const ids = new Set<number>();
  while (cursor.next()) {
    for (let place = cursor.start; place < cursor.end; place++) {
      const id = cursor.ids[place] as number;
      if (ids.has(id)) throw new Error(`${id} comes twice`);
      if (place > cursor.start && id < (cursor.ids[place - 1] as number)) throw new Error(`${id} comes late`);
      ids.add(id);
    }
  }
  return ids;
}

function missed(root: TreeNode, texts: readonly string[], question: TextQuestion, part: string): readonly string[] {
  const ids = found(new TextLookup(root).candidates(question, part));
  return texts.filter((text, id) => is[question](text, part) && !ids.has(id));
}

const alphabets = ['ab', 'abcdefgh', '𝄞𝄢a', `a${BEGIN}${END}`, 'ÄßŁ漢\u0000 '];

describe('a text index', () => {
  it('finds every string that has the part, whatever is in either', () => {
    const random = seededRandom(7);
    // Units, not characters: halves of surrogate pairs are asked for too.
    const text = (alphabet: string, unitsMax: number) =>
      Array.from({ length: below(random, unitsMax + 1) }, () => alphabet[below(random, alphabet.length)]).join('');
    for (const alphabet of alphabets) {
      const texts = Array.from({ length: 300 }, () => text(alphabet, 12));
      texts.push('', 'a'.repeat(50), 'x'.repeat(TEXT_UNITS_MAX) + alphabet, 'ab'.repeat(TEXT_UNITS_MAX), alphabet.repeat(40));
      const root = treeOf(texts);
      const parts = Array.from({ length: 60 }, () => text(alphabet, 6));
      for (let count = 0; count < 40; count++) {
        const one = texts[below(random, texts.length)] as string;
        const at = below(random, one.length + 1);
        parts.push(one.slice(at, at + below(random, 9)), one.slice(0, at), one.slice(at), one);
      }
      const wrong = parts.flatMap((part) => questions.flatMap((question) => missed(root, texts, question, part).map((one) => [question, part, one])));
      expect(wrong).toEqual([]);
    }
  });

  it('finds little else', () => {
    const texts = Array.from({ length: 3000 }, (_, id) => `name ${id} of many`);
    const root = treeOf(texts);
    const count = (question: TextQuestion, part: string) => found(new TextLookup(root).candidates(question, part)).size;
    expect(count('contains', '1234')).toBe(1);
    expect(count('contains', 'name 77')).toBeLessThan(60);
    expect(count('equals', 'name 77 of many')).toBeLessThan(60);
    expect(count('endsWith', ' of many')).toBe(3000);
    expect(count('endsWith', 'name')).toBe(0);
    expect(count('startsWith', 'of')).toBe(0);
    expect(count('startsWith', 'n')).toBe(3000);
    expect(count('contains', 'zzz')).toBe(0);
  });

  it('has strings that are too long for pieces in every answer but to equality', () => {
    const long = 'l'.repeat(TEXT_UNITS_MAX + 1);
    const root = treeOf(['abc', long]);
    for (const question of questions) {
      const ids = found(new TextLookup(root).candidates(question, 'abc'));
      expect([...ids]).toEqual(question === 'equals' ? [0] : [0, 1]);
      expect([...found(new TextLookup(root).candidates(question, long))]).toEqual([1]);
    }
  });

  it('finds nothing of what was taken out', () => {
    const texts = ['banana', 'bandana', 'ban'];
    let root = treeOf(texts);
    for (const key of textKeys('bandana')) root = remove(root, 1, key, 1);
    expect([...found(new TextLookup(root).candidates('contains', 'ana'))]).toEqual([0]);
    expect([...found(new TextLookup(root).candidates('contains', 'a'))].sort()).toEqual([0, 2]);
  });
});
