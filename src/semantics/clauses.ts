// The clauses of one query, in order: each is resolved in the scope that the ones before it made.

import { unreachable } from '../base/assert.js';
import { failure } from '../errors/catalogue.js';
import type {
  CallProcedure,
  Clause,
  Create,
  Delete,
  Expression,
  Foreach,
  Match,
  Merge,
  Projection,
  ProjectionItem,
  RemoveItem,
  SetItem,
  SingleQuery,
  Unwind,
  Variable,
} from '../language/ast.js';
import type { Signatures } from './canonical.js';
import { allOf, type ExpressionContext, hasAggregate, resolve, symbolOf } from './expressions.js';
import { checkPatternPredicates } from './pattern-predicates.js';
import { countLoop, countLoops, declarePattern, splitPattern } from './patterns.js';
import { type CanonicalProjection, canonicalProjection } from './projections.js';
import { emptyScope, extended, type Names, type Scope } from './scope.js';
import { CLAUSE_WORDS, isUpdate } from './structure.js';
import { some } from './tree.js';

export interface CheckedPart {
  readonly query: SingleQuery;
  readonly columns: readonly string[];
}

export function checkSingleQuery(query: SingleQuery, names: Names, signatures: Signatures): CheckedPart {
  const checking = new CheckingClauses(names, signatures, emptyScope, 0);
  const last = query.clauses.length - 1;
  for (const clause of query.clauses) checking.clause(clause, last === 0);
  return { query: { ...query, clauses: checking.clauses }, columns: checking.columns };
}

class CheckingClauses {
  readonly clauses: Clause[];
  columns: readonly string[];
  #scope: Scope;
  #loops: number;
  readonly #names: Names;
  readonly #signatures: Signatures;
  readonly #context: ExpressionContext;

  constructor(names: Names, signatures: Signatures, scope: Scope, loops: number) {
    this.clauses = [];
    this.columns = [];
    this.#scope = scope;
    this.#loops = loops;
    this.#names = names;
    this.#signatures = signatures;
    this.#context = { names, functions: signatures.functions, aggregates: 'forbidden' };
  }

