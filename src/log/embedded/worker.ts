// The worker thread of the embedded log: messages in, messages out. All work is the engine's.

import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../base/assert.js';
import type { ReadResult } from '../log.js';
import { Engine } from './engine.js';
import { LogDamaged } from './lmdb-file.js';
import type { CallMessage, WorkerData, WorkerMessage } from './protocol.js';

assert(parentPort !== null, 'worker.ts runs in a worker thread');
const port = parentPort;
const send = (message: WorkerMessage): void => port.postMessage(message);

let engine: Engine | undefined;

async function answer({ number, call }: CallMessage): Promise<void> {
  try {
    engine ??= new Engine(workerData as WorkerData, send);
    const answer = await engine.handle(call);
    const payloads = call.name === 'read' ? (answer as ReadResult).entries.map((entry) => entry.payload.buffer as ArrayBuffer) : [];
    port.postMessage({ kind: 'answer', number, answer } satisfies WorkerMessage, payloads);
  } catch (error) {
    send({ kind: 'failed', number, message: error instanceof Error ? error.message : String(error), damaged: error instanceof LogDamaged });
  }
}

port.on('message', (message: CallMessage) => void answer(message));
