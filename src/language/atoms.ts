// Atoms: what binds strongest. Literals, parameters, variables, calls, and what stands in brackets.

import type { Case, Expression, PatternPart, QuerySubquery, Variable } from './ast.js';
import { integerLiteral, parseExpression, parseMapLiteral, parseWhere } from './expressions.js';
import { parsePattern, parsePatternElement, parseShortestPath, parseVariable } from './patterns.js';
import { parseBracedQuery } from './queries.js';
import type { TokenStream } from './token-stream.js';

export function parseAtom(s: TokenStream): Expression {
  const at = s.at();
  const { token } = s;
  switch (token.kind) {
    case 'integer':
      return integerLiteral(s, false);
    case 'float':
      return { kind: 'Literal', value: floatValue(s), float: true, at };
    case 'string':
      s.advance();
      return { kind: 'Literal', value: token.text, float: false, at };
    case 'parameter':
      s.advance();
      return { kind: 'Parameter', name: token.text, at };
    case 'quotedName':
      return s.isSymbol('(', 1) || s.isSymbol('.', 1) ? parseNamed(s) : parseVariable(s);
    case 'name':
      return parseKeyword(s) ?? parseNamed(s);
    case 'symbol':
      return parseBracketed(s);
    case 'end':
      throw s.unexpected('an expression');
  }
}

function floatValue(s: TokenStream): number {
  const { text, start } = s.advance();
  const value = Number(text);
  if (!Number.isFinite(value)) throw s.error('floating point number is too large', start);
  return value;
}

/** '(' Expression ')' | pattern | '[' … ']' | '{' … '}' */
function parseBracketed(s: TokenStream): Expression {
  if (s.isSymbol('(')) return parseParenthesis(s);
  if (s.isSymbol('[')) return parseSquare(s);
  if (s.isSymbol('{')) return parseMapLiteral(s);
  throw s.unexpected('an expression');
}

/** A parenthesis is a pattern when a relationship follows its end, else an expression. */
function parseParenthesis(s: TokenStream): Expression {
  const at = s.at();
  if (beginsPattern(s)) return { kind: 'PatternExpression', pattern: readPattern(s), at };
  s.expectSymbol('(');
  const inner = s.nested(() => parseExpression(s));
  if (!s.isSymbol(')')) throw s.unexpected("')' or an operator");
  s.advance();
  return inner;
}

/** Whether `( … )` is a node pattern and a relationship follows. */
function beginsPattern(s: TokenStream): boolean {
  let depth = 0;
  for (let distance = 0; ; distance++) {
    const token = s.peek(distance);
    if (token.kind === 'end') return false;
    if (token.kind !== 'symbol') continue;
    if (token.text === '(' || token.text === '{' || token.text === '[') depth++;
    if (token.text === ')' || token.text === '}' || token.text === ']') depth--;
    if (depth > 0) continue;
    // `(a)-[`, `(a)--`, `(a)->`, `(a)<-`: an arrow with its far side; `(a) - (b)` may be arithmetic, `(a)-(` is not a relationship.
    const minus = s.isSymbol('-', distance + 1) && (s.isSymbol('[', distance + 2) || s.isSymbol('-', distance + 2) || s.isSymbol('->', distance + 2));
    const left = s.isSymbol('<-', distance + 1) && (s.isSymbol('[', distance + 2) || s.isSymbol('-', distance + 2) || s.isSymbol('->', distance + 2));
    if (!minus && !left) return false;
    return looksLikeNode(s) && (left || !s.isSymbol('[', distance + 2) || relationshipDetail(s, distance + 2));
  }
}

/** A list may begin with a pattern, and so does a pattern comprehension: which it is shows behind the pattern. */
function readPattern(s: TokenStream): PatternPart {
  return s.once(() => parsePatternElement(s));
}

/** `(`, `(a`, `(:A`, `(a:A`, `(a {`… */
function looksLikeNode(s: TokenStream): boolean {
  if (s.isSymbol(')', 1) || s.isSymbol(':', 1) || s.isSymbol('{', 1)) return true;
  const { kind } = s.peek(1);
  return (kind === 'name' || kind === 'quotedName') && (s.isSymbol(')', 2) || s.isSymbol(':', 2) || s.isSymbol('{', 2) || s.isWord('WHERE', 2));
}

/** `(a)-[1]` is arithmetic with a list; `(a)-[r]-` a relationship: what follows the bracket decides. */
function relationshipDetail(s: TokenStream, open: number): boolean {
  let depth = 0;
  for (let distance = open; ; distance++) {
    const token = s.peek(distance);
    if (token.kind === 'end') return false;
    if (token.kind !== 'symbol') continue;
    if (token.text === '[' || token.text === '{' || token.text === '(') depth++;
    if (token.text === ']' || token.text === '}' || token.text === ')') depth--;
    if (depth === 0) return s.isSymbol('-', distance + 1) || s.isSymbol('->', distance + 1);
  }
}

