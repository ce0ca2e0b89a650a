// Java's regular expressions, read into a tree. All that they mean by flags is worked out here: the tree has none.
//
//   alternatives ::= sequence ('|' sequence)*        repeat ::= one ('*' | '+' | '?' | '{n}' | '{n,}' | '{n,m}') '?'?
//   sequence     ::= repeat*                         one    ::= character | escape | '[' class ']' | '(' … alternatives ')'

import { limits } from '../../base/limits.js';
import { failure } from '../../errors/catalogue.js';
import {
  anything,
  type CharSet,
  complement,
  foldedAscii,
  intersection,
  lineEnds,
  newline,
  ofRanges,
  property,
  shorthands,
  union,
  unsupported,
} from './char-set.js';

export type Tree =
  /** `fold`: in any case of Unicode. */
  | { readonly kind: 'one'; readonly set: CharSet; readonly fold: boolean }
  | { readonly kind: 'sequence'; readonly items: readonly Tree[] }
  | { readonly kind: 'alternatives'; readonly items: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly item: Tree; readonly min: number; readonly max: number; readonly lazy: boolean }
  | { readonly kind: 'group'; readonly number: number; readonly item: Tree }
  | { readonly kind: 'look'; readonly sign: '?=' | '?!' | '?<=' | '?<!'; readonly item: Tree }
  | { readonly kind: 'reference'; readonly group: number; readonly fold: boolean }
  | { readonly kind: 'edge'; readonly at: 'start' | 'end' | 'lineStart' | 'lineEnd' | 'word' | 'notWord' };

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly u: boolean;
  readonly x: boolean;
  readonly d: boolean;
}

const noFlags: Flags = { i: false, m: false, s: false, u: false, x: false, d: false };
const controls: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['f', 12],
  ['r', 13],
  ['a', 7],
  ['e', 27],
]);

export function parsePattern(source: string): Tree {
  return new PatternParser(source).parse();
}

class PatternParser {
  readonly #source: string;
  readonly #names: Map<string, number>;
  #at: number;
  #flags: Flags;
  #groups: number;
  #depth: number;

  constructor(source: string) {
    this.#source = source;
    this.#names = new Map();
    this.#at = 0;
    this.#flags = noFlags;
    this.#groups = 0;
    this.#depth = 0;
  }

