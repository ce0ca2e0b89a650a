// Characters are code points, as a reader counts; a string has a unit or two for each. Plain loops over units, and only over those
// that matter: a list of the characters of the longest text takes a second to make.

const surrogate = /[\ud800-\udfff]/;
/** A call takes its arguments on the stack. */
const UNITS_AT_ONCE = 8192;

/** Whether the two units from `at` on are one character. */
export function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

/** Characters, not UTF-16 units. */
export function lengthOf(text: string): number {
  let { length } = text;
  if (!surrogate.test(text)) return length;
  for (let at = 0; at < text.length; at++) if (isPair(text, at)) length -= 1;
  return length;
}

/** The unit that is `count` characters after the unit `from`, or the end. */
export function unitAfter(text: string, from: number, count: number): number {
  let to = Math.min(text.length, from + count);
  if (!surrogate.test(text.slice(from, to))) return to;
  to = from;
  for (let left = count; left > 0 && to < text.length; left--) to += isPair(text, to) ? 2 : 1;
  return to;
}

/** The unit from which on the text has `count` characters, or its beginning. */
export function unitBeforeEnd(text: string, count: number): number {
  let from = Math.max(0, text.length - count);
  if (!surrogate.test(text.slice(from))) return from;
  from = text.length;
  for (let left = count; left > 0 && from > 0; left--) from -= from > 1 && isPair(text, from - 2) ? 2 : 1;
  return from;
}

/**
 * Puts each into `made` from `place` on, and gives the place after them. `known` has those that were met: a long text has few
 * different ones, and each of them is one string.
 */
export function putCharacters(text: string, known: Map<number, string>, made: string[], place: number): number {
  let next = place;
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at) as number;
    let character = known.get(point);
    if (character === undefined) {
      character = String.fromCodePoint(point);
      known.set(point, character);
    }
    made[next++] = character;
    at += character.length;
  }
  return next;
}

export function reverseText(text: string): string {
  let reversed = '';
  for (let to = text.length; to > 0; ) {
    const units: number[] = [];
    while (to > 0 && units.length < UNITS_AT_ONCE) {
      const at = to > 1 && isPair(text, to - 2) ? to - 2 : to - 1;
      units.push(text.charCodeAt(at));
      if (at === to - 2) units.push(text.charCodeAt(at + 1));
      to = at;
    }
    // Spread, they would be gone through one by one: twice the time.
    reversed += String.fromCharCode.apply(null, units);
  }
  return reversed;
}

/** The unit at which the text begins without any of these characters before it. */
export function trimmedStart(text: string, characters: ReadonlySet<number>): number {
  let from = 0;
  while (from < text.length && characters.has(text.codePointAt(from) as number)) from += isPair(text, from) ? 2 : 1;
  return from;
}

/** The unit at which the text ends without any of these characters after it; not before `from`. */
export function trimmedEnd(text: string, characters: ReadonlySet<number>, from: number): number {
  let to = text.length;
  while (to > from) {
    const last = to - (to > 1 && isPair(text, to - 2) ? 2 : 1);
    if (!characters.has(text.codePointAt(last) as number)) break;
    to = last;
  }
  return to;
}

export function charactersOf(text: string): ReadonlySet<number> {
  const characters = new Set<number>();
  for (let at = 0; at < text.length; at++) {
    characters.add(text.codePointAt(at) as number);
    if (isPair(text, at)) at++;
  }
  return characters;
}
