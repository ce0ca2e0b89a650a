// Grouping: one state for each key, then a row for each state.

import type { Aggregate, AggregateItem } from '../../planner/plan.js';
import { type Environment, type Slot, slotOf } from '../environment.js';
import { PLACE_FULL } from '../keyed.js';
import { runsOf, unitsIn } from '../size.js';
import { type CodeMaker, type Consume, emitHeld, emitMade, emitRuns } from './operator.js';

export function produceAggregate(maker: CodeMaker, plan: Aggregate, outer: Environment, consume: Consume): void {
  if (plan.keys.length === 0) produceSingle(maker, plan, outer, consume);
  else if (onlyCounts(plan)) produceCounts(maker, plan, outer, consume);
  else produceGroups(maker, plan, outer, consume);
}

/** How a state is made, fed and read; counts are plain numbers. */
interface StateCode {
  readonly make: string;
  feed(state: string, row: Environment): string;
  result(state: string): string;
  /** The result is worked out step by step before it is asked for. */
  readonly stepwise: boolean;
  /** A state that stands alone, in a local: what is declared beside it, and how it is fed then. */
  readonly alone?: {
    declare(state: string): string;
    feed(state: string, row: Environment): string;
    /** Before the result. */
    finish?(state: string): string;
    /** The same where nothing but this is done for each row of a scan. */
    readonly only?: { declare(state: string): string; feed(state: string, row: Environment): string };
  };
}

/** Integers of 32 bits whose sum is exact in any case. */
const SUMMED_MAX = 2 ** 20;

interface AheadCode {
  declare(state: string): string;
  feed(state: string, integer: string): string;
  tell(state: string): string;
}

/**
 * What the integers of 32 bits of a column that was read ahead come to, in locals beside the state, which is told before it is given
 * anything else.
 */
const AHEAD: Partial<Record<AggregateItem['function'], AheadCode>> = {
  min: {
    declare: (state) => `let ${state}x = 2147483648;`,
    feed: (state, integer) => `{ if (${integer} < ${state}x) ${state}x = ${integer}; }`,
    tell: (state) => `if (${state}x < 2147483648) ${state}.add(${state}x);`,
  },
  max: {
    declare: (state) => `let ${state}x = -2147483649;`,
    feed: (state, integer) => `{ if (${integer} > ${state}x) ${state}x = ${integer}; }`,
    tell: (state) => `if (${state}x > -2147483649) ${state}.add(${state}x);`,
  },
  sum: summed(),
  avg: summed(),
};

function summed(): AheadCode {
  const tell = (state: string) => `if (${state}n > 0) { ${state}.integers(${state}x, ${state}n); ${state}x = ${state}n = 0; }`;
  return {
    declare: (state) => `let ${state}x = 0, ${state}n = 0;`,
    feed: (state, integer) => `{ ${state}x += ${integer}; if (++${state}n === ${SUMMED_MAX}) { ${tell(state)} } }`,
    tell,
  };
}

