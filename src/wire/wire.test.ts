import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simpleValue } from '../../test/support/simple-values.js';
import { MalformedBytes } from '../base/bytes.js';
import { codes, failure } from '../errors/catalogue.js';
import { fixedNode, fixedRelationship } from '../values/fixed.js';
import { atLocal } from '../values/temporal/zones.js';
import { display } from '../values/text.js';
import { CypherFloat, integerOf, type Node, Path, type Relationship, type Value } from '../values/value.js';
import { type BookmarkPart, carrying, decodeBookmark, encodeBookmark } from './bookmark.js';
import { Dechunker } from './chunking.js';
import { failureMetadata, failureOf } from './failures.js';
import {
  answeredVersion,
  beginsHandshake,
  bolt44,
  bolt54,
  bolt58,
  boltVersions,
  chooseVersion,
  handshakeProposal,
  manifestAnswer,
  readManifestChoice,
  versionAnswer,
  versionName,
} from './handshake.js';
import { mapOf, readMessage, readRequest, tags, writeMessage } from './messages.js';
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
    simpleValue,
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 20 }).map((entries) => new Map(Object.entries(entries))),
  ),
})).value;

/** A message through writer, chunks cut anywhere, and reader. */
function carried(fields: readonly Value[], cut: number, elementIds = true): readonly Value[] {
  const writer = new PackWriter();
  writeMessage(writer, tags.SUCCESS, fields, { elementIds, utcTimes: elementIds });
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
  it('carries date-times by local seconds to drivers of 4.4, but for offsets that come twice', () => {
    const noon = atLocal('Europe/Stockholm', 20_000, 43_200 * 1e9);
    expect(carried([noon, atLocal(3600, 20_000, 5)], 9, false)).toEqual([noon, atLocal(3600, 20_000, 5)]);
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
    expect(() => readValue(new PackReader(Uint8Array.of(0xb1, 0x21, 0x01)))).toThrow(/0x21/);
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
  it.each([
    ['a node', node(1)],
    ['a relationship', edge(7, 1, 2)],
    ['a path, deep in a value', [new Map([['p', path]])]],
  ])('are nothing that a client may send: %s', (_, entity) => {
    const writer = new PackWriter();
    writeMessage(writer, tags.RUN, ['RETURN $x', new Map([['x', entity as Value]]), mapOf({})], { elementIds: true, utcTimes: true });
    const messages: Uint8Array[] = [];
    new Dechunker(1 << 24, (message) => messages.push(message)).receive(writer.take());
    expect(() => readRequest(messages[0] as Uint8Array)).toThrow(expect.objectContaining({ code: 'Neo.ClientError.Statement.TypeError' }));
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
    const named = (...proposals: number[][]) => {
      const chosen = chooseVersion(proposing(...proposals));
      return chosen === undefined || chosen === 'manifest' ? chosen : versionName(chosen);
    };
    expect(named([0, 8, 8, 5], [0, 2, 4, 4])).toBe('5.8');
    expect(named([0, 2, 4, 4], [0, 0, 4, 5])).toBe('4.4');
    expect(named([0, 3, 9, 5])).toBe('5.8');
    expect(named([0, 2, 7, 5])).toBe('5.7');
    expect(named([0, 0, 5, 5])).toBeUndefined();
    expect(named([0, 2, 5, 5])).toBe('5.4');
    expect(named([0, 0, 0, 3], [0, 3, 3, 4])).toBeUndefined();
    expect(named([0, 0, 1, 255], [0, 8, 8, 5])).toBe('manifest');
    expect(named([0, 8, 8, 5], [0, 0, 1, 255])).toBe('5.8');
    expect(boltVersions.map(versionName)).toEqual(['5.8', '5.7', '5.6', '5.4', '5.3', '5.2', '5.1', '5.0', '4.4']);
    expect(chooseVersion(handshakeProposal())).toBe(bolt58);
    expect(answeredVersion(versionAnswer(bolt44))).toBe(bolt44);
    expect(answeredVersion(versionAnswer(undefined))).toBeUndefined();
  });
  it('offers a manifest of ranges, and reads the choice', () => {
    expect([...manifestAnswer]).toEqual([0, 0, 1, 255, 3, 0, 2, 8, 5, 0, 4, 4, 5, 0, 0, 4, 4, 0]);
    expect(readManifestChoice(Uint8Array.of(0, 0, 4, 5))).toBeUndefined();
    expect(readManifestChoice(Uint8Array.of(0, 0, 4, 5, 0x80))).toBeUndefined();
    expect(readManifestChoice(Uint8Array.of(0, 0, 4, 5, 0, 99))).toEqual({ version: bolt54, length: 5 });
    expect(readManifestChoice(Uint8Array.of(0, 0, 8, 5, 0x80, 1, 99))).toEqual({ version: bolt58, length: 6 });
    expect(() => readManifestChoice(Uint8Array.of(0, 0, 5, 5, 0))).toThrow(MalformedBytes);
    expect(() => readManifestChoice(Uint8Array.of(0, 1, 8, 5, 0))).toThrow(MalformedBytes);
    expect(() => readManifestChoice(Uint8Array.from([0, 0, 8, 5, ...new Array(11).fill(0x80)]))).toThrow(MalformedBytes);
  });
  it('knows a stranger from the first byte', () => {
    expect(beginsHandshake(Buffer.from('GET '))).toBe(false);
    expect(beginsHandshake(Uint8Array.of(0x60, 0x60))).toBe(true);
  });
});

describe('failures, relays, summaries and bookmarks', () => {
  it.each(['relay', 'gql'] as const)('carry an error whole as %s', (shape) => {
    const error = failure('commitFailed', 'unknown', { position: { offset: 3, line: 1, column: 4 }, leader: 'a:1', outcomeId: 'x' });
    const back = failureOf(carried([failureMetadata(error, shape)], 5)[0] as Map<string, Value>);
    expect({ ...back, message: back.message }).toEqual({ ...error, message: error.message });
  });
  it('carry an error with its code and message alone up to 5.6', () => {
    const metadata = failureMetadata(failure('notALeader', 'm', { leader: 'a:1' }), 'plain');
    expect(metadata).toEqual(mapOf({ code: codes.notALeader.code, message: 'm' }));
    expect(failureOf(metadata)).toMatchObject({ code: codes.notALeader.code, gqlStatus: '50N42', leader: undefined });
  });
  it('carry an error with status, record and causes from 5.7 on', () => {
    const cause = failure('semanticError', 'because');
    const metadata = failureMetadata(failure('notALeader', 'first line\nsecond', { leader: 'a:1', cause }), 'gql');
    expect(metadata.get('neo4j_code')).toBe(codes.notALeader.code);
    expect(metadata.get('code')).toBeUndefined();
    expect(metadata.get('gql_status')).toBe('08N07');
    expect(metadata.get('description')).toBe('error: connection exception. first line');
    expect(metadata.get('diagnostic_record')).toEqual(
      mapOf({ OPERATION: '', OPERATION_CODE: '0', CURRENT_SCHEMA: '/', _classification: 'CLIENT_ERROR', leader: 'a:1' }),
    );
    expect((metadata.get('cause') as Map<string, Value>).get('message')).toBe('because');
    expect((metadata.get('cause') as Map<string, Value>).has('neo4j_code')).toBe(false);
    expect(failureMetadata(failure('unknownError', 'm', { cause: new TypeError('secret') }), 'gql').has('cause')).toBe(false);
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
    const withStatuses = encodeSummary(summary, { hasColumns: true, rows: 'some' });
    expect(withStatuses.has('notifications')).toBe(false);
    expect(decodeSummary(withStatuses, 3)).toEqual(summary);
    expect(encodeSummary({ ...summary, counters: { ...counters, nodesCreated: 0 } }).get('stats')).toEqual(
      mapOf({ 'system-updates': 1, 'contains-system-updates': true }),
    );
  });
  it('say by GQL status what the rows were, in the order of precedence', () => {
    const notice = { code: 'c', gqlStatus: '01N00', title: 'T.', description: 'd', severity: 'WARNING', category: 'GENERIC', position: undefined } as const;
    const hint = { ...notice, gqlStatus: '03N90', severity: 'INFORMATION' } as const;
    const summary: WireSummary = { ...decodeSummary(new Map()), notifications: [hint, notice] };
    const statuses = (hasColumns: boolean, rows: 'some' | 'none') =>
      (encodeSummary(summary, { hasColumns, rows }).get('statuses') as readonly Map<string, Value>[]).map((status) => status.get('gql_status'));
    expect(statuses(true, 'some')).toEqual(['01N00', '00000', '03N90']);
    expect(statuses(true, 'none')).toEqual(['02000', '01N00', '03N90']);
    expect(statuses(false, 'none')).toEqual(['01N00', '00001', '03N90']);
  });
  it('carry a bookmark', () => {
    const parts = [{ graphId: '01234567-89ab-cdef-0123-456789abcdef', incarnation: 'f0'.repeat(16), transactionId: 123456789012 }];
    const text = encodeBookmark(parts);
    expect(text).toMatch(/^FB:/);
    expect(decodeBookmark(text)).toEqual(parts);
    const other = { ...(parts[0] as BookmarkPart), graphId: '11111111-89ab-cdef-0123-456789abcdef', transactionId: 7 };
    const older = { ...other, transactionId: 3 };
    const own = { ...(parts[0] as BookmarkPart), transactionId: 1 };
    expect(decodeBookmark(carrying(text, ['FB:nonsense', encodeBookmark([own, older]), encodeBookmark([other])]))).toEqual([...parts, other]);
    expect(carrying(text, [encodeBookmark([own])])).toBe(text);
    expect(carrying('FB:x', [text])).toBe('FB:x');
    for (const wrong of ['', 'FB:', 'FB:!!', text.slice(0, -8), `${text}AAAA`, 'neo4j:bookmark:v1:tx5']) {
      expect(() => decodeBookmark(wrong), wrong).toThrow(/does not conform/);
    }
  });
});
