// WITH and RETURN in canonical form: `*` expanded, aggregates in a projection of their own, sort keys projected.
//
//   RETURN n.a + count(m) AS x ORDER BY x * 2      becomes
//   WITH n.a AS  key, count(m) AS  aggregate       (aggregates and their grouping keys)
//   WITH  key +  aggregate AS x                    (what is computed on them)
//   WITH x, x * 2 AS  order ORDER BY  order        (sort keys that are no items)
//   RETURN x

import { failure } from '../errors/catalogue.js';
import { withCaret } from '../errors/print.js';
import type { Clause, Expression, Projection, ProjectionItem, SortItem, Variable } from '../language/ast.js';
import { type ExpressionContext, hasAggregate, isAggregate, resolve, resolveCount } from './expressions.js';
import type { Scope, Symbol } from './scope.js';
import { mapChildren, same, some } from './tree.js';

export interface CanonicalProjection {
  /** WITHs, the last one in the form that was asked for. */
  readonly clauses: readonly Clause[];
  readonly scope: Scope;
  /** Names as the user wrote them. */
  readonly columns: readonly string[];
}

interface Item {
  /** As written, for matching sort keys. */
  readonly raw: Expression;
  readonly expression: Expression;
  readonly column: string;
  /** Name of the variable that it becomes. */
  readonly name: string;
  readonly type: Symbol['type'];
  readonly at: ProjectionItem['at'];
}

export function canonicalProjection(kind: 'With' | 'Return', projection: Projection, source: Scope, context: ExpressionContext): CanonicalProjection {
  return new Canonicalising(kind, projection, source, context).done();
}

class Canonicalising {
  readonly #kind: 'With' | 'Return';
  readonly #projection: Projection;
  readonly #source: Scope;
  readonly #context: ExpressionContext;
  readonly #clauses: Clause[];

  constructor(kind: 'With' | 'Return', projection: Projection, source: Scope, context: ExpressionContext) {
    this.#kind = kind;
    this.#projection = projection;
    this.#source = source;
    this.#context = context;
    this.#clauses = [];
  }

  done(): CanonicalProjection {
    const { functions } = this.#context;
    const items = this.#items();
    this.#refuseDuplicates(items);
    const scope: Scope = new Map(items.map((item) => [item.column, { name: item.name, type: item.type }]));
    const sort = this.#projection.orderBy.map((one) => ({ ...one, expression: this.#sortedByItems(one.expression, items) }));
    for (const one of sort) this.#refuseAggregateKey(one, functions);
    const aggregating = items.some((item) => hasAggregate(item.expression, functions));
    if (aggregating) this.#aggregated(items, sort, scope);
    else this.#plain(items, sort, scope);
    return { clauses: this.#clauses, scope, columns: items.map((item) => item.column) };
  }

  /** A sort key that is an item stands for it. Inside a key that aggregates, only simple items and aggregates do, as inside items. */
  #sortedByItems(e: Expression, items: readonly Item[]): Expression {
    const { functions } = this.#context;
    if (items.some(({ raw }) => same(raw, e)) || !hasAggregate(e, functions)) return sortedItem(e, items);
    return sortedItem(
      e,
      items.filter(({ raw }) => isSimpleKey(raw) || isAggregate(raw, functions)),
    );
  }

