// Expressions, one function per level of binding, weakest first:
//
//   OR · XOR · AND · NOT · comparison · (string, list, null predicates) · + − · * / % · ^ · unary ± · postfix · atom

import type { BinaryOperator, Expression, MapLiteral, MapProjection } from './ast.js';
import { parseAtom } from './atoms.js';
import { parseLabels } from './patterns.js';
import type { TokenStream } from './token-stream.js';

/** Expression = Xor {OR Xor} */
export function parseExpression(s: TokenStream): Expression {
  return s.nested(() => binaryLevel(s, parseXor, [['OR', 'OR']]));
}

/** [WHERE Expression] */
export function parseWhere(s: TokenStream): Expression | undefined {
  return s.acceptWord('WHERE') ? parseExpression(s) : undefined;
}

/** Xor = And {XOR And} */
function parseXor(s: TokenStream): Expression {
  return binaryLevel(s, parseAnd, [['XOR', 'XOR']]);
}

/** And = Not {AND Not} */
function parseAnd(s: TokenStream): Expression {
  return binaryLevel(s, parseNot, [['AND', 'AND']]);
}

/** Left-associative: `operand {word operand}`. */
function binaryLevel(s: TokenStream, operand: (s: TokenStream) => Expression, words: readonly (readonly [string, BinaryOperator])[]): Expression {
  const at = s.at();
  let left = operand(s);
  for (let count = 1; ; count++) {
    s.chained(count);
    const found = words.find(([word]) => s.isWord(word));
    if (found === undefined) return left;
    s.advance();
    left = { kind: 'Binary', operator: found[1], left, right: operand(s), at };
  }
}

/** Not = {NOT} Comparison */
function parseNot(s: TokenStream): Expression {
  if (!s.isWord('NOT')) return parseComparison(s);
  const at = s.at();
  s.advance();
  return { kind: 'Unary', operator: 'NOT', operand: s.nested(() => parseNot(s)), at };
}

type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';
const COMPARISONS: readonly ComparisonOperator[] = ['=', '<>', '<=', '>=', '<', '>'];

/** Comparison = Predicate {('=' | '<>' | '<' | '<=' | '>' | '>=') Predicate} */
function parseComparison(s: TokenStream): Expression {
  const at = s.at();
  const operands = [parsePredicate(s)];
  const operators: ComparisonOperator[] = [];
  for (;;) {
    s.chained(operands.length);
    if (s.isSymbol('!=')) throw s.error("Unknown operation '!=' (you probably meant to use '<>', which is the operator for inequality testing.)");
    const operator = COMPARISONS.find((one) => s.isSymbol(one));
    if (operator === undefined) break;
    s.advance();
    operators.push(operator);
    operands.push(parsePredicate(s));
  }
  const [left, right] = operands as [Expression, Expression | undefined];
  const [only] = operators;
  if (right === undefined || only === undefined) return left;
  return operators.length === 1 ? { kind: 'Binary', operator: only, left, right, at } : { kind: 'ComparisonChain', operators, operands, at };
}

/** Predicate = Additive {IS [NOT] NULL | IN … | STARTS WITH … | ENDS WITH … | CONTAINS … | '=~' …} */
function parsePredicate(s: TokenStream): Expression {
  const at = s.at();
  let left = parseAdditive(s);
  for (let count = 1; ; count++) {
    s.chained(count);
    const operator = predicateOperator(s);
    if (operator !== undefined) left = { kind: 'Binary', operator, left, right: parseAdditive(s), at };
    else if (s.isWord('IS') && s.isWord('NULL', 1)) left = isNull(s, left, 2, false);
    else if (s.isWord('IS') && s.isWord('NOT', 1) && s.isWord('NULL', 2)) left = isNull(s, left, 3, true);
    else if (s.isWord('IS') && (s.isSymbol('::', 1) || s.isWord('TYPED', 1) || s.isWord('NORMALIZED', 1))) throw s.unsupported('A type predicate');
    else return left;
  }
}

function predicateOperator(s: TokenStream): BinaryOperator | undefined {
  if (s.acceptWord('IN')) return 'IN';
  if (s.acceptWords('STARTS', 'WITH')) return 'STARTS WITH';
  if (s.acceptWords('ENDS', 'WITH')) return 'ENDS WITH';
  if (s.acceptWord('CONTAINS')) return 'CONTAINS';
  return s.acceptSymbol('=~') ? '=~' : undefined;
}

function isNull(s: TokenStream, operand: Expression, words: number, negated: boolean): Expression {
  for (let count = 0; count < words; count++) s.advance();
  return { kind: 'IsNull', operand, negated, at: operand.at };
}

/** Additive = Multiplicative {('+' | '-' | '||') Multiplicative} */
function parseAdditive(s: TokenStream): Expression {
  return symbolLevel(s, parseMultiplicative, ['+', '-', '||']);
}

/** Multiplicative = Power {('*' | '/' | '%') Power} */
function parseMultiplicative(s: TokenStream): Expression {
  return symbolLevel(s, parsePower, ['*', '/', '%']);
}

/** Power = Unary {'^' Unary} */
function parsePower(s: TokenStream): Expression {
  return symbolLevel(s, parseUnary, ['^']);
}

