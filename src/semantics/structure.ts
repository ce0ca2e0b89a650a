// Which clauses may follow which, and how a query may end.

import type { Clause, SingleQuery } from '../language/ast.js';
import type { Names } from './scope.js';

const WORDS: Readonly<Record<Clause['kind'], string>> = {
  Match: 'MATCH',
  Unwind: 'UNWIND',
  With: 'WITH',
  Return: 'RETURN',
  Create: 'CREATE',
  Merge: 'MERGE',
  Set: 'SET',
  Remove: 'REMOVE',
  Delete: 'DELETE',
  CallProcedure: 'CALL',
};

export function isUpdate(clause: Clause): boolean {
  return clause.kind === 'Create' || clause.kind === 'Merge' || clause.kind === 'Set' || clause.kind === 'Remove' || clause.kind === 'Delete';
}

/** Raises SyntaxError for an order of clauses that Cypher does not have. */
export function checkStructure(query: SingleQuery, names: Names): void {
  const { clauses } = query;
  clauses.forEach((clause, index) => {
    const next = clauses[index + 1];
    if (next === undefined) return;
    if (clause.kind === 'Return') throw names.error('RETURN can only be used at the end of the query.', clause.at);
    const reads = next.kind === 'Match' || next.kind === 'Unwind' || next.kind === 'CallProcedure';
    if (isUpdate(clause) && reads) throw names.error(`WITH is required between ${WORDS[clause.kind]} and ${WORDS[next.kind]}`, next.at);
  });
  const last = clauses.at(-1);
  if (last === undefined || last.kind === 'Return' || isUpdate(last) || (last.kind === 'CallProcedure' && (clauses.length === 1 || last.yield === undefined)))
    return;
  const message = `Query cannot conclude with ${WORDS[last.kind]} (must be a RETURN clause, an update clause, or a procedure call with no YIELD)`;
  throw names.error(message, last.at);
}
