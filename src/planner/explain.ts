// What EXPLAIN shows: the plan as a tree of Neo4j's operator names with their details, and the same as text.

import type { Direction } from '../language/ast.js';
import { ADMINISTER } from '../semantics/administration.js';
import { CypherFloat, type Value } from '../values/value.js';
import { textOf, variablesOf } from './expressions.js';
import { orderedKeys } from './index-order.js';
import type {
  DistinctExpand,
  EachPredicate,
  Expand,
  NodeIndexSeek,
  Plan,
  RelationshipByIdSeek,
  RelationshipIndexSeek,
  RelationshipTypeScan,
  SeekPredicate,
  ShortestPath,
  VariableExpand,
} from './plan.js';
import { inputs, isLeaf } from './plan-tree.js';
import { expressionsOf } from './touched.js';

export interface PlanDescription {
  readonly operatorType: string;
  readonly arguments: ReadonlyMap<string, Value>;
  readonly identifiers: readonly string[];
  readonly children: readonly PlanDescription[];
  /** Of a statement that ran. */
  readonly profile?: PlanProfile;
}

export interface PlanProfile {
  readonly rows: number;
  readonly hits: number;
  readonly timeMs: number;
}

export type Profiles = ReadonlyMap<Plan, PlanProfile>;

/** `profiles`: what the operators did, of a statement that ran. */
export function describe(plan: Plan, profiles?: Profiles): PlanDescription {
  const root = describeOne(plan, profiles);
  const whole: readonly (readonly [string, Value])[] = [
    ['planner', 'COST'],
    ['planner-impl', 'IDP'],
    ['planner-version', '5.26'],
    ['runtime', 'COMPILED'],
    ['runtime-impl', 'COMPILED'],
    ['runtime-version', '5.26'],
    ['version', '5'],
  ];
  return { ...root, arguments: new Map([...root.arguments, ...whole]) };
}

/** A leaf that looks for each row of others is shown as a leaf of its own, beside what gives those rows. */
function describeOne(plan: Plan, profiles: Profiles | undefined): PlanDescription {
  const beside = isLeaf(plan) ? plan.source : undefined;
  const own = describeAlone(plan, profiles);
  if (beside === undefined) return { ...own, children: children(plan).map((child) => describeOne(child, profiles)) };
  const known = new Set(identifiersOf(beside));
  const leaf = { ...own, identifiers: own.identifiers.filter((name) => !known.has(name)) };
  if (beside.kind === 'Argument') return leaf;
  const asks = expressionsOf(plan).some((e) => [...variablesOf(e)].some((name) => known.has(name)));
  const gathered = new Map([...own.arguments].filter(([name]) => name === 'EstimatedRows' || name === 'Rows'));
  if (own.profile !== undefined) for (const name of ['DbHits', 'Time', 'PageCacheHits', 'PageCacheMisses']) gathered.set(name, 0);
  return {
    operatorType: `${asks ? 'Apply' : 'CartesianProduct'}@neo4j`,
    arguments: gathered,
    identifiers: own.identifiers,
    children: [describeOne(beside, profiles), leaf],
    ...(own.profile === undefined ? {} : { profile: { rows: own.profile.rows, hits: 0, timeMs: 0 } }),
  };
}

/** Without its children. */
function describeAlone(plan: Plan, profiles: Profiles | undefined): PlanDescription {
  const shown = new Map<string, Value>([['EstimatedRows', new CypherFloat(plan.rows)]]);
  const details = detailsOf(plan);
  if (details !== '') shown.set('Details', details);
  const order = orderText(plan);
  if (order !== '') shown.set('Order', order);
  const profile = profiles?.get(plan);
  if (profile !== undefined) {
    shown
      .set('Rows', profile.rows)
      .set('DbHits', profile.hits)
      .set('Time', Math.round(profile.timeMs * 1e6));
    shown.set('PageCacheHits', 0).set('PageCacheMisses', 0).set('PageCacheHitRatio', new CypherFloat(0));
  }
  return {
    operatorType: `${operatorName(plan)}@neo4j`,
    arguments: shown,
    identifiers: identifiersOf(plan).map((name) => name.trim()),
    children: [],
    ...(profile === undefined ? {} : { profile }),
  };
}

