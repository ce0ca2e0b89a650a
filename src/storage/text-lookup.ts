// Reading the tree of a text index, whose keys are pieces of strings (text-keys.ts). A question about a part of a string is a text that
// stands, marks and all, in every marked string for which the answer is yes:
//
//   equals 'Ann'      ⊢Ann⊣⊣    all of its pieces lie in such a string; so the ids of its rarest piece, of which those stay
//   startsWith 'Ann'  ⊢Ann      that other rare pieces have too
//   endsWith 'Ann'    Ann⊣⊣
//   contains 'Ann'    Ann
//   contains 'An'     An        shorter than a piece: the ids of all pieces that begin with it
//   contains ''       ⊢         what every marked string begins with
//
// What is found may be so and need not: whoever asks looks at the strings. Marks inside strings or questions only add to what is found.

import type { IdCursor, TextQuestion } from '../graph/reader.js';
import { IndexLookup, noEntities } from './index-lookup.js';
import { BEGIN, END, LONG, PIECE_UNITS, piecesOf, TEXT_UNITS_MAX } from './text-keys.js';
import { childFor, type Key, placeInLeaf, type TreeNode } from './tree.js';

/** Of a longer question so many pieces are looked at, evenly spread. */
const PIECES_MAX = 32;
/** Going through a list of ids costs less than looking at as many strings, as long as it is not so many times longer. */
const LENGTH_RATIO_MAX = 4;
/** Lists that the rarest one is compared with: each leaves less for the next to take away. */
const OTHER_LISTS_MAX = 3;

export class TextLookup {
  readonly #root: TreeNode;
  readonly #lists: IndexLookup;

  constructor(root: TreeNode) {
    this.#root = root;
    this.#lists = new IndexLookup(root);
  }

