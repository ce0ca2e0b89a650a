// Patterns: (a:Label {key: value})-[r:TYPE*1..2]->(b).

import type { Direction, LabelExpression, NodePattern, PatternPart, RelationshipPattern, Variable } from './ast.js';
import { checkPropertyKeys, parseMapLiteral, parseWhere } from './expressions.js';
import type { TokenStream } from './token-stream.js';

/** Pattern = PatternPart {',' PatternPart} */
export function parsePattern(s: TokenStream): readonly PatternPart[] {
  const parts = [parsePatternPart(s)];
  while (s.acceptSymbol(',')) parts.push(parsePatternPart(s));
  return parts;
}

/** PatternPart = [Variable '='] (ShortestPath | PatternElement) */
export function parsePatternPart(s: TokenStream): PatternPart {
  const at = s.at();
  let path: Variable | undefined;
  if (s.isSymbol('=', 1)) {
    path = parseVariable(s);
    s.expectSymbol('=');
  }
  if (beginsShortestPath(s)) return { ...parseShortestPath(s), path, at };
  if ((s.isWord('ALL') || s.isWord('ANY') || s.isWord('SHORTEST')) && !s.isSymbol('(')) throw s.unsupported('A path selector');
  return { ...parsePatternElement(s), path, at };
}

export function beginsShortestPath(s: TokenStream): boolean {
  return (s.isWord('SHORTESTPATH') || s.isWord('ALLSHORTESTPATHS')) && s.isSymbol('(', 1);
}

/** ShortestPath = (SHORTESTPATH | ALLSHORTESTPATHS) '(' PatternElement ')', of one relationship */
export function parseShortestPath(s: TokenStream): PatternPart {
  const at = s.at();
  const word = s.advance();
  const name = word.upper === 'SHORTESTPATH' ? 'shortestPath' : 'allShortestPaths';
  s.expectSymbol('(');
  const pattern = s.nested(() => parsePatternElement(s));
  s.expectSymbol(')');
  const [only, ...more] = pattern.relationships;
  if (only === undefined || more.length > 0) throw s.error(`${name}(...) requires a pattern containing a single relationship`, word.start);
  if ((only.length?.min ?? 1) > 1) throw s.error(`${name}(...) does not support a minimal length different from 0 or 1`, word.start);
  return { ...pattern, shortest: name === 'shortestPath' ? 'one' : 'all', at };
}

/** PatternElement = NodePattern {RelationshipPattern NodePattern} | '(' PatternElement ')' */
export function parsePatternElement(s: TokenStream): PatternPart {
  const at = s.at();
  if (s.isSymbol('(') && s.isSymbol('(', 1)) {
    s.advance();
    const inner = s.nested(() => parsePatternElement(s));
    s.expectSymbol(')');
    if (s.isSymbol('+') || s.isSymbol('*') || s.isSymbol('{')) throw s.unsupported('A quantified path pattern');
    return inner;
  }
  const nodes: NodePattern[] = [parseNodePattern(s)];
  const relationships: RelationshipPattern[] = [];
  while (s.isSymbol('-') || s.isSymbol('<-') || s.isSymbol('->') || (s.isSymbol('<') && s.isSymbol('-', 1))) {
    relationships.push(parseRelationshipPattern(s));
    if (s.isSymbol('+') || s.isSymbol('*') || s.isSymbol('{')) throw s.unsupported('A quantified relationship');
    nodes.push(parseNodePattern(s));
  }
  if (s.isSymbol('(')) throw s.unsupported('A quantified path pattern');
  return { kind: 'PatternPart', shortest: undefined, path: undefined, nodes, relationships, at };
}

/** NodePattern = '(' [Variable] [':' LabelExpression] [Map | Parameter] [WHERE Expression] ')' */
export function parseNodePattern(s: TokenStream): NodePattern {
  const at = s.at();
  s.expectSymbol('(');
  const variable = hasVariable(s) ? parseVariable(s) : undefined;
  const labels = s.isSymbol(':') || s.isWord('IS') ? parseLabels(s) : undefined;
  const properties = parseProperties(s);
  const where = parseWhere(s);
  if (!s.isSymbol(')')) throw s.unexpected("')', ':', '{', '$' or 'WHERE'");
  s.advance();
  return { kind: 'NodePattern', variable, labels, properties, where, at };
}

/** RelationshipPattern = ('<-' | '-') ['[' … ']'] ('->' | '-') */
function parseRelationshipPattern(s: TokenStream): RelationshipPattern {
  const at = s.at();
  const left = s.acceptSymbol('<-');
  if (!left) s.expectSymbol('-');
  const detail = s.acceptSymbol('[') ? parseRelationshipDetail(s) : noDetail;
  let right = s.acceptSymbol('->');
  if (!right) {
    s.expectSymbol('-');
    right = s.acceptSymbol('>');
  }
  const direction: Direction = left === right ? 'both' : left ? 'in' : 'out';
  return { kind: 'RelationshipPattern', ...detail, direction, at };
}

