// Aggregates over all the values of a group.

import { AssertionError } from '../../src/base/assert.js';
import type { AggregateItem } from '../../src/planner/plan.js';
import { add, divide } from '../../src/values/arithmetic.js';
import { CypherFloat, type Value } from '../../src/values/value.js';
import { Refused } from './expressions.js';
import { isNumber, order, textOf } from './values.js';

export function aggregated(item: AggregateItem, values: readonly Value[], parameter: Value): Value {
  if (item.function === 'countStar') return values.length;
  const present = values.filter((value) => value !== null);
  const used = item.distinct ? [...new Map(present.map((value) => [textOf(value), value] as const).reverse()).values()].reverse() : present;
  switch (item.function) {
    case 'count':
      return used.length;
    case 'collect':
      return item.distinct ? firstOfEach(present) : used;
    case 'min':
      return sorted(used)[0] ?? null;
    case 'max':
      return sorted(used).at(-1) ?? null;
    case 'sum':
      return numbers(used).reduce<Value>((sum, value) => add(sum, value), 0);
    case 'avg': {
      if (used.length === 0) return null;
      const sum = numbers(used).reduce<Value>((total, value) => add(total, value), new CypherFloat(0));
      return divide(sum, new CypherFloat(used.length));
    }
    case 'percentileDisc': {
      if (used.length === 0) return null;
      const at = Math.ceil(fraction(parameter) * used.length) - 1;
      return sorted(numbers(used))[Math.max(0, at)] ?? null;
    }
    default:
      throw new AssertionError(`the evaluator knows ${item.function}`);
  }
}

function firstOfEach(values: readonly Value[]): readonly Value[] {
  const seen = new Set<string>();
  return values.filter((value) => !seen.has(textOf(value)) && seen.add(textOf(value)));
}

function sorted(values: readonly Value[]): readonly Value[] {
  return [...values].sort(order);
}

function numbers(values: readonly Value[]): readonly Value[] {
  if (!values.every(isNumber)) throw new Refused('not a number');
  return values;
}

function fraction(value: Value): number {
  const plain = value instanceof CypherFloat ? value.value : value;
  if (typeof plain !== 'number' || plain < 0 || plain > 1) throw new Refused('a percentile is between 0 and 1');
  return plain;
}
