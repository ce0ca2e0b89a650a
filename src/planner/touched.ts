// What operators read and write of the graph, by name, and when two of them cannot run at the same time.
//
// The content of an entity that rows hold is not read where the row is made but where an expression asks for it; so
// a variable alone reads nothing. What a scan or an expansion finds is read when it runs.

import type { Expression, LabelExpression } from '../language/ast.js';
import { walk } from './expressions.js';
import type { NodeToCreate, Plan, RelationshipToCreate, WriteItem } from './plan.js';

/** In each set `'*'` stands for every name. */
export interface Reads {
  /** Labels whose nodes are looked for: created ones would be found. */
  readonly nodes: Set<string>;
  /** Types of relationships that are looked for. */
  readonly types: Set<string>;
  /** Keys of properties. */
  readonly keys: Set<string>;
  /** Labels that nodes are asked for. */
  readonly labels: Set<string>;
  /** Anything else of an entity, which is gone once it is deleted. */
  entities: boolean;
}

export interface Writes {
  /** Labels of created nodes; the empty name stands for a node without. */
  readonly nodes: Set<string>;
  readonly types: Set<string>;
  /** Keys that are set or removed, and the variables (`'*'`: any) of whose entities. */
  readonly keys: Map<string, Set<string>>;
  readonly labels: Map<string, Set<string>>;
  deletes: boolean;
}

export interface Touched {
  readonly reads: Reads;
  readonly writes: Writes;
}

export function nothing(): Touched {
  return {
    reads: { nodes: new Set(), types: new Set(), keys: new Set(), labels: new Set(), entities: false },
    writes: { nodes: new Set(), types: new Set(), keys: new Map(), labels: new Map(), deletes: false },
  };
}

export function merged(all: readonly Touched[]): Touched {
  const sum = nothing();
  for (const { reads, writes } of all) {
    for (const word of ['nodes', 'types', 'keys', 'labels'] as const) for (const name of reads[word]) sum.reads[word].add(name);
    for (const word of ['nodes', 'types'] as const) for (const name of writes[word]) sum.writes[word].add(name);
    for (const word of ['keys', 'labels'] as const) {
      for (const [name, subjects] of writes[word]) for (const subject of subjects) assign(sum.writes[word], name, subject);
    }
    if (reads.entities) sum.reads.entities = true;
    if (writes.deletes) sum.writes.deletes = true;
  }
  return sum;
}

function assign(names: Map<string, Set<string>>, name: string, subject: string): void {
  const subjects = names.get(name);
  if (subjects === undefined) names.set(name, new Set([subject]));
  else subjects.add(subject);
}

interface Names {
  readonly size: number;
  has(name: string): boolean;
  keys(): Iterable<string>;
}

function overlap(a: Names, b: Names): boolean {
  if (a.size === 0 || b.size === 0) return false;
  return a.has('*') || b.has('*') || [...a.keys()].some((name) => b.has(name));
}

/** Whether rows that one has yet to make could differ for what the other does to the graph meanwhile. */
export function meets(a: Touched, b: Touched): boolean {
  return readMeetsWrite(a.reads, b.writes) || readMeetsWrite(b.reads, a.writes) || writesMeet(a.writes, b.writes);
}

function readMeetsWrite(reads: Reads, writes: Writes): boolean {
  const any = reads.entities || reads.nodes.size + reads.types.size + reads.keys.size + reads.labels.size > 0;
  return (
    overlap(reads.nodes, writes.nodes) ||
    overlap(reads.types, writes.types) ||
    overlap(reads.keys, writes.keys) ||
    overlap(reads.labels, writes.labels) ||
    (writes.deletes && any)
  );
}

/** The later of two writes must win for every row, also where two variables hold one entity. */
function writesMeet(a: Writes, b: Writes): boolean {
  const touchesEntities = ({ types, keys, labels }: Writes): boolean => types.size + keys.size + labels.size > 0;
  return (a.deletes && touchesEntities(b)) || (b.deletes && touchesEntities(a)) || assignedTwice(a.keys, b.keys) || assignedTwice(a.labels, b.labels);
}

function assignedTwice(a: ReadonlyMap<string, ReadonlySet<string>>, b: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  if (a.size > 0 && b.size > 0 && (a.has('*') || b.has('*'))) return true;
  return [...a].some(([name, subjects]) => {
    const others = b.get(name);
    return others !== undefined && (subjects.size > 1 || others.size > 1 || subjects.has('*') || [...subjects].some((subject) => !others.has(subject)));
  });
}

export function hasWrites(writes: Writes): boolean {
  return writes.deletes || writes.nodes.size + writes.types.size + writes.keys.size + writes.labels.size > 0;
}