/** The Argument of no variables is not shown. */
export function children(plan: Plan): readonly Plan[] {
  return inputs(plan).filter((input) => input.kind !== 'Argument' || input.variables.length > 0);
}

/** One operator a line, `+ name details`, inputs below and two spaces further in. */
export function printPlan(plan: Plan): string {
  const lines: string[] = [];
  const print = (at: Plan, depth: number): void => {
    const details = detailsOf(at);
    lines.push(`${'  '.repeat(depth)}+ ${operatorName(at)}${details === '' ? '' : ` ${details}`}`);
    for (const child of children(at)) print(child, depth + 1);
  };
  print(plan, 0);
  return lines.join('\n');
}

export function operatorName(plan: Plan): string {
  switch (plan.kind) {
    case 'NodeIndexSeek':
      return seekName(plan);
    case 'RelationshipIndexSeek':
      return `${plan.direction === 'both' ? 'Undirected' : 'Directed'}Relationship${indexUse(plan.predicates)}`;
    case 'NodeByIdSeek':
      return plan.by === 'id' ? 'NodeByIdSeek' : 'NodeByElementIdSeek';
    case 'RelationshipByIdSeek':
      return `${plan.direction === 'both' ? 'Undirected' : 'Directed'}RelationshipBy${plan.by === 'id' ? 'Id' : 'ElementId'}Seek`;
    case 'RelationshipTypeScan':
      return `${plan.direction === 'both' ? 'Undirected' : 'Directed'}${plan.types.length === 0 ? 'AllRelationshipsScan' : 'RelationshipTypeScan'}`;
    case 'Expand':
      return plan.into ? 'Expand(Into)' : 'Expand(All)';
    case 'VariableExpand':
      return plan.into ? 'VarLengthExpand(Into)' : 'VarLengthExpand(All)';
    case 'DistinctExpand':
      return plan.steps.length === 1 ? 'VarLengthExpand(Pruning,BFS)' : 'DistinctExpand';
    case 'Project':
    case 'BuildPath':
      return 'Projection';
    case 'Aggregate':
      return 'EagerAggregation';
    case 'SemiApply':
      return plan.negated ? 'AntiSemiApply' : 'SemiApply';
    case 'CountApply':
      return plan.asExists ? 'LetSemiApply' : 'Apply';
    case 'CollectApply':
      return 'RollUpApply';
    case 'CreatePattern':
      return 'Create';
    case 'MergePattern':
      return 'Merge';
    case 'SetItems':
      return plan.items.every((item) => item.kind === 'RemoveLabels')
        ? 'RemoveLabels'
        : plan.items.every((item) => item.kind === 'SetLabels')
          ? 'SetLabels'
          : 'SetProperties';
    case 'DeleteEntities':
      return plan.detach ? 'DetachDelete' : 'Delete';
    case 'SchemaWrite':
      return plan.command.kind;
    default:
      return plan.kind;
  }
}

function seekName(plan: NodeIndexSeek): string {
  return `${plan.unique ? 'NodeUnique' : 'Node'}${indexUse(plan.predicates)}`;
}

function indexUse(predicates: readonly SeekPredicate[]): string {
  const first = predicates[0]?.kind;
  if (first === 'exists') return 'IndexScan';
  if (first === 'contains') return 'IndexContainsScan';
  if (first === 'suffix') return 'IndexEndsWithScan';
  return first === 'equal' || first === 'in' ? 'IndexSeek' : 'IndexSeekByRange';
}

function names(list: readonly string[]): string {
  return list.map((name) => name.trim()).join(', ');
}

