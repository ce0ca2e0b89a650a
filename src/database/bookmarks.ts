// Waiting until this server has what a client has seen. A bookmark is (graph id, incarnation, transaction id).

import { failure } from '../errors/catalogue.js';
import { decodeBookmark } from '../wire/bookmark.js';
import type { Replica } from './replica.js';

/**
 * The replicas whose bookmarks are waited for: the graph's own, and `system` (graphs are made there). `elsewhere`: another
 * graph of this cluster, also one that was dropped; undefined: none of it.
 */
export type ReplicaOf = (graphId: string) => Replica | 'elsewhere' | undefined;

export async function awaitBookmarks(bookmarks: readonly string[], replicaOf: ReplicaOf, timeoutMs: number): Promise<void> {
  for (const text of bookmarks) {
    for (const { graphId, incarnation, transactionId } of decodeBookmark(text)) {
      const replica = replicaOf(graphId);
      // Drivers send the bookmarks of all databases that they have used.
      if (replica === 'elsewhere') continue;
      if (replica === undefined) {
        throw failure('invalidBookmarkMixture', 'A bookmark of a database that is not of this cluster was given. Send only bookmarks of this one.');
      }
      if (replica.incarnation !== '' && incarnation !== replica.incarnation) {
        throw failure('invalidBookmark', `The bookmark '${text}' belongs to another history of this database: it was restored or recovered since.`);
      }
      if (await replica.waitForTransaction(transactionId, timeoutMs)) continue;
      throw failure(
        'bookmarkTimeout',
        `Database not up to the requested version: transaction ${transactionId}. Latest database version is ${replica.transactionId}. Waited ${timeoutMs} ms (bookmarks.timeout_ms).`,
      );
    }
  }
}
