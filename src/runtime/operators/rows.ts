// Rows to rows: filtering, projecting, unwinding, cutting, keeping.

import type { BuildPath, Distinct, Eager, Filter, Limit, Optional, ProcedureCall, Project, Skip, Sort, SortKey, Top, Unwind } from '../../planner/plan.js';
import { bound, type Environment, type Slot, slotOf } from '../environment.js';
import { unitsIn } from '../size.js';
import { type CodeMaker, type Consume, comparable, declared, emitEach, emitHeld, emitMade, packing } from './operator.js';

/** Where fewer rows than this share are left, columns are read for those alone. */
const GATHERED_SHARE = 0.25;

export function produceFilter(maker: CodeMaker, plan: Filter, outer: Environment, consume: Consume): void {
  maker.produce(plan.source, outer, (row) => {
    const test = maker.expressions.condition(plan.predicate, row);
    maker.emitter.line(`if (${test}) {`);
    if (plan.rows < plan.source.rows * GATHERED_SHARE) maker.emitter.narrows();
    consume(row);
    maker.emitter.line('}');
  });
}

export function produceProject(maker: CodeMaker, plan: Project, outer: Environment, consume: Consume): void {
  const { expressions } = maker;
  maker.produce(plan.source, outer, (row) => {
    // A variable under another name stays where it is.
    const made = new Map(plan.items.map(({ variable, expression }) => [variable, expression.kind === 'Variable' ? slotOf(row, expression.name) : undefined]));
    const makes = plan.items.filter(({ expression }) => expression.kind !== 'Variable');
    emitMade(
      maker,
      makes,
      ({ expression }) => unitsIn(expression),
      ({ expression }) => expressions.local(expression, row),
      ({ variable }, local) => made.set(variable, { local, kind: 'value', nullable: true }),
    );
    const slots = made as Map<string, Slot>;
    consume(plan.discard ? slots : bound(row, slots));
  });
}

export function produceUnwind(maker: CodeMaker, plan: Unwind, outer: Environment, consume: Consume): void {
  maker.produce(plan.source, outer, (row) => {
    const item = emitEach(maker, plan.list, row);
    consume(declared(row, plan.variable, item, 'value'));
    maker.emitter.line('}');
  });
}

export function produceDistinct(maker: CodeMaker, plan: Distinct, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  const seen = emitter.name('a');
  const slots = (row: Environment) => plan.variables.map((variable) => [variable, slotOf(row, variable)] as const);
  // Made where the operator begins, not once for the query: below an Apply it begins anew for each row.
  const [started, bytes, before] = [emitter.name('b'), emitter.name('b'), emitter.name('b')];
  emitter.line(`let ${seen} = new h.KeyedSet(m), ${started}, ${bytes} = 0;`);
  maker.produce(plan.source, outer, (row) => {
    const found = slots(row);
    const [only] = found;
    if (found.length === 1 && only !== undefined && only[1].kind !== 'value') {
      emitter.line(`${started} ??= new h.IdSet();`);
      emitter.line(`if (${started}.add(${only[1].local} + 1)) {`);
    } else {
      const [key, isNew] = [emitter.name('q'), emitter.name('t')];
      const parts = found.map(([, slot]) => comparable(slot));
      const known = (plan.unlessNull ?? []).map((variable) => isThere(slotOf(row, variable)));
      emitter.line(`let ${isNew} = ${known.length === 0 ? 'false' : known.join(' && ')};`);
      emitter.line(`if (!${isNew}) { const ${key} = h.groupKey(${parts.length === 1 ? parts[0] : `[${parts.join(', ')}]`});`);
      emitter.line(`if (${seen}.add(${key})) { ${isNew} = true; const ${before} = m.used; m.key(${key}); ${bytes} += m.used - ${before}; } }`);
      emitter.line(`if (${isNew}) {`);
    }
    consume(new Map(found));
    emitter.line('}');
  });
  emitter.line(`m.release(${bytes});`);
}

function isThere(slot: Slot): string {
  return slot.kind === 'value' ? `${slot.local} !== null` : `${slot.local} >= 0`;
}

export function produceSkip(maker: CodeMaker, plan: Skip, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  const left = emitter.name('b');
  emitter.line(`let ${left} = h.rowCount(${expressions.value(plan.count, new Map())}, 'SKIP');`);
  maker.produce(plan.source, outer, (row) => {
    emitter.line(`if (${left} > 0) ${left}--; else {`);
    consume(row);
    emitter.line('}');
  });
}

/** Leaves the loops below as soon as the last row went up. */
export function produceLimit(maker: CodeMaker, plan: Limit, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  const [left, block] = [emitter.name('b'), emitter.name('z')];
  emitter.line(`let ${left} = h.rowCount(${expressions.value(plan.count, new Map())}, 'LIMIT');`);
  // What writes below runs to its end all the same: LIMIT cuts rows, not effects.
  if (maker.writes) {
    maker.produce(plan.source, outer, (row) => {
      emitter.line(`if (${left}-- > 0) {`);
      consume(row);
      emitter.line('}');
    });
    return;
  }
  emitter.line(`${block}: if (${left} > 0) {`);
  maker.produce(plan.source, outer, (row) => {
    consume(row);
    emitter.line(`if (--${left} === 0) break ${block};`);
  });
  emitter.line('}');
}

export function produceSort(maker: CodeMaker, plan: Sort, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  const rows = emitter.name('a');
  const held = emitHeld(emitter);
  emitter.line(`const ${rows} = [];`);
  const unpacked = keptRows(maker, plan.source, outer, plan.keys, (row) => `${rows}.push(m.kept(${row}));`);
  held.measure();
  const sort = emitter.name('a');
  emitter.line(`const ${sort} = new h.SlicedSort(${rows}, ${comparator(plan.keys)});`);
  emitter.line(`while (!${sort}.step()) if (rt.due()) yield 0;`);
  const row = emitter.name('q');
  emitter.line(`for (const ${row} of ${sort}.rows) {`);
  emitter.due('1');
  consume(unpacked(row));
  emitter.line('}');
  held.release();
}

