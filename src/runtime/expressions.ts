// Expressions to JavaScript. Each compiles to an expression of JavaScript that gives a value; a condition compiles to one
// that gives true only where Cypher's is true. Where the types are known, no value is boxed on the way.
//
// Loops (`loops.ts`) are emitted as statements before the expression that uses their result; what stands behind AND, OR or
// CASE and has such statements is put into an `if`, so that it is still run only where it counts.
//
// Names in the source: g the graph, w the writer, p the parameters, h the library, c the constants, f the functions' context,
// m the memory account, rt the run.

import { unreachable } from '../base/assert.js';
import { failure } from '../errors/catalogue.js';
import { TAG_FLOAT, TAG_INTEGER, TAG_NULL, TAG_OTHER, TAG_STRING } from '../graph/reader.js';
import type { Binary, Case, Expression, FunctionCall, LabelExpression, MapProjection, Property } from '../language/ast.js';
import { some } from '../semantics/tree.js';
import { CypherFloat } from '../values/value.js';
import type { Emitter } from './emitter.js';
import { boxed, type Environment, type Over, type Slot, slotOf } from './environment.js';
import { scalarFunction } from './functions/registry.js';
import { type GatheredColumn, inPlace, type PropertyCode, type SmallInteger } from './gathered.js';
import { emitComprehension, emitQuantifier, emitReduce, type LoopCompiler } from './loops.js';
import { EXPRESSION_UNITS, runsOf, unitsIn, unitsOf } from './size.js';

