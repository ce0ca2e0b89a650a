import { expect, it } from 'vitest';
import { excerpt } from './excerpt.js';
import { floatOfText, integerOfText } from './numerals.js';

it.each([
  ['0', 0],
  ['-0', 0],
  ['+7', 7],
  ['-123456789012345', -123456789012345],
  ['9007199254740993', 9007199254740993n],
  ['9223372036854775807', 2n ** 63n - 1n],
  ['-9223372036854775808', -(2n ** 63n)],
  ['9223372036854775808', null],
  ['-00000000000000000000000', 0],
  ['0000000000000000000000012', 12],
  ['1'.repeat(400), null],
  ['', undefined],
  ['-', undefined],
  ['1.0', undefined],
  ['0x1', undefined],
] as const)('%j as an integer is %s', (text, expected) => {
  expect(integerOfText(text)).toBe(expected);
});

it.each([
  ['1', 1],
  ['1.', 1],
  ['.5', 0.5],
  ['-1.5e-3', -0.0015],
  ['+1E5', 100_000],
  ['1'.repeat(400), Number.POSITIVE_INFINITY],
  ['NaN', Number.NaN],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['', undefined],
  ['.', undefined],
  ['1e', undefined],
  ['1.5.', undefined],
  ['0x1', undefined],
  ['toString', undefined],
] as const)('%j as a float is %s', (text, expected) => {
  expect(floatOfText(text)).toBe(expected);
});

it('an excerpt ends with a whole character', () => {
  expect(excerpt('a'.repeat(100))).toBe('a'.repeat(100));
  expect(excerpt('a'.repeat(101))).toBe(`${'a'.repeat(100)}…`);
  expect(excerpt(`${'a'.repeat(99)}\u{1f600}b`)).toBe(`${'a'.repeat(99)}…`);
});
