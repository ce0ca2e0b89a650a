// Text to tokens, in one pass. A token knows where it begins and ends; keywords are not told from
// names here (Cypher's keywords may be used as names almost everywhere): the parser matches names without case.

import { failure } from '../errors/catalogue.js';
import { positionAt, withCaret } from '../errors/print.js';

export type TokenKind = 'name' | 'quotedName' | 'integer' | 'float' | 'string' | 'parameter' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** The name in upper case for `name`, the symbol, or the raw text of a number. */
  readonly upper: string;
  /** Content: the name as written, the string's value, the parameter's name. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

// Longest first.
const SYMBOLS = ['<=', '>=', '<>', '=~', '+=', '..', '->', '<-', '||', '!=', '::'];
const SINGLE = new Set('()[]{}.,:;|=<>+-*/%^&!$');
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', '\\': '\\', "'": "'", '"': '"', '`': '`' };
const NAME = /[\p{ID_Start}_\p{Pc}][\p{ID_Continue}\p{Sc}]*/uy;
const NUMBER = /0x[0-9a-fA-F_]+|0o[0-7_]+|(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][+-]?\d+)?|\d[\d_]*[eE][+-]?\d+|\d[\d_]*/y;
const SPACE = /(?:\s|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)+/y;

export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    SPACE.lastIndex = at;
    if (SPACE.test(text)) at = SPACE.lastIndex;
    if (at >= text.length) break;
    const token = nextToken(text, at);
    tokens.push(token);
    at = token.end;
  }
  tokens.push({ kind: 'end', upper: '', text: '', start: text.length, end: text.length });
  return tokens;
}

function nextToken(text: string, at: number): Token {
  const first = text[at] as string;
  if (first === "'" || first === '"') return stringToken(text, at, first);
  if (first === '`') return quotedToken(text, at);
  if (first === '$') return parameterToken(text, at);
  if (isDigit(first) || (first === '.' && isDigit(text[at + 1] ?? '') && text[at - 1] !== '.')) return numberToken(text, at);
  const name = match(NAME, text, at);
  if (name !== undefined) return { kind: 'name', upper: name.toUpperCase(), text: name, start: at, end: at + name.length };
  if (text.startsWith('/*', at)) throw lexicalError(text, at, 'The comment is never closed: expected */');
  const pair = text.slice(at, at + 2);
  if (SYMBOLS.includes(pair)) return symbol(pair, at);
  if (SINGLE.has(first)) return symbol(first, at);
  throw lexicalError(text, at, `Invalid input '${String.fromCodePoint(text.codePointAt(at) as number)}'`);
}

function symbol(text: string, at: number): Token {
  return { kind: 'symbol', upper: text, text, start: at, end: at + text.length };
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}

function numberToken(text: string, at: number): Token {
  let raw = match(NUMBER, text, at) as string;
  // `1..3` is a range, not the float `1.`.
  if (raw.includes('.') && text.startsWith('..', at + raw.indexOf('.'))) raw = raw.slice(0, raw.indexOf('.'));
  const end = at + raw.length;
  const follows = match(NAME, text, end);
  if (follows !== undefined) throw lexicalError(text, end, `Invalid input '${follows}': a number ends before it`);
  const clean = raw.replaceAll('_', '');
  const float = !/^0[xo]/.test(clean) && /[.eE]/.test(clean);
  return { kind: float ? 'float' : 'integer', upper: clean, text: clean, start: at, end };
}

function stringToken(text: string, at: number, quote: string): Token {
  let value = '';
  let index = at + 1;
  for (;;) {
    const character = text[index];
    if (character === undefined) throw lexicalError(text, at, 'Failed to parse string literal. The query must contain an even number of non-escaped quotes.');
    if (character === quote) return { kind: 'string', upper: '', text: value, start: at, end: index + 1 };
    if (character !== '\\') {
      value += character;
      index++;
      continue;
    }
    const [escaped, length] = escape(text, index);
    value += escaped;
    index += length;
  }
}

/** The character behind a backslash at `at`, and how long the sequence is. */
function escape(text: string, at: number): readonly [string, number] {
  const code = text[at + 1] ?? '';
  const plain = ESCAPES[code];
  if (plain !== undefined) return [plain, 2];
  const digits = code === 'u' ? 4 : code === 'U' ? 8 : 0;
  const hex = text.slice(at + 2, at + 2 + digits);
  const point = Number.parseInt(hex, 16);
  if (digits === 0 || !new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(hex) || point > 0x10ffff) {
    throw lexicalError(text, at, `Invalid escape sequence '\\${code}${hex}' in a string. Write a backslash as \\\\.`);
  }
  return [String.fromCodePoint(point), 2 + digits];
}

/** `a``b` is the name a`b. */
function quotedToken(text: string, at: number): Token {
  let value = '';
  let index = at + 1;
  for (;;) {
    const close = text.indexOf('`', index);
    if (close < 0) throw lexicalError(text, at, 'The name in backticks is never closed: expected `');
    value += text.slice(index, close);
    if (text[close + 1] !== '`') return { kind: 'quotedName', upper: '', text: value, start: at, end: close + 1 };
    value += '`';
    index = close + 2;
  }
}

function parameterToken(text: string, at: number): Token {
  if (text[at + 1] === '`') {
    const quoted = quotedToken(text, at + 1);
    return { kind: 'parameter', upper: '', text: quoted.text, start: at, end: quoted.end };
  }
  const name = match(NAME, text, at + 1) ?? match(/\d+/y, text, at + 1);
  if (name === undefined) throw lexicalError(text, at, "Invalid input '$': expected a parameter's name behind it");
  return { kind: 'parameter', upper: '', text: name, start: at, end: at + 1 + name.length };
}

export function lexicalError(text: string, offset: number, message: string): Error {
  const position = positionAt(text, offset);
  return failure('syntaxError', withCaret(message, text, position), { position });
}
