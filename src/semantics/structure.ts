// Which clauses may follow which, and how a query may end.

import type { Clause, Query, SingleQuery } from '../language/ast.js';
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
  CallSubquery: 'CALL',
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

/** Raises SyntaxError for an order of clauses that Cypher does not have. `endsAnywhere`: what only looks may end with any clause. */
export function checkStructure(query: SingleQuery, names: Names, endsAnywhere: boolean): void {
  const { clauses } = query;
  clauses.forEach((clause, index) => {
    const next = clauses[index + 1];
    if (next === undefined) return;
    if (clause.kind === 'Return') throw names.error('RETURN can only be used at the end of the query.', clause.at);
    const reads = next.kind === 'Match' || next.kind === 'Unwind' || next.kind === 'CallProcedure' || next.kind === 'CallSubquery';
    if (isUpdate(clause) && reads) throw names.error(`WITH is required between ${CLAUSE_WORDS[clause.kind]} and ${CLAUSE_WORDS[next.kind]}`, next.at);
  });
  if (endsAnywhere) return;
  const last = clauses.at(-1);
  if (last === undefined || last.kind === 'Return' || isUpdate(last)) return;
  if (last.kind === 'CallProcedure' && (clauses.length === 1 || last.yield === undefined)) return;
  if (last.kind === 'CallSubquery' && isUnit(last.query)) return;
  const message = `Query cannot conclude with ${CLAUSE_WORDS[last.kind]} (must be a RETURN clause, an update clause, a unit subquery call, or a procedure call with no YIELD)`;
  throw names.error(message, last.at);
}

/** It returns no columns: it runs for what it writes. */
export function isUnit(query: Query): boolean {
  return query.parts[0]?.clauses.at(-1)?.kind !== 'Return';
}

/** Whether it updates anything, also in the subqueries that it calls. */
export function updates({ parts }: Query): boolean {
  return parts.some(({ clauses }) => clauses.some((clause) => isUpdate(clause) || (clause.kind === 'CallSubquery' && updates(clause.query))));
}
