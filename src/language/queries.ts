// Whole queries: clauses one after the other, and UNIONs of them; at the top of a statement and inside { … }.

import type { Clause, Query, SingleQuery, UseClause, Variable } from './ast.js';
import { parseClause } from './clauses.js';
import { parseVariable } from './patterns.js';
import type { TokenStream } from './token-stream.js';

/** Query = SingleQuery {UNION [ALL | DISTINCT] SingleQuery} */
export function parseQuery(s: TokenStream, use: UseClause | undefined): Query {
  const at = s.at();
  const parts = [parseSingleQuery(s)];
  let unionAll: boolean | undefined;
  while (s.isWord('UNION')) {
    const start = s.advance().start;
    const all = s.acceptWord('ALL');
    if (!all) s.acceptWord('DISTINCT');
    if (unionAll !== undefined && unionAll !== all) throw s.error('Invalid combination of UNION and UNION ALL', start);
    unionAll = all;
    parts.push(parseSingleQuery(s));
  }
  return { kind: 'Query', use, parts, unionAll: unionAll ?? false, at };
}

/** SingleQuery = Clause {Clause} */
function parseSingleQuery(s: TokenStream): SingleQuery {
  const at = s.at();
  return { kind: 'SingleQuery', clauses: parseClauses(s), at };
}

export function parseClauses(s: TokenStream): readonly Clause[] {
  const clauses: Clause[] = [];
  for (;;) {
    const clause = parseClause(s);
    if (clause === undefined) break;
    clauses.push(clause);
  }
  if (clauses.length === 0) throw s.unexpected("a clause, such as 'MATCH', 'CREATE', 'MERGE', 'UNWIND', 'WITH', 'CALL' or 'RETURN'");
  return clauses;
}

/** '{' Query '}' */
export function parseBracedQuery(s: TokenStream): Query {
  s.expectSymbol('{');
  if (s.isWord('USE')) throw s.unsupported('USE in a subquery');
  const query = s.nested(() => parseQuery(s, undefined));
  if (!s.isSymbol('}')) throw s.unexpected("'}' or a clause");
  s.advance();
  return query;
}

/** CALL ['(' ['*' | Variable {',' Variable}] ')'] '{' Query '}'; the word CALL is behind us. */
export function parseCallSubquery(s: TokenStream, at: Clause['at']): Clause {
  const scoped = s.acceptSymbol('(');
  const star = scoped && s.acceptSymbol('*');
  const imports: Variable[] = [];
  if (scoped) {
    if (!star && !s.isSymbol(')')) {
      do imports.push(parseVariable(s));
      while (s.acceptSymbol(','));
    }
    s.expectSymbol(')');
  }
  const query = parseBracedQuery(s);
  if (s.isWord('IN')) throw s.unsupported('CALL { … } IN TRANSACTIONS');
  return { kind: 'CallSubquery', scoped, star, imports, query, at };
}
