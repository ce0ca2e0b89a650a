// One group commit in the log: what is at one index. `entry-codec.ts` is its form in bytes.
//
// An entry carries the incarnation of the graph's history and a hash of the entry before it (SAFETY 16), the term
// it was written under (11) and the least feature level a server needs to apply it (10).

import type { ChangeSet } from './change-set.js';

/** What this build can apply. An entry above it stops apply (SAFETY 10). */
export const FEATURE_LEVEL = 3;

/** What every release can apply: there is none yet that is older. */
export const FEATURE_LEVEL_FLOOR = 2;

export interface Entry {
  readonly featureLevel: number;
  /** 16 bytes in hexadecimal. */
  readonly incarnation: string;
  readonly term: number;
  /** Unique for each append, 16 bytes in hexadecimal: by it a resent append recognises itself (SAFETY 13). */
  readonly batchId: string;
  /** SHA-256 of the previous entry's bytes in hexadecimal; 64 zeros before the first. */
  readonly previousHash: string;
  readonly content: EntryContent;
}

export type EntryContent =
  /** Proof of a new term. Voids unfinished parts of large transactions (SAFETY 8). */
  | { readonly kind: 'noop' }
  | { readonly kind: 'changes'; readonly changeSets: readonly ChangeSet[] }
  /** A part of a large transaction: visible with the last (SAFETY 8). `bytes` is a slice of one encoded change set. */
  | { readonly kind: 'part'; readonly requestId: string; readonly part: number; readonly last: boolean; readonly bytes: Uint8Array }
  /** A logical digest of the graph after `transactionId`, which every server compares (SAFETY 9). */
  | { readonly kind: 'digest'; readonly transactionId: number; readonly digest: string };
