// Calls that may be repeated, repeated until they are definite or patience ends. Only for what has the same effect
// once and twice: reads, and transactions whose guards see that they were done already. Appends are never repeated here.

import { failure } from '../../errors/catalogue.js';
import { RpcFailed } from './rpc/channels.js';

const pauseMs = 20;
const pauseMsMax = 200;

/** For calls that are repeated: long enough to see another leader of etcd elected. */
export const patienceMs = 4000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function untilDefinite<T>(call: () => Promise<T>, boundMs = patienceMs): Promise<T> {
  const end = performance.now() + boundMs;
  for (let waitMs = pauseMs; ; waitMs = Math.min(waitMs * 2, pauseMsMax)) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof RpcFailed) || error.definite) throw error;
      if (performance.now() + waitMs > end)
        throw failure('databaseUnavailable', `etcd did not answer within ${boundMs} ms: ${error.message}`, { cause: error });
      await pause(waitMs);
    }
  }
}