function symbolLevel(s: TokenStream, operand: (s: TokenStream) => Expression, symbols: readonly string[]): Expression {
  const at = s.at();
  let left = operand(s);
  for (let count = 1; ; count++) {
    s.chained(count);
    const symbol = symbols.find((one) => s.isSymbol(one));
    if (symbol === undefined) return left;
    s.advance();
    // `||` is the standard's name of concatenation, which `+` does too.
    left = { kind: 'Binary', operator: (symbol === '||' ? '+' : symbol) as BinaryOperator, left, right: operand(s), at };
  }
}

/** Unary = {'+' | '-'} Postfix. A minus before an integer belongs to it, so that the least one can be written. */
function parseUnary(s: TokenStream): Expression {
  const at = s.at();
  if (s.isSymbol('-') && s.peek(1).kind === 'integer') {
    s.advance();
    return parsePostfix(s, { ...integerLiteral(s, true), at });
  }
  if (s.acceptSymbol('-')) return { kind: 'Unary', operator: '-', operand: s.nested(() => parseUnary(s)), at };
  if (s.acceptSymbol('+')) return { kind: 'Unary', operator: '+', operand: s.nested(() => parseUnary(s)), at };
  return parsePostfix(s, parseAtom(s));
}

/** The integer token as a literal; errors beyond 64 bits. */
export function integerLiteral(s: TokenStream, negative: boolean): Expression & { kind: 'Literal' } {
  const at = s.at();
  const { text, start } = s.advance();
  const octal = /^0\d+$/.test(text);
  const magnitude = BigInt(octal ? text.replace(/^0+(?=\d)/, '') : text);
  const value = negative ? -magnitude : magnitude;
  if (value > 2n ** 63n - 1n || value < -(2n ** 63n)) throw s.error('integer is too large', start);
  const safe = value >= -9007199254740991n && value <= 9007199254740991n;
  return { kind: 'Literal', value: safe ? Number(value) + 0 : value, float: false, at };
}

/** Postfix = Atom {'.' Key | '[' … ']' | ':' LabelExpression} */
function parsePostfix(s: TokenStream, atom: Expression): Expression {
  let subject = atom;
  for (let count = 1; ; count++) {
    s.chained(count);
    const { at } = atom;
    if (s.isSymbol('.')) {
      s.advance();
      subject = { kind: 'Property', subject, key: s.expectKey('a property key'), at };
    } else if (s.isSymbol('[')) subject = parseSubscript(s, subject);
    else if (s.isSymbol(':') && (subject.kind === 'Variable' || subject.kind === 'Property') && labelFollows(s)) {
      subject = { kind: 'HasLabels', subject, labels: parseLabels(s), at };
    } else if (s.isSymbol('{') && subject.kind === 'Variable') subject = parseMapProjection(s, subject);
    else return subject;
  }
}

function labelFollows(s: TokenStream): boolean {
  const { kind } = s.peek(1);
  return kind === 'name' || kind === 'quotedName' || s.isSymbol('!', 1) || s.isSymbol('%', 1) || s.isSymbol('(', 1);
}

/** '[' Expression ']' | '[' [Expression] '..' [Expression] ']' */
function parseSubscript(s: TokenStream, subject: Expression): Expression {
  const { at } = subject;
  s.expectSymbol('[');
  const from = s.isSymbol('..') ? undefined : parseExpression(s);
  if (!s.acceptSymbol('..')) {
    s.expectSymbol(']');
    return { kind: 'Subscript', subject, index: from as Expression, at };
  }
  const to = s.isSymbol(']') ? undefined : parseExpression(s);
  s.expectSymbol(']');
  return { kind: 'Slice', subject, from, to, at };
}

/** Variable '{' {'.' Key | '.*' | Key ':' Expression | Variable} '}' */
function parseMapProjection(s: TokenStream, subject: Expression & { kind: 'Variable' }): Expression {
  const items: MapProjection['items'][number][] = [];
  s.expectSymbol('{');
  while (!s.isSymbol('}')) {
    if (s.acceptSymbol('.')) {
      if (s.acceptSymbol('*')) items.push({ kind: 'all' });
      else items.push({ kind: 'key', key: s.expectKey('a property key') });
    } else {
      const at = s.at();
      const what = "'.key', '.*', 'key: value' or a variable";
      const name = s.isSymbol(':', 1) ? s.expectKey(what) : s.expectName(what);
      if (s.acceptSymbol(':')) items.push({ kind: 'entry', key: name, value: parseExpression(s) });
      else items.push({ kind: 'variable', variable: { kind: 'Variable', name, at } });
    }
    if (!s.acceptSymbol(',')) break;
  }
  s.expectSymbol('}');
  return { kind: 'MapProjection', subject, items, at: subject.at };
}

/** '{' [Key ':' Expression {',' Key ':' Expression}] '}' */
export function parseMapLiteral(s: TokenStream): MapLiteral {
  const at = s.at();
  const entries: MapLiteral['entries'][number][] = [];
  s.expectSymbol('{');
  while (!s.isSymbol('}')) {
    const { start } = s.token;
    const key = s.expectKey("a key or '}'");
    s.expectSymbol(':');
    entries.push({ key, value: parseExpression(s), at: s.at(start) });
    if (!s.acceptSymbol(',')) break;
  }
  if (!s.isSymbol('}')) throw s.unexpected("',' or '}'");
  s.advance();
  return { kind: 'Map', entries, at };
}

/** The keys of a map that becomes properties. */
export function checkPropertyKeys(s: TokenStream, { entries, at: map }: MapLiteral): void {
  for (const { key, at = map } of entries) s.checkToken(key, at.offset);
}
