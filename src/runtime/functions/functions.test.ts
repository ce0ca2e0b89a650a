// Every function: what it gives, that null gives null, and what it refuses.

import { describe, expect, it } from 'vitest';
import type { GraphReader } from '../../graph/reader.js';
import { fixedNode, fixedRelationship } from '../../values/fixed.js';
import { CypherBytes } from '../../values/simple-value.js';
import { display } from '../../values/text.js';
import { CypherFloat, Path, type Value } from '../../values/value.js';
import { MemoryAccount } from '../memory.js';
import type { FunctionContext } from './function.js';
import { pointFunctions } from './points.js';
import { functionSignatures, scalarFunction } from './registry.js';
import { temporalFunctions } from './temporal.js';

const context: FunctionContext = {
  reader: {} as GraphReader,
  statementTimeMs: 1234.4,
  transactionTimeMs: 1000,
  wallMs: () => 2000,
  random: () => 0.5,
  memory: new MemoryAccount(2 ** 30),
};

const float = (value: number) => new CypherFloat(value);
const map = (entries: Record<string, Value>) => new Map(Object.entries(entries));
const ada = fixedNode({ id: 1, elementId: '4:x:1', labels: ['Person', 'Poet'], properties: map({ name: 'Ada' }) });
const bob = fixedNode({ id: 2, elementId: '4:x:2', labels: [], properties: map({}) });
const knows = fixedRelationship({
  id: 7,
  elementId: '5:x:7',
  type: 'KNOWS',
  startId: 1,
  startElementId: '4:x:1',
  endId: 2,
  endElementId: '4:x:2',
  properties: map({ since: 1842 }),
});
const path = new Path([ada, bob], [knows]);

