// The commands that administer graphs, aliases and users; those for servers are in server-administration.ts. Each becomes a name and a map of what was given: names and
// values are literals or parameters, so that nobody downstream needs to know the grammar.

import { type Fields, guarded, literal, once, parseDottedName, parseText, parseUserName, replacing } from './administration-parts.js';
import type { Administration } from './ast.js';
import { parseAtom } from './atoms.js';
import { parseExpression } from './expressions.js';
import { SERVER_COMMANDS } from './server-administration.js';
import type { TokenStream } from './token-stream.js';

/** A command, where one begins. */
export function parseAdministration(s: TokenStream): Administration | undefined {
  for (const [words, parse] of COMMANDS) if (s.isWords(...words)) return parse(s);
  for (const words of ABSENT) if (s.isWords(...words)) throw s.unsupported(words.join(' '));
  return undefined;
}

const COMMANDS: readonly (readonly [readonly string[], (s: TokenStream) => Administration])[] = [
  [['CREATE', 'OR', 'REPLACE', 'DATABASE'], parseCreateDatabase],
  [['CREATE', 'DATABASE'], parseCreateDatabase],
  [['ALTER', 'DATABASE'], parseAlterDatabase],
  [['START', 'DATABASE'], (s) => parseStartStop(s, 'START')],
  [['STOP', 'DATABASE'], (s) => parseStartStop(s, 'STOP')],
  [['DROP', 'DATABASE'], parseDropDatabase],
  [['CREATE', 'OR', 'REPLACE', 'ALIAS'], parseCreateAlias],
  [['CREATE', 'ALIAS'], parseCreateAlias],
  [['ALTER', 'ALIAS'], parseAlterAlias],
  [['DROP', 'ALIAS'], parseDropAlias],
  [['CREATE', 'OR', 'REPLACE', 'USER'], parseCreateUser],
  [['CREATE', 'USER'], parseCreateUser],
  [['ALTER', 'CURRENT', 'USER'], parseAlterCurrentUser],
  [['ALTER', 'USER'], parseAlterUser],
  [['RENAME', 'USER'], parseRenameUser],
  [['DROP', 'USER'], parseDropUser],
  ...SERVER_COMMANDS,
];

const ABSENT: readonly (readonly string[])[] = [
  ...['CREATE', 'DROP', 'ALTER', 'RENAME'].flatMap((verb) => ['COMPOSITE', 'ROLE'].map((noun) => [verb, noun])),
  ['RENAME', 'SERVER'],
  ...['GRANT', 'DENY', 'REVOKE', 'TERMINATE'].map((verb) => [verb]),
  ['CREATE', 'OR', 'REPLACE'],
];

// ---------------------------------------------------------------- databases

/** CREATE [OR REPLACE] DATABASE Name [IF NOT EXISTS] [TOPOLOGY …] [OPTIONS Map] [WAIT … | NOWAIT] */
function parseCreateDatabase(s: TokenStream): Administration {
  const at = s.at();
  s.expectWord('CREATE');
  const fields = replacing(s);
  s.expectWord('DATABASE');
  fields.push({ key: 'name', value: parseDottedName(s, 'the name of a database') });
  guarded(s, fields, 'ifNotExists', ['IF', 'NOT', 'EXISTS']);
  if (s.isWord('TOPOLOGY') || s.isWords('SET', 'TOPOLOGY')) {
    s.acceptWord('SET');
    parseTopology(s, fields);
  }
  if (s.isWord('OPTIONS')) refuseOptions(s);
  return { kind: 'Administration', name: 'createDatabase', words: 'CREATE DATABASE', fields, wait: parseWait(s), at };
}

/** ALTER DATABASE Name [IF EXISTS] {SET (ACCESS READ (ONLY | WRITE) | TOPOLOGY …)} [WAIT … | NOWAIT] */
function parseAlterDatabase(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('ALTER', 'DATABASE');
  const fields: Fields = [{ key: 'name', value: parseDottedName(s, 'the name of a database') }];
  guarded(s, fields, 'ifExists', ['IF', 'EXISTS']);
  if (!s.isWord('SET')) throw s.unexpected("'SET'");
  while (s.acceptWord('SET')) {
    if (s.acceptWords('ACCESS', 'READ')) {
      const readOnly = s.acceptWord('ONLY');
      if (!readOnly) s.expectWord('WRITE');
      fields.push({ key: 'access', value: literal(s, readOnly ? 'read-only' : 'read-write') });
    } else if (s.isWord('TOPOLOGY')) parseTopology(s, fields);
    else if (s.isWord('OPTION')) throw s.unsupported('SET OPTION of a database');
    else throw s.unexpected("'ACCESS' or 'TOPOLOGY'");
  }
  return { kind: 'Administration', name: 'alterDatabase', words: 'ALTER DATABASE', fields, wait: parseWait(s), at };
}