function stateCode(maker: CodeMaker, item: AggregateItem): StateCode {
  const { expressions, emitter } = maker;
  const { argument } = item;
  if (argument === undefined) return { make: '0', feed: (state) => `${state}++;`, result: (state) => state, stepwise: false };
  const entity = (row: Environment): Slot | undefined => {
    const slot = argument.kind === 'Variable' ? slotOf(row, argument.name) : undefined;
    return slot?.kind === 'value' ? undefined : slot;
  };
  if (item.function === 'count' && item.distinct && argument.kind === 'Variable') {
    // Entities are counted by id; what is no entity goes to a set of keys beside.
    return {
      make: '{ ids: new h.IdSet(), keys: new h.KeyedSet(m) }',
      feed(state, row) {
        const slot = entity(row);
        if (slot !== undefined) return `if (${slot.local} >= 0) ${state}.ids.add(${slot.local});`;
        const { local } = slotOf(row, argument.name);
        return `if (${local} !== null && ${state}.keys.add(h.groupKey(${local}))) m.value(${local});`;
      },
      result: (state) => `(${state}.ids.size + ${state}.keys.size)`,
      stepwise: false,
    };
  }
  if (item.function === 'count' && item.distinct) {
    const value = emitter.variable('x', 'null');
    const feed = (state: string, row: Environment, places: string, after: string) => {
      const small = expressions.smallInteger(argument, row);
      const known = small === undefined ? 'false' : `${small.test} && ${isPlaceOf32(places, small.local)} && ${places}[${small.local}] === 1`;
      const isThere = `typeof ${value} === 'number' && ${isPlace(places, value)} && ${places}[${value}] === 1`;
      const add = `if ((${value} = ${expressions.value(argument, row)}) !== null && !(${isThere}) && ${state}.add(h.groupKey(${value}))) { m.value(${value}); ${after} }`;
      return `if (!(${known})) { ${add} }`;
    };
    return {
      make: 'new h.KeyedSet(m)',
      feed: (state, row) => feed(state, row, `${state}.places`, ''),
      result: (state) => `${state}.size`,
      stepwise: false,
      // Its places are looked at for every row: they change with what is new only.
      alone: {
        declare: (state) => `let ${state}p = ${state}.places;`,
        feed: (state, row) => feed(state, row, `${state}p`, `${state}p = ${state}.places;`),
        only: {
          declare: (state) => `let ${state}p = ${state}.places; const ${state}r = new h.RecentIntegers();`,
          feed(state, row) {
            const column = expressions.column(argument, row);
            const known = feed(state, row, `${state}p`, `${state}p = ${state}.places;`);
            return column === undefined ? known : `${column.skipMet(`${state}r`)}\n${known}\n${state}r.meet(${column.tag()}, ${column.number()});`;
          },
        },
      },
    };
  }
  if (item.function === 'count') {
    return {
      make: '0',
      feed(state, row) {
        const slot = entity(row);
        if (slot === undefined) return `if (${expressions.present(argument, row)}) ${state}++;`;
        return slot.nullable ? `if (${slot.local} >= 0) ${state}++;` : `${state}++;`;
      },
      result: (state) => state,
      stepwise: false,
    };
  }
  const described = emitter.constant({ function: item.function, distinct: item.distinct });
  const { parameter } = item;
  if (parameter !== undefined) {
    // A percentile may depend on the row: the first row of the group gives it.
    return {
      make: 'undefined',
      feed: (state, row) => `(${state} ??= rt.aggregate(${described}, ${expressions.value(parameter, row)})).add(${expressions.value(argument, row)});`,
      result: (state) => `(${state}?.result() ?? null)`,
      stepwise: true,
    };
  }
  const feed = (state: string, row: Environment) => `${state}.add(${expressions.value(argument, row)});`;
  const ahead = item.distinct ? undefined : AHEAD[item.function];
  return {
    make: `rt.aggregate(${described}, null)`,
    feed,
    result: (state) => `${state}.result()`,
    stepwise: false,
    ...(ahead !== undefined && {
      alone: {
        declare: ahead.declare,
        feed(state, row) {
          const small = expressions.smallInteger(argument, row);
          return small === undefined
            ? feed(state, row)
            : `if (${small.test}) ${ahead.feed(state, small.local)} else { ${ahead.tell(state)} ${feed(state, row)} }`;
        },
        finish: ahead.tell,
      },
    }),
  };
}

/** `local`: of the state. */
interface FedState {
  readonly item: AggregateItem;
  readonly code: StateCode;
  readonly local: string;
}

function emitResults(maker: CodeMaker, states: readonly FedState[]): ReadonlyMap<string, Slot> {
  const { emitter } = maker;
  const slots = new Map<string, Slot>();
  const emit = ({ code, local }: FedState) => {
    const value = emitter.name('v');
    if (code.stepwise) emitter.line(`while (${local}?.step() === false) if (rt.due()) yield 0;`);
    emitter.line(`const ${value} = ${code.result(local)};`);
    return value;
  };
  emitMade(
    maker,
    states,
    ({ item }) => itemUnits(item),
    emit,
    ({ item }, local) => slots.set(item.variable, { local, kind: 'value', nullable: true }),
  );
  return slots;
}

