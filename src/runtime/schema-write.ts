// CREATE and DROP of indexes and constraints. A name that is not given is made of what the index or constraint is.

import { createHash } from 'node:crypto';
import { unreachable } from '../base/assert.js';
import type { GraphSchema } from '../graph/schema.js';
import type { GraphWriter } from '../graph/writer.js';
import type { CreateConstraint, CreateIndex, SchemaCommand } from '../language/ast.js';

export function writeSchema(writer: GraphWriter, command: SchemaCommand): void {
  switch (command.kind) {
    case 'CreateIndex': {
      const name = command.name ?? madeName('index', command.entity, command.labelOrType, command.properties);
      if (command.ifNotExists && indexExists(writer.schema, command, name)) return;
      writer.createIndex({ name, entity: command.entity, token: command.labelOrType, properties: command.properties });
      return;
    }
    case 'CreateConstraint': {
      const name = command.name ?? madeName('constraint', 'node', command.label, command.properties);
      if (command.ifNotExists && constraintExists(writer.schema, command, name)) return;
      writer.createConstraint({ name, kind: command.constraint, label: command.label, properties: command.properties });
      return;
    }
    case 'DropIndex':
      if (command.ifExists && !writer.schema.indexes.some((index) => index.name === command.name)) return;
      writer.dropIndex(command.name);
      return;
    case 'DropConstraint':
      if (command.ifExists && !writer.schema.constraints.some((constraint) => constraint.name === command.name)) return;
      writer.dropConstraint(command.name);
      return;
    default:
      return unreachable(command);
  }
}

function sameProperties(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index]);
}

/** By name, or by what it covers. */
function indexExists(schema: GraphSchema, command: CreateIndex, name: string): boolean {
  return schema.indexes.some(
    (index) =>
      index.name === name || (index.entity === command.entity && index.token === command.labelOrType && sameProperties(index.properties, command.properties)),
  );
}

function constraintExists(schema: GraphSchema, command: CreateConstraint, name: string): boolean {
  return schema.constraints.some((one) => one.name === name || (one.label === command.label && sameProperties(one.properties, command.properties)));
}

function madeName(word: string, entity: string, token: string, properties: readonly string[]): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([word, entity, token, properties]))
    .digest('hex');
  return `${word}_${hash.slice(0, 8)}`;
}