  #items(): readonly Item[] {
    const { names } = this.#context;
    const given = this.#projection.items.map((item): Item => {
      if (this.#kind === 'With' && !item.aliased) throw names.error('Expression in WITH must be aliased (use AS)', item.at);
      const expression = resolve(item.expression, this.#source, { ...this.#context, aggregates: 'allowed' });
      return { raw: item.expression, expression, column: item.name, at: item.at, ...this.#nameOf(item.name, expression) };
    });
    return [...this.#star(), ...given];
  }

  #star(): readonly Item[] {
    const { star, at } = this.#projection;
    if (!star) return [];
    const source = [...this.#source].filter(([name]) => !this.#context.pinned.has(name));
    if (source.length === 0 && this.#kind === 'Return') throw this.#context.names.error('RETURN * is not allowed when there are no variables in scope', at);
    // In the order of their names, as Neo4j has it.
    const sorted = source.sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([column, { name, type }]): Item => {
      const raw: Variable = { kind: 'Variable', name: column, at };
      return { raw, expression: { ...raw, name }, column, name, type, at };
    });
  }

  /** A variable that is passed on under its own name stays what it is; everything else is new. */
  #nameOf(column: string, expression: Expression): Pick<Item, 'name' | 'type'> {
    const literal = expression.kind === 'Literal' || expression.kind === 'List' || expression.kind === 'Map';
    if (expression.kind !== 'Variable') return { name: this.#context.names.unique(column), type: literal && !isNull(expression) ? 'Value' : 'Any' };
    const passed = [...this.#source].find(([, symbol]) => symbol.name === expression.name);
    const type = passed?.[1].type ?? 'Any';
    return passed?.[0] === column ? { name: expression.name, type } : { name: this.#context.names.unique(column), type };
  }

  #refuseDuplicates(items: readonly Item[]): void {
    const seen = new Set<string>();
    for (const { column, at } of items) {
      if (seen.has(column)) throw this.#context.names.error('Multiple result columns with the same name are not supported', at);
      seen.add(column);
    }
  }

  // ------------------------------------------------------------ without aggregates

  #plain(items: readonly Item[], sort: readonly SortItem[], scope: Scope): void {
    const { distinct } = this.#projection;
    const own = items.map(itemOf);
    if (sort.every((one) => plainKey(one.expression, scope) !== undefined)) return this.#last(own, this.#sortKeys(sort, scope), distinct);
    if (distinct) {
      this.#with(own, { distinct: true });
      return this.#sorted(items, sort, scope, scope);
    }
    // Sort keys may use what was there before the projection: it is carried along, and dropped after sorting.
    const both = new Map([...this.#source, ...scope]);
    const carried = this.#carried(sort, items);
    this.#with([...own, ...carried], {});
    return this.#sorted(items, sort, both, scope);
  }

  /** Variables of the source that sort keys use and that no item projects. */
  #carried(sort: readonly SortItem[], items: readonly Item[]): readonly ProjectionItem[] {
    const columns = new Set(items.map((item) => item.column));
    const projected = new Set(items.map((item) => item.name));
    const found = new Map<string, ProjectionItem>();
    const look = (e: Expression): boolean => {
      if (e.kind !== 'Variable' || columns.has(e.name)) return false;
      const symbol = this.#source.get(e.name);
      if (symbol !== undefined && !projected.has(symbol.name)) found.set(symbol.name, passing(symbol.name, e.at));
      return false;
    };
    for (const { expression } of sort) some(expression, look);
    // A pattern in a sort key may use any variable.
    for (const { expression } of sort) {
      if (!some(expression, hasPattern)) continue;
      for (const symbol of this.#source.values()) if (!projected.has(symbol.name)) found.set(symbol.name, passing(symbol.name, expression.at));
    }
    return [...found.values()];
  }

  /** A WITH that computes the sort keys, sorts and cuts; then only the items go on. */
  #sorted(items: readonly Item[], sort: readonly SortItem[], visible: Scope, scope: Scope): void {
    const { names } = this.#context;
    const hidden: ProjectionItem[] = [];
    const keys = sort.map((one): SortItem => {
      const plain = plainKey(one.expression, scope);
      if (plain !== undefined) return { ...one, expression: { kind: 'Variable', name: plain, at: one.at } };
      const name = names.fresh('order');
      hidden.push({ expression: this.#sortExpression(one.expression, visible), name, aliased: true, at: one.at });
      return { ...one, expression: { kind: 'Variable', name, at: one.at } };
    });
    this.#with([...items.map((item) => passing(item.name, item.at)), ...hidden], { orderBy: keys, ...this.#page() });
    this.#last(
      items.map((item) => passing(item.name, item.at)),
      [],
      false,
      true,
    );
  }

  #sortExpression(e: Expression, visible: Scope): Expression {
    try {
      return resolve(e, visible, this.#context);
    } catch (error) {
      const missing = firstUndefined(e, visible);
      if (missing === undefined || !this.#source.has(missing.name)) throw error;
      const text = `In a WITH/RETURN with DISTINCT or an aggregation, it is not possible to access variables declared before the WITH/RETURN: ${missing.name}`;
      throw this.#context.names.error(text, missing.at);
    }
  }

  #sortKeys(sort: readonly SortItem[], scope: Scope): readonly SortItem[] {
    return sort.map((one) => ({ ...one, expression: { kind: 'Variable', name: plainKey(one.expression, scope) as string, at: one.at } }));
  }

  // ------------------------------------------------------------ with aggregates

  #aggregated(items: readonly Item[], sort: readonly SortItem[], scope: Scope): void {
    const { functions, names } = this.#context;
    const keys = items.filter((item) => !hasAggregate(item.expression, functions));
    const aggregates: ProjectionItem[] = [];
    const aggregateName = (e: Expression, name: string): Expression => {
      const known = aggregates.find((one) => same(one.expression, e));
      if (known === undefined) aggregates.push({ expression: e, name, aliased: true, at: e.at });
      return { kind: 'Variable', name: known?.name ?? name, at: e.at };
    };
    // Pure aggregates first, so that they keep their own names.
    for (const item of items)
      if (isAggregate(item.expression, functions)) aggregates.push({ expression: item.expression, name: item.name, aliased: true, at: item.at });
    const onTop = (e: Expression): Expression => {
      if (isAggregate(e, functions)) return aggregateName(e, names.fresh('aggregate'));
      const key = keys.find((item) => isSimpleKey(item.expression) && same(item.expression, e));
      if (key !== undefined) return { kind: 'Variable', name: key.name, at: e.at };
      return mapChildren(e, onTop);
    };
    const computed = items.map((item): ProjectionItem => {
      const expression = isAggregate(item.expression, functions) || keys.includes(item) ? variable(item) : onTop(item.expression);
      return { expression, name: item.name, aliased: true, at: item.at };
    });
    this.#refuseImplicitGrouping(computed, keys, aggregates, items);
    const allPure = computed.every((item) => item.expression.kind === 'Variable' && item.expression.name === item.name);
    const first = [...keys.map(itemOf), ...aggregates];
    if (allPure && aggregates.length + keys.length === items.length) {
      const ordered = items.map((item) => first.find((one) => one.name === item.name) as ProjectionItem);
      return this.#afterAggregation(ordered, items, sort, scope);
    }
    this.#with(first, {});
    this.#with(computed, { distinct: this.#projection.distinct });
    this.#sorted(items, sort, scope, scope);
  }

  /** The aggregating projection is the last, or what sorts stands behind it. */
  #afterAggregation(own: readonly ProjectionItem[], items: readonly Item[], sort: readonly SortItem[], scope: Scope): void {
    const { distinct } = this.#projection;
    if (sort.every((one) => plainKey(one.expression, scope) !== undefined)) return this.#last(own, this.#sortKeys(sort, scope), distinct);
    this.#with(own, { distinct });
    this.#sorted(items, sort, scope, scope);
  }

  /** After the items stood for themselves, what is left of aggregates was never projected. */
  #refuseAggregateKey(key: SortItem, functions: ExpressionContext['functions']): void {
    if (!hasAggregate(key.expression, functions)) return;
    throw this.#context.names.error('Illegal aggregation expression(s) in order by: an aggregation there must be one of the projected items', key.at);
  }

