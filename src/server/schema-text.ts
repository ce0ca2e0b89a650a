// Indexes and constraints as the statements that would create them again: SHOW's column createStatement.

import { unreachable } from '../base/assert.js';
import { typesText } from '../graph/property-type.js';
import type { ConstraintSchema, IndexSchema, KeySchema } from '../graph/schema.js';

export function createIndexText(index: IndexSchema): string {
  return `CREATE ${index.kind.toUpperCase()} INDEX ${quoted(index.name)} FOR ${subject(index)} ON (${keys(index)})`;
}

export function createLookupText(name: string, entity: 'node' | 'relationship'): string {
  return `CREATE LOOKUP INDEX ${quoted(name)} FOR ${entity === 'node' ? '(n) ON EACH labels(n)' : '()-[r]-() ON EACH type(r)'}`;
}

export function createConstraintText(constraint: ConstraintSchema): string {
  return `CREATE CONSTRAINT ${quoted(constraint.name)} FOR ${subject(constraint)} REQUIRE (${keys(constraint)}) ${requirement(constraint)}`;
}

function requirement({ kind, entity, propertyTypes }: ConstraintSchema): string {
  switch (kind) {
    case 'unique':
      return 'IS UNIQUE';
    case 'key':
      return entity === 'node' ? 'IS NODE KEY' : 'IS RELATIONSHIP KEY';
    case 'exists':
      return 'IS NOT NULL';
    case 'type':
      return `IS :: ${typesText(propertyTypes)}`;
    default:
      return unreachable(kind);
  }
}

function subject({ entity, token }: KeySchema): string {
  return entity === 'node' ? `(n:${quoted(token)})` : `()-[r:${quoted(token)}]-()`;
}

function keys({ entity, properties }: KeySchema): string {
  const variable = entity === 'node' ? 'n' : 'r';
  return properties.map((property) => `${variable}.${quoted(property)}`).join(', ');
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
