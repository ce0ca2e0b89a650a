// Numbers as people and programs write them, read from text of any length in one walk: no two parts of a pattern take the same digits.

import { integerOf } from './value.js';

const INTEGER = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** So many characters, sign included, are digits that a double holds. */
const SAFE_LENGTH = 15;
/** Of 2^63. */
const INT64_DIGITS = 19;

const words: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['+Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** `1`, `-1.5`, `.5`, `1.`, `1e300`, `NaN`, `-Infinity`; undefined for what is no number. */
export function floatOfText(text: string): number | undefined {
  return FLOAT.test(text) ? Number(text) : words.get(text);
}

/** An INTEGER, with a sign or without; null beyond 64 bits, undefined for what is no integer. */
export function integerOfText(text: string): number | bigint | null | undefined {
  if (!INTEGER.test(text)) return undefined;
  if (text.length <= SAFE_LENGTH) return Number(text) + 0;
  const digits = text.slice(firstDigit(text));
  // To read millions of digits takes seconds, and their number tells enough.
  if (digits.length > INT64_DIGITS) return null;
  return integerOf(text.startsWith('-') ? -BigInt(digits) : BigInt(digits)) ?? null;
}

/** The place of the first digit that counts. */
function firstDigit(text: string): number {
  let at = text.startsWith('-') || text.startsWith('+') ? 1 : 0;
  while (text.charCodeAt(at) === 0x30) at++;
  return at;
}
