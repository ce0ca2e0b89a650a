// Leaves: where rows begin. Each stands beside the rows of its source.

import { AssertionError } from '../../base/assert.js';
import type {
  AllNodesScan,
  NodeByIdSeek,
  NodeByLabelScan,
  NodeIndexSeek,
  RelationshipByIdSeek,
  RelationshipIndexSeek,
  RelationshipTypeScan,
  SeekPredicate,
} from '../../planner/plan.js';
import { bound, type Environment } from '../environment.js';
import { GatheredColumns } from '../gathered.js';
import { type CodeMaker, type Consume, declared } from './operator.js';

export function produceAllNodes(maker: CodeMaker, plan: AllNodesScan, outer: Environment, consume: Consume): void {
  maker.produce(plan.source, outer, (row) => scan(maker, 'g.nodes()', plan.node, row, consume));
}

export function produceLabelScan(maker: CodeMaker, plan: NodeByLabelScan, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  maker.produce(plan.source, outer, (row) => {
    const name = emitter.constant(plan.label);
    const label = maker.writes ? `g.labelId(${name})` : emitter.hoist(`label ${plan.label}`, 'l', () => `g.labelId(${name})`);
    scan(maker, `g.nodesWithLabel(${label})`, plan.node, row, consume);
  });
}

/** Over a cursor of ids; over a copy of it in a query that writes. */
function scan(maker: CodeMaker, cursorCode: string, variable: string, row: Environment, consume: Consume): void {
  scanIds(maker, cursorCode, (id) => consume(declared(row, variable, id, 'node')), true);
}

/** `ascending`: columns of the ids are worth reading a chunk at a time. */
function scanIds(maker: CodeMaker, cursorCode: string, body: (id: string) => void, ascending = false): void {
  const { emitter } = maker;
  const id = emitter.name('v');
  if (maker.writes) {
    emitter.line(`for (const ${id} of yield* h.idsSliced(rt, ${cursorCode})) {`);
    emitter.due('1');
    body(id);
    emitter.line('}');
    return;
  }
  const cursor = emitter.name('u');
  const ids = emitter.name('a');
  const index = emitter.name('i');
  emitter.line(`for (let ${cursor} = ${cursorCode}; ${cursor}.next();) {`);
  emitter.line(`const ${ids} = ${cursor}.ids;`);
  if (ascending && !maker.profiled)
    emitter.gathers(id, new GatheredColumns(emitter, { ids, start: `${cursor}.start`, end: `${cursor}.end`, index, ascends: true }));
  const end = emitter.name('e');
  emitter.line(`for (let ${index} = ${cursor}.start, ${end} = ${cursor}.end; ${index} < ${end}; ${index}++) {`);
  // Where only columns are asked for, the id itself need not be read.
  emitter.declaring(id, `const ${id} = ${ids}[${index}];`, () => body(id));
  emitter.line('}');
  emitter.due(`${cursor}.end - ${cursor}.start`);
  emitter.line('}');
}

export function produceIndexSeek(maker: CodeMaker, plan: NodeIndexSeek, outer: Environment, consume: Consume): void {
  maker.produce(plan.source, outer, (row) => {
    seekIds(maker, plan, row, (id) => consume(declared(row, plan.node, id, 'node')));
  });
}

export function produceRelationshipSeek(maker: CodeMaker, plan: RelationshipIndexSeek, outer: Environment, consume: Consume): void {
  maker.produce(plan.source, outer, (row) => seekIds(maker, plan, row, (relationship) => bothEnds(maker, plan, relationship, row, consume)));
}

function seekIds(maker: CodeMaker, plan: NodeIndexSeek | RelationshipIndexSeek, row: Environment, body: (id: string) => void): void {
  if (plan.index.kind === 'text') return textIds(maker, plan, row, body);
  const predicates = plan.predicates.map((predicate) => predicateCode(maker, predicate, row)).join(', ');
  if (plan.index.kind === 'point') return scanIds(maker, `h.pointCursor(g, ${maker.emitter.constant(plan.index.id)}, ${predicates})`, body);
  const asked = `g, ${maker.emitter.constant(plan.index.id)}, [${predicates}]`;
  // Several lookups may find an entity twice, and equality with a whole key finds few: those are gathered first.
  const whole = plan.predicates.length === plan.index.properties.length && plan.predicates.every(({ kind }) => kind === 'equal');
  if (whole || plan.predicates.some(({ kind }) => kind === 'in')) ids(maker, `h.indexSeek(${asked})`, body);
  else scanIds(maker, `h.indexCursor(${asked}, ${plan.descending})`, body);
}

const TEXT_QUESTIONS = { equal: 'equals', prefix: 'startsWith', suffix: 'endsWith', contains: 'contains' } as const;

