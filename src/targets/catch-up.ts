// Reading one's own writes without bookmarks: the server that passed a write on answers when it has applied it, too, so
// that a read that follows on the same server sees it. Bounded and short: the write is safe already, and a server that
// lags must not hold its clients; whoever needs certainty sends the bookmark.

import { decodeBookmark } from '../wire/bookmark.js';
import type { Graph } from './graphs.js';

/** Resolves when this server's copy has what the bookmark stands for, or after `boundMs` (`routing.catch_up_ms`). */
export async function caughtUp({ local }: Graph, bookmark: string, boundMs: number): Promise<void> {
  if (local === undefined || bookmark === '') return;
  const part = decodeBookmark(bookmark).find(({ graphId }) => graphId === local.graphId);
  if (part === undefined || local.replica.transactionId >= part.transactionId) return;
  local.lookAhead();
  await local.replica.waitForTransaction(part.transactionId, boundMs);
}
