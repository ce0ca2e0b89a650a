// The clauses of one query, in order: each is resolved in the scope that the ones before it made.

import { unreachable } from '../base/assert.js';
import { failure } from '../errors/catalogue.js';
import type {
  CallProcedure,
  CallSubquery,
  Clause,
  Create,
  Delete,
  Expression,
  Foreach,
  Hint,
  Match,
  Merge,
  Projection,
  ProjectionItem,
  Query,
  RemoveItem,
  SetItem,
  SingleQuery,
  Unwind,
  Variable,
} from '../language/ast.js';
import type { Signatures } from './canonical.js';
import { allOf, type ExpressionContext, hasAggregate, resolve, symbolOf } from './expressions.js';
import { checkJoinHints } from './join-hints.js';
import { checkPatternPredicates } from './pattern-predicates.js';
import { countLoop, countLoops, declarePattern, splitPattern } from './patterns.js';
import { type CanonicalProjection, canonicalProjection } from './projections.js';
import { emptyScope, extended, type Names, type Scope } from './scope.js';
import { CLAUSE_WORDS, checkStructure, isUpdate } from './structure.js';
import { checkReturned, importedBy } from './subquery-scope.js';
import { namesIn, some } from './tree.js';

interface CheckedPart {
  readonly query: SingleQuery;
  readonly columns: readonly string[];
  /** What the columns are to the clauses behind a subquery. */
  readonly results: Scope;
  /** Names of the outer variables that the query is given. */
  readonly imports: ReadonlySet<string>;
  readonly loops: number;
}

export interface CheckedQuery extends Omit<CheckedPart, 'query'> {
  readonly query: Query;
}

/** Where a query stands. */
interface Around {
  readonly place: 'statement' | 'call' | 'scoped call' | 'expression';
  /** Visible from its beginning, and ever after: no WITH takes them away. */
  readonly pinned: Scope;
  /** What an importing WITH may take. */
  readonly outer: Scope;
  /** Loops of the statement that come before. */
  readonly loops: number;
}

const nothingAround: Around = { place: 'statement', pinned: emptyScope, outer: emptyScope, loops: 0 };

export function checkQuery(query: Query, names: Names, signatures: Signatures, around = nothingAround): CheckedQuery {
  const parts = query.parts.map((part) => checkSingleQuery(part, names, signatures, around));
  // The loops of one part are not inside those of another.
  const loops = Math.max(...parts.map((part) => part.loops));
  const { columns, results } = parts[0] as CheckedPart;
  for (const part of parts) {
    const equal = part.columns.length === columns.length && part.columns.every((column, index) => column === columns[index]);
    if (!equal) throw names.error('All sub queries in an UNION must have the same return column names', part.query.at);
  }
  if (parts.length > 1 && columns.length === 0) throw names.error('Every part of a UNION must end with RETURN', query.at);
  const imports = new Set(parts.flatMap((part) => [...part.imports]));
  return { query: { ...query, parts: parts.map((part) => part.query) }, columns, results, imports, loops };
}

function checkSingleQuery(query: SingleQuery, names: Names, signatures: Signatures, around: Around): CheckedPart {
  checkStructure(query, names, around.place === 'expression');
  const [first] = query.clauses;
  const imported = around.place === 'call' && first?.kind === 'With' ? importedBy(first, around.outer, names) : undefined;
  const start = imported ?? around.pinned;
  const checking = new CheckingClauses(names, signatures, start, around.pinned, around.loops);
  const alone = around.place === 'statement' && query.clauses.length === 1;
  for (const clause of query.clauses.slice(imported === undefined ? 0 : 1)) checking.clause(clause, alone);
  const { columns, results, loops } = checking;
  if (around.place === 'call' || around.place === 'scoped call') checkReturned(query, columns, around.outer, names);
  return { query: { ...query, clauses: checking.clauses }, columns, results, loops, imports: new Set([...start.values()].map(({ name }) => name)) };
}

class CheckingClauses {
  readonly clauses: Clause[];
  columns: readonly string[];
  results: Scope;
  #scope: Scope;
  readonly #pinned: Scope;
  #loops: number;
  readonly #names: Names;
  readonly #signatures: Signatures;
  readonly #context: ExpressionContext;

  constructor(names: Names, signatures: Signatures, scope: Scope, pinned: Scope, loops: number) {
    this.clauses = [];
    this.columns = [];
    this.results = emptyScope;
    this.#pinned = pinned;
    this.#scope = scope;
    this.#loops = loops;
    this.#names = names;
    this.#signatures = signatures;
    const subquery = (query: Query, outer: Scope) => checkQuery(query, names, signatures, { place: 'expression', pinned: outer, outer, loops: 0 }).query;
    this.#context = { names, functions: signatures.functions, aggregates: 'forbidden', pinned, subquery };
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
        const { clauses, columns, scope } = canonicalProjection('Return', clause.projection, this.#scope, this.#context);
        this.clauses.push(...clauses);
        this.columns = columns;
        this.results = scope;
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
      case 'CallSubquery':
        return this.#subquery(clause);
      case 'CallProcedure':
        return this.#call(clause, alone);
      default:
        return unreachable(clause);
    }
  }

  get loops(): number {
    return this.#loops;
  }

  #resolve(e: Parameters<typeof resolve>[0], scope = this.#scope) {
    return resolve(e, scope, this.#context);
  }