/** List literal, list comprehension or pattern comprehension. */
function parseSquare(s: TokenStream): Expression {
  const at = s.at();
  s.expectSymbol('[');
  if ((s.token.kind === 'name' || s.token.kind === 'quotedName') && s.isWord('IN', 1)) return parseListComprehension(s, at);
  if (s.isSymbol('(') && beginsPattern(s)) {
    const mark = s.mark();
    const pattern = readPattern(s);
    if (s.isSymbol('|') || s.isWord('WHERE')) return parsePatternComprehension(s, pattern, undefined, at);
    s.reset(mark);
  }
  if (s.isSymbol('=', 1) && s.isSymbol('(', 2)) {
    const mark = s.mark();
    const path = parseVariable(s);
    s.expectSymbol('=');
    if (beginsPattern(s)) return parsePatternComprehension(s, parsePatternElement(s), path, at);
    s.reset(mark);
  }
  const items: Expression[] = [];
  if (!s.isSymbol(']')) {
    do items.push(parseExpression(s));
    while (s.acceptSymbol(','));
  }
  if (!s.isSymbol(']')) throw s.unexpected("',' or ']'");
  s.advance();
  return { kind: 'List', items, at };
}

/** '[' Variable IN Expression [WHERE Expression] ['|' Expression] ']' */
function parseListComprehension(s: TokenStream, at: Expression['at']): Expression {
  const { variable, list, where } = parseFilter(s, parseFilterWhere);
  const projection = s.acceptSymbol('|') ? parseExpression(s) : undefined;
  s.expectSymbol(']');
  return { kind: 'ListComprehension', variable, list, where, projection, at };
}

/** '[' [Variable '='] Pattern [WHERE Expression] '|' Expression ']' */
function parsePatternComprehension(s: TokenStream, pattern: PatternPart, path: Variable | undefined, at: Expression['at']): Expression {
  const where = parseFilterWhere(s);
  s.expectSymbol('|');
  const projection = parseExpression(s);
  s.expectSymbol(']');
  return { kind: 'PatternComprehension', pattern: { ...pattern, path }, where, projection, at };
}

type ParseWhere = (s: TokenStream) => Expression | undefined;

/** Variable IN Expression [WHERE Expression] */
function parseFilter(s: TokenStream, where: ParseWhere): { variable: Variable; list: Expression; where: Expression | undefined } {
  const variable = parseVariable(s);
  s.expectWord('IN');
  const list = parseExpression(s);
  return { variable, list, where: where(s) };
}

/** [WHERE Expression] in front of a projection, which `|` begins. */
function parseFilterWhere(s: TokenStream): Expression | undefined {
  if (!s.acceptWord('WHERE')) return undefined;
  s.reserveLastBar();
  return parseExpression(s);
}

// ---------------------------------------------------------------- words with a meaning of their own

function parseKeyword(s: TokenStream): Expression | undefined {
  const at = s.at();
  const call = s.isSymbol('(', 1);
  switch (s.token.upper) {
    case 'TRUE':
    case 'FALSE':
      return call ? undefined : { kind: 'Literal', value: s.advance().upper === 'TRUE', float: false, at };
    case 'NULL':
      s.advance();
      return { kind: 'Literal', value: null, float: false, at };
    case 'CASE':
      return s.isSymbol('.', 1) || s.isSymbol(')', 1) || s.isSymbol(',', 1) ? undefined : parseCase(s);
    case 'COUNT':
      if (call && s.isSymbol('*', 2) && s.isSymbol(')', 3)) return countStar(s);
      return s.isSymbol('{', 1) ? parseSubquery(s, 'count') : undefined;
    case 'EXISTS':
      return s.isSymbol('{', 1) ? parseSubquery(s, 'exists') : undefined;
    case 'COLLECT':
      return s.isSymbol('{', 1) ? parseSubquery(s, 'collect') : undefined;
    case 'ALL':
    case 'ANY':
    case 'NONE':
    case 'SINGLE':
      return call && s.isWord('IN', 3) ? parseQuantifier(s) : undefined;
    case 'REDUCE':
      return call && s.isSymbol('=', 3) ? parseReduce(s) : undefined;
    case 'SHORTESTPATH':
    case 'ALLSHORTESTPATHS':
      return call ? { kind: 'ShortestPath', pattern: parseShortestPath(s), where: undefined, at } : undefined;
    default:
      return undefined;
  }
}

