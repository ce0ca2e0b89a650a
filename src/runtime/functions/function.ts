// What a function is to the compiler: its arguments and its implementation. null in gives null out unless it says otherwise.

import { failure } from '../../errors/catalogue.js';
import type { GraphReader } from '../../graph/reader.js';
import { typeWord } from '../../values/text.js';
import type { Value } from '../../values/value.js';
import type { MemoryAccount } from '../memory.js';

/** What a function may use of its surroundings. */
export interface FunctionContext {
  readonly reader: GraphReader;
  readonly statementTimeMs: number;
  readonly transactionTimeMs: number;
  readonly wallMs: () => number;
  readonly random: () => number;
  readonly memory: MemoryAccount;
}

/** Says whether the time slice is over: then a sliced function yields 0. */
export interface Turns {
  due(): boolean;
}

export interface ScalarFunction {
  readonly minArguments: number;
  readonly maxArguments: number;
  /** Called with null arguments too; otherwise any null argument gives null. */
  readonly takesNull: boolean;
  /** Gives a part of what it was given, or what takes no room: nothing that was made. */
  readonly shares: boolean;
  readonly call: (context: FunctionContext, ...values: Value[]) => Value;
  /** The same in turns, for what may hold the event loop: a long text or list. Null arguments do not come here. */
  readonly sliced?: (run: Turns, context: FunctionContext, ...values: Value[]) => Generator<0, Value>;
}

export type FunctionTable = Readonly<Record<string, ScalarFunction>>;

/** One that is called with null arguments too. */
export function takingNull(minArguments: number, maxArguments: number, call: ScalarFunction['call']): ScalarFunction {
  return { minArguments, maxArguments, takesNull: true, shares: true, call };
}

export function sharing(made: ScalarFunction): ScalarFunction {
  return { ...made, shares: true };
}

/** A function of exactly `count` arguments. */
export function exactly(count: number, call: (...values: Value[]) => Value): ScalarFunction {
  return { minArguments: count, maxArguments: count, takesNull: false, shares: false, call: (_context, ...values) => call(...values) };
}

export function inTurns(made: ScalarFunction, sliced: NonNullable<ScalarFunction['sliced']>): ScalarFunction {
  return { ...made, sliced };
}

export function between(minArguments: number, maxArguments: number, call: (...values: Value[]) => Value): ScalarFunction {
  return { minArguments, maxArguments, takesNull: false, shares: false, call: (_context, ...values) => call(...values) };
}

export function wrongType(name: string, value: Value, expected: string): Error {
  return failure('typeError', `Invalid input for function '${name}()': Expected ${expected}, got ${typeWord(value)}`);
}