/** As compiled code calls it. */
function call(name: string, values: readonly Value[]): Value {
  const found = scalarFunction(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  if (!found.takesNull && values.includes(null)) return null;
  return found.call(context, ...values);
}

function asked(name: string, values: readonly Value[]): string {
  return `${name}(${values.map(display).join(', ')})`;
}

type Row = readonly [name: string, values: readonly Value[], expected: string];

const numbers: readonly Row[] = [
  ['abs', [-3], '3'],
  ['abs', [float(-2.5)], '2.5'],
  ['abs', [-(2n ** 60n)], String(2n ** 60n)],
  ['sign', [-3], '-1'],
  ['sign', [float(0.1)], '1'],
  ['sign', [0], '0'],
  ['ceil', [float(1.2)], '2.0'],
  ['floor', [float(-1.2)], '-2.0'],
  ['round', [float(2.5)], '3.0'],
  ['round', [float(-2.5)], '-2.0'],
  ['round', [float(2.345), 2], '2.35'],
  ['round', [float(-2.345), 2], '-2.35'],
  ['round', [float(2.25), 1, 'HALF_EVEN'], '2.2'],
  ['round', [float(2.21), 1, 'UP'], '2.3'],
  ['round', [float(-2.29), 1, 'DOWN'], '-2.2'],
  ['round', [float(-2.29), 1, 'CEILING'], '-2.2'],
  ['round', [float(-2.21), 1, 'FLOOR'], '-2.3'],
  ['round', [float(2.25), 1, 'HALF_DOWN'], '2.2'],
  ['round', [float(2.25), 1, 'HALF_UP'], '2.3'],
  ['round', [7], '7.0'],
  ['sqrt', [9], '3.0'],
  ['sqrt', [-1], 'NaN'],
  ['exp', [0], '1.0'],
  ['log', [1], '0.0'],
  ['log10', [1000], '3.0'],
  ['e', [], String(Math.E)],
  ['pi', [], String(Math.PI)],
  ['sin', [0], '0.0'],
  ['cos', [0], '1.0'],
  ['tan', [0], '0.0'],
  ['cot', [float(Math.PI / 4)], '1.0000000000000002'],
  ['asin', [1], String(Math.PI / 2)],
  ['acos', [1], '0.0'],
  ['atan', [0], '0.0'],
  ['atan2', [0, 1], '0.0'],
  ['haversin', [0], '0.0'],
  ['degrees', [float(Math.PI)], '180.0'],
  ['radians', [180], String(Math.PI)],
  ['isNaN', [float(Number.NaN)], 'true'],
  ['isNaN', [1], 'false'],
  ['rand', [], '0.5'],
  ['timestamp', [], '1234'],
  ['toInteger', ['42'], '42'],
  ['toInteger', [' -4.9 '], '-4'],
  ['toInteger', ['+7'], '7'],
  ['toInteger', ['9007199254740993'], '9007199254740993'],
  ['toInteger', ['99999999999999999999'], 'null'],
  ['toInteger', ['abc'], 'null'],
  ['toInteger', ['-9223372036854775808'], '-9223372036854775808'],
  ['toInteger', ['9223372036854775808'], 'null'],
  ['toInteger', ['-0000000000000000000000000000009'], '-9'],
  ['toInteger', ['+9007199254740993'], '9007199254740993'],
  ['toInteger', ['-0'], '0'],
  ['toInteger', [float(2.9)], '2'],
  ['toInteger', [true], '1'],
  ['toFloat', ['1e3'], '1000.0'],
  ['toFloat', ['.5'], '0.5'],
  ['toFloat', [2], '2.0'],
  ['toFloat', [float(2.5)], '2.5'],
  ['toFloat', ['5.'], '5.0'],
  ['toFloat', ['-Infinity'], '-Infinity'],
  ['toFloat', ['.'], 'null'],
  ['toFloat', ['constructor'], 'null'],
  ['toFloat', ['x'], 'null'],
  ['toIntegerOrNull', [[1]], 'null'],
  ['toIntegerOrNull', ['3'], '3'],
  ['toFloatOrNull', [true], 'null'],
  ['toFloatOrNull', ['3'], '3.0'],
];

const texts: readonly Row[] = [
  ['toUpper', ['aß'], "'ASS'"],
  ['upper', ['a'], "'A'"],
  ['toLower', ['AB'], "'ab'"],
  ['lower', ['A'], "'a'"],
  ['trim', [' a b '], "'a b'"],
  ['btrim', [' a '], "'a'"],
  ['ltrim', [' a '], "'a '"],
  ['rtrim', [' a '], "' a'"],
  ['btrim', ['xyaxbyx', 'yx'], "'axb'"],
  ['btrim', ['xyx', 'yx'], "''"],
  ['btrim', ['\u{1f600}a\u{1f601}', '\u{1f600}\u{1f601}'], "'a'"],
  // Half of a character is another one.
  ['btrim', ['\u{1f600}', '\ud83d'], "'\u{1f600}'"],
  ['ltrim', ['xax', 'x'], "'ax'"],
  ['ltrim', [' a', ''], "' a'"],
  ['rtrim', ['xax', 'x'], "'xa'"],
  ['rtrim', ['\u{1f600}\u{1f600}', '\u{1f600}'], "''"],
  ['replace', ['abab', 'b', '$&'], "'a$&a$&'"],
  ['replace', ['ab', '', '-'], "'-a-b-'"],
  ['replace', ['aaa', 'aa', 'b'], "'ba'"],
  ['split', ['a,b,', ','], "['a', 'b', '']"],
  ['split', ['aé', ''], "['a', 'é']"],
  ['split', ['a,b;c', [',', ';']], "['a', 'b', 'c']"],
  ['substring', ['h\u{1f600}llo', 1, 2], "'\u{1f600}l'"],
  ['substring', ['hello', 3], "'lo'"],
  ['substring', ['hello', 9], "''"],
  ['substring', ['hello', 1, 2n ** 62n], "'ello'"],
  ['left', ['h\u{1f600}llo', 2], "'h\u{1f600}'"],
  ['left', ['ab', 9], "'ab'"],
  ['right', ['hello', 2], "'lo'"],
  ['right', ['hello', 0], "''"],
  ['right', ['ab', 9], "'ab'"],
  ['right', ['a\u{1f600}\u{1f601}b', 2], "'\u{1f601}b'"],
  ['right', ['\u{1f600}', 9], "'\u{1f600}'"],
  ['left', ['\u{1f600}', 9], "'\u{1f600}'"],
  ['split', ['a\u{1f600}a', ''], "['a', '\u{1f600}', 'a']"],
  ['reverse', ['\ude00\ud83d\u{1f600}\ud83d'], "'\ud83d\u{1f600}\ud83d\ude00'"],
  ['reverse', ['a\u{1f600}b'], "'b\u{1f600}a'"],
  ['toString', [1], "'1'"],
  ['toString', [float(1)], "'1.0'"],
  ['toString', [true], "'true'"],
  ['toString', ['a'], "'a'"],
  ['toStringOrNull', [[1]], 'null'],
  ['toStringOrNull', [1], "'1'"],
  ['toBoolean', ['TRUE '], 'true'],
  ['toBoolean', ['no'], 'null'],
  ['toBoolean', [0], 'false'],
  ['toBoolean', [true], 'true'],
  ['toBooleanOrNull', [float(1)], 'null'],
  ['toBooleanOrNull', ['false'], 'false'],
  ['char_length', ['\u{1f600}a'], '2'],
  ['character_length', ['ab'], '2'],
  ['randomUUID', [], "'88888888-8888-4888-8888-888888888888'"],
  ['size', ['\u{1f600}a'], '2'],
];

const collections: readonly Row[] = [
  ['size', [[1, null]], '2'],
  ['size', [new CypherBytes(Uint8Array.of(1, 255))], '2'],
  ['length', [path], '1'],
  ['range', [1, 3], '[1, 2, 3]'],
  ['range', [3, 1, -1], '[3, 2, 1]'],
  ['range', [0, 5, 2], '[0, 2, 4]'],
  ['range', [3, 1], '[]'],
  ['range', [1, -(2n ** 60n)], '[]'],
  ['head', [[1, 2]], '1'],
  ['head', [[]], 'null'],
  ['last', [[1, 2]], '2'],
  ['last', [[]], 'null'],
  ['tail', [[1, 2, 3]], '[2, 3]'],
  ['tail', [[]], '[]'],
  ['reverse', [[1, null]], '[null, 1]'],
  ['keys', [map({ a: 1, b: null })], "['a', 'b']"],
  ['keys', [ada], "['name']"],
  ['properties', [knows], '{since: 1842}'],
  ['properties', [map({ a: 1 })], '{a: 1}'],
  ['labels', [ada], "['Person', 'Poet']"],
  ['type', [knows], "'KNOWS'"],
  ['id', [ada], '1'],
  ['id', [knows], '7'],
  ['elementId', [ada], "'4:x:1'"],
  ['elementId', [knows], "'5:x:7'"],
  ['isEmpty', [''], 'true'],
  ['isEmpty', [[1]], 'false'],
  ['isEmpty', [map({})], 'true'],
  ['exists', [1], 'true'],
  ['exists', [null], 'false'],
  ['coalesce', [null, 2, 3], '2'],
  ['coalesce', [null], 'null'],
  ['nullIf', [1, 1], 'null'],
  ['nullIf', [1, 2], '1'],
  ['nullIf', [null, 1], 'null'],
  ['nullIf', [1, null], '1'],
  ['toIntegerList', [['1', 'x', null, 2]], '[1, null, null, 2]'],
  ['toFloatList', [['1', 'x', null]], '[1.0, null, null]'],
  ['toStringList', [[1, 'x', null]], "['1', 'x', null]"],
  ['toBooleanList', [['true', 'x', 0]], '[true, null, false]'],
];

describe.each([
  ['numbers', numbers],
  ['texts', texts],
  ['collections', collections],
] as const)('functions of %s', (_kind, rows) => {
  it.each(rows.map(([name, values, expected]) => [asked(name, values), expected, name, values] as const))('%s is %s', (_asked, expected, name, values) => {
    expect(display(call(name, values))).toBe(expected);
  });

  it.each([...new Set(rows.map(([name]) => name))])('%s gives null for null', (name) => {
    const signature = functionSignatures.find(name);
    if (signature === undefined || signature.minArguments === 0 || name === 'exists') return;
    expect(
      call(
        name,
        Array.from({ length: signature.minArguments }, () => null),
      ),
    ).toBeNull();
  });
});

describe('ends and parts of a path', () => {
  it('nodes() and relationships() are the path itself in pieces', () => {
    expect(call('nodes', [path])).toEqual([ada, bob]);
    expect(call('relationships', [path])).toEqual([knows]);
  });
  it('startNode() and endNode() are nodes with the ids of the relationship', () => {
    expect(call('startNode', [knows])).toMatchObject({ id: 1 });
    expect(call('endNode', [knows])).toMatchObject({ id: 2 });
  });
});

describe('what a function refuses', () => {
  const refused: readonly (readonly [string, readonly Value[], string, string])[] = [
    ...['abs', 'sign', 'ceil', 'round', 'sqrt', 'isNaN'].map((name) => [name, ['x'], 'TypeError', 'Expected a number, got String'] as const),
    ...['toUpper', 'toLower', 'trim', 'char_length'].map((name) => [name, [1], 'TypeError', 'Expected a string, got Long'] as const),
    ...['head', 'last', 'tail', 'reverse', 'isEmpty', 'size', 'toIntegerList'].map((name) => [name, [1], 'TypeError', 'Expected a list, got Long'] as const),
    ...['id', 'elementId'].map((name) => [name, [1], 'TypeError', 'Expected a Node or Relationship, got Long'] as const),
    ...['type', 'startNode', 'endNode'].map((name) => [name, [ada], 'TypeError', 'Expected a Relationship, got Node'] as const),
    ...['nodes', 'relationships'].map((name) => [name, [ada], 'TypeError', 'Expected a Path, got Node'] as const),
    ['labels', [knows], 'TypeError', 'Expected a Node, got Relationship'],
    ['keys', [1], 'TypeError', 'Expected a Node, Relationship or Map, got Long'],
    ['properties', [1], 'TypeError', 'Expected a Node, Relationship or Map, got Long'],
    ['toInteger', [[1]], 'TypeError', 'toInteger'],
    ['toInteger', [float(Number.POSITIVE_INFINITY)], 'ArithmeticError', 'integer overflow'],
    ['toFloat', [true], 'TypeError', 'toFloat'],
    ['toString', [[1]], 'TypeError', 'toString'],
    ['toBoolean', [float(1)], 'TypeError', 'toBoolean'],
    ['atan2', ['x', 1], 'TypeError', 'Expected a number, got String'],
    ['round', [float(1.5), -1], 'ArgumentError', 'cannot be negative'],
    ['round', [float(1.5), 1, 'SIDEWAYS'], 'ArgumentError', 'Unknown rounding mode'],
    ['range', [1, 2, 0], 'ArgumentError', "can't be 0"],
    ['range', [float(1.5), 2], 'ArgumentError', 'Expected an integer'],
    ['replace', ['a', 1, 'b'], 'TypeError', 'Expected a string'],
    ['split', [1, ','], 'TypeError', 'Expected a string'],
    ['split', ['a', [1]], 'TypeError', 'Expected a string'],
    ['substring', ['abc', -1], 'ArgumentError', 'must not be negative'],
    ['substring', ['abc', 1, -1], 'ArgumentError', 'must not be negative'],
    ['left', ['abc', -1], 'ArgumentError', 'must not be negative'],
    ['right', ['abc', -1], 'ArgumentError', 'must not be negative'],
    ['left', ['abc', 'x'], 'TypeError', 'Expected an integer'],
  ];
  it.each(refused.map(([name, values, code, message]) => [asked(name, values), code, message, name, values] as const))(
    '%s: %s, %s',
    (_asked, code, message, name, values) => {
      let thrown: unknown;
      try {
        call(name, values);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: `Neo.ClientError.Statement.${code}` });
      expect((thrown as Error).message).toContain(message);
    },
  );
});

