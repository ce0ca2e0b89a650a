// What may be stored as a property: scalars, and lists of scalars of one type. The result is canonical
// (SAFETY 9): one NaN, no −0, no lone surrogates, INTEGERs among FLOATs made FLOAT.

import { failure } from '../errors/catalogue.js';
import type { CausewayError } from '../errors/error.js';
import { describe } from './text.js';
import { CypherFloat, isSimple, typeOf, type Value } from './value.js';

const NAN = new CypherFloat(Number.NaN);
const ZERO = new CypherFloat(0);
const loneSurrogate = /\p{Cs}/u;

/** The canonical stored form of `value`; null stays null (it removes the property). Raises TypeError. */
export function asPropertyValue(value: Value): Value {
  if (Array.isArray(value)) return propertyList(value);
  const scalar = propertyScalar(value);
  if (scalar === undefined) throw notStorable(value);
  return scalar;
}

function notStorable(value: Value): CausewayError {
  return failure('typeError', `Property values can only be of primitive types or arrays thereof. Encountered: ${describe(value)}.`);
}

function propertyScalar(value: Value): Value | undefined {
  if (typeof value === 'string') return loneSurrogate.test(value) ? value.replace(/\p{Cs}/gu, '\ufffd') : value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof CypherFloat) return canonicalFloat(value);
  return isSimple(value) ? value : undefined;
}

function canonicalFloat(float: CypherFloat): CypherFloat {
  if (float.value === 0) return ZERO;
  return Number.isNaN(float.value) ? NAN : float;
}

function propertyList(items: readonly Value[]): readonly Value[] {
  const kinds = new Set<string>();
  const stored = items.map((item) => {
    if (item === null) throw failure('typeError', 'Collections containing null values can not be stored in properties.');
    if (Array.isArray(item)) throw failure('typeError', 'Collections containing collections can not be stored in properties.');
    const scalar = propertyScalar(item);
    if (scalar === undefined) throw notStorable(items);
    kinds.add(isSimple(scalar) ? typeOf(scalar) : typeof scalar);
    return scalar;
  });
  return kinds.size < 2 || isInteger(kinds) ? stored : allFloats(stored, kinds);
}

/** INTEGERs are of two JavaScript types. */
function isInteger(kinds: ReadonlySet<string>): boolean {
  return [...kinds].every((kind) => kind === 'number' || kind === 'bigint');
}

function allFloats(items: readonly Value[], kinds: ReadonlySet<string>): readonly Value[] {
  if ([...kinds].some((kind) => kind !== 'number' && kind !== 'bigint' && kind !== 'object')) {
    throw failure(
      'typeError',
      'Neo4j only supports a subset of Cypher types for storage as singleton or array properties. Lists must hold values of one type.',
    );
  }
  return items.map((item) => (item instanceof CypherFloat ? item : new CypherFloat(Number(item))));
}
