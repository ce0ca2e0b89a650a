// Request ids (SAFETY 14): minted at random, or derived from a client's `Idempotency-Key`, the same on every server.

import { createHash, randomBytes } from 'node:crypto';
import type { RequestIdOf } from '../targets/gateway.js';

export const requestIdOf: RequestIdOf = (user, database, idempotencyKey) =>
  // As JSON, so that no two triples give the same text.
  createHash('sha256')
    .update(JSON.stringify([user, database, idempotencyKey]))
    .digest('hex')
    .slice(0, 32);

export function mintRequestId(): string {
  return randomBytes(16).toString('hex');
}
