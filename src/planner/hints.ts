// Planner hints. Of the ways to find a component those count that do what most hints say; a hint that no beginning can follow is the
// user's error. A join hint is taken as a wish: where the planner cannot join, it follows relationships.

import { unreachable } from '../base/assert.js';
import { failure } from '../errors/catalogue.js';
import type { GraphSchema, IndexSchema } from '../graph/schema.js';
import type { Hint, IndexHint } from '../language/ast.js';
import type { Plan } from './plan.js';
import { inputs } from './plan-tree.js';

type UseHint = Exclude<Hint, { readonly kind: 'JoinHint' }>;

/** Raises IndexNotFound where the graph has no such index. */
export function checkHints(hints: readonly Hint[], schema: GraphSchema): void {
  for (const hint of hints) {
    if (hint.kind !== 'IndexHint') continue;
    if (schema.indexes.some((index) => isMeant(index, hint))) continue;
    const on = hint.properties.map((key) => `\`${hint.variable.name}\`.\`${key}\``).join(', ');
    const kind = hint.index === undefined || hint.index === 'range' ? '' : `${hint.index.toUpperCase()} `;
    throw failure('indexNotFound', `No such index: ${kind}INDEX FOR (\`${hint.variable.name}\`:\`${hint.name}\`) ON (${on})`, { position: hint.at });
  }
}

/** Raises SyntaxError for a hint on a component's `members` that no start can follow. */
export function checkFollowable(starts: readonly { readonly plan: Plan }[], hints: readonly Hint[], members: ReadonlySet<string>): void {
  const hint = unfollowable(starts, hints, members);
  if (hint !== undefined) throw failure('syntaxError', refusal(hint), { position: hint.at });
}

/** The first hint on a component's `members` that no start can follow. */
export function unfollowable(starts: readonly { readonly plan: Plan }[], hints: readonly Hint[], members: ReadonlySet<string>): UseHint | undefined {
  for (const hint of hints) {
    if (hint.kind === 'JoinHint' || !members.has(hint.variable.name)) continue;
    if (!starts.some(({ plan }) => follows(plan, hint))) return hint;
  }
  return undefined;
}

/** How many of the hints a plan follows. */
export function followedBy(plan: Plan, hints: readonly Hint[]): number {
  return hints.filter((hint) => follows(plan, hint)).length;
}

function follows(plan: Plan, hint: Hint): boolean {
  return does(plan, hint) || inputs(plan).some((input) => follows(input, hint));
}

function does(plan: Plan, hint: Hint): boolean {
  if (hint.kind === 'JoinHint') return plan.kind === 'NodeHashJoin' && hint.variables.every(({ name }) => plan.nodes.includes(name));
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
      return found === variable && seeks && isMeant(plan.index, hint);
    }
    default:
      return unreachable(hint);
  }
}

function isMeant(index: IndexSchema, hint: IndexHint): boolean {
  const isKind = hint.index === undefined || hint.index === index.kind;
  return isKind && index.token === hint.name && sameKeys(index.properties, hint.properties);
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
