// Functions of numbers.

import { failure } from '../../errors/catalogue.js';
import { subtract } from '../../values/arithmetic.js';
import { excerpt } from '../../values/excerpt.js';
import { floatOfText, integerOfText } from '../../values/numerals.js';
import { CypherFloat, integerOf, type Value } from '../../values/value.js';
import { between, exactly, type FunctionTable, type ScalarFunction, sharing, takingNull, wrongType } from './function.js';

/** The number as a double. */
export function numberOf(name: string, value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof CypherFloat) return value.value;
  throw wrongType(name, value, 'a number');
}

/** An INTEGER argument, as a JS number: exact within ±2^53. */
export function integerArgument(name: string, value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw wrongType(name, value, 'an integer');
}

export function exactArgument(name: string, value: Value): bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return BigInt(value);
  throw wrongType(name, value, 'an integer');
}

function floating(name: string, compute: (x: number) => number): ScalarFunction {
  return sharing(exactly(1, (x) => new CypherFloat(compute(numberOf(name, x as Value)))));
}

function constant(value: number): ScalarFunction {
  return sharing(exactly(0, () => new CypherFloat(value)));
}

function abs(x: Value): Value {
  if (x instanceof CypherFloat) return new CypherFloat(Math.abs(x.value));
  const value = typeof x === 'bigint' ? (x < 0n ? subtract(0, x) : x) : Math.abs(numberOf('abs', x));
  return value;
}

function sign(x: Value): Value {
  return Math.sign(numberOf('sign', x)) + 0;
}

/** Half away from zero up to `precision` digits, as Neo4j's HALF_UP; without digits ties go up. */
function round(x: Value, precision: Value = 0, mode: Value = null): Value {
  const value = numberOf('round', x);
  const digits = integerArgument('round', precision);
  if (digits < 0) throw failure('argumentError', "Precision argument to 'round()' cannot be negative");
  if (!Number.isFinite(value)) return new CypherFloat(value);
  const scale = 10 ** Math.min(digits, 300);
  const scaled = digits === 0 ? value : Number((value * scale).toPrecision(15));
  const rounded = roundTo(scaled, typeof mode === 'string' ? mode.toUpperCase() : digits === 0 ? 'TIES_UP' : 'HALF_UP');
  const result = rounded / scale;
  return new CypherFloat(Number.isFinite(result) ? result : value);
}

function roundTo(x: number, mode: string): number {
  const away = x < 0 ? -1 : 1;
  const magnitude = Math.abs(x);
  switch (mode) {
    case 'UP':
      return away * Math.ceil(magnitude);
    case 'DOWN':
      return Math.trunc(x);
    case 'CEILING':
      return Math.ceil(x);
    case 'FLOOR':
      return Math.floor(x);
    case 'HALF_DOWN':
      return away * Math.ceil(magnitude - 0.5);
    case 'HALF_EVEN': {
      const floor = Math.floor(magnitude);
      const tie = magnitude - floor === 0.5;
      return away * (tie ? floor + (floor % 2) : Math.round(magnitude));
    }
    case 'HALF_UP':
      return away * Math.floor(magnitude + 0.5);
    case 'TIES_UP':
      return Math.floor(x + 0.5);
    default:
      throw failure('argumentError', `Unknown rounding mode '${excerpt(mode)}'. Valid values are: CEILING, FLOOR, UP, DOWN, HALF_EVEN, HALF_UP, HALF_DOWN.`);
  }
}

function toInteger(x: Value): Value {
  if (typeof x === 'number' || typeof x === 'bigint') return x;
  if (typeof x === 'boolean') return x ? 1 : 0;
  if (x instanceof CypherFloat) return truncated(x.value);
  if (typeof x !== 'string') throw wrongType('toInteger', x, 'a Number, Boolean or String');
  const text = x.trim();
  const integer = integerOfText(text);
  if (integer !== undefined) return integer;
  const value = floatOfText(text);
  return value === undefined || !Number.isFinite(value) ? null : truncated(value);
}

function truncated(value: number): Value {
  if (Number.isNaN(value)) return 0;
  if (!Number.isFinite(value)) throw failure('arithmeticError', 'integer overflow: an infinite number has no integer part');
  return integerOf(BigInt(Math.trunc(value))) ?? null;
}

function toFloat(x: Value): Value {
  if (x instanceof CypherFloat) return x;
  if (typeof x === 'number' || typeof x === 'bigint') return new CypherFloat(Number(x));
  if (typeof x !== 'string') throw wrongType('toFloat', x, 'a Number or String');
  const value = floatOfText(x.trim());
  return value === undefined ? null : new CypherFloat(value);
}

/** null instead of an error. */
function orNull(call: (x: Value) => Value): ScalarFunction {
  return sharing(
    exactly(1, (x) => {
      try {
        return call(x as Value);
      } catch {
        return null;
      }
    }),
  );
}

export const numberFunctions: FunctionTable = {
  abs: sharing(exactly(1, (x) => abs(x as Value))),
  sign: sharing(exactly(1, (x) => sign(x as Value))),
  ceil: floating('ceil', Math.ceil),
  floor: floating('floor', Math.floor),
  round: sharing(between(1, 3, (x, precision, mode) => round(x as Value, precision, mode))),
  sqrt: floating('sqrt', Math.sqrt),
  exp: floating('exp', Math.exp),
  log: floating('log', Math.log),
  log10: floating('log10', Math.log10),
  e: constant(Math.E),
  pi: constant(Math.PI),
  sin: floating('sin', Math.sin),
  cos: floating('cos', Math.cos),
  tan: floating('tan', Math.tan),
  cot: floating('cot', (x) => 1 / Math.tan(x)),
  sinh: floating('sinh', Math.sinh),
  cosh: floating('cosh', Math.cosh),
  tanh: floating('tanh', Math.tanh),
  coth: floating('coth', (x) => 1 / Math.tanh(x)),
  asin: floating('asin', Math.asin),
  acos: floating('acos', Math.acos),
  atan: floating('atan', Math.atan),
  atan2: sharing(exactly(2, (y, x) => new CypherFloat(Math.atan2(numberOf('atan2', y as Value), numberOf('atan2', x as Value))))),
  haversin: floating('haversin', (x) => (1 - Math.cos(x)) / 2),
  degrees: floating('degrees', (x) => (x * 180) / Math.PI),
  radians: floating('radians', (x) => (x * Math.PI) / 180),
  isnan: sharing(exactly(1, (x) => Number.isNaN(numberOf('isNaN', x as Value)))),
  tointeger: sharing(exactly(1, (x) => toInteger(x as Value))),
  tofloat: sharing(exactly(1, (x) => toFloat(x as Value))),
  tointegerornull: orNull(toInteger),
  tofloatornull: orNull(toFloat),
  rand: takingNull(0, 0, ({ random }) => new CypherFloat(random())),
  timestamp: takingNull(0, 0, ({ statementTimeMs }) => Math.round(statementTimeMs)),
};