const BINARY: Readonly<Record<string, string>> = {
  '=': 'equals',
  '<>': 'notEquals',
  '<': 'lessThan',
  '<=': 'lessOrEqual',
  '>': 'greaterThan',
  '>=': 'greaterOrEqual',
  'STARTS WITH': 'startsWith',
  'ENDS WITH': 'endsWith',
  CONTAINS: 'contains',
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

  /** JavaScript of the value. What was made on the way to it is let go of. */
  value(e: Expression, environment: Environment): string {
    return works(e) ? this.#settled(() => this.#value(e, environment)) : this.#value(e, environment);
  }

  /** A local with the value, which counts as memory for as long as the local has it. */
  local(e: Expression, environment: Environment): string {
    const code = this.value(e, environment);
    const local = this.#emitter.name('v');
    this.#emitter.line(`const ${local} = ${code};`);
    this.hold(e, local);
    return local;
  }

  /** The local holds the value of `e` until it has another: the account has one place for it, whatever way its loop is left. */
  hold(e: Expression, local: string): void {
    if (!makes(e)) return;
    const held = this.#emitter.variable('b', '0');
    this.#emitter.line(`${held} = m.held(${held}, ${local});`);
  }

  #settled(write: () => string): string {
    const [before, local] = [this.#emitter.name('b'), this.#emitter.name('v')];
    this.#emitter.line(`const ${before} = m.used;`);
    this.#emitter.line(`const ${local} = ${write()};`);
    this.#emitter.line(`m.used = ${before};`);
    this.#emitter.dueWork();
    return local;
  }

  /** One that is large is a function of its own. */
  #value(e: Expression, environment: Environment): string {
    if (unitsOf(e) < EXPRESSION_UNITS) return this.#inPlace(e, environment);
    return this.#emitter.routine(() => this.#inPlace(e, environment));
  }

  /** The values of many, to stand in a list. */
  #values(all: readonly Expression[], environment: Environment, shown = (value: string, _index: number) => value): string {
    const runs = runsOf([...all.keys()], (index) => unitsIn(all[index] as Expression));
    const values = (run: readonly number[]) => run.map((index) => shown(this.#value(all[index] as Expression, environment), index)).join(', ');
    if (runs.length < 2) return values(runs[0] ?? []);
    return `...[].concat(${runs.map((run) => this.#emitter.routine(() => `[${values(run)}]`)).join(', ')})`;
  }

  #inPlace(e: Expression, environment: Environment): string {
    const down = (child: Expression) => this.#value(child, environment);
    const optional = (child: Expression | undefined) => (child === undefined ? 'undefined' : down(child));
    switch (e.kind) {
      case 'Literal':
        return this.#literal(e.value, e.float);
      case 'Parameter':
        return this.#parameter(e.name);
      case 'Variable':
        return boxed(slotOf(environment, e.name));
      case 'List':
        return `[${this.#values(e.items, environment)}]`;
      case 'Map':
        return `new Map([${this.#values(
          e.entries.map(({ value }) => value),
          environment,
          (value, index) => `[${this.#emitter.constant(e.entries[index]?.key)}, ${value}]`,
        )}])`;
      case 'Property':
        return this.#property(e, environment);
      case 'Subscript':
        return `h.subscript(g, ${down(e.subject)}, ${down(e.index)})`;
      case 'Slice':
        return `m.made(h.slice(${down(e.subject)}, ${optional(e.from)}, ${optional(e.to)}))`;
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
        return emitComprehension(this.#emitter, this.#within, e, environment);
      case 'Quantifier':
        return emitQuantifier(this.#emitter, this.#within, e, environment);
      case 'Reduce':
        return emitReduce(this.#emitter, this.#within, e, environment);
      case 'MapProjection':
        return this.#mapProjection(e, environment);
      case 'CountStar':
      case 'ComparisonChain':
      case 'PatternExpression':
      case 'PatternComprehension':
      case 'ExistsSubquery':
      case 'CountSubquery':
      case 'QuerySubquery':
      case 'ShortestPath':
        throw failure('semanticError', 'A pattern or subquery cannot stand in this place; put it into a WITH before.', { position: e.at });
      default:
        return unreachable(e);
    }
  }

  /** JavaScript that is truthy exactly where the condition is true. */
  condition(e: Expression, environment: Environment): string {
    return works(e) ? this.#settled(() => this.#condition(e, environment)) : this.#condition(e, environment);
  }

  #condition(e: Expression, environment: Environment): string {
    if (unitsOf(e) < EXPRESSION_UNITS) return this.#conditionInPlace(e, environment);
    return this.#emitter.routine(() => this.#conditionInPlace(e, environment));
  }

  #conditionInPlace(e: Expression, environment: Environment): string {
    if (e.kind === 'Binary') {
      if (e.operator === 'AND' || e.operator === 'OR') return this.#conditions(e, e.operator, environment);
      const typed = this.#typedComparison(e, environment);
      if (typed !== undefined) return typed;
    }
    return `(${this.#ternaryOf(e, this.#inPlace(e, environment))} === true)`;
  }

  #conditions(e: Binary, operator: 'AND' | 'OR', environment: Environment): string {
    const left = this.#condition(e.left, environment);
    if (!hasStatements(e.right)) return `(${left} ${operator === 'AND' ? '&&' : '||'} ${this.#condition(e.right, environment)})`;
    const tested = this.#emitter.name('t');
    this.#emitter.line(`let ${tested} = ${left};`);
    this.#emitter.line(`if (${operator === 'AND' ? '' : '!'}${tested}) {`);
    this.#emitter.line(`${tested} = ${this.#condition(e.right, environment)};`);
    this.#emitter.line('}');
    return tested;
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
      if (slot.kind !== 'value') return guarded(slot, this.#reading(slot, e.key).value());
    }
    return `${this.#anyProperty(e.key)}.of(${this.#value(e.subject, environment)})`;
  }

  /** Reads a key of whatever has properties, entities by their columns. */
  #anyProperty(key: string): string {
    return this.#emitter.hoist(`property ${key}`, 'k', () => `new h.AnyProperty(g, ${this.#emitter.constant(key)})`);
  }

  #reading(slot: Slot, key: string): PropertyCode {
    const column = this.#column(slot.kind as 'node' | 'relationship', key);
    return this.#emitter.gathered(slot.local)?.of(column) ?? inPlace(column, slot.local);
  }

  /** Of a property that was read ahead: whether it is an integer of 32 bits. */
  smallInteger(e: Expression, environment: Environment): SmallInteger | undefined {
    return this.column(e, environment)?.smallInteger();
  }

  /** Of a property that was read ahead. */
  column(e: Expression, environment: Environment): GatheredColumn | undefined {
    if (e.kind !== 'Property' || e.subject.kind !== 'Variable') return undefined;
    const slot = slotOf(environment, e.subject.name);
    if (slot.kind === 'value' || slot.nullable) return undefined;
    return this.#emitter.gathered(slot.local)?.of(this.#column(slot.kind, e.key));
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
    const read = this.#reading(slot, left.key);
    const constant = this.#value(right, environment);
    const key = right.kind === 'Parameter' ? `parameter ${right.name}` : constant;
    const number = emitter.hoist(`number ${key}`, 'n', () => `h.numberOrNaN(${constant})`);
    const tag = emitter.name('t');
    emitter.line(`let ${tag};`);
    const id = slot.local;
    const slow = `h.${BINARY[operator]}(${read.value()}, ${constant}) === true`;
    const numeric = `(${number} === ${number} ? ${read.number()} ${NUMERIC[operator]} ${number} : ${slow})`;
    let test = `(${tag} = ${read.tag()}) === ${TAG_INTEGER} || ${tag} === ${TAG_FLOAT} ? ${numeric}`;
    if (operator === '=') {
      const text = emitter.hoist(`string ${key}`, 's', () => `h.stringIdOf(g, ${constant})`);
      test += ` : ${tag} === ${TAG_STRING} ? ${read.number()} === ${text}`;
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
    const { operator } = e;
    if (operator === 'AND' || operator === 'OR') return this.#logic(e, operator, environment);
    if (operator === 'XOR') return `h.xor(${this.#ternary(e.left, environment)}, ${this.#ternary(e.right, environment)})`;
    if (operator === 'IN') return this.#in(e, environment);
    const sides = `${this.#value(e.left, environment)}, ${this.#value(e.right, environment)}`;
    if (operator === '+') return `h.plus(m, ${sides})`;
    return operator === '=~' ? `h.matches(m, ${sides})` : `h.${BINARY[operator]}(${sides})`;
  }

  /** A long list is looked through in slices, and a range() not made. */
  #in({ left, right }: Binary, environment: Environment): string {
    const emitter = this.#emitter;
    const item = this.#value(left, environment);
    if (right.kind === 'Function' && right.name.toLowerCase() === 'range') {
      return `h.isInRange(${item}, h.rangeOf(${right.arguments.map((argument) => this.#value(argument, environment)).join(', ')}))`;
    }
    const list = this.#value(right, environment);
    if (right.kind === 'List') return `h.isIn(${item}, ${list})`;
    const [a, b, members] = [emitter.name('x'), emitter.name('x'), emitter.variable('k', 'null')];
    emitter.line(`let ${a}, ${b};`);
    const search = `h.isShort(${b}) ? h.isIn(${a}, ${b}) : ${emitter.sliced('isIn', `${a}, ${b}`)}`;
    const known = `${members} = h.membersOf(${members}, ${b}, m), ${members}.wantsSet && ${emitter.sliced('makeMembers', members)}`;
    const found = `(${known}, ${members}.answersFor(${a}) ? h.isMember(${a}, ${members}) : ${search})`;
    return `(${a} = ${item}, ${b} = ${list}, h.isFew(${b}) ? h.isIn(${a}, ${b}) : ${found})`;
  }

  /** The right side is left alone where the left one decides: `x <> 0 AND 1 / x > 2` raises nothing. */
  #logic(e: Binary, operator: 'AND' | 'OR', environment: Environment): string {
    const emitter = this.#emitter;
    const [logic, decided] = operator === 'AND' ? ['and', 'false'] : ['or', 'true'];
    const left = this.#ternary(e.left, environment);
    const tested = emitter.name('t');
    if (!hasStatements(e.right)) {
      emitter.line(`let ${tested};`);
      return `((${tested} = ${left}) === ${decided} ? ${decided} : h.${logic}(${tested}, ${this.#ternary(e.right, environment)}))`;
    }
    emitter.line(`let ${tested} = ${left};`);
    emitter.line(`if (${tested} !== ${decided}) {`);
    emitter.line(`${tested} = h.${logic}(${tested}, ${this.#ternary(e.right, environment)});`);
    emitter.line('}');
    return tested;
  }

  /** The value of a condition: true, false or null. */
  #ternary(e: Expression, environment: Environment): string {
    return this.#ternaryOf(e, this.#value(e, environment));
  }

  #ternaryOf(e: Expression, value: string): string {
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
    const present = this.#presentProperty(operand, environment) ?? `(${this.#value(operand, environment)} !== null)`;
    return negated ? present : `!${present}`;
  }

  /** JavaScript that is true exactly where the value is not null. */
  present(e: Expression, environment: Environment): string {
    return this.#presentProperty(e, environment) ?? `(${this.value(e, environment)} !== null)`;
  }

  /** By the column's tag alone. */
  #presentProperty(e: Expression, environment: Environment): string | undefined {
    if (this.#writes || e.kind !== 'Property' || e.subject.kind !== 'Variable') return undefined;
    const slot = slotOf(environment, e.subject.name);
    if (slot.kind === 'value') return undefined;
    const test = `${this.#reading(slot, e.key).tag()} !== ${TAG_NULL}`;
    return slot.nullable ? `(${slot.local} >= 0 && ${test})` : `(${test})`;
  }

  #hasLabels(subject: Expression, labels: LabelExpression, environment: Environment): string {
    if (subject.kind === 'Variable') {
      const slot = slotOf(environment, subject.name);
      if (slot.kind === 'node') return guarded(slot, this.#labelTest(labels, slot.local, slot.over));
      if (slot.kind === 'relationship') return guarded(slot, this.#typeTest(labels, slot.local));
    }
    const id = this.#emitter.name('m');
    return `h.hasLabels(${this.#value(subject, environment)}, (${id}) => ${this.#labelTest(labels, id)}, (${id}) => ${this.#typeTest(labels, id)})`;
  }

  /** `over`: where every relationship of a kind ends at nodes of the label, as the counts say, none of them needs to be looked at. */
  #labelTest(labels: LabelExpression, node: string, over?: Over): string {
    switch (labels.kind) {
      case 'Label': {
        const name = this.#emitter.constant(labels.name);
        if (this.#writes) return `g.hasLabel(${node}, g.labelId(${name}))`;
        const label = this.#emitter.hoist(`label ${labels.name}`, 'l', () => `g.labelId(${name})`);
        const test = `g.hasLabel(${node}, ${label})`;
        return over === undefined ? test : `(${this.#everyEndHas(labels.name, label, over)} || ${test})`;
      }
      case 'LabelAnd':
        return `(${this.#labelTest(labels.left, node, over)} && ${this.#labelTest(labels.right, node, over)})`;
      case 'LabelOr':
        return `(${this.#labelTest(labels.left, node, over)} || ${this.#labelTest(labels.right, node, over)})`;
      case 'LabelNot':
        return `!${this.#labelTest(labels.operand, node, over)}`;
      case 'LabelAny':
        return `(g.nodeLabels(${node}).length > 0)`;
      default:
        return unreachable(labels);
    }
  }

  #everyEndHas(name: string, label: string, { ends, types }: Over): string {
    const emitter = this.#emitter;
    return emitter.hoist(`every end ${JSON.stringify([name, ends, types])}`, 'e', () => {
      const ids = `h.typeIds(g, ${emitter.constant(types)})`;
      return `h.everyEndHas(g, ${label}, ${emitter.constant(ends)}, ${ids})`;
    });
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
    if (found.sliced !== undefined) {
      const long = [this.#emitter.constant(found), 'f', ...e.arguments.map((argument) => this.#value(argument, environment))].join(', ');
      return `m.made(${this.#emitter.sliced('longCall', long)})`;
    }
    const call = this.#emitter.constant(found.call);
    const given = e.arguments.length === 0 ? [] : [this.#values(e.arguments, environment)];
    if (e.name.toLowerCase() === 'range') return this.#emitter.sliced('range', `m, ${given.join(', ')}`);
    if (found.takesNull || given.length === 0) return `${call}(${['f', ...given].join(', ')})`;
    const made = `h.call(${[call, 'f', ...given].join(', ')})`;
    return found.shares ? made : `m.made(${made})`;
  }

  #case(e: Case, environment: Environment): string {
    const emitter = this.#emitter;
    let subject: string | undefined;
    if (e.subject !== undefined) {
      subject = emitter.name('x');
      emitter.line(`const ${subject} = ${this.#value(e.subject, environment)};`);
    }
    const test = (when: Expression) => (subject === undefined ? this.#condition(when, environment) : `h.isSame(${subject}, ${this.#value(when, environment)})`);
    const parts = [...e.alternatives.flatMap(({ when, then }) => [when, then]), ...(e.otherwise === undefined ? [] : [e.otherwise])];
    if (parts.some(hasStatements)) return this.#statementCase(e, test, environment);
    const runs = runsOf(e.alternatives, ({ when, then }) => unitsIn(when) + unitsIn(then));
    const from = (index: number): string => {
      const run = runs[index] ?? [];
      const tests = run.map(({ when, then }) => `${test(when)} ? ${this.#value(then, environment)} : `).join('');
      if (index + 1 < runs.length) return `(${tests}${emitter.routine(() => from(index + 1))})`;
      return `(${tests}${e.otherwise === undefined ? 'null' : this.#value(e.otherwise, environment)})`;
    };
    return from(0);
  }

  #statementCase(e: Case, test: (when: Expression) => string, environment: Environment): string {
    const emitter = this.#emitter;
    const runs = runsOf(e.alternatives, ({ when, then }) => unitsIn(when) + unitsIn(then));
    const from = (index: number): string => {
      const [result, block] = [emitter.name('v'), emitter.name('z')];
      emitter.line(`let ${result} = null;`);
      emitter.line(`${block}: {`);
      for (const { when, then } of runs[index] ?? []) {
        emitter.line(`if (${test(when)}) {`);
        emitter.line(`${result} = ${this.#value(then, environment)}; break ${block};`);
        emitter.line('}');
      }
      if (index + 1 < runs.length) emitter.line(`${result} = ${emitter.routine(() => from(index + 1))};`);
      else if (e.otherwise !== undefined) emitter.line(`${result} = ${this.#value(e.otherwise, environment)};`);
      emitter.line('}');
      return result;
    };
    return from(0);
  }

  // ------------------------------------------------------------ maps

  #mapProjection(e: MapProjection, environment: Environment): string {
    const subject = this.#emitter.name('x');
    this.#emitter.line(`const ${subject} = ${this.#value(e.subject, environment)};`);
    const parts = e.items.map((item) => {
      switch (item.kind) {
        case 'all':
          return `...h.mapOf(g, ${subject})`;
        case 'key':
          return `[${this.#emitter.constant(item.key)}, ${this.#anyProperty(item.key)}.of(${subject})]`;
        case 'entry':
          return `[${this.#emitter.constant(item.key)}, ${this.#value(item.value, environment)}]`;
        case 'variable':
          return `[${this.#emitter.constant(item.variable.name)}, ${this.#value(item.variable, environment)}]`;
        default:
          return unreachable(item);
      }
    });
    return `(${subject} === null ? null : new Map([${parts.join(', ')}]))`;
  }

  /** How loops compile what they hold: memory is settled once for the whole expression. */
  readonly #within: LoopCompiler = {
    value: (e, environment) => this.#value(e, environment),
    condition: (e, environment) => this.#condition(e, environment),
    ternary: (e, environment) => this.#ternary(e, environment),
  };
}

