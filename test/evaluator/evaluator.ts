// A slow and plain evaluator of logical plans: each operator is a function from all the rows of its source to all its
// rows. Nothing is lazy, so that one clause has always ended before the next begins and no `Eager` is needed; nothing is
// shared with src/runtime, and relationships are found by looking at every one of them. What the compiled runtime
// does is compared with this.

import { AssertionError, unreachable } from '../../src/base/assert.js';
import type { IdCursor } from '../../src/graph/reader.js';
import type { GraphWriter } from '../../src/graph/writer.js';
import type { Direction, Expression } from '../../src/language/ast.js';
import type {
  Aggregate,
  BuildPath,
  CreatePattern,
  DeleteEntities,
  Expand,
  MergePattern,
  NodeIndexSeek,
  NodeToCreate,
  Plan,
  RelationshipByIdSeek,
  RelationshipIndexSeek,
  RelationshipToCreate,
  RelationshipTypeScan,
  SeekPredicate,
  ShortestPath,
  SortKey,
  VariableExpand,
  WriteItem,
} from '../../src/planner/plan.js';
import { CypherPoint } from '../../src/values/point-type.js';
import { type CypherMap, Node, Path, Relationship, type Value } from '../../src/values/value.js';
import { aggregated } from './aggregates.js';
import { evaluate, property, Refused, type Row, type Scope, truth } from './expressions.js';
import { distanceOf, isWithinBox } from './points.js';
import { compared, equal, order, textOf } from './values.js';

export interface EvaluationScope extends Scope {
  readonly writer: GraphWriter | undefined;
}

/** The rows of a plan whose root is ProduceResults or EmptyResult, as lists of its columns. */
export function evaluatePlan(plan: Plan, scope: EvaluationScope): readonly (readonly Value[])[] {
  const rows = new Evaluation(scope).rows(plan, new Map());
  return plan.kind === 'ProduceResults' ? rows.map((row) => plan.columns.map((column) => row.get(column.variable) ?? null)) : [];
}

