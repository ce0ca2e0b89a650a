// One graph in memory, as the database above drives it. `storage/` implements it.
//
//   published ──apply──▶ speculative ──apply──▶ newest          (one chain; readers see only published ones)
//
// A version is immutable. `pin` keeps it (and every page it uses) until `unpin`.

import type { Pieces } from '../base/pieces.js';
import type { ChangeSet, Effect } from './change-set.js';
import type { GraphReader } from './reader.js';
import type { IndexPopulation, KeySchema } from './schema.js';
import type { GraphWriter } from './writer.js';

export interface GraphVersion extends GraphReader {
  /** The last transaction in it; 0 for the empty graph. */
  readonly transactionId: number;
}

/** Gives ids that are final when shown, above every id in the log (SAFETY 6). Owned by the leader. */
export interface IdReservation {
  node(): number;
  relationship(): number;
}

/** A transaction's own writing view over a pinned version. Nothing of it is ever published (SAFETY 1, 2). */
export interface Draft extends GraphWriter {
  readonly base: GraphVersion;
  /** What was done so far, in order. */
  effects(): readonly Effect[];
  /** Undoes everything done after `savepoint()` returned this mark. */
  savepoint(): number;
  rollbackTo(savepoint: number): void;
  /** Raises ConstraintValidationFailed when a deleted node still has relationships, or what was touched breaks a constraint. */
  checkBeforeCommit(): void;
  /** Gives back its pages and the pin of its base. Idempotent. */
  release(): void;
}

export interface MemoryUse {
  readonly budgetBytes: number;
  readonly usedBytes: number;
}

/** An index that is filled for whoever asked, until it is released. */
export interface IndexAhead {
  population(): IndexPopulation;
  /** Idempotent. */
  release(): void;
}

export interface GraphStore {
  readonly published: GraphVersion;
  /** Published, or the last speculative one. */
  readonly newest: GraphVersion;

  /** Pins `version` and opens a draft over it. */
  begin(version: GraphVersion, ids: IdReservation): Draft;
  /**
   * Checks a change set against `newest` (SAFETY 4): unique keys, existence of what it refers to.
   * `'ok'`, or what is in the way. Conflicts by entity are the database's to find.
   */
  validate(effects: readonly Effect[]): Pieces<Violation | undefined>;
  /**
   * Applies to `newest`; the result is the new `newest`, not yet published. Raises `MemoryPoolOutOfMemory`, and then changed nothing.
   * One at a time: until it is done, nothing else may be applied, validated or dropped.
   */
  apply(changeSet: ChangeSet): Pieces<GraphVersion>;
  /** Makes `version` and all before it visible. */
  publish(version: GraphVersion): void;
  /**
   * Fills indexes that are not ready by a portion, where nothing is applied or speculative; every change set that is applied does the
   * same. Whether there is more to do.
   */
  populateIndexes(): boolean;
  /** Whether some published index is not ready yet, and will be. */
  readonly hasIndexesToFill: boolean;
  /** Whether one of these is behind a constraint: before who has which key is asked, it is better filled. */
  readonly lacksKeys: boolean;
  /**
   * Fills an index ahead of the constraint that will own it, which takes it over as it is: so that nobody waits while the constraint is
   * made. No part of the schema. Undefined where there is so little that it need not be.
   */
  fillAhead(keys: KeySchema): IndexAhead | undefined;
  /** Forgets every version after `published`. */
  dropSpeculative(): void;

  pin(version: GraphVersion): void;
  unpin(version: GraphVersion): void;

  /** The least node and relationship ids above all that were ever applied. */
  nextNodeId(): number;
  nextRelationshipId(): number;
  memory(): MemoryUse;
  /** SHA-256 over the logical content of `version` (ids, labels, values, schema), the same on every server. Slow. */
  digest(version: GraphVersion): string;
  /** Walks every structure of the newest version and returns what is inconsistent; empty when sound. */
  check(): readonly string[];
}

export interface Violation {
  readonly kind: 'uniqueKey' | 'missingEntity' | 'nodeHasRelationships' | 'constraint' | 'schema';
  readonly message: string;
}