  parse(): Tree {
    const tree = this.#alternatives();
    if (this.#at < this.#source.length) throw this.#invalid("Unmatched closing ')'", this.#at - 1);
    return tree;
  }

  #alternatives(): Tree {
    const items = [this.#sequence()];
    while (this.#taken('|')) items.push(this.#sequence());
    const ones = items.filter((item) => item.kind === 'one');
    // `a|b` is `[ab]`: one way instead of two.
    if (items.length > 1 && ones.length === items.length && ones.every((one) => !one.set.negated && one.fold === ones[0]?.fold)) {
      return { kind: 'one', set: ones.map((one) => one.set).reduce(union), fold: ones[0]?.fold === true };
    }
    return items.length === 1 ? (items[0] as Tree) : { kind: 'alternatives', items };
  }

  #sequence(): Tree {
    const items: Tree[] = [];
    for (;;) {
      if (this.#flags.x) this.#skipComments();
      const next = this.#peek();
      if (next === '' || next === '|' || next === ')') break;
      const item = this.#one();
      if (item !== undefined) items.push(this.#repeated(item));
    }
    return items.length === 1 ? (items[0] as Tree) : { kind: 'sequence', items };
  }

  #skipComments(): void {
    const found = /^(?:\s|#[^\n]*)+/.exec(this.#source.slice(this.#at));
    this.#at += found?.[0].length ?? 0;
  }

  /** undefined for what is only a change of flags. */
  #one(): Tree | undefined {
    const at = this.#at;
    const sign = this.#next();
    switch (sign) {
      case '(':
        return this.#group();
      case '[':
        return this.#set(this.#class());
      case '.':
        return { kind: 'one', set: this.#flags.s ? anything : complement(this.#flags.d ? newline : lineEnds), fold: false };
      case '^':
        return { kind: 'edge', at: this.#flags.m ? 'lineStart' : 'start' };
      case '$':
        return { kind: 'edge', at: this.#flags.m ? 'lineEnd' : 'end' };
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw this.#invalid(`Dangling meta character '${sign}'`, at);
      case '{':
        throw this.#invalid('Illegal repetition', at);
      default:
        return this.#set(character(sign));
    }
  }

  #set(set: CharSet): Tree {
    const { i, u } = this.#flags;
    return { kind: 'one', set: i && !u ? foldedAscii(set) : set, fold: i && u };
  }

  #repeated(first: Tree): Tree {
    let item = first;
    for (;;) {
      if (this.#flags.x) this.#skipComments();
      const bounds = this.#bounds();
      if (bounds === undefined) return item;
      if (this.#taken('+')) throw unsupported('possessive quantifiers');
      item = { kind: 'repeat', item, ...bounds, lazy: this.#taken('?') };
    }
  }

  #bounds(): { readonly min: number; readonly max: number } | undefined {
    if (this.#taken('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#taken('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#taken('?')) return { min: 0, max: 1 };
    if (this.#peek() !== '{') return undefined;
    const at = this.#at;
    const found = /^\{(\d+)(,?)(\d*)\}/.exec(this.#source.slice(at, at + 30));
    if (found === null) throw this.#invalid('Illegal repetition', at);
    const [whole, least, comma, most] = found;
    const min = Number(least);
    const max = comma === '' ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    if (max < min) throw this.#invalid('Illegal repetition range', at);
    if (min > limits.patternRepetitionsMax || (max > limits.patternRepetitionsMax && max !== Number.POSITIVE_INFINITY)) {
      throw failure('limitExceeded', `A regular expression may count to ${limits.patternRepetitionsMax} (limits.pattern_repetitions), not to ${whole}.`);
    }
    this.#at += whole.length;
    return { min, max };
  }

  // ------------------------------------------------------------ groups

  #group(): Tree | undefined {
    if (++this.#depth > limits.patternDepthMax) {
      throw failure('limitExceeded', `A regular expression may nest ${limits.patternDepthMax} deep (limits.pattern_depth).`);
    }
    const before = this.#flags;
    const opened = this.#at - 1;
    if (!this.#taken('?')) return this.#closed(before, opened, ++this.#groups);
    const look = ['?=', '?!', '?<=', '?<!'].find((sign) => this.#taken(sign.slice(1))) as (Tree & { kind: 'look' })['sign'] | undefined;
    if (look !== undefined) return { kind: 'look', sign: look, item: this.#closed(before, opened, undefined) };
    if (this.#taken('>')) throw unsupported('atomic groups');
    const name = /^<([A-Za-z][A-Za-z0-9]*)>/.exec(this.#source.slice(this.#at))?.[1];
    if (name !== undefined) {
      this.#at += name.length + 2;
      this.#names.set(name, ++this.#groups);
      return this.#closed(before, opened, this.#groups);
    }
    const [flags, on, off] = /^([a-zA-Z]*)(?:-([a-zA-Z]*))?/.exec(this.#source.slice(this.#at)) ?? [''];
    this.#at += flags.length;
    this.#flags = this.#changed(on ?? '', off ?? '');
    if (this.#taken(':')) return this.#closed(before, opened, undefined);
    if (!this.#taken(')')) throw this.#invalid('Unknown inline modifier', this.#at);
    this.#depth--;
    return undefined;
  }

  #closed(before: Flags, opened: number, number: number | undefined): Tree {
    const item = this.#alternatives();
    if (!this.#taken(')')) throw this.#invalid('Unclosed group', Math.max(this.#source.length, opened));
    this.#flags = before;
    this.#depth--;
    return number === undefined ? item : { kind: 'group', number, item };
  }

  #changed(on: string, off: string): Flags {
    const flags: Record<string, boolean> = { ...this.#flags };
    for (const [letters, value] of [
      [on, true],
      [off, false],
    ] as const) {
      for (const letter of letters) {
        if (letter === 'U') throw unsupported('the flag U');
        if (flags[letter] === undefined) throw this.#invalid('Unknown inline modifier', this.#at - 1);
        flags[letter] = value;
      }
    }
    return flags as unknown as Flags;
  }

  // ------------------------------------------------------------ escapes

  #escape(): Tree {
    const sign = this.#peek();
    switch (sign) {
      case 'Q':
        return this.#quoted();
      case 'b':
      case 'B':
      case 'A':
      case 'z':
      case 'Z':
        this.#at++;
        return { kind: 'edge', at: sign === 'b' ? 'word' : sign === 'B' ? 'notWord' : sign === 'A' ? 'start' : 'end' };
      case 'R': {
        this.#at++;
        const pair: Tree = { kind: 'sequence', items: [this.#set(character('\r')), this.#set(character('\n'))] };
        return { kind: 'alternatives', items: [pair, { kind: 'one', set: shorthands.get('v') as CharSet, fold: false }] };
      }
      case 'G':
      case 'X':
        throw unsupported(`\\${sign}`);
      case 'k': {
        const name = /^k<([A-Za-z][A-Za-z0-9]*)>/.exec(this.#source.slice(this.#at))?.[1];
        const group = name === undefined ? undefined : this.#names.get(name);
        if (name === undefined || group === undefined) throw this.#invalid('Named capturing group is missing', this.#at);
        this.#at += name.length + 3;
        return { kind: 'reference', group, fold: this.#flags.i };
      }
      default:
        if (/[1-9]/.test(sign)) return this.#reference();
        return this.#set(this.#escapedSet());
    }
  }

  #reference(): Tree {
    const group = Number(this.#next());
    // A group that is not there never matched: nothing equals it.
    if (group > this.#groups) return { kind: 'one', set: ofRanges(), fold: false };
    return { kind: 'reference', group, fold: this.#flags.i };
  }

  /** `\Q…\E`, or to the end. */
  #quoted(): Tree {
    const end = this.#source.indexOf('\\E', this.#at);
    const text = this.#source.slice(this.#at + 1, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#source.length : end + 2;
    return { kind: 'sequence', items: [...text].map((one) => this.#set(character(one))) };
  }

  /** What stands for one character, after its backslash. */
  #escapedSet(): CharSet {
    const at = this.#at;
    const sign = this.#next();
    const known = shorthands.get(sign);
    if (known !== undefined) return known;
    const control = controls.get(sign);
    if (control !== undefined) return ofRanges([control, control]);
    if (sign === 'p' || sign === 'P') return this.#property(sign === 'P');
    if (sign === 'c') return character(String.fromCharCode(this.#next().charCodeAt(0) ^ 64));
    const code = this.#code(sign);
    if (code !== undefined) return ofRanges([code, code]);
    if (sign === '') throw this.#invalid('Unexpected internal error', at);
    if (/[A-Za-z0-9]/.test(sign)) throw this.#invalid('Illegal/unsupported escape sequence', at);
    return character(sign);
  }

  /** `\x41`, `\x{1f600}`, `\u0041`, `\0101`. */
  #code(sign: string): number | undefined {
    const form =
      sign === 'x' ? /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{2}))/ : sign === 'u' ? /^([0-9a-fA-F]{4})/ : sign === '0' ? /^([0-3]?[0-7]{1,2})/ : undefined;
    if (form === undefined) return undefined;
    const found = form.exec(this.#source.slice(this.#at, this.#at + 10));
    const digits = found?.[1] ?? found?.[2];
    const code = digits === undefined ? Number.NaN : Number.parseInt(digits, sign === '0' ? 8 : 16);
    if (found === null || !(code <= 0x10ffff)) throw this.#invalid('Illegal escape sequence', this.#at);
    this.#at += found[0].length;
    return code;
  }

  #property(negated: boolean): CharSet {
    const at = this.#at;
    const found = /^(?:\{(\^?)([A-Za-z_=]+)\}|([A-Z]))/.exec(this.#source.slice(at, at + 60));
    const name = found?.[2] ?? found?.[3];
    if (found === null || name === undefined) throw this.#invalid('Unclosed character family', at);
    this.#at += found[0].length;
    const set = property(name);
    if (set === undefined) throw this.#invalid(`Unknown character property name {${name}}`, this.#at - 1);
    return negated !== (found[1] === '^') ? complement(set) : set;
  }

  // ------------------------------------------------------------ classes

  /** After the opening bracket: `[a-z&&[^aeiou]]`. */
  #class(): CharSet {
    if (++this.#depth > limits.patternDepthMax)
      throw failure('limitExceeded', `Character classes may nest ${limits.patternDepthMax} deep (limits.pattern_depth).`);
    const negated = this.#taken('^');
    let whole: CharSet | undefined;
    let part = ofRanges();
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#peek() === '') throw this.#invalid('Unclosed character class', this.#source.length - 1);
      if (this.#taken('&&')) {
        whole = whole === undefined ? part : intersection(whole, part);
        part = ofRanges();
        if (this.#peek() === ']') break;
      }
      part = union(part, this.#member());
    }
    this.#at++;
    this.#depth--;
    const found = whole === undefined ? part : intersection(whole, part);
    // Folded before it is negated: `(?i)[^a]` is neither case.
    const { i, u } = this.#flags;
    const folded = i && !u ? foldedAscii(found) : found;
    return negated ? complement(folded) : folded;
  }

  #member(): CharSet {
    if (this.#taken('[')) return this.#class();
    if (this.#source.startsWith('\\Q', this.#at)) {
      this.#at++;
      const quoted = this.#quoted();
      return quoted.kind === 'sequence' ? quoted.items.reduce((set, item) => (item.kind === 'one' ? union(set, item.set) : set), ofRanges()) : ofRanges();
    }
    const first = this.#taken('\\') ? this.#escapedSet() : character(this.#next());
    const from = single(first);
    const after = this.#source[this.#at + 1];
    if (from === undefined || this.#peek() !== '-' || after === ']' || after === '[' || after === undefined) return first;
    const at = this.#at++;
    const last = single(this.#taken('\\') ? this.#escapedSet() : character(this.#next()));
    if (last === undefined || last < from) throw this.#invalid('Illegal character range', at);
    return ofRanges([from, last]);
  }

  // ------------------------------------------------------------ text

  /** The next character, a whole code point; empty at the end. */
  #peek(): string {
    const code = this.#source.codePointAt(this.#at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #next(): string {
    const sign = this.#peek();
    this.#at += sign.length;
    return sign;
  }

  #taken(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #invalid(what: string, index: number): Error {
    return failure('semanticError', `Invalid Regex: ${what}${index < 0 ? '' : ` near index ${index}`}\n${this.#source}`);
  }
}

function character(sign: string): CharSet {
  const code = sign.codePointAt(0) ?? 0;
  return ofRanges([code, code]);
}

function single(set: CharSet): number | undefined {
  const [only] = set.ranges;
  return set.ranges.length === 1 && set.properties.length === 0 && only !== undefined && only[0] === only[1] ? only[0] : undefined;
}
