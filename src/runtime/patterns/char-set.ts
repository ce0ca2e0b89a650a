// Sets of characters as sorted, disjoint ranges of code points, beside Unicode properties that only the engines know.
//
// What Java's classes mean is worked out here, so that every engine is given the same plain ranges.

import { failure } from '../../errors/catalogue.js';

export type Range = readonly [first: number, last: number];

export interface CharSet {
  readonly ranges: readonly Range[];
  /** Inside of `\p{…}`, with `^` before it where it is negated. */
  readonly properties: readonly string[];
  /** Everything but the above. */
  readonly negated: boolean;
}

const LAST = 0x10ffff;

export function ofRanges(...ranges: readonly Range[]): CharSet {
  return { ranges: merged(ranges), properties: [], negated: false };
}

function merged(ranges: readonly Range[]): readonly Range[] {
  const found: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = found.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else found.push([first, last]);
  }
  return found;
}

export function complement(set: CharSet): CharSet {
  if (set.properties.length > 0) return { ...set, negated: !set.negated };
  const found: Range[] = [];
  let from = 0;
  for (const [first, last] of set.ranges) {
    if (first > from) found.push([from, first - 1]);
    from = last + 1;
  }
  if (from <= LAST) found.push([from, LAST]);
  return { ranges: found, properties: [], negated: false };
}

export function union(a: CharSet, b: CharSet): CharSet {
  if (a.negated || b.negated) throw unsupported('a negated class of Unicode properties within a class');
  return { ranges: merged([...a.ranges, ...b.ranges]), properties: [...a.properties, ...b.properties], negated: false };
}

export function intersection(a: CharSet, b: CharSet): CharSet {
  if (a.properties.length > 0 || b.properties.length > 0) throw unsupported('an intersection with Unicode properties');
  return complement(union(complement(a), complement(b)));
}

/** With the other case of the letters A to Z: Java's `(?i)` knows no others. */
export function foldedAscii(set: CharSet): CharSet {
  const other: Range[] = [];
  for (const [first, last] of set.ranges) {
    for (const [from, to, shift] of [
      [0x41, 0x5a, 32],
      [0x61, 0x7a, -32],
    ] as const) {
      if (first <= to && last >= from) other.push([Math.max(first, from) + shift, Math.min(last, to) + shift]);
    }
  }
  return other.length === 0 ? set : { ...set, ranges: merged([...set.ranges, ...other]) };
}

const digits = ofRanges([0x30, 0x39]);
const lower = ofRanges([0x61, 0x7a]);
const upper = ofRanges([0x41, 0x5a]);
const alphabetic = union(lower, upper);
const alphanumeric = union(alphabetic, digits);
const punctuation = ofRanges([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e]);
const spaces = ofRanges([0x09, 0x0d], [0x20, 0x20]);
const horizontalSpaces = ofRanges(
  [0x09, 0x09],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x180e, 0x180e],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
);
const verticalSpaces = ofRanges([0x0a, 0x0d], [0x85, 0x85], [0x2028, 0x2029]);
export const lineEnds = ofRanges([0x0a, 0x0a], [0x0d, 0x0d], [0x85, 0x85], [0x2028, 0x2029]);
export const newline = ofRanges([0x0a, 0x0a]);
export const anything = ofRanges([0, LAST]);

/** `\d`, `\W` and so on. */
export const shorthands: ReadonlyMap<string, CharSet> = new Map(
  [
    ['d', digits] as const,
    ['w', union(alphanumeric, ofRanges([0x5f, 0x5f]))] as const,
    ['s', spaces] as const,
    ['h', horizontalSpaces] as const,
    ['v', verticalSpaces] as const,
  ].flatMap(([letter, set]) => [[letter, set] as const, [letter.toUpperCase(), complement(set)] as const]),
);

/** The names that Java has from POSIX. */
const posix: ReadonlyMap<string, CharSet> = new Map([
  ['Lower', lower],
  ['Upper', upper],
  ['ASCII', ofRanges([0, 0x7f])],
  ['Alpha', alphabetic],
  ['Digit', digits],
  ['Alnum', alphanumeric],
  ['Punct', punctuation],
  ['Graph', union(alphanumeric, punctuation)],
  ['Print', union(union(alphanumeric, punctuation), ofRanges([0x20, 0x20]))],
  ['Blank', ofRanges([0x09, 0x09], [0x20, 0x20])],
  ['Cntrl', ofRanges([0, 0x1f], [0x7f, 0x7f])],
  ['XDigit', union(digits, ofRanges([0x41, 0x46], [0x61, 0x66]))],
  ['Space', spaces],
]);

const generalCategory = /^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfon]?)$/;

/** `\p{name}`; undefined for a name that is not known. */
export function property(name: string): CharSet | undefined {
  const known = posix.get(name);
  if (known !== undefined) return known;
  const plain = name.replace(/^Is/, '');
  if (generalCategory.test(plain)) return { ranges: [], properties: [plain], negated: false };
  const script = /^(?:Is|script=|sc=)([A-Z][A-Za-z_]+)$/.exec(name)?.[1];
  if (script === undefined || !isScript(script)) return undefined;
  return { ranges: [], properties: [script], negated: false };
}

function isScript(name: string): boolean {
  try {
    new RegExp(`\\p{Script=${name}}`, 'u');
    return true;
  } catch {
    return false;
  }
}

/** The set in JavaScript's syntax (under the flag u), or in RE2's. */
export function printed(set: CharSet, dialect: 'js' | 're2'): string {
  const point = (code: number) => (dialect === 'js' ? `\\u{${code.toString(16)}}` : `\\x{${code.toString(16)}}`);
  const named = (name: string) => (dialect === 'js' && !generalCategory.test(name) ? `\\p{Script=${name}}` : `\\p{${name}}`);
  const ranges = set.ranges.map(([first, last]) => (first === last ? point(first) : `${point(first)}-${point(last)}`));
  const [only] = set.ranges;
  if (!set.negated && set.properties.length === 0) {
    if (only === undefined) return dialect === 'js' ? '[]' : '[^\\x{0}-\\x{10ffff}]';
    if (set.ranges.length === 1 && only[0] === only[1]) return point(only[0]);
  }
  return `[${set.negated ? '^' : ''}${ranges.join('')}${set.properties.map(named).join('')}]`;
}

/** What Java has and this server has not. */
export function unsupported(what: string): Error {
  return failure('featureMissing', `A regular expression with ${what} is not supported.`);
}