  /** Each id once; those of a chunk ascend. */
  candidates(question: TextQuestion, text: string): IdCursor {
    const long = this.#lists.prefix(LONG);
    if (text.length > TEXT_UNITS_MAX) return long;
    const part = partOf(question, text);
    const found = part.length < PIECE_UNITS ? new OnceEach(this.#lists.startsWith([], part)) : this.#withAll(piecesOf(part));
    return question === 'equals' ? found : new OneAfterAnother([found, long]);
  }

  #withAll(pieces: readonly string[]): IdCursor {
    const lists = spread(pieces, PIECES_MAX)
      .map((piece) => ({ piece, share: shareOf(this.#root, [piece]) }))
      .sort((a, b) => a.share - b.share);
    const [rarest, ...others] = lists;
    if (rarest === undefined) return noEntities;
    const worthIt = others.filter(({ share }) => share <= LENGTH_RATIO_MAX * rarest.share).slice(0, OTHER_LISTS_MAX);
    const rest = worthIt.map(({ piece }) => new Ascent(this.#lists.prefix([piece])));
    return new InAll(this.#lists.prefix([rarest.piece]), rest);
  }
}

function partOf(question: TextQuestion, text: string): string {
  switch (question) {
    case 'equals':
      return BEGIN + text + END + END;
    case 'startsWith':
      return BEGIN + text;
    case 'endsWith':
      return text === '' ? BEGIN : text + END + END;
    case 'contains':
      return text === '' ? BEGIN : text;
  }
}

/** The first, the last, and others between at even distances. */
function spread(pieces: readonly string[], countMax: number): readonly string[] {
  if (pieces.length <= countMax) return pieces;
  return Array.from({ length: countMax }, (_, step) => pieces[Math.round((step * (pieces.length - 1)) / (countMax - 1))] as string);
}

/** Which share of all pairs has the key, by where it begins and ends in the tree: an estimate, as if all children held as much. */
function shareOf(root: TreeNode, key: Key): number {
  return shareBelow(root, key, 2 ** 31) - shareBelow(root, key, -1);
}

function shareBelow(root: TreeNode, key: Key, id: number): number {
  let [below, width, node] = [0, 1, root];
  while (node.kind === 'branch') {
    const place = childFor(node, key, id);
    width /= node.children.length;
    below += place * width;
    node = node.children[place] as TreeNode;
  }
  return below + (width * placeInLeaf(node, key, id)) / Math.max(1, node.count);
}

/** A cursor whose ids ascend, gone along by ascending ids. */
class Ascent {
  readonly #cursor: IdCursor;
  #place: number;
  #more: boolean;

  constructor(cursor: IdCursor) {
    this.#cursor = cursor;
    this.#more = cursor.next();
    this.#place = cursor.start;
  }

  has(id: number): boolean {
    const cursor = this.#cursor;
    while (this.#more) {
      if ((cursor.ids[cursor.end - 1] as number) >= id) {
        while ((cursor.ids[this.#place] as number) < id) this.#place += 1;
        return cursor.ids[this.#place] === id;
      }
      this.#more = cursor.next();
      this.#place = cursor.start;
    }
    return false;
  }
}

/** Keeps some ids of the chunks of another cursor, in chunks of its own. */
abstract class Kept implements IdCursor {
  ids: Int32Array;
  start: number;
  end: number;
  readonly #source: IdCursor;

  constructor(source: IdCursor) {
    this.ids = new Int32Array(0);
    this.start = 0;
    this.end = 0;
    this.#source = source;
  }

  next(): boolean {
    const source = this.#source;
    while (source.next()) {
      if (this.ids.length < source.end - source.start) this.ids = new Int32Array(source.end - source.start);
      this.end = 0;
      for (let place = source.start; place < source.end; place++) {
        const id = source.ids[place] as number;
        if (this.keeps(id)) this.ids[this.end++] = id;
      }
      this.chunkIsMade();
      if (this.end > 0) return true;
    }
    return false;
  }

  protected abstract keeps(id: number): boolean;
  protected chunkIsMade(): void {}
}

/** The ids of an ascending cursor that are in all the others too. */
class InAll extends Kept {
  readonly #others: readonly Ascent[];

  constructor(source: IdCursor, others: readonly Ascent[]) {
    super(source);
    this.#others = others;
  }

  protected keeps(id: number): boolean {
    for (const other of this.#others) if (!other.has(id)) return false;
    return true;
  }
}

const BITS_PER_PAGE = 2 ** 15;

/** The ids of many lists, one list after the other: the first of several that are the same. */
class OnceEach extends Kept {
  /** A bit for each id that came, in pages. */
  readonly #seen: Map<number, Int32Array>;

  constructor(source: IdCursor) {
    super(source);
    this.#seen = new Map();
  }

  protected keeps(id: number): boolean {
    const number = Math.floor(id / BITS_PER_PAGE);
    let page = this.#seen.get(number);
    if (page === undefined) {
      page = new Int32Array(BITS_PER_PAGE / 32);
      this.#seen.set(number, page);
    }
    const [word, bit] = [(id % BITS_PER_PAGE) >>> 5, 1 << (id & 31)];
    const isNew = ((page[word] as number) & bit) === 0;
    page[word] = (page[word] as number) | bit;
    return isNew;
  }

  /** A chunk may hold the end of one list and the beginning of the next. */
  protected override chunkIsMade(): void {
    this.ids.subarray(0, this.end).sort();
  }
}

class OneAfterAnother implements IdCursor {
  ids: Int32Array;
  start: number;
  end: number;
  readonly #cursors: readonly IdCursor[];
  #at: number;

  constructor(cursors: readonly IdCursor[]) {
    this.ids = new Int32Array(0);
    this.start = 0;
    this.end = 0;
    this.#cursors = cursors;
    this.#at = 0;
  }

  next(): boolean {
    for (; this.#at < this.#cursors.length; this.#at++) {
      const cursor = this.#cursors[this.#at] as IdCursor;
      if (!cursor.next()) continue;
      this.ids = cursor.ids;
      this.start = cursor.start;
      this.end = cursor.end;
      return true;
    }
    return false;
  }
}
