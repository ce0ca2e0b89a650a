// Walks over canonical expression trees: children, rewriting, the variables a tree needs, and the
// few trees that the planner itself makes. Trees are never changed; a rewrite returns a new one.

import type { Expression, LabelExpression, PatternPart } from '../language/ast.js';
import { mapChildren as mapAllChildren, namesIn } from '../semantics/tree.js';

/** The same tree with `f` applied to its direct children. Subqueries have none: their inside is planned for itself. */
export function mapChildren(e: Expression, f: (expression: Expression) => Expression): Expression {
  return isSubquery(e) ? e : mapAllChildren(e, f);
}

/** Calls `visit` for the tree and everything in it, except the inside of subqueries. */
export function walk(e: Expression, visit: (expression: Expression) => void): void {
  visit(e);
  mapChildren(e, (child) => {
    walk(child, visit);
    return child;
  });
}

const SUBQUERIES: ReadonlySet<Expression['kind']> = new Set([
  'PatternExpression',
  'PatternComprehension',
  'ExistsSubquery',
  'CountSubquery',
  'QuerySubquery',
  'ShortestPath',
]);

export function isSubquery(e: Expression): boolean {
  return SUBQUERIES.has(e.kind);
}

export function hasSubquery(e: Expression): boolean {
  let found = false;
  walk(e, (inner) => {
    if (isSubquery(inner)) found = true;
  });
  return found;
}

/** Names of rows' bindings that the tree reads; of a subquery also its own names, which no row has (names are unique). */
export function variablesOf(e: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const locals = new Set<string>();
  collectVariables(e, names, locals);
  for (const local of locals) names.delete(local);
  return names;
}

function collectVariables(e: Expression, names: Set<string>, locals: Set<string>): void {
  walk(e, (inner) => {
    switch (inner.kind) {
      case 'Variable':
        names.add(inner.name);
        return;
      case 'ListComprehension':
      case 'Quantifier':
        locals.add(inner.variable.name);
        return;
      case 'Reduce':
        locals.add(inner.variable.name).add(inner.accumulator.name);
        return;
      case 'MapProjection':
        names.add(inner.subject.name);
        for (const item of inner.items) if (item.kind === 'variable') names.add(item.variable.name);
        return;
      case 'ShortestPath':
        for (const name of patternVariables([inner.pattern])) names.add(name);
        if (inner.where !== undefined) collectVariables(inner.where, names, locals);
        return;
      case 'PatternExpression':
        for (const name of patternVariables([inner.pattern])) names.add(name);
        return;
      case 'PatternComprehension':
        for (const name of patternVariables([inner.pattern])) names.add(name);
        if (inner.where !== undefined) collectVariables(inner.where, names, locals);
        return collectVariables(inner.projection, names, locals);
      case 'QuerySubquery':
        for (const name of namesIn(inner.query)) names.add(name);
        return;
      case 'ExistsSubquery':
      case 'CountSubquery':
        for (const name of patternVariables(inner.pattern)) names.add(name);
        if (inner.where !== undefined) collectVariables(inner.where, names, locals);
        return;
      default:
        return;
    }
  });
}

export function patternVariables(parts: readonly PatternPart[]): readonly string[] {
  const names: string[] = [];
  for (const part of parts) {
    if (part.path !== undefined) names.push(part.path.name);
    for (const item of [...part.nodes, ...part.relationships]) if (item.variable !== undefined) names.push(item.variable.name);
  }
  return names;
}

/** `a AND b AND …` taken apart; `n:A:B` into one for each label. */
export function conjuncts(e: Expression | undefined): readonly Expression[] {
  if (e === undefined) return [];
  if (e.kind === 'Binary' && e.operator === 'AND') return [...conjuncts(e.left), ...conjuncts(e.right)];
  if (e.kind === 'HasLabels' && e.labels.kind === 'LabelAnd') {
    return [...conjuncts({ ...e, labels: e.labels.left }), ...conjuncts({ ...e, labels: e.labels.right })];
  }
  return [e];
}

/** `a OR b OR …` taken apart; `n:A|B` into one for each label. */
export function disjuncts(e: Expression): readonly Expression[] {
  if (e.kind === 'Binary' && e.operator === 'OR') return [...disjuncts(e.left), ...disjuncts(e.right)];
  if (e.kind === 'HasLabels' && e.labels.kind === 'LabelOr') {
    return [...disjuncts({ ...e, labels: e.labels.left }), ...disjuncts({ ...e, labels: e.labels.right })];
  }
  return [e];
}

export function conjunction(parts: readonly Expression[]): Expression | undefined {
  return parts.reduce<Expression | undefined>(
    (left, right) => (left === undefined ? right : { kind: 'Binary', operator: 'AND', left, right, at: left.at }),
    undefined,
  );
}

