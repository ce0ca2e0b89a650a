// Planner hints. Of the beginnings that a component has, only those stay that do what a hint says; a hint that none can follow
// is the user's error. A join hint changes no rows and no beginning: it is taken as a wish.

import { unreachable } from '../base/assert.js';
import { failure } from '../errors/catalogue.js';
import type { GraphSchema } from '../graph/schema.js';
import type { Hint } from '../language/ast.js';
import type { Plan } from './plan.js';
import { inputs } from './plan-tree.js';

type UseHint = Exclude<Hint, { readonly kind: 'JoinHint' }>;

/** Raises IndexNotFound where the graph has no such index. */
export function checkHints(hints: readonly Hint[], schema: GraphSchema): void {
  for (const hint of hints) {
    if (hint.kind !== 'IndexHint') continue;
    if (schema.indexes.some((index) => index.token === hint.name && sameKeys(index.properties, hint.properties))) continue;
    const on = hint.properties.map((key) => `\`${hint.variable.name}\`.\`${key}\``).join(', ');
    throw failure('indexNotFound', `No such index: INDEX FOR (\`${hint.variable.name}\`:\`${hint.name}\`) ON (${on})`, { position: hint.at });
  }
}

/** The starts that follow most of the hints on their component's `members`. Raises SyntaxError for a hint that no start can follow. */
export function following<S extends { readonly plan: Plan }>(starts: readonly S[], hints: readonly Hint[], members: ReadonlySet<string>): readonly S[] {
  const own = hints.filter((hint): hint is UseHint => hint.kind !== 'JoinHint' && members.has(hint.variable.name));
  if (own.length === 0) return starts;
  const counted = starts.map((start) => ({ start, followed: own.filter((hint) => follows(start.plan, hint)) }));
  for (const hint of own) {
    if (!counted.some(({ followed }) => followed.includes(hint))) throw failure('syntaxError', refusal(hint), { position: hint.at });
  }
  const most = Math.max(...counted.map(({ followed }) => followed.length));
  return counted.filter(({ followed }) => followed.length === most).map(({ start }) => start);
}

function follows(plan: Plan, hint: UseHint): boolean {
  return does(plan, hint) || inputs(plan).some((input) => follows(input, hint));
}

function does(plan: Plan, hint: UseHint): boolean {
  const variable = hint.variable.name;
  switch (hint.kind) {
    case 'ScanHint':
      if (plan.kind === 'RelationshipTypeScan') return plan.relationship === variable && plan.types.includes(hint.name);
      return plan.kind === 'NodeByLabelScan' && plan.node === variable && plan.label === hint.name;
    case 'IndexHint': {
      if (plan.kind !== 'NodeIndexSeek' && plan.kind !== 'RelationshipIndexSeek') return false;
      const found = plan.kind === 'NodeIndexSeek' ? plan.node : plan.relationship;
      // A seek asks for something: that a property exists is asked by going through the whole index.
      const seeks = !hint.seek || plan.predicates[0]?.kind !== 'exists';
      return found === variable && seeks && plan.index.token === hint.name && sameKeys(plan.index.properties, hint.properties);
    }
    default:
      return unreachable(hint);
  }
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}

function refusal(hint: UseHint): string {
  if (hint.kind === 'ScanHint') {
    return 'Cannot use label scan hint in this context. Label scan hints require using a simple label test in WHERE (either directly or as part of a top-level AND). Note that the label must be specified on a non-optional node';
  }
  return 'Cannot use index hint in this context. Index hints are only supported for the following predicates in WHERE (either directly or as part of a top-level AND or OR): equality comparison, inequality (range) comparison, STARTS WITH, IN condition or checking property existence. The comparison cannot be performed between two property values. Note that the label and property comparison must be specified on a non-optional node';
}
