// What the clients of one simulation did and were told: all that the checkers know beside the end.
//
// In each graph: lists (:L {k, l}) that grow by unique numbers, accounts (:A {k, n}) between which money moves, keys
// (:U {key, by}) under a unique constraint, and batches (:B {batch, i}) that are written whole or not at all.

import type { Consistency } from '../../src/database/result.js';

export const LISTS = 4;
export const ACCOUNTS = 4;
export const MONEY = 100;
export const BATCH_SIZE = 600;

/** ok: acknowledged. failed: the client was told that it did not take effect. unknown: neither. */
export type Status = 'running' | 'ok' | 'failed' | 'unknown';

/** A number for some lists, in one transaction. */
export interface Append {
  readonly kind: 'append';
  readonly graph: string;
  readonly client: string;
  readonly lists: readonly number[];
  readonly value: number;
  readonly invokedMs: number;
  endedMs: number;
  status: Status;
  /** Under which its outcome may be looked up; of a transaction over several requests, once it is open. */
  outcomeId: string | undefined;
  /** The last error's code and text. */
  told: string;
}

/** A node with a unique key, or a batch of nodes: `by` names who made it. */
export interface Creation {
  readonly kind: 'key' | 'batch';
  readonly graph: string;
  readonly client: string;
  readonly key: string;
  readonly by: number;
  readonly invokedMs: number;
  endedMs: number;
  status: Status;
  outcomeId: string | undefined;
  told: string;
}

export type Write = Append | Creation;

/** All lists and accounts of a graph, in one statement. */
export interface Read {
  readonly graph: string;
  readonly client: string;
  readonly level: Consistency;
  /** The server that was asked, and its life. */
  readonly server: string;
  readonly invokedMs: number;
  readonly endedMs: number;
  /** By number. */
  readonly lists: readonly (readonly number[])[];
  readonly accounts: readonly number[];
  /** What the bookmarks that came with it stand for: lengths of lists at least, and numbers that are in them. */
  readonly bookmarkLengths: readonly number[];
  readonly bookmarkValues: readonly number[];
}

/** Everything of one graph, as the end shows it. */
export interface FinalState {
  readonly lists: readonly (readonly number[])[];
  readonly accounts: readonly number[];
  /** [key, by] of every node with a key. */
  readonly keys: readonly (readonly [string, number])[];
  /** [by, count] of every batch. */
  readonly batches: readonly (readonly [number, number])[];
}

export class History {
  readonly appends: Append[] = [];
  readonly creations: Creation[] = [];
  readonly reads: Read[] = [];
  /** Outcomes of `outcomeId`s, looked up when all was quiet. */
  readonly outcomes = new Map<string, 'committed' | 'never' | 'pending'>();
  /** Errors that no client should ever be told. */
  readonly unexpected: string[] = [];
  #values = 0;

  nextValue(): number {
    return ++this.#values;
  }

  get writes(): readonly Write[] {
    return [...this.appends, ...this.creations];
  }
}
