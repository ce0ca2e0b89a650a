// Which transactions collide (SAFETY 4): conflict is by entity, first committer wins.
//
// A transaction *writes* the entities it changes or deletes and *refers to* the nodes that its new
// relationships join. Writers of one entity collide; so do the deleter of a node and whoever refers to it.
// Two new relationships of one node do not: supernodes take many writers.

import { limits } from '../base/limits.js';
import type { Pieces } from '../base/pieces.js';
import type { Effect } from '../graph/change-set.js';
import { levelOf } from '../graph/change-set-codec.js';

/** Keys: node id × 2, relationship id × 2 + 1. */
export interface Footprint {
  readonly written: ReadonlySet<number>;
  readonly deletedNodes: ReadonlySet<number>;
  readonly referred: ReadonlySet<number>;
  /** The least feature level of servers that can apply it (SAFETY 10). */
  readonly featureLevel: number;
}

export function* footprintOf(effects: readonly Effect[]): Pieces<Footprint> {
  const written = new Set<number>();
  const deletedNodes = new Set<number>();
  const referred = new Set<number>();
  const created = new Set<number>();
  let featureLevel = 1;
  let count = 0;
  for (const effect of effects) {
    if (++count % limits.effectsPerPiece === 0) yield;
    switch (effect.kind) {
      case 'createNode':
        created.add(effect.id * 2);
        break;
      case 'createRelationship':
        created.add(effect.id * 2 + 1);
        referred.add(effect.start * 2);
        referred.add(effect.end * 2);
        break;
      case 'deleteNode':
        written.add(effect.id * 2);
        deletedNodes.add(effect.id * 2);
        break;
      case 'setNodeProperty':
      case 'addLabel':
      case 'removeLabel':
        written.add(effect.id * 2);
        break;
      case 'deleteRelationship':
      case 'setRelationshipProperty':
        written.add(effect.id * 2 + 1);
        break;
      default:
        featureLevel = Math.max(featureLevel, levelOf(effect));
    }
  }
  // What it made itself, nobody else can know.
  for (const key of created) {
    if (++count % limits.effectsPerPiece === 0) yield;
    written.delete(key);
    deletedNodes.delete(key);
    referred.delete(key);
  }
  return { written, deletedNodes, referred, featureLevel };
}

const KEYS_PER_PIECE = 4096;

/** The last transactions that touched each entity, as far back as an open transaction may have begun. */
export class ConflictTable {
  readonly #lastWrite = new Map<number, number>();
  readonly #lastDelete = new Map<number, number>();
  readonly #lastReference = new Map<number, number>();

  /** Whether a transaction that read version `snapshot` collides with one committed after it. */
  *conflicts(footprint: Footprint, snapshot: number): Pieces<boolean> {
    const pairs = [
      [this.#lastWrite, footprint.written],
      [this.#lastDelete, footprint.referred],
      [this.#lastReference, footprint.deletedNodes],
    ] as const;
    let count = 0;
    for (const [table, keys] of pairs) {
      for (const key of keys) {
        if ((table.get(key) ?? 0) > snapshot) return true;
        if (++count % KEYS_PER_PIECE === 0) yield;
      }
    }
    return false;
  }

  *add(footprint: Footprint, transactionId: number): Pieces<void> {
    const pairs = [
      [this.#lastWrite, footprint.written],
      [this.#lastDelete, footprint.deletedNodes],
      [this.#lastReference, footprint.referred],
    ] as const;
    let count = 0;
    for (const [table, keys] of pairs) {
      for (const key of keys) {
        table.set(key, transactionId);
        if (++count % KEYS_PER_PIECE === 0) yield;
      }
    }
  }

  /** Forgets what no open transaction can collide with: all began at `oldestSnapshot` or later. */
  *prune(oldestSnapshot: number): Pieces<void> {
    let count = 0;
    for (const table of [this.#lastWrite, this.#lastDelete, this.#lastReference]) {
      for (const [key, transactionId] of table) {
        if (transactionId <= oldestSnapshot) table.delete(key);
        if (++count % KEYS_PER_PIECE === 0) yield;
      }
    }
  }

  get size(): number {
    return this.#lastWrite.size + this.#lastDelete.size + this.#lastReference.size;
  }
}
