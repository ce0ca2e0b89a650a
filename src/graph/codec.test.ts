import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simpleValue } from '../../test/support/simple-values.js';
import { ByteReader, ByteWriter, MalformedBytes } from '../base/bytes.js';
import { atOnce } from '../base/pieces.js';
import { CypherFloat, integerOf, type Value } from '../values/value.js';
import type { ChangeSet, Effect } from './change-set.js';
import { decodeChangeSet, encodeChangeSet } from './change-set-codec.js';
import { type Entry, type EntryContent, FEATURE_LEVEL } from './entry.js';
import { decodeEntry, encodeEntry, hashEntry, NO_PREVIOUS_HASH } from './entry-codec.js';
import { wellFormed } from './text-codec.js';
import { UnknownFormat } from './unknown-format.js';
import { readValue, writeValue } from './value-codec.js';
import { type Counters, noCounters } from './writer.js';

const text = fc.string({ unit: 'binary' });
const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.boolean(),
  fc.maxSafeInteger().map((n) => n + 0),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => integerOf(n) as number | bigint),
  fc.double().map((n) => new CypherFloat(n)),
  text,
  simpleValue,
);
const value: fc.Arbitrary<Value> = fc.oneof(fc.constant(null), scalar, fc.array(scalar), fc.array(fc.array(scalar)));
const id = fc.nat({ max: 0x7fffffff });
const hex = (byteCount: number) => fc.uint8Array({ minLength: byteCount, maxLength: byteCount }).map((bytes) => Buffer.from(bytes).toString('hex'));
const properties = fc.array(fc.tuple(text, value));
const index = fc.record({
  id,
  name: text,
  kind: fc.constantFrom('range' as const, 'text' as const, 'point' as const),
  entity: fc.constantFrom('node' as const, 'relationship' as const),
  token: text,
  properties: fc.array(text),
  owner: fc.option(text, { nil: undefined }),
});
const shape = { id, name: text, entity: fc.constantFrom('node' as const, 'relationship' as const), token: text, properties: fc.array(text) };
const backed = fc.record({ ...shape, kind: fc.constantFrom('unique' as const, 'key' as const), propertyTypes: fc.constant([]), index: text });
const unbacked = fc.record({
  ...shape,
  kind: fc.constantFrom('exists' as const, 'type' as const),
  propertyTypes: fc.array(text),
  index: fc.constant(undefined),
});
const kind = <K extends string>(name: K) => fc.constant(name);
const effect: fc.Arbitrary<Effect> = fc.oneof(
  fc.record({ kind: kind('createNode'), id, labels: fc.array(text), properties }),
  fc.record({ kind: fc.constantFrom('deleteNode' as const, 'deleteRelationship' as const), id }),
  fc.record({ kind: kind('createRelationship'), id, type: text, start: id, end: id, properties }),
  fc.record({ kind: fc.constantFrom('setNodeProperty' as const, 'setRelationshipProperty' as const), id, key: text, value }),
  fc.record({ kind: fc.constantFrom('addLabel' as const, 'removeLabel' as const), id, label: text }),
  fc.record({ kind: kind('createIndex'), index }),
  fc.record({ kind: kind('createConstraint'), constraint: backed, index: index.map((one) => ({ ...one, kind: 'range' as const })) }),
  fc.record({ kind: kind('createConstraint'), constraint: unbacked, index: fc.constant(undefined) }),
  fc.record({ kind: fc.constantFrom('dropIndex' as const, 'dropConstraint' as const), name: text }),
);
const counters: fc.Arbitrary<Counters> = fc
  .array(fc.nat(), { minLength: 12, maxLength: 12 })
  .map((counts) => Object.fromEntries(Object.keys(noCounters()).map((name, i) => [name, counts[i]])) as unknown as Counters);
const changeSet: fc.Arbitrary<ChangeSet> = fc.record({
  transactionId: fc.maxSafeNat(),
  requestId: hex(16),
  committedAtMs: fc.maxSafeNat(),
  effects: fc.array(effect),
  counters,
});
const content: fc.Arbitrary<EntryContent> = fc.oneof(
  fc.record({ kind: kind('noop') }),
  fc.record({ kind: kind('changes'), changeSets: fc.array(changeSet, { maxLength: 4 }) }),
  fc.record({ kind: kind('part'), requestId: hex(16), part: fc.nat(), last: fc.boolean(), bytes: fc.uint8Array() }),
  fc.record({ kind: kind('digest'), transactionId: fc.nat(), digest: hex(32) }),
);
const entry: fc.Arbitrary<Entry> = fc.record({
  featureLevel: fc.constant(1),
  incarnation: hex(16),
  term: fc.maxSafeNat(),
  batchId: hex(16),
  previousHash: hex(32),
  content,
});

