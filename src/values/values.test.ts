import { describe, expect, it } from 'vitest';
import { CausewayError } from '../errors/error.js';
import { add, divide, modulo, multiply, negate, power, subtract } from './arithmetic.js';
import { compareOrder, compareText, equals, equivalent, greaterThan, lessOrEqual, lessThan } from './compare.js';
import { detach, detachRow } from './detach.js';
import { fixedNode, fixedRelationship, isFixed } from './fixed.js';
import { groupKey } from './key.js';
import { asPropertyValue } from './property.js';
import { display, floatText, toText } from './text.js';
import { CypherFloat, type EntitySource, Node, Path, Relationship, type Value } from './value.js';

const float = (value: number) => new CypherFloat(value);
const map = (entries: Record<string, Value>) => new Map(Object.entries(entries));
const content: EntitySource = {
  nodeElementId: (id) => `n${id}`,
  nodeLabels: () => ['A'],
  nodeProperties: () => map({ p: 1 }),
  relationshipElementId: (id) => `r${id}`,
  relationshipType: () => 'R',
  relationshipStart: (id) => id,
  relationshipEnd: (id) => id + 1,
  relationshipProperties: () => map({}),
};
const node = (id: number) => new Node(id, content);
const relationship = (id: number) => new Relationship(id, content);

/** Every kind, in the order of ORDER BY; neighbours on one line are equivalent. */
const ordered: readonly (readonly Value[])[] = [
  [map({})],
  [map({ a: 1 }), map({ a: float(1) })],
  [map({ a: null })],
  [node(1)],
  [node(2)],
  [relationship(0)],
  [[]],
  [['a']],
  [[1], [float(1)]],
  [[1, 2]],
  [[null]],
  [new Path([node(1)], [])],
  [new Path([node(1), node(2)], [relationship(1)])],
  [''],
  ['\u0000'],
  ['\u0000s'],
  ['a'],
  ['\uffee'],
  ['😀'],
  [false],
  [true],
  [float(Number.NEGATIVE_INFINITY)],
  [-(2n ** 63n), float(-(2 ** 63))],
  [-1],
  [0, float(0), float(-0)],
  [float(0.5)],
  [1, float(1)],
  [2 ** 53 - 1],
  [2n ** 53n, float(2 ** 53)],
  [2n ** 53n + 1n],
  [float(1e300)],
  [float(Number.POSITIVE_INFINITY)],
  [float(Number.NaN)],
  [null],
];

describe('order, equivalence and keys agree', () => {
  const all = ordered.flatMap((values, place) => values.map((value) => ({ value, place })));
  it('over every pair of values', () => {
    for (const a of all) {
      for (const b of all) {
        const name = `${display(a.value)} and ${display(b.value)}`;
        expect(Math.sign(compareOrder(a.value, b.value)), name).toBe(Math.sign(a.place - b.place));
        expect(equivalent(a.value, b.value), name).toBe(a.place === b.place);
        expect(new Set([groupKey(a.value), groupKey(b.value)]).size === 1, name).toBe(a.place === b.place);
      }
    }
  });
});

describe('equals', () => {
  it.each<[Value, Value, boolean | null]>([
    [1, float(1), true],
    [2n ** 53n + 1n, float(2 ** 53), false],
    [float(Number.NaN), float(Number.NaN), false],
    [null, null, null],
    [1, null, null],
    [1, 'a', false],
    [[1, null], [1, 2], null],
    [[1, null], [2, null], false],
    [[1], [1, null], false],
    [map({ a: null }), map({ a: 1 }), null],
    [map({ a: 1 }), map({ b: 1 }), false],
    [node(1), node(1), true],
    [node(1), relationship(1), false],
  ])('%s = %s is %s', (a, b, expected) => expect(equals(a, b)).toBe(expected));
});

describe('comparability', () => {
  it.each<[Value, Value, boolean | null]>([
    [1, float(1.5), true],
    ['a', 'b', true],
    [1, 'a', null],
    [null, 1, null],
    [float(Number.NaN), 1, false],
    [[1, 2], [1, null], null],
    [[1], [1, null], true],
    [[0, null], [1, 2], true],
    [false, true, true],
    [node(1), node(2), null],
  ])('%s < %s is %s', (a, b, expected) => expect(lessThan(a, b)).toBe(expected));
  it('<= and > follow', () => {
    expect(lessOrEqual(float(2), 2)).toBe(true);
    expect(greaterThan(float(Number.NaN), 2)).toBe(false);
    expect(greaterThan([2], [1, null])).toBe(true);
  });
  it('strings go by code points, not by UTF-16 units', () => {
    expect('😀' < '\uffee').toBe(true);
    expect(compareText('😀', '\uffee')).toBeGreaterThan(0);
  });
});

