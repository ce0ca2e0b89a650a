// The worker thread of the log on etcd. All work is the engine's.

import { workerData } from 'node:worker_threads';
import { serveLog } from '../worker-half.js';
import { Engine, type OwnCall, type WorkerData } from './engine.js';
import { LogDamaged } from './entry-format.js';

serveLog<OwnCall>({
  engine: (send) => new Engine(workerData as WorkerData, send),
  isDamage: (error) => error instanceof LogDamaged,
});
