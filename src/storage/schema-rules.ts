// What stands in the way of a change of indexes and constraints, in Neo4j's words.

import type { ErrorName } from '../errors/catalogue.js';
import type { ConstraintSchema, GraphSchema, IndexSchema } from '../graph/schema.js';

export interface SchemaObstacle {
  readonly error: ErrorName;
  readonly message: string;
}

type IndexShape = Omit<IndexSchema, 'id' | 'owner'>;
type ConstraintShape = Omit<ConstraintSchema, 'id' | 'index'>;

export function obstacleToIndex(schema: GraphSchema, index: IndexShape): SchemaObstacle | undefined {
  const same = schema.indexes.find((other) => sameSchema(other, index));
  if (same?.owner !== undefined) {
    const message = `There is a uniqueness constraint on ${shapeText(index)}, so an index is already created that matches this.`;
    return { error: 'constraintAlreadyExists', message };
  }
  if (same !== undefined && same.name === index.name) {
    return { error: 'equivalentSchemaRuleAlreadyExists', message: `An equivalent index already exists, '${indexText(same)}'.` };
  }
  if (same !== undefined) return { error: 'indexAlreadyExists', message: `There already exists an index ${shapeText(index)}.` };
  return obstacleToName(schema, index.name);
}

export function obstacleToConstraint(schema: GraphSchema, constraint: ConstraintShape): SchemaObstacle | undefined {
  const shape: IndexShape = { name: constraint.name, entity: 'node', token: constraint.label, properties: constraint.properties };
  const same = schema.constraints.find((other) => other.label === constraint.label && sameList(other.properties, constraint.properties));
  if (same !== undefined && same.name === constraint.name) {
    const message = `An equivalent constraint already exists, '${constraintText(same)}'.`;
    return { error: 'equivalentSchemaRuleAlreadyExists', message };
  }
  if (same !== undefined) return { error: 'constraintAlreadyExists', message: `Constraint already exists: ${constraintText(same)}` };
  if (schema.indexes.some((other) => sameSchema(other, shape))) {
    const message = `There already exists an index ${shapeText(shape)}. A constraint cannot be created until the index has been dropped.`;
    return { error: 'indexAlreadyExists', message };
  }
  return obstacleToName(schema, constraint.name);
}

function obstacleToName(schema: GraphSchema, name: string): SchemaObstacle | undefined {
  if (schema.constraints.some((other) => other.name === name)) {
    return { error: 'constraintWithNameAlreadyExists', message: `There already exists a constraint called '${name}'.` };
  }
  if (schema.indexes.some((other) => other.name === name)) {
    return { error: 'indexWithNameAlreadyExists', message: `There already exists an index called '${name}'.` };
  }
  return undefined;
}

export function obstacleToDroppingIndex(schema: GraphSchema, name: string): SchemaObstacle | undefined {
  const index = schema.indexes.find((other) => other.name === name);
  if (index === undefined) return { error: 'indexNotFound', message: `Unable to drop index called \`${name}\`. There is no such index.` };
  if (index.owner === undefined) return undefined;
  return { error: 'forbiddenOnConstraintIndex', message: `Unable to drop index: Index belongs to constraint: \`${index.owner}\`` };
}

export function obstacleToDroppingConstraint(schema: GraphSchema, name: string): SchemaObstacle | undefined {
  if (schema.constraints.some((other) => other.name === name)) return undefined;
  return { error: 'constraintNotFound', message: `Unable to drop constraint \`${name}\`: No such constraint \`${name}\`.` };
}

/** Over duplicates. */
export function constraintCreationFailed(constraint: ConstraintSchema, first: number, second: number, keyText: string): SchemaObstacle {
  const message = `Unable to create ${constraintText(constraint)}:\nBoth Node(${first}) and Node(${second}) have the label \`${constraint.label}\` and ${keyText}`;
  return { error: 'constraintCreationFailed', message };
}

function sameSchema(a: IndexShape, b: IndexShape): boolean {
  return a.entity === b.entity && a.token === b.token && sameList(a.properties, b.properties);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, place) => item === b[place]);
}

function shapeText(index: IndexShape): string {
  const list = index.properties.join(', ');
  return index.entity === 'node' ? `(:${index.token} {${list}})` : `()-[:${index.token} {${list}}]-()`;
}

function indexText(index: IndexSchema): string {
  return `Index( id=${index.id}, name='${index.name}', type='RANGE', schema=${shapeText(index)}, indexProvider='range-1.0' )`;
}

function constraintText(constraint: ConstraintSchema): string {
  const list = constraint.properties.join(', ');
  return `Constraint( id=${constraint.id}, name='${constraint.name}', type='UNIQUENESS', schema=(:${constraint.label} {${list}}) )`;
}
