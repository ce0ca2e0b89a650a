// Functions of strings.

import { failure } from '../../errors/catalogue.js';
import { checkTextLength } from '../../values/size.js';
import { toText } from '../../values/text.js';
import { CypherFloat, isSimple, type Value } from '../../values/value.js';
import type { MemoryAccount } from '../memory.js';
import { charactersOf, lengthOf, trimmedEnd, trimmedStart, unitAfter, unitBeforeEnd } from './characters.js';
import { between, exactly, type FunctionTable, inTurns, type ScalarFunction, takingNull, wrongType } from './function.js';
import { changedPieces, characterEnd, checkRoom, lowerCaseEnd, normalEnd, PIECE_UNITS, pieces, replaced, replacedSliced, splitSliced } from './long-texts.js';
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

function substring(value: Value, start: Value, length: Value = null): Value {
  const skipped = count('substring', start, 'start');
  const text = textOf('substring', value);
  const taken = length === null ? undefined : count('substring', length);
  const from = unitAfter(text, 0, skipped);
  return text.slice(from, taken === undefined ? undefined : unitAfter(text, from, taken));
}

function left(value: Value, length: Value): Value {
  const text = textOf('left', value);
  return text.slice(0, unitAfter(text, 0, count('left', length)));
}

function right(value: Value, length: Value): Value {
  const text = textOf('right', value);
  return text.slice(unitBeforeEnd(text, count('right', length)));
}

/** btrim(), ltrim() and rtrim(): white space, or what of `characters` stands at an end. */
function trimming(name: string, ends: { readonly start: boolean; readonly end: boolean }): ScalarFunction {
  return between(1, 2, (value, characters) => {
    const text = textOf(name, value as Value);
    if (characters === undefined) return ends.start ? (ends.end ? text.trim() : text.trimStart()) : text.trimEnd();
    const set = charactersOf(textOf(name, characters));
    const from = ends.start ? trimmedStart(text, set) : 0;
    return text.slice(from, ends.end ? trimmedEnd(text, set, from) : undefined);
  });
}

/** `change` of a text, which may make it longer. A long one is changed in pieces that end where `end` says. */
function changing(name: string, change: (text: string) => string, end: (text: string, from: number) => number): ScalarFunction {
  return inTurns(
    onText(name, (text) => {
      const changed = change(text);
      checkTextLength(changed.length);
      return changed;
    }),
    function* (run, _context, value) {
      return (yield* changedPieces(run, textOf(name, value as Value), change, end)).join('');
    },
  );
}

function split(memory: MemoryAccount, value: Value, delimiter: Value): Value {
  const text = textOf('split', value);
  if (Array.isArray(delimiter)) {
    let parts = [text];
    for (const one of delimiter as readonly Value[]) {
      parts = parts.flatMap((part) => pieces(memory, part, textOf('split', one)));
      checkRoom(memory, parts.length);
    }
    return parts;
  }
  return pieces(memory, text, textOf('split', delimiter));
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
  const trimmed = value.trim();
  const word = trimmed.length > 'false'.length ? '' : trimmed.toLowerCase();
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

export const textFunctions: FunctionTable = {
  toupper: changing('toUpper', (text) => text.toUpperCase(), characterEnd),
  upper: changing('upper', (text) => text.toUpperCase(), characterEnd),
  tolower: changing('toLower', (text) => text.toLowerCase(), lowerCaseEnd),
  lower: changing('lower', (text) => text.toLowerCase(), lowerCaseEnd),
  trim: onText('trim', (text) => text.trim()),
  btrim: trimming('btrim', { start: true, end: true }),
  ltrim: trimming('ltrim', { start: true, end: false }),
  rtrim: trimming('rtrim', { start: false, end: true }),
  replace: inTurns(
    exactly(3, (text, search, by) => replaced(textOf('replace', text as Value), textOf('replace', search as Value), textOf('replace', by as Value))),
    (run, _context, text, search, by) =>
      replacedSliced(run, textOf('replace', text as Value), textOf('replace', search as Value), textOf('replace', by as Value)),
  ),
  split: inTurns(
    { ...exactly(2, () => null), call: ({ memory }, text, delimiter) => split(memory, text as Value, delimiter as Value) },
    function* (run, { memory }, value, delimiter) {
      let parts: readonly string[] = [textOf('split', value as Value)];
      for (const one of Array.isArray(delimiter) ? (delimiter as readonly Value[]) : [delimiter as Value]) {
        const by = textOf('split', one);
        const [only] = parts;
        if (only !== undefined && parts.length === 1) {
          parts = yield* splitSliced(run, memory, only, by);
          continue;
        }
        const next: string[] = [];
        for (const part of parts) {
          for (const piece of part.length < PIECE_UNITS ? pieces(memory, part, by) : yield* splitSliced(run, memory, part, by)) next.push(piece);
          checkRoom(memory, next.length);
          if (run.due()) yield 0;
        }
        parts = next;
      }
      return parts;
    },
  ),
  substring: between(2, 3, (text, start, length) => substring(text as Value, start as Value, length)),
  left: exactly(2, (text, length) => left(text as Value, length as Value)),
  right: exactly(2, (text, length) => right(text as Value, length as Value)),
  tostring: exactly(1, (value) => toStringValue(value as Value)),
  tostringornull: orNull(toStringValue),
  toboolean: exactly(1, (value) => toBoolean(value as Value)),
  tobooleanornull: orNull(toBoolean),
  normalize: changing('normalize', (text) => text.normalize(), normalEnd),
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