/** What one operator does itself, without its inputs. */
export function touchedBy(plan: Plan): Touched {
  const touched = nothing();
  const { reads, writes } = touched;
  for (const e of expressionsOf(plan)) readsOf(e, reads);
  switch (plan.kind) {
    case 'AllNodesScan':
    case 'NodeByIdSeek':
      reads.nodes.add('*');
      break;
    case 'NodeByLabelScan':
      reads.nodes.add(plan.label);
      reads.labels.add(plan.label);
      break;
    case 'NodeIndexSeek':
      reads.nodes.add(plan.index.token);
      reads.labels.add(plan.index.token);
      for (const key of plan.index.properties) reads.keys.add(key);
      break;
    case 'RelationshipIndexSeek':
      reads.types.add(plan.index.token);
      for (const key of plan.index.properties) reads.keys.add(key);
      break;
    case 'RelationshipByIdSeek':
    case 'RelationshipTypeScan':
    case 'Expand':
    case 'VariableExpand':
      for (const type of plan.types.length === 0 ? ['*'] : plan.types) reads.types.add(type);
      break;
    case 'DistinctExpand':
      for (const { types } of plan.steps) for (const type of types.length === 0 ? ['*'] : types) reads.types.add(type);
      break;
    case 'ShortestPath':
      for (const type of plan.types.length === 0 ? ['*'] : plan.types) reads.types.add(type);
      reads.entities = true;
      break;
    case 'BuildPath':
      // It asks relationships for their ends.
      reads.entities = true;
      break;
    case 'ProcedureCall':
    case 'ProduceResults':
      // Whole entities may be shown; a procedure may look at anything.
      reads.keys.add('*');
      reads.labels.add('*');
      if (plan.kind === 'ProcedureCall') reads.nodes.add('*');
      if (plan.kind === 'ProcedureCall') reads.types.add('*');
      break;
    case 'CreatePattern':
      created(plan.nodes, plan.relationships, writes);
      break;
    case 'MergePattern':
      created(plan.nodes, plan.relationships, writes);
      written([...plan.onCreate, ...plan.onMatch], touched);
      break;
    case 'SetItems':
      written(plan.items, touched);
      break;
    case 'DeleteEntities':
      writes.deletes = true;
      break;
    default:
      break;
  }
  return touched;
}

function created(nodes: readonly NodeToCreate[], relationships: readonly RelationshipToCreate[], writes: Writes): void {
  for (const { labels } of nodes) for (const label of labels.length === 0 ? [''] : labels) writes.nodes.add(label);
  for (const { type } of relationships) writes.types.add(type);
}

function written(items: readonly WriteItem[], { reads, writes }: Touched): void {
  for (const item of items) {
    switch (item.kind) {
      case 'SetProperty':
      case 'RemoveProperty':
        assign(writes.keys, item.key, item.subject.kind === 'Variable' ? item.subject.name : '*');
        break;
      case 'SetProperties':
        assign(writes.keys, '*', item.variable);
        // `n = m` copies all of an entity.
        if (item.value.kind !== 'Map' && item.value.kind !== 'Parameter') reads.keys.add('*');
        break;
      case 'SetLabels':
      case 'RemoveLabels':
        for (const label of item.labels) assign(writes.labels, label, item.variable);
        break;
    }
  }
}

const ofWholeEntities = new Set(['properties', 'keys']);
const ofEntities = new Set(['type', 'startnode', 'endnode', 'id', 'elementid', 'nodes', 'relationships', 'exists', 'isempty', 'size']);

/** What an expression reads of the graph; subqueries are operators of their own. */
function readsOf(e: Expression, reads: Reads): void {
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
        reads.entities = true;
        return labelsIn(inner.labels, reads.labels);
      case 'Function': {
        const name = inner.name.toLowerCase();
        if (ofWholeEntities.has(name)) reads.keys.add('*');
        if (name === 'labels') reads.labels.add('*');
        if (ofEntities.has(name)) reads.entities = true;
        return;
      }
      default:
        return;
    }
  });
}

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

/** The expressions that an operator evaluates itself. */
export function expressionsOf(plan: Plan): readonly Expression[] {
  switch (plan.kind) {
    case 'Filter':
      return [plan.predicate];
    case 'Project':
      return plan.items.map((item) => item.expression);
    case 'Unwind':
    case 'Foreach':
      return [plan.list];
    case 'Aggregate':
      return [...plan.keys.map((key) => key.expression), ...plan.items.flatMap((item) => given(item.argument, item.parameter))];
    case 'VariableExpand':
      return given(plan.each?.predicate);
    case 'DistinctExpand':
      return plan.steps.flatMap((step) => given(step.relationship?.predicate, step.node?.predicate));
    case 'ShortestPath':
      return [...[...plan.relationshipPredicates, ...plan.nodePredicates].map((each) => each.predicate), ...given(plan.predicate)];
    case 'ValueHashJoin':
      return [plan.leftKey, plan.rightKey];
    case 'CollectApply':
      return [plan.collect];
    case 'ProcedureCall':
      return plan.arguments;
    case 'NodeByIdSeek':
    case 'RelationshipByIdSeek':
      return [plan.ids];
    case 'NodeIndexSeek':
    case 'RelationshipIndexSeek':
      return plan.predicates.flatMap((p) => {
        switch (p.kind) {
          case 'equal':
          case 'prefix':
          case 'suffix':
          case 'contains':
            return [p.value];
          case 'in':
            return [p.list];
          case 'range':
            return given(p.lower?.value, p.upper?.value);
          case 'exists':
            return [];
          case 'distance':
            return [p.centre, p.radius];
          case 'box':
            return [p.lowerLeft, p.upperRight];
        }
      });
    case 'CreatePattern':
      return propertiesOf(plan);
    case 'MergePattern':
      return [...propertiesOf(plan), ...[...plan.onCreate, ...plan.onMatch].flatMap(itemExpressions)];
    case 'SetItems':
      return plan.items.flatMap(itemExpressions);
    case 'DeleteEntities':
      return plan.expressions;
    default:
      return [];
  }
}

function given(...all: readonly (Expression | undefined)[]): readonly Expression[] {
  return all.filter((e) => e !== undefined);
}

function propertiesOf({ nodes, relationships }: Plan & { kind: 'CreatePattern' | 'MergePattern' }): readonly Expression[] {
  return given(...[...nodes, ...relationships].map((made) => made.properties));
}

function itemExpressions(item: WriteItem): readonly Expression[] {
  switch (item.kind) {
    case 'SetProperty':
      return [item.subject, item.value];
    case 'SetProperties':
      return [item.value];
    case 'RemoveProperty':
      return [item.subject];
    default:
      return [];
  }
}