function textIds(maker: CodeMaker, { kind, index, predicates }: NodeIndexSeek | RelationshipIndexSeek, row: Environment, body: (id: string) => void): void {
  const predicate = predicates[0] as SeekPredicate;
  const asked = `g, ${maker.emitter.constant(index.id)}`;
  switch (predicate.kind) {
    case 'in':
      return ids(maker, `h.textSeek(${asked}, ${maker.expressions.value(predicate.list, row)})`, body);
    case 'equal':
    case 'prefix':
    case 'suffix':
    case 'contains': {
      const text = maker.expressions.value(predicate.value, row);
      return scanIds(maker, `h.textCursor(${asked}, '${TEXT_QUESTIONS[predicate.kind]}', ${text})`, body, kind === 'NodeIndexSeek');
    }
    default:
      throw new AssertionError('a text index is asked about strings');
  }
}

function predicateCode(maker: CodeMaker, predicate: SeekPredicate, row: Environment): string {
  const value = (e: Parameters<typeof maker.expressions.value>[0]) => maker.expressions.value(e, row);
  switch (predicate.kind) {
    case 'equal':
      return `{ kind: 'equal', value: ${value(predicate.value)} }`;
    case 'in':
      return `{ kind: 'in', list: ${value(predicate.list)} }`;
    case 'range': {
      const [lower, upper] = [predicate.lower, predicate.upper].map((one) =>
        one === undefined ? 'undefined' : `{ value: ${value(one.value)}, inclusive: ${one.inclusive} }`,
      );
      return `{ kind: 'range', lower: ${lower}, upper: ${upper} }`;
    }
    case 'prefix':
      return `{ kind: 'prefix', value: ${value(predicate.value)} }`;
    case 'exists':
      return `{ kind: 'exists' }`;
    case 'suffix':
    case 'contains':
      throw new AssertionError('a text index alone is asked so');
    case 'distance':
      return `{ kind: 'distance', centre: ${value(predicate.centre)}, radius: ${value(predicate.radius)} }`;
    case 'box':
      return `{ kind: 'box', lowerLeft: ${value(predicate.lowerLeft)}, upperRight: ${value(predicate.upperRight)} }`;
  }
}

export function produceIdSeek(maker: CodeMaker, plan: NodeByIdSeek, outer: Environment, consume: Consume): void {
  maker.produce(plan.source, outer, (row) => {
    const found = `h.nodesById(g, ${maker.expressions.value(plan.ids, row)}, '${plan.by}')`;
    ids(maker, found, (id) => consume(declared(row, plan.node, id, 'node')));
  });
}

export function produceRelationshipIdSeek(maker: CodeMaker, plan: RelationshipByIdSeek, outer: Environment, consume: Consume): void {
  const { emitter, expressions } = maker;
  maker.produce(plan.source, outer, (row) => {
    const found = `h.relationshipsById(g, ${expressions.value(plan.ids, row)}, '${plan.by}', ${emitter.constant(plan.types)})`;
    ids(maker, found, (relationship) => bothEnds(maker, plan, relationship, row, consume));
  });
}

/** Over an array of ids. */
function ids(maker: CodeMaker, code: string, body: (id: string) => void): void {
  const { emitter } = maker;
  const id = emitter.name('v');
  emitter.line(`for (const ${id} of ${code}) {`);
  emitter.due('1');
  body(id);
  emitter.line('}');
}

export function produceTypeScan(maker: CodeMaker, plan: RelationshipTypeScan, outer: Environment, consume: Consume): void {
  const { emitter } = maker;
  maker.produce(plan.source, outer, (row) => {
    const each = (relationship: string) => bothEnds(maker, plan, relationship, row, consume);
    if (plan.types.length === 0) return scanIds(maker, 'g.relationships()', each);
    const type = emitter.name('y');
    emitter.line(`for (const ${type} of h.typeIds(g, ${emitter.constant(plan.types)})) {`);
    scanIds(maker, `g.relationshipsOfType(${type})`, each);
    emitter.line('}');
  });
}

/** A relationship with its ends: once, or in both directions (a loop once). */
function bothEnds(
  maker: CodeMaker,
  plan: RelationshipByIdSeek | RelationshipTypeScan | RelationshipIndexSeek,
  relationship: string,
  row: Environment,
  consume: Consume,
): void {
  const { emitter } = maker;
  const [turn, from, to] = [emitter.name('i'), emitter.name('v'), emitter.name('v')];
  const turns = plan.direction === 'both' ? `(g.relationshipStart(${relationship}) === g.relationshipEnd(${relationship}) ? 1 : 2)` : '1';
  emitter.line(`for (let ${turn} = 0; ${turn} < ${turns}; ${turn}++) {`);
  emitter.line(`const ${from} = ${turn} === 0 ? g.relationshipStart(${relationship}) : g.relationshipEnd(${relationship});`);
  emitter.line(`const ${to} = ${turn} === 0 ? g.relationshipEnd(${relationship}) : g.relationshipStart(${relationship});`);
  consume(
    bound(row, [
      [plan.relationship, { local: relationship, kind: 'relationship', nullable: false }],
      [plan.from, { local: from, kind: 'node', nullable: false }],
      [plan.to, { local: to, kind: 'node', nullable: false }],
    ]),
  );
  emitter.line('}');
}
