// The clauses of a query.

import type { Clause, Expression, Projection, ProjectionItem, RemoveItem, SetItem, SortItem, Variable } from './ast.js';
import { checkPropertyKeys, parseExpression, parseWhere } from './expressions.js';
import { parseHints } from './hints.js';
import { parseLabels, parsePattern, parsePatternPart, parseVariable } from './patterns.js';
import { parseCallSubquery, parseClauses } from './queries.js';
import type { TokenStream } from './token-stream.js';

/** The next clause; undefined where none begins. */
export function parseClause(s: TokenStream): Clause | undefined {
  const { start } = s.token;
  const clause = parseOne(s);
  if (clause !== undefined) s.counted(start);
  return clause;
}

function parseOne(s: TokenStream): Clause | undefined {
  switch (s.token.kind === 'name' ? s.token.upper : '') {
    case 'MATCH':
    case 'OPTIONAL':
      return parseMatch(s);
    case 'UNWIND':
      return parseUnwind(s);
    case 'WITH':
      return parseWith(s);
    case 'RETURN':
      return parseReturn(s);
    case 'CREATE':
      return parseCreate(s);
    case 'MERGE':
      return parseMerge(s);
    case 'SET':
      return parseSet(s);
    case 'REMOVE':
      return parseRemove(s);
    case 'DELETE':
    case 'DETACH':
    case 'NODETACH':
      return parseDelete(s);
    case 'CALL':
      return parseCall(s);
    case 'FOREACH':
      return parseForeach(s);
    case 'LOAD':
      throw s.unsupported('LOAD CSV');
    case 'FINISH':
      throw s.unsupported('FINISH');
    case 'INSERT':
      throw s.unsupported('INSERT (write CREATE)');
    case 'USING':
      throw s.unsupported('USING PERIODIC COMMIT');
    default:
      return undefined;
  }
}

/** [OPTIONAL] MATCH Pattern [WHERE Expression] */
function parseMatch(s: TokenStream): Clause {
  const at = s.at();
  const optional = s.acceptWord('OPTIONAL');
  s.expectWord('MATCH');
  const pattern = parsePattern(s);
  const hints = parseHints(s);
  return { kind: 'Match', optional, pattern, hints, where: parseWhere(s), at };
}

/** UNWIND Expression AS Variable */
function parseUnwind(s: TokenStream): Clause {
  const at = s.at();
  s.expectWord('UNWIND');
  const list = parseExpression(s);
  s.expectWord('AS');
  return { kind: 'Unwind', list, variable: parseVariable(s), at };
}

/** WITH Projection [WHERE Expression] */
function parseWith(s: TokenStream): Clause {
  const at = s.at();
  s.expectWord('WITH');
  const projection = parseProjection(s);
  return { kind: 'With', projection: { ...projection, where: parseWhere(s) }, at };
}

/** RETURN Projection */
function parseReturn(s: TokenStream): Clause {
  const at = s.at();
  s.expectWord('RETURN');
  return { kind: 'Return', projection: parseProjection(s), at };
}

/** [DISTINCT] ('*' | Item) {',' Item} [ORDER BY …] [SKIP …] [LIMIT …] */
export function parseProjection(s: TokenStream): Projection {
  const at = s.at();
  const distinct = s.acceptWord('DISTINCT');
  const star = s.acceptSymbol('*');
  const items: ProjectionItem[] = [];
  if (!star || s.acceptSymbol(',')) {
    do items.push(parseItem(s));
    while (s.acceptSymbol(','));
  }
  return { distinct, star, items, ...parseOrderSkipLimit(s), where: undefined, at };
}

/** Expression [AS Name]; without AS the column's name is the expression's own text. */
export function parseItem(s: TokenStream): ProjectionItem {
  const at = s.at();
  const start = s.token.start;
  const expression = parseExpression(s);
  const text = s.text.slice(start, s.lastEnd);
  if (s.acceptWord('AS')) return { expression, name: s.expectName("a name behind 'AS'"), aliased: true, at };
  const name = expression.kind === 'Variable' ? expression.name : text;
  return { expression, name, aliased: expression.kind === 'Variable', at };
}

