// The commands that administer servers: what they may hold, and where the copies of graphs go.

import { type Fields, literal, parseText } from './administration-parts.js';
import type { Administration, Expression } from './ast.js';
import { parseAtom } from './atoms.js';
import type { TokenStream } from './token-stream.js';

export const SERVER_COMMANDS: readonly (readonly [readonly string[], (s: TokenStream) => Administration])[] = [
  [['ENABLE', 'SERVER'], parseEnableServer],
  [['ALTER', 'SERVER'], parseAlterServer],
  [['DROP', 'SERVER'], parseDropServer],
  [['DEALLOCATE'], parseDeallocate],
  [['DRYRUN', 'DEALLOCATE'], parseDeallocate],
  [['REALLOCATE'], parseReallocate],
  [['DRYRUN', 'REALLOCATE'], parseReallocate],
];

/** ENABLE SERVER Text [OPTIONS Map] */
function parseEnableServer(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('ENABLE', 'SERVER');
  const fields: Fields = [{ key: 'server', value: parseServer(s) }];
  if (s.acceptWord('OPTIONS')) fields.push({ key: 'options', value: parseOptions(s) });
  return { kind: 'Administration', name: 'enableServer', words: 'ENABLE SERVER', fields, wait: undefined, at };
}

/** ALTER SERVER Text SET OPTIONS Map */
function parseAlterServer(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('ALTER', 'SERVER');
  const fields: Fields = [{ key: 'server', value: parseServer(s) }];
  s.expectWord('SET');
  s.expectWord('OPTIONS');
  fields.push({ key: 'options', value: parseOptions(s) });
  return { kind: 'Administration', name: 'alterServer', words: 'ALTER SERVER', fields, wait: undefined, at };
}

/** DROP SERVER Text */
function parseDropServer(s: TokenStream): Administration {
  const at = s.at();
  s.acceptWords('DROP', 'SERVER');
  return { kind: 'Administration', name: 'dropServer', words: 'DROP SERVER', fields: [{ key: 'server', value: parseServer(s) }], wait: undefined, at };
}

/** [DRYRUN] DEALLOCATE (DATABASE | DATABASES) FROM (SERVER | SERVERS) Text {',' Text} */
function parseDeallocate(s: TokenStream): Administration {
  const at = s.at();
  const fields = dryRun(s);
  s.expectWord('DEALLOCATE');
  expectEither(s, 'DATABASE', 'DATABASES');
  s.expectWord('FROM');
  expectEither(s, 'SERVER', 'SERVERS');
  const items = [parseServer(s)];
  while (s.acceptSymbol(',')) items.push(parseServer(s));
  fields.push({ key: 'servers', value: { kind: 'List', items, at } });
  return { kind: 'Administration', name: 'deallocate', words: 'DEALLOCATE DATABASES', fields, wait: undefined, at };
}

/** [DRYRUN] REALLOCATE (DATABASE | DATABASES) */
function parseReallocate(s: TokenStream): Administration {
  const at = s.at();
  const fields = dryRun(s);
  s.expectWord('REALLOCATE');
  expectEither(s, 'DATABASE', 'DATABASES');
  return { kind: 'Administration', name: 'reallocate', words: 'REALLOCATE DATABASES', fields, wait: undefined, at };
}

function dryRun(s: TokenStream): Fields {
  const value = literal(s, true);
  return s.acceptWord('DRYRUN') ? [{ key: 'dryRun', value }] : [];
}

function expectEither(s: TokenStream, one: string, other: string): void {
  if (!s.acceptWord(one)) s.expectWord(other);
}

/** Its name or its id. */
function parseServer(s: TokenStream): Expression {
  return parseText(s, 'the name or the id of a server in quotes, or a parameter');
}

/** Map | Parameter */
function parseOptions(s: TokenStream): Expression {
  if (s.token.kind === 'parameter' || s.isSymbol('{')) return parseAtom(s);
  throw s.unexpected('a map of options, or a parameter');
}
