// What existence, key and type constraints ask of one entity, as a transaction may leave it. Between its statements it may
// lack what it gets before the end, so fork.ts notes who was touched and the end looks at each once.

import { limits } from '../base/limits.js';
import type { Pieces } from '../base/pieces.js';
import { conforms, storedTypeText, typesText } from '../graph/property-type.js';
import type { ConstraintSchema } from '../graph/schema.js';
import type { Value } from '../values/value.js';
import { readProperty } from './columns.js';
import { BitmapCursor, RecordCursor } from './cursors.js';
import { hasLabel, typeOfRelationship } from './entities.js';
import type { Heap } from './heap.js';
import type { State } from './state.js';

/** A constraint that is looked at when a transaction ends; a unique one is at each write. */
export interface Rule {
  readonly constraint: ConstraintSchema;
  readonly token: number;
  readonly keys: readonly number[];
}

export function isRule(constraint: ConstraintSchema): boolean {
  return constraint.kind !== 'unique';
}

/** What `id` breaks of the rule, in Neo4j's words. An entity that is gone breaks nothing. */
export function breach(heap: Heap, state: State, rule: Rule, id: number): string | undefined {
  const { constraint, token, keys } = rule;
  const node = constraint.entity === 'node';
  if (!(node ? hasLabel(heap, state, id, token) : typeOfRelationship(heap, state, id) === token)) return undefined;
  const group = node ? state.nodeProperties : state.relationshipProperties;
  const who = node ? `Node(${id}) with label` : `Relationship(${id}) with type`;
  const values = keys.map((key) => readProperty(heap, group[key], id));
  if (constraint.kind === 'type') return wrongType(constraint, `${who} \`${constraint.token}\``, values[0] ?? null);
  if (!values.includes(null)) return undefined;
  const names = constraint.properties.map((property) => `\`${property}\``);
  const asked = names.length === 1 ? `property ${names[0]}` : `properties (${names.join(', ')})`;
  return `${who} \`${constraint.token}\` must have the ${asked}`;
}

function wrongType({ properties, propertyTypes }: ConstraintSchema, who: string, value: Value): string | undefined {
  if (conforms(value, propertyTypes)) return undefined;
  const type = storedTypeText(value);
  return `${who} required the property \`${properties[0]}\` to be of type \`${typesText(propertyTypes)}\`, but was of type \`${type}\`.`;
}

/** The first of all there are that breaks the rule. */
export function* firstBreach(heap: Heap, state: State, rule: Rule): Pieces<string | undefined> {
  const node = rule.constraint.entity === 'node';
  const cursor = node ? new BitmapCursor(heap, state.labelBitmaps[rule.token]) : new RecordCursor(heap, state.relationships, 8);
  let count = 0;
  while (cursor.next()) {
    for (let place = cursor.start; place < cursor.end; place++) {
      const found = breach(heap, state, rule, cursor.ids[place] as number);
      if (found !== undefined) return found;
      if (++count % limits.effectsPerPiece === 0) yield;
    }
  }
  return undefined;
}
