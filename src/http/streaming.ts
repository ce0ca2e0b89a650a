// Rows to a response with bounded memory. A body is a generator of pieces of text; what fits one chunk is sent whole
// (so its status can still say that it failed), what does not is streamed and the next rows are made only when the
// client has taken the last ones.

import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { StatementResult } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { CausewayError } from '../errors/error.js';
import type { RowSink } from '../runtime/execution.js';
import type { Row } from '../values/value.js';

/** Names the server that holds an open transaction: a balancer that routes by it saves a hop. */
export const AFFINITY_HEADER = 'neo4j-cluster-affinity';

const chunkCharacters = 64 * 1024;
const firstBatchRowCount = 64;
const batchRowCountMax = 1024;

/** Aborted when the client goes away before it has the whole answer. */
export function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const { raw } = reply;
  const onClose = () => {
    if (!raw.writableFinished) controller.abort();
  };
  if (raw.destroyed) onClose();
  else raw.once('close', onClose);
  return controller.signal;
}

export function clientGoneError(): CausewayError {
  return failure('transactionTerminated', 'The transaction has been terminated because its client closed the connection.');
}

/** Calls `terminate` as soon as the client is gone, at once if it is already. Returns what stops the watch. */
export function terminateWhenGone(gone: AbortSignal, terminate: (reason: Error) => void): () => void {
  const onGone = () => terminate(clientGoneError());
  if (gone.aborted) onGone();
  else gone.addEventListener('abort', onGone, { once: true });
  return () => gone.removeEventListener('abort', onGone);
}

/** All rows, joined, a batch at a time. Batches are sized so that their text is about one chunk. */
export async function* rowTexts(result: StatementResult, rowText: (row: Row) => string, joint = ','): AsyncGenerator<string, void, undefined> {
  let batchRowCount = firstBatchRowCount;
  let separator = '';
  for (;;) {
    let text = '';
    let rowCount = 0;
    const sink: RowSink = {
      row(values) {
        text += separator + rowText(values);
        separator = joint;
        rowCount++;
      },
    };
    let failed: { readonly error: unknown } | undefined;
    let more = false;
    try {
      more = await result.pull(batchRowCount, sink);
    } catch (error) {
      failed = { error };
    }
    // The rows before the error were made, and Neo4j shows them.
    if (text.length > 0) yield text;
    if (failed !== undefined) throw failed.error;
    if (!more) return;
    if (rowCount > 0) {
      const fitting = Math.floor((chunkCharacters * rowCount) / text.length);
      batchRowCount = Math.max(1, Math.min(batchRowCountMax, fitting, batchRowCount * 4));
    }
  }
}

/**
 * Sends the pieces with the reply's status and type. Rejects when the generator fails before anything was sent; a later
 * failure ends the text with what `lateError` gives.
 */
export async function sendPieces(
  reply: FastifyReply,
  pieces: AsyncGenerator<string, void, undefined>,
  lateError: (error: unknown) => string,
): Promise<FastifyReply> {
  let head = '';
  while (head.length < chunkCharacters) {
    const next = await pieces.next();
    if (next.done === true) return reply.send(head);
    head += next.value;
  }
  return reply.send(Readable.from(restOf(head, pieces, lateError), { objectMode: false }));
}

async function* restOf(
  head: string,
  pieces: AsyncGenerator<string, void, undefined>,
  lateError: (error: unknown) => string,
): AsyncGenerator<string, void, undefined> {
  try {
    yield head;
    let failed: { readonly error: unknown } | undefined;
    try {
      yield* pieces;
    } catch (error) {
      failed = { error };
    }
    if (failed !== undefined) yield lateError(failed.error);
  } finally {
    await pieces.return();
  }
}
