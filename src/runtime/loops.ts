// Loops within expressions: list comprehensions, quantifiers, reduce(). They are statements of the generated function, not
// calls with functions of their own, so that they give the event loop its turn and end when they are cancelled.
//
// A list of range() is counted through and not made.

import { unreachable } from '../base/assert.js';
import type { Expression, ListComprehension, Quantifier, Reduce } from '../language/ast.js';
import { some } from '../semantics/tree.js';
import type { Emitter } from './emitter.js';
import { bound, type Environment } from './environment.js';

/** What loops ask of the compiler of expressions. */
export interface LoopCompiler {
  value(e: Expression, environment: Environment): string;
  condition(e: Expression, environment: Environment): string;
  /** true, false or null. */
  ternary(e: Expression, environment: Environment): string;
}

function withItem(environment: Environment, variable: string, local: string): Environment {
  return bound(environment, [[variable, { local, kind: 'value', nullable: true }]]);
}

interface Loop {
  readonly list: Expression;
  readonly variable: string;
  /** Emitted where the list is not null; the loop itself may be left with `break`. */
  begin(): void;
  each(item: string, inner: Environment): void;
  end(): void;
}

/** Emits the loop; nothing of it runs where the list is null. */
function emitLoop(emitter: Emitter, compiler: LoopCompiler, environment: Environment, loop: Loop): void {
  const { list } = loop;
  const [items, index, item] = [emitter.name('a'), emitter.name('i'), emitter.name('x')];
  const counted = list.kind === 'Function' && list.name.toLowerCase() === 'range';
  if (counted) emitter.line(`const ${items} = h.rangeOf(${list.arguments.map((argument) => compiler.value(argument, environment)).join(', ')});`);
  else emitter.line(`const ${items} = h.list(${compiler.value(list, environment)});`);
  emitter.line(counted ? `if (${items}.count >= 0) {` : `if (${items} !== null) {`);
  loop.begin();
  emitter.line(`for (let ${index} = 0; ${index} < ${items}.${counted ? 'count' : 'length'}; ${index}++) {`);
  emitter.due('1');
  emitter.line(
    `const ${item} = ${counted ? `${items}.exactly === undefined ? ${items}.from + ${index} * ${items}.by : ${items}.exactly(${index})` : `${items}[${index}]`};`,
  );
  loop.each(item, withItem(environment, loop.variable, item));
  emitter.line('}');
  loop.end();
  emitter.line('}');
}

export function emitComprehension(emitter: Emitter, compiler: LoopCompiler, e: ListComprehension, environment: Environment): string {
  const [made, before] = [emitter.name('v'), emitter.name('b')];
  emitter.line(`let ${made} = null;`);
  emitLoop(emitter, compiler, environment, {
    list: e.list,
    variable: e.variable.name,
    begin: () => emitter.line(`${made} = [];`),
    each(item, inner) {
      emitter.line(`const ${before} = m.used;`);
      if (e.where !== undefined) emitter.line(`if (${compiler.condition(e.where, inner)}) {`);
      const value = emitter.name('v');
      emitter.line(`const ${value} = ${e.projection === undefined ? item : compiler.value(e.projection, inner)};`);
      emitter.line(`${made}.push(${value}); m.settle(${before}, ${value});`);
      if (e.where !== undefined) emitter.line(`} else m.used = ${before};`);
    },
    end: () => {},
  });
  return made;
}

export function emitQuantifier(emitter: Emitter, compiler: LoopCompiler, e: Quantifier, environment: Environment): string {
  const [result, before, holds] = [emitter.name('v'), emitter.name('b'), emitter.name('t')];
  emitter.line(`let ${result} = null;`);
  const { begin, each, end } = quantifierCode(e.quantifier, result, holds);
  emitLoop(emitter, compiler, environment, {
    list: e.list,
    variable: e.variable.name,
    begin: () => emitter.line(begin),
    each(_item, inner) {
      emitter.line(`const ${before} = m.used;`);
      emitter.line(`const ${holds} = ${compiler.ternary(e.where, inner)};`);
      emitter.line(`m.used = ${before};`);
      emitter.line(each);
    },
    end: () => emitter.line(end),
  });
  return result;
}

function quantifierCode(
  quantifier: Quantifier['quantifier'],
  result: string,
  holds: string,
): { readonly begin: string; readonly each: string; readonly end: string } {
  const decided = (by: boolean, to: boolean) => ({
    begin: `${result} = ${!to};`,
    each: `if (${holds} === ${by}) { ${result} = ${to}; break; } if (${holds} === null) ${result} = null;`,
    end: '',
  });
  switch (quantifier) {
    case 'all':
      return decided(false, false);
    case 'any':
      return decided(true, true);
    case 'none':
      return decided(true, false);
    case 'single':
      return {
        begin: `let ${result}s = 0, ${result}u = false;`,
        each: `if (${holds} === true && ++${result}s === 2) break; if (${holds} === null) ${result}u = true;`,
        end: `${result} = ${result}s > 1 ? false : ${result}u ? null : ${result}s === 1;`,
      };
    default:
      return unreachable(quantifier);
  }
}

export function emitReduce(emitter: Emitter, compiler: LoopCompiler, e: Reduce, environment: Environment): string {
  const [result, accumulator, growing] = [emitter.name('v'), emitter.name('x'), emitter.name('b')];
  emitter.line(`let ${result} = null;`);
  emitLoop(emitter, compiler, environment, {
    list: e.list,
    variable: e.variable.name,
    begin() {
      emitter.line(`let ${accumulator} = ${compiler.value(e.initial, environment)};`);
      emitter.line(`const ${growing} = new h.Growing(m);`);
    },
    each(_item, inner) {
      const added = addedTo(e);
      const next = compiler.value(added ?? e.expression, withItem(inner, e.accumulator.name, accumulator));
      emitter.line(`${accumulator} = ${added === undefined ? next : `${growing}.plus(${accumulator}, ${next})`};`);
      emitter.line(`${growing}.step(${accumulator});`);
    },
    end: () => emitter.line(`${growing}.measure(${accumulator}); ${result} = ${accumulator};`),
  });
  return result;
}

/** The summand of `accumulator + summand` that does not look at the accumulator. */
function addedTo({ accumulator, expression }: Reduce): Expression | undefined {
  const isAccumulator = (e: Expression) => e.kind === 'Variable' && e.name === accumulator.name;
  if (expression.kind !== 'Binary' || expression.operator !== '+' || !isAccumulator(expression.left)) return undefined;
  return some(expression.right, isAccumulator) ? undefined : expression.right;
}
