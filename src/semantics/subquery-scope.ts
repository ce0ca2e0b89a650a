// What CALL { … } takes from around it, and what it may give back.

import type { Projection, SingleQuery, With } from '../language/ast.js';
import type { Names, Scope } from './scope.js';
import { some } from './tree.js';

/** The scope that an importing WITH makes; undefined where the WITH takes nothing from around. */
export function importedBy({ projection }: With, outer: Scope, names: Names): Scope | undefined {
  const { items, star } = projection;
  const takes = star || items.some(({ expression }) => some(expression, (e) => e.kind === 'Variable' && outer.has(e.name)));
  if (!takes) return undefined;
  const refused = refusal(projection);
  if (refused !== undefined) throw names.error(`Importing WITH should consist only of simple references to outside variables. ${refused}`, projection.at);
  if (star) return outer;
  return new Map(
    items.map(({ name, at }) => {
      const symbol = outer.get(name);
      if (symbol === undefined) throw names.undefinedVariable({ kind: 'Variable', name, at });
      return [name, symbol];
    }),
  );
}

function refusal({ items, distinct, orderBy, skip, limit, where }: Projection): string | undefined {
  if (items.some(({ name, expression }) => expression.kind !== 'Variable' || expression.name !== name)) return 'Aliasing or expressions are not supported.';
  if (distinct) return 'DISTINCT is not allowed.';
  if (orderBy.length > 0) return 'ORDER BY is not allowed.';
  if (skip !== undefined) return 'SKIP is not allowed.';
  if (limit !== undefined) return 'LIMIT is not allowed.';
  return where === undefined ? undefined : 'WHERE is not allowed.';
}

/** What is returned gets names that are new around it. */
export function checkReturned({ clauses }: SingleQuery, columns: readonly string[], outer: Scope, names: Names): void {
  const last = clauses.at(-1);
  if (last?.kind !== 'Return') return;
  const { items, at } = last.projection;
  for (const item of items) if (!item.aliased) throw names.error('Expression in CALL { RETURN ... } must be aliased (use AS)', item.at);
  const taken = columns.find((name) => outer.has(name));
  if (taken === undefined) return;
  throw names.error(`Variable \`${taken}\` already declared in outer scope`, items.find(({ name }) => name === taken)?.at ?? at);
}
