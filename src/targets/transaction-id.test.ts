import { describe, expect, it } from 'vitest';
import { systemRandom } from '../base/random.js';
import { commitRequestId, mintTransactionId, parseTransactionId } from './transaction-id.js';

const parts = { owner: 'core-1.eu_west', life: '00ff'.repeat(8), term: 123_456_789 };

describe('ids of open transactions', () => {
  it('say who holds them, and need no escaping in a path', () => {
    const id = mintTransactionId(parts, systemRandom);
    expect(parseTransactionId(id)).toEqual(parts);
    expect(encodeURIComponent(id)).toBe(id);
  });

  it('hold 128 random bits', () => {
    const ids = Array.from({ length: 100 }, () => mintTransactionId(parts, systemRandom));
    expect(new Set(ids).size).toBe(100);
    const random = (id: string) => id.slice(-22 - '.21i3v9'.length, -'.21i3v9'.length);
    expect(new Set(ids.map(random)).size).toBe(100);
  });

  it('are told from whatever else stands in a path', () => {
    const id = mintTransactionId(parts, systemRandom);
    for (const other of ['', '1', 'commit', id.slice(1).replace('ore', '!'), id.slice(0, -8), `${id}.x`, `${id}!`, '../../x', `${'x'.repeat(70)}${id}`]) {
      expect(parseTransactionId(other)).toBeUndefined();
    }
  });

  it('give the request id of their COMMIT, the same on every server', () => {
    const id = mintTransactionId(parts, systemRandom);
    expect(commitRequestId(id, 'ada')).toMatch(/^[0-9a-f]{32}$/);
    expect(commitRequestId(id, 'ada')).toBe(commitRequestId(id, 'ada'));
    expect(commitRequestId(id, 'ada')).not.toBe(commitRequestId(id, 'bob'));
    expect(commitRequestId(id, 'ada')).not.toBe(commitRequestId(mintTransactionId(parts, systemRandom), 'ada'));
  });
});
