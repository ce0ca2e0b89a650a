// Two inputs: one run for each row of the other, or joined, or one after the other.

import type { Expression } from '../../language/ast.js';
import type { Apply, CartesianProduct, CollectApply, CountApply, NodeHashJoin, Plan, SemiApply, Union, ValueHashJoin } from '../../planner/plan.js';
import { bound, boxed, type Environment, type Slot, slotOf } from '../environment.js';
import { type CodeMaker, type Consume, declared, emitHeld, packing } from './operator.js';

export function produceApply(maker: CodeMaker, plan: Apply, outer: Environment, consume: Consume): void {
  maker.produce(plan.left, outer, (row) => {
    maker.emitter.line('{');
    maker.produce(plan.right, row, (inner) => consume(bound(row, inner)));
    maker.emitter.line('}');
  });
}

export function produceSemiApply(maker: CodeMaker, plan: SemiApply, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  maker.produce(plan.left, outer, (row) => {
    const found = emitFound(maker, plan.right, row);
    emitter.line(`if (${plan.negated ? '!' : ''}${found}) {`);
    consume(row);
    emitter.line('}');
  });
}

/** A local that says whether the right has a row: the first one ends it. */
function emitFound(maker: CodeMaker, right: SemiApply['right'], row: Environment): string {
  const { emitter } = maker;
  const [found, block] = [emitter.name('b'), emitter.name('z')];
  emitter.line(`let ${found} = false;`);
  emitter.line(`${block}: {`);
  maker.produce(right, row, () => emitter.line(`${found} = true; break ${block};`));
  emitter.line('}');
  return found;
}

export function produceCountApply(maker: CodeMaker, plan: CountApply, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  maker.produce(plan.left, outer, (row) => {
    let count: string;
    if (plan.asExists) count = emitFound(maker, plan.right, row);
    else {
      count = emitter.name('b');
      emitter.line(`let ${count} = 0;`);
      emitter.line('{');
      maker.produce(plan.right, row, () => emitter.line(`${count}++;`));
      emitter.line('}');
    }
    consume(declared(row, plan.variable, count, 'value'));
  });
}

export function produceCollectApply(maker: CodeMaker, plan: CollectApply, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  maker.produce(plan.left, outer, (row) => {
    const [list, item] = [emitter.name('v'), emitter.name('v')];
    const held = emitHeld(emitter);
    emitter.line(`const ${list} = [];`);
    emitter.line('{');
    maker.produce(plan.right, row, (inner) => {
      emitter.line(`const ${item} = ${expressions.value(plan.collect, bound(row, inner))};`);
      emitter.line(`m.value(${item}); ${list}.push(${item});`);
    });
    emitter.line('}');
    held.measure();
    consume(declared(row, plan.variable, list, 'value'));
    held.release();
  });
}

/** Rows kept in an array, and how to have them back. */
function kept(maker: CodeMaker, plan: CartesianProduct['right'], outer: Environment): { readonly rows: string; unpack(row: string): Environment } {
  const { emitter } = maker;
  const rows = emitter.name('a');
  emitter.line(`const ${rows} = [];`);
  emitter.line('{');
  let unpack = (_row: string): Environment => new Map();
  maker.produce(plan, outer, (row) => {
    const packed = packing(maker, row);
    emitter.line(`${rows}.push(m.kept(${packed.pack}));`);
    unpack = packed.unpack;
  });
  emitter.line('}');
  return { rows, unpack: (row) => unpack(row) };
}

export function produceCartesian(maker: CodeMaker, plan: CartesianProduct, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  const held = emitHeld(emitter);
  const right = kept(maker, plan.right, outer);
  held.measure();
  const other = emitter.name('q');
  maker.produce(plan.left, outer, (row) => {
    emitter.line(`for (const ${other} of ${right.rows}) {`);
    emitter.due('1');
    consume(bound(right.unpack(other), row));
    emitter.line('}');
  });
  held.release();
}

export function produceValueHashJoin(maker: CodeMaker, plan: ValueHashJoin, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  const keyed = (e: Expression) => (row: Environment) => {
    const value = emitter.name('v');
    emitter.line(`const ${value} = ${expressions.value(e, row)};`);
    // Only what equals itself can equal anything: not null, not NaN.
    return { key: `h.groupKey(${value})`, if: `h.equals(${value}, ${value}) === true` };
  };
  produceHashJoin(maker, plan, [keyed(plan.leftKey), keyed(plan.rightKey)], outer, consume);
}

