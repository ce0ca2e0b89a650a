// Expressions to JavaScript. Each compiles to an expression of JavaScript that gives a value; a condition compiles to one
// that gives true only where Cypher's is true. Where the types are known, no value is boxed on the way.
//
// Names in the source: g the graph, w the writer, p the parameters, h the library, c the constants, f the functions' context.

import { unreachable } from '../base/assert.js';
import { failure } from '../errors/catalogue.js';
import { TAG_FLOAT, TAG_INTEGER, TAG_OTHER, TAG_STRING } from '../graph/reader.js';
import type { Binary, Expression, FunctionCall, LabelExpression, MapProjection, Property } from '../language/ast.js';
import { CypherFloat } from '../values/value.js';
import type { Emitter } from './emitter.js';
import { bound, boxed, type Environment, type Slot, slotOf } from './environment.js';
import { scalarFunction } from './functions/registry.js';

const BINARY: Readonly<Record<string, string>> = {
  '=': 'equals',
  '<>': 'notEquals',
  '<': 'lessThan',
  '<=': 'lessOrEqual',
  '>': 'greaterThan',
  '>=': 'greaterOrEqual',
  '=~': 'matches',
  IN: 'isIn',
  'STARTS WITH': 'startsWith',
  'ENDS WITH': 'endsWith',
  CONTAINS: 'contains',
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
  '^': 'power',
};

/** JavaScript's operator for a comparison of numbers. */
const NUMERIC: Readonly<Record<string, string>> = { '=': '===', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };
const MIRRORED: Readonly<Record<string, string>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** Always true or false or null. */
const TERNARY = new Set(['=', '<>', '<', '<=', '>', '>=', '=~', 'IN', 'STARTS WITH', 'ENDS WITH', 'CONTAINS', 'AND', 'OR', 'XOR']);

export class ExpressionCompiler {
  readonly #emitter: Emitter;
  /** The query writes: columns and tokens may change while it runs. */
  readonly #writes: boolean;

  constructor(emitter: Emitter, writes: boolean) {
    this.#emitter = emitter;
    this.#writes = writes;
  }

  /** JavaScript of the value. */
  value(e: Expression, environment: Environment): string {
    const down = (child: Expression) => this.value(child, environment);
    const optional = (child: Expression | undefined) => (child === undefined ? 'undefined' : down(child));
    switch (e.kind) {
      case 'Literal':
        return this.#literal(e.value, e.float);
      case 'Parameter':
        return this.#parameter(e.name);
      case 'Variable':
        return boxed(slotOf(environment, e.name));
      case 'List':
        return `[${e.items.map(down).join(', ')}]`;
      case 'Map':
        return `new Map([${e.entries.map(({ key, value }) => `[${this.#emitter.constant(key)}, ${down(value)}]`).join(', ')}])`;
      case 'Property':
        return this.#property(e, environment);
      case 'Subscript':
        return `h.subscript(${down(e.subject)}, ${down(e.index)})`;
      case 'Slice':
        return `h.slice(${down(e.subject)}, ${optional(e.from)}, ${optional(e.to)})`;
      case 'Unary':
        if (e.operator === 'NOT') return `h.not(${this.#ternary(e.operand, environment)})`;
        return e.operator === '-' ? `h.negate(${down(e.operand)})` : `h.add(0, ${down(e.operand)})`;
      case 'Binary':
        return this.#binary(e, environment);
      case 'IsNull':
        return this.#isNull(e.operand, e.negated, environment);
      case 'HasLabels':
        return this.#hasLabels(e.subject, e.labels, environment);
      case 'Function':
        return this.#call(e, environment);
      case 'Case':
        return this.#case(e, environment);
      case 'ListComprehension':
        return this.#comprehension(e, environment);
      case 'Quantifier':
        return this.#quantifier(e, environment);
      case 'Reduce':
        return this.#reduce(e, environment);
      case 'MapProjection':
        return this.#mapProjection(e, environment);
      case 'CountStar':
      case 'ComparisonChain':
      case 'PatternExpression':
      case 'PatternComprehension':
      case 'ExistsSubquery':
      case 'CountSubquery':
        throw failure('semanticError', 'A pattern or subquery cannot stand in this place; put it into a WITH before.', { position: e.at });
      default:
        return unreachable(e);
    }
  }

  /** JavaScript that is truthy exactly where the condition is true. */
  condition(e: Expression, environment: Environment): string {
    if (e.kind === 'Binary') {
      if (e.operator === 'AND') return `(${this.condition(e.left, environment)} && ${this.condition(e.right, environment)})`;
      if (e.operator === 'OR') return `(${this.condition(e.left, environment)} || ${this.condition(e.right, environment)})`;
      const typed = this.#typedComparison(e, environment);
      if (typed !== undefined) return typed;
    }
    return `(${this.#ternary(e, environment)} === true)`;
  }

  /** The id in a node's or relationship's place; −1 for null. */
  id(e: Expression, kind: 'node' | 'relationship', environment: Environment): string {
    if (e.kind === 'Variable') {
      const slot = slotOf(environment, e.name);
      if (slot.kind === kind) return slot.local;
    }
    return `h.${kind}Id(${this.value(e, environment)})`;
  }

  /** A slot as an id. */
  idOf(slot: Slot, kind: 'node' | 'relationship'): string {
    return slot.kind === kind ? slot.local : `h.${kind}Id(${slot.local})`;
  }

  // ------------------------------------------------------------ leaves

  #literal(value: null | boolean | number | bigint | string, float: boolean): string {
    if (value === null || typeof value === 'boolean') return String(value);
    // A literal of the text is a constant, so that texts that differ in it alone have the same source.
    return this.#emitter.constant(float ? new CypherFloat(value as number) : value);
  }

  #parameter(name: string): string {
    return this.#emitter.hoist(`parameter ${name}`, 'p', () => `p.get(${this.#emitter.constant(name)})`);
  }

