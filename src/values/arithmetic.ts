// The arithmetic operators on dynamic values. null makes null; INTEGER is exact within 64 bits and
// raises ArithmeticError beyond; INTEGER with FLOAT is FLOAT, by IEEE 754.
//
// The fast path works on plain numbers: for safe integers, a sum, difference or product whose rounded value is
// within ±(2^53 − 1) is exact. Products, quotients and remainders add 0, so that an INTEGER is never −0.

import { failure } from '../errors/catalogue.js';
import { checkListLength, checkTextLength } from './size.js';
import { addDurations, divided, multiplied, negated, plus } from './temporal/duration.js';
import { CypherDuration, isInstantaneous } from './temporal/types.js';
import { toText, typeWord } from './text.js';
import { CypherFloat, integerOf, isSimple, type Value } from './value.js';

const MAX = Number.MAX_SAFE_INTEGER;

type Integer = number | bigint;

function isInteger(value: Value): value is Integer {
  return typeof value === 'number' || typeof value === 'bigint';
}

function isSafe(value: number): boolean {
  return value <= MAX && value >= -MAX;
}

/** A number of either kind as a double; undefined for anything else. */
function doubleOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof CypherFloat) return value.value;
  return typeof value === 'bigint' ? Number(value) : undefined;
}

function within64Bits(result: bigint, a: Integer, operator: string, b: Integer): Integer {
  const integer = integerOf(result);
  if (integer === undefined) throw failure('arithmeticError', `result of ${a} ${operator} ${b} cannot be represented as an integer`);
  return integer;
}

function floats(verb: string, a: Value, b: Value, joiner: string, operation: (x: number, y: number) => number): CypherFloat {
  const x = doubleOf(a);
  const y = doubleOf(b);
  if (x === undefined || y === undefined) throw failure('typeError', `Cannot ${verb} \`${typeWord(a)}\` ${joiner} \`${typeWord(b)}\``);
  return new CypherFloat(operation(x, y));
}

/** `+`: numbers; concatenation of strings (with numbers and booleans too) and of lists (with single values too). */
export function add(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    return isSafe(sum) ? sum : within64Bits(BigInt(a) + BigInt(b), a, '+', b);
  }
  if (a === null || b === null) return null;
  if (isInteger(a) && isInteger(b)) return within64Bits(BigInt(a) + BigInt(b), a, '+', b);
  if (typeof a === 'string' && typeof b === 'string') return concatenated(a, b);
  if (Array.isArray(a)) return Array.isArray(b) ? joined(a, b) : joined(a, [b]);
  if (Array.isArray(b)) return joined([a], b);
  if ((typeof a === 'string' && isScalar(b)) || (typeof b === 'string' && isScalar(a))) return concatenated(toText(a), toText(b));
  if (a instanceof CypherDuration) {
    if (b instanceof CypherDuration) return addDurations(a, b);
    if (isInstantaneous(b)) return plus(b, a);
  }
  if (b instanceof CypherDuration && isInstantaneous(a)) return plus(a, b);
  return floats('add', a, b, 'and', (x, y) => x + y);
}

function concatenated(a: string, b: string): string {
  checkTextLength(a.length + b.length);
  return a + b;
}

function joined(a: readonly Value[], b: readonly Value[]): readonly Value[] {
  checkListLength(a.length + b.length);
  return a.concat(b);
}

function isScalar(value: Value): boolean {
  return typeof value !== 'object' || value instanceof CypherFloat || isSimple(value);
}

export function subtract(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    return isSafe(difference) ? difference : within64Bits(BigInt(a) - BigInt(b), a, '-', b);
  }
  if (a === null || b === null) return null;
  if (isInteger(a) && isInteger(b)) return within64Bits(BigInt(a) - BigInt(b), a, '-', b);
  if (b instanceof CypherDuration) {
    if (a instanceof CypherDuration) return addDurations(a, negated(b));
    if (isInstantaneous(a)) return plus(a, negated(b));
  }
  return floats('subtract', b, a, 'from', (x, y) => y - x);
}

export function multiply(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    return isSafe(product) ? product + 0 : within64Bits(BigInt(a) * BigInt(b), a, '*', b);
  }
  if (a === null || b === null) return null;
  if (isInteger(a) && isInteger(b)) return within64Bits(BigInt(a) * BigInt(b), a, '*', b);
  if (a instanceof CypherDuration || b instanceof CypherDuration) {
    const factor = doubleOf(a instanceof CypherDuration ? b : a);
    if (factor !== undefined) return multiplied((a instanceof CypherDuration ? a : b) as CypherDuration, factor);
  }
  return floats('multiply', a, b, 'and', (x, y) => x * y);
}

function refuseZero(divisor: Integer): void {
  if (divisor === 0) throw failure('arithmeticError', '/ by zero');
}

/** `/`: between INTEGERs it truncates towards 0. */
export function divide(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    refuseZero(b);
    return Math.trunc(a / b) + 0;
  }
  if (a === null || b === null) return null;
  if (isInteger(a) && isInteger(b)) {
    refuseZero(b);
    return within64Bits(BigInt(a) / BigInt(b), a, '/', b);
  }
  if (a instanceof CypherDuration) {
    const divisor = doubleOf(b);
    if (divisor === 0) throw failure('arithmeticError', '/ by zero');
    if (divisor !== undefined) return divided(a, divisor);
  }
  return floats('divide', a, b, 'by', (x, y) => x / y);
}

/** `%`: the sign is the dividend's. */
export function modulo(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    refuseZero(b);
    return (a % b) + 0;
  }
  if (a === null || b === null) return null;
  if (isInteger(a) && isInteger(b)) {
    refuseZero(b);
    return within64Bits(BigInt(a) % BigInt(b), a, '%', b);
  }
  return floats('calculate modulus of', a, b, 'and', (x, y) => x % y);
}

/** `^`: always FLOAT. */
export function power(a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  return floats('raise', a, b, 'to the power of', (x, y) => x ** y);
}

/** Unary `-`. */
export function negate(value: Value): Value {
  if (typeof value === 'number') return 0 - value;
  if (value === null) return null;
  if (typeof value === 'bigint') return within64Bits(-value, 0, '-', value);
  if (value instanceof CypherFloat) return new CypherFloat(-value.value);
  if (value instanceof CypherDuration) return negated(value);
  throw failure('typeError', `Cannot negate \`${typeWord(value)}\``);
}
