// Which clauses may follow which, and how a query may end.

import type { Clause, SingleQuery } from '../language/ast.js';
import type { Names } from './scope.js';

export const CLAUSE_WORDS: Readonly<Record<Clause['kind'], string>> = {
  Match: 'MATCH',
  Unwind: 'UNWIND',
  With: 'WITH',
  Return: 'RETURN',
  Create: 'CREATE',
  Merge: 'MERGE',
  Set: 'SET',
  Remove: 'REMOVE',
  Delete: 'DELETE',
  Foreach: 'FOREACH',
  CallProcedure: 'CALL',
};

export function isUpdate(clause: Clause): boolean {
  switch (clause.kind) {
    case 'Create':
    case 'Merge':
    case 'Set':
    case 'Remove':
    case 'Delete':
    case 'Foreach':
      return true;
    default:
      return false;
  }
}

/** Raises SyntaxError for an order of clauses that Cypher does not have. */
export function checkStructure(query: SingleQuery, names: Names): void {
  const { clauses } = query;
  clauses.forEach((clause, index) => {
    const next = clauses[index + 1];
    if (next === undefined) return;
    if (clause.kind === 'Return') throw names.error('RETURN can only be used at the end of the query.', clause.at);
    const reads = next.kind === 'Match' || next.kind === 'Unwind' || next.kind === 'CallProcedure';
    if (isUpdate(clause) && reads) throw names.error(`WITH is required between ${CLAUSE_WORDS[clause.kind]} and ${CLAUSE_WORDS[next.kind]}`, next.at);
  });
  const last = clauses.at(-1);
  if (last === undefined || last.kind === 'Return' || isUpdate(last) || (last.kind === 'CallProcedure' && (clauses.length === 1 || last.yield === undefined)))
    return;
  const message = `Query cannot conclude with ${CLAUSE_WORDS[last.kind]} (must be a RETURN clause, an update clause, or a procedure call with no YIELD)`;
  throw names.error(message, last.at);
}
