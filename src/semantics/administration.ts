// Commands that administer as queries: CALL of the procedure that does it, with what was given in a map.

import type { Administration, Query } from '../language/ast.js';

export function administrationAsQuery({ name, fields, at }: Administration): Query {
  const call = {
    kind: 'CallProcedure' as const,
    name: `#administer.${name}`,
    arguments: [{ kind: 'Map' as const, entries: fields, at }],
    yield: undefined,
    yieldStar: false,
    where: undefined,
    at,
  };
  return { kind: 'Query', use: undefined, parts: [{ kind: 'SingleQuery', clauses: [call], at }], unionAll: false, at };
}