  clause(clause: Clause, alone: boolean): void {
    checkPatternPredicates(clause, this.#names);
    switch (clause.kind) {
      case 'Match':
        return this.#match(clause);
      case 'Unwind':
        return this.#unwind(clause);
      case 'With':
        return this.#with(clause.projection);
      case 'Return': {
        const { clauses, columns } = canonicalProjection('Return', clause.projection, this.#scope, this.#context);
        this.clauses.push(...clauses);
        this.columns = columns;
        return;
      }
      case 'Create':
        return this.#create(clause);
      case 'Merge':
        return this.#merge(clause);
      case 'Set':
        this.clauses.push({ ...clause, items: clause.items.map((item) => this.#setItem(item)) });
        return;
      case 'Remove':
        this.clauses.push({ ...clause, items: clause.items.map((item) => this.#removeItem(item)) });
        return;
      case 'Delete':
        return this.#delete(clause);
      case 'Foreach':
        return this.#foreach(clause);
      case 'CallProcedure':
        return this.#call(clause, alone);
      default:
        return unreachable(clause);
    }
  }

  #resolve(e: Parameters<typeof resolve>[0], scope = this.#scope) {
    return resolve(e, scope, this.#context);
  }

  /** WITH … WHERE sees, beside the items, what was there before, unless rows were grouped or made distinct. */
  #with(projection: Projection): void {
    const { where } = projection;
    const plain = canonicalProjection('With', projection, this.#scope, this.#context);
    const behind = where === undefined || projection.distinct ? [] : this.#usedFromBefore(where, plain.scope);
    const carried = behind.map(
      (name): ProjectionItem => ({ expression: { kind: 'Variable', name, at: projection.at }, name, aliased: true, at: projection.at }),
    );
    const aggregating = projection.items.some((item) => hasAggregate(item.expression, this.#signatures.functions));
    if (carried.length === 0 || aggregating) return this.#filtered(plain, where);
    this.#filtered(canonicalProjection('With', { ...projection, items: [...projection.items, ...carried] }, this.#scope, this.#context), where);
    const kept = [...this.#scope].filter(([name]) => !behind.includes(name));
    this.#scope = new Map(kept);
    const items = kept.map(
      ([, { name }]): ProjectionItem => ({ expression: { kind: 'Variable', name, at: projection.at }, name, aliased: true, at: projection.at }),
    );
    this.clauses.push({
      kind: 'With',
      projection: { ...projection, star: false, distinct: false, items, orderBy: [], skip: undefined, limit: undefined, where: undefined },
      at: projection.at,
    });
  }

  #filtered({ clauses, scope }: CanonicalProjection, where: Expression | undefined): void {
    this.#scope = scope;
    const last = clauses.at(-1) as Clause & { kind: 'With' };
    this.clauses.push(...clauses.slice(0, -1), where === undefined ? last : { ...last, projection: { ...last.projection, where: this.#resolve(where) } });
  }

  #usedFromBefore(where: Expression, scope: Scope): readonly string[] {
    const used = new Set<string>();
    const look = (e: Expression): boolean => {
      if (e.kind === 'Variable' && !scope.has(e.name) && this.#scope.has(e.name)) used.add(e.name);
      const parts =
        e.kind === 'PatternExpression' || e.kind === 'PatternComprehension'
          ? [e.pattern]
          : e.kind === 'ExistsSubquery' || e.kind === 'CountSubquery'
            ? e.pattern
            : [];
      for (const part of parts) for (const { variable } of [...part.nodes, ...part.relationships]) if (variable !== undefined) look(variable);
      return false;
    };
    some(where, look);
    return [...used];
  }

  #match(clause: Match): void {
    this.#loops = countLoops(clause.pattern, this.#loops, this.#names);
    const declared = declarePattern(clause.pattern, this.#scope, this.#names, 'match');
    this.#scope = extended(this.#scope, declared.added);
    const split = splitPattern(declared.parts, (e) => this.#resolve(e), this.#names);
    const where = clause.where === undefined ? [] : [this.#resolve(clause.where)];
    this.clauses.push({ ...clause, pattern: split.parts, where: allOf([...split.predicates, ...where]) });
  }

  #unwind(clause: Unwind): void {
    this.#loops = countLoop(clause.at, this.#loops, this.#names);
    const list = this.#resolve(clause.list);
    this.clauses.push({ ...clause, list, variable: this.#declare(clause.variable) });
  }

  #declare(variable: Variable): Variable {
    if (this.#scope.has(variable.name)) throw this.#names.alreadyDeclared(variable);
    const name = this.#names.unique(variable.name);
    this.#scope = extended(this.#scope, [[variable.name, { name, type: 'Any' }]]);
    return { ...variable, name };
  }

  #create(clause: Create): void {
    // Each part of the pattern may use what the parts before it made. One scope grows until the clause is done.
    const growing = new Map(this.#scope);
    const parts = clause.pattern.map((part) => {
      const declared = declarePattern([part], growing, this.#names, 'create');
      const made = this.#contents(declared.parts[0] as typeof part, growing, 'create');
      for (const [name, symbol] of declared.added) growing.set(name, symbol);
      return made;
    });
    this.#scope = growing;
    this.clauses.push({ ...clause, pattern: parts });
  }

  #merge(clause: Merge): void {
    this.#loops = countLoops([clause.pattern], this.#loops, this.#names);
    const before = this.#scope;
    const declared = declarePattern([clause.pattern], before, this.#names, 'create');
    this.#scope = extended(this.#scope, declared.added);
    const pattern = this.#contents(declared.parts[0] as Merge['pattern'], before, 'merge');
    const onCreate = clause.onCreate.map((item) => this.#setItem(item));
    const onMatch = clause.onMatch.map((item) => this.#setItem(item));
    this.clauses.push({ ...clause, pattern, onCreate, onMatch });
  }

  /** Properties of what is created, resolved in the scope before the pattern; its labels are plain. */
  #contents(part: Merge['pattern'], before: Scope, use: 'create' | 'merge'): Merge['pattern'] {
    const properties = (e: Merge['pattern']['nodes'][number]['properties']) => (e === undefined ? undefined : this.#resolve(e, before));
    for (const { direction, at } of part.relationships) {
      if (direction === 'both' && use === 'create') throw this.#names.error('Only directed relationships are supported in CREATE', at);
    }
    for (const { properties: map } of [...part.nodes, ...part.relationships]) {
      if (map !== undefined && map.kind !== 'Map' && use === 'merge') {
        throw this.#names.error('Parameter maps cannot be used in MERGE patterns (use a literal map instead, e.g. "{id: $param.id}")', map.at);
      }
    }
    for (const { labels, where, at } of part.nodes) {
      if (where !== undefined) throw this.#names.error('WHERE is not allowed in a pattern of CREATE or MERGE', at);
      if (labels !== undefined && !isPlain(labels))
        throw this.#names.error('Label expressions in patterns are not allowed in a CREATE or MERGE clause, but only in a MATCH clause', labels.at);
    }
    return {
      ...part,
      nodes: part.nodes.map((node) => ({ ...node, properties: properties(node.properties) })),
      relationships: part.relationships.map((one) => ({ ...one, properties: properties(one.properties) })),
    };
  }

  #setItem(item: SetItem): SetItem {
    switch (item.kind) {
      case 'SetProperty':
        return { ...item, subject: this.#resolve(item.subject), value: this.#resolve(item.value) };
      case 'SetProperties':
        return { ...item, variable: this.#variable(item.variable), value: this.#resolve(item.value) };
      case 'SetLabels':
        return { ...item, variable: this.#variable(item.variable) };
      default:
        return unreachable(item);
    }
  }

  #removeItem(item: RemoveItem): RemoveItem {
    if (item.kind === 'RemoveProperty') return { ...item, subject: this.#resolve(item.subject) };
    return { ...item, variable: this.#variable(item.variable) };
  }

  #variable(variable: Variable): Variable {
    return { ...variable, name: symbolOf(variable, this.#scope, this.#names).name };
  }

  #delete(clause: Delete): void {
    for (const e of clause.expressions) {
      if (e.kind === 'HasLabels') throw this.#names.error("DELETE doesn't support removing labels from a node. Try REMOVE.", e.at);
      if (e.kind === 'Literal' || e.kind === 'Binary' || e.kind === 'Map') throw this.#names.error('Type mismatch: expected Node, Path or Relationship', e.at);
    }
    this.clauses.push({ ...clause, expressions: clause.expressions.map((e) => this.#resolve(e)) });
  }

  /** The variable and what the clauses bind are theirs alone. */
  #foreach(clause: Foreach): void {
    this.#loops = countLoop(clause.at, this.#loops, this.#names);
    for (const inner of clause.clauses) if (!isUpdate(inner)) throw this.#names.error(`Invalid use of ${CLAUSE_WORDS[inner.kind]} inside FOREACH`, inner.at);
    const list = this.#resolve(clause.list);
    const name = this.#names.unique(clause.variable.name);
    const inside = extended(this.#scope, [[clause.variable.name, { name, type: 'Any' }]]);
    const checking = new CheckingClauses(this.#names, this.#signatures, inside, this.#loops);
    for (const inner of clause.clauses) checking.clause(inner, false);
    this.#loops = checking.#loops;
    this.clauses.push({ ...clause, list, variable: { ...clause.variable, name }, clauses: checking.clauses });
  }

  #call(clause: CallProcedure, alone: boolean): void {
    this.#loops = countLoop(clause.at, this.#loops, this.#names);
    const signature = this.#signatures.procedures.columnsOf(clause.name);
    if (signature === undefined) {
      throw failure(
        'procedureNotFound',
        `There is no procedure with the name \`${clause.name}\` registered for this database instance. Please ensure you've spelled the procedure name correctly.`,
      );
    }
    const required = signature.arguments.filter((argument) => !argument.optional).length;
    if (clause.arguments.length < required || clause.arguments.length > signature.arguments.length) {
      throw this.#names.error(
        `Procedure call does not provide the required number of arguments: got ${clause.arguments.length} expected ${required}.`,
        clause.at,
      );
    }
    const given = clause.arguments.map((e) => this.#resolve(e));
    if (clause.yieldStar && !alone) throw this.#names.error('Cannot use `YIELD *` outside standalone call', clause.at);
    const asked = clause.yield ?? (alone ? signature.columns.map((column) => itemOf(column, clause)) : []);
    const items = asked.map((item) => this.#yielded(item, signature.columns));
    if (alone) this.columns = asked.map((item) => item.name);
    const where = clause.where === undefined ? undefined : this.#resolve(clause.where);
    this.clauses.push({ ...clause, arguments: given, yield: items, yieldStar: false, where });
  }

  #yielded(item: ProjectionItem, columns: readonly string[]): ProjectionItem {
    const { expression } = item;
    if (expression.kind !== 'Variable' || !columns.includes(expression.name)) {
      throw this.#names.error(`Unknown procedure output: \`${expression.kind === 'Variable' ? expression.name : item.name}\``, item.at);
    }
    return { ...item, name: this.#declare({ kind: 'Variable', name: item.name, at: item.at }).name };
  }
}

function itemOf(column: string, clause: CallProcedure): ProjectionItem {
  return { expression: { kind: 'Variable', name: column, at: clause.at }, name: column, aliased: true, at: clause.at };
}

function isPlain(labels: NonNullable<Merge['pattern']['nodes'][number]['labels']>): boolean {
  return labels.kind === 'Label' || (labels.kind === 'LabelAnd' && isPlain(labels.left) && isPlain(labels.right));
}
