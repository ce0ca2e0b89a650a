// What a plan asks of an index, asked of its reader. Equality with null or NaN finds nothing; ids come each once.

import { AssertionError, unreachable } from '../base/assert.js';
import { failure } from '../errors/catalogue.js';
import type { GraphReader, IdCursor, IndexBound, TextQuestion } from '../graph/reader.js';
import { typeWord } from '../values/text.js';
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
      for (const value of predicate.list === null ? [] : listOf(predicate.list)) {
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

function listOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  throw failure('typeError', `Type mismatch: expected List but was ${typeWord(value)}`);
}

/** The same without copying and in the order of the index, for predicates that are one lookup: none is `in`. */
export function indexCursor(reader: GraphReader, index: number, predicates: readonly AskedPredicate[], descending: boolean): IdCursor {
  const lookup = reader.index(index);
  const prefix: Value[] = [];
  for (const predicate of predicates) {
    switch (predicate.kind) {
      case 'equal':
        if (predicate.value === null) return nothing;
        prefix.push(predicate.value);
        break;
      case 'range':
        if (predicate.lower?.value === null || predicate.upper?.value === null) return nothing;
        return lookup.range(prefix, predicate.lower, predicate.upper, descending);
      case 'prefix':
        return typeof predicate.value === 'string' ? lookup.startsWith(prefix, predicate.value, descending) : nothing;
      case 'exists':
        return prefix.length === 0 ? lookup.all(descending) : lookup.equal(prefix, descending);
      case 'in':
        throw new AssertionError('IN is several lookups');
      default:
        return unreachable(predicate);
    }
  }
  return prefix.length === 0 ? lookup.all(descending) : lookup.equal(prefix, descending);
}

/** Of a text index: what may be found, perhaps with others. The ids of a chunk ascend. */
export function textCursor(reader: GraphReader, index: number, question: TextQuestion, text: Value): IdCursor {
  return typeof text === 'string' ? reader.index(index).candidates(question, text) : nothing;
}

/** The same for IN. */
export function textSeek(reader: GraphReader, index: number, list: Value): Iterable<number> {
  const found: number[] = [];
  for (const text of Array.isArray(list) ? (list as readonly Value[]) : []) take(textCursor(reader, index, 'equals', text), found);
  return new Set(found);
}

const nothing: IdCursor = { ids: new Int32Array(0), start: 0, end: 0, next: () => false };

function take(cursor: IdCursor, found: number[]): void {
  while (cursor.next()) for (let at = cursor.start; at < cursor.end; at++) found.push(cursor.ids[at] as number);
}
