// A pattern stands for whether it exists, so it may only stand where a Boolean is asked for: not as a column, not as a value.

import type { Clause, Expression } from '../language/ast.js';
import type { Names } from './scope.js';
import { mapChildren } from './tree.js';

export function checkPatternPredicates(clause: Clause, names: Names): void {
  const values = (expressions: readonly (Expression | undefined)[]): void => {
    for (const e of expressions) if (e !== undefined) check(e, false, names);
  };
  if (clause.kind === 'Unwind' || clause.kind === 'Foreach') return values([clause.list]);
  if (clause.kind === 'Set') return values(clause.items.map((item) => (item.kind === 'SetLabels' ? undefined : item.value)));
  if (clause.kind !== 'With' && clause.kind !== 'Return') return;
  const { items, orderBy } = clause.projection;
  values([...items, ...orderBy].map(({ expression }) => expression));
}

function check(e: Expression, predicate: boolean, names: Names): void {
  const inner = (child: Expression | undefined, asPredicate: boolean): void => {
    if (child !== undefined) check(child, asPredicate, names);
  };
  switch (e.kind) {
    case 'PatternExpression':
      if (predicate) return;
      throw names.error(
        'A pattern expression should only be used in order to test the existence of a pattern, in a place that takes a Boolean, such as WHERE or exists(). Use a pattern comprehension to get its matches.',
        e.at,
      );
    case 'Case':
      inner(e.subject, false);
      for (const { when, then } of e.alternatives) {
        inner(when, e.subject === undefined);
        inner(then, false);
      }
      return inner(e.otherwise, false);
    case 'ListComprehension':
      inner(e.list, false);
      inner(e.where, true);
      return inner(e.projection, false);
    case 'Quantifier':
      inner(e.list, false);
      return inner(e.where, true);
    case 'PatternComprehension':
      inner(e.where, true);
      return inner(e.projection, false);
    case 'ExistsSubquery':
    case 'CountSubquery':
      return inner(e.where, true);
    default: {
      const asPredicate = takesPredicates(e);
      mapChildren(e, (child) => {
        inner(child, asPredicate);
        return child;
      });
    }
  }
}

function takesPredicates(e: Expression): boolean {
  if (e.kind === 'Unary') return e.operator === 'NOT';
  if (e.kind === 'Binary') return e.operator === 'AND' || e.operator === 'OR' || e.operator === 'XOR';
  return e.kind === 'Function' && e.name.toLowerCase() === 'exists';
}