const noop: Entry = {
  featureLevel: 1,
  incarnation: '0'.repeat(32),
  term: 3,
  batchId: '1'.repeat(32),
  previousHash: NO_PREVIOUS_HASH,
  content: { kind: 'noop' },
};

describe('value codec', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(value, (original) => {
        const writer = new ByteWriter();
        writeValue(writer, original);
        const reader = new ByteReader(writer.finish());
        expect(readValue(reader)).toEqual(original);
        reader.end();
      }),
    );
  });

  it('keeps a leading byte order mark and gives NaN one form', () => {
    const bytesOf = (original: Value) => {
      const writer = new ByteWriter();
      writeValue(writer, original);
      return writer.finish();
    };
    expect(readValue(new ByteReader(bytesOf('\ufeffa')))).toBe('\ufeffa');
    const oddNaN = new Float64Array(new BigUint64Array([0xfff8000000000123n]).buffer)[0] as number;
    expect(bytesOf(new CypherFloat(oddNaN))).toEqual(bytesOf(new CypherFloat(Number.NaN)));
  });

  it('refuses lone surrogates, which wellFormed replaces', () => {
    expect(() => writeValue(new ByteWriter(), 'a\ud800')).toThrow('surrogates');
    expect(wellFormed('a\ud800b😀')).toBe('a\ufffdb😀');
  });

  it.each(['', '\0', 'a\0b'])('refuses %j as the name of a label, type or key', (name) => {
    expect(() => wellFormed(name)).toThrow('is not a valid token name');
  });

  it('raises UnknownFormat for a later tag', () => {
    expect(() => readValue(new ByteReader(new Uint8Array([17])))).toThrow(UnknownFormat);
  });
});

describe('change set codec', () => {
  it('reads back what was written', () => {
    fc.assert(fc.property(changeSet, (original) => void expect(atOnce(decodeChangeSet(atOnce(encodeChangeSet(original))))).toEqual(original)));
  });

  it('stops at every truncation', () => {
    fc.assert(
      fc.property(changeSet, fc.nat(), (original, cut) => {
        const bytes = atOnce(encodeChangeSet(original));
        expect(() => atOnce(decodeChangeSet(bytes.subarray(0, cut % bytes.length)))).toThrow(MalformedBytes);
      }),
    );
  });

  it('stops at an unknown version and an unknown effect (SAFETY 10)', () => {
    const empty: ChangeSet = { transactionId: 1, requestId: 'ab'.repeat(16), committedAtMs: 0, effects: [], counters: noCounters() };
    const bytes = atOnce(encodeChangeSet(empty));
    expect(() => atOnce(decodeChangeSet(bytes.with(0, 2)))).toThrow(UnknownFormat);
    const one = atOnce(encodeChangeSet({ ...empty, effects: [{ kind: 'deleteNode', id: 5 }] }));
    expect(() => atOnce(decodeChangeSet(one.with(one.length - 2, 13)))).toThrow(UnknownFormat);
  });
});

describe('entry codec', () => {
  it('reads back what was written', () => {
    fc.assert(fc.property(entry, (original) => void expect(atOnce(decodeEntry(atOnce(encodeEntry(original))))).toEqual(original)));
  });

  it('notices every flipped bit', () => {
    fc.assert(
      fc.property(entry, fc.nat(), fc.nat({ max: 7 }), (original, at, bit) => {
        const bytes = atOnce(encodeEntry(original));
        const place = at % bytes.length;
        expect(() => atOnce(decodeEntry(bytes.with(place, (bytes[place] as number) ^ (1 << bit))))).toThrow(MalformedBytes);
      }),
    );
  });

  it('stops at a feature level above its own (SAFETY 10)', () => {
    expect(() => atOnce(decodeEntry(atOnce(encodeEntry({ ...noop, featureLevel: FEATURE_LEVEL + 1 }))))).toThrow(UnknownFormat);
  });

  it('hashes the whole (SAFETY 16)', () => {
    const hash = atOnce(hashEntry(atOnce(encodeEntry(noop))));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(atOnce(hashEntry(atOnce(encodeEntry({ ...noop, term: 4 }))))).not.toBe(hash);
  });
});
