// Schema and SHOW commands. What administers the cluster is in administration.ts.

import { type IndexKind, isIndexBacked } from '../graph/schema.js';
import { parseAdministration } from './administration.js';
import type { CreateConstraint, Projection, SchemaCommand, ShowCommand, ShowTarget, Statement } from './ast.js';
import { parseItem, parseOrderSkipLimit, parseProjection } from './clauses.js';
import { parseExpression, parseWhere } from './expressions.js';
import { parseIndexOptions } from './index-options.js';
import { parsePropertyTypes } from './property-types.js';
import { parseShownSchema } from './shown-schema.js';
import type { TokenStream } from './token-stream.js';

/** A command, where one begins; undefined where a query does. */
export function parseCommand(s: TokenStream): Statement | undefined {
  const administration = parseAdministration(s);
  if (administration !== undefined) return administration;
  if (s.isWord('CREATE')) return parseCreateCommand(s);
  if (s.isWord('DROP')) return parseDrop(s);
  return s.isWord('SHOW') ? parseShow(s) : undefined;
}

const ABSENT_KINDS = ['FULLTEXT', 'VECTOR', 'BTREE'];
const INDEX_KINDS = ['range', 'text', 'point'] as const;

/** CREATE [RANGE | TEXT | POINT | LOOKUP] INDEX … | CREATE CONSTRAINT … */
function parseCreateCommand(s: TokenStream): Statement | undefined {
  const at = s.at();
  for (const kind of ABSENT_KINDS) if (s.isWord(kind, 1) && s.isWord('INDEX', 2)) throw s.unsupported(`A ${kind} index`);
  for (const kind of INDEX_KINDS) if (s.acceptWords('CREATE', kind.toUpperCase(), 'INDEX')) return parseCreateIndex(s, kind, at);
  if (s.acceptWords('CREATE', 'LOOKUP', 'INDEX')) return parseCreateLookup(s, at);
  if (s.acceptWords('CREATE', 'INDEX')) return parseCreateIndex(s, 'range', at);
  return s.acceptWords('CREATE', 'CONSTRAINT') ? parseCreateConstraint(s, at) : undefined;
}

/** [Name] [IF NOT EXISTS] FOR ('(' v ':' Label ')' | '()-[' v ':' Type ']-()') ON '(' v '.' key {',' v '.' key} ')' [Options] */
function parseCreateIndex(s: TokenStream, index: IndexKind, at: Statement['at']): SchemaCommand {
  const { name, ifNotExists } = parseNameAndGuard(s);
  s.expectWord('FOR');
  const subject = parseSubject(s);
  s.expectWord('ON');
  s.expectSymbol('(');
  const start = s.token.start;
  const properties = parseProperties(s, 'index', subject);
  if (index !== 'range' && properties.length > 1) throw s.error(`Only single property ${index} indexes are supported`, start);
  s.expectSymbol(')');
  parseIndexOptions(s, index);
  return { kind: 'CreateIndex', index, name, ifNotExists, entity: subject.entity, labelOrType: subject.token, properties, at };
}

/** [Name] [IF NOT EXISTS] FOR ('(' v ')' ON EACH labels '(' v ')' | '()-[' v ']-()' ON [EACH] type '(' v ')') [Options] */
function parseCreateLookup(s: TokenStream, at: Statement['at']): SchemaCommand {
  const { name, ifNotExists } = parseNameAndGuard(s);
  s.expectWord('FOR');
  s.expectSymbol('(');
  const entity = s.acceptSymbol(')') ? 'relationship' : 'node';
  if (entity === 'relationship') {
    if (!s.acceptSymbol('<-')) s.expectSymbol('-');
    s.expectSymbol('[');
  }
  const variable = s.expectName('a variable name');
  s.expectSymbol(entity === 'node' ? ')' : ']');
  if (entity === 'relationship') {
    if (!s.acceptSymbol('->')) s.expectSymbol('-');
    s.expectSymbol('(');
    s.expectSymbol(')');
  }
  s.expectWord('ON');
  if (!s.acceptWord('EACH') && entity === 'node') throw s.unexpected("'EACH'");
  s.expectWord(entity === 'node' ? 'LABELS' : 'TYPE');
  s.expectSymbol('(');
  const start = s.token.start;
  if (s.expectName('a variable name') !== variable) throw s.error(`Variable \`${s.text.slice(start, s.lastEnd)}\` not defined`, start);
  s.expectSymbol(')');
  parseIndexOptions(s, 'lookup');
  return { kind: 'CreateLookupIndex', name, ifNotExists, entity, at };
}

