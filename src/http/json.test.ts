import { describe, expect, it } from 'vitest';
import { CypherFloat, type EntitySource, Node, Path, Relationship, type Value } from '../values/value.js';
import { parseJson } from './json-in.js';
import { queryApiJson } from './json-out.js';
import { legacyJson, legacyRowText } from './legacy-format.js';
import { typedJson, typedParameters } from './typed-json.js';

const source: EntitySource = {
  nodeElementId: (id) => `4:g:${id}`,
  nodeLabels: () => ['A'],
  nodeProperties: (id) => new Map<string, Value>([['n', id]]),
  relationshipElementId: (id) => `5:g:${id}`,
  relationshipType: () => 'R',
  relationshipStart: () => 1,
  relationshipEnd: () => 2,
  relationshipProperties: () => new Map<string, Value>([['w', new CypherFloat(2)]]),
};
const [one, two, joins] = [new Node(1, source), new Node(2, source), new Relationship(7, source)];

describe('JSON in', () => {
  it.each<[string, Value]>([
    ['1', 1],
    ['-0', 0],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['"a\\"\\u0041\\\\"', 'a"A\\'],
    [' [ true , false,null ] ', [true, false, null]],
    ['{"a":{"b":[]},"a":{}}', new Map([['a', new Map()]])],
    ['"1.5 and 12345678901234567890"', '1.5 and 12345678901234567890'],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toEqual(value);
    expect(Object.is(parseJson('-0'), 0)).toBe(true);
  });

  it.each([
    ['1.0', 1],
    ['1e2', 100],
    ['-0.0', -0],
    ['12345678901234567890.5', 12345678901234567000],
  ])('reads %s as FLOAT', (text, value) => {
    const parsed = parseJson(text) as CypherFloat;
    expect(parsed).toBeInstanceOf(CypherFloat);
    expect(Object.is(parsed.value, value)).toBe(true);
  });

  it.each([
    ['', 'ends too early (character 1)'],
    ['{', 'ends too early (character 2)'],
    ['{"a" 1}', "'1' was not expected (character 6)"],
    ['[1,]', "']' was not expected"],
    ['01', "'1' was not expected (character 2)"],
    ['nul', "'n' was not expected"],
    ['NaN', "'N' was not expected"],
    ['"abc', 'a string does not end'],
    ['"a\nb"', 'control character'],
    ['"\\x"', 'unknown escape'],
    ['1 2', "'2' was not expected"],
    ['9223372036854775808', 'beyond 64 bits'],
    ['1e999', 'beyond a 64-bit float'],
    ['['.repeat(200), 'nested more than 100 deep'],
  ])('refuses %s', (text, message) => {
    expect(() => parseJson(text)).toThrow(message);
  });

  it('agrees with JSON.parse on whatever holds no numbers that Cypher tells apart', () => {
    const tree = { s: 'é\u2028"\\\n', l: [1, 'x', [null, { k: true }]], '': '', __proto__x: -5 };
    const text = JSON.stringify(tree, null, 2);
    expect(JSON.parse(queryApiJson(parseJson(text)))).toEqual(JSON.parse(text));
  });
});

describe('JSON out', () => {
  it('keeps INTEGER and FLOAT apart and every digit', () => {
    const values = [
      1,
      9007199254740993n,
      new CypherFloat(1),
      new CypherFloat(-0),
      new CypherFloat(0.1),
      new CypherFloat(1e300),
      new CypherFloat(NaN),
      new CypherFloat(-Infinity),
    ];
    expect(queryApiJson(values)).toBe('[1,9007199254740993,1.0,-0.0,0.1,1e+300,"NaN","-Infinity"]');
  });

  it('writes entities for the Query API', () => {
    expect(JSON.parse(queryApiJson(new Path([one, two], [joins])))).toEqual([
      { elementId: '4:g:1', labels: ['A'], properties: { n: 1 } },
      { elementId: '5:g:7', startNodeElementId: '4:g:1', endNodeElementId: '4:g:2', type: 'R', properties: { w: 2 } },
      { elementId: '4:g:2', labels: ['A'], properties: { n: 2 } },
    ]);
  });

  it('writes rows, meta and graph for the legacy API', () => {
    const meta = (id: number, elementId: string, type: string) => ({ id, elementId, type, deleted: false });
    expect(JSON.parse(legacyRowText([1, one, [two, null], new Path([one, two], [joins])], ['row', 'graph']))).toEqual({
      row: [1, { n: 1 }, [{ n: 2 }, null], [{ n: 1 }, { w: 2 }, { n: 2 }]],
      meta: [
        null,
        meta(1, '4:g:1', 'node'),
        meta(2, '4:g:2', 'node'),
        null,
        [meta(1, '4:g:1', 'node'), meta(7, '5:g:7', 'relationship'), meta(2, '4:g:2', 'node')],
      ],
      graph: {
        nodes: [
          { id: '1', elementId: '4:g:1', labels: ['A'], properties: { n: 1 } },
          { id: '2', elementId: '4:g:2', labels: ['A'], properties: { n: 2 } },
        ],
        relationships: [
          {
            id: '7',
            elementId: '5:g:7',
            type: 'R',
            startNode: '1',
            startNodeElementId: '4:g:1',
            endNode: '2',
            endNodeElementId: '4:g:2',
            properties: { w: 2 },
          },
        ],
      },
    });
    expect(legacyJson(joins)).toBe('{"w":2.0}');
  });
});

