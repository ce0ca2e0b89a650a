// What a plan asks of an index, asked of its reader. Equality with null or NaN finds nothing; ids come each once.

import type { GraphReader, IdCursor, IndexBound } from '../graph/reader.js';
import type { Value } from '../values/value.js';

export type AskedPredicate =
  | { readonly kind: 'equal'; readonly value: Value }
  | { readonly kind: 'in'; readonly list: Value }
  | { readonly kind: 'range'; readonly lower: IndexBound | undefined; readonly upper: IndexBound | undefined }
  | { readonly kind: 'prefix'; readonly value: Value }
  | { readonly kind: 'exists' };

export function indexSeek(reader: GraphReader, index: number, predicates: readonly AskedPredicate[]): readonly number[] {
  const found: number[] = [];
  const several = predicates.some((predicate) => predicate.kind === 'in');
  seek(reader, index, predicates, [], found);
  return several ? [...new Set(found)] : found;
}

function seek(reader: GraphReader, index: number, predicates: readonly AskedPredicate[], prefix: readonly Value[], found: number[]): void {
  const [predicate, ...rest] = predicates;
  const lookup = reader.index(index);
  if (predicate === undefined) return take(prefix.length === 0 ? lookup.all() : lookup.equal(prefix), found);
  switch (predicate.kind) {
    case 'equal':
      if (predicate.value !== null) seek(reader, index, rest, [...prefix, predicate.value], found);
      return;
    case 'in':
      for (const value of Array.isArray(predicate.list) ? (predicate.list as readonly Value[]) : []) {
        if (value !== null) seek(reader, index, rest, [...prefix, value], found);
      }
      return;
    case 'range':
      if (predicate.lower?.value === null || predicate.upper?.value === null) return;
      return take(lookup.range(prefix, predicate.lower, predicate.upper), found);
    case 'prefix':
      return typeof predicate.value === 'string' ? take(lookup.startsWith(prefix, predicate.value), found) : undefined;
    case 'exists':
      return take(prefix.length === 0 ? lookup.all() : lookup.equal(prefix), found);
  }
}

function take(cursor: IdCursor, found: number[]): void {
  while (cursor.next()) for (let at = cursor.start; at < cursor.end; at++) found.push(cursor.ids[at] as number);
}
