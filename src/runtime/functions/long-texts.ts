// Long texts, which are worked on in turns, piece by piece. No piece ends within what is looked for, nor within a character.

import { checkListLength, checkTextLength } from '../../values/size.js';
import type { Value } from '../../values/value.js';
import type { MemoryAccount } from '../memory.js';
import { isPair, lengthOf, putCharacters, reverseText } from './characters.js';
import type { Turns } from './function.js';

export const PIECE_UNITS = 32_768;
/** As a list's items are counted. */
const SLOT_BYTES = 16;

export function pieces(memory: MemoryAccount, text: string, by: string): string[] {
  checkRoom(memory, by === '' ? lengthOf(text) : occurrences(text, by) + 1);
  if (by !== '') return text.split(by);
  const made: string[] = [];
  putCharacters(text, new Map(), made, 0);
  return made;
}

/** Whether a list of so many items may be made. It is counted when it is there. */
export function checkRoom(memory: MemoryAccount, items: number): void {
  checkListLength(items);
  memory.checkRoom(items * SLOT_BYTES);
}

/** Measured before it is made: a short text may grow without bound. */
export function replaced(text: string, search: string, by: string): string {
  if (by.length > search.length) checkTextLength(text.length + occurrences(text, search) * (by.length - search.length));
  // What replaceAll makes is a chain of pieces, which the next reader would have to put together in one go.
  return search === '' ? text.replace(/(?:)/gu, () => by) : text.split(search).join(by);
}

export function* replacedSliced(run: Turns, text: string, search: string, by: string): Generator<0, Value> {
  const made: string[] = [];
  let madeUnits = 0;
  for (let from = 0; from < text.length || from === 0; ) {
    const to = pieceEnd(text, search, from);
    // Before the first character, and after each.
    const piece =
      search === ''
        ? (from === 0 ? by : '') + text.slice(from, to).replace(/[\s\S]/gu, (character) => character + by)
        : replaced(text.slice(from, to), search, by);
    madeUnits += piece.length;
    checkTextLength(madeUnits + text.length - to);
    made.push(piece);
    if (to === from) break;
    from = to;
    if (run.due()) yield 0;
  }
  return made.join('');
}

export function* splitSliced(run: Turns, memory: MemoryAccount, text: string, by: string): Generator<0, string[]> {
  if (by === '') return yield* charactersSliced(run, memory, text);
  const made: string[] = [];
  // The last part of a piece goes on in the next one.
  let begun = '';
  for (let from = 0; from < text.length; ) {
    const to = pieceEnd(text, by, from);
    const parts = text.slice(from, to).split(by);
    parts[0] = begun + parts[0];
    begun = parts.pop() as string;
    for (const part of parts) made.push(part);
    checkRoom(memory, made.length + 1);
    from = to;
    if (run.due()) yield 0;
  }
  made.push(begun);
  return made;
}

function* charactersSliced(run: Turns, memory: MemoryAccount, text: string): Generator<0, string[]> {
  const count = lengthOf(text);
  checkRoom(memory, count);
  const known = new Map<number, string>();
  // At its whole size: a list that grows is copied again and again, which doubles the time.
  const made = new Array<string>(count);
  let place = 0;
  for (let from = 0; from < text.length; ) {
    const to = pieceEnd(text, '', from);
    place = putCharacters(text.slice(from, to), known, made, place);
    from = to;
    if (run.due()) yield 0;
  }
  return made;
}

export function* reversedSliced(run: Turns, text: string): Generator<0, Value> {
  return (yield* changedPieces(run, text, reverseText, characterEnd)).reverse().join('');
}

export function* changedPieces(
  run: Turns,
  text: string,
  change: (text: string) => string,
  end: (text: string, from: number) => number,
): Generator<0, string[]> {
  const made: string[] = [];
  let madeUnits = 0;
  for (let from = 0; from < text.length; ) {
    const to = end(text, from);
    const piece = change(text.slice(from, to));
    made.push(piece);
    madeUnits += piece.length;
    checkTextLength(madeUnits);
    from = to;
    if (run.due()) yield 0;
  }
  return made;
}

/** Whether a sigma is the last letter of its word, and so another one in lower case, is told by what stands around it. */
export function lowerCaseEnd(text: string, from: number): number {
  return from === 0 && text.includes('Σ') ? text.length : characterEnd(text, from);
}

/** What stands before these joins none of them, in no normal form. */
const aloneFrom = /[\0-\u02ff]/g;

export function normalEnd(text: string, from: number): number {
  aloneFrom.lastIndex = from + PIECE_UNITS;
  return aloneFrom.exec(text)?.index ?? text.length;
}

export function characterEnd(text: string, from: number): number {
  return pieceEnd(text, '', from);
}

/** After `PIECE_UNITS` or a little more; what is looked for is met from `from` on, one after the other. */
function pieceEnd(text: string, search: string, from: number): number {
  const end = Math.min(text.length, from + PIECE_UNITS);
  if (end === text.length) return end;
  if (search !== '') {
    // What begins before the end is in it as a whole.
    const looked = text.slice(from, end + search.length - 1);
    let after = 0;
    for (let at = looked.indexOf(search); at >= 0; at = looked.indexOf(search, after)) after = at + search.length;
    return Math.max(end, from + after);
  }
  return isPair(text, end - 1) ? end + 1 : end;
}

function occurrences(text: string, part: string): number {
  if (part === '') return text.length + 1;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}
