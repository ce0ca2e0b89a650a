// Walking and rewriting expressions: the children of each kind are spelled out here once.

import { unreachable } from '../base/assert.js';
import type { Expression, PatternPart, Query, Variable } from '../language/ast.js';

type Rewrite = (e: Expression) => Expression;

/** The same expression over rewritten children. Patterns inside are rewritten with `pattern`. */
export function mapChildren(e: Expression, f: Rewrite, pattern: (part: PatternPart) => PatternPart = (part) => mapPattern(part, f)): Expression {
  const optional = (child: Expression | undefined) => (child === undefined ? undefined : f(child));
  switch (e.kind) {
    case 'Literal':
    case 'Parameter':
    case 'Variable':
    case 'CountStar':
    // Names inside are its own: namesIn() has them.
    case 'QuerySubquery':
      return e;
    case 'List':
      return { ...e, items: e.items.map(f) };
    case 'Map':
      return { ...e, entries: e.entries.map((entry) => ({ ...entry, value: f(entry.value) })) };
    case 'Property':
      return { ...e, subject: f(e.subject) };
    case 'Subscript':
      return { ...e, subject: f(e.subject), index: f(e.index) };
    case 'Slice':
      return { ...e, subject: f(e.subject), from: optional(e.from), to: optional(e.to) };
    case 'Unary':
    case 'IsNull':
      return { ...e, operand: f(e.operand) };
    case 'Binary':
      return { ...e, left: f(e.left), right: f(e.right) };
    case 'ComparisonChain':
      return { ...e, operands: e.operands.map(f) };
    case 'HasLabels':
      return { ...e, subject: f(e.subject) };
    case 'Function':
      return { ...e, arguments: e.arguments.map(f) };
    case 'Case':
      return {
        ...e,
        subject: optional(e.subject),
        alternatives: e.alternatives.map(({ when, then }) => ({ when: f(when), then: f(then) })),
        otherwise: optional(e.otherwise),
      };
    case 'ListComprehension':
      return { ...e, list: f(e.list), where: optional(e.where), projection: optional(e.projection) };
    case 'Quantifier':
      return { ...e, list: f(e.list), where: f(e.where) };
    case 'Reduce':
      return { ...e, initial: f(e.initial), list: f(e.list), expression: f(e.expression) };
    case 'PatternExpression':
      return { ...e, pattern: pattern(e.pattern) };
    case 'PatternComprehension':
      return { ...e, pattern: pattern(e.pattern), where: optional(e.where), projection: f(e.projection) };
    case 'ShortestPath':
      return { ...e, pattern: pattern(e.pattern), where: optional(e.where) };
    case 'ExistsSubquery':
    case 'CountSubquery':
      return { ...e, pattern: e.pattern.map(pattern), where: optional(e.where) };
    case 'MapProjection':
      return { ...e, items: e.items.map((item) => (item.kind === 'entry' ? { ...item, value: f(item.value) } : item)) };
    default:
      return unreachable(e);
  }
}

export function mapPattern(part: PatternPart, f: Rewrite): PatternPart {
  const optional = (child: Expression | undefined) => (child === undefined ? undefined : f(child));
  return {
    ...part,
    nodes: part.nodes.map((node) => ({ ...node, properties: optional(node.properties), where: optional(node.where) })),
    relationships: part.relationships.map((one) => ({ ...one, properties: optional(one.properties), where: optional(one.where) })),
  };
}

/** Rewrites bottom-up. */
export function rewrite(e: Expression, f: Rewrite): Expression {
  return f(mapChildren(e, (child) => rewrite(child, f)));
}

/** Whether any part of the expression satisfies `test`. */
export function some(e: Expression, test: (e: Expression) => boolean): boolean {
  if (test(e)) return true;
  let found = false;
  mapChildren(e, (child) => {
    found ||= some(child, test);
    return child;
  });
  return found;
}

/** Every name of a variable in a query. */
export function namesIn(query: Query): ReadonlySet<string> {
  const names = new Set<string>();
  const waiting: unknown[] = [query];
  while (waiting.length > 0) {
    const one = waiting.pop();
    if (typeof one !== 'object' || one === null) continue;
    if ('kind' in one && one.kind === 'Variable') names.add((one as Variable).name);
    // Not push(...): a list of 200,000 items is more arguments than a call takes.
    for (const inner of Object.values(one)) waiting.push(inner);
  }
  return names;
}

/** Equal but for positions. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, index) => same(item, b[index]));
  const keys = Object.keys(a).filter((key) => key !== 'at');
  if (keys.length !== Object.keys(b).filter((key) => key !== 'at').length) return false;
  return keys.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}
