// CREATE and DROP of indexes and constraints. A name that is not given is made of what the index or constraint is.

import { createHash } from 'node:crypto';
import { unreachable } from '../base/assert.js';
import type { Pieces } from '../base/pieces.js';
import { failure } from '../errors/catalogue.js';
import { type ConstraintSchema, type GraphSchema, sameList } from '../graph/schema.js';
import type { GraphWriter } from '../graph/writer.js';
import type { CreateConstraint, CreateIndex, SchemaCommand } from '../language/ast.js';

export function* writeSchema(writer: GraphWriter, command: SchemaCommand): Pieces<void> {
  switch (command.kind) {
    case 'CreateIndex': {
      const { index: kind, entity, labelOrType: token, properties } = command;
      const name = command.name ?? madeName('index', entity, token, properties, kind === 'range' ? [] : [kind]);
      if (command.ifNotExists && indexExists(writer.schema, command, name)) return;
      writer.createIndex({ name, kind, entity, token, properties });
      return;
    }
    case 'CreateLookupIndex': {
      if (command.ifNotExists) return;
      const shape = command.entity === 'node' ? '(:<any-labels>)' : '()-[:<any-types>]-()';
      throw failure('indexAlreadyExists', `There already exists an index ${shape}.`, { position: command.at });
    }
    case 'CreateConstraint': {
      const name = command.name ?? madeConstraintName(command);
      if (command.ifNotExists && constraintExists(writer.schema, command, name)) return;
      const { constraint: kind, entity, labelOrType: token, properties, propertyTypes } = command;
      yield* writer.createConstraint({ name, kind, entity, token, properties, propertyTypes });
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

/** By name, or by what it covers. */
function indexExists(schema: GraphSchema, command: CreateIndex, name: string): boolean {
  return schema.indexes.some(
    (index) =>
      index.name === name ||
      (index.kind === command.index &&
        index.entity === command.entity &&
        index.token === command.labelOrType &&
        sameList(index.properties, command.properties)),
  );
}

/** By name, or by what it asks of the same properties; two types of one property are not the same. */
function constraintExists(schema: GraphSchema, command: CreateConstraint, name: string): boolean {
  const { constraint, entity, labelOrType, properties, propertyTypes } = command;
  const same = (one: ConstraintSchema) =>
    one.kind === constraint &&
    one.entity === entity &&
    one.token === labelOrType &&
    sameList(one.properties, properties) &&
    sameList(one.propertyTypes, propertyTypes);
  return schema.constraints.some((one) => one.name === name || same(one));
}

function madeConstraintName({ constraint, entity, labelOrType, properties, propertyTypes }: CreateConstraint): string {
  // Kinds other than unique may stand beside it on the same properties.
  const more = constraint === 'unique' ? [] : [constraint, ...propertyTypes];
  return madeName('constraint', entity, labelOrType, properties, more);
}

function madeName(word: string, entity: string, token: string, properties: readonly string[], more: readonly string[] = []): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([word, entity, token, properties, ...more]))
    .digest('hex');
  return `${word}_${hash.slice(0, 8)}`;
}