export function parseOrderSkipLimit(s: TokenStream): Pick<Projection, 'orderBy' | 'skip' | 'limit'> {
  const orderBy: SortItem[] = [];
  if (s.acceptWords('ORDER', 'BY')) {
    do orderBy.push(parseSortItem(s));
    while (s.acceptSymbol(','));
  }
  const skip = s.acceptWord('SKIP') || s.acceptWord('OFFSET') ? parseExpression(s) : undefined;
  const limit = s.acceptWord('LIMIT') ? parseExpression(s) : undefined;
  return { orderBy, skip, limit };
}

function parseSortItem(s: TokenStream): SortItem {
  const at = s.at();
  const expression = parseExpression(s);
  const descending = s.acceptWord('DESC') || s.acceptWord('DESCENDING');
  if (!descending && !s.acceptWord('ASC')) s.acceptWord('ASCENDING');
  return { expression, descending, at };
}

/** CREATE Pattern */
function parseCreate(s: TokenStream): Clause {
  const at = s.at();
  s.expectWord('CREATE');
  return { kind: 'Create', pattern: parsePattern(s), at };
}

/** MERGE PatternPart {ON (CREATE | MATCH) SET …} */
function parseMerge(s: TokenStream): Clause {
  const at = s.at();
  s.expectWord('MERGE');
  const pattern = parsePatternPart(s);
  const onCreate: SetItem[] = [];
  const onMatch: SetItem[] = [];
  while (s.acceptWord('ON')) {
    const create = s.acceptWord('CREATE');
    if (!create && !s.acceptWord('MATCH')) throw s.unexpected("'CREATE' or 'MATCH'");
    s.expectWord('SET');
    (create ? onCreate : onMatch).push(...parseSetItems(s));
  }
  return { kind: 'Merge', pattern, onCreate, onMatch, at };
}

/** SET SetItem {',' SetItem} */
function parseSet(s: TokenStream): Clause {
  const at = s.at();
  s.expectWord('SET');
  return { kind: 'Set', items: parseSetItems(s), at };
}

function parseSetItems(s: TokenStream): readonly SetItem[] {
  const items = [parseSetItem(s)];
  while (s.acceptSymbol(',')) items.push(parseSetItem(s));
  return items;
}

/** Variable '=' Map | Variable '+=' Map | Variable Labels | Property '=' Expression */
function parseSetItem(s: TokenStream): SetItem {
  const at = s.at();
  const subject = parseSubject(s);
  if (subject.kind === 'Variable') {
    if (s.isSymbol(':') || s.isWord('IS')) return { kind: 'SetLabels', variable: subject, labels: parsePlainLabels(s), at };
    const replace = !s.isSymbol('+=');
    if (replace && !s.isSymbol('=')) throw s.unexpected("'=', '+=' or ':'");
    s.advance();
    const value = parseExpression(s);
    if (value.kind === 'Map') checkPropertyKeys(s, value);
    return { kind: 'SetProperties', variable: subject, value, replace, at };
  }
  s.expectSymbol('=');
  return { kind: 'SetProperty', subject: subject.subject, key: subject.key, value: parseExpression(s), at };
}

type Subject = Variable | (Expression & { kind: 'Property' });

/** What SET and REMOVE act on: a variable, or a property of something. */
function parseSubject(s: TokenStream): Subject {
  const at = s.at();
  let subject: Expression;
  if (s.acceptSymbol('(')) {
    subject = parseExpression(s);
    s.expectSymbol(')');
  } else subject = parseVariable(s);
  while (s.isSymbol('.')) {
    s.advance();
    subject = { kind: 'Property', subject, key: s.expectToken('a property key'), at };
  }
  if (s.isSymbol('[')) throw s.unsupported('A dynamic property key');
  if (subject.kind !== 'Variable' && subject.kind !== 'Property') throw s.unexpected('a property');
  return subject;
}