  /** WITH … WHERE sees, beside the items, what was there before, unless rows were grouped or made distinct. */
  #with(projection: Projection): void {
    const { where } = projection;
    this.#refuseShadows(projection);
    const plain = canonicalProjection('With', projection, this.#scope, this.#context);
    const behind = where === undefined || projection.distinct ? [] : this.#usedFromBefore(where, extended(plain.scope, this.#pinned));
    const carried = behind.map(
      (name): ProjectionItem => ({ expression: { kind: 'Variable', name, at: projection.at }, name, aliased: true, at: projection.at }),
    );
    const aggregating = projection.items.some((item) => hasAggregate(item.expression, this.#signatures.functions));
    if (carried.length === 0 || aggregating) return this.#filtered(plain, where);
    this.#filtered(canonicalProjection('With', { ...projection, items: [...projection.items, ...carried] }, this.#scope, this.#context), where);
    const kept = [...this.#scope].filter(([name]) => !behind.includes(name) && !this.#pinned.has(name));
    this.#scope = extended(new Map(kept), this.#pinned);
    const items = kept.map(
      ([, { name }]): ProjectionItem => ({ expression: { kind: 'Variable', name, at: projection.at }, name, aliased: true, at: projection.at }),
    );
    this.clauses.push({
      kind: 'With',
      projection: { ...projection, star: false, distinct: false, items, orderBy: [], skip: undefined, limit: undefined, where: undefined },
      at: projection.at,
    });
  }

  #refuseShadows({ items }: Projection): void {
    for (const { name, expression, at } of items) {
      if (!this.#pinned.has(name) || (expression.kind === 'Variable' && expression.name === name)) continue;
      throw this.#names.error(`The variable \`${name}\` is shadowing a variable with the same name from the outer scope and needs to be renamed`, at);
    }
  }

  #filtered({ clauses, scope }: CanonicalProjection, where: Expression | undefined): void {
    this.#scope = extended(scope, this.#pinned);
    const last = clauses.at(-1) as Clause & { kind: 'With' };
    this.clauses.push(...clauses.slice(0, -1), where === undefined ? last : { ...last, projection: { ...last.projection, where: this.#resolve(where) } });
  }

  #usedFromBefore(where: Expression, scope: Scope): readonly string[] {
    const used = new Set<string>();
    const look = (e: Expression): boolean => {
      if (e.kind === 'QuerySubquery') for (const name of namesIn(e.query)) look({ kind: 'Variable', name, at: e.at });
      if (e.kind === 'Variable' && !scope.has(e.name) && this.#scope.has(e.name)) used.add(e.name);
      const parts =
        e.kind === 'PatternExpression' || e.kind === 'PatternComprehension' || e.kind === 'ShortestPath'
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
    const before = this.#scope;
    const declared = declarePattern(clause.pattern, before, this.#names, 'match');
    this.#scope = extended(before, declared.added);
    const split = splitPattern(declared.parts, (e) => this.#resolve(e), this.#names);
    const where = clause.where === undefined ? [] : [this.#resolve(clause.where)];
    const hints = clause.hints.map((hint) => this.#hint(hint));
    checkJoinHints(clause, before, this.#names);
    this.clauses.push({ ...clause, pattern: split.parts, hints, where: allOf([...split.predicates, ...where]) });
  }

  #hint(hint: Hint): Hint {
    if (hint.kind === 'JoinHint') return { ...hint, variables: hint.variables.map((one) => this.#variable(one)) };
    return { ...hint, variable: this.#variable(hint.variable) };
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
    const checking = new CheckingClauses(this.#names, this.#signatures, inside, this.#pinned, this.#loops);
    for (const inner of clause.clauses) checking.clause(inner, false);
    this.#loops = checking.loops;
    this.clauses.push({ ...clause, list, variable: { ...clause.variable, name }, clauses: checking.clauses });
  }

  #subquery(clause: CallSubquery): void {
    const loops = countLoop(clause.at, this.#loops, this.#names);
    const seen = new Set<string>();
    for (const one of clause.imports) {
      symbolOf(one, this.#scope, this.#names);
      if (seen.has(one.name)) throw this.#names.alreadyDeclared(one);
      seen.add(one.name);
    }
    const pinned: Scope = clause.scoped ? new Map([...this.#scope].filter(([name]) => clause.star || seen.has(name))) : emptyScope;
    const outer = this.#scope;
    const inner = checkQuery(clause.query, this.#names, this.#signatures, { place: clause.scoped ? 'scoped call' : 'call', pinned, outer, loops });
    this.#loops = inner.loops;
    this.#scope = extended(this.#scope, inner.results);
    const imports = [...inner.imports].map((name): Variable => ({ kind: 'Variable', name, at: clause.at }));
    this.clauses.push({ ...clause, star: false, imports, query: inner.query });
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
    const implicit = clause.implicit && alone;
    if (!implicit && (clause.arguments.length < required || clause.arguments.length > signature.arguments.length)) {
      throw this.#names.error(
        `Procedure call does not provide the required number of arguments: got ${clause.arguments.length} expected ${required}.`,
        clause.at,
      );
    }
    const asParameters = () => signature.arguments.slice(0, required).map(({ name }): Expression => ({ kind: 'Parameter', name, at: clause.at }));
    const given = (implicit ? asParameters() : clause.arguments).map((e) => this.#resolve(e));
    if (clause.yieldStar && !alone) throw this.#names.error('Cannot use `YIELD *` outside standalone call', clause.at);
    const asked = clause.yield ?? (alone ? signature.columns.map((column) => itemOf(column, clause)) : []);
    const items = asked.map((item) => this.#yielded(item, signature.columns));
    if (alone) this.columns = asked.map((item) => item.name);
    const where = clause.where === undefined ? undefined : this.#resolve(clause.where);
    const argumentTypes = signature.arguments.map(({ type }) => type);
    this.clauses.push({ ...clause, arguments: given, argumentTypes, yield: items, yieldStar: false, where });
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
