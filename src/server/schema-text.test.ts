// The statements of SHOW's createStatement: the parser reads each as what it was made of.

import { expect, it } from 'vitest';
import type { ConstraintSchema } from '../graph/schema.js';
import { parse } from '../language/parser.js';
import { createConstraintText, createIndexText } from './schema-text.js';

const shape = { id: 1, name: 'a `name`', token: 'T x', properties: ['a', 'b`c'] } as const;

it.each<Pick<ConstraintSchema, 'kind' | 'entity' | 'propertyTypes'>>([
  { kind: 'unique', entity: 'node', propertyTypes: [] },
  { kind: 'key', entity: 'node', propertyTypes: [] },
  { kind: 'key', entity: 'relationship', propertyTypes: [] },
  { kind: 'exists', entity: 'relationship', propertyTypes: [] },
  { kind: 'type', entity: 'node', propertyTypes: ['STRING', 'ZONED DATETIME', 'LIST<INTEGER NOT NULL>'] },
])('a constraint: $kind of a $entity', ({ kind, entity, propertyTypes }) => {
  const properties = kind === 'exists' || kind === 'type' ? ['b`c'] : shape.properties;
  const text = createConstraintText({ ...shape, properties, kind, entity, propertyTypes, index: undefined });
  expect(parse(text).statement).toMatchObject({
    kind: 'CreateConstraint',
    name: shape.name,
    constraint: kind,
    entity,
    labelOrType: 'T x',
    properties,
    propertyTypes,
  });
});

it('an index', () => {
  const text = createIndexText({ ...shape, kind: 'range', entity: 'relationship', owner: undefined });
  expect(parse(text).statement).toMatchObject({
    kind: 'CreateIndex',
    name: shape.name,
    entity: 'relationship',
    labelOrType: 'T x',
    properties: shape.properties,
  });
});
