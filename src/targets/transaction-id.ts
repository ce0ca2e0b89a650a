// The id of a transaction that stays open between requests (SAFETY 26): its owner, the owner's life, 128 random bits,
// and the term under which it began. URL-safe, opaque to clients.
//
//   core1 . <life, 22 characters><random, 22 characters> . <term in base 36>
//
// The request id of its COMMIT is made of the id itself and its user, so every server knows it: whichever that user asks
// to commit again after a lost reply can tell what became of the first time (SAFETY 14).

import { createHash } from 'node:crypto';
import { type Random, randomBytes } from '../base/random.js';

export interface TransactionIdParts {
  /** Name of the server that holds it. */
  readonly owner: string;
  /** 32 hexadecimal digits. */
  readonly life: string;
  /** 0: it cannot write, so no leadership matters to it. */
  readonly term: number;
}

const pattern = /^([A-Za-z][A-Za-z0-9_.-]{0,62})\.([\w-]{22})[\w-]{22}\.([0-9a-z]{1,11})$/;

export function mintTransactionId({ owner, life, term }: TransactionIdParts, random: Random): string {
  return `${owner}.${Buffer.from(life, 'hex').toString('base64url')}${randomBytes(random, 16).toString('base64url')}.${term.toString(36)}`;
}

/** undefined for what was never minted here. */
export function parseTransactionId(id: string): TransactionIdParts | undefined {
  const match = pattern.exec(id);
  if (match === null) return undefined;
  const [, owner, life, term] = match as unknown as readonly [string, string, string, string];
  return { owner, life: Buffer.from(life, 'base64url').toString('hex'), term: Number.parseInt(term, 36) };
}

/** 32 hexadecimal digits. */
export function commitRequestId(id: string, user: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['commit', id, user]))
    .digest('hex')
    .slice(0, 32);
}
