import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedBytes } from '../base/bytes.js';
import { codes, failure } from '../errors/catalogue.js';
import { fixedNode, fixedRelationship } from '../values/fixed.js';
import { display } from '../values/text.js';
import { CypherFloat, integerOf, type Node, Path, type Relationship, type Value } from '../values/value.js';
import { decodeBookmark, encodeBookmark } from './bookmark.js';
import { Dechunker } from './chunking.js';
import { answeredVersion, beginsHandshake, bolt44, bolt54, chooseVersion, handshakeProposal, versionAnswer } from './handshake.js';
import { failureMetadata, failureOf, mapOf, readMessage, tags, writeMessage } from './messages.js';
import { PackReader, PackWriter } from './packstream.js';
import { decodeRelayExtra, encodeRelayExtra, type RelayExtra } from './relay.js';
import { readValue } from './structures.js';
import { decodeSummary, encodeSummary, type WireSummary } from './summary.js';

const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((integer) => integerOf(integer) as Value),
    fc.integer({ min: -70000, max: 70000 }),
    fc.double().map((number) => new CypherFloat(number)),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 20 }).map((entries) => new Map(Object.entries(entries))),
  ),
})).value;

/** A message through writer, chunks cut anywhere, and reader. */
function carried(fields: readonly Value[], cut: number, elementIds = true): readonly Value[] {
  const writer = new PackWriter();
  writeMessage(writer, tags.SUCCESS, fields, elementIds);
  const bytes = writer.take();
  const messages: Uint8Array[] = [];
  const dechunker = new Dechunker(1 << 24, (message) => messages.push(message));
  for (let at = 0; at < bytes.length; at += cut) dechunker.receive(bytes.subarray(at, at + cut));
  expect(messages.length).toBe(1);
  return readMessage(messages[0] as Uint8Array).fields;
}

const noop = Uint8Array.of(0, 0);

describe('PackStream', () => {
  it('gives every value back, however the bytes are cut', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 50 }), (sent, cut) => void expect(carried([sent], cut)).toEqual([sent])),
      { numRuns: 300 },
    );
  });
  it('cuts long messages into chunks', () => {
    const text = 'é'.repeat(100_000);
    expect(carried([text, 'x'.repeat(65_535)], 7001)).toEqual([text, 'x'.repeat(65_535)]);
  });
  it('never reads damaged bytes as something else than damage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          readMessage(bytes);
        } catch (error) {
          expect(error instanceof MalformedBytes || (error as Error).name === 'CausewayError').toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
  it('refuses promises that the bytes cannot keep, and endless nesting', () => {
    expect(() => readValue(new PackReader(Uint8Array.of(0xd6, 0x7f, 0xff, 0xff, 0xff)))).toThrow(/promises/);
    expect(() => readValue(new PackReader(new Uint8Array(500).fill(0x91)))).toThrow(/nested deeper/);
    expect(() => readValue(new PackReader(Uint8Array.of(0xa2, 0x81, 0x61, 1, 0x81, 0x61, 2)))).toThrow(/twice/);
    expect(() => readValue(new PackReader(Uint8Array.of(0xcc, 0x01, 0x61)))).toThrow(/Byte arrays/);
  });
});

describe('entities', () => {
  const node = (id: number) => fixedNode({ id, elementId: `4:g:${id}`, labels: ['A', 'B'], properties: new Map([['p', id]]) });
  const edge = (id: number, start: number, end: number) =>
    fixedRelationship({
      id,
      elementId: `5:g:${id}`,
      type: 'R',
      startId: start,
      startElementId: `4:g:${start}`,
      endId: end,
      endElementId: `4:g:${end}`,
      properties: new Map(),
    });
  const path = new Path([node(1), node(2), node(1)], [edge(7, 1, 2), edge(7, 1, 2)]);

  it('travel with element ids from 5.0 on', () => {
    const [a, r, p] = carried([node(1), edge(7, 1, 2), path], 9) as [Node, Relationship, Path];
    expect([a.id, a.elementId, a.labels, a.properties.get('p')]).toEqual([1, '4:g:1', ['A', 'B'], 1]);
    expect([r.elementId, r.startElementId, r.endElementId, r.type]).toEqual(['5:g:7', '4:g:1', '4:g:2', 'R']);
    expect(display(p)).toBe(display(path));
    expect(p.relationships.map((each) => [each.startId, each.endElementId])).toEqual([
      [1, '4:g:2'],
      [1, '4:g:2'],
    ]);
  });
  it('travel without them in 4.4', () => {
    const [a, r, p] = carried([node(1), edge(7, 1, 2), path], 9, false) as [Node, Relationship, Path];
    expect([a.elementId, r.elementId, r.startElementId, p.nodes[1]?.elementId]).toEqual(['1', '7', '1', '2']);
  });
});

