// From a node over its relationships: one step, trails of many, or only the distinct ends of trails.

import { IN, OUT } from '../../graph/reader.js';
import type { DistinctExpand, Expand, VariableExpand } from '../../planner/plan.js';
import type { Emitter } from '../emitter.js';
import { bound, type Environment, type Over, slotOf } from '../environment.js';
import { GatheredColumns } from '../gathered.js';
import { WALK_ON, WALK_OVER } from '../path-walk.js';
import { type CodeMaker, type Consume, declared, emitTest } from './operator.js';

export const DIRECTIONS = { out: [OUT], in: [IN], both: [OUT, IN] } as const;

export function produceExpand(maker: CodeMaker, plan: Expand, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  maker.produce(plan.source, outer, (row) => {
    const from = emitter.name('v');
    emitter.line(`const ${from} = ${expressions.idOf(slotOf(row, plan.from), 'node')};`);
    emitter.line(`if (${from} >= 0) {`);
    const relationship = emitter.name('v');
    const to = emitter.name('v');
    const found = bound(row, [
      [plan.relationship, { local: relationship, kind: 'relationship', nullable: false }],
      ...(plan.into ? [] : ([[plan.to, { local: to, kind: 'node', nullable: false, over: over(maker, plan) }]] as const)),
    ]);
    const checks = () => {
      if (plan.into) emitter.line(`if (${to} !== ${expressions.idOf(slotOf(row, plan.to), 'node')}) continue;`);
      for (const other of plan.distinctFrom) emitter.line(differs(relationship, row, other));
      consume(found);
    };
    if (maker.writes) copiedLoop(maker, plan, from, relationship, to, checks);
    else cursorLoop(maker, plan, from, relationship, to, checks);
    emitter.line('}');
  });
}

const FAR_ENDS = { out: [IN], in: [OUT], both: [OUT, IN] } as const;

/** What is known of the node behind a relationship, in code that reads one version. */
function over(maker: CodeMaker, { direction, types }: { readonly direction: keyof typeof FAR_ENDS; readonly types: readonly string[] }): Over | undefined {
  return maker.writes || maker.profiled ? undefined : { ends: FAR_ENDS[direction], types };
}

function differs(relationship: string, row: Environment, other: string): string {
  const slot = slotOf(row, other);
  if (slot.kind === 'relationship') return `if (${relationship} === ${slot.local}) continue;`;
  return `if (h.amongRelationships(${relationship}, ${slot.local})) continue;`;
}

function cursorLoop(maker: CodeMaker, plan: Expand, from: string, relationship: string, to: string, body: () => void): void {
  const { emitter } = maker;
  const cursor = emitter.hoist(emitter.name('cursor of '), 'u', () => 'g.adjacency()');
  const types = hoistedTypes(emitter, plan.types);
  const directions = DIRECTIONS[plan.direction];
  const [type, direction, index, neighbours, relationships] = [emitter.name('i'), emitter.name('d'), emitter.name('i'), emitter.name('a'), emitter.name('a')];
  const open = (code: string) => emitter.line(`${cursor}.open(${from}, ${code}, ${type});`);
  emitter.line(`for (const ${type} of ${types}) {`);
  if (directions.length === 2) {
    emitter.line(`for (let ${direction} = 0; ${direction} < 2; ${direction}++) {`);
    open(direction);
  } else open(String(directions[0]));
  emitter.line(`while (${cursor}.next()) {`);
  emitter.line(`const ${neighbours} = ${cursor}.neighbours, ${relationships} = ${cursor}.relationships;`);
  // The end is read once: the cursor may be opened anew by nobody else, but stays an object.
  const end = emitter.name('e');
  emitter.line(`const ${end} = ${cursor}.end;`);
  emitter.due(`${end} - ${cursor}.start`);
  emitter.line(`for (let ${index} = ${cursor}.start; ${index} < ${end}; ${index}++) {`);
  emitter.line(`const ${to} = ${neighbours}[${index}], ${relationship} = ${relationships}[${index}];`);
  if (directions.length === 2) emitter.line(`if (${direction} === ${IN} && ${to} === ${from}) continue;`);
  body();
  emitter.line('}');
  emitter.line('}');
  if (directions.length === 2) emitter.line('}');
  emitter.line('}');
}

export function hoistedTypes(emitter: Emitter, types: readonly string[]): string {
  return emitter.hoist(`types ${JSON.stringify(types)}`, 'y', () => `h.typeIds(g, ${emitter.constant(types)})`);
}

function copiedLoop(maker: CodeMaker, plan: Expand, from: string, relationship: string, to: string, body: () => void): void {
  const { emitter } = maker;
  const [pairs, index] = [emitter.name('a'), emitter.name('i')];
  emitter.line(`const ${pairs} = h.copied(g, ${from}, ${emitter.constant(DIRECTIONS[plan.direction])}, h.typeIds(g, ${emitter.constant(plan.types)}));`);
  emitter.due(`${pairs}.length`);
  emitter.line(`for (let ${index} = 0; ${index} < ${pairs}.length; ${index} += 2) {`);
  emitter.line(`const ${relationship} = ${pairs}[${index}], ${to} = ${pairs}[${index} + 1];`);
  body();
  emitter.line('}');
}

