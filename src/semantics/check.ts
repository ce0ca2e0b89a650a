// Checking: a parsed statement becomes one in canonical form (`canonical.ts`), or the user's error is raised, before anything runs.

import type { ExplainedStatement, Query, Statement } from '../language/ast.js';
import type { CheckedStatement, Signatures } from './canonical.js';
import { checkSingleQuery } from './clauses.js';
import { Names } from './scope.js';
import { showAsQuery } from './show.js';
import { checkStructure } from './structure.js';

export function check(explained: ExplainedStatement, signatures: Signatures): CheckedStatement {
  const { mode, text } = explained;
  const names = new Names(text);
  const statement = asQueryOrSchema(explained.statement, signatures);
  if (statement.kind !== 'Query') return { mode, statement, columns: [], parameters: [], extracted: new Map(), use: undefined };
  const { query, columns } = checkQuery(statement, names, signatures);
  return { mode, statement: query, columns, parameters: [...names.parameters], extracted: new Map(), use: statement.use?.graph };
}

function asQueryOrSchema(statement: Statement, signatures: Signatures): Exclude<Statement, { kind: 'Show' }> {
  return statement.kind === 'Show' ? showAsQuery(statement, signatures.procedures) : statement;
}

function checkQuery(query: Query, names: Names, signatures: Signatures): { readonly query: Query; readonly columns: readonly string[] } {
  const parts = query.parts.map((part) => {
    checkStructure(part, names);
    return checkSingleQuery(part, names, signatures);
  });
  const columns = parts[0]?.columns ?? [];
  for (const part of parts) {
    const equal = part.columns.length === columns.length && part.columns.every((column, index) => column === columns[index]);
    if (!equal) throw names.error('All sub queries in an UNION must have the same return column names', part.query.at);
  }
  if (parts.length > 1 && columns.length === 0) throw names.error('Every part of a UNION must end with RETURN', query.at);
  return { query: { ...query, parts: parts.map((part) => part.query) }, columns };
}