export function produceNodeHashJoin(maker: CodeMaker, plan: NodeHashJoin, outer: Environment, consume: Consume): void {
  const keyed = (row: Environment) => {
    const ids = plan.nodes.map((node) => maker.expressions.idOf(slotOf(row, node), 'node'));
    return { key: ids.length === 1 ? (ids[0] as string) : `\`${ids.map((id) => `\${${id}}`).join(' ')}\``, if: ids.map((id) => `${id} >= 0`).join(' && ') };
  };
  produceHashJoin(maker, plan, [keyed, keyed], outer, consume);
}

/** Emits what a row's key needs: the expression of the key, and when the row has one. */
type EmitKey = (row: Environment) => { readonly key: string; readonly if: string };

function produceHashJoin(
  maker: CodeMaker,
  plan: ValueHashJoin | NodeHashJoin,
  [leftKey, rightKey]: readonly [EmitKey, EmitKey],
  outer: Environment,
  consume: Consume,
): void {
  const { emitter } = maker;
  const [table, key, bucket, other] = [emitter.name('a'), emitter.name('q'), emitter.name('a'), emitter.name('q')];
  const held = emitHeld(emitter);
  emitter.line(`const ${table} = new h.KeyedMap(m, false);`);
  emitter.line('{');
  let unpack = (_row: string): Environment => new Map();
  maker.produce(plan.right, outer, (row) => {
    const packed = packing(maker, row);
    const own = rightKey(row);
    emitter.line(`if (${own.if}) { const ${key} = ${own.key}, ${bucket} = ${table}.get(${key});`);
    emitter.line(
      `if (${bucket} === undefined) { m.key(${key}); ${table}.set(${key}, [m.kept(${packed.pack})]); } else ${bucket}.push(m.kept(${packed.pack})); }`,
    );
    unpack = packed.unpack;
  });
  emitter.line('}');
  held.measure();
  maker.produce(plan.left, outer, (row) => {
    const own = leftKey(row);
    emitter.line(`if (${own.if}) for (const ${other} of ${table}.get(${own.key}) ?? []) {`);
    emitter.due('1');
    consume(bound(unpack(other), row));
    emitter.line('}');
  });
  held.release();
}

/** Both sides into one array, so that what is above is there once. */
export function produceUnion(maker: CodeMaker, plan: Union, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  const [rows, row] = [emitter.name('a'), emitter.name('q')];
  const held = emitHeld(emitter);
  const nodes = new Set(plan.variables.filter((variable) => findsNode(plan, variable)));
  emitter.line(`const ${rows} = [];`);
  for (const side of [plan.left, plan.right]) {
    emitter.line('{');
    maker.produce(side, outer, (inner) => {
      // The sides may hold a variable in different ways: then both as values.
      const values = plan.variables.map((variable) => (nodes.has(variable) ? slotOf(inner, variable).local : boxed(slotOf(inner, variable))));
      emitter.line(`${rows}.push(m.kept([${values.join(', ')}]));`);
    });
    emitter.line('}');
  }
  held.measure();
  emitter.line(`for (const ${row} of ${rows}) {`);
  emitter.due('1');
  const slots = plan.variables.map((variable, index): readonly [string, Slot] => {
    const local = emitter.name('v');
    emitter.line(`const ${local} = ${row}[${index}];`);
    return [variable, nodes.has(variable) ? { local, kind: 'node', nullable: false } : { local, kind: 'value', nullable: true }];
  });
  consume(new Map(slots));
  emitter.line('}');
  held.release();
}

/** Whether a variable is a node that a leaf finds, whichever side it comes from: it is held as an id there. */
function findsNode(plan: Plan, variable: string): boolean {
  switch (plan.kind) {
    case 'Union':
      return findsNode(plan.left, variable) && findsNode(plan.right, variable);
    case 'Filter':
      return findsNode(plan.source, variable);
    case 'NodeByLabelScan':
    case 'NodeIndexSeek':
    case 'NodeByIdSeek':
      return plan.node === variable;
    default:
      return false;
  }
}