it('range() that is too long to be a list is an error that names the limit', () => {
  expect(() => call('range', [1, 2n ** 60n])).toThrow('limits.list_items');
});

describe('characters of any text', () => {
  // Surrogates in any order, some of them a character.
  const units = ['a', '\ud83d', '\ude00', '\u{1f600}'];
  const all = [''];
  for (let at = 0; at < all.length && all.length < 1000; at++) for (const unit of units) all.push(all[at] + unit);

  it('are what a string gives one by one', () => {
    for (const text of all) {
      const characters = [...text];
      expect(call('size', [text])).toBe(characters.length);
      // What is turned around may make a character of two halves, as it always has.
      expect(call('reverse', [text])).toBe([...characters].reverse().join(''));
      expect(call('split', [text, ''])).toEqual(characters);
      for (let count = 0; count <= characters.length + 1; count++) {
        expect(call('left', [text, count])).toBe(characters.slice(0, count).join(''));
        expect(call('right', [text, count])).toBe(count === 0 ? '' : characters.slice(-count).join(''));
        expect(call('substring', [text, count])).toBe(characters.slice(count).join(''));
        expect(call('substring', [text, count, 2])).toBe(characters.slice(count, count + 2).join(''));
      }
    }
  });
});

describe('texts of millions of digits and characters', () => {
  function within(ms: number, name: string, values: readonly Value[]): Value {
    const began = performance.now();
    const value = call(name, values);
    expect(performance.now() - began, name).toBeLessThan(ms);
    return value;
  }
  const digits = '1'.repeat(1_000_000);

  it('are told to be no number in one walk', () => {
    for (const name of ['toFloat', 'toInteger', 'toFloatOrNull', 'toIntegerOrNull']) {
      for (const text of [`${digits}x`, `${digits}.${digits}x`, `.${digits}x`, `1e${digits}x`]) expect(within(1000, name, [text])).toBeNull();
    }
    for (const name of ['toFloatList', 'toIntegerList']) expect(within(1000, name, [[`${digits}x`]])).toEqual([null]);
  });

  it('are too long for an INTEGER before they are read', () => {
    expect(within(1000, 'toInteger', [digits.repeat(16)])).toBeNull();
    expect(within(1000, 'toInteger', [`-${'0'.repeat(1_000_000)}5`])).toBe(-5);
  });

  it('are read only where they are needed', () => {
    const text = '\u{1f600}'.repeat(2 ** 24);
    const began = performance.now();
    for (let time = 0; time < 20; time++) {
      expect(call('left', [text, 1])).toBe('\u{1f600}');
      expect(call('right', [text, 1])).toBe('\u{1f600}');
      expect(call('substring', [text, 5, 1])).toBe('\u{1f600}');
    }
    // A list of the characters alone took a second, each time.
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('are no list of characters that would be too long or would not fit', () => {
    const text = '\u{1f600}'.repeat(5_500_000);
    const small = { ...context, memory: new MemoryAccount(2 ** 20) };
    const found = scalarFunction('split');
    const sliced = (given: Value, by: string) => found?.sliced?.({ due: () => true }, small, given, by).next();
    // At the first step: nothing was made.
    expect(() => sliced(text, '')).toThrow('memory.query_bytes');
    expect(() => found?.call(small, text, '')).toThrow('memory.query_bytes');
    expect(() => found?.call(context, text + text, '')).toThrow('limits.list_items');
    expect(() => found?.call({ ...small, memory: new MemoryAccount(2 ** 20) }, ','.repeat(100_000), ',')).toThrow('memory.query_bytes');
  });

  it('grow no longer than a text may be', () => {
    expect(() => call('toUpper', ['\u0390'.repeat(12_000_000)])).toThrow('limits.text_characters');
  });
});

it('instants are exact to the millisecond beyond 2^53', () => {
  expect(call('datetime.fromepoch', [31_556_889_832_780_799n, 1])).toEqual(call('datetime', ['+999999999-12-31T23:59:59.000000001Z']));
  expect(call('datetime.fromepochmillis', [9_007_199_254_740_993n])).toEqual(call('datetime', ['+287396-10-12T08:59:00.993Z']));
});

it('what is finer than epochMillis is added to it, and is no more than a millisecond', () => {
  const of = (fields: Record<string, Value>) => call('datetime', [map({ epochMillis: 7, ...fields })]);
  expect(of({ microsecond: 5, nanosecond: 3 })).toEqual(call('datetime', ['1970-01-01T00:00:00.007005003Z']));
  expect(of({ nanosecond: 999_999 })).toEqual(call('datetime', ['1970-01-01T00:00:00.007999999Z']));
  for (const fields of [{ nanosecond: -1 }, { nanosecond: 1_000_000 }, { microsecond: 1000 }, { millisecond: 1 }]) expect(() => of(fields)).toThrow();
});

it('names are matched without case, and unknown ones are not there', () => {
  expect(scalarFunction('TOUPPER')).toBe(scalarFunction('toUpper'));
  expect(scalarFunction('nonsense')).toBeUndefined();
  expect(functionSignatures.find('COLLECT')).toMatchObject({ aggregate: true });
  expect(functionSignatures.find('nonsense')).toBeUndefined();
});

it('all functions are in the tables above', () => {
  const tested = new Set([...numbers, ...texts, ...collections].map(([name]) => name.toLowerCase()));
  for (const name of ['nodes', 'relationships', 'startnode', 'endnode']) tested.add(name);
  // These have their cases in `test/cypher/cases.md`.
  for (const name of ['sinh', 'cosh', 'tanh', 'coth', 'normalize', 'valuetype']) tested.add(name);
  for (const name of Object.keys({ ...temporalFunctions, ...pointFunctions })) tested.add(name);
  expect(functionSignatures.names.filter((name) => !tested.has(name))).toEqual([]);
});

describe('functions in turns', () => {
  const alphabet = ['a', 'b', ',', '\u{1f600}'];
  const texts = [1, 2, 3].map((seed) => {
    let state = seed;
    let text = '';
    while (text.length < 70_000) {
      state = (state * 1103515245 + 12345) % 2147483648;
      text += alphabet[state % 4];
    }
    return text;
  });
  const needles = ['a', ',', 'ab', 'aa', 'aaa', '', 'zz', '\u{1f600}', ',a\u{1f600}'];

  function turns(name: string, values: readonly Value[]): { readonly value: Value; readonly count: number } {
    const found = scalarFunction(name);
    if (found?.sliced === undefined) throw new Error(`${name} has no turns`);
    const steps = found.sliced({ due: () => true }, context, ...values);
    for (let count = 0; ; count++) {
      const step = steps.next();
      if (step.done === true) return { value: step.value, count };
    }
  }

  it.each(needles)('replace and split give what they give at once: %j', (needle) => {
    for (const text of texts) {
      for (const by of ['', 'x', needle + needle]) {
        const { value, count } = turns('replace', [text, needle, by]);
        expect(value === call('replace', [text, needle, by])).toBe(true);
        expect(count).toBeGreaterThan(1);
      }
      expect(turns('split', [text, needle]).value).toEqual(call('split', [text, needle]));
    }
  });

  it('and so do other forms of a text, wherever it is cut', () => {
    for (const parts of ['a\u{1f600}\u00df', 'e\u0301\u0323', '\u0301', '\u1112\u1161\u11ab', '\u03a3a \u03a3', 'Ab ']) {
      const text = parts.repeat(30_000);
      for (const name of ['toUpper', 'toLower', 'normalize']) expect(turns(name, [text]).value === call(name, [text]), name).toBe(true);
    }
    expect(turns('toUpper', ['\u{1f600}'.repeat(60_000)]).count).toBeGreaterThan(1);
    expect(turns('normalize', ['e\u0301'.repeat(60_000)]).count).toBeGreaterThan(1);
  });

  it('and so do reverse, split by several, and the conversions of lists', () => {
    for (const text of texts) {
      expect(turns('reverse', [text]).value === call('reverse', [text])).toBe(true);
      expect(turns('split', [text, [',', 'ab']]).value).toEqual(call('split', [text, [',', 'ab']]));
    }
    const list = Array.from({ length: 5000 }, (_, index) => (index % 7 === 0 ? null : index));
    expect(turns('tostringlist', [list]).value).toEqual(call('toStringList', [list]));
  });
});
