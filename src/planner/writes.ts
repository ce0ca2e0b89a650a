// CREATE, MERGE, SET, REMOVE and DELETE. Their expressions are rid of subqueries, which become operators below.

import { AssertionError, assert } from '../base/assert.js';
import { failure } from '../errors/catalogue.js';
import type { Create, Delete, Expression, LabelExpression, Merge, PatternPart, RemoveItem, SetItem } from '../language/ast.js';
import { conjunction, equality, hasSubquery } from './expressions.js';
import type { NodeToCreate, Plan, RelationshipToCreate, WriteItem } from './plan.js';
import { and, type Bound, type Planning } from './planning.js';
import { lift, liftAll, onArgument } from './subqueries.js';

interface Creation {
  readonly bound: Bound;
  readonly nodes: readonly NodeToCreate[];
  readonly relationships: readonly RelationshipToCreate[];
}

export function planCreate(planning: Planning, source: Bound, clause: Create): Bound {
  const { bound, nodes, relationships } = creation(planning, source, clause.pattern);
  const plan: Plan = { kind: 'CreatePattern', source: bound.plan, nodes, relationships, rows: source.plan.rows };
  const named = {
    plan,
    variables: and(
      bound.variables,
      [...nodes, ...relationships].map((made) => made.variable),
    ),
  };
  return clause.pattern.reduce(withPath, named);
}

function withPath(bound: Bound, part: PatternPart): Bound {
  if (part.path === undefined) return bound;
  const nodes = part.nodes.map((node) => nameOf(node.variable));
  const relationships = part.relationships.map((r) => ({ variable: nameOf(r.variable), isList: false }));
  const plan: Plan = { kind: 'BuildPath', source: bound.plan, variable: part.path.name, nodes, relationships, rows: bound.plan.rows };
  return { plan, variables: and(bound.variables, [part.path.name]) };
}

function nameOf(variable: { readonly name: string } | undefined): string {
  assert(variable !== undefined, 'anonymous elements are named before planning');
  return variable.name;
}

function creation(planning: Planning, source: Bound, pattern: readonly PatternPart[]): Creation {
  let bound = source;
  const clean = (e: Expression | undefined): Expression | undefined => {
    if (e === undefined) return undefined;
    const lifted = lift(planning, bound, e);
    bound = lifted.bound;
    return lifted.expression;
  };
  const nodes = new Map<string, NodeToCreate>();
  const relationships: RelationshipToCreate[] = [];
  for (const part of pattern) {
    for (const node of part.nodes) {
      const variable = nameOf(node.variable);
      if (source.variables.has(variable) || nodes.has(variable)) continue;
      nodes.set(variable, { variable, labels: labelsOf(node.labels), properties: clean(node.properties) });
    }
    part.relationships.forEach((r, index) => {
      const [left, right] = [nameOf(part.nodes[index]?.variable), nameOf(part.nodes[index + 1]?.variable)];
      const [from, to] = r.direction === 'in' ? [right, left] : [left, right];
      const type = r.types[0];
      assert(type !== undefined && r.types.length === 1, 'a relationship to create has one type');
      relationships.push({ variable: nameOf(r.variable), type, from, to, properties: clean(r.properties) });
    });
  }
  return { bound, nodes: [...nodes.values()], relationships };
}

function labelsOf(labels: LabelExpression | undefined): readonly string[] {
  switch (labels?.kind) {
    case undefined:
      return [];
    case 'Label':
      return [labels.name];
    case 'LabelAnd':
      return [...labelsOf(labels.left), ...labelsOf(labels.right)];
    default:
      throw new AssertionError('labels to create are a conjunction');
  }
}

export function planMerge(planning: Planning, source: Bound, clause: Merge): Bound {
  const { bound, nodes, relationships } = creation(planning, source, [clause.pattern]);
  const onCreate = clause.onCreate.map(plainItem);
  const onMatch = clause.onMatch.map(plainItem);
  const match = onArgument(planning, bound, [bare(clause.pattern)], conjunction(asked(clause.pattern)));
  const plan: Plan = {
    kind: 'MergePattern',
    source: bound.plan,
    match: match.plan,
    nodes,
    relationships,
    onCreate,
    onMatch,
    rows: Math.max(1, bound.plan.rows),
  };
  const made = [...nodes, ...relationships].map((one) => one.variable);
  return withPath({ plan, variables: and(bound.variables, made) }, clause.pattern);
}

function bare(part: PatternPart): PatternPart {
  return {
    ...part,
    path: undefined,
    nodes: part.nodes.map((node) => ({ ...node, labels: undefined, properties: undefined })),
    relationships: part.relationships.map((r) => ({ ...r, properties: undefined })),
  };
}

/** MERGE's labels and properties as predicates. */
function asked(part: PatternPart): readonly Expression[] {
  const found: Expression[] = [];
  for (const item of [...part.nodes, ...part.relationships]) {
    if (item.variable === undefined) continue;
    if (item.kind === 'NodePattern' && item.labels !== undefined) {
      for (const name of labelsOf(item.labels))
        found.push({ kind: 'HasLabels', subject: item.variable, labels: { kind: 'Label', name, at: item.at }, at: item.at });
    }
    if (item.properties?.kind !== 'Map') continue;
    for (const { key, value } of item.properties.entries) found.push(equality({ kind: 'Property', subject: item.variable, key, at: value.at }, value));
  }
  return found;
}

export function planItems(planning: Planning, source: Bound, items: readonly (SetItem | RemoveItem)[]): Bound {
  let bound = source;
  const clean = (e: Expression): Expression => {
    const lifted = lift(planning, bound, e);
    bound = lifted.bound;
    return lifted.expression;
  };
  const lifted = items.map((item): WriteItem => {
    const plain = writeItem(item);
    switch (plain.kind) {
      case 'SetProperty':
        return { ...plain, subject: clean(plain.subject), value: clean(plain.value) };
      case 'SetProperties':
        return { ...plain, value: clean(plain.value) };
      case 'RemoveProperty':
        return { ...plain, subject: clean(plain.subject) };
      default:
        return plain;
    }
  });
  return { ...bound, plan: { kind: 'SetItems', source: bound.plan, items: lifted, rows: source.plan.rows } };
}

/** An item of ON CREATE or ON MATCH. It runs between the match and the next row, where no operator can stand. */
function plainItem(item: SetItem): WriteItem {
  const expressions = item.kind === 'SetProperty' ? [item.subject, item.value] : item.kind === 'SetProperties' ? [item.value] : [];
  if (expressions.some(hasSubquery)) {
    throw failure('featureMissing', 'Subqueries are not supported in ON CREATE SET and ON MATCH SET. Compute the value before MERGE, or set it after.', {
      position: item.at,
    });
  }
  return writeItem(item);
}

function writeItem(item: SetItem | RemoveItem): WriteItem {
  switch (item.kind) {
    case 'SetProperty':
      return { kind: item.kind, subject: item.subject, key: item.key, value: item.value };
    case 'SetProperties':
      return { kind: item.kind, variable: item.variable.name, value: item.value, replace: item.replace };
    case 'SetLabels':
    case 'RemoveLabels':
      return { kind: item.kind, variable: item.variable.name, labels: item.labels };
    case 'RemoveProperty':
      return { kind: item.kind, subject: item.subject, key: item.key };
  }
}

export function planDelete(planning: Planning, source: Bound, clause: Delete): Bound {
  const { bound, expressions } = liftAll(planning, source, clause.expressions);
  return { ...bound, plan: { kind: 'DeleteEntities', source: bound.plan, expressions, detach: clause.detach, rows: source.plan.rows } };
}