/** TOPOLOGY {Count (PRIMARY | PRIMARIES | SECONDARY | SECONDARIES)} */
function parseTopology(s: TokenStream, fields: Fields): void {
  s.expectWord('TOPOLOGY');
  const start = s.token.start;
  while (s.token.kind === 'integer' || s.token.kind === 'parameter') {
    const count = parseAtom(s);
    const primary = s.acceptWord('PRIMARY') || s.acceptWord('PRIMARIES');
    if (!primary && !s.acceptWord('SECONDARY') && !s.acceptWord('SECONDARIES')) throw s.unexpected("'PRIMARIES' or 'SECONDARIES'");
    const key = primary ? 'primaries' : 'secondaries';
    if (fields.some((field) => field.key === key)) throw s.error(`Duplicate ${primary ? 'PRIMARY' : 'SECONDARY'} clause`, start);
    fields.push({ key, value: count });
  }
  if (!fields.some((field) => field.key === 'primaries'))
    throw s.error('TOPOLOGY needs a number of PRIMARIES, such as TOPOLOGY 3 PRIMARIES 1 SECONDARY', start);
}

function refuseOptions(s: TokenStream): void {
  const start = s.advance().start;
  const given = parseExpression(s);
  if (given.kind !== 'Map') throw s.unsupported('An option of a database', start);
  for (const { key, value } of given.entries) {
    // What Neo4j takes to mean: use the data that is there. Of a new graph there is none.
    const isKnown = key === 'existingData' && value.kind === 'Literal' && value.value === 'use';
    if (!isKnown) throw s.unsupported(`The option ${key} of a database`, start);
  }
}

/** (START | STOP) DATABASE Name [WAIT … | NOWAIT] */
function parseStartStop(s: TokenStream, verb: 'START' | 'STOP'): Administration {
  const at = s.at();
  s.acceptWords(verb, 'DATABASE');
  const fields: Fields = [{ key: 'name', value: parseDottedName(s, 'the name of a database') }];
  return { kind: 'Administration', name: verb === 'START' ? 'startDatabase' : 'stopDatabase', words: `${verb} DATABASE`, fields, wait: parseWait(s), at };
}

/** DROP DATABASE Name [IF EXISTS] [DESTROY [DATA]] [WAIT … | NOWAIT] */
function parseDropDatabase(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('DROP', 'DATABASE');
  const fields: Fields = [{ key: 'name', value: parseDottedName(s, 'the name of a database') }];
  guarded(s, fields, 'ifExists', ['IF', 'EXISTS']);
  if (s.isWord('DUMP')) throw s.unsupported('DUMP DATA');
  if (s.acceptWord('DESTROY')) s.acceptWord('DATA');
  return { kind: 'Administration', name: 'dropDatabase', words: 'DROP DATABASE', fields, wait: parseWait(s), at };
}

const WAIT_SECONDS = 300;

/** [WAIT [Number [SEC | SECOND | SECONDS]] | NOWAIT]: milliseconds, undefined without WAIT */
function parseWait(s: TokenStream): number | undefined {
  if (s.acceptWord('NOWAIT') || !s.acceptWord('WAIT')) return undefined;
  if (s.token.kind !== 'integer') return WAIT_SECONDS * 1000;
  const seconds = Number(s.advance().text);
  if (!s.acceptWord('SEC') && !s.acceptWord('SECOND')) s.acceptWord('SECONDS');
  return seconds * 1000;
}

// ---------------------------------------------------------------- aliases

/** CREATE [OR REPLACE] ALIAS Name [IF NOT EXISTS] FOR DATABASE Name */
function parseCreateAlias(s: TokenStream): Administration {
  const at = s.at();
  s.expectWord('CREATE');
  const fields = replacing(s);
  s.expectWord('ALIAS');
  fields.push({ key: 'name', value: parseDottedName(s, 'the name of an alias') });
  guarded(s, fields, 'ifNotExists', ['IF', 'NOT', 'EXISTS']);
  s.expectWord('FOR');
  s.expectWord('DATABASE');
  fields.push({ key: 'target', value: parseDottedName(s, 'the name of a database') });
  if (s.isWord('AT')) throw s.unsupported('An alias for a database of another cluster');
  return { kind: 'Administration', name: 'createAlias', words: 'CREATE ALIAS', fields, wait: undefined, at };
}

/** ALTER ALIAS Name [IF EXISTS] SET DATABASE TARGET Name */
function parseAlterAlias(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('ALTER', 'ALIAS');
  const fields: Fields = [{ key: 'name', value: parseDottedName(s, 'the name of an alias') }];
  guarded(s, fields, 'ifExists', ['IF', 'EXISTS']);
  for (const word of ['SET', 'DATABASE', 'TARGET']) s.expectWord(word);
  fields.push({ key: 'target', value: parseDottedName(s, 'the name of a database') });
  return { kind: 'Administration', name: 'alterAlias', words: 'ALTER ALIAS', fields, wait: undefined, at };
}

