// Types that a constraint may ask of a property: names of scalar types, and lists of them. A set of types is written in one
// order and each type in one form (`LIST<INTEGER NOT NULL>`), so that equal sets have equal texts.

import { typeOf, type Value } from '../values/value.js';

/** In the order in which Neo4j writes them. */
export const SCALAR_TYPES = [
  'BOOLEAN',
  'STRING',
  'INTEGER',
  'FLOAT',
  'DATE',
  'LOCAL TIME',
  'ZONED TIME',
  'LOCAL DATETIME',
  'ZONED DATETIME',
  'DURATION',
  'POINT',
] as const;

export type ScalarType = (typeof SCALAR_TYPES)[number];

export function listType(of: ScalarType): string {
  return `LIST<${of} NOT NULL>`;
}

const ORDER: readonly string[] = [...SCALAR_TYPES, ...SCALAR_TYPES.map(listType)];

/** Each type once, in order. */
export function normalTypes(types: readonly string[]): readonly string[] {
  return ORDER.filter((type) => types.includes(type));
}

export function typesText(types: readonly string[]): string {
  return types.join(' | ');
}

/** Whether a stored value is of one of the types; null is of every type. */
export function conforms(value: Value, types: readonly string[]): boolean {
  if (value === null) return true;
  if (!Array.isArray(value)) return types.includes(typeOf(value));
  const items = value as readonly Value[];
  // An empty list is a list of anything.
  return SCALAR_TYPES.some((type) => types.includes(listType(type)) && items.every((item) => typeOf(item) === type));
}

/** The type of a stored value, as a constraint would name it. */
export function storedTypeText(value: Value): string {
  if (!Array.isArray(value)) return typeOf(value);
  const [first] = value as readonly Value[];
  return first === undefined ? 'LIST<NOTHING>' : `LIST<${typeOf(first)} NOT NULL>`;
}
