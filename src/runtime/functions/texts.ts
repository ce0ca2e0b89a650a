// Functions of strings.

import { failure } from '../../errors/catalogue.js';
import { checkListLength, checkTextLength } from '../../values/size.js';
import { toText } from '../../values/text.js';
import { CypherFloat, isSimple, type Value } from '../../values/value.js';
import { between, exactly, type FunctionTable, inTurns, type ScalarFunction, type Turns, takingNull, wrongType } from './function.js';
import { integerArgument } from './numbers.js';

function textOf(name: string, value: Value): string {
  if (typeof value === 'string') return value;
  throw wrongType(name, value, 'a string');
}

function onText(name: string, change: (text: string) => Value): ScalarFunction {
  return exactly(1, (value) => change(textOf(name, value as Value)));
}

/** Counts are of characters (code points), as a reader counts. */
function count(name: string, value: Value, what = 'length'): number {
  const length = integerArgument(name, value);
  if (length < 0) throw failure('argumentError', `Invalid argument for function '${name}()': the ${what} must not be negative`);
  return length;
}

const surrogate = /[\ud800-\udfff]/;

/** Characters, not UTF-16 units. */
export function lengthOf(text: string): number {
  let { length } = text;
  if (!surrogate.test(text)) return length;
  for (let at = 0; at < text.length; at++) if ((text.codePointAt(at) as number) > 0xffff) length -= 1;
  return length;
}

/** From one character to before another. Most texts have one unit for each. */
function part(text: string, from: number, to: number | undefined): string {
  return surrogate.test(text) ? [...text].slice(from, to).join('') : text.slice(from, to);
}

function substring(value: Value, start: Value, length: Value = null): Value {
  const from = count('substring', start, 'start');
  return part(textOf('substring', value), from, length === null ? undefined : from + count('substring', length));
}

function split(value: Value, delimiter: Value): Value {
  const text = textOf('split', value);
  if (Array.isArray(delimiter)) {
    let parts = [text];
    for (const one of delimiter as readonly Value[]) parts = parts.flatMap((part) => pieces(part, textOf('split', one)));
    return parts;
  }
  return pieces(text, textOf('split', delimiter));
}

function pieces(text: string, by: string): string[] {
  checkListLength(occurrences(text, by));
  return by === '' ? [...text] : text.split(by);
}

/** Measured before it is made: a short text may grow without bound. */
function replaced(text: string, search: string, by: string): string {
  if (by.length > search.length) checkTextLength(text.length + occurrences(text, search) * (by.length - search.length));
  // What replaceAll makes is a chain of pieces, which the next reader would have to put together in one go.
  return search === '' ? text.replaceAll('', () => by) : text.split(search).join(by);
}

// In turns: a long text is worked on piece by piece. No piece ends within what is looked for, nor within a character.

const PIECE_UNITS = 32_768;

function* replacedSliced(run: Turns, text: string, search: string, by: string): Generator<0, Value> {
  const made: string[] = [];
  let madeUnits = 0;
  for (let from = 0; from < text.length || from === 0; ) {
    const to = pieceEnd(text, search, from);
    // Before the first character, and after each.
    const piece =
      search === '' ? (from === 0 ? by : '') + text.slice(from, to).replace(/[\s\S]/g, (unit) => unit + by) : replaced(text.slice(from, to), search, by);
    madeUnits += piece.length;
    checkTextLength(madeUnits + text.length - to);
    made.push(piece);
    if (to === from) break;
    from = to;
    if (run.due()) yield 0;
  }
  return made.join('');
}

function* splitSliced(run: Turns, text: string, by: string): Generator<0, string[]> {
  const made: string[] = [];
  // The last part of a piece goes on in the next one.
  let begun = '';
  for (let from = 0; from < text.length; ) {
    const to = pieceEnd(text, by, from);
    const parts = by === '' ? [...text.slice(from, to)] : text.slice(from, to).split(by);
    if (by !== '') {
      parts[0] = begun + parts[0];
      begun = parts.pop() as string;
    }
    for (const part of parts) made.push(part);
    checkListLength(made.length);
    from = to;
    if (run.due()) yield 0;
  }
  if (by !== '') made.push(begun);
  return made;
}