/** [Name] [IF NOT EXISTS] FOR Subject REQUIRE (v.key | '(' v.key {',' v.key} ')') Requirement [Options] */
function parseCreateConstraint(s: TokenStream, at: Statement['at']): SchemaCommand {
  const { name, ifNotExists } = parseNameAndGuard(s);
  s.expectWord('FOR');
  const subject = parseSubject(s);
  const { entity, token } = subject;
  s.expectWord('REQUIRE');
  const bracket = s.acceptSymbol('(');
  const properties = parseProperties(s, 'constraint', subject);
  if (bracket) s.expectSymbol(')');
  const { constraint, propertyTypes } = parseRequirement(s, entity, properties.length);
  parseIndexOptions(s, isIndexBacked(constraint) ? 'range' : 'bare');
  return { kind: 'CreateConstraint', name, ifNotExists, constraint, entity, labelOrType: token, properties, propertyTypes, at };
}

type Requirement = Pick<CreateConstraint, 'constraint' | 'propertyTypes'>;

/** IS [NODE | REL[ATIONSHIP]] (UNIQUE | KEY) | IS NOT NULL | (IS '::' | IS TYPED | '::') Type */
function parseRequirement(s: TokenStream, entity: 'node' | 'relationship', propertyCount: number): Requirement {
  const start = s.token.start;
  const single = (constraint: string) => {
    if (propertyCount > 1) throw s.error(`Constraint type '${constraint}' does not allow multiple properties`, start);
  };
  if (s.acceptSymbol('::') || s.acceptWords('IS', 'TYPED') || (s.isWord('IS') && s.isSymbol('::', 1) && s.advance() && s.acceptSymbol('::'))) {
    single('IS TYPED');
    return { constraint: 'type', propertyTypes: parsePropertyTypes(s) };
  }
  s.expectWord('IS');
  if (s.acceptWords('NOT', 'NULL')) {
    single('IS NOT NULL');
    return { constraint: 'exists', propertyTypes: [] };
  }
  const said = s.acceptWord('NODE') ? 'node' : s.acceptWord('RELATIONSHIP') || s.acceptWord('REL') ? 'relationship' : undefined;
  const key = s.acceptWord('KEY');
  if (!key && !s.acceptWord('UNIQUE') && !s.acceptWord('UNIQUENESS')) throw s.unexpected("'UNIQUE', 'KEY', 'NOT NULL', '::' or 'TYPED'");
  if (said !== undefined && said !== entity) {
    const type = `IS ${said.toUpperCase()} ${key ? 'KEY' : 'UNIQUE'}`;
    throw s.error(`'${type}' does not allow ${entity} patterns`, start);
  }
  return { constraint: key ? 'key' : 'unique', propertyTypes: [] };
}

function parseNameAndGuard(s: TokenStream): { readonly name: string | undefined; readonly ifNotExists: boolean } {
  const unnamed = s.isWord('FOR') || (s.isWord('IF') && s.isWord('NOT', 1));
  const name = unnamed ? undefined : s.expectName("a name, 'IF NOT EXISTS' or 'FOR'");
  return { name, ifNotExists: s.acceptWords('IF', 'NOT', 'EXISTS') };
}

interface Subject {
  readonly variable: string;
  readonly entity: 'node' | 'relationship';
  readonly token: string;
}

function parseSubject(s: TokenStream): Subject {
  s.expectSymbol('(');
  if (!s.acceptSymbol(')')) {
    const { variable, token } = parseTyped(s);
    s.expectSymbol(')');
    return { variable, entity: 'node', token };
  }
  if (!s.acceptSymbol('<-')) s.expectSymbol('-');
  s.expectSymbol('[');
  const { variable, token } = parseTyped(s);
  s.expectSymbol(']');
  if (!s.acceptSymbol('->')) s.expectSymbol('-');
  s.expectSymbol('(');
  s.expectSymbol(')');
  return { variable, entity: 'relationship', token };
}

function parseTyped(s: TokenStream): { readonly variable: string; readonly token: string } {
  const variable = s.expectName('a variable name');
  s.expectSymbol(':');
  return { variable, token: s.expectToken('a label or type') };
}