export function produceTop(maker: CodeMaker, plan: Top, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  const top = emitter.name('a');
  const held = emitHeld(emitter);
  emitter.line(`const ${top} = new h.TopRows(m, h.rowCount(${expressions.value(plan.limit, new Map())}, 'LIMIT'), ${comparator(plan.keys)});`);
  const unpacked = keptRows(maker, plan.source, outer, plan.keys, (row) => `${top}.add(${row});`);
  held.measure();
  const [sort, entry, row] = [emitter.name('a'), emitter.name('q'), emitter.name('q')];
  emitter.line(`const ${sort} = ${top}.sorting();`);
  emitter.line(`while (!${sort}.step()) if (rt.due()) yield 0;`);
  emitter.line(`for (const ${entry} of ${sort}.rows) {`);
  emitter.due('1');
  emitter.line(`const ${row} = ${entry}.row;`);
  consume(unpacked(row));
  emitter.line('}');
  held.release();
}

/** Rows as arrays: the sort keys first, then everything that is bound. */
function keptRows(
  maker: CodeMaker,
  source: Sort['source'],
  outer: Environment,
  keys: readonly SortKey[],
  keep: (row: string) => string,
): (row: string) => Environment {
  let unpack: ((row: string) => Environment) | undefined;
  maker.produce(source, outer, (row) => {
    const { pack, unpack: behind } = packing(maker, row);
    const values = keys.map((key) => comparable(slotOf(row, key.variable)));
    maker.emitter.line(keep(`[${[...values, pack].join(', ')}]`));
    unpack = (kept) => behind(`${kept}[${keys.length}]`);
  });
  return (row) => (unpack === undefined ? outer : unpack(row));
}

function comparator(keys: readonly SortKey[]): string {
  const orders = keys.map((key, index) => (key.descending ? `h.compareOrder(b[${index}], a[${index}])` : `h.compareOrder(a[${index}], b[${index}])`));
  return `(a, b) => ${orders.join(' || ')}`;
}

export function produceEager(maker: CodeMaker, plan: Eager, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  const rows = emitter.name('a');
  const held = emitHeld(emitter);
  emitter.line(`const ${rows} = [];`);
  const unpacked = keptRows(maker, plan.source, outer, [], (row) => `${rows}.push(m.kept(${row}));`);
  held.measure();
  const row = emitter.name('q');
  emitter.line(`for (const ${row} of ${rows}) {`);
  emitter.due('1');
  consume(unpacked(row));
  emitter.line('}');
  held.release();
}

export function produceOptional(maker: CodeMaker, plan: Optional, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  const [rows, row] = [emitter.name('a'), emitter.name('q')];
  const held = emitHeld(emitter);
  emitter.line(`const ${rows} = [];`);
  let kinds: Environment = outer;
  maker.produce(plan.source, outer, (inner) => {
    kinds = inner;
    const values = plan.variables.map((variable) => slotOf(inner, variable).local);
    emitter.line(`${rows}.push(m.kept([${values.join(', ')}]));`);
  });
  held.measure();
  // No row: one row of nulls, so that what comes above is there once.
  const nulls = plan.variables.map((variable) => (slotOf(kinds, variable).kind === 'value' ? 'null' : '-1'));
  emitter.line(`if (${rows}.length === 0) ${rows}.push([${nulls.join(', ')}]);`);
  emitter.line(`for (const ${row} of ${rows}) {`);
  const slots = plan.variables.map((variable, index): readonly [string, Slot] => {
    const local = emitter.name('v');
    emitter.line(`const ${local} = ${row}[${index}];`);
    return [variable, { local, kind: slotOf(kinds, variable).kind, nullable: true }];
  });
  consume(bound(outer, slots));
  emitter.line('}');
  held.release();
}

export function produceBuildPath(maker: CodeMaker, plan: BuildPath, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  maker.produce(plan.source, outer, (row) => {
    const nodes = plan.nodes.map((node) => expressions.idOf(slotOf(row, node), 'node'));
    const steps = plan.relationships.map(({ variable, isList }) => {
      const slot = slotOf(row, variable);
      return isList ? slot.local : expressions.idOf(slot, 'relationship');
    });
    const path = emitter.name('v');
    emitter.line(`const ${path} = h.path(g, [${nodes.join(', ')}], [${steps.join(', ')}]);`);
    consume(declared(row, plan.variable, path, 'value'));
  });
}

export function produceProcedureCall(maker: CodeMaker, plan: ProcedureCall, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  maker.produce(plan.source, outer, (row) => {
    const [called, result] = [emitter.name('a'), emitter.name('q')];
    const given = plan.arguments.map((argument) => expressions.value(argument, row));
    emitter.line(`const ${called} = rt.call(${emitter.constant(plan.name)}, [${given.join(', ')}]);`);
    // What takes its time is waited for outside: the execution goes on when it is there.
    emitter.line(`if (${called}.promise !== undefined) yield ${called}.promise;`);
    emitter.line(`for (const ${result} of ${called}.rows) {`);
    emitter.due('1');
    const columns = emitter.constant(plan.yields.map(({ column }) => column));
    const slots = plan.yields.map(({ variable }, index): readonly [string, Slot] => {
      const local = emitter.name('v');
      emitter.line(`const ${local} = ${result}[${called}.index(${columns}[${index}])];`);
      return [variable, { local, kind: 'value', nullable: true }];
    });
    consume(bound(row, slots));
    emitter.line('}');
  });
}