function* reversedSliced(run: Turns, text: string): Generator<0, Value> {
  const made: string[] = [];
  for (let from = 0; from < text.length; ) {
    const to = pieceEnd(text, '', from);
    made.push(reverseText(text.slice(from, to)));
    from = to;
    if (run.due()) yield 0;
  }
  return made.reverse().join('');
}

/** After `PIECE_UNITS` or a little more; what is looked for is met from `from` on, one after the other. */
function pieceEnd(text: string, search: string, from: number): number {
  let end = Math.min(text.length, from + PIECE_UNITS);
  if (end === text.length) return end;
  if (search !== '') {
    // What begins before the end is in it as a whole.
    const looked = text.slice(from, end + search.length - 1);
    let after = 0;
    for (let at = looked.indexOf(search); at >= 0; at = looked.indexOf(search, after)) after = at + search.length;
    return Math.max(end, from + after);
  }
  if ((text.charCodeAt(end - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(end) & 0xfc00) === 0xdc00) end += 1;
  return end;
}

function occurrences(text: string, part: string): number {
  if (part === '') return text.length + 1;
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length)) count++;
  return count;
}

function toStringValue(value: Value): Value {
  const scalar =
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean' ||
    value instanceof CypherFloat ||
    isSimple(value);
  if (!scalar) throw wrongType('toString', value, 'a String, Number or Boolean');
  return toText(value);
}

function toBoolean(value: Value): Value {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value !== 'string') throw wrongType('toBoolean', value, 'a Boolean, Integer or String');
  const word = value.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : null;
}

function orNull(call: (value: Value) => Value): ScalarFunction {
  return exactly(1, (value) => {
    try {
      return call(value as Value);
    } catch {
      return null;
    }
  });
}

function reverseText(text: string): string {
  return [...text].reverse().join('');
}

export const textFunctions: FunctionTable = {
  toupper: onText('toUpper', (text) => text.toUpperCase()),
  upper: onText('upper', (text) => text.toUpperCase()),
  tolower: onText('toLower', (text) => text.toLowerCase()),
  lower: onText('lower', (text) => text.toLowerCase()),
  trim: onText('trim', (text) => text.trim()),
  btrim: onText('btrim', (text) => text.trim()),
  ltrim: onText('ltrim', (text) => text.trimStart()),
  rtrim: onText('rtrim', (text) => text.trimEnd()),
  replace: inTurns(
    exactly(3, (text, search, by) => replaced(textOf('replace', text as Value), textOf('replace', search as Value), textOf('replace', by as Value))),
    (run, _context, text, search, by) =>
      replacedSliced(run, textOf('replace', text as Value), textOf('replace', search as Value), textOf('replace', by as Value)),
  ),
  split: inTurns(
    exactly(2, (text, delimiter) => split(text as Value, delimiter as Value)),
    function* (run, _context, value, delimiter) {
      let parts: readonly string[] = [textOf('split', value as Value)];
      for (const one of Array.isArray(delimiter) ? (delimiter as readonly Value[]) : [delimiter as Value]) {
        const next: string[] = [];
        for (const part of parts) {
          for (const piece of part.length < PIECE_UNITS ? pieces(part, textOf('split', one)) : yield* splitSliced(run, part, textOf('split', one)))
            next.push(piece);
          if (run.due()) yield 0;
        }
        parts = next;
      }
      return parts;
    },
  ),
  substring: between(2, 3, (text, start, length) => substring(text as Value, start as Value, length)),
  left: exactly(2, (text, length) => part(textOf('left', text as Value), 0, count('left', length as Value))),
  right: exactly(2, (value, length) => {
    const text = textOf('right', value as Value);
    return part(text, Math.max(0, lengthOf(text) - count('right', length as Value)), undefined);
  }),
  tostring: exactly(1, (value) => toStringValue(value as Value)),
  tostringornull: orNull(toStringValue),
  toboolean: exactly(1, (value) => toBoolean(value as Value)),
  tobooleanornull: orNull(toBoolean),
  normalize: onText('normalize', (text) => text.normalize()),
  char_length: onText('char_length', lengthOf),
  character_length: onText('character_length', lengthOf),
  randomuuid: takingNull(0, 0, ({ random }) => uuid(random)),
};

/** Version 4, from the query's own randomness. */
function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, (_, index) => {
    const digit = Math.floor(random() * 16);
    if (index === 12) return '4';
    return (index === 16 ? (digit & 3) | 8 : digit).toString(16);
  }).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export { reversedSliced, reverseText };