function detailsOf(plan: Plan): string {
  switch (plan.kind) {
    case 'Argument':
    case 'Distinct':
    case 'Optional':
    case 'Union':
      return names(plan.variables);
    case 'AllNodesScan':
    case 'NodeByIdSeek':
      return names([plan.node]);
    case 'NodeByLabelScan':
      return `${names([plan.node])}:${plan.label}`;
    case 'NodeIndexSeek':
      return `${plan.unique ? 'UNIQUE' : indexWords(plan)} ${names([plan.node])}:${indexDetails(plan)}`;
    case 'RelationshipIndexSeek':
      return `${indexWords(plan)} ${scanText(plan, `:${plan.index.token}(${plan.index.properties.join(', ')})`)} WHERE ${askedText(plan, plan.relationship)}`;
    case 'RelationshipByIdSeek':
    case 'RelationshipTypeScan':
      return scanText(plan, typesText(plan.types));
    case 'Expand':
    case 'VariableExpand':
      return expandDetails(plan);
    case 'DistinctExpand':
      return distinctDetails(plan);
    case 'ShortestPath':
      return shortestDetails(plan);
    case 'Filter':
      return textOf(plan.predicate);
    case 'Project':
      return plan.items.map((item) => `${textOf(item.expression)} AS ${item.variable.trim()}`).join(', ');
    case 'Unwind':
      return `${textOf(plan.list)} AS ${plan.variable.trim()}`;
    case 'Aggregate':
      return [
        ...plan.keys.map((key) => `${textOf(key.expression)} AS ${key.variable.trim()}`),
        ...plan.items.map(
          (item) =>
            `${item.function === 'countStar' ? 'count(*)' : `${item.function}(${item.distinct ? 'DISTINCT ' : ''}${item.argument ? textOf(item.argument) : ''})`} AS ${item.variable.trim()}`,
        ),
      ].join(', ');
    case 'Sort':
      return sortText(plan.keys);
    case 'Top':
      return `${sortText(plan.keys)} LIMIT ${textOf(plan.limit)}`;
    case 'Skip':
    case 'Limit':
      return textOf(plan.count);
    case 'BuildPath':
    case 'CountApply':
    case 'CollectApply':
      return names([plan.variable]);
    case 'ProcedureCall':
      // What a command is given may be a password.
      if (plan.name.startsWith(ADMINISTER)) return plan.name.slice(ADMINISTER.length);
      return `${plan.name}(${plan.arguments.map(textOf).join(', ')})`;
    case 'Foreach':
      return `${plan.variable.trim()} IN ${textOf(plan.list)}`;
    case 'NodeHashJoin':
      return names(plan.nodes);
    case 'ValueHashJoin':
      return `${textOf(plan.leftKey)} = ${textOf(plan.rightKey)}`;
    case 'CreatePattern':
    case 'MergePattern':
      return [
        ...plan.nodes.map((node) => `(${names([node.variable])}${node.labels.map((label) => `:${label}`).join('')})`),
        ...plan.relationships.map((r) => `(${names([r.from])})-[${names([r.variable])}:${r.type}]->(${names([r.to])})`),
      ].join(', ');
    case 'SetItems':
      return plan.items.map(itemText).join(', ');
    case 'DeleteEntities':
      return plan.expressions.map(textOf).join(', ');
    case 'Eager':
      return plan.reason;
    case 'ProduceResults':
      return plan.columns.map((column) => column.name).join(', ');
    case 'Apply':
    case 'SemiApply':
    case 'CartesianProduct':
    case 'SubqueryForeach':
    case 'EmptyResult':
    case 'SchemaWrite':
      return '';
  }
}

/** In which order rows come, where that spares sorting. */
function orderText(plan: Plan): string {
  switch (plan.kind) {
    case 'NodeIndexSeek':
    case 'RelationshipIndexSeek': {
      if (plan.source.kind !== 'Argument') return '';
      const variable = plan.kind === 'NodeIndexSeek' ? plan.node : plan.relationship;
      return orderedKeys(plan)
        .map((key) => `${variable.trim()}.${key} ${plan.descending ? 'DESC' : 'ASC'}`)
        .join(', ');
    }
    case 'Sort':
    case 'Top':
      return sortText(plan.keys);
    default:
      return '';
  }
}

