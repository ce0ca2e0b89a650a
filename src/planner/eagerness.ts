// Where a plan must take all rows before it goes on. Cypher's clauses are one after the other: a clause sees
// everything that earlier clauses wrote, and nothing of later ones, though rows flow through all of them at once.
// `Eager` stands between a read and a write that could meet. Sorting and grouping take all rows anyway.

import type { Expression, LabelExpression } from '../language/ast.js';
import { walk } from './expressions.js';
import type { NodeToCreate, Plan, RelationshipToCreate, WriteItem } from './plan.js';

/** What is read or written, by name; `'*'` in a set stands for every name. */
export interface Touched {
  readonly nodes: Set<string>;
  readonly types: Set<string>;
  readonly keys: Set<string>;
  readonly labels: Set<string>;
  deletes: boolean;
}

export function nothing(): Touched {
  return { nodes: new Set(), types: new Set(), keys: new Set(), labels: new Set(), deletes: false };
}

/** Inputs of an operator, in the order in which they run. */
export function inputs(plan: Plan): readonly Plan[] {
  switch (plan.kind) {
    case 'Argument':
    case 'SchemaWrite':
      return [];
    case 'Apply':
    case 'SemiApply':
    case 'CountApply':
    case 'CollectApply':
    case 'CartesianProduct':
    case 'ValueHashJoin':
    case 'Union':
      return [plan.left, plan.right];
    case 'MergePattern':
      return [plan.source, plan.match];
    default:
      return [plan.source];
  }
}

export function containsWrite(plan: Plan): boolean {
  return isWrite(plan) || inputs(plan).some(containsWrite);
}

function isWrite(plan: Plan): boolean {
  return (
    plan.kind === 'CreatePattern' || plan.kind === 'MergePattern' || plan.kind === 'SetItems' || plan.kind === 'DeleteEntities' || plan.kind === 'SchemaWrite'
  );
}

/** `write` begins above `source`: rows still to come from there must not see it. */
export function beforeWrite(source: Plan, write: Touched): Plan {
  return meets(touchedBy(source).reads, write) ? eager(source, 'a read must not see what is written above it') : source;
}

/** `reads` begin above `source`: they must see all that is written there. */
export function beforeRead(source: Plan, reads: Touched): Plan {
  return meets(reads, touchedBy(source).writes) ? eager(source, 'a read must see all that is written below it') : source;
}

/** Every write below happens, however few rows are asked for above. */
export function beforeCut(source: Plan): Plan {
  return hasPendingWrite(source) ? eager(source, 'all writes happen whatever the limit') : source;
}

function hasPendingWrite(plan: Plan): boolean {
  return !isBarrier(plan) && (isWrite(plan) || inputs(plan).some(hasPendingWrite));
}

function eager(source: Plan, reason: string): Plan {
  return isBarrier(source) ? source : { kind: 'Eager', source, reason, rows: source.rows };
}

function isBarrier(plan: Plan): boolean {
  return plan.kind === 'Eager' || plan.kind === 'Sort' || plan.kind === 'Top' || plan.kind === 'Aggregate';
}

function both(a: Set<string>, b: Set<string>): boolean {
  if (a.size === 0 || b.size === 0) return false;
  return a.has('*') || b.has('*') || [...a].some((name) => b.has(name));
}

function meets(reads: Touched, writes: Touched): boolean {
  const any = reads.nodes.size + reads.types.size + reads.keys.size + reads.labels.size > 0;
  return (
    both(reads.nodes, writes.nodes) ||
    both(reads.types, writes.types) ||
    both(reads.keys, writes.keys) ||
    both(reads.labels, writes.labels) ||
    (writes.deletes && any)
  );
}

/** What a plan reads and writes lazily: nothing below an operator that takes all rows. */
export function touchedBy(plan: Plan): { readonly reads: Touched; readonly writes: Touched } {
  const reads = nothing();
  const writes = nothing();
  collect(plan, reads, writes);
  return { reads, writes };
}

