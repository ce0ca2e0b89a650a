// The states of aggregates. `add` is given every value of the group; null counts for nothing.

import { unreachable } from '../base/assert.js';
import { failure } from '../errors/catalogue.js';
import type { AggregateItem } from '../planner/plan.js';
import { add } from '../values/arithmetic.js';
import { compareOrder } from '../values/compare.js';
import { groupKey } from '../values/key.js';
import { addDurations, divided } from '../values/temporal/duration.js';
import { CypherDuration } from '../values/temporal/types.js';
import { typeWord } from '../values/text.js';
import { CypherFloat, type Value } from '../values/value.js';
import { numberOf } from './functions/numbers.js';
import { KeyedSet } from './keyed.js';
import type { MemoryAccount } from './memory.js';
import { SlicedSort } from './sliced-sort.js';

export interface Aggregate {
  add(value: Value): void;
  /** `count` integers at once, by their sum, which is exact. */
  integers?(sum: number, count: number): void;
  /** A bounded piece of the work before the result; true (or not there) when there is none left. */
  step?(): boolean;
  result(): Value;
}

/** `parameter`: the percentile. */
export function newAggregate(item: Pick<AggregateItem, 'function' | 'distinct'>, memory: MemoryAccount, parameter: Value): Aggregate {
  const aggregate = plain(item.function, memory, parameter);
  return item.distinct ? new DistinctAggregate(aggregate, memory) : aggregate;
}

function plain(name: AggregateItem['function'], memory: MemoryAccount, parameter: Value): Aggregate {
  switch (name) {
    case 'count':
    case 'countStar':
      return new Count();
    case 'sum':
      return new Sum();
    case 'avg':
      return new Average();
    case 'min':
      return new Extreme(-1, memory);
    case 'max':
      return new Extreme(1, memory);
    case 'collect':
      return new Collect(memory);
    case 'stDev':
      return new Deviation(1);
    case 'stDevP':
      return new Deviation(0);
    case 'percentileCont':
    case 'percentileDisc':
      return new Percentile(name, memory, parameter);
    default:
      return unreachable(name);
  }
}

class Count implements Aggregate {
  #count = 0;
  add(value: Value): void {
    if (value !== null) this.#count++;
  }
  result(): Value {
    return this.#count;
  }
}

function checkNumber(name: string, value: Value): void {
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof CypherFloat) return;
  throw failure('typeError', `${name}() can only handle numerical values, duration, and null, got ${typeWord(value)}`);
}

