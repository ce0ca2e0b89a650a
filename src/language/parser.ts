// Text of a statement to its tree: hand-written recursive descent, one function for each production. Productions
// of one area share a file: queries, clauses, patterns, expressions, atoms, commands.

import { limits } from '../base/limits.js';
import { failure } from '../errors/catalogue.js';
import type { ExplainedStatement, Statement, UseClause } from './ast.js';
import { parseCommand, parseGraphName } from './commands.js';
import { parseOptions } from './options.js';
import { parseQuery } from './queries.js';
import { TokenStream } from './token-stream.js';

/** Statement = [Options] (Command | Query) [';']. Raises SyntaxError with position and caret. */
export function parse(text: string): ExplainedStatement {
  if (text.length > limits.queryCharactersMax) {
    throw failure(
      'syntaxError',
      `The query has ${text.length} characters, more than limits.query_characters (${limits.queryCharactersMax}). Pass data as parameters.`,
    );
  }
  const s = new TokenStream(text);
  const mode = parseOptions(s);
  if (s.isAtEnd()) throw s.error('Unexpected end of input: expected a query');
  const statement = parseStatement(s);
  s.acceptSymbol(';');
  if (!s.isAtEnd()) throw s.unexpected(s.isSymbol(';') ? 'the end: one statement at a time' : 'a clause, an operator or the end of the query');
  return { mode, statement, text };
}

function parseStatement(s: TokenStream): Statement {
  const use = parseUse(s);
  const command = parseCommand(s);
  if (command === undefined) return parseQuery(s, use);
  if (use !== undefined && command.kind !== 'Administration' && command.kind !== 'Show') throw s.unsupported('USE before a command', use.at.offset);
  return command;
}

/** USE Name */
function parseUse(s: TokenStream): UseClause | undefined {
  if (!s.isWord('USE')) return undefined;
  const at = s.at();
  s.advance();
  if (s.isWord('GRAPH') && s.isSymbol('.', 1)) throw s.unsupported('USE graph.byName(…)');
  return { kind: 'Use', graph: parseGraphName(s), at };
}
