// What stands in the way of a change of indexes and constraints, in Neo4j's words.

import type { ErrorName } from '../errors/catalogue.js';
import { typesText } from '../graph/property-type.js';
import {
  type ConstraintKind,
  type ConstraintSchema,
  type GraphSchema,
  INDEX_PROVIDERS,
  type IndexSchema,
  isIndexBacked,
  type KeySchema,
  LOOKUP_INDEXES,
  sameKeys,
  sameList,
} from '../graph/schema.js';

export interface SchemaObstacle {
  readonly error: ErrorName;
  readonly message: string;
}

type IndexShape = Omit<IndexSchema, 'id' | 'owner'>;
type ConstraintShape = Omit<ConstraintSchema, 'id' | 'index'>;

export function obstacleToIndex(schema: GraphSchema, index: IndexShape): SchemaObstacle | undefined {
  const same = schema.indexes.find((other) => other.kind === index.kind && sameKeys(other, index));
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
  const same = schema.constraints.find(
    (other) => other.kind === constraint.kind && sameKeys(other, constraint) && sameList(other.propertyTypes, constraint.propertyTypes),
  );
  if (same !== undefined && same.name === constraint.name) {
    const message = `An equivalent constraint already exists, '${constraintText(same)}'.`;
    return { error: 'equivalentSchemaRuleAlreadyExists', message };
  }
  if (same !== undefined) return { error: 'constraintAlreadyExists', message: `Constraint already exists: ${constraintText(same)}` };
  const rival = schema.constraints.find((other) => excludes(other.kind, constraint.kind) && sameKeys(other, constraint));
  if (rival !== undefined) return { error: 'constraintAlreadyExists', message: `Conflicting constraint already exists: ${constraintText(rival)}` };
  if (isIndexBacked(constraint.kind) && schema.indexes.some((other) => other.kind === 'range' && sameKeys(other, constraint))) {
    const message = `There already exists an index ${shapeText(constraint)}. A constraint cannot be created until the index has been dropped.`;
    return { error: 'indexAlreadyExists', message };
  }
  return obstacleToName(schema, constraint.name);
}

/** Unique and key on the same properties, or two types of one. */
function excludes(a: ConstraintKind, b: ConstraintKind): boolean {
  return a === 'type' ? b === 'type' : isIndexBacked(a) && isIndexBacked(b);
}

function obstacleToName(schema: GraphSchema, name: string): SchemaObstacle | undefined {
  if (schema.constraints.some((other) => other.name === name)) {
    return { error: 'constraintWithNameAlreadyExists', message: `There already exists a constraint called '${name}'.` };
  }
  if (isLookup(name) || schema.indexes.some((other) => other.name === name)) {
    return { error: 'indexWithNameAlreadyExists', message: `There already exists an index called '${name}'.` };
  }
  return undefined;
}

function isLookup(name: string): boolean {
  return LOOKUP_INDEXES.some((index) => index.name === name);
}

export function obstacleToDroppingIndex(schema: GraphSchema, name: string): SchemaObstacle | undefined {
  if (isLookup(name)) {
    const message = `Unable to drop index called \`${name}\`: the lookup indexes of labels and types are part of every graph.`;
    return { error: 'indexDropFailed', message };
  }
  const index = schema.indexes.find((other) => other.name === name);
  if (index === undefined) return { error: 'indexNotFound', message: `Unable to drop index called \`${name}\`. There is no such index.` };
  if (index.owner === undefined) return undefined;
  return { error: 'forbiddenOnConstraintIndex', message: `Unable to drop index: Index belongs to constraint: \`${index.owner}\`` };
}

export function obstacleToDroppingConstraint(schema: GraphSchema, name: string): SchemaObstacle | undefined {
  if (schema.constraints.some((other) => other.name === name)) return undefined;
  return { error: 'constraintNotFound', message: `Unable to drop constraint \`${name}\`: No such constraint \`${name}\`.` };
}

/** Over what is there already. */
export function constraintCreationFailed(constraint: ConstraintSchema, why: string): SchemaObstacle {
  return { error: 'constraintCreationFailed', message: `Unable to create ${constraintText(constraint)}:\n${why}` };
}

function shapeText(index: KeySchema): string {
  const list = index.properties.join(', ');
  return index.entity === 'node' ? `(:${index.token} {${list}})` : `()-[:${index.token} {${list}}]-()`;
}

function indexText(index: IndexSchema): string {
  return `Index( id=${index.id}, name='${index.name}', type='${index.kind.toUpperCase()}', schema=${shapeText(index)}, indexProvider='${INDEX_PROVIDERS[index.kind]}' )`;
}

function constraintText(constraint: ConstraintSchema): string {
  const { id, name, kind, entity, propertyTypes } = constraint;
  const types = kind === 'type' ? `, propertyType=${typesText(propertyTypes)}` : '';
  return `Constraint( id=${id}, name='${name}', type='${TYPE_WORDS[kind][entity]}', schema=${shapeText(constraint)}${types} )`;
}

const TYPE_WORDS: Readonly<Record<ConstraintKind, Readonly<Record<'node' | 'relationship', string>>>> = {
  unique: { node: 'UNIQUENESS', relationship: 'RELATIONSHIP UNIQUENESS' },
  key: { node: 'NODE KEY', relationship: 'RELATIONSHIP KEY' },
  exists: { node: 'NODE PROPERTY EXISTENCE', relationship: 'RELATIONSHIP PROPERTY EXISTENCE' },
  type: { node: 'NODE PROPERTY TYPE', relationship: 'RELATIONSHIP PROPERTY TYPE' },
};