class Sum implements Aggregate {
  #sum: Value | undefined = undefined;
  add(value: Value): void {
    if (value === null) return;
    const isDuration = value instanceof CypherDuration;
    if (!isDuration) checkNumber('SUM', value);
    if (this.#sum !== undefined && this.#sum instanceof CypherDuration !== isDuration) throw mixed('SUM');
    this.#sum = this.#sum === undefined ? value : add(this.#sum, value);
  }
  integers(sum: number): void {
    this.add(sum);
  }
  result(): Value {
    return this.#sum ?? 0;
  }
}

function mixed(name: string): Error {
  return failure('typeError', `${name}() cannot mix number and duration`);
}

/** Integers are summed up, as long as that is exact; of others the running mean is kept, so that large sums do not lose what is small. */
class Average implements Aggregate {
  #integers = 0;
  #integerCount = 0;
  #mean = 0;
  #count = 0;
  /** Of durations. */
  #sum: CypherDuration | undefined = undefined;
  add(value: Value): void {
    if (value === null) return;
    if (value instanceof CypherDuration) {
      if (this.#integerCount + this.#count > 0 && this.#sum === undefined) throw mixed('AVG');
      this.#sum = this.#sum === undefined ? value : addDurations(this.#sum, value);
      this.#count++;
      return;
    }
    checkNumber('AVG', value);
    if (typeof value === 'number') return this.integers(value, 1);
    if (this.#sum !== undefined) throw mixed('AVG');
    this.#merge(numberOf('avg', value), 1);
  }
  integers(sum: number, count: number): void {
    if (this.#sum !== undefined) throw mixed('AVG');
    if (!Number.isSafeInteger(this.#integers + sum)) {
      this.#merge(this.#integers / this.#integerCount, this.#integerCount);
      this.#integers = 0;
      this.#integerCount = 0;
    }
    this.#integers += sum;
    this.#integerCount += count;
  }
  #merge(mean: number, count: number): void {
    this.#count += count;
    this.#mean += (mean - this.#mean) * (count / this.#count);
  }
  result(): Value {
    if (this.#sum !== undefined) return divided(this.#sum, this.#count);
    if (this.#integerCount > 0) {
      const mean = this.#integers / this.#integerCount;
      if (this.#count === 0) return new CypherFloat(mean);
      this.#merge(mean, this.#integerCount);
    }
    return this.#count === 0 ? null : new CypherFloat(this.#mean);
  }
}

class Extreme implements Aggregate {
  readonly #sign: number;
  readonly #memory: MemoryAccount;
  #best: Value = null;
  #bytes = 0;
  constructor(sign: number, memory: MemoryAccount) {
    this.#sign = sign;
    this.#memory = memory;
  }
  add(value: Value): void {
    if (value === null) return;
    if (this.#best !== null && compareOrder(value, this.#best) * this.#sign <= 0) return;
    this.#best = value;
    if (typeof value !== 'number') this.#bytes = this.#memory.held(this.#bytes, value);
  }
  result(): Value {
    return this.#best;
  }
}

class Collect implements Aggregate {
  readonly #memory: MemoryAccount;
  readonly #items: Value[] = [];
  constructor(memory: MemoryAccount) {
    this.#memory = memory;
  }
  add(value: Value): void {
    if (value === null) return;
    this.#memory.value(value);
    this.#items.push(value);
  }
  result(): Value {
    return this.#items;
  }
}

/** Welford's recurrence. `correction` 1: of a sample. */
class Deviation implements Aggregate {
  readonly #correction: number;
  #count = 0;
  #mean = 0;
  #squares = 0;
  constructor(correction: number) {
    this.#correction = correction;
  }
  add(value: Value): void {
    if (value === null) return;
    checkNumber('STDEV', value);
    const x = numberOf('stDev', value);
    this.#count++;
    const delta = x - this.#mean;
    this.#mean += delta / this.#count;
    this.#squares += delta * (x - this.#mean);
  }
  result(): Value {
    const divisor = this.#count - this.#correction;
    return new CypherFloat(divisor <= 0 ? 0 : Math.sqrt(this.#squares / divisor));
  }
}

class Percentile implements Aggregate {
  readonly #name: 'percentileCont' | 'percentileDisc';
  readonly #memory: MemoryAccount;
  readonly #percentile: number;
  readonly #values: Value[] = [];
  #sort: SlicedSort<Value> | undefined = undefined;
  constructor(name: 'percentileCont' | 'percentileDisc', memory: MemoryAccount, parameter: Value) {
    this.#name = name;
    this.#memory = memory;
    this.#percentile = numberOf(name, parameter);
    if (!(this.#percentile >= 0 && this.#percentile <= 1)) {
      throw failure('argumentError', `Invalid input '${this.#percentile}' is not a valid argument, must be a number in the range 0.0 to 1.0`);
    }
  }
  add(value: Value): void {
    if (value === null) return;
    checkNumber(this.#name, value);
    this.#memory.value(value);
    this.#values.push(value);
  }
  step(): boolean {
    this.#sort ??= new SlicedSort(this.#values, compareOrder);
    return this.#sort.step();
  }
  /** After the last step. */
  result(): Value {
    const values = this.#sort?.rows ?? [];
    const last = values.length - 1;
    if (last < 0) return null;
    if (this.#name === 'percentileDisc') return values[Math.max(0, Math.ceil(this.#percentile * values.length) - 1)] as Value;
    const place = this.#percentile * last;
    const low = numberOf(this.#name, values[Math.floor(place)] as Value);
    const high = numberOf(this.#name, values[Math.ceil(place)] as Value);
    return new CypherFloat(low + (high - low) * (place - Math.floor(place)));
  }
}

class DistinctAggregate implements Aggregate {
  readonly #inner: Aggregate;
  readonly #memory: MemoryAccount;
  readonly #seen: KeyedSet;
  constructor(inner: Aggregate, memory: MemoryAccount) {
    this.#inner = inner;
    this.#memory = memory;
    this.#seen = new KeyedSet(memory);
  }
  add(value: Value): void {
    if (value === null) return;
    const key = groupKey(value);
    if (!this.#seen.add(key)) return;
    this.#memory.key(key);
    this.#inner.add(value);
  }
  step(): boolean {
    return this.#inner.step?.() ?? true;
  }
  result(): Value {
    return this.#inner.result();
  }
}
