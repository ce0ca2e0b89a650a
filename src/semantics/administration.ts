// Commands that administer as queries: CALL of the procedure that does it, with what was given in a map.

import type { Administration, Query, Statement } from '../language/ast.js';

/** Before the name of a procedure that a command stands for. */
export const ADMINISTER = '#administer.';

export function administrationAsQuery({ name, fields, at }: Administration): Query {
  const call = {
    kind: 'CallProcedure' as const,
    implicit: false,
    name: `${ADMINISTER}${name}`,
    arguments: [{ kind: 'Map' as const, entries: fields, at }],
    yield: undefined,
    yieldStar: false,
    where: undefined,
    at,
  };
  return { kind: 'Query', use: undefined, parts: [{ kind: 'SingleQuery', clauses: [call], at }], unionAll: false, at };
}

/** Procedures that administer: commands that have no words of their own, with the names of their arguments. The last are optional. */
const CALLS: Readonly<Record<string, { readonly name: string; readonly fields: readonly string[]; readonly required: number }>> = {
  'dbms.cluster.cordonServer': { name: 'cordonServer', fields: ['server'], required: 1 },
  'dbms.cluster.uncordonServer': { name: 'uncordonServer', fields: ['server'], required: 1 },
  'dbms.cluster.setAutomaticallyEnableFreeServers': { name: 'autoEnableServers', fields: ['autoEnable'], required: 1 },
  'dbms.cluster.deallocateDatabaseFromServer': { name: 'deallocateDatabase', fields: ['server', 'database', 'dryRun'], required: 2 },
  'dbms.cluster.deallocateDatabaseFromServers': { name: 'deallocateDatabase', fields: ['server', 'database', 'dryRun'], required: 2 },
  'dbms.cluster.deallocateNumberOfDatabases': { name: 'deallocateNumber', fields: ['server', 'count', 'dryRun'], required: 2 },
  'dbms.cluster.reallocateDatabase': { name: 'reallocate', fields: ['database', 'dryRun'], required: 1 },
  'dbms.cluster.reallocateNumberOfDatabases': { name: 'reallocate', fields: ['count', 'dryRun'], required: 1 },
};

/** A statement that is nothing but the call of such a procedure. */
export function callAsAdministration(statement: Statement): Administration | undefined {
  if (statement.kind !== 'Query' || statement.parts.length !== 1) return undefined;
  const [clause, ...more] = statement.parts[0]?.clauses ?? [];
  if (clause?.kind !== 'CallProcedure' || more.length > 0 || clause.yield !== undefined) return undefined;
  const found = Object.entries(CALLS).find(([name]) => name.toLowerCase() === clause.name.toLowerCase());
  if (found === undefined) return undefined;
  const [words, { name, fields, required }] = found;
  // Too few or too many: the call's own error.
  if (clause.arguments.length < required || clause.arguments.length > fields.length) return undefined;
  const given = clause.arguments.map((value, index) => ({ key: fields[index] as string, value }));
  return { kind: 'Administration', name, words, fields: given, wait: undefined, at: clause.at };
}