/** DROP ALIAS Name [IF EXISTS] FOR DATABASE */
function parseDropAlias(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('DROP', 'ALIAS');
  const fields: Fields = [{ key: 'name', value: parseDottedName(s, 'the name of an alias') }];
  guarded(s, fields, 'ifExists', ['IF', 'EXISTS']);
  s.expectWord('FOR');
  s.expectWord('DATABASE');
  return { kind: 'Administration', name: 'dropAlias', words: 'DROP ALIAS', fields, wait: undefined, at };
}

// ---------------------------------------------------------------- users

/** CREATE [OR REPLACE] USER Name [IF NOT EXISTS] {SET …} */
function parseCreateUser(s: TokenStream): Administration {
  const at = s.at();
  s.expectWord('CREATE');
  const fields = replacing(s);
  s.expectWord('USER');
  fields.push({ key: 'name', value: parseUserName(s) });
  guarded(s, fields, 'ifNotExists', ['IF', 'NOT', 'EXISTS']);
  parseUserSettings(s, fields);
  if (!fields.some((field) => field.key === 'password')) throw s.unexpected("'SET PASSWORD'");
  return { kind: 'Administration', name: 'createUser', words: 'CREATE USER', fields, wait: undefined, at };
}

/** ALTER USER Name [IF EXISTS] [REMOVE HOME DATABASE] {SET …} */
function parseAlterUser(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('ALTER', 'USER');
  const fields: Fields = [{ key: 'name', value: parseUserName(s) }];
  guarded(s, fields, 'ifExists', ['IF', 'EXISTS']);
  guarded(s, fields, 'removeHome', ['REMOVE', 'HOME', 'DATABASE']);
  const before = fields.length;
  parseUserSettings(s, fields);
  if (fields.length === before && !fields.some((field) => field.key === 'removeHome')) throw s.unexpected("'SET' or 'REMOVE HOME DATABASE'");
  return { kind: 'Administration', name: 'alterUser', words: 'ALTER USER', fields, wait: undefined, at };
}

/** {[SET] ([PLAINTEXT] PASSWORD Text [[SET PASSWORD] CHANGE [NOT] REQUIRED] | PASSWORD CHANGE [NOT] REQUIRED | STATUS (ACTIVE | SUSPENDED) | HOME DATABASE Name)} */
function parseUserSettings(s: TokenStream, fields: Fields): void {
  while (s.acceptWord('SET')) {
    const start = s.token.start;
    if (s.isWord('ENCRYPTED')) throw s.unsupported('SET ENCRYPTED PASSWORD');
    if (s.isWord('AUTH')) throw s.unsupported('SET AUTH');
    s.acceptWord('PLAINTEXT');
    if (s.acceptWords('STATUS', 'ACTIVE')) once(s, fields, 'suspended', literal(s, false), start);
    else if (s.acceptWords('STATUS', 'SUSPENDED')) once(s, fields, 'suspended', literal(s, true), start);
    else if (s.acceptWords('HOME', 'DATABASE')) once(s, fields, 'home', parseDottedName(s, 'the name of a database'), start);
    else {
      s.expectWord('PASSWORD');
      if (!s.isWord('CHANGE')) once(s, fields, 'password', parseText(s, 'a password in quotes, or a parameter'), start);
      parseChange(s, fields, start);
    }
  }
}

/** [CHANGE [NOT] REQUIRED] */
function parseChange(s: TokenStream, fields: Fields, start: number): void {
  if (!s.acceptWord('CHANGE')) return;
  const required = !s.acceptWord('NOT');
  s.expectWord('REQUIRED');
  once(s, fields, 'changeRequired', literal(s, required), start);
}

/** ALTER CURRENT USER SET PASSWORD FROM Text TO Text */
function parseAlterCurrentUser(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('ALTER', 'CURRENT', 'USER');
  for (const word of ['SET', 'PASSWORD', 'FROM']) s.expectWord(word);
  const from = parseText(s, 'the old password in quotes, or a parameter');
  s.expectWord('TO');
  const fields = [
    { key: 'from', value: from },
    { key: 'to', value: parseText(s, 'the new password in quotes, or a parameter') },
  ];
  return { kind: 'Administration', name: 'alterCurrentUser', words: 'ALTER CURRENT USER SET PASSWORD', fields, wait: undefined, at };
}

/** RENAME USER Name [IF EXISTS] TO Name */
function parseRenameUser(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('RENAME', 'USER');
  const fields: Fields = [{ key: 'name', value: parseUserName(s) }];
  guarded(s, fields, 'ifExists', ['IF', 'EXISTS']);
  s.expectWord('TO');
  fields.push({ key: 'to', value: parseUserName(s) });
  return { kind: 'Administration', name: 'renameUser', words: 'RENAME USER', fields, wait: undefined, at };
}

/** DROP USER Name [IF EXISTS] */
function parseDropUser(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('DROP', 'USER');
  const fields: Fields = [{ key: 'name', value: parseUserName(s) }];
  guarded(s, fields, 'ifExists', ['IF', 'EXISTS']);
  return { kind: 'Administration', name: 'dropUser', words: 'DROP USER', fields, wait: undefined, at };
}