function parseProperties(s: TokenStream, of: 'index' | 'constraint', subject: Subject): readonly string[] {
  const keys: string[] = [];
  let repeated: { readonly key: string; readonly start: number } | undefined;
  do {
    const start = s.token.start;
    if (s.expectName('a property') !== subject.variable) throw s.error(`Variable \`${s.text.slice(start, s.lastEnd)}\` not defined`, start);
    s.expectSymbol('.');
    const key = s.expectToken('a property key');
    if (keys.includes(key)) repeated ??= { key, start };
    keys.push(key);
  } while (s.acceptSymbol(','));
  if (repeated === undefined) return keys;
  const [error, what] = of === 'index' ? (['indexRepeatsProperty', 'An index'] as const) : (['constraintRepeatsProperty', 'A constraint'] as const);
  throw s.failure(error, `${what} on ${shapeText(subject, keys)} would have a repeated property: name \`${repeated.key}\` once`, repeated.start);
}

function shapeText({ entity, token }: Subject, keys: readonly string[]): string {
  const list = keys.join(', ');
  return entity === 'node' ? `(:${token} {${list}})` : `()-[:${token} {${list}}]-()`;
}

/** DROP (INDEX | CONSTRAINT) Name [IF EXISTS] */
function parseDrop(s: TokenStream): SchemaCommand {
  const at = s.at();
  s.expectWord('DROP');
  const index = s.acceptWord('INDEX');
  if (!index && !s.acceptWord('CONSTRAINT')) throw s.unexpected("'INDEX' or 'CONSTRAINT'");
  const name = s.expectName('the name of an index or constraint');
  const ifExists = s.acceptWords('IF', 'EXISTS');
  return { kind: index ? 'DropIndex' : 'DropConstraint', name, ifExists, at };
}

const SHOWN: readonly (readonly [readonly string[], ShowTarget])[] = [
  [['DEFAULT', 'DATABASE'], 'defaultDatabase'],
  [['HOME', 'DATABASE'], 'homeDatabase'],
  [['DATABASES'], 'databases'],
  [['DATABASE'], 'database'],
  [['SERVERS'], 'servers'],
  [['SERVER'], 'servers'],
  [['CURRENT', 'USER'], 'currentUser'],
  [['USERS'], 'users'],
  [['USER'], 'users'],
];

/** SHOW Target [Name] [YIELD … [WHERE …] [RETURN …] | WHERE …] */
function parseShow(s: TokenStream): ShowCommand {
  const at = s.at();
  s.expectWord('SHOW');
  const { target, name, only } = parseShownSchema(s) ?? { ...parseShown(s), only: [] };
  const projected = s.acceptWord('YIELD') ? parseYield(s) : undefined;
  const where = projected === undefined && s.acceptWord('WHERE') ? parseExpression(s) : undefined;
  const returned = projected !== undefined && s.acceptWord('RETURN') ? parseProjection(s) : undefined;
  return { kind: 'Show', target, name, only, yield: projected, where, return: returned, at };
}

function parseShown(s: TokenStream): { readonly target: ShowTarget; readonly name: string | undefined } {
  if (s.acceptWord('ALIAS') || s.acceptWord('ALIASES')) return parseShownAliases(s);
  const shown = SHOWN.find(([words]) => s.acceptWords(...words));
  if (shown === undefined) throw s.unsupported(`SHOW ${s.token.text}`);
  const [, target] = shown;
  const named = (target === 'databases' || target === 'database') && s.token.kind !== 'end' && !s.isWord('YIELD') && !s.isWord('WHERE');
  const name = named ? parseGraphName(s) : undefined;
  if (target === 'database' && name === undefined) throw s.unexpected('the name of a database');
  return { target: name === undefined ? target : 'database', name };
}

/** [Name] [FOR (DATABASE | DATABASES)] */
function parseShownAliases(s: TokenStream): { readonly target: ShowTarget; readonly name: string | undefined } {
  const named = s.token.kind !== 'end' && !s.isWord('FOR') && !s.isWord('YIELD') && !s.isWord('WHERE');
  const name = named ? parseGraphName(s) : undefined;
  if (s.acceptWord('FOR') && !s.acceptWord('DATABASE') && !s.acceptWord('DATABASES')) throw s.unexpected("'DATABASE' or 'DATABASES'");
  return { target: 'aliases', name };
}

export function parseGraphName(s: TokenStream): string {
  let name = s.expectName('the name of a database');
  while (s.acceptSymbol('.')) name += `.${s.expectName('the name of a database')}`;
  return name;
}

/** ('*' | Items) [ORDER BY …] [SKIP …] [LIMIT …] [WHERE …] */
function parseYield(s: TokenStream): Projection {
  const at = s.at();
  const star = s.acceptSymbol('*');
  const items = [];
  if (!star) {
    do items.push(parseItem(s));
    while (s.acceptSymbol(','));
  }
  const page = parseOrderSkipLimit(s);
  const where = parseWhere(s);
  return { distinct: false, star, items, ...page, where, at };
}
