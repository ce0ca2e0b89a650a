// The worker thread's half of an engine of the log: calls in, answers and events out. The engine is made at the first
// call, so that whoever calls is told why it cannot be.

import { parentPort } from 'node:worker_threads';
import { assert } from '../base/assert.js';
import type { ReadResult } from './log.js';
import type { AnyCall, CallMessage, WorkerMessage } from './protocol.js';

export interface LogWorker<Own> {
  engine(send: (message: WorkerMessage) => void): { handle(call: AnyCall | Own): Promise<unknown> };
  /** The log itself is damaged, or of another format. */
  isDamage(error: unknown): boolean;
}

export function serveLog<Own extends { readonly name: string } = never>(worker: LogWorker<Own>): void {
  assert(parentPort !== null, 'the worker of a log runs in a worker thread');
  const port = parentPort;
  const send = (message: WorkerMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  let engine: ReturnType<typeof worker.engine> | undefined;

  async function answer({ number, call }: CallMessage<Own>): Promise<void> {
    try {
      engine ??= worker.engine(send);
      const answer = await engine.handle(call);
      const payloads = call.name === 'read' ? (answer as ReadResult).entries.map((entry) => entry.payload.buffer as ArrayBuffer) : [];
      send({ kind: 'answer', number, answer }, payloads);
    } catch (error) {
      send({ kind: 'failed', number, message: error instanceof Error ? error.message : String(error), damaged: worker.isDamage(error) });
    }
  }

  port.on('message', (message: CallMessage<Own>) => void answer(message));
}
