// Request ids (SAFETY 14), 128 bits: minted at random, or made of a client's `Idempotency-Key`, the same on every server.
// Of those the first 96 bits say whose request it is and the last 32 what it asks, so that a key that comes again with
// another statement is noticed (database/outcomes.ts).

import { createHash, randomBytes } from 'node:crypto';
import type { StatementRequest } from '../database/result.js';
import { typedJson } from './typed-json.js';

const OWNER_DIGITS = 24;
const ASKED_DIGITS = 8;

/** 32 hexadecimal digits. */
export function requestIdOf(user: string, database: string, idempotencyKey: string, statements: readonly StatementRequest[]): string {
  // As JSON, so that no two triples give the same text.
  const owner = digest(JSON.stringify([user, database, idempotencyKey]), OWNER_DIGITS);
  return owner + digest(JSON.stringify(statements.map(({ text, parameters }) => [text, typedJson(parameters)])), ASKED_DIGITS);
}

export function mintRequestId(): string {
  return randomBytes(16).toString('hex');
}

function digest(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
