// Waiting until this server has what a client has seen. A bookmark is (graph id, incarnation, transaction id).

import { failure } from '../errors/catalogue.js';
import { decodeBookmark } from '../wire/bookmark.js';
import type { Replica } from './replica.js';

/** The replicas whose bookmarks may come with a request: the graph's own, and `system` (graphs are made there). */
export type ReplicaOf = (graphId: string) => Replica | undefined;

export async function awaitBookmarks(bookmarks: readonly string[], replicaOf: ReplicaOf, timeoutMs: number): Promise<void> {
  for (const text of bookmarks) {
    for (const { graphId, incarnation, transactionId } of decodeBookmark(text)) {
      const replica = replicaOf(graphId);
      if (replica === undefined) {
        throw failure('invalidBookmarkMixture', 'A bookmark of another database was given. Send only bookmarks of the database of this request.');
      }
      if (replica.incarnation !== '' && incarnation !== replica.incarnation) {
        throw failure('invalidBookmark', `The bookmark '${text}' belongs to another history of this database: it was restored or recovered since.`);
      }
      if (await replica.waitForTransaction(transactionId, timeoutMs)) continue;
      throw failure(
        'bookmarkTimeout',
        `Database not up to the requested version: transaction ${transactionId}. Latest database version is ${replica.transactionId}. Waited ${timeoutMs} ms (bookmarks.timeout).`,
      );
    }
  }
}
