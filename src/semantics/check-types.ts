// Types that cannot be: `1 AND true`, `'a' - 1`, `size(5)`, `WHERE n`. Reads a query in canonical form, where every variable has
// one name, and changes nothing. What is not known is let through: it is checked when the statement runs.

import { unreachable } from '../base/assert.js';
import type { Clause, Expression, FunctionCall, PatternPart, Projection, Query, RemoveItem, SetItem } from '../language/ast.js';
import { functionType } from './function-types.js';
import type { Names } from './scope.js';
import { type Expected, expectedNames, fits, isNumber, itemOf, joined, type Type, typeName } from './types.js';

/** Raises SyntaxError where an expression can only have a type that its place does not take. */
export function checkTypes(query: Query, names: Names): void {
  new CheckingTypes(names).query(query);
}

const propertied: readonly Expected[] = ['Map', 'Node', 'Relationship'];
const entity: readonly Expected[] = ['Node', 'Relationship'];

class CheckingTypes {
  readonly #names: Names;
  /** By the one name over the statement. */
  readonly #variables: Map<string, Type>;

  constructor(names: Names) {
    this.#names = names;
    this.#variables = new Map();
  }

  query(query: Query): void {
    for (const { clauses } of query.parts) for (const clause of clauses) this.clause(clause);
  }

  clause(clause: Clause): void {
    switch (clause.kind) {
      case 'Match':
        this.#patterns(clause.pattern);
        return this.#predicate(clause.where);
      case 'Unwind': {
        const type = this.#type(clause.list);
        // What is no list is unwound as a list of itself.
        this.#variables.set(clause.variable.name, typeof type === 'object' ? type.list : type);
        return;
      }
      case 'With':
      case 'Return':
        return this.#projection(clause.projection);
      case 'Create':
        return this.#patterns(clause.pattern);
      case 'Merge':
        this.#patterns([clause.pattern]);
        for (const item of [...clause.onCreate, ...clause.onMatch]) this.#item(item);
        return;
      case 'Set':
      case 'Remove':
        for (const item of clause.items) this.#item(item);
        return;
      case 'Delete':
        for (const e of clause.expressions) this.#expect(e, ['Node', 'Path', 'Relationship']);
        return;
      case 'Foreach':
        this.#variables.set(clause.variable.name, this.#itemOfList(clause.list));
        for (const inner of clause.clauses) this.clause(inner);
        return;
      case 'CallSubquery':
        this.query(clause.query);
        // A column of several parts may have several types.
        if (clause.query.parts.length > 1) for (const name of resultsOf(clause.query)) this.#variables.set(name, 'Any');
        return;
      case 'CallProcedure':
        clause.arguments.forEach((e, at) => {
          const expected = declaredType(clause.argumentTypes?.[at]);
          if (expected === undefined) this.#type(e);
          else this.#expect(e, expected);
        });
        return this.#predicate(clause.where);
      default:
        return unreachable(clause);
    }
  }

  #projection({ items, orderBy, where }: Projection): void {
    const types = items.map((item) => this.#type(item.expression));
    items.forEach((item, index) => {
      this.#variables.set(item.name, types[index] as Type);
    });
    for (const { expression } of orderBy) this.#type(expression);
    this.#predicate(where);
  }

