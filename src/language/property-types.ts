// The types that a constraint asks of a property: `INTEGER`, `STRING | LIST<STRING NOT NULL>`. Synonyms become one name.

import { listType, normalTypes, SCALAR_TYPES, type ScalarType } from '../graph/property-type.js';
import type { TokenStream } from './token-stream.js';

/** Longer ones before those they begin with. */
const SYNONYMS: readonly (readonly [words: string, type: ScalarType])[] = [
  ['BOOL', 'BOOLEAN'],
  ['VARCHAR', 'STRING'],
  ['INT', 'INTEGER'],
  ['SIGNED INTEGER', 'INTEGER'],
  ['TIME WITHOUT TIMEZONE', 'LOCAL TIME'],
  ['TIME WITHOUT TIME ZONE', 'LOCAL TIME'],
  ['TIME WITH TIMEZONE', 'ZONED TIME'],
  ['TIME WITH TIME ZONE', 'ZONED TIME'],
  ['TIMESTAMP WITHOUT TIMEZONE', 'LOCAL DATETIME'],
  ['TIMESTAMP WITHOUT TIME ZONE', 'LOCAL DATETIME'],
  ['TIMESTAMP WITH TIMEZONE', 'ZONED DATETIME'],
  ['TIMESTAMP WITH TIME ZONE', 'ZONED DATETIME'],
  ...SCALAR_TYPES.map((type) => [type, type] as const),
];

/** Type {'|' Type} | ANY ['VALUE'] '<' Type {'|' Type} '>' — in normal order. */
export function parsePropertyTypes(s: TokenStream): readonly string[] {
  if (s.isWord('ANY') && (s.isSymbol('<', 1) || s.isSymbol('<', 2))) {
    s.advance();
    s.acceptWord('VALUE');
    s.expectSymbol('<');
    const types = parseUnion(s);
    s.expectSymbol('>');
    return types;
  }
  return parseUnion(s);
}

function parseUnion(s: TokenStream): readonly string[] {
  const types: string[] = [];
  do types.push(parseType(s));
  while (s.acceptSymbol('|'));
  return normalTypes(types);
}

/** Scalar | (LIST | ARRAY) '<' Scalar NOT NULL '>' | Scalar NOT NULL (LIST | ARRAY) */
function parseType(s: TokenStream): string {
  const start = s.token.start;
  if (s.acceptWord('LIST') || s.acceptWord('ARRAY')) {
    s.expectSymbol('<');
    const of = parseScalar(s);
    const whole = acceptNotNull(s);
    s.expectSymbol('>');
    if (!whole) throw invalid(s, start, 'Lists cannot have nullable inner types.');
    return refuseNotNull(s, start, listType(of));
  }
  const type = parseScalar(s);
  const whole = acceptNotNull(s);
  if (s.acceptWord('LIST') || s.acceptWord('ARRAY')) {
    if (!whole) throw invalid(s, start, 'Lists cannot have nullable inner types.');
    return refuseNotNull(s, start, listType(type));
  }
  if (whole) throw invalid(s, start, 'A property type cannot be NOT NULL; use an existence constraint beside it.');
  return type;
}

function refuseNotNull(s: TokenStream, start: number, type: string): string {
  if (acceptNotNull(s)) throw invalid(s, start, 'A property type cannot be NOT NULL; use an existence constraint beside it.');
  return type;
}

function acceptNotNull(s: TokenStream): boolean {
  return s.acceptWords('NOT', 'NULL') || s.acceptSymbol('!');
}

function parseScalar(s: TokenStream): ScalarType {
  const found = SYNONYMS.find(([words]) => s.acceptWords(...words.split(' ')));
  if (found === undefined) throw s.unexpected('a type of properties, such as INTEGER, STRING or LIST<FLOAT NOT NULL>');
  return found[1];
}

function invalid(s: TokenStream, start: number, why: string): Error {
  return s.error(`Failed to create property type constraint: Invalid property type \`${s.text.slice(start, s.lastEnd)}\`. ${why}`, start);
}