export function produceVariableExpand(maker: CodeMaker, plan: VariableExpand, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  maker.produce(plan.source, outer, (row) => {
    const [from, walk, list, to, admit] = [emitter.name('v'), emitter.name('a'), emitter.name('v'), emitter.name('v'), emitter.name('f')];
    emitter.line(`const ${from} = ${expressions.idOf(slotOf(row, plan.from), 'node')};`);
    emitter.line(`if (${from} >= 0) {`);
    emitAdmit(maker, plan, row, admit);
    const types = maker.writes ? `h.typeIds(g, ${emitter.constant(plan.types)})` : hoistedTypes(emitter, plan.types);
    const around = `(node) => h.copied(g, node, ${emitter.constant(DIRECTIONS[plan.direction])}, ${types})`;
    const state = emitter.name('i');
    emitter.line(`const ${walk} = new h.PathWalk(${around}, ${from}, ${plan.min}, ${plan.max ?? 'Infinity'}, ${admit});`);
    emitter.line(`for (let ${state} = ${walk}.step(); ${state} !== ${WALK_OVER}; ${state} = ${walk}.step()) {`);
    emitter.due(`${walk}.work`);
    emitter.line(`if (${state} === ${WALK_ON}) continue;`);
    emitter.line(`const ${to} = ${walk}.end;`);
    if (plan.into) emitter.line(`if (${to} !== ${expressions.idOf(slotOf(row, plan.to), 'node')}) continue;`);
    emitter.line(`const ${list} = ${walk}.trail.map((id) => new h.Relationship(id, g));`);
    const found = declared(row, plan.relationship, list, 'value');
    consume(plan.into ? found : declared(found, plan.to, to, 'node'));
    emitter.line('}');
    emitter.line('}');
  });
}

/** A test of each relationship on the way: the plan's predicate, and those that it must differ from. */
function emitAdmit(maker: CodeMaker, plan: VariableExpand, row: Environment, admit: string): void {
  const { emitter, expressions } = maker;
  const id = emitter.name('r');
  const tests = plan.distinctFrom.map((other) => {
    const slot = slotOf(row, other);
    return slot.kind === 'relationship' ? `${id} !== ${slot.local}` : `!h.amongRelationships(${id}, ${slot.local})`;
  });
  const { each } = plan;
  if (tests.length === 0 && each === undefined) return emitter.line(`const ${admit} = undefined;`);
  const code = emitter.arrow(id, () => {
    const admitted = each === undefined ? [] : [expressions.condition(each.predicate, declared(row, each.variable, id, 'relationship'))];
    return [...tests, ...admitted].join(' && ');
  });
  emitter.line(`const ${admit} = ${code};`);
}

export function produceDistinctExpand(maker: CodeMaker, plan: DistinctExpand, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  maker.produce(plan.source, outer, (row) => {
    const [from, walk, index, to] = [emitter.name('v'), emitter.name('a'), emitter.name('i'), emitter.name('v')];
    emitter.line(`const ${from} = ${expressions.idOf(slotOf(row, plan.from), 'node')};`);
    emitter.line(`if (${from} >= 0) {`);
    const steps = plan.steps.map(({ direction, types, relationship, node }) => {
      const ids = maker.writes ? `h.typeIds(g, ${emitter.constant(types)})` : hoistedTypes(emitter, types);
      const admits = [emitTest(maker, relationship ? [relationship] : [], 'relationship', row), emitTest(maker, node ? [node] : [], 'node', row)];
      return `{ directions: ${emitter.constant(DIRECTIONS[direction])}, types: ${ids}, admit: ${admits[0]}, admitNode: ${admits[1]} }`;
    });
    const asked = `{ steps: [${steps.join(', ')}], min: ${plan.min}, max: ${plan.max ?? 'Infinity'}, trails: ${plan.trails} }`;
    const last = plan.steps.at(-1);
    emitter.line(`const ${walk} = new h.LevelWalk(m, g, ${from}, ${asked});`);
    emitter.line(`while (${walk}.step()) {`);
    emitter.due(`${walk}.work`);
    emitter.line(`while (${walk}.next()) {`);
    const [ids, end] = [emitter.name('a'), emitter.name('e')];
    emitter.line(`const ${ids} = ${walk}.ids, ${end} = ${walk}.end;`);
    if (!maker.writes && !maker.profiled) emitter.gathers(to, new GatheredColumns(emitter, { ids, start: '0', end, index, ascends: false }));
    emitter.line(`for (let ${index} = 0; ${index} < ${end}; ${index}++) {`);
    const reached = bound(row, [
      [plan.to, { local: to, kind: 'node', nullable: false, over: plan.min > 0 && last !== undefined ? over(maker, last) : undefined }],
    ]);
    emitter.declaring(to, `const ${to} = ${ids}[${index}];`, () => consume(reached));
    emitter.line('}');
    emitter.line('}');
    emitter.line('}');
    emitter.line(`${walk}.close();`);
    emitter.line('}');
  });
}