  #item(item: SetItem | RemoveItem): void {
    switch (item.kind) {
      case 'SetProperty':
        this.#expect(item.subject, entity);
        this.#type(item.value);
        return;
      case 'SetProperties':
        this.#expect(item.variable, entity);
        this.#expect(item.value, propertied);
        return;
      case 'RemoveProperty':
        return this.#expect(item.subject, entity);
      case 'SetLabels':
      case 'RemoveLabels':
        return this.#expect(item.variable, ['Node']);
      default:
        return unreachable(item);
    }
  }

  #patterns(parts: readonly PatternPart[]): void {
    for (const { path, nodes, relationships } of parts) {
      for (const { variable } of nodes) if (variable !== undefined) this.#variables.set(variable.name, 'Node');
      for (const { variable, length } of relationships)
        if (variable !== undefined) this.#variables.set(variable.name, length === undefined ? 'Relationship' : { list: 'Relationship' });
      if (path !== undefined) this.#variables.set(path.name, 'Path');
      for (const { properties } of [...nodes, ...relationships]) if (properties !== undefined) this.#type(properties);
    }
  }

  #predicate(e: Expression | undefined): void {
    if (e !== undefined) this.#expect(e, ['Boolean']);
  }

  /** Checks inside the expression, and that it may stand where `expected` is asked for. */
  #expect(e: Expression, expected: readonly Expected[]): void {
    this.#refuse(e, this.#type(e), expected);
  }

  #refuse(e: Expression, type: Type, expected: readonly Expected[]): void {
    if (!fits(type, expected)) throw this.#names.error(`Type mismatch: expected ${expectedNames(expected)} but was ${typeName(type)}`, e.at);
  }

  #types(expressions: readonly Expression[]): readonly Type[] {
    return expressions.map((e) => this.#type(e));
  }

  #type(e: Expression): Type {
    switch (e.kind) {
      case 'Literal':
        return literalType(e);
      case 'Parameter':
        return 'Any';
      case 'Variable':
        return this.#variables.get(e.name) ?? 'Any';
      case 'List':
        return { list: this.#types(e.items).reduce(joined, 'Null') };
      case 'Map':
        for (const { value } of e.entries) this.#type(value);
        return 'Map';
      case 'MapProjection':
        for (const item of e.items) if (item.kind === 'entry') this.#type(item.value);
        this.#expect(e.subject, propertied);
        return 'Map';
      case 'Property':
        this.#expect(e.subject, propertied);
        return 'Any';
      case 'Subscript':
        return this.#subscript(e);
      case 'Slice':
        return this.#slice(e);
      case 'Unary':
        return this.#unary(e);
      case 'Binary':
        return this.#binary(e);
      case 'ComparisonChain':
        this.#types(e.operands);
        return 'Boolean';
      case 'IsNull':
        this.#type(e.operand);
        return 'Boolean';
      case 'HasLabels':
        this.#expect(e.subject, entity);
        return 'Boolean';
      case 'Function':
        return this.#call(e);
      case 'CountStar':
        return 'Integer';
      case 'Case':
        return this.#case(e);
      case 'ListComprehension':
        this.#variables.set(e.variable.name, this.#itemOfList(e.list));
        this.#predicate(e.where);
        return { list: this.#type(e.projection ?? e.variable) };
      case 'Quantifier':
        this.#variables.set(e.variable.name, this.#itemOfList(e.list));
        this.#predicate(e.where);
        return 'Boolean';
      case 'Reduce':
        this.#type(e.initial);
        this.#variables.set(e.variable.name, this.#itemOfList(e.list));
        // The accumulator may change its type at each step.
        this.#variables.set(e.accumulator.name, 'Any');
        this.#type(e.expression);
        return 'Any';
      case 'PatternExpression':
        this.#patterns([e.pattern]);
        return 'Boolean';
      case 'PatternComprehension':
        this.#patterns([e.pattern]);
        this.#predicate(e.where);
        return { list: this.#type(e.projection) };
      case 'ShortestPath':
        this.#patterns([e.pattern]);
        this.#predicate(e.where);
        return e.pattern.shortest === 'all' ? { list: 'Path' } : 'Path';
      case 'QuerySubquery':
        this.query(e.query);
        if (e.use === 'collect') return { list: 'Any' };
        return e.use === 'count' ? 'Integer' : 'Boolean';
      case 'ExistsSubquery':
      case 'CountSubquery':
        this.#patterns(e.pattern);
        this.#predicate(e.where);
        return e.kind === 'CountSubquery' ? 'Integer' : 'Boolean';
      default:
        return unreachable(e);
    }
  }

  /** The type of the items of what must be a list. */
  #itemOfList(list: Expression): Type {
    const type = this.#type(list);
    this.#refuse(list, type, ['List']);
    return itemOf(type);
  }

  #subscript(e: Expression & { kind: 'Subscript' }): Type {
    const subject = this.#type(e.subject);
    const index = this.#type(e.index);
    this.#refuse(e.subject, subject, ['List', 'Map', 'Node', 'Relationship']);
    if (typeof subject === 'object') this.#refuse(e.index, index, ['Integer']);
    else if (subject !== 'Any' && subject !== 'Null') this.#refuse(e.index, index, ['String']);
    return itemOf(subject);
  }

  #slice(e: Expression & { kind: 'Slice' }): Type {
    const subject = this.#type(e.subject);
    this.#refuse(e.subject, subject, ['List']);
    for (const bound of [e.from, e.to]) if (bound !== undefined) this.#expect(bound, ['Integer']);
    return typeof subject === 'object' ? subject : 'Any';
  }

  #unary(e: Expression & { kind: 'Unary' }): Type {
    const type = this.#type(e.operand);
    this.#refuse(e.operand, type, e.operator === 'NOT' ? ['Boolean'] : ['Number']);
    return e.operator === 'NOT' ? 'Boolean' : type;
  }

  #binary(e: Expression & { kind: 'Binary' }): Type {
    const left = this.#type(e.left);
    const right = this.#type(e.right);
    switch (e.operator) {
      case 'AND':
      case 'OR':
      case 'XOR':
        this.#refuse(e.left, left, ['Boolean']);
        this.#refuse(e.right, right, ['Boolean']);
        return 'Boolean';
      case '-':
      case '*':
      case '/':
      case '%':
      case '^':
        this.#refuse(e.left, left, ['Number']);
        this.#refuse(e.right, right, ['Number']);
        return e.operator === '^' ? 'Float' : sumType(left, right);
      case '+':
        return this.#sum(e, left, right);
      case 'IN':
        this.#refuse(e.right, right, ['List']);
        return 'Boolean';
      case '=~':
        this.#refuse(e.left, left, ['String']);
        this.#refuse(e.right, right, ['String']);
        return 'Boolean';
      default:
        return 'Boolean';
    }
  }

  /** Lists take anything on the other side; texts take texts and numbers, and what the run will say of the rest. */
  #sum(e: Expression & { kind: 'Binary' }, left: Type, right: Type): Type {
    if (typeof left === 'object' || typeof right === 'object') {
      const item = (type: Type): Type => (typeof type === 'object' ? type.list : type);
      return { list: joined(item(left), item(right)) };
    }
    if (left === 'Any' || right === 'Any' || left === 'Null' || right === 'Null') return 'Any';
    if (left === 'String' || right === 'String') return 'String';
    this.#refuse(e.left, left, ['Number', 'String', 'List']);
    this.#refuse(e.right, right, ['Number', 'String', 'List']);
    return sumType(left, right);
  }

  #call(e: FunctionCall): Type {
    const given = this.#types(e.arguments);
    const signature = functionType(e.name);
    if (signature === undefined) return 'Any';
    const { takes, gives } = signature;
    e.arguments.forEach((argument, index) => {
      const expected = takes[Math.min(index, takes.length - 1)];
      if (expected !== undefined) this.#refuse(argument, given[index] as Type, expected);
    });
    return typeof gives === 'function' ? gives(given) : gives;
  }

  #case(e: Expression & { kind: 'Case' }): Type {
    if (e.subject !== undefined) this.#type(e.subject);
    let type: Type = e.otherwise === undefined ? 'Null' : this.#type(e.otherwise);
    for (const { when, then } of e.alternatives) {
      if (e.subject === undefined) this.#predicate(when);
      else this.#type(when);
      type = joined(type, this.#type(then));
    }
    return type;
  }
}

