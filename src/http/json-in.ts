// JSON text to Cypher values. Not JSON.parse, because that loses what Cypher tells apart: `1` is an INTEGER and `1.0`
// or `1e0` a FLOAT, and integers are exact up to 64 bits. Otherwise RFC 8259 to the letter: no comments, no trailing
// commas, no NaN. Of a repeated key the last value counts, as with JSON.parse.

import { limits } from '../base/limits.js';
import { failure } from '../errors/catalogue.js';
import type { CausewayError } from '../errors/error.js';
import { CypherFloat, integerOf, type Value } from '../values/value.js';

/** Raises Request.InvalidFormat, with the character (from 1) at which the text stops being JSON. */
export function parseJson(text: string): Value {
  return new JsonParser(text).document();
}

const numberPattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings.
const controlPattern = /[\u0000-\u001f]/;
const safeDigitCount = 15;

class JsonParser {
  readonly #text: string;
  #at: number;
  #depth: number;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
    this.#depth = 0;
  }

  document(): Value {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): Value {
    this.#skipSpace();
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x7b:
        return this.#nested(() => this.#map());
      case 0x5b:
        return this.#nested(() => this.#list());
      case 0x22:
        return this.#string();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > limits.valueDepthMax) throw this.#malformed(`values are nested more than ${limits.valueDepthMax} deep (limits.value_depth)`);
    this.#at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #map(): Value {
    const map = new Map<string, Value>();
    if (this.#accept(0x7d)) return map;
    do {
      this.#skipSpace();
      if (this.#text.charCodeAt(this.#at) !== 0x22) throw this.#unexpected();
      const key = this.#string();
      if (!this.#accept(0x3a)) throw this.#unexpected();
      map.set(key, this.#value());
    } while (this.#accept(0x2c));
    if (!this.#accept(0x7d)) throw this.#unexpected();
    return map;
  }

  #list(): Value {
    const list: Value[] = [];
    if (this.#accept(0x5d)) return list;
    do list.push(this.#value());
    while (this.#accept(0x2c));
    if (!this.#accept(0x5d)) throw this.#unexpected();
    return list;
  }

  #string(): string {
    const start = this.#at;
    let end = this.#text.indexOf('"', start + 1);
    while (end >= 0 && this.#isEscaped(end)) end = this.#text.indexOf('"', end + 1);
    if (end < 0) throw this.#malformed('a string does not end');
    this.#at = end + 1;
    const inner = this.#text.slice(start + 1, end);
    if (!inner.includes('\\') && !controlPattern.test(inner)) return inner;
    try {
      // Escapes and their faults are JSON.parse's to judge.
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      this.#at = start;
      throw this.#malformed('a string holds a control character or an unknown escape');
    }
  }

  /** Whether the quote is preceded by an odd number of backslashes. */
  #isEscaped(quote: number): boolean {
    let at = quote - 1;
    while (this.#text.charCodeAt(at) === 0x5c) at--;
    return (quote - at) % 2 === 0;
  }

  #number(): Value {
    numberPattern.lastIndex = this.#at;
    const match = numberPattern.exec(this.#text);
    if (match === null) throw this.#unexpected();
    const digits = match[0];
    const value = match[1] === undefined && match[2] === undefined ? this.#integer(digits) : this.#float(digits);
    this.#at += digits.length;
    return value;
  }

  #integer(digits: string): Value {
    // Adding 0 makes an INTEGER of −0.
    if (digits.length <= safeDigitCount) return Number(digits) + 0;
    const value = digits.length > 20 ? undefined : integerOf(BigInt(digits));
    if (value === undefined) throw this.#malformed(`the integer ${digits.slice(0, 40)} is beyond 64 bits`);
    return value;
  }

  #float(digits: string): Value {
    const value = Number(digits);
    if (!Number.isFinite(value)) throw this.#malformed(`the number ${digits.slice(0, 40)} is beyond a 64-bit float`);
    return new CypherFloat(value);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected();
    this.#at += word.length;
    return value;
  }

  #accept(code: number): boolean {
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at++;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #unexpected(): CausewayError {
    const point = this.#text.codePointAt(this.#at);
    return this.#malformed(point === undefined ? 'the text ends too early' : `'${String.fromCodePoint(point)}' was not expected`);
  }

  #malformed(what: string): CausewayError {
    return failure('requestInvalidFormat', `Could not parse the incoming JSON: ${what} (character ${this.#at + 1}).`);
  }
}