describe('arithmetic', () => {
  const MAX = 2n ** 63n - 1n;
  it('keeps INTEGERs exact and canonical', () => {
    expect(add(Number.MAX_SAFE_INTEGER, 1)).toBe(2n ** 53n);
    expect(subtract(2n ** 53n, 1)).toBe(2 ** 53 - 1);
    expect(multiply(3037000500, 3037000499)).toBe(3037000500n * 3037000499n);
    expect(negate(-(2n ** 53n))).toBe(2n ** 53n);
    expect(divide(-7, 2)).toBe(-3);
    expect(modulo(-7, 2)).toBe(-1);
    for (const zero of [multiply(0, -1), modulo(-5, 5), divide(-1, 2), negate(0)]) expect(Object.is(zero, 0)).toBe(true);
  });
  it('refuses what 64 bits cannot hold', () => {
    const beyond: (() => Value)[] = [
      () => add(MAX, 1),
      () => subtract(-MAX - 1n, 1),
      () => multiply(2 ** 40, 2 ** 40),
      () => divide(-MAX - 1n, -1),
      () => negate(-MAX - 1n),
    ];
    for (const operation of beyond) expect(operation).toThrow(/cannot be represented as an integer/);
    for (const operation of [() => divide(1, 0), () => modulo(1, 0), () => divide(MAX, 0)]) expect(operation).toThrow('/ by zero');
  });
  it('makes FLOAT of mixed operands and of every power', () => {
    expect(add(1, float(0.5))).toEqual(float(1.5));
    expect(divide(float(1), 0)).toEqual(float(Number.POSITIVE_INFINITY));
    expect(power(2, 3)).toEqual(float(8));
    expect(subtract(float(1), 3)).toEqual(float(-2));
  });
  it('concatenates strings and lists, and passes null on', () => {
    expect(add('a', 1)).toBe('a1');
    expect(add(float(1), 'a')).toBe('1.0a');
    expect(add([1], [2])).toEqual([1, 2]);
    expect(add([1], 2)).toEqual([1, 2]);
    expect(add(1, [2])).toEqual([1, 2]);
    for (const result of [add(null, [1]), multiply(1, null), power(null, 1), negate(null)]) expect(result).toBeNull();
  });
  it('names the types it cannot add', () => {
    expect(() => add(1, true)).toThrow('Cannot add `Long` and `Boolean`');
    expect(() => subtract('a', float(1))).toThrow(CausewayError);
  });
});

describe('text', () => {
  it.each<[number, string]>([
    [1, '1.0'],
    [1e7, '1.0E7'],
    [9999999, '9999999.0'],
    [1234567890.5, '1.2345678905E9'],
    [1e-3, '0.001'],
    [1e-4, '1.0E-4'],
    [-0, '-0.0'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('FLOAT %s is %s', (value, text) => expect(floatText(value)).toBe(text));
  it('shows values as literals', () => {
    expect(toText("it's")).toBe("it's");
    expect(display(map({ 'a b': ["it's", null, float(2)] }))).toBe("{`a b`: ['it\\'s', null, 2.0]}");
    expect(display(new Path([node(2), node(1)], [relationship(1)]))).toBe('(:A {p: 1})<-[:R]-(:A {p: 1})');
  });
});

describe('detach', () => {
  it('copies entities wherever they are and nothing else', () => {
    const plain: Value = [1, map({ a: [float(1)] })];
    expect(detach(plain)).toBe(plain);
    const [list, nested] = detachRow([[node(1)], map({ r: relationship(3), p: new Path([node(1)], []) })]) as [Value[], Map<string, Value>];
    const copy = list[0] as Node;
    expect(isFixed(copy)).toBe(true);
    expect([copy.elementId, copy.labels, copy.properties.get('p')]).toEqual(['n1', ['A'], 1]);
    const edge = nested.get('r') as Relationship;
    expect([edge.startElementId, edge.endElementId, edge.type]).toEqual(['n3', 'n4', 'R']);
    expect(isFixed((nested.get('p') as Path).nodes[0] as Node)).toBe(true);
    expect(detach(copy)).toBe(copy);
  });
  it('a fixed entity answers for itself only', () => {
    const fixed = fixedNode({ id: 1, elementId: 'x', labels: [], properties: map({}) });
    expect(() => fixed.source.nodeLabels(2)).toThrow();
    expect(() => fixed.source.relationshipType(1)).toThrow();
    const edge = fixedRelationship({ id: 1, elementId: 'e', type: 'T', startId: 5, startElementId: 's', endId: 6, endElementId: 't', properties: map({}) });
    expect([edge.startElementId, edge.endElementId]).toEqual(['s', 't']);
  });
});

describe('property values', () => {
  it('are canonical', () => {
    expect(Object.is((asPropertyValue(float(-0)) as CypherFloat).value, 0)).toBe(true);
    expect(asPropertyValue([1, float(2)])).toEqual([float(1), float(2)]);
    expect(asPropertyValue([1, 2n ** 60n])).toEqual([1, 2n ** 60n]);
    expect(asPropertyValue('a\ud800')).toBe('a\ufffd');
    expect(asPropertyValue([])).toEqual([]);
  });
  it('are scalars and lists of one type', () => {
    expect(() => asPropertyValue(map({ a: 1 }))).toThrow('Property values can only be of primitive types or arrays thereof. Encountered: Map{a -> Long(1)}.');
    expect(() => asPropertyValue([1, 'a'])).toThrow(CausewayError);
    expect(() => asPropertyValue([null])).toThrow('Collections containing null values can not be stored in properties.');
    expect(() => asPropertyValue([[1]])).toThrow('Collections containing collections can not be stored in properties.');
    expect(() => asPropertyValue(node(1))).toThrow('Encountered: (1).');
  });
});