/** Compiles to statements before the expression. */
function hasStatements(e: Expression): boolean {
  return some(e, (part) => {
    if (part.kind === 'Case') return part.subject !== undefined;
    return part.kind === 'ListComprehension' || part.kind === 'Quantifier' || part.kind === 'Reduce' || part.kind === 'MapProjection';
  });
}

/** Whether one evaluation may be more than a step of work. */
function works(e: Expression): boolean {
  return makes(e) || some(e, (part) => part.kind === 'Binary' && part.operator === '=~');
}

/** Whether it may make strings, lists or maps that are larger than what it was given. */
function makes(e: Expression): boolean {
  return some(e, (part) => {
    switch (part.kind) {
      case 'ListComprehension':
      case 'Quantifier':
      case 'Reduce':
      case 'Slice':
      case 'MapProjection':
        return true;
      case 'Binary':
        return part.operator === '+';
      case 'List':
        return part.items.some(({ kind }) => kind !== 'Literal');
      case 'Map':
        return part.entries.some(({ value }) => value.kind !== 'Literal');
      case 'Function':
        return scalarFunction(part.name)?.shares === false;
      default:
        return false;
    }
  });
}

function guarded(slot: Slot, code: string): string {
  return slot.nullable ? `(${slot.local} < 0 ? null : ${code})` : code;
}
