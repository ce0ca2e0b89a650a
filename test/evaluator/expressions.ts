// What an expression is worth for one row: a walk over the tree, nothing prepared.

import { AssertionError, unreachable } from '../../src/base/assert.js';
import type { GraphReader } from '../../src/graph/reader.js';
import type { Binary, Expression, FunctionCall, LabelExpression } from '../../src/language/ast.js';
import { add, divide, modulo, multiply, negate, power, subtract } from '../../src/values/arithmetic.js';
import { CypherFloat, Node, Path, Relationship, type Value } from '../../src/values/value.js';
import { distanceOf, isWithinBox, pointOf } from './points.js';
import { and, compared, equal, isNumber, not, or, type Truth } from './values.js';

export type Row = ReadonlyMap<string, Value>;

/** The user's error, whichever it is. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export interface Scope {
  readonly reader: GraphReader;
  readonly parameters: ReadonlyMap<string, Value>;
}

export function evaluate(e: Expression, row: Row, scope: Scope): Value {
  const value = (inner: Expression, bindings = row) => evaluate(inner, bindings, scope);
  const bound = (name: string, item: Value) => new Map([...row, [name, item]]);
  switch (e.kind) {
    case 'Literal':
      return e.float ? new CypherFloat(Number(e.value)) : e.value;
    case 'List':
      return e.items.map((item) => value(item));
    case 'Map':
      return new Map(e.entries.map((entry) => [entry.key, value(entry.value)]));
    case 'Parameter':
      return scope.parameters.get(e.name) ?? null;
    case 'Variable': {
      const found = row.get(e.name);
      if (found === undefined) throw new AssertionError(`variable ${e.name} is bound`);
      return found;
    }
    case 'Property':
      return property(value(e.subject), e.key);
    case 'Subscript':
      return subscript(value(e.subject), value(e.index));
    case 'Slice':
      return slice(value(e.subject), e.from === undefined ? undefined : value(e.from), e.to === undefined ? undefined : value(e.to));
    case 'Unary': {
      const operand = value(e.operand);
      if (e.operator === 'NOT') return not(truth(operand));
      return e.operator === '-' ? negate(operand) : operand;
    }
    case 'Binary':
      return binary(e, value);
    case 'IsNull':
      return (value(e.operand) === null) !== e.negated;
    case 'HasLabels':
      return hasLabels(value(e.subject), e.labels);
    case 'Function':
      return called(
        e,
        e.arguments.map((argument) => value(argument)),
        scope,
      );
    case 'Case': {
      const subject = e.subject === undefined ? undefined : value(e.subject);
      for (const { when, then } of e.alternatives) {
        if (subject === undefined ? truth(value(when)) === true : equal(subject, value(when)) === true) return value(then);
      }
      return e.otherwise === undefined ? null : value(e.otherwise);
    }
    case 'ListComprehension': {
      const list = listOf(value(e.list));
      if (list === null) return null;
      const { where, projection } = e;
      const kept = list.filter((item) => where === undefined || truth(value(where, bound(e.variable.name, item))) === true);
      return projection === undefined ? kept : kept.map((item) => value(projection, bound(e.variable.name, item)));
    }
    case 'Quantifier': {
      const list = listOf(value(e.list));
      if (list === null) return null;
      return quantified(
        e.quantifier,
        list.map((item) => truth(value(e.where, bound(e.variable.name, item)))),
      );
    }
    case 'Reduce': {
      const list = listOf(value(e.list));
      if (list === null) return null;
      let accumulator = value(e.initial);
      for (const item of list) accumulator = value(e.expression, new Map([...row, [e.accumulator.name, accumulator], [e.variable.name, item]]));
      return accumulator;
    }
    default:
      throw new AssertionError(`${e.kind} is an operator of the plan`);
  }
}

export function truth(value: Value): Truth {
  if (value === null || typeof value === 'boolean') return value;
  throw new Refused('not a BOOLEAN');
}

function quantified(quantifier: 'all' | 'any' | 'none' | 'single', truths: readonly Truth[]): Truth {
  switch (quantifier) {
    case 'all':
      return truths.reduce(and, true);
    case 'any':
      return truths.reduce(or, false);
    case 'none':
      return not(truths.reduce(or, false));
    case 'single': {
      const [yes, unknown] = [truths.filter((one) => one === true).length, truths.filter((one) => one === null).length];
      return yes > 1 ? false : unknown > 0 ? null : yes === 1;
    }
    default:
      return unreachable(quantifier);
  }
}

function binary(e: Binary, value: (e: Expression) => Value): Value {
  const left = value(e.left);
  // The right side is left alone where the left one decides.
  if (e.operator === 'AND') return truth(left) === false ? false : and(truth(left), truth(value(e.right)));
  if (e.operator === 'OR') return truth(left) === true ? true : or(truth(left), truth(value(e.right)));
  const right = value(e.right);
  switch (e.operator) {
    case 'XOR': {
      const [a, b] = [truth(left), truth(right)];
      return a === null || b === null ? null : a !== b;
    }
    case '=':
      return equal(left, right);
    case '<>':
      return not(equal(left, right));
    case '<':
      return compared(left, right, (sign) => sign < 0);
    case '<=':
      return compared(left, right, (sign) => sign <= 0);
    case '>':
      return compared(left, right, (sign) => sign > 0);
    case '>=':
      return compared(left, right, (sign) => sign >= 0);
    case 'IN': {
      const list = listOf(right);
      return list === null ? null : list.map((item) => equal(left, item)).reduce(or, false);
    }
    case 'STARTS WITH':
      return texts(left, right, (a, b) => a.slice(0, b.length) === b);
    case 'ENDS WITH':
      return texts(left, right, (a, b) => b.length <= a.length && a.slice(a.length - b.length) === b);
    case 'CONTAINS':
      return texts(left, right, (a, b) => a.split(b).length > 1 || b === '');
    case '=~':
      return texts(left, right, (a, b) => new RegExp(`^(?:${b})$`, 'u').test(a));
    case '+':
      return add(left, right);
    case '-':
      return subtract(left, right);
    case '*':
      return multiply(left, right);
    case '/':
      return divide(left, right);
    case '%':
      return modulo(left, right);
    case '^':
      return power(left, right);
    default:
      return unreachable(e.operator);
  }
}

function texts(a: Value, b: Value, holds: (a: string, b: string) => boolean): Truth {
  return typeof a === 'string' && typeof b === 'string' ? holds(a, b) : null;
}

function listOf(value: Value): readonly Value[] | null {
  if (value === null) return null;
  if (Array.isArray(value)) return value as readonly Value[];
  throw new Refused('not a LIST');
}

export function property(subject: Value, key: string): Value {
  if (subject === null) return null;
  if (subject instanceof Node || subject instanceof Relationship) return subject.properties.get(key) ?? null;
  if (subject instanceof Map) return (subject.get(key) as Value | undefined) ?? null;
  throw new Refused('has no properties');
}

function subscript(subject: Value, index: Value): Value {
  if (subject === null || index === null) return null;
  if (!Array.isArray(subject)) {
    if (typeof index !== 'string') throw new Refused('a key must be a STRING');
    return property(subject, index);
  }
  if (typeof index !== 'number') throw new Refused('an index must be an INTEGER');
  return (subject.at(index) as Value | undefined) ?? null;
}

function slice(subject: Value, from: Value | undefined, to: Value | undefined): Value {
  const list = listOf(subject);
  if (list === null || from === null || to === null) return null;
  if ((from !== undefined && typeof from !== 'number') || (to !== undefined && typeof to !== 'number')) throw new Refused('not an INTEGER');
  return list.slice(from, to);
}

export function hasLabels(subject: Value, labels: LabelExpression): Truth {
  if (subject === null) return null;
  const names = subject instanceof Node ? subject.labels : subject instanceof Relationship ? [subject.type] : undefined;
  if (names === undefined) throw new Refused('has no labels');
  return matchesLabels(names, labels);
}

function matchesLabels(names: readonly string[], labels: LabelExpression): boolean {
  switch (labels.kind) {
    case 'Label':
      return names.includes(labels.name);
    case 'LabelAny':
      return names.length > 0;
    case 'LabelNot':
      return !matchesLabels(names, labels.operand);
    case 'LabelAnd':
      return matchesLabels(names, labels.left) && matchesLabels(names, labels.right);
    case 'LabelOr':
      return matchesLabels(names, labels.left) || matchesLabels(names, labels.right);
    default:
      return unreachable(labels);
  }
}

/** The functions that random queries use. */
function called({ name }: FunctionCall, given: readonly Value[], { reader }: Scope): Value {
  const [a = null, b = null, c = null] = given;
  const known = name.toLowerCase();
  if (known === 'coalesce') return given.find((one) => one !== null) ?? null;
  if (known === 'range') return rangeOf(given);
  if (a === null) return null;
  switch (known) {
    case 'id':
      if (a instanceof Node || a instanceof Relationship) return a.id;
      break;
    case 'size':
      if (Array.isArray(a)) return a.length;
      if (typeof a === 'string') return [...a].length;
      break;
    case 'length':
      if (a instanceof Path) return a.relationships.length;
      break;
    case 'head':
      return (listOf(a) ?? [])[0] ?? null;
    case 'last':
      return listOf(a)?.at(-1) ?? null;
    case 'tail':
      return (listOf(a) ?? []).slice(1);
    case 'labels':
      if (a instanceof Node) return [...a.labels].sort();
      break;
    case 'type':
      if (a instanceof Relationship) return a.type;
      break;
    case 'keys':
      if (a instanceof Node || a instanceof Relationship) return [...a.properties.keys()].sort();
      break;
    case 'nodes':
      if (a instanceof Path) return [...a.nodes];
      break;
    case 'relationships':
      if (a instanceof Path) return [...a.relationships];
      break;
    case 'startnode':
      if (a instanceof Relationship) return new Node(reader.relationshipStart(a.id), reader);
      break;
    case 'endnode':
      if (a instanceof Relationship) return new Node(reader.relationshipEnd(a.id), reader);
      break;
    case 'abs':
      if (typeof a === 'number') return Math.abs(a);
      if (a instanceof CypherFloat) return new CypherFloat(Math.abs(a.value));
      break;
    case 'toupper':
      if (typeof a === 'string') return a.toUpperCase();
      break;
    case 'reverse':
      if (Array.isArray(a)) return [...(a as Value[])].reverse();
      if (typeof a === 'string') return [...a].reverse().join('');
      break;
    case 'tofloat':
      if (isNumber(a)) return new CypherFloat(a instanceof CypherFloat ? a.value : Number(a));
      break;
    case 'point': {
      const point = pointOf(a);
      if (point !== undefined) return point;
      break;
    }
    case 'point.distance':
      return distanceOf(a, b);
    case 'point.withinbbox':
      return isWithinBox(a, b, c);
    default:
      throw new AssertionError(`the evaluator knows ${name}`);
  }
  throw new Refused(`${name} of something else`);
}

function rangeOf(given: readonly Value[]): Value {
  const [from, to, by = 1] = given;
  if (typeof from !== 'number' || typeof to !== 'number' || typeof by !== 'number' || by === 0) throw new Refused('range');
  const list: number[] = [];
  for (let at = from; by > 0 ? at <= to : at >= to; at += by) list.push(at);
  return list;
}
