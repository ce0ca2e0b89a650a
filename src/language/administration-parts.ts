// What commands that administer are made of: names, texts, and the fields that they become.

import type { Expression } from './ast.js';
import { parseAtom } from './atoms.js';
import type { TokenStream } from './token-stream.js';

export type Fields = { key: string; value: Expression }[];

/** [OR REPLACE] */
export function replacing(s: TokenStream): Fields {
  const fields: Fields = [];
  guarded(s, fields, 'orReplace', ['OR', 'REPLACE']);
  return fields;
}

export function guarded(s: TokenStream, fields: Fields, key: string, words: readonly string[]): void {
  const value = literal(s, true);
  if (s.acceptWords(...words)) fields.push({ key, value });
}

export function once(s: TokenStream, fields: Fields, key: string, value: Expression, start: number): void {
  if (fields.some((field) => field.key === key)) throw s.error('Duplicate SET clause', start);
  fields.push({ key, value });
}

/** Name {'.' Name} | Parameter */
export function parseDottedName(s: TokenStream, what: string): Expression {
  if (s.token.kind === 'parameter') return parseAtom(s);
  const at = s.at();
  let value = s.expectName(what);
  while (s.acceptSymbol('.')) value += `.${s.expectName(what)}`;
  return { kind: 'Literal', value, float: false, at };
}

/** Name | Parameter */
export function parseUserName(s: TokenStream): Expression {
  if (s.token.kind === 'parameter') return parseAtom(s);
  const at = s.at();
  return { kind: 'Literal', value: s.expectName('the name of a user'), float: false, at };
}

/** String | Parameter. What stands there instead is not shown: it may be a password that lost its quotes. */
export function parseText(s: TokenStream, what: string): Expression {
  if (s.token.kind === 'parameter' || s.token.kind === 'string') return parseAtom(s);
  throw s.error(`Invalid input: expected ${what}`);
}

export function literal(s: TokenStream, value: string | boolean): Expression {
  return { kind: 'Literal', value, float: false, at: s.at() };
}