function countStar(s: TokenStream): Expression {
  const at = s.at();
  for (let token = 0; token < 4; token++) s.advance();
  return { kind: 'CountStar', at };
}

/** CASE [Expression] {WHEN Expression {',' Expression} THEN Expression} [ELSE Expression] END */
function parseCase(s: TokenStream): Expression {
  const at = s.at();
  s.expectWord('CASE');
  const subject = s.isWord('WHEN') ? undefined : parseExpression(s);
  const alternatives: Case['alternatives'][number][] = [];
  while (s.acceptWord('WHEN')) {
    const whens = [parseExpression(s)];
    while (subject !== undefined && s.acceptSymbol(',')) whens.push(parseExpression(s));
    s.expectWord('THEN');
    const then = parseExpression(s);
    for (const when of whens) alternatives.push({ when, then });
  }
  if (alternatives.length === 0) throw s.unexpected("'WHEN'");
  const otherwise = s.acceptWord('ELSE') ? parseExpression(s) : undefined;
  s.expectWord('END');
  return { kind: 'Case', subject, alternatives, otherwise, at };
}

/** (EXISTS | COUNT | COLLECT) '{' (Query | Pattern [WHERE Expression]) '}' */
function parseSubquery(s: TokenStream, use: QuerySubquery['use']): Expression {
  const at = s.at();
  s.advance();
  const kind = use === 'exists' ? 'ExistsSubquery' : 'CountSubquery';
  if (use !== 'collect' && (s.isSymbol('(', 1) || s.isSymbol('=', 2))) {
    s.advance();
    const pattern = parsePattern(s);
    const where = parseWhere(s);
    if (!s.isSymbol('}')) throw s.unexpected("'}'");
    s.advance();
    return { kind, pattern, where, at };
  }
  const query = parseBracedQuery(s);
  const [only, ...more] = query.parts.flatMap((part) => part.clauses);
  const plain = use !== 'collect' && more.length === 0 && only?.kind === 'Match' && !only.optional && only.hints.length === 0;
  return plain ? { kind, pattern: only.pattern, where: only.where, at } : { kind: 'QuerySubquery', use, query, at };
}

/** (ALL | ANY | NONE | SINGLE) '(' Variable IN Expression [WHERE Expression] ')' */
function parseQuantifier(s: TokenStream): Expression {
  const at = s.at();
  const quantifier = s.advance().text.toLowerCase() as 'all' | 'any' | 'none' | 'single';
  s.expectSymbol('(');
  const { variable, list, where } = parseFilter(s, parseWhere);
  if (where === undefined) throw s.error(`${quantifier}(...) requires a WHERE predicate`, at.offset);
  s.expectSymbol(')');
  return { kind: 'Quantifier', quantifier, variable, list, where, at };
}

/** REDUCE '(' Variable '=' Expression ',' Variable IN Expression '|' Expression ')' */
function parseReduce(s: TokenStream): Expression {
  const at = s.at();
  s.advance();
  s.expectSymbol('(');
  const accumulator = parseVariable(s);
  s.expectSymbol('=');
  const initial = parseExpression(s);
  s.expectSymbol(',');
  const variable = parseVariable(s);
  s.expectWord('IN');
  const list = parseExpression(s);
  s.expectSymbol('|');
  const expression = parseExpression(s);
  s.expectSymbol(')');
  return { kind: 'Reduce', accumulator, initial, variable, list, expression, at };
}

/** Function call with a dotted name, or a variable. */
function parseNamed(s: TokenStream): Expression {
  const length = dottedCallLength(s);
  if (length === 0) return parseVariable(s);
  const at = s.at();
  let name = s.advance().text;
  for (let token = 1; token < length; token++) name += s.advance().text;
  s.expectSymbol('(');
  const distinct = s.acceptWord('DISTINCT');
  const parameters: Expression[] = [];
  if (!s.isSymbol(')')) {
    do parameters.push(parseExpression(s));
    while (s.acceptSymbol(','));
  }
  if (!s.isSymbol(')')) throw s.unexpected("',' or ')'");
  s.advance();
  return { kind: 'Function', name, distinct, arguments: parameters, at };
}

/** How many tokens the dotted name of a call has; 0 when it is no call. `a.b(` is a call of `a.b`. */
function dottedCallLength(s: TokenStream): number {
  for (let distance = 0; ; distance += 2) {
    const { kind } = s.peek(distance);
    if (kind !== 'name' && kind !== 'quotedName') return 0;
    if (s.isSymbol('(', distance + 1)) return distance + 1;
    if (!s.isSymbol('.', distance + 1)) return 0;
  }
}