type SetItem = Extract<Plan, { kind: 'SetItems' }>['items'][number];

function itemText(item: SetItem): string {
  switch (item.kind) {
    case 'SetProperty':
      return `${textOf(item.subject)}.${item.key} = ${textOf(item.value)}`;
    case 'SetProperties':
      return `${item.variable.trim()} ${item.replace ? '=' : '+='} ${textOf(item.value)}`;
    case 'RemoveProperty':
      return `${textOf(item.subject)}.${item.key}`;
    case 'SetLabels':
    case 'RemoveLabels':
      return `${item.variable.trim()}:${item.labels.join(':')}`;
  }
}

function sortText(keys: readonly { readonly variable: string; readonly descending: boolean }[]): string {
  return keys.map((key) => `${key.variable.trim()} ${key.descending ? 'DESC' : 'ASC'}`).join(', ');
}

function typesText(types: readonly string[]): string {
  return types.length === 0 ? '' : `:${types.join('|')}`;
}

function expandDetails(plan: Expand | VariableExpand): string {
  const length = plan.kind === 'VariableExpand' ? `*${plan.min}..${plan.max ?? ''}` : '';
  const [before, after] = arrow(plan.direction);
  return `(${names([plan.from])})${before}[${names([plan.relationship])}${typesText(plan.types)}${length}]${after}(${names([plan.to])})`;
}

function distinctDetails(plan: DistinctExpand): string {
  const steps = plan.steps.map(({ direction, types, relationship, node }, index) => {
    const [before, after] = arrow(direction);
    const length = plan.steps.length === 1 ? `*${plan.min}..${plan.max ?? ''}` : '';
    const where = (each: EachPredicate | undefined): string => (each === undefined ? '' : ` WHERE ${textOf(each.predicate)}`);
    const end = index === plan.steps.length - 1 ? names([plan.to]) : '';
    return `${before}[${typesText(types)}${length}${where(relationship)}]${after}(${end}${where(node)})`;
  });
  return `(${names([plan.from])})${steps.join('')}`;
}

function arrow(direction: Direction): readonly [string, string] {
  return direction === 'out' ? ['-', '->'] : direction === 'in' ? ['<-', '-'] : ['-', '-'];
}

function shortestDetails(plan: ShortestPath): string {
  const [before, after] = arrow(plan.direction);
  const length = `*${plan.min === 1 ? '' : plan.min}..${plan.max ?? ''}`;
  const search = `(${names([plan.from])})${before}[${names([plan.relationship])}${typesText(plan.types)}${length}]${after}(${names([plan.to])})`;
  const asked = [...[...plan.relationshipPredicates, ...plan.nodePredicates].map((each) => each.predicate), ...(plan.predicate ? [plan.predicate] : [])];
  const where = asked.length === 0 ? '' : ` WHERE ${asked.map(textOf).join(' AND ')}`;
  return `${plan.path.trim()} = ${plan.all ? 'allShortestPaths' : 'shortestPath'}(${search})${where}`;
}

function scanText(plan: RelationshipByIdSeek | RelationshipTypeScan | RelationshipIndexSeek, of: string): string {
  return `(${names([plan.from])})-[${names([plan.relationship])}${of}]-${plan.direction === 'out' ? '>' : ''}(${names([plan.to])})`;
}

function indexWords({ index }: NodeIndexSeek | RelationshipIndexSeek): string {
  return `${index.kind.toUpperCase()} INDEX`;
}

function indexDetails(plan: NodeIndexSeek): string {
  return `${plan.index.token}(${plan.index.properties.join(', ')}) WHERE ${askedText(plan, plan.node)}`;
}

function askedText({ predicates, index }: NodeIndexSeek | RelationshipIndexSeek, variable: string): string {
  return predicates.map((predicate, at) => seekText(`${variable.trim()}.${index.properties[at]}`, predicate)).join(' AND ');
}