  #refuseImplicitGrouping(computed: readonly ProjectionItem[], keys: readonly Item[], aggregates: readonly ProjectionItem[], items: readonly Item[]): void {
    const known = new Set([...keys.map((item) => item.name), ...aggregates.map((one) => one.name)]);
    const sources = new Set([...this.#source.values()].map((symbol) => symbol.name));
    computed.forEach((item, index) => {
      if (isAggregate((items[index] as Item).expression, this.#context.functions)) return;
      const bad = some(item.expression, (e) => e.kind === 'Variable' && sources.has(e.name) && !known.has(e.name));
      if (!bad) return;
      const message =
        "Aggregation column contains implicit grouping expressions. For example, in 'RETURN n.a, n.a + n.b + count(*)' the aggregation expression 'n.a + n.b + count(*)' includes the implicit grouping key 'n.b'. It may be possible to rewrite the query by extracting these grouping/aggregation expressions into a preceding WITH clause.";
      throw failure('syntaxError', withCaret(message, this.#context.names.text, item.at), { position: item.at });
    });
  }

  // ------------------------------------------------------------ clauses

  #page(): Pick<Projection, 'skip' | 'limit'> {
    const { skip, limit } = this.#projection;
    return { skip: resolveCount(skip, 'SKIP', this.#context), limit: resolveCount(limit, 'LIMIT', this.#context) };
  }

  #with(items: readonly ProjectionItem[], more: Partial<Projection>): void {
    this.#clauses.push({ kind: 'With', projection: { ...this.#empty(items), ...more }, at: this.#projection.at });
  }

  #last(items: readonly ProjectionItem[], orderBy: readonly SortItem[], distinct: boolean, paged = false): void {
    const projection: Projection = { ...this.#empty(items), distinct, orderBy, ...(paged ? {} : this.#page()) };
    this.#clauses.push({ kind: this.#kind, projection, at: this.#projection.at });
  }

  #empty(items: readonly ProjectionItem[]): Projection {
    return { distinct: false, star: false, items, orderBy: [], skip: undefined, limit: undefined, where: undefined, at: this.#projection.at };
  }
}

function itemOf(item: Item): ProjectionItem {
  return { expression: item.expression, name: item.name, aliased: true, at: item.at };
}

function variable(item: Item): Expression {
  return { kind: 'Variable', name: item.name, at: item.at };
}

function passing(name: string, at: ProjectionItem['at']): ProjectionItem {
  return { expression: { kind: 'Variable', name, at }, name, aliased: true, at };
}

/** A sort key, or a part of it, that is an item's expression stands for the item. */
function sortedItem(e: Expression, items: readonly Item[]): Expression {
  const item = items.find(({ raw }) => same(raw, e));
  if (item !== undefined) return { kind: 'Variable', name: item.column, at: e.at };
  return mapChildren(e, (child) => sortedItem(child, items));
}

/** What may stand beside an aggregate when it is projected too: a variable, or a property of one. As Neo4j, nothing that is computed. */
function isSimpleKey(e: Expression): boolean {
  return e.kind === 'Variable' || (e.kind === 'Property' && isSimpleKey(e.subject));
}

function plainKey(e: Expression, scope: Scope): string | undefined {
  return e.kind === 'Variable' ? scope.get(e.name)?.name : undefined;
}

function hasPattern(e: Expression): boolean {
  return (
    e.kind === 'PatternExpression' ||
    e.kind === 'PatternComprehension' ||
    e.kind === 'ExistsSubquery' ||
    e.kind === 'CountSubquery' ||
    e.kind === 'QuerySubquery' ||
    e.kind === 'ShortestPath'
  );
}

function firstUndefined(e: Expression, scope: Scope): Variable | undefined {
  let found: Variable | undefined;
  some(e, (part) => {
    if (part.kind === 'Variable' && !scope.has(part.name)) found ??= part;
    return false;
  });
  return found;
}

function isNull(e: Expression): boolean {
  return e.kind === 'Literal' && e.value === null;
}
