// What every operator's code maker is given. An operator *produces*: it emits code that, for each of its rows,
// runs the code that `consume` emits for the environment of that row.

import type { Expression } from '../../language/ast.js';
import type { EachPredicate, Plan } from '../../planner/plan.js';
import type { Emitter } from '../emitter.js';
import { bound, boxed, type Environment, type Slot } from '../environment.js';
import type { ExpressionCompiler } from '../expressions.js';
import { runsOf } from '../size.js';

export type Consume = (environment: Environment) => void;

export interface CodeMaker {
  readonly emitter: Emitter;
  readonly expressions: ExpressionCompiler;
  /** The query writes: what it scans is copied first, because cursors do not outlive a write. */
  readonly writes: boolean;
  /** The code counts what each operator does. */
  readonly profiled: boolean;
  /** `outer` is what `Argument` stands for. */
  produce(plan: Plan, outer: Environment, consume: Consume): void;
}

/** Memory that an operator holds: what is taken from here until `measure`, let go of at `release`. */
export function emitHeld(emitter: Emitter): { measure(): void; release(): void } {
  const [before, bytes] = [emitter.name('b'), emitter.name('b')];
  emitter.line(`const ${before} = m.used;`);
  return {
    measure: () => emitter.line(`const ${bytes} = m.used - ${before};`),
    release: () => emitter.line(`m.release(${bytes});`),
  };
}

/** Begins a loop over the items of a list, which the caller ends; the local of an item. */
export function emitEach({ emitter, expressions }: CodeMaker, list: Expression, row: Environment): string {
  const item = emitter.name('v');
  if (list.kind === 'Function' && list.name.toLowerCase() === 'range') {
    // A list of millions is counted through, not made.
    const [range, index] = [emitter.name('a'), emitter.name('i')];
    emitter.line(`const ${range} = h.rangeOf(${list.arguments.map((argument) => expressions.value(argument, row)).join(', ')});`);
    emitter.line(`for (let ${index} = 0; ${index} < ${range}.count; ${index}++) {`);
    emitter.line(`const ${item} = ${range}.exactly === undefined ? ${range}.from + ${index} * ${range}.by : ${range}.exactly(${index});`);
  } else emitter.line(`for (const ${item} of h.unwound(${expressions.local(list, row)})) {`);
  emitter.due('1');
  return item;
}

export function declared(environment: Environment, variable: string, local: string, kind: Slot['kind'], nullable = kind === 'value'): Environment {
  return bound(environment, [[variable, { local, kind, nullable }]]);
}

/** Variables of the environment as an array's elements, and back: for operators that keep rows. */
export interface Packing {
  readonly pack: string;
  /** Emits locals for the elements of the array `row`. */
  unpack(row: string): Environment;
}

export function packing(maker: CodeMaker, environment: Environment): Packing {
  // Variables of one local (renamed by WITH) are kept once.
  const locals = [...new Set([...environment.values()].map((slot) => slot.local))];
  return {
    pack: `[${locals.join(', ')}]`,
    unpack(row) {
      const fresh = new Map(
        locals.map((local, index) => {
          const name = maker.emitter.name('v');
          maker.emitter.line(`const ${name} = ${row}[${index}];`);
          return [local, name];
        }),
      );
      return new Map([...environment].map(([variable, slot]) => [variable, { ...slot, local: fresh.get(slot.local) ?? slot.local }]));
    },
  };
}

/** A slot as what sorting and grouping compare. */
export function comparable(slot: Slot): string {
  return boxed(slot);
}

/** A test of an id, or `undefined` where nothing is asked. */
export function emitTest(maker: CodeMaker, predicates: readonly EachPredicate[], kind: 'node' | 'relationship', row: Environment): string {
  if (predicates.length === 0) return 'undefined';
  const { emitter, expressions } = maker;
  const [id, admit] = [emitter.name('r'), emitter.name('f')];
  const code = emitter.arrow(id, () => predicates.map((each) => expressions.condition(each.predicate, declared(row, each.variable, id, kind))).join(' && '));
  emitter.line(`const ${admit} = ${code};`);
  return admit;
}

/** Emits statements for `items` one after the other, many of them in functions of their own. */
export function emitRuns<T>({ emitter }: CodeMaker, items: readonly T[], units: (item: T) => number, emit: (item: T) => void): void {
  const runs = runsOf(items, units);
  if (runs.length < 2) return items.forEach(emit);
  for (const run of runs) {
    const call = emitter.routine(() => {
      run.forEach(emit);
      return 'null';
    });
    emitter.line(`${call};`);
  }
}

/** The same where each makes a value: `emit` gives its local, and `bind` is told of it wherever code may read it from there on. */
export function emitMade<T>(
  { emitter }: CodeMaker,
  items: readonly T[],
  units: (item: T) => number,
  emit: (item: T) => string,
  bind: (item: T, local: string) => void,
): void {
  const makeAll = (run: readonly T[]): readonly string[] =>
    run.map((item) => {
      const local = emit(item);
      bind(item, local);
      return local;
    });
  const runs = runsOf(items, units);
  if (runs.length < 2) return void makeAll(items);
  for (const run of runs) {
    const made = emitter.name('a');
    emitter.line(`const ${made} = ${emitter.routine(() => `[${makeAll(run).join(', ')}]`)};`);
    run.forEach((item, index) => {
      const local = emitter.name('v');
      emitter.line(`const ${local} = ${made}[${index}];`);
      bind(item, local);
    });
  }
}