function collect(plan: Plan, reads: Touched, writes: Touched): void {
  if (isBarrier(plan)) return;
  for (const input of inputs(plan)) collect(input, reads, writes);
  for (const e of expressionsOf(plan)) readsOf(e, reads);
  switch (plan.kind) {
    case 'AllNodesScan':
    case 'NodeByIdSeek':
      reads.nodes.add('*');
      return;
    case 'NodeByLabelScan':
      reads.nodes.add(plan.label);
      reads.labels.add(plan.label);
      return;
    case 'NodeIndexSeek':
      reads.nodes.add(plan.index.token);
      reads.labels.add(plan.index.token);
      for (const key of plan.index.properties) reads.keys.add(key);
      return;
    case 'RelationshipTypeScan':
    case 'Expand':
    case 'VariableExpand':
      for (const type of plan.types.length === 0 ? ['*'] : plan.types) reads.types.add(type);
      return;
    case 'CreatePattern':
      return created(plan.nodes, plan.relationships, writes);
    case 'MergePattern':
      created(plan.nodes, plan.relationships, writes);
      return written([...plan.onCreate, ...plan.onMatch], writes);
    case 'SetItems':
      return written(plan.items, writes);
    case 'DeleteEntities':
      return deleted(writes);
    default:
      return;
  }
}

export function created(nodes: readonly NodeToCreate[], relationships: readonly RelationshipToCreate[], writes: Touched): void {
  for (const node of nodes) {
    // A node without labels is met only by scans of all nodes; the empty name stands for it.
    for (const label of node.labels.length === 0 ? [''] : node.labels) writes.nodes.add(label);
  }
  for (const relationship of relationships) writes.types.add(relationship.type);
}

export function deleted(writes: Touched): void {
  writes.deletes = true;
}

export function written(items: readonly WriteItem[], writes: Touched): void {
  for (const item of items) {
    switch (item.kind) {
      case 'SetProperty':
      case 'RemoveProperty':
        writes.keys.add(item.key);
        break;
      case 'SetProperties':
        writes.keys.add('*');
        break;
      case 'SetLabels':
      case 'RemoveLabels':
        for (const label of item.labels) writes.labels.add(label);
        break;
    }
  }
}

const wholeEntity = new Set(['properties', 'keys']);

function labelsIn(labels: LabelExpression, names: Set<string>): void {
  switch (labels.kind) {
    case 'Label':
      names.add(labels.name);
      return;
    case 'LabelAny':
      names.add('*');
      return;
    case 'LabelNot':
      return labelsIn(labels.operand, names);
    default:
      labelsIn(labels.left, names);
      labelsIn(labels.right, names);
  }
}

/** What an expression reads of the graph. */
export function readsOf(e: Expression, reads: Touched): void {
  walk(e, (inner) => {
    switch (inner.kind) {
      case 'Property':
        reads.keys.add(inner.key);
        return;
      case 'Subscript':
      case 'MapProjection':
        reads.keys.add('*');
        return;
      case 'HasLabels':
        labelsIn(inner.labels, reads.labels);
        return;
      case 'Function':
        if (wholeEntity.has(inner.name.toLowerCase())) reads.keys.add('*');
        if (inner.name.toLowerCase() === 'labels') reads.labels.add('*');
        return;
      default:
        return;
    }
  });
}

/** The expressions that an operator evaluates itself. */
export function expressionsOf(plan: Plan): readonly Expression[] {
  switch (plan.kind) {
    case 'Filter':
      return [plan.predicate];
    case 'Project':
      return plan.items.map((item) => item.expression);
    case 'Unwind':
      return [plan.list];
    case 'Aggregate':
      return [...plan.keys.map((key) => key.expression), ...plan.items.flatMap((item) => (item.argument === undefined ? [] : [item.argument]))];
    case 'VariableExpand':
      return plan.each === undefined ? [] : [plan.each.predicate];
    case 'ValueHashJoin':
      return [plan.leftKey, plan.rightKey];
    case 'CollectApply':
      return [plan.collect];
    case 'ProcedureCall':
      return plan.arguments;
    case 'NodeByIdSeek':
      return [plan.ids];
    case 'NodeIndexSeek':
      return plan.predicates.flatMap((p) => {
        switch (p.kind) {
          case 'equal':
          case 'prefix':
            return [p.value];
          case 'in':
            return [p.list];
          case 'range':
            return [p.lower, p.upper].flatMap((bound) => (bound === undefined ? [] : [bound.value]));
          case 'exists':
            return [];
        }
      });
    default:
      return [];
  }
}
