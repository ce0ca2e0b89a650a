// Planner hints. Of the ways to find a component those count that do what most hints say; a hint that no beginning can follow is the
// user's error. A join hint is taken as a wish: where a join costs too much to look for, the planner follows relationships. Where the
// pattern has no place for one, checking has refused it (semantics/join-hints.ts).

import { unreachable } from '../base/assert.js';
import { type ErrorName, failure } from '../errors/catalogue.js';
import { withCaret } from '../errors/print.js';
import type { IndexSchema } from '../graph/schema.js';
import type { Hint, IndexHint } from '../language/ast.js';
import type { Plan, SeekPredicate } from './plan.js';
import { inputs } from './plan-tree.js';
import type { Planning } from './planning.js';

type UseHint = Exclude<Hint, { readonly kind: 'JoinHint' }>;

/** Raises SyntaxError for a scan beside another hint of its variable, and IndexNotFound where the graph has no such index. */
export function checkHints(hints: readonly Hint[], { schema, text }: Pick<Planning, 'schema' | 'text'>): void {
  for (const group of byVariable(hints)) {
    const [, second] = group;
    if (second !== undefined && group.some(({ kind }) => kind === 'ScanHint')) throw refused('syntaxError', SEVERAL, second, text);
  }
  for (const hint of hints) {
    if (hint.kind !== 'IndexHint') continue;
    if (schema.indexes.some((index) => isMeant(hint, index))) continue;
    const on = hint.properties.map((key) => `\`${hint.variable.name}\`.\`${key}\``).join(', ');
    const kind = hint.index === undefined ? '' : `${hint.index.toUpperCase()} `;
    throw refused('indexNotFound', `No such index: ${kind}INDEX FOR (\`${hint.variable.name}\`:\`${hint.name}\`) ON (${on})`, hint, text);
  }
}

/**
 * Raises SyntaxError for a hint on a component's `members` that no start can follow, and for two indexes of one of them, unless a start
 * uses both, as one of `n.p = 1 OR n.q = 2` does.
 */
export function checkFollowable(
  starts: readonly { readonly plan: Plan }[],
  hints: readonly Hint[],
  members: ReadonlySet<string>,
  { text }: Pick<Planning, 'text'>,
): void {
  for (const group of byVariable(hints)) {
    const [first, second = first] = group;
    if (!members.has(first.variable.name)) continue;
    const lost = group.find((hint) => !starts.some(({ plan }) => follows(plan, hint)));
    if (lost !== undefined) throw refused('syntaxError', refusal(lost), lost, text);
    if (!starts.some(({ plan }) => followedBy(plan, group) === group.length)) throw refused('syntaxError', SEVERAL, second, text);
  }
}

/** Hints that say how to find something, together for each variable that they find. */
function byVariable(hints: readonly Hint[]): readonly (readonly [UseHint, ...UseHint[]])[] {
  const found = new Map<string, [UseHint, ...UseHint[]]>();
  for (const hint of hints) {
    if (hint.kind === 'JoinHint') continue;
    const others = found.get(hint.variable.name);
    if (others === undefined) found.set(hint.variable.name, [hint]);
    else others.push(hint);
  }
  return [...found.values()];
}

const SEVERAL = 'Multiple hints for same variable are not supported';

function refused(error: ErrorName, message: string, { at: position }: Hint, text: string): Error {
  return failure(error, withCaret(message, text, position), { position });
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
      return found === variable && (!hint.seek || !plan.predicates.some(isScan)) && isMeant(hint, plan.index);
    }
    default:
      return unreachable(hint);
  }
}

/** A seek asks for something: that a property exists, how it ends and what it contains are scans of the index, whatever they look at. */
function isScan({ kind }: SeekPredicate, place: number): boolean {
  return place === 0 && (kind === 'exists' || kind === 'suffix' || kind === 'contains');
}

function isMeant(hint: IndexHint, { kind, token, properties }: IndexSchema): boolean {
  return (hint.index === undefined || hint.index === kind) && token === hint.name && sameKeys(properties, hint.properties);
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