describe('chunks', () => {
  it('pass over NOOPs and bound a message', () => {
    const seen: number[] = [];
    const dechunker = new Dechunker(10, (message) => seen.push(message.length));
    dechunker.receive(noop);
    dechunker.receive(Uint8Array.of(0, 3, 1, 2));
    dechunker.receive(Uint8Array.of(3, 0, 1, 4, 0, 0, 0, 0));
    expect(seen).toEqual([4]);
    expect(() => dechunker.receive(Uint8Array.of(0, 11))).toThrow(/more than 10 bytes/);
  });
});

describe('handshake', () => {
  const proposing = (...proposals: number[][]) =>
    Uint8Array.from([0x60, 0x60, 0xb0, 0x17, ...proposals.flat(), ...new Array(16 - proposals.length * 4).fill(0)]);
  it('takes the first proposal that is spoken, ranges too', () => {
    expect(chooseVersion(proposing([0, 8, 8, 5], [0, 2, 4, 4]))).toBe(bolt54);
    expect(chooseVersion(proposing([0, 0, 1, 255], [0, 2, 4, 4], [0, 0, 4, 5]))).toBe(bolt44);
    expect(chooseVersion(proposing([0, 1, 8, 5], [0, 0, 0, 3]))).toBeUndefined();
    expect(chooseVersion(handshakeProposal())).toBe(bolt54);
    expect(answeredVersion(versionAnswer(bolt44))).toBe(bolt44);
    expect(answeredVersion(versionAnswer(undefined))).toBeUndefined();
  });
  it('knows a stranger from the first byte', () => {
    expect(beginsHandshake(Buffer.from('GET '))).toBe(false);
    expect(beginsHandshake(Uint8Array.of(0x60, 0x60))).toBe(true);
  });
});

describe('failures, relays, summaries and bookmarks', () => {
  it('carry an error whole', () => {
    const error = failure('commitFailed', 'unknown', { position: { offset: 3, line: 1, column: 4 }, leader: 'a:1', outcomeId: 'x' });
    const back = failureOf(carried([failureMetadata(error)], 5)[0] as Map<string, Value>);
    expect({ ...back, message: back.message }).toEqual({ ...error, message: error.message });
    expect(failureOf(mapOf({ code: codes.syntaxError.code, message: 'm' }))).toMatchObject({
      code: codes.syntaxError.code,
      gqlStatus: '50N42',
      leader: undefined,
    });
  });
  it('carry a relay', () => {
    const extra: RelayExtra = { user: 'u', requestId: 'ab'.repeat(16), access: 'WRITE', consistency: 'bookmark', term: 7, timeoutMs: 0 };
    expect(decodeRelayExtra(mapOf({ causeway: encodeRelayExtra(extra) }))).toEqual(extra);
    expect(() => decodeRelayExtra(mapOf({}))).toThrow(MalformedBytes);
    expect(() => decodeRelayExtra(mapOf({ causeway: encodeRelayExtra({ ...extra, requestId: 'AB' }) }))).toThrow(MalformedBytes);
  });
  it('carry a summary', () => {
    const counters = { ...decodeSummary(new Map()).counters, nodesCreated: 2, systemUpdates: 1 };
    const summary: WireSummary = {
      database: 'neo4j',
      type: 'rw',
      counters,
      plan: { operatorType: 'Scan', arguments: new Map([['rows', 1]]), identifiers: ['n'], children: [] },
      notifications: [{ code: 'c', gqlStatus: '01N00', title: 't', description: 'd', severity: 'WARNING', category: 'GENERIC', position: undefined }],
      bookmark: 'FB:x',
      availableAfterMs: 3,
      consumedAfterMs: 5,
    };
    const metadata = encodeSummary(summary);
    expect(metadata.get('stats')).toEqual(mapOf({ 'nodes-created': 2, 'system-updates': 1, 'contains-system-updates': true, 'contains-updates': true }));
    expect(decodeSummary(metadata, 3)).toEqual(summary);
    expect(encodeSummary({ ...summary, counters: { ...counters, nodesCreated: 0 } }).get('stats')).toEqual(
      mapOf({ 'system-updates': 1, 'contains-system-updates': true }),
    );
  });
  it('carry a bookmark', () => {
    const parts = [{ graphId: '01234567-89ab-cdef-0123-456789abcdef', incarnation: 'f0'.repeat(16), transactionId: 123456789012 }];
    const text = encodeBookmark(parts);
    expect(text).toMatch(/^FB:/);
    expect(decodeBookmark(text)).toEqual(parts);
    for (const wrong of ['', 'FB:', 'FB:!!', text.slice(0, -8), `${text}AAAA`, 'neo4j:bookmark:v1:tx5']) {
      expect(() => decodeBookmark(wrong), wrong).toThrow(/does not conform/);
    }
  });
});