  // ------------------------------------------------------------ properties

  #property(e: Property, environment: Environment): string {
    if (e.subject.kind === 'Variable') {
      const slot = slotOf(environment, e.subject.name);
      if (slot.kind !== 'value') return guarded(slot, `${this.#column(slot.kind, e.key)}.value(${slot.local})`);
    }
    return `${this.#anyProperty(e.key)}.of(${this.value(e.subject, environment)})`;
  }

  /** Reads a key of whatever has properties, entities by their columns. */
  #anyProperty(key: string): string {
    return this.#emitter.hoist(`property ${key}`, 'k', () => `new h.AnyProperty(g, ${this.#emitter.constant(key)})`);
  }

  #column(kind: 'node' | 'relationship', key: string): string {
    const emitter = this.#emitter;
    return emitter.hoist(`${kind} column ${key}`, 'k', () =>
      this.#writes ? `new h.LiveProperty(g, ${emitter.constant(key)}, ${kind === 'node'})` : `g.${kind}Column(g.keyId(${emitter.constant(key)}))`,
    );
  }

  /** `n.age > 50` without boxing: by the column's tag. */
  #typedComparison(e: Binary, environment: Environment): string | undefined {
    if (this.#writes || NUMERIC[e.operator] === undefined) return undefined;
    return (
      this.#propertyAgainst(e.left, e.right, e.operator, environment) ??
      this.#propertyAgainst(e.right, e.left, MIRRORED[e.operator] as string, environment) ??
      this.#sameEntity(e, environment)
    );
  }

  #propertyAgainst(left: Expression, right: Expression, operator: string, environment: Environment): string | undefined {
    if (left.kind !== 'Property' || left.subject.kind !== 'Variable' || (right.kind !== 'Literal' && right.kind !== 'Parameter')) return undefined;
    const slot = slotOf(environment, left.subject.name);
    if (slot.kind === 'value') return undefined;
    const emitter = this.#emitter;
    const column = this.#column(slot.kind, left.key);
    const constant = this.value(right, environment);
    const key = right.kind === 'Parameter' ? `parameter ${right.name}` : constant;
    const number = emitter.hoist(`number ${key}`, 'n', () => `h.numberOrNaN(${constant})`);
    const tag = emitter.name('t');
    emitter.line(`let ${tag};`);
    const id = slot.local;
    const slow = `h.${BINARY[operator]}(${column}.value(${id}), ${constant}) === true`;
    const numeric = `(${number} === ${number} ? ${column}.number(${id}) ${NUMERIC[operator]} ${number} : ${slow})`;
    let test = `(${tag} = ${column}.tag(${id})) === ${TAG_INTEGER} || ${tag} === ${TAG_FLOAT} ? ${numeric}`;
    if (operator === '=') {
      const text = emitter.hoist(`string ${key}`, 's', () => `h.stringIdOf(g, ${constant})`);
      test += ` : ${tag} === ${TAG_STRING} ? ${column}.number(${id}) === ${text}`;
      test += ` : ${tag} === ${TAG_OTHER} || ${tag} > 0 ? ${slow} : false`;
    } else test += ` : ${tag} > 0 ? ${slow} : false`;
    return slot.nullable ? `(${id} >= 0 && (${test}))` : `(${test})`;
  }

  /** `a = b` of two nodes, or of two relationships. */
  #sameEntity(e: Binary, environment: Environment): string | undefined {
    if (e.operator !== '=' || e.left.kind !== 'Variable' || e.right.kind !== 'Variable') return undefined;
    const left = slotOf(environment, e.left.name);
    const right = slotOf(environment, e.right.name);
    if (left.kind === 'value' || left.kind !== right.kind) return undefined;
    return `(${left.local} >= 0 && ${left.local} === ${right.local})`;
  }

  // ------------------------------------------------------------ operators

  #binary(e: Binary, environment: Environment): string {
    const logic = e.operator === 'AND' ? 'and' : e.operator === 'OR' ? 'or' : e.operator === 'XOR' ? 'xor' : undefined;
    if (logic !== undefined) return this.#logic(logic, this.#ternary(e.left, environment), this.#ternary(e.right, environment));
    return `h.${BINARY[e.operator]}(${this.value(e.left, environment)}, ${this.value(e.right, environment)})`;
  }

  /** The right side is left alone where the left one decides: `x <> 0 AND 1 / x > 2` raises nothing. */
  #logic(logic: 'and' | 'or' | 'xor', left: string, right: string): string {
    if (logic === 'xor') return `h.xor(${left}, ${right})`;
    const tested = this.#emitter.name('t');
    this.#emitter.line(`let ${tested};`);
    const decided = logic === 'and' ? 'false' : 'true';
    return `((${tested} = ${left}) === ${decided} ? ${decided} : h.${logic}(${tested}, ${right}))`;
  }

  /** The value of a condition: true, false or null. */
  #ternary(e: Expression, environment: Environment): string {
    const value = this.value(e, environment);
    const known =
      (e.kind === 'Binary' && TERNARY.has(e.operator)) ||
      (e.kind === 'Unary' && e.operator === 'NOT') ||
      e.kind === 'IsNull' ||
      e.kind === 'HasLabels' ||
      e.kind === 'Quantifier';
    return known ? value : `h.condition(${value})`;
  }

  #isNull(operand: Expression, negated: boolean, environment: Environment): string {
    if (operand.kind === 'Variable') {
      const slot = slotOf(environment, operand.name);
      if (slot.kind !== 'value') return `(${slot.local} ${negated ? '>=' : '<'} 0)`;
    }
    return `(${this.value(operand, environment)} ${negated ? '!==' : '==='} null)`;
  }

  #hasLabels(subject: Expression, labels: LabelExpression, environment: Environment): string {
    if (subject.kind === 'Variable') {
      const slot = slotOf(environment, subject.name);
      if (slot.kind === 'node') return guarded(slot, this.#labelTest(labels, slot.local));
      if (slot.kind === 'relationship') return guarded(slot, this.#typeTest(labels, slot.local));
    }
    const id = this.#emitter.name('m');
    return `h.hasLabels(${this.value(subject, environment)}, (${id}) => ${this.#labelTest(labels, id)}, (${id}) => ${this.#typeTest(labels, id)})`;
  }

  #labelTest(labels: LabelExpression, node: string): string {
    switch (labels.kind) {
      case 'Label': {
        const name = this.#emitter.constant(labels.name);
        if (this.#writes) return `g.hasLabel(${node}, g.labelId(${name}))`;
        const label = this.#emitter.hoist(`label ${labels.name}`, 'l', () => `g.labelId(${name})`);
        return `g.hasLabel(${node}, ${label})`;
      }
      case 'LabelAnd':
        return `(${this.#labelTest(labels.left, node)} && ${this.#labelTest(labels.right, node)})`;
      case 'LabelOr':
        return `(${this.#labelTest(labels.left, node)} || ${this.#labelTest(labels.right, node)})`;
      case 'LabelNot':
        return `!${this.#labelTest(labels.operand, node)}`;
      case 'LabelAny':
        return `(g.nodeLabels(${node}).length > 0)`;
      default:
        return unreachable(labels);
    }
  }

  #typeTest(labels: LabelExpression, relationship: string): string {
    switch (labels.kind) {
      case 'Label':
        return `(g.relationshipType(${relationship}) === ${this.#emitter.constant(labels.name)})`;
      case 'LabelAnd':
        return `(${this.#typeTest(labels.left, relationship)} && ${this.#typeTest(labels.right, relationship)})`;
      case 'LabelOr':
        return `(${this.#typeTest(labels.left, relationship)} || ${this.#typeTest(labels.right, relationship)})`;
      case 'LabelNot':
        return `!${this.#typeTest(labels.operand, relationship)}`;
      case 'LabelAny':
        return 'true';
      default:
        return unreachable(labels);
    }
  }

  #call(e: FunctionCall, environment: Environment): string {
    const [only] = e.arguments;
    if (only?.kind === 'Variable' && e.arguments.length === 1) {
      const slot = slotOf(environment, only.name);
      if (slot.kind !== 'value' && e.name.toLowerCase() === 'id') return guarded(slot, slot.local);
    }
    const found = scalarFunction(e.name);
    if (found === undefined) throw failure('syntaxError', `Unknown function '${e.name}'`, { position: e.at });
    const call = this.#emitter.constant(found.call);
    const given = e.arguments.map((argument) => this.value(argument, environment));
    if (found.takesNull || given.length === 0) return `${call}(${['f', ...given].join(', ')})`;
    return `h.call(${[call, 'f', ...given].join(', ')})`;
  }

  #case(e: Expression & { kind: 'Case' }, environment: Environment): string {
    const otherwise = e.otherwise === undefined ? 'null' : this.value(e.otherwise, environment);
    if (e.subject === undefined) {
      return `(${e.alternatives.map(({ when, then }) => `${this.condition(when, environment)} ? ${this.value(then, environment)} : `).join('')}${otherwise})`;
    }
    const subject = this.#emitter.name('x');
    const tests = e.alternatives.map(({ when, then }) => `h.isSame(${subject}, ${this.value(when, environment)}) ? ${this.value(then, environment)} : `);
    return `((${subject}) => ${tests.join('')}${otherwise})(${this.value(e.subject, environment)})`;
  }

  // ------------------------------------------------------------ lists

  /** A local for an item of a list, and the environment with it. */
  #item(variable: string, environment: Environment): readonly [string, Environment] {
    const local = this.#emitter.name('x');
    return [local, bound(environment, [[variable, { local, kind: 'value', nullable: true }]])];
  }

  #comprehension(e: Expression & { kind: 'ListComprehension' }, environment: Environment): string {
    const [item, inner] = this.#item(e.variable.name, environment);
    let code = 'q';
    if (e.where !== undefined) code += `.filter((${item}) => ${this.condition(e.where, inner)})`;
    if (e.projection !== undefined) code += `.map((${item}) => ${this.value(e.projection, inner)})`;
    return `((q) => q === null ? null : ${code})(h.list(${this.value(e.list, environment)}))`;
  }

  #quantifier(e: Expression & { kind: 'Quantifier' }, environment: Environment): string {
    const [item, inner] = this.#item(e.variable.name, environment);
    return `h.${e.quantifier}(h.list(${this.value(e.list, environment)}), (${item}) => ${this.#ternary(e.where, inner)})`;
  }

  #reduce(e: Expression & { kind: 'Reduce' }, environment: Environment): string {
    const [accumulator, withAccumulator] = this.#item(e.accumulator.name, environment);
    const [item, inner] = this.#item(e.variable.name, withAccumulator);
    const step = `(${accumulator}, ${item}) => ${this.value(e.expression, inner)}`;
    return `((q) => q === null ? null : q.reduce(${step}, ${this.value(e.initial, environment)}))(h.list(${this.value(e.list, environment)}))`;
  }

  #mapProjection(e: MapProjection, environment: Environment): string {
    const subject = this.#emitter.name('x');
    const parts = e.items.map((item) => {
      switch (item.kind) {
        case 'all':
          return `...h.mapOf(${subject})`;
        case 'key':
          return `[${this.#emitter.constant(item.key)}, ${this.#anyProperty(item.key)}.of(${subject})]`;
        case 'entry':
          return `[${this.#emitter.constant(item.key)}, ${this.value(item.value, environment)}]`;
        case 'variable':
          return `[${this.#emitter.constant(item.variable.name)}, ${this.value(item.variable, environment)}]`;
        default:
          return unreachable(item);
      }
    });
    return `((${subject}) => ${subject} === null ? null : new Map([${parts.join(', ')}]))(${this.value(e.subject, environment)})`;
  }
}

function guarded(slot: Slot, code: string): string {
  return slot.nullable ? `(${slot.local} < 0 ? null : ${code})` : code;
}
