// What a text index can be asked: one question about its property, of which a value that is no string cannot be the answer. A parameter
// may hold anything, so equality is asked only of what the text shows to be a string.
//
// What it finds is to be checked: nothing that is asked is solved, but for its existence.

import type { IndexSchema } from '../graph/schema.js';
import type { Expression } from '../language/ast.js';
import { textSeekRows } from './cardinality.js';
import type { SeekPredicate } from './plan.js';
import type { Planning } from './planning.js';
import type { Seek, Seekable } from './seeks.js';

/** The question that finds the fewest strings. */
export function textSeekOf(planning: Planning, index: IndexSchema, seekables: readonly Seekable[]): Seek | undefined {
  const mine = seekables.filter(({ key }) => key === index.properties[0]);
  const seeks = mine.filter(({ seek }) => isOfStrings(seek)).map(({ seek }) => ({ seek, looked: textSeekRows(planning, index, seek) }));
  const [first, ...others] = seeks;
  if (first === undefined) return undefined;
  const { seek, looked } = others.reduce((best, next) => (next.looked < best.looked ? next : best), first);
  const solved = mine.filter((one) => one.seek.kind === 'exists').flatMap(({ solves }) => solves);
  return { index, predicates: [seek], unique: false, checked: [], solved, looked };
}

/** Whether it is true of strings alone. */
function isOfStrings(predicate: SeekPredicate): boolean {
  switch (predicate.kind) {
    case 'prefix':
    case 'suffix':
    case 'contains':
      return true;
    case 'equal':
      return isString(predicate.value);
    case 'in':
      return predicate.list.kind === 'List' ? predicate.list.items.every(isString) : standsFor(predicate.list, 'strings');
    default:
      return false;
  }
}

function isString(e: Expression): boolean {
  return (e.kind === 'Literal' && typeof e.value === 'string') || standsFor(e, 'string');
}

function standsFor(e: Expression, literal: 'string' | 'strings'): boolean {
  return e.kind === 'Parameter' && e.literal === literal;
}