/** The list of all states, where they are so many that functions of their own make and feed them. */
function madeTogether({ emitter }: CodeMaker, codes: readonly Omit<FedState, 'local'>[]): string | undefined {
  const runs = runsOf(codes, ({ item }) => itemUnits(item));
  if (runs.length < 2) return undefined;
  return `[].concat(${runs.map((run) => emitter.routine(() => `[${run.map(({ code }) => code.make).join(', ')}]`)).join(', ')})`;
}

function stateIn(group: string, index: number, list: string | undefined): string {
  return list === undefined ? `${group}.s${index}` : `${group}.s[${index}]`;
}

function itemUnits({ argument, parameter }: AggregateItem): number {
  return 3 + [argument, parameter].reduce((sum, e) => sum + (e === undefined ? 0 : unitsIn(e)), 0);
}

function produceSingle(maker: CodeMaker, plan: Aggregate, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  const held = emitHeld(emitter);
  const made = plan.items.map((item) => ({ item, code: stateCode(maker, item) }));
  const list = madeTogether(maker, made);
  const states = emitter.name('b');
  if (list !== undefined) emitter.line(`const ${states} = ${list};`);
  const codes = made.map((one, index) => ({ ...one, local: list === undefined ? emitter.name('b') : `${states}[${index}]` }));
  // Many are fed in functions of their own, which see no locals.
  const alone = list === undefined && runsOf(made, ({ item }) => itemUnits(item)).length < 2;
  const only = codes.length === 1 && isOfScan(plan);
  const standing = ({ alone: own }: StateCode) => (alone ? ((only ? own?.only : undefined) ?? own) : undefined);
  if (list === undefined) for (const { code, local } of codes) emitter.line(`let ${local} = ${code.make}; ${standing(code)?.declare(local) ?? ''}`);
  maker.produce(plan.source, outer, (row) => {
    emitRuns(
      maker,
      codes,
      ({ item }) => itemUnits(item),
      ({ code, local }) => emitter.line((standing(code) ?? code).feed(local, row)),
    );
  });
  for (const { code, local } of codes) if (alone && code.alone?.finish !== undefined) emitter.line(code.alone.finish(local));
  const result = emitResults(maker, codes);
  held.measure();
  // A block, so that what is above may declare its own names.
  emitter.line('{');
  consume(result);
  emitter.line('}');
  held.release();
}

/** Whether it is over a property of what the scan below finds, whose loop does nothing else. */
function isOfScan({ source, items: [item] }: Aggregate): boolean {
  const e = item?.argument;
  if (e?.kind !== 'Property' || e.subject.kind !== 'Variable') return false;
  return (source.kind === 'AllNodesScan' || source.kind === 'NodeByLabelScan') && source.node === e.subject.name;
}

/** `n.age, count(*)`. */
function onlyCounts({ keys, items }: Aggregate): boolean {
  return keys.length === 1 && keys[0]?.expression.kind === 'Property' && items.length === 1 && items[0]?.argument === undefined;
}

/** Without a state for each group: small integers are counted in an array. */
function produceCounts(maker: CodeMaker, plan: Aggregate, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  const [key] = plan.keys as [Aggregate['keys'][number]];
  const [item] = plan.items as [AggregateItem];
  const counts = emitter.name('a');
  const held = emitHeld(emitter);
  const places = emitter.name('a');
  emitter.line(`const ${counts} = new h.KeyedCounts(m), ${places} = ${counts}.places;`);
  maker.produce(plan.source, outer, (row) => {
    const count = (integer: string) => `{ if (++${places}[${integer}] === ${PLACE_FULL}) ${counts}.carry(${integer}); }`;
    // What was read ahead is counted without becoming a value.
    const small = expressions.smallInteger(key.expression, row);
    if (small !== undefined) emitter.line(`if (${small.test} && ${isPlaceOf32(places, small.local)}) ${count(small.local)} else {`);
    const value = emitter.name('v');
    emitter.line(`const ${value} = ${expressions.value(key.expression, row)};`);
    emitter.line(`if (typeof ${value} === 'number' && ${isPlace(places, value)}) ${count(value)}`);
    emitter.line(`else if (${counts}.add(${value})) { m.row(4); m.value(${value}); }`);
    if (small !== undefined) emitter.line('}');
  });
  held.measure();
  const [value, count] = [emitter.name('v'), emitter.name('v')];
  emitter.line(`for (const [${value}, ${count}] of ${counts}.groups()) {`);
  emitter.due('1');
  const slot = (local: string): Slot => ({ local, kind: 'value', nullable: true });
  consume(
    new Map([
      [key.variable, slot(value)],
      [item.variable, slot(count)],
    ]),
  );
  emitter.line('}');
  held.release();
}

