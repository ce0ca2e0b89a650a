// What may stand before a statement: EXPLAIN or PROFILE, and the options of Neo4j's planner and runtime. The options are checked
// and have no effect: there is one planner and one runtime here.

import { failure } from '../errors/catalogue.js';
import { withCaret } from '../errors/print.js';
import type { ExplainedStatement } from './ast.js';
import type { TokenStream } from './token-stream.js';

/** The version of Cypher that is spoken here. */
const VERSION = '5';

/** Options of Neo4j 5 in lower case, with their values; both are matched without case. */
const OPTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['planner', ['cost', 'idp', 'dp']],
  ['runtime', ['interpreted', 'slotted', 'pipelined', 'parallel']],
  ['updatestrategy', ['default', 'eager']],
  ['expressionengine', ['default', 'interpreted', 'compiled']],
  ['operatorengine', ['default', 'interpreted', 'compiled']],
  ['interpretedpipesfallback', ['default', 'disabled', 'whitelisted_plans_only', 'all']],
  ['replan', ['default', 'force', 'skip']],
  ['connectcomponentsplanner', ['greedy', 'idp']],
  ['eageranalyzer', ['ir', 'lp']],
  ['inferschemaparts', ['off', 'most_selective_label']],
]);

/** {CYPHER [Version] {Name '=' Name} | EXPLAIN | PROFILE}. Raises SyntaxError or ArgumentError with position and caret. */
export function parseOptions(s: TokenStream): ExplainedStatement['mode'] {
  let mode: ExplainedStatement['mode'] = 'run';
  for (;;) {
    if (s.acceptWord('EXPLAIN')) mode = 'explain';
    else if (s.acceptWord('PROFILE')) mode = 'profile';
    else if (s.acceptWord('CYPHER')) parseCypherOptions(s);
    else return mode;
  }
}

function parseCypherOptions(s: TokenStream): void {
  if (s.token.kind === 'integer' || s.token.kind === 'float') parseVersion(s);
  const given = new Map<string, string>();
  while (s.token.kind === 'name' && s.isSymbol('=', 1)) parseOption(s, given);
}

function parseVersion(s: TokenStream): void {
  const { text, start } = s.token;
  if (text !== VERSION) throw invalid(s, `${text} is not a valid option for cypher version. Valid options are: ${VERSION}`, start);
  s.advance();
}

/** Name '=' Name; one option has one value. */
function parseOption(s: TokenStream, given: Map<string, string>): void {
  const { text: name, start } = s.advance();
  s.expectSymbol('=');
  const values = OPTIONS.get(name.toLowerCase());
  if (values === undefined) throw invalid(s, `Unsupported options: ${name}. Valid options are: ${[...OPTIONS.keys()].join(', ')}`, start);
  const at = s.token.start;
  const value = s.expectName(`a value of the option '${name}'`).toLowerCase();
  if (!values.includes(value)) throw invalid(s, `${value} is not a valid option for ${name}. Valid options are: ${values.join(', ')}`, at);
  const before = given.get(name.toLowerCase());
  if (before !== undefined && before !== value) throw invalid(s, `Can't specify multiple conflicting values for ${name}`, start);
  given.set(name.toLowerCase(), value);
}

function invalid(s: TokenStream, message: string, offset: number): Error {
  const position = s.at(offset);
  return failure('argumentError', withCaret(message, s.text, position), { position });
}
