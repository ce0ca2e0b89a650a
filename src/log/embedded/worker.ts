// The worker thread of the embedded log. All work is the engine's.

import { workerData } from 'node:worker_threads';
import { serveLog } from '../worker-half.js';
import { Engine, type WorkerData } from './engine.js';
import { LogDamaged } from './lmdb-file.js';

serveLog({
  engine: (send) => new Engine(workerData as WorkerData, send),
  isDamage: (error) => error instanceof LogDamaged,
});
