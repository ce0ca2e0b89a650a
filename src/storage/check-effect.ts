// What stands in the way of an effect, found before (or, for a constraint over existing data, right after) it is
// applied. Drafts raise it; validation against the newest version reports it (SAFETY 4).

import { limits } from '../base/limits.js';
import { atOnce, type Pieces } from '../base/pieces.js';
import type { ErrorName } from '../errors/catalogue.js';
import type { Effect } from '../graph/change-set.js';
import { ANY_TYPE, IN, OUT } from '../graph/reader.js';
import type { ConstraintSchema } from '../graph/schema.js';
import type { Violation } from '../graph/store.js';
import { simpleText } from '../values/text.js';
import { CypherFloat, isSimple, type Value } from '../values/value.js';
import { degreeOf } from './adjacency.js';
import { readProperty } from './columns.js';
import { labelSetOf, typeOfRelationship } from './entities.js';
import type { Fork } from './fork.js';
import { neverEqual } from './index-lookup.js';
import { fill, READY } from './population.js';
import { breach, firstBreach, type Rule } from './rules.js';
import {
  constraintCreationFailed,
  obstacleToConstraint,
  obstacleToDroppingConstraint,
  obstacleToDroppingIndex,
  obstacleToIndex,
  type SchemaObstacle,
} from './schema-rules.js';
import type { State } from './state.js';
import { keyOf, type StoredIndex } from './stored-index.js';
import { compareKeys, type Key, pairs } from './tree.js';

export interface Obstacle extends Violation {
  readonly error: ErrorName;
}

export function obstacleBefore(fork: Fork, effect: Effect): Obstacle | undefined {
  const { schema } = fork.state;
  switch (effect.kind) {
    case 'createNode':
      if (labelSetOf(fork.heap, fork.state, effect.id) >= 0) return missing(`Node ${effect.id} exists already.`);
      return duplicateIn(fork, 'node', effect.id, (index) => effect.labels.includes(index.schema.token), given(fork, effect.properties));
    case 'setNodeProperty':
      return missingNode(fork, effect.id) ?? duplicateOfNode(fork, effect.id, effect.key, effect.value);
    case 'addLabel':
      return (
        missingNode(fork, effect.id) ?? duplicateIn(fork, 'node', effect.id, (index) => index.schema.token === effect.label, stored(fork, 'node', effect.id))
      );
    case 'removeLabel':
    case 'deleteNode':
      return missingNode(fork, effect.id);
    case 'createRelationship':
      if (typeOfRelationship(fork.heap, fork.state, effect.id) >= 0) return missing(`Relationship ${effect.id} exists already.`);
      return (
        missingNode(fork, effect.start) ??
        missingNode(fork, effect.end) ??
        duplicateIn(fork, 'relationship', effect.id, (index) => index.schema.token === effect.type, given(fork, effect.properties))
      );
    case 'setRelationshipProperty':
      return missingRelationship(fork, effect.id) ?? duplicateOfRelationship(fork, effect.id, effect.key, effect.value);
    case 'deleteRelationship':
      return missingRelationship(fork, effect.id);
    case 'createIndex':
      return schemaObstacle(obstacleToIndex(schema, effect.index)) ?? staleSchemaId(fork, effect.index.id);
    case 'createConstraint':
      return schemaObstacle(obstacleToConstraint(schema, effect.constraint)) ?? staleSchemaId(fork, (effect.index ?? effect.constraint).id);
    case 'dropIndex':
      return schemaObstacle(obstacleToDroppingIndex(schema, effect.name));
    case 'dropConstraint':
      return schemaObstacle(obstacleToDroppingConstraint(schema, effect.name));
  }
}

/** After a constraint was applied: two that have the same key already, or one that breaks it. */
export function* obstacleAfter(fork: Fork, effect: Effect): Pieces<Obstacle | undefined> {
  if (effect.kind !== 'createConstraint') return undefined;
  const { constraint } = effect;
  const { state } = fork;
  const position = state.indexes.findIndex((other) => other.schema.name === constraint.index);
  if (position >= 0) yield* fill(fork, position, READY);
  const index = state.indexes[position];
  const rule = state.rules.find((other) => other.constraint.name === constraint.name);
  const broken = rule === undefined || allHaveKeys(state, rule, index) ? undefined : yield* firstBreach(fork.heap, state, rule);
  if (broken !== undefined) return schemaObstacle(constraintCreationFailed(constraint, broken));
  return index === undefined || index.keyCount === index.entryCount ? undefined : yield* duplicateKeys(index, constraint);
}

/** Whether all to whom a key constraint applies are in its index, which takes only those that have all of the key. */
function allHaveKeys(state: State, { constraint, token }: Rule, index: StoredIndex | undefined): boolean {
  return index?.entryCount === (constraint.entity === 'node' ? state.labelCounts : state.typeCounts)[token];
}

function* duplicateKeys(index: StoredIndex, constraint: ConstraintSchema): Pieces<Obstacle | undefined> {
  let before: readonly [Key, number] | undefined;
  let count = 0;
  for (const pair of pairs(index.root)) {
    if (before !== undefined && compareKeys(before[0], pair[0]) === 0 && !pair[0].some(neverEqual)) {
      const [who, have] = constraint.entity === 'node' ? ['Node', 'have the label'] : ['Relationship', 'have the type'];
      const what = `Both ${who}(${before[1]}) and ${who}(${pair[1]}) ${have} \`${constraint.token}\` and ${keyText(index, pair[0])}`;
      return schemaObstacle(constraintCreationFailed(constraint, what));
    }
    before = pair;
    if (++count % limits.effectsPerPiece === 0) yield;
  }
  return undefined;
}