describe('typed JSON', () => {
  it('writes type and value', () => {
    expect(typedJson([null, true, 1, new CypherFloat(1), 's'])).toBe(
      '{"$type":"List","_value":[{"$type":"Null","_value":null},{"$type":"Boolean","_value":true},{"$type":"Integer","_value":"1"},' +
        '{"$type":"Float","_value":"1.0"},{"$type":"String","_value":"s"}]}',
    );
    expect(JSON.parse(typedJson(joins))).toEqual({
      $type: 'Relationship',
      _value: {
        _element_id: '5:g:7',
        _start_node_element_id: '4:g:1',
        _end_node_element_id: '4:g:2',
        _type: 'R',
        _properties: { w: { $type: 'Float', _value: '2.0' } },
      },
    });
  });

  it('reads back what it wrote', () => {
    const map = new Map<string, Value>([
      ['l', [1, 9007199254740993n, new CypherFloat(NaN), 'x', null, false]],
      ['m', new Map([['k', -3]])],
    ]);
    const text = `{${[...map].map(([key, value]) => `"${key}":${typedJson(value)}`).join(',')}}`;
    expect(typedParameters(parseJson(text) as ReadonlyMap<string, Value>)).toEqual(map);
  });

  it('tells in one walk that a million digits and a letter are no number', () => {
    const read = (type: string) => () =>
      typedParameters(parseJson(`{"a":{"$type":"${type}","_value":"${'1'.repeat(1_000_000)}x"}}`) as ReadonlyMap<string, Value>);
    const began = performance.now();
    expect(read('Float')).toThrow('a number in a string');
    expect(read('Integer')).toThrow('an integer of 64 bits in a string');
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('carries temporal values, points and bytes both ways', () => {
    const values = ['Date 2020-02-29', 'LocalTime 12:31:14.500', 'Time 12:31+01:00', 'LocalDateTime 2020-02-29T12:31', 'OffsetDateTime 2020-02-29T12:31Z'];
    const more = ['ZonedDateTime 2020-02-29T12:31+01:00[Europe/Stockholm]', 'Duration P1Y2M3DT4.5S', 'Base64 AAH/'];
    const points = ['Point SRID=4326;POINT (12.5 55.75)', 'Point SRID=9157;POINT Z (1.0 2.0 3.0)'];
    for (const one of [...values, ...more, ...points]) {
      const [, type, text] = /^(\S+) (.*)$/.exec(one) as unknown as [string, string, string];
      const body = `{"a":{"$type":"${type}","_value":"${text}"}}`;
      const value = typedParameters(parseJson(body) as ReadonlyMap<string, Value>).get('a') as Value;
      expect(typedJson(value)).toBe(`{"$type":"${type}","_value":"${text}"}`);
    }
  });

  it.each([
    ['{"a":1}', 'parameters.a must be a typed value'],
    ['{"a":{"$type":"Integer","_value":1}}', 'an integer of 64 bits in a string'],
    ['{"a":{"$type":"Integer","_value":"9223372036854775808"}}', 'an integer of 64 bits'],
    ['{"a":{"$type":"List","_value":[{"$type":"Vector","_value":"2020-01-01"}]}}', "parameters.a[0] has the type 'Vector'"],
    ['{"a":{"$type":"Date","_value":"2020-13-01"}}', 'MonthOfYear'],
    ['{"a":{"$type":"Point","_value":"1 2"}}', 'is no point'],
    [`{"a":{"$type":"Duration","_value":"P${'9'.repeat(310)}D"}}`, 'The days of a duration do not fit 64 bits'],
    [`{"a":{"$type":"Duration","_value":"PT${'9'.repeat(310)}H"}}`, 'The seconds of a duration do not fit 64 bits'],
    [`{"a":{"$type":"Point","_value":"${'1'.repeat(300)}"}}`, `'${'1'.repeat(100)}…' is no point`],
    [`{"a":{"$type":"${'x'.repeat(300)}","_value":""}}`, `'${'x'.repeat(100)}…', which`],
  ])('refuses %s', (text, message) => {
    expect(() => typedParameters(parseJson(text) as ReadonlyMap<string, Value>)).toThrow(message);
  });
});