function parsePlainLabels(s: TokenStream): readonly string[] {
  const start = s.token.start;
  const names: string[] = [];
  const collect = (labels: ReturnType<typeof parseLabels>): void => {
    if (labels.kind === 'Label') names.push(labels.name);
    else if (labels.kind === 'LabelAnd') {
      collect(labels.left);
      collect(labels.right);
    } else throw s.error('Only labels joined by : or & can be set or removed', start);
  };
  collect(parseLabels(s));
  return names;
}

/** REMOVE RemoveItem {',' RemoveItem} */
function parseRemove(s: TokenStream): Clause {
  const at = s.at();
  s.expectWord('REMOVE');
  const items: RemoveItem[] = [];
  do items.push(parseRemoveItem(s));
  while (s.acceptSymbol(','));
  return { kind: 'Remove', items, at };
}

function parseRemoveItem(s: TokenStream): RemoveItem {
  const at = s.at();
  const subject = parseSubject(s);
  if (subject.kind === 'Property') return { kind: 'RemoveProperty', subject: subject.subject, key: subject.key, at };
  if (!s.isSymbol(':') && !s.isWord('IS')) throw s.unexpected("'.' or ':'");
  return { kind: 'RemoveLabels', variable: subject, labels: parsePlainLabels(s), at };
}

/** [DETACH | NODETACH] DELETE Expression {',' Expression} */
function parseDelete(s: TokenStream): Clause {
  const at = s.at();
  const detach = s.acceptWord('DETACH');
  if (!detach) s.acceptWord('NODETACH');
  s.expectWord('DELETE');
  const expressions: Expression[] = [];
  do expressions.push(parseExpression(s));
  while (s.acceptSymbol(','));
  return { kind: 'Delete', detach, expressions, at };
}

/** FOREACH '(' Variable IN Expression '|' Clause {Clause} ')' */
function parseForeach(s: TokenStream): Clause {
  const at = s.at();
  s.expectWord('FOREACH');
  s.expectSymbol('(');
  const variable = parseVariable(s);
  s.expectWord('IN');
  const list = parseExpression(s);
  s.expectSymbol('|');
  const clauses = s.nested(() => parseClauses(s));
  if (!s.isSymbol(')')) throw s.unexpected("')' or a clause that updates");
  s.advance();
  return { kind: 'Foreach', variable, list, clauses, at };
}

/** CALL name ['(' Arguments ')'] [YIELD ('*' | Items) [WHERE …]] */
function parseCall(s: TokenStream): Clause {
  const at = s.at();
  s.expectWord('CALL');
  if (s.isSymbol('{') || s.isSymbol('(')) return parseCallSubquery(s, at);
  let name = s.expectName('the name of a procedure');
  while (s.acceptSymbol('.')) name += `.${s.expectName('the name of a procedure')}`;
  // Commands are procedures behind such names, for nobody to call.
  if (name.startsWith('#')) throw s.error(`There is no procedure with the name \`${name}\` registered for this database instance.`, at.offset);
  const given: Expression[] = [];
  const implicit = !s.acceptSymbol('(');
  if (!implicit) {
    if (!s.isSymbol(')')) {
      do given.push(parseExpression(s));
      while (s.acceptSymbol(','));
    }
    s.expectSymbol(')');
  }
  if (!s.acceptWord('YIELD')) return { kind: 'CallProcedure', name, arguments: given, implicit, yield: undefined, yieldStar: false, where: undefined, at };
  if (s.acceptSymbol('*')) return { kind: 'CallProcedure', name, arguments: given, implicit, yield: undefined, yieldStar: true, where: undefined, at };
  const items: ProjectionItem[] = [];
  do items.push(parseItem(s));
  while (s.acceptSymbol(','));
  return { kind: 'CallProcedure', name, arguments: given, implicit, yield: items, yieldStar: false, where: parseWhere(s), at };
}