/** The same of an integer of 32 bits, in one comparison. */
function isPlaceOf32(places: string, value: string): string {
  return `(${value} >>> 0) < ${places}.length`;
}

/** Whether the integer has a place. */
function isPlace(places: string, value: string): string {
  return `${value} >= 0 && ${value} < ${places}.length`;
}

function produceGroups(maker: CodeMaker, plan: Aggregate, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  const groups = emitter.name('a');
  const held = emitHeld(emitter);
  emitter.line(`const ${groups} = new h.KeyedMap(m);`);
  const codes = plan.items.map((item) => ({ item, code: stateCode(maker, item) }));
  let keySlots: readonly Slot[] = [];
  let madeList: string | undefined;
  maker.produce(plan.source, outer, (row) => {
    keySlots = plan.keys.map(({ expression }): Slot => {
      if (expression.kind === 'Variable') return slotOf(row, expression.name);
      const code = expressions.value(expression, row);
      const local = emitter.name('v');
      emitter.line(`const ${local} = ${code};`);
      return { local, kind: 'value', nullable: true };
    });
    const [key, state] = [emitter.name('q'), emitter.name('g')];
    emitter.line(`const ${key} = ${keyCode(keySlots)};`);
    emitter.line(`let ${state} = ${groups}.get(${key});`);
    const keys = keySlots.map((slot, index) => `k${index}: ${slot.local}`);
    const list = madeTogether(maker, codes);
    madeList = list;
    const states = list === undefined ? codes.map(({ code }, index) => `s${index}: ${code.make}`) : [`s: ${list}`];
    const values = keySlots.filter(({ kind }) => kind === 'value');
    emitter.line(
      `if (${state} === undefined) { ${state} = { ${[...keys, ...states].join(', ')} }; ${groups}.set(${key}, ${state}); m.key(${key}); m.row(${keys.length + codes.length * 4}); ${values.map((slot) => `m.value(${slot.local});`).join(' ')} }`,
    );
    const fed = codes.map((one, index) => ({ ...one, local: stateIn(state, index, list) }));
    emitRuns(
      maker,
      fed,
      ({ item }) => itemUnits(item),
      ({ code, local }) => emitter.line(code.feed(local, row)),
    );
  });
  held.measure();
  const state = emitter.name('g');
  emitter.line(`for (const ${state} of ${groups}.values()) {`);
  emitter.due('1');
  const slots = new Map<string, Slot>();
  plan.keys.forEach(({ variable }, index) => {
    const local = emitter.name('v');
    emitter.line(`const ${local} = ${state}.k${index};`);
    const { kind, nullable } = keySlots[index] as Slot;
    slots.set(variable, { local, kind, nullable });
  });
  const results = emitResults(
    maker,
    codes.map((one, index) => ({ ...one, local: stateIn(state, index, madeList) })),
  );
  consume(new Map([...slots, ...results]));
  emitter.line('}');
  held.release();
}

/** Ids are their own keys; of several keys, the list of values. */
function keyCode(slots: readonly Slot[]): string {
  const [only] = slots;
  if (slots.length === 1 && only !== undefined) return only.kind === 'value' ? `h.groupKey(${only.local})` : only.local;
  return `h.groupKey([${slots.map((slot) => slot.local).join(', ')}])`;
}