/** At the end of a transaction: a deleted node that still has relationships, or whoever was touched breaks a rule. */
export function* obstacleAtEnd(fork: Fork): Pieces<Obstacle | undefined> {
  for (const id of fork.deletedNodes) {
    if (degreeOf(fork.heap, fork.state, id, OUT, ANY_TYPE) + degreeOf(fork.heap, fork.state, id, IN, ANY_TYPE) === 0) continue;
    const message = `Cannot delete node<${id}>, because it still has relationships. To delete this node, you must first delete its relationships.`;
    return { kind: 'nodeHasRelationships', error: 'constraintValidationFailed', message };
  }
  let count = 0;
  for (const rule of fork.state.rules) {
    for (const id of rule.constraint.entity === 'node' ? fork.touchedNodes : fork.touchedRelationships) {
      const message = breach(fork.heap, fork.state, rule, id);
      if (message !== undefined) return { kind: 'constraint', error: 'constraintValidationFailed', message };
      if (++count % limits.effectsPerPiece === 0) yield;
    }
  }
  return undefined;
}

function missing(message: string): Obstacle {
  return { kind: 'missingEntity', error: 'entityNotFound', message };
}

function missingNode(fork: Fork, id: number): Obstacle | undefined {
  if (labelSetOf(fork.heap, fork.state, id) >= 0) return undefined;
  return missing(`Node with id ${id} has been deleted in this transaction`);
}

function missingRelationship(fork: Fork, id: number): Obstacle | undefined {
  if (typeOfRelationship(fork.heap, fork.state, id) >= 0) return undefined;
  return missing(`Relationship with id ${id} has been deleted in this transaction`);
}

function schemaObstacle(obstacle: SchemaObstacle | undefined): Obstacle | undefined {
  return obstacle === undefined ? undefined : { kind: 'schema', error: obstacle.error, message: obstacle.message };
}

/** Ids of indexes are in the effects: a schema change that came in between took the id. */
function staleSchemaId(fork: Fork, id: number): Obstacle | undefined {
  if (id >= fork.state.nextSchemaId) return undefined;
  return { kind: 'schema', error: 'outdated', message: 'The schema was changed by another transaction.' };
}

type ValueOf = (key: number) => Value;

function stored(fork: Fork, entity: 'node' | 'relationship', id: number): ValueOf {
  const group = entity === 'node' ? fork.state.nodeProperties : fork.state.relationshipProperties;
  return (key) => readProperty(fork.heap, group[key], id);
}

function given(fork: Fork, properties: readonly (readonly [string, Value])[]): ValueOf {
  return (key) => properties.find(([name]) => name === fork.state.keyNames.names[key])?.[1] ?? null;
}

function duplicateOfNode(fork: Fork, node: number, name: string, value: Value): Obstacle | undefined {
  const labels = fork.state.labelSets.sets[labelSetOf(fork.heap, fork.state, node)] as readonly number[];
  return duplicateOfProperty(fork, 'node', node, (index) => labels.includes(index.token), name, value);
}

function duplicateOfRelationship(fork: Fork, id: number, name: string, value: Value): Obstacle | undefined {
  const type = typeOfRelationship(fork.heap, fork.state, id);
  return duplicateOfProperty(fork, 'relationship', id, (index) => index.token === type, name, value);
}

type Concerns = (index: StoredIndex) => boolean;

function duplicateOfProperty(fork: Fork, entity: 'node' | 'relationship', id: number, member: Concerns, name: string, value: Value): Obstacle | undefined {
  const key = fork.state.keyNames.idOf(name);
  if (key < 0 || value === null) return undefined;
  const before = stored(fork, entity, id);
  const concerns = (index: StoredIndex) => index.keys.includes(key) && member(index);
  return duplicateIn(fork, entity, id, concerns, (other) => (other === key ? value : before(other)));
}

function duplicateIn(fork: Fork, entity: 'node' | 'relationship', id: number, concerns: Concerns, valueAt: ValueOf): Obstacle | undefined {
  const { indexes } = fork.state;
  for (let position = 0; position < indexes.length; position++) {
    const { schema } = indexes[position] as StoredIndex;
    if (schema.owner === undefined || schema.entity !== entity || !concerns(indexes[position] as StoredIndex)) continue;
    // Rare: whoever leads has filled it before (leader-pipeline.ts).
    atOnce(fill(fork, position, READY));
    const index = indexes[position] as StoredIndex;
    const key = keyOf(index, valueAt);
    const holder = key === undefined ? -1 : index.holderOf(key, id);
    if (key === undefined || holder < 0) continue;
    const [who, token] = entity === 'node' ? ['Node', 'label'] : ['Relationship', 'type'];
    const message = `${who}(${holder}) already exists with ${token} \`${index.schema.token}\` and ${keyText(index, key)}`;
    return { kind: 'uniqueKey', error: 'constraintValidationFailed', message };
  }
  return undefined;
}

function keyText(index: StoredIndex, key: Key): string {
  const parts = index.schema.properties.map((property, place) => `\`${property}\` = ${valueText(key[place] as Value)}`);
  return `${parts.length === 1 ? 'property' : 'properties'} ${parts.join(', ')}`;
}

function valueText(value: Value): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(valueText).join(', ')}]`;
  if (value instanceof CypherFloat) return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
  return isSimple(value) ? simpleText(value) : String(value);
}
