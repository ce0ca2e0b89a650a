import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry, LogDamaged, packBody, unpackBody } from './entry-format.js';

const batchId = randomBytes(16).toString('hex');

async function stored(payload: Uint8Array) {
  return encodeEntry(batchId, await packBody(payload), 77, 0);
}

describe('stored entries', () => {
  it('give back what was put into them, whatever its size and content', async () => {
    for (const length of [0, 1, 1023, 1024, 5000, 20_000, 300_000]) {
      for (const payload of [randomBytes(length), new Uint8Array(length).fill(7)]) {
        const entry = decodeEntry(await stored(payload));
        expect(entry).toMatchObject({ batchId, bytesBefore: 77, payloadLength: length, partCount: 0 });
        const unpacked = unpackBody(entry, entry.body);
        expect(Buffer.compare(unpacked, payload)).toBe(0);
        // It is transferred to another thread.
        expect(unpacked.buffer.byteLength).toBe(length);
      }
    }
  });

  it('compress only what becomes smaller', async () => {
    expect((await packBody(randomBytes(100_000))).deflated).toBe(false);
    expect((await packBody(new Uint8Array(500))).deflated).toBe(false);
    const text = Buffer.from(JSON.stringify(Array.from({ length: 3000 }, (_, at) => ({ at, name: `name ${at}` }))));
    const body = await packBody(text);
    expect(body.deflated).toBe(true);
    expect(body.bytes.length).toBeLessThan(text.length / 3);
  });

  it('are never read as something else when they are damaged', async () => {
    const bytes = await stored(new Uint8Array(5000).fill(1));
    expect(() => decodeEntry(bytes.subarray(0, 10))).toThrow(LogDamaged);
    expect(() => decodeEntry(bytes.subarray(0, bytes.length - 1))).toThrow(LogDamaged);
    expect(() => decodeEntry(Uint8Array.of(9, ...bytes.subarray(1)))).toThrow(/format 9/);
    const entry = decodeEntry(bytes);
    expect(() => unpackBody(entry, entry.body.subarray(1))).toThrow(LogDamaged);
    expect(() => unpackBody({ ...entry, payloadLength: 4999 }, entry.body)).toThrow(LogDamaged);
  });
});
