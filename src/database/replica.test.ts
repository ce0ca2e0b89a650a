// Which entries a replica takes: of one history, by its hashes and its incarnation.

import { describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.js';
import { inPieces } from '../base/pieces.js';
import type { Entry, EntryContent } from '../graph/entry.js';
import { encodeEntry, hashEntry } from '../graph/entry-codec.js';
import { createGraphStore } from '../storage/store.js';
import { Quarantined, Replica } from './replica.js';

const FIRST = 'a'.repeat(32);
const SECOND = 'b'.repeat(32);

class History {
  readonly replica = new Replica(createGraphStore({ graphId: '11111111-2222-4333-8444-555555555555', budgetBytes: 8 * 1024 ** 2 }), systemClock);
  #hash = '0'.repeat(64);
  #index = 0;

  async add(incarnation: string, content: EntryContent = { kind: 'noop' }, previousHash = this.#hash): Promise<void> {
    const entry: Entry = { featureLevel: 1, incarnation, term: this.#index + 1, batchId: 'c'.repeat(32), previousHash, content };
    const bytes = await inPieces(encodeEntry(entry));
    await this.replica.ingest(this.#index + 1, bytes);
    this.#index += 1;
    this.#hash = await inPieces(hashEntry(bytes));
  }
}

describe('a replica', () => {
  it('follows a history into another incarnation, which begins with the no-op of a term (SAFETY 16)', async () => {
    const history = new History();
    await history.add(FIRST);
    await history.add(SECOND);
    expect([history.replica.index, history.replica.incarnation]).toEqual([2, SECOND]);
  });

  it('takes nothing else of another incarnation', async () => {
    const history = new History();
    await history.add(FIRST);
    await expect(history.add(SECOND, { kind: 'digest', transactionId: 0, digest: 'e'.repeat(64) })).rejects.toThrow(Quarantined);
    expect(history.replica.quarantine).toContain(`incarnation ${SECOND} of the history, ${FIRST} expected`);
  });

  it('takes nothing that does not carry on what it has', async () => {
    const history = new History();
    await history.add(FIRST);
    await expect(history.add(SECOND, { kind: 'noop' }, 'd'.repeat(64))).rejects.toThrow('damaged or forked history');
  });
});
