// What is bound where: each variable of the plan lives in a local of the generated function. Nodes and relationships are
// their ids there (−1 for null); everything else is a value.

import { assert } from '../base/assert.js';
import type { IN, OUT } from '../graph/reader.js';

export type SlotKind = 'node' | 'relationship' | 'value';

/** Relationships of any of these types (of all where there are none), of which the node is an end: where they come in (IN), begin (OUT), or either. */
export interface Over {
  readonly ends: readonly (typeof IN | typeof OUT)[];
  readonly types: readonly string[];
}

export interface Slot {
  /** The local's name. */
  readonly local: string;
  readonly kind: SlotKind;
  /** An id that may be −1. Values may always be null. */
  readonly nullable: boolean;
  /** Of a node: what it was reached over. */
  readonly over?: Over | undefined;
}

export type Environment = ReadonlyMap<string, Slot>;

export const emptyEnvironment: Environment = new Map();

export function slotOf(environment: Environment, variable: string): Slot {
  const slot = environment.get(variable);
  assert(slot !== undefined, `variable ${variable} is bound`);
  return slot;
}

export function bound(environment: Environment, entries: Iterable<readonly [string, Slot]>): Environment {
  return new Map([...environment, ...entries]);
}

/** The slot's content as a value: boxes ids. */
export function boxed(slot: Slot): string {
  if (slot.kind === 'value') return slot.local;
  const entity = slot.kind === 'node' ? 'h.Node' : 'h.Relationship';
  const made = `new ${entity}(${slot.local}, g)`;
  return slot.nullable ? `(${slot.local} < 0 ? null : ${made})` : made;
}
