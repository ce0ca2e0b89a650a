// What one transaction did, as effects, in the order it did them. Applying it to the version it was
// validated against is deterministic: ids, clocks and random values are in it (SAFETY 1, 9).
// Token names travel as text; apply gives them ids in order of first appearance.
// `change-set-codec.ts` is its form in bytes.

import type { Value } from '../values/value.js';
import type { ConstraintSchema, IndexSchema } from './schema.js';
import type { Counters } from './writer.js';

export type Properties = readonly (readonly [key: string, value: Value])[];

export type Effect =
  | { readonly kind: 'createNode'; readonly id: number; readonly labels: readonly string[]; readonly properties: Properties }
  | { readonly kind: 'deleteNode'; readonly id: number }
  | {
      readonly kind: 'createRelationship';
      readonly id: number;
      readonly type: string;
      readonly start: number;
      readonly end: number;
      readonly properties: Properties;
    }
  | { readonly kind: 'deleteRelationship'; readonly id: number }
  /** `value` null removes. */
  | { readonly kind: 'setNodeProperty'; readonly id: number; readonly key: string; readonly value: Value }
  | { readonly kind: 'setRelationshipProperty'; readonly id: number; readonly key: string; readonly value: Value }
  | { readonly kind: 'addLabel'; readonly id: number; readonly label: string }
  | { readonly kind: 'removeLabel'; readonly id: number; readonly label: string }
  | { readonly kind: 'createIndex'; readonly index: IndexSchema }
  /** With its index, where it has one. */
  | { readonly kind: 'createConstraint'; readonly constraint: ConstraintSchema; readonly index: IndexSchema | undefined }
  | { readonly kind: 'dropIndex'; readonly name: string }
  | { readonly kind: 'dropConstraint'; readonly name: string };

export interface ChangeSet {
  /** Dense for each graph, from 1, in commit order (SAFETY 7). 0 until the leader gives it. */
  readonly transactionId: number;
  /** 128 bits in hexadecimal (32 characters), minted by the server the client talked to (SAFETY 14). */
  readonly requestId: string;
  /** Milliseconds since 1970 on the leader's clock, for people. */
  readonly committedAtMs: number;
  readonly effects: readonly Effect[];
  /** For the answer to a repeated request. */
  readonly counters: Counters;
}