function seekText(property: string, predicate: SeekPredicate): string {
  switch (predicate.kind) {
    case 'equal':
      return `${property} = ${textOf(predicate.value)}`;
    case 'in':
      return `${property} IN ${textOf(predicate.list)}`;
    case 'prefix':
      return `${property} STARTS WITH ${textOf(predicate.value)}`;
    case 'suffix':
      return `${property} ENDS WITH ${textOf(predicate.value)}`;
    case 'contains':
      return `${property} CONTAINS ${textOf(predicate.value)}`;
    case 'exists':
      return `${property} IS NOT NULL`;
    case 'distance':
      return `point.distance(${property}, ${textOf(predicate.centre)}) ${predicate.inclusive ? '<=' : '<'} ${textOf(predicate.radius)}`;
    case 'box':
      return `point.withinBBox(${property}, ${textOf(predicate.lowerLeft)}, ${textOf(predicate.upperRight)})`;
    case 'range':
      return [
        ...(predicate.lower ? [`${property} ${predicate.lower.inclusive ? '>=' : '>'} ${textOf(predicate.lower.value)}`] : []),
        ...(predicate.upper ? [`${property} ${predicate.upper.inclusive ? '<=' : '<'} ${textOf(predicate.upper.value)}`] : []),
      ].join(' AND ');
  }
}

/** Of each operator: plans never change, and those above ask again. */
const identifiers = new WeakMap<Plan, readonly string[]>();

/** Everything bound above an operator. */
export function identifiersOf(plan: Plan): readonly string[] {
  const known = identifiers.get(plan);
  if (known !== undefined) return known;
  const found = foundIdentifiers(plan);
  identifiers.set(plan, found);
  return found;
}

function foundIdentifiers(plan: Plan): readonly string[] {
  const own = ownIdentifiers(plan);
  if (own.only) return own.names;
  return [
    ...new Set([
      ...inputs(plan)
        .filter((input) => !keepsLeft(plan) || input === plan.left)
        .flatMap(identifiersOf),
      ...own.names,
    ]),
  ];
}

/** Binds nothing that its right side binds. */
function keepsLeft(plan: Plan): plan is Plan & { readonly kind: 'SemiApply' | 'CountApply' | 'CollectApply' | 'Foreach' | 'SubqueryForeach' } {
  return plan.kind === 'SemiApply' || plan.kind === 'CountApply' || plan.kind === 'CollectApply' || plan.kind === 'Foreach' || plan.kind === 'SubqueryForeach';
}

function ownIdentifiers(plan: Plan): { readonly names: readonly string[]; readonly only: boolean } {
  const add = (...list: string[]): { names: readonly string[]; only: boolean } => ({ names: list, only: false });
  switch (plan.kind) {
    case 'Argument':
    case 'Distinct':
    case 'Union':
      return { names: plan.variables, only: true };
    case 'AllNodesScan':
    case 'NodeByLabelScan':
    case 'NodeIndexSeek':
    case 'NodeByIdSeek':
      return add(plan.node);
    case 'RelationshipIndexSeek':
    case 'RelationshipByIdSeek':
    case 'RelationshipTypeScan':
    case 'Expand':
    case 'VariableExpand':
      return add(plan.relationship, plan.from, plan.to);
    case 'DistinctExpand':
      return add(plan.from, plan.to);
    case 'Project':
      return { names: plan.items.map((item) => item.variable), only: plan.discard };
    case 'Aggregate':
      return { names: [...plan.keys, ...plan.items].map((item) => item.variable), only: true };
    case 'ShortestPath':
      return add(plan.relationship, plan.path);
    case 'Unwind':
    case 'BuildPath':
    case 'CountApply':
    case 'CollectApply':
      return add(plan.variable);
    case 'ProcedureCall':
      return add(...plan.yields.map((one) => one.variable));
    case 'CreatePattern':
    case 'MergePattern':
      return add(...[...plan.nodes, ...plan.relationships].map((made) => made.variable));
    default:
      return add();
  }
}
