// What a function is to the compiler: its arguments and its implementation. null in gives null out unless it says otherwise.

import { failure } from '../../errors/catalogue.js';
import { typeWord } from '../../values/text.js';
import type { Value } from '../../values/value.js';

/** What a function may use of its surroundings. */
export interface FunctionContext {
  readonly statementTimeMs: number;
  readonly random: () => number;
}

export interface ScalarFunction {
  readonly minArguments: number;
  readonly maxArguments: number;
  /** Called with null arguments too; otherwise any null argument gives null. */
  readonly takesNull: boolean;
  readonly call: (context: FunctionContext, ...values: Value[]) => Value;
}

export type FunctionTable = Readonly<Record<string, ScalarFunction>>;

/** A function of exactly `count` arguments. */
export function exactly(count: number, call: (...values: Value[]) => Value): ScalarFunction {
  return { minArguments: count, maxArguments: count, takesNull: false, call: (_context, ...values) => call(...values) };
}

export function between(minArguments: number, maxArguments: number, call: (...values: Value[]) => Value): ScalarFunction {
  return { minArguments, maxArguments, takesNull: false, call: (_context, ...values) => call(...values) };
}

export function wrongType(name: string, value: Value, expected: string): Error {
  return failure('typeError', `Invalid input for function '${name}()': Expected ${expected}, got ${typeWord(value)}`);
}