const nowhere = { offset: 0, line: 1, column: 1 };

export function variable(name: string): Expression {
  return { kind: 'Variable', name, at: nowhere };
}

export function equality(left: Expression, right: Expression): Expression {
  return { kind: 'Binary', operator: '=', left, right, at: left.at };
}

export function listOf(items: readonly Expression[]): Expression {
  return { kind: 'List', items, at: items[0]?.at ?? nowhere };
}

const precedence: Readonly<Record<string, number>> = { OR: 1, XOR: 2, AND: 3 };

/** A short text for EXPLAIN and for printed plans; parameters taken out of the text show as `$autoint` does in Neo4j. */
export function textOf(e: Expression): string {
  const list = (items: readonly Expression[]): string => items.map(textOf).join(', ');
  switch (e.kind) {
    case 'Literal':
      return typeof e.value === 'string' ? JSON.stringify(e.value) : String(e.value);
    case 'Parameter':
      return `$${e.name.trim()}`;
    case 'Variable':
      return e.name.trim();
    case 'CountStar':
      return 'count(*)';
    case 'List':
      return `[${list(e.items)}]`;
    case 'Map':
      return `{${e.entries.map((entry) => `${entry.key}: ${textOf(entry.value)}`).join(', ')}}`;
    case 'Property':
      return `${textOf(e.subject)}.${e.key}`;
    case 'Subscript':
      return `${textOf(e.subject)}[${textOf(e.index)}]`;
    case 'Slice':
      return `${textOf(e.subject)}[${e.from ? textOf(e.from) : ''}..${e.to ? textOf(e.to) : ''}]`;
    case 'Unary':
      return e.operator === 'NOT' ? `not ${inner(e.operand, 4)}` : `${e.operator}${textOf(e.operand)}`;
    case 'Binary': {
      const level = precedence[e.operator] ?? 5;
      return `${inner(e.left, level)} ${e.operator} ${inner(e.right, level + 1)}`;
    }
    case 'ComparisonChain':
      return e.operands.map((o, i) => (i === 0 ? textOf(o) : `${e.operators[i - 1]} ${textOf(o)}`)).join(' ');
    case 'IsNull':
      return `${textOf(e.operand)} IS ${e.negated ? 'NOT ' : ''}NULL`;
    case 'HasLabels':
      return `${textOf(e.subject)}:${labelText(e.labels)}`;
    case 'Function':
      return `${e.name}(${e.distinct ? 'DISTINCT ' : ''}${list(e.arguments)})`;
    case 'Case':
      return `CASE ${e.alternatives.map((a) => `WHEN ${textOf(a.when)} THEN ${textOf(a.then)}`).join(' ')} END`;
    case 'ListComprehension':
      return `[${e.variable.name} IN ${textOf(e.list)}${e.where ? ` WHERE ${textOf(e.where)}` : ''}${e.projection ? ` | ${textOf(e.projection)}` : ''}]`;
    case 'Quantifier':
      return `${e.quantifier}(${e.variable.name} IN ${textOf(e.list)} WHERE ${textOf(e.where)})`;
    case 'Reduce':
      return `reduce(${e.accumulator.name} = ${textOf(e.initial)}, ${e.variable.name} IN ${textOf(e.list)} | ${textOf(e.expression)})`;
    case 'MapProjection':
      return `${e.subject.name}{${e.items.map((item) => (item.kind === 'key' ? `.${item.key}` : item.kind === 'all' ? '.*' : item.kind === 'entry' ? item.key : item.variable.name)).join(', ')}}`;
    case 'PatternExpression':
    case 'ExistsSubquery':
      return 'exists(…)';
    case 'CountSubquery':
      return 'count(…)';
    case 'ShortestPath':
      return e.pattern.shortest === 'all' ? 'allShortestPaths(…)' : 'shortestPath(…)';
    case 'QuerySubquery':
      return `${e.use}(…)`;
    case 'PatternComprehension':
      return `[… | ${textOf(e.projection)}]`;
  }
}

function inner(e: Expression, level: number): string {
  return e.kind === 'Binary' && (precedence[e.operator] ?? 5) < level ? `(${textOf(e)})` : textOf(e);
}

export function labelText(labels: LabelExpression): string {
  switch (labels.kind) {
    case 'Label':
      return labels.name;
    case 'LabelAnd':
      return `${labelText(labels.left)}&${labelText(labels.right)}`;
    case 'LabelOr':
      return `(${labelText(labels.left)}|${labelText(labels.right)})`;
    case 'LabelNot':
      return `!${labelText(labels.operand)}`;
    case 'LabelAny':
      return '%';
  }
}