/** Every row of every operator is kept: such a query is not for this evaluator. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
}

const ROWS_MAX = 1_000_000;

class Evaluation {
  readonly #scope: EvaluationScope;
  #rowCount: number;

  constructor(scope: EvaluationScope) {
    this.#scope = scope;
    this.#rowCount = 0;
  }

  /** `argument`: the row of the enclosing operator's left side. Raises TooMuch. */
  rows(plan: Plan, argument: Row): readonly Row[] {
    return this.#made(this.#rows(plan, argument));
  }

  /** Counted while a product grows too, not only when it is whole. */
  #made(rows: readonly Row[]): readonly Row[] {
    this.#rowCount += rows.length;
    if (this.#rowCount > ROWS_MAX) throw new TooMuch(`more than ${ROWS_MAX} rows`);
    return rows;
  }

  #rows(plan: Plan, argument: Row): readonly Row[] {
    const { reader } = this.#scope;
    switch (plan.kind) {
      case 'Argument':
        return [argument];
      case 'AllNodesScan':
        return this.#beside(plan.source, argument, plan.node, () => idsOf(reader.nodes()).map((id) => new Node(id, reader)));
      case 'NodeByLabelScan':
        return this.#beside(plan.source, argument, plan.node, () =>
          idsOf(reader.nodes())
            .filter((id) => reader.nodeLabels(id).includes(plan.label))
            .map((id) => new Node(id, reader)),
        );
      case 'NodeIndexSeek':
        return this.rows(plan.source, argument).flatMap((row) => this.#seek(plan, row).map((node) => and(row, plan.node, node)));
      case 'RelationshipIndexSeek':
        return this.rows(plan.source, argument).flatMap((row) => this.#relationshipSeek(plan, row));
      case 'NodeByIdSeek':
        return this.rows(plan.source, argument).flatMap((row) => {
          const wanted = (this.#value(plan.ids, row) as readonly Value[] | null) ?? [];
          const nodes = idsOf(reader.nodes()).map((id) => new Node(id, reader));
          const found = nodes.filter((node) => wanted.some((one) => (plan.by === 'id' ? equal(one, node.id) === true : one === node.elementId)));
          return found.map((node) => and(row, plan.node, node));
        });
      case 'RelationshipByIdSeek':
        return this.rows(plan.source, argument).flatMap((row) => {
          const wanted = (this.#value(plan.ids, row) as readonly Value[] | null) ?? [];
          const found = this.#relationships(plan.types).filter((each) =>
            wanted.some((one) => (plan.by === 'id' ? equal(one, each.id) === true : one === each.elementId)),
          );
          return found.flatMap((each) => this.#ends(plan, each, row));
        });
      case 'RelationshipTypeScan':
        return this.rows(plan.source, argument).flatMap((row) => this.#typeScan(plan, row));
      case 'Expand':
        return this.rows(plan.source, argument).flatMap((row) => this.#expand(plan, row));
      case 'DistinctExpand':
        throw new Error('the evaluator takes plans as they are first made');
      case 'VariableExpand':
        return this.rows(plan.source, argument).flatMap((row) => this.#variableExpand(plan, row));
      case 'ShortestPath':
        return this.rows(plan.source, argument).flatMap((row) => this.#shortestPath(plan, row));
      case 'Filter':
        return this.rows(plan.source, argument).filter((row) => truth(this.#value(plan.predicate, row)) === true);
      case 'Project':
        return this.rows(plan.source, argument).map((row) => {
          const items = plan.items.map((item) => [item.variable, this.#value(item.expression, row)] as const);
          return new Map([...(plan.discard ? argument : row), ...items]);
        });
      case 'Unwind':
        return this.rows(plan.source, argument).flatMap((row) => {
          const list = this.#value(plan.list, row);
          const items = list === null ? [] : Array.isArray(list) ? (list as readonly Value[]) : [list];
          return items.map((item) => and(row, plan.variable, item));
        });
      case 'Aggregate':
        return this.#aggregate(plan, this.rows(plan.source, argument), argument);
      case 'Distinct':
        return distinct(this.rows(plan.source, argument), plan.variables, argument);
      case 'Sort':
        return sorted(this.rows(plan.source, argument), plan.keys);
      case 'Top':
        return sorted(this.rows(plan.source, argument), plan.keys).slice(0, this.#count(plan.limit, argument));
      case 'Skip':
        return this.rows(plan.source, argument).slice(this.#count(plan.count, argument));
      case 'Limit':
        return this.rows(plan.source, argument).slice(0, this.#count(plan.count, argument));
      case 'Optional': {
        const found = this.rows(plan.source, argument);
        return found.length > 0 ? found : [new Map([...argument, ...plan.variables.map((name) => [name, null] as const)])];
      }
      case 'BuildPath':
        return this.rows(plan.source, argument).map((row) => and(row, plan.variable, this.#path(plan, row)));
      case 'ProcedureCall':
        throw new AssertionError('the evaluator calls no procedures');
      case 'Apply':
        return this.rows(plan.left, argument).flatMap((row) => this.rows(plan.right, row));
      case 'SemiApply':
        return this.rows(plan.left, argument).filter((row) => this.rows(plan.right, row).length > 0 !== plan.negated);
      case 'CountApply':
        return this.rows(plan.left, argument).map((row) => {
          const count = this.rows(plan.right, row).length;
          return and(row, plan.variable, plan.asExists ? count > 0 : count);
        });
      case 'CollectApply':
        return this.rows(plan.left, argument).map((row) =>
          and(
            row,
            plan.variable,
            this.rows(plan.right, row).map((inner) => this.#value(plan.collect, inner)),
          ),
        );
      case 'CartesianProduct':
        return this.rows(plan.left, argument).flatMap((left) => this.#made(this.rows(plan.right, argument).map((right) => new Map([...left, ...right]))));
      case 'NodeHashJoin':
        return this.rows(plan.left, argument).flatMap((left) =>
          this.rows(plan.right, argument)
            .filter((right) => plan.nodes.every((node) => equal(left.get(node) ?? null, right.get(node) ?? null) === true))
            .map((right) => new Map([...right, ...left])),
        );
      case 'ValueHashJoin':
        return this.rows(plan.left, argument).flatMap((left) =>
          this.rows(plan.right, argument)
            .filter((right) => equal(this.#value(plan.leftKey, left), this.#value(plan.rightKey, right)) === true)
            .map((right) => new Map([...left, ...right])),
        );
      case 'Union':
        return [plan.left, plan.right].flatMap((side) => this.rows(side, argument).map((row) => only(row, plan.variables, argument)));
      case 'CreatePattern':
        return this.rows(plan.source, argument).map((row) => this.#create(plan, row));
      case 'MergePattern':
        return this.rows(plan.source, argument).flatMap((row) => this.#merge(plan, row));
      case 'SetItems':
        return this.rows(plan.source, argument).map((row) => this.#write(plan.items, row));
      case 'DeleteEntities':
        return this.#delete(plan, this.rows(plan.source, argument));
      case 'Foreach':
        return this.rows(plan.left, argument).map((row) => {
          const list = this.#value(plan.list, row);
          for (const item of (list ?? []) as readonly Value[]) this.rows(plan.right, and(row, plan.variable, item));
          return row;
        });
      case 'SubqueryForeach':
        return this.rows(plan.left, argument).map((row) => {
          this.rows(plan.right, row);
          return row;
        });
      case 'Eager':
      case 'ProduceResults':
        return this.rows(plan.source, argument);
      case 'EmptyResult':
        this.rows(plan.source, argument);
        return [];
      case 'SchemaWrite':
        throw new AssertionError('the evaluator changes no schema');
      default:
        return unreachable(plan);
    }
  }

  #value(e: Expression, row: Row): Value {
    return evaluate(e, row, this.#scope);
  }

  #count(e: Expression, row: Row): number {
    const count = this.#value(e, row);
    if (typeof count !== 'number' || count < 0) throw new Refused('not a count');
    return count;
  }

  #beside(source: Plan, argument: Row, variable: string, nodes: () => readonly Value[]): readonly Row[] {
    return this.rows(source, argument).flatMap((row) => this.#made(nodes().map((node) => and(row, variable, node))));
  }

  // ---------------------------------------------------------------- finding

  #seek(plan: NodeIndexSeek, row: Row): readonly Node[] {
    const { reader } = this.#scope;
    const nodes = idsOf(reader.nodes()).map((id) => new Node(id, reader));
    return this.#inIndex(
      plan,
      nodes.filter((node) => node.labels.includes(plan.index.token)),
      row,
    );
  }

  #relationshipSeek(plan: RelationshipIndexSeek, row: Row): readonly Row[] {
    return this.#inIndex(plan, this.#relationships([plan.index.token]), row).flatMap((one) => this.#ends(plan, one, row));
  }

  /** In the order of their keys. */
  #inIndex<E extends Node | Relationship>(
    { index, predicates, descending }: NodeIndexSeek | RelationshipIndexSeek,
    entities: readonly E[],
    row: Row,
  ): readonly E[] {
    const keyOf = (entity: E) => index.properties.map((key) => property(entity, key));
    const found = entities.filter((entity) => {
      const key = keyOf(entity);
      // An index holds entities that have all of its properties; one of texts, those that are strings; one of points, points.
      if (index.kind === 'text' && typeof key[0] !== 'string') return false;
      if (index.kind === 'point' && !(key[0] instanceof CypherPoint)) return false;
      return !key.includes(null) && predicates.every((predicate, at) => this.#holds(predicate, key[at] as Value, row));
    });
    found.sort((a, b) => order(keyOf(a), keyOf(b)));
    return descending ? found.reverse() : found;
  }

  #holds(predicate: SeekPredicate, value: Value, row: Row): boolean {
    switch (predicate.kind) {
      case 'equal':
        return equal(value, this.#value(predicate.value, row)) === true;
      case 'in': {
        const list = this.#value(predicate.list, row);
        return Array.isArray(list) && (list as readonly Value[]).some((one) => equal(value, one) === true);
      }
      case 'range': {
        const { lower, upper } = predicate;
        const above = lower === undefined || compared(value, this.#value(lower.value, row), (sign) => sign > 0 || (lower.inclusive && sign === 0)) === true;
        return above && (upper === undefined || compared(value, this.#value(upper.value, row), (sign) => sign < 0 || (upper.inclusive && sign === 0)) === true);
      }
      case 'prefix': {
        const start = this.#value(predicate.value, row);
        return typeof start === 'string' && typeof value === 'string' && value.slice(0, start.length) === start;
      }
      case 'suffix': {
        const end = this.#value(predicate.value, row);
        return typeof end === 'string' && typeof value === 'string' && value.length >= end.length && value.slice(value.length - end.length) === end;
      }
      case 'contains': {
        const part = this.#value(predicate.value, row);
        return typeof part === 'string' && typeof value === 'string' && value.indexOf(part) >= 0;
      }
      case 'exists':
        return true;
      case 'distance': {
        const [away, radius] = [distanceOf(value, this.#value(predicate.centre, row)), this.#value(predicate.radius, row)];
        return compared(away, radius, (sign) => sign < 0 || (predicate.inclusive && sign === 0)) === true;
      }
      case 'box':
        return isWithinBox(value, this.#value(predicate.lowerLeft, row), this.#value(predicate.upperRight, row)) === true;
      default:
        return unreachable(predicate);
    }
  }

  #typeScan(plan: RelationshipTypeScan, row: Row): readonly Row[] {
    return this.#relationships(plan.types).flatMap((one) => this.#ends(plan, one, row));
  }

  /** A relationship with its ends; in both directions, but a loop once, where the plan asks for it. */
  #ends(plan: RelationshipByIdSeek | RelationshipTypeScan | RelationshipIndexSeek, relationship: Relationship, row: Row): readonly Row[] {
    const { reader } = this.#scope;
    const ends = [reader.relationshipStart(relationship.id), reader.relationshipEnd(relationship.id)] as const;
    const ways = plan.direction === 'both' && ends[0] !== ends[1] ? [ends, [ends[1], ends[0]] as const] : [ends];
    return ways.map(
      ([from, to]) =>
        new Map([...row, [plan.relationship, relationship], [plan.from, new Node(from, reader)], [plan.to, new Node(to, reader)]] as [string, Value][]),
    );
  }

  #relationships(types: readonly string[]): readonly Relationship[] {
    const { reader } = this.#scope;
    const all = idsOf(reader.relationships()).map((id) => new Relationship(id, reader));
    return all.filter((one) => types.length === 0 || types.includes(one.type));
  }

  /** Relationships of a node and where they lead; a loop once. */
  #around(node: number, direction: Direction, types: readonly string[]): readonly (readonly [Relationship, number])[] {
    const { reader } = this.#scope;
    return this.#relationships(types).flatMap((one) => {
      const [start, end] = [reader.relationshipStart(one.id), reader.relationshipEnd(one.id)];
      if (direction !== 'in' && start === node) return [[one, end] as const];
      return direction !== 'out' && end === node ? [[one, start] as const] : [];
    });
  }

  #expand(plan: Expand, row: Row): readonly Row[] {
    const from = row.get(plan.from);
    if (!(from instanceof Node)) return [];
    return this.#around(from.id, plan.direction, plan.types)
      .filter(([relationship, to]) => isAllowed([relationship], plan.distinctFrom, row) && (!plan.into || isNode(row.get(plan.to), to)))
      .map(([relationship, to]) => new Map([...row, [plan.relationship, relationship], [plan.to, new Node(to, this.#scope.reader)]] as [string, Value][]));
  }

  #variableExpand(plan: VariableExpand, row: Row): readonly Row[] {
    const from = row.get(plan.from);
    if (!(from instanceof Node)) return [];
    const found: Row[] = [];
    const walk = (at: number, trail: readonly Relationship[]): void => {
      if (trail.length >= plan.min && isAllowed(trail, plan.distinctFrom, row) && (!plan.into || isNode(row.get(plan.to), at))) {
        found.push(new Map([...row, [plan.relationship, trail], [plan.to, new Node(at, this.#scope.reader)]] as [string, Value][]));
      }
      if (plan.max !== undefined && trail.length >= plan.max) return;
      for (const [next, to] of this.#around(at, plan.direction, plan.types)) {
        if (trail.some((one) => one.id === next.id)) continue;
        if (plan.each !== undefined && truth(this.#value(plan.each.predicate, and(row, plan.each.variable, next))) !== true) continue;
        walk(to, [...trail, next]);
      }
    };
    walk(from.id, []);
    return found;
  }

  /** All trails between the ends; those that satisfy what is asked; the shortest of those. */
  #shortestPath(plan: ShortestPath, row: Row): readonly Row[] {
    const { reader } = this.#scope;
    const [from, to] = [row.get(plan.from), row.get(plan.to)];
    if (!(from instanceof Node) || !(to instanceof Node)) return [];
    if (from.id === to.id && plan.min > 0) throw new Refused('a shortest path from a node to itself');
    const found: Row[] = [];
    const walk = (nodes: readonly Node[], trail: readonly Relationship[]): void => {
      const at = nodes.at(-1) as Node;
      if (trail.length >= plan.min && at.id === to.id) {
        found.push(new Map<string, Value>([...row, [plan.relationship, trail], [plan.path, new Path(nodes, trail)]]));
      }
      if (plan.max !== undefined && trail.length >= plan.max) return;
      for (const [next, end] of this.#around(at.id, plan.direction, plan.types)) {
        if (!trail.some((one) => one.id === next.id)) walk([...nodes, new Node(end, reader)], [...trail, next]);
      }
    };
    walk([from], []);
    const holds = (one: Row, e: Expression): boolean => truth(this.#value(e, one)) === true;
    const good = found.filter((one) => {
      const path = one.get(plan.path) as Path;
      return (
        path.relationships.every((item) => plan.relationshipPredicates.every((each) => holds(and(one, each.variable, item), each.predicate))) &&
        path.nodes.every((item) => plan.nodePredicates.every((each) => holds(and(one, each.variable, item), each.predicate))) &&
        (plan.predicate === undefined || holds(one, plan.predicate))
      );
    });
    const length = (one: Row): number => (one.get(plan.path) as Path).relationships.length;
    const least = Math.min(...good.map(length));
    const shortest = good.filter((one) => length(one) === least);
    return plan.all ? shortest : shortest.slice(0, 1);
  }

  #path(plan: BuildPath, row: Row): Value {
    const { reader } = this.#scope;
    const first = row.get(plan.nodes[0] as string);
    if (!(first instanceof Node)) return null;
    const nodes = [first];
    const relationships: Relationship[] = [];
    for (const { variable } of plan.relationships) {
      const bound = row.get(variable) ?? null;
      if (bound === null) return null;
      for (const one of (Array.isArray(bound) ? bound : [bound]) as Relationship[]) {
        const at = (nodes.at(-1) as Node).id;
        const to = reader.relationshipStart(one.id) === at ? reader.relationshipEnd(one.id) : reader.relationshipStart(one.id);
        relationships.push(one);
        nodes.push(new Node(to, reader));
      }
    }
    return new Path(nodes, relationships);
  }

  // ---------------------------------------------------------------- grouping

  #aggregate(plan: Aggregate, rows: readonly Row[], argument: Row): readonly Row[] {
    const groups = new Map<string, { readonly keys: readonly Value[]; readonly rows: Row[] }>();
    if (plan.keys.length === 0) groups.set('', { keys: [], rows: [] });
    for (const row of rows) {
      const keys = plan.keys.map((key) => this.#value(key.expression, row));
      const text = keys.map(textOf).join('\n');
      const group = groups.get(text) ?? { keys, rows: [] };
      groups.set(text, group);
      group.rows.push(row);
    }
    return [...groups.values()].map((group) => {
      const keys = plan.keys.map((key, at) => [key.variable, group.keys[at] as Value] as const);
      const items = plan.items.map((item) => {
        const { argument: of, parameter } = item;
        const values = of === undefined ? group.rows.map(() => true) : group.rows.map((row) => this.#value(of, row));
        const first = parameter === undefined || group.rows[0] === undefined ? null : this.#value(parameter, group.rows[0]);
        return [item.variable, aggregated(item, values, first)] as const;
      });
      return new Map([...argument, ...keys, ...items]);
    });
  }

  // ---------------------------------------------------------------- writing

  get #writer(): GraphWriter {
    const { writer } = this.#scope;
    if (writer === undefined) throw new AssertionError('a plan that writes has a writer');
    return writer;
  }

  #properties(e: Expression | undefined, row: Row): CypherMap {
    const map = e === undefined ? new Map<string, Value>() : this.#value(e, row);
    if (!(map instanceof Map)) throw new Refused('not a MAP');
    return map as CypherMap;
  }

  #create(
    { nodes, relationships }: { readonly nodes: readonly NodeToCreate[]; readonly relationships: readonly RelationshipToCreate[] } | CreatePattern,
    before: Row,
  ): Row {
    let row = before;
    for (const { variable, labels, properties } of nodes) {
      row = and(row, variable, new Node(this.#writer.createNode(labels, this.#properties(properties, row)), this.#scope.reader));
    }
    for (const { variable, type, from, to, properties } of relationships) {
      const [start, end] = [row.get(from), row.get(to)];
      if (!(start instanceof Node) || !(end instanceof Node)) throw new Refused('a relationship without an end');
      const id = this.#writer.createRelationship(type, start.id, end.id, this.#properties(properties, row));
      row = and(row, variable, new Relationship(id, this.#scope.reader));
    }
    return row;
  }

  #merge(plan: MergePattern, row: Row): readonly Row[] {
    for (const { properties } of [...plan.nodes, ...plan.relationships]) {
      if ([...this.#properties(properties, row).values()].includes(null)) throw new Refused('MERGE of a null');
    }
    const found = this.rows(plan.match, row);
    if (found.length > 0) return found.map((one) => this.#write(plan.onMatch, one));
    return [this.#write(plan.onCreate, this.#create(plan, row))];
  }

  #write(items: readonly WriteItem[], row: Row): Row {
    for (const item of items) this.#writeItem(item, row);
    return row;
  }

  #writeItem(item: WriteItem, row: Row): void {
    switch (item.kind) {
      case 'SetProperty':
        return this.#setProperty(this.#value(item.subject, row), item.key, this.#value(item.value, row));
      case 'RemoveProperty':
        return this.#setProperty(this.#value(item.subject, row), item.key, null);
      case 'SetProperties': {
        const subject = row.get(item.variable) ?? null;
        if (subject === null) return;
        const value = this.#value(item.value, row);
        const map = value instanceof Node || value instanceof Relationship ? value.properties : value;
        if (!(map instanceof Map)) throw new Refused('not a MAP');
        const before = (subject as Node | Relationship).properties;
        if (item.replace) for (const key of before.keys()) if (!map.has(key)) this.#setProperty(subject, key, null);
        for (const [key, one] of map as CypherMap) this.#setProperty(subject, key, one);
        return;
      }
      default: {
        const subject = row.get(item.variable) ?? null;
        if (!(subject instanceof Node)) return;
        for (const label of item.labels) {
          if (item.kind === 'SetLabels') this.#writer.addLabel(subject.id, label);
          else this.#writer.removeLabel(subject.id, label);
        }
      }
    }
  }

  #setProperty(subject: Value, key: string, value: Value): void {
    if (subject instanceof Node) this.#writer.setNodeProperty(subject.id, key, value);
    else if (subject instanceof Relationship) this.#writer.setRelationshipProperty(subject.id, key, value);
    else if (subject !== null) throw new Refused('nothing that has properties');
  }

  #delete(plan: DeleteEntities, rows: readonly Row[]): readonly Row[] {
    for (const row of rows) {
      for (const e of plan.expressions) {
        const value = this.#value(e, row);
        if (value instanceof Node) this.#writer.deleteNode(value.id, plan.detach);
        else if (value instanceof Relationship) this.#writer.deleteRelationship(value.id);
        else if (value instanceof Path) {
          for (const one of value.relationships) this.#writer.deleteRelationship(one.id);
          for (const one of value.nodes) this.#writer.deleteNode(one.id, plan.detach);
        } else if (value !== null) throw new Refused('nothing that can be deleted');
      }
    }
    return rows;
  }
}

// ---------------------------------------------------------------- rows

function and(row: Row, variable: string, value: Value): Row {
  return new Map([...row, [variable, value]]);
}

function only(row: Row, variables: readonly string[], argument: Row): Row {
  return new Map([...argument, ...variables.map((name) => [name, row.get(name) ?? null] as const)]);
}

function distinct(rows: readonly Row[], variables: readonly string[], argument: Row): readonly Row[] {
  const seen = new Set<string>();
  return rows
    .map((row) => only(row, variables, argument))
    .filter((row) => {
      const text = variables.map((name) => textOf(row.get(name) as Value)).join('\n');
      return !seen.has(text) && seen.add(text);
    });
}

function sorted(rows: readonly Row[], keys: readonly SortKey[]): readonly Row[] {
  return [...rows].sort((a, b) => {
    for (const { variable, descending } of keys) {
      const sign = order(a.get(variable) as Value, b.get(variable) as Value);
      if (sign !== 0) return descending ? -sign : sign;
    }
    return 0;
  });
}

function idsOf(cursor: IdCursor): readonly number[] {
  const ids: number[] = [];
  while (cursor.next()) for (let at = cursor.start; at < cursor.end; at++) ids.push(cursor.ids[at] as number);
  return ids;
}

function isNode(value: Value | undefined, id: number): boolean {
  return value instanceof Node && value.id === id;
}

/** None of the relationships is one that the same MATCH has bound already. */
function isAllowed(trail: readonly Relationship[], names: readonly string[], row: Row): boolean {
  const taken = names.flatMap((name) => {
    const value = row.get(name) ?? null;
    return (Array.isArray(value) ? value : [value]) as readonly Value[];
  });
  return trail.every((one) => !taken.some((other) => other instanceof Relationship && other.id === one.id));
}