type Detail = Omit<RelationshipPattern, 'kind' | 'at' | 'direction'>;
const noDetail: Detail = { variable: undefined, types: [], length: undefined, properties: undefined, where: undefined };

/** [Variable] [':' Type {'|' Type}] ['*' Range] [Map | Parameter] [WHERE Expression] ']' */
function parseRelationshipDetail(s: TokenStream): Detail {
  const variable = hasVariable(s) ? parseVariable(s) : undefined;
  const types: string[] = [];
  if (s.acceptSymbol(':')) {
    if (s.isSymbol('!') || s.isSymbol('%') || s.isSymbol('(')) throw s.unsupported('A relationship type expression other than alternatives');
    do {
      s.acceptSymbol(':');
      types.push(s.expectToken('a relationship type'));
    } while (s.acceptSymbol('|'));
    if (s.isSymbol('&')) throw s.unsupported('A relationship type expression other than alternatives');
  }
  const length = s.acceptSymbol('*') ? parseRange(s) : undefined;
  const properties = parseProperties(s);
  const where = parseWhere(s);
  s.expectSymbol(']');
  return { variable, types, length, properties, where };
}

/** Range = [Integer] ['..' [Integer]] */
function parseRange(s: TokenStream): { readonly min: number | undefined; readonly max: number | undefined } {
  const min = parseBound(s);
  if (!s.acceptSymbol('..')) return { min, max: min };
  return { min, max: parseBound(s) };
}

function parseBound(s: TokenStream): number | undefined {
  if (s.token.kind !== 'integer') return undefined;
  const bound = Number(s.token.text);
  if (bound > 1_000_000) throw s.error('A bound of a variable-length relationship is at most 1,000,000');
  s.advance();
  return bound;
}

function parseProperties(s: TokenStream): NodePattern['properties'] {
  const at = s.at();
  if (s.isSymbol('{')) {
    const map = parseMapLiteral(s);
    checkPropertyKeys(s, map);
    return map;
  }
  if (s.token.kind !== 'parameter') return undefined;
  return { kind: 'Parameter', name: s.advance().text, at };
}

function hasVariable(s: TokenStream): boolean {
  const { kind } = s.token;
  if (kind === 'quotedName') return true;
  // `(WHERE …)` and `(IS Label)` begin without a variable only when what follows is no end of a name.
  return kind === 'name' && !(s.isWord('WHERE') && !s.isSymbol(')', 1) && !s.isSymbol(':', 1) && !s.isSymbol('{', 1));
}

export function parseVariable(s: TokenStream): Variable {
  const at = s.at();
  return { kind: 'Variable', name: s.expectName('a variable name'), at };
}

// ---------------------------------------------------------------- labels

/** Names of the expression so far: they have a bound. */
interface LabelCount {
  names: number;
}

/** (':' | IS) LabelExpression {':' LabelExpression}; a colon between labels is the old way to write AND. */
export function parseLabels(s: TokenStream): LabelExpression {
  const at = s.at();
  const count = { names: 0 };
  s.advance();
  let left = parseLabelOr(s, count);
  while (s.isSymbol(':')) {
    s.advance();
    left = { kind: 'LabelAnd', left, right: parseLabelOr(s, count), at };
  }
  return left;
}

/**
 * LabelOr = LabelAnd {'|' [':'] LabelAnd}
 *
 * In the WHERE of a comprehension the last `|` in front of the closing bracket begins the projection and is no part of
 * this: `[n IN l WHERE n:A | n.x]` keeps what has A; `[n IN l WHERE n:A|B | n.x]` what has A or B. Where there is
 * one `|` alone, parentheses make it a label's: `[n IN l WHERE n:(A|B)]`.
 */
function parseLabelOr(s: TokenStream, count: LabelCount): LabelExpression {
  const at = s.at();
  let left = parseLabelAnd(s, count);
  while (s.acceptLabelBar()) {
    s.acceptSymbol(':');
    left = { kind: 'LabelOr', left, right: parseLabelAnd(s, count), at };
  }
  return left;
}

/** LabelAnd = LabelNot {'&' LabelNot} */
function parseLabelAnd(s: TokenStream, count: LabelCount): LabelExpression {
  const at = s.at();
  let left = parseLabelNot(s, count);
  while (s.acceptSymbol('&')) left = { kind: 'LabelAnd', left, right: parseLabelNot(s, count), at };
  return left;
}

/** LabelNot = '!' LabelNot | '%' | '(' LabelOr ')' | Name */
function parseLabelNot(s: TokenStream, count: LabelCount): LabelExpression {
  const at = s.at();
  if (s.acceptSymbol('!')) return { kind: 'LabelNot', operand: s.nested(() => parseLabelNot(s, count)), at };
  if (s.acceptSymbol('%')) return { kind: 'LabelAny', at };
  if (s.acceptSymbol('(')) {
    const inner = s.nested(() => parseLabelOr(s, count));
    s.expectSymbol(')');
    return inner;
  }
  s.labelled(++count.names);
  return { kind: 'Label', name: s.expectToken('a label'), at };
}
