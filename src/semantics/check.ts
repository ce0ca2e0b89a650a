// Checking: a parsed statement becomes one in canonical form (`canonical.ts`), or the user's error is raised, before anything runs.

import type { Administration, ExplainedStatement, Query, SchemaCommand, Statement } from '../language/ast.js';
import { administrationAsQuery, callAsAdministration } from './administration.js';
import type { CheckedAdministration, CheckedStatement, Signatures } from './canonical.js';
import { checkTypes } from './check-types.js';
import { checkQuery } from './clauses.js';
import { Names } from './scope.js';
import { showAsQuery } from './show.js';

export function check(explained: ExplainedStatement, signatures: Signatures): CheckedStatement {
  const { mode, text } = explained;
  const names = new Names(text);
  const given = callAsAdministration(explained.statement) ?? explained.statement;
  const statement = asQueryOrSchema(given, signatures);
  const administration = administrationOf(given);
  if (statement.kind !== 'Query') return { mode, statement, text, columns: [], parameters: [], use: undefined, administration };
  const { query, columns } = checkQuery(statement, names, signatures);
  checkTypes(query, names);
  return { mode, statement: query, text, columns, parameters: [...names.parameters], use: statement.use?.graph, administration };
}

function asQueryOrSchema(statement: Statement, signatures: Signatures): Query | SchemaCommand {
  switch (statement.kind) {
    case 'Show':
      return showAsQuery(statement, signatures.procedures);
    case 'Administration':
      return administrationAsQuery(statement);
    default:
      return statement;
  }
}

function administrationOf(statement: Statement): CheckedAdministration | undefined {
  if (statement.kind !== 'Administration') return undefined;
  const { words, wait, name } = statement;
  return { words, subject: subjectOf(statement), waitMs: wait, answers: answers.has(name), ownPassword: name === 'alterCurrentUser' };
}

/** Commands that move copies say which. */
const answers: ReadonlySet<string> = new Set(['deallocate', 'deallocateDatabase', 'deallocateNumber', 'reallocate']);

function subjectOf({ fields }: Administration): CheckedAdministration['subject'] {
  const given = fields.find((field) => field.key === 'name')?.value;
  if (given?.kind === 'Parameter') return { parameter: given.name };
  return { name: given?.kind === 'Literal' ? String(given.value) : '' };
}