/** Names of the variables that the query returns. */
function resultsOf({ parts }: Query): readonly string[] {
  const last = parts[0]?.clauses.at(-1);
  return last?.kind === 'Return' ? last.projection.items.map(({ name }) => name) : [];
}

function literalType({ value, float }: Expression & { kind: 'Literal' }): Type {
  if (value === null) return 'Null';
  if (typeof value === 'boolean') return 'Boolean';
  if (typeof value === 'string') return 'String';
  return float ? 'Float' : 'Integer';
}

/** Of a procedure's argument, as `INTEGER?` or `LIST<STRING>`: an INTEGER is welcome as a FLOAT. Undefined: anything. */
function declaredType(name: string | undefined): readonly Expected[] | undefined {
  const [word = ''] = /^[A-Z]+/.exec(name?.toUpperCase() ?? '') ?? [];
  return declared.get(word);
}

const declared: ReadonlyMap<string, readonly Expected[]> = new Map([
  ['BOOLEAN', ['Boolean']],
  ['INTEGER', ['Integer']],
  ['FLOAT', ['Number']],
  ['NUMBER', ['Number']],
  ['STRING', ['String']],
  ['MAP', ['Map', 'Node', 'Relationship']],
  ['LIST', ['List']],
]);

/** Of arithmetic on numbers. */
function sumType(left: Type, right: Type): Type {
  if (!isNumber(left) || !isNumber(right)) return 'Any';
  if (left === 'Float' || right === 'Float') return 'Float';
  return left === 'Integer' && right === 'Integer' ? 'Integer' : 'Number';
}
