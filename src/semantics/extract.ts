// Auto-parameterisation: literals that are data (what properties are compared with, matched with and set to, lists to unwind, arguments
// of procedures) become parameters, so that statements that differ in them alone share one plan. Others stay, because code is
// better made knowing them. Null and booleans stay: they are few, and some mean something to the planner.

import type { Clause, Expression, Parameter, PatternPart, Query, SetItem } from '../language/ast.js';
import { CypherFloat, type Value } from '../values/value.js';
import { mapChildren, mapPattern } from './tree.js';

export interface Extracted {
  readonly query: Query;
  /** Values by the names of the parameters that stand for them; no text can name these. */
  readonly values: ReadonlyMap<string, Value>;
}

const DATA_OPERATORS: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=', 'IN', 'STARTS WITH', 'ENDS WITH', 'CONTAINS']);

/** Of a checked query: what checks look at literals for is done. */
export function extractLiterals(query: Query): Extracted {
  const values = new Map<string, Value>();
  const parameter = (e: Expression, value: Value): Expression => {
    const name = `  ${values.size}`;
    values.set(name, value);
    return { kind: 'Parameter', name, ...kindOf(value), at: e.at };
  };
  /** In a place where data stands. */
  const data = (e: Expression): Expression => {
    if (e.kind === 'Map') return { ...e, entries: e.entries.map(({ key, value }) => ({ key, value: data(value) })) };
    const value = e.kind === 'List' && e.items.length === 0 ? undefined : constantOf(e);
    return value === undefined || value === null || typeof value === 'boolean' ? walk(e) : parameter(e, value);
  };
  const walk = (e: Expression): Expression => {
    if (e.kind === 'Binary' && DATA_OPERATORS.has(e.operator)) {
      if (isStored(e.left)) return { ...e, left: walk(e.left), right: data(e.right) };
      if (isStored(e.right)) return { ...e, left: data(e.left), right: walk(e.right) };
    }
    if (e.kind === 'QuerySubquery') return { ...e, query: whole(e.query) };
    return mapChildren(e, walk, pattern);
  };
  const optional = (e: Expression | undefined) => (e === undefined ? undefined : walk(e));
  const pattern = (part: PatternPart): PatternPart => {
    const walked = mapPattern(part, (e) => (e.kind === 'Map' ? e : walk(e)));
    const ofData = (properties: Expression | undefined) => (properties === undefined ? undefined : data(properties));
    return {
      ...walked,
      nodes: walked.nodes.map((node) => ({ ...node, properties: ofData(node.properties) })),
      relationships: walked.relationships.map((one) => ({ ...one, properties: ofData(one.properties) })),
    };
  };
  const setItem = (item: SetItem): SetItem => (item.kind === 'SetLabels' ? item : { ...item, value: data(item.value) });
  const clause = (one: Clause): Clause => {
    switch (one.kind) {
      case 'Match':
        return { ...one, pattern: one.pattern.map(pattern), where: optional(one.where) };
      case 'Unwind':
        return { ...one, list: data(one.list) };
      case 'Create':
        return { ...one, pattern: one.pattern.map(pattern) };
      case 'Merge':
        return { ...one, pattern: pattern(one.pattern), onCreate: one.onCreate.map(setItem), onMatch: one.onMatch.map(setItem) };
      case 'Set':
        return { ...one, items: one.items.map(setItem) };
      case 'Foreach':
        return { ...one, list: data(one.list), clauses: one.clauses.map(clause) };
      case 'CallSubquery':
        return { ...one, query: whole(one.query) };
      case 'CallProcedure':
        return { ...one, arguments: one.arguments.map(data) };
      case 'With':
        return { ...one, projection: { ...one.projection, where: optional(one.projection.where) } };
      default:
        return one;
    }
  };
  const whole = (one: Query): Query => ({ ...one, parts: one.parts.map((part) => ({ ...part, clauses: part.clauses.map(clause) })) });
  const extracted = whole(query);
  return values.size === 0 ? { query, values } : { query: extracted, values };
}

/** The same for queries that differ in positions alone. `columns`: what the user reads above the rows. */
export function keyOf(query: Query, columns: readonly string[]): string {
  return JSON.stringify([columns, query], (key, value) => (key === 'at' ? undefined : typeof value === 'bigint' ? `${value}n` : value));
}

/** What the planner may rest on. */
function kindOf(value: Value): Pick<Parameter, 'literal'> {
  if (typeof value === 'string') return { literal: 'string' };
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? { literal: 'strings' } : {};
}

/** What comes from the graph: there the other side is data. */
function isStored(e: Expression): boolean {
  return e.kind === 'Property' || (e.kind === 'Function' && /^(id|elementid)$/i.test(e.name));
}

/** The value of a literal, of a list of literals, of such lists and of maps of them; undefined for anything else. */
function constantOf(e: Expression): Value | undefined {
  switch (e.kind) {
    case 'Literal':
      return e.float ? new CypherFloat(e.value as number) : e.value;
    case 'Unary': {
      const value = e.operator === '-' ? constantOf(e.operand) : undefined;
      if (value instanceof CypherFloat) return new CypherFloat(-value.value);
      return typeof value === 'number' ? 0 - value : undefined;
    }
    case 'List': {
      const items = e.items.map(constantOf);
      return items.includes(undefined) ? undefined : (items as readonly Value[]);
    }
    case 'Map': {
      const entries = e.entries.map(({ key, value }) => [key, constantOf(value)] as const);
      return entries.some(([, value]) => value === undefined) ? undefined : new Map(entries as readonly (readonly [string, Value])[]);
    }
    default:
      return undefined;
  }
}
