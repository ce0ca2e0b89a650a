// The logical plan: a tree of operators that the runtime compiles and that the plain evaluator in
// `test/` walks. Each operator takes the rows of its `source` (a row binds variables by name) and
// makes rows. `Argument` is the leaf that stands for the row handed in from outside: by the
// `Apply` whose right side it is in, or, at the bottom of a plan, for one empty row.
//
// Variables are names unique in the plan. Expressions are the language's trees in canonical form
// (see `semantics/canonical.ts`); their `Variable`s name row bindings. Frozen after planning.

import type { IndexSchema } from '../graph/schema.js';
import type { Direction, Expression, SchemaCommand } from '../language/ast.js';
import type { CountsRead } from './counts-read.js';

export type Plan =
  // leaves
  | Argument
  | AllNodesScan
  | NodeByLabelScan
  | NodeIndexSeek
  | NodeByIdSeek
  | RelationshipIndexSeek
  | RelationshipByIdSeek
  | RelationshipTypeScan
  // rows to rows
  | Expand
  | VariableExpand
  | DistinctExpand
  | ShortestPath
  | Filter
  | Project
  | Unwind
  | Aggregate
  | Distinct
  | Sort
  | Top
  | Skip
  | Limit
  | Optional
  | BuildPath
  | ProcedureCall
  // two inputs
  | Apply
  | SemiApply
  | CountApply
  | CollectApply
  | CartesianProduct
  | NodeHashJoin
  | ValueHashJoin
  | Union
  // writes
  | CreatePattern
  | MergePattern
  | SetItems
  | DeleteEntities
  | Foreach
  | SubqueryForeach
  | Eager
  // roots
  | ProduceResults
  | EmptyResult
  | SchemaWrite;

export type OperatorKind = Plan['kind'];

interface Estimated {
  /** Rows that the planner expects. */
  readonly rows: number;
}
interface Unaries extends Estimated {
  readonly source: Plan;
}

/** One row: the bindings of the enclosing Apply's left side, or none. */
export interface Argument extends Estimated {
  readonly kind: 'Argument';
  readonly variables: readonly string[];
}

// Leaves other than Argument have an optional `source`: for each of its rows, the scan's rows beside it.
// A planner without a source leaves `Argument` there.

export interface AllNodesScan extends Unaries {
  readonly kind: 'AllNodesScan';
  readonly node: string;
}

export interface NodeByLabelScan extends Unaries {
  readonly kind: 'NodeByLabelScan';
  readonly node: string;
  readonly label: string;
}

/** A bound of a range seek. */
export interface SeekBound {
  readonly value: Expression;
  readonly inclusive: boolean;
}

/** What an index is asked: one predicate for each property of a prefix of the index's properties. */
export type SeekPredicate =
  | { readonly kind: 'equal'; readonly value: Expression }
  | { readonly kind: 'in'; readonly list: Expression }
  | { readonly kind: 'range'; readonly lower: SeekBound | undefined; readonly upper: SeekBound | undefined }
  | { readonly kind: 'prefix'; readonly value: Expression }
  | { readonly kind: 'suffix' | 'contains'; readonly value: Expression }
  | { readonly kind: 'exists' }
  | PointPredicate;

/** What a point index is asked, beside equality with a point. It finds more than that: what it finds is to be checked. */
export type PointPredicate =
  | { readonly kind: 'distance'; readonly centre: Expression; readonly radius: Expression; readonly inclusive: boolean }
  | { readonly kind: 'box'; readonly lowerLeft: Expression; readonly upperRight: Expression };

/**
 * Equality with null or NaN finds nothing. Ranges compare within the type of the bound, as Cypher's `<`. A text index alone is asked for
 * suffixes and what strings contain; it is asked one predicate, finds strings only, each once and in no order, and may find more than
 * was asked for: a Filter above it keeps what is true.
 */
interface IndexSeeks extends Unaries {
  readonly index: IndexSchema;
  readonly predicates: readonly SeekPredicate[];
  /** For each row of the source in the order of the index's keys, or in the reverse of it; in none where IN, or an index of points, is asked. */
  readonly descending: boolean;
}

export interface NodeIndexSeek extends IndexSeeks {
  readonly kind: 'NodeIndexSeek';
  readonly node: string;
  /** At most one node for each equal key: the index belongs to a unique constraint. */
  readonly unique: boolean;
}

export interface RelationshipIndexSeek extends IndexSeeks {
  readonly kind: 'RelationshipIndexSeek';
  readonly relationship: string;
  readonly from: string;
  readonly to: string;
  /** 'both' gives each relationship in both directions (a loop once). */
  readonly direction: 'out' | 'both';
}

/** `id(n) = …`, `elementId(n) = …`, or IN a list of them. */
export interface NodeByIdSeek extends Unaries {
  readonly kind: 'NodeByIdSeek';
  readonly node: string;
  /** A list of ids, or of element ids. */
  readonly ids: Expression;
  readonly by: 'id' | 'elementId';
}

/** `id(r) = …`, `elementId(r) = …`, or IN a list of them, with both ends. */
export interface RelationshipByIdSeek extends Unaries {
  readonly kind: 'RelationshipByIdSeek';
  readonly relationship: string;
  readonly from: string;
  readonly to: string;
  /** Empty: all types. */
  readonly types: readonly string[];
  /** A list of ids, or of element ids. */
  readonly ids: Expression;
  readonly by: 'id' | 'elementId';
  /** 'both' gives each relationship in both directions (a loop once). */
  readonly direction: 'out' | 'both';
}

export interface RelationshipTypeScan extends Unaries {
  readonly kind: 'RelationshipTypeScan';
  readonly relationship: string;
  readonly from: string;
  readonly to: string;
  /** Empty: all types. */
  readonly types: readonly string[];
  /** 'both' gives each relationship in both directions (a loop once). */
  readonly direction: 'out' | 'both';
}

/** From a bound node over one relationship. `to` bound already (`into`): only relationships between the two. */
export interface Expand extends Unaries {
  readonly kind: 'Expand';
  readonly from: string;
  readonly relationship: string;
  readonly to: string;
  readonly direction: Direction;
  readonly types: readonly string[];
  readonly into: boolean;
  /** Relationship variables (single or lists) of the same MATCH that this one must differ from. */
  readonly distinctFrom: readonly string[];
}

/** `*min..max`: `relationship` is bound to the list of relationships. Within it no relationship repeats. */
export interface VariableExpand extends Unaries {
  readonly kind: 'VariableExpand';
  readonly from: string;
  readonly relationship: string;
  readonly to: string;
  readonly direction: Direction;
  readonly types: readonly string[];
  readonly min: number;
  readonly max: number | undefined;
  readonly into: boolean;
  readonly distinctFrom: readonly string[];
  /** Must hold for every relationship on the way, which is bound to `variable`. */
  readonly each: { readonly variable: string; readonly predicate: Expression } | undefined;
}

/** A step of DistinctExpand; what its relationship and the node behind it satisfy. */
export interface DistinctStep {
  readonly direction: Direction;
  readonly types: readonly string[];
  readonly relationship: EachPredicate | undefined;
  readonly node: EachPredicate | undefined;
}

/**
 * From a bound node to the ends of trails of `min` to `max` relationships, each end once for a row of the source. What lies between is
 * not bound. Beyond the last of `steps` all are as the last. Without `trails` a relationship may repeat.
 */
export interface DistinctExpand extends Unaries {
  readonly kind: 'DistinctExpand';
  readonly from: string;
  readonly to: string;
  readonly steps: readonly DistinctStep[];
  readonly min: number;
  readonly max: number | undefined;
  readonly trails: boolean;
}

/** What every relationship, or every node, of a path satisfies; it is bound to `variable`. */
export interface EachPredicate {
  readonly variable: string;
  readonly predicate: Expression;
}

/**
 * Between two bound nodes: a shortest path, or with `all` each of them. `relationship` is bound to its list of relationships, `path` to
 * the path. Shortest of those that satisfy the predicates. No row where there is none, or where an end is null.
 */
export interface ShortestPath extends Unaries {
  readonly kind: 'ShortestPath';
  readonly path: string;
  readonly from: string;
  readonly relationship: string;
  readonly to: string;
  readonly direction: Direction;
  readonly types: readonly string[];
  readonly min: number;
  readonly max: number | undefined;
  readonly all: boolean;
  readonly relationshipPredicates: readonly EachPredicate[];
  readonly nodePredicates: readonly EachPredicate[];
  /** Of the whole path. */
  readonly predicate: Expression | undefined;
}

/** Keeps rows for which the predicate is true (not null). */
export interface Filter extends Unaries {
  readonly kind: 'Filter';
  readonly predicate: Expression;
}

export interface ProjectItem {
  readonly variable: string;
  readonly expression: Expression;
}

/** Adds bindings. `discard`: afterwards only `items` are bound. */
export interface Project extends Unaries {
  readonly kind: 'Project';
  readonly items: readonly ProjectItem[];
  readonly discard: boolean;
}

/** null: no row; a value that is no list: one row. */
export interface Unwind extends Unaries {
  readonly kind: 'Unwind';
  readonly list: Expression;
  readonly variable: string;
}

/** Aggregate functions as the plan names them. */
export type AggregateFunction = 'count' | 'sum' | 'avg' | 'min' | 'max' | 'collect' | 'stDev' | 'stDevP' | 'percentileCont' | 'percentileDisc';

export interface AggregateItem {
  readonly variable: string;
  /** 'countStar' has no argument. */
  readonly function: AggregateFunction | 'countStar';
  readonly distinct: boolean;
  readonly argument: Expression | undefined;
  /** The percentile of percentileCont and percentileDisc. */
  readonly parameter: Expression | undefined;
}

/** Groups by `keys`; without keys exactly one row, also for no input. Only keys and items are bound after. */
export interface Aggregate extends Unaries {
  readonly kind: 'Aggregate';
  readonly keys: readonly ProjectItem[];
  readonly items: readonly AggregateItem[];
}

/** Distinct rows over `variables`; only these are bound after. */
export interface Distinct extends Unaries {
  readonly kind: 'Distinct';
  readonly variables: readonly string[];
  /** Rows in which none of these is null are distinct already. */
  readonly unlessNull?: readonly string[];
}

export interface SortKey {
  readonly variable: string;
  readonly descending: boolean;
}

export interface Sort extends Unaries {
  readonly kind: 'Sort';
  readonly keys: readonly SortKey[];
}

/** Sort and Limit in one: keeps the first `limit` rows. */
export interface Top extends Unaries {
  readonly kind: 'Top';
  readonly keys: readonly SortKey[];
  readonly limit: Expression;
}

export interface Skip extends Unaries {
  readonly kind: 'Skip';
  readonly count: Expression;
}

export interface Limit extends Unaries {
  readonly kind: 'Limit';
  readonly count: Expression;
}

/** Rows of the source; if there is none, the Argument's row with `variables` null. */
export interface Optional extends Unaries {
  readonly kind: 'Optional';
  readonly variables: readonly string[];
}

/** Binds a path from its node and relationship variables (a list variable for variable length), alternating. */
export interface BuildPath extends Unaries {
  readonly kind: 'BuildPath';
  readonly variable: string;
  readonly nodes: readonly string[];
  readonly relationships: readonly { readonly variable: string; readonly isList: boolean }[];
}

export interface ProcedureCall extends Unaries {
  readonly kind: 'ProcedureCall';
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly yields: readonly { readonly column: string; readonly variable: string }[];
}

interface Binaries extends Estimated {
  readonly left: Plan;
  readonly right: Plan;
}

/** For each row of the left, the rows of the right with that row as its Argument. */
export interface Apply extends Binaries {
  readonly kind: 'Apply';
}

/** Keeps left rows for which the right has a row (`negated`: none). */
export interface SemiApply extends Binaries {
  readonly kind: 'SemiApply';
  readonly negated: boolean;
}

/** Left rows with `variable` bound to how many rows the right has. */
export interface CountApply extends Binaries {
  readonly kind: 'CountApply';
  readonly variable: string;
  /** Bind a boolean: whether there is a row. */
  readonly asExists: boolean;
}

/** Left rows with `variable` bound to the list of the right's `collect` values. */
export interface CollectApply extends Binaries {
  readonly kind: 'CollectApply';
  readonly variable: string;
  readonly collect: Expression;
}

export interface CartesianProduct extends Binaries {
  readonly kind: 'CartesianProduct';
}

/** Joins where both sides hold the same `nodes`; the right side is kept in a table. */
export interface NodeHashJoin extends Binaries {
  readonly kind: 'NodeHashJoin';
  readonly nodes: readonly string[];
}

/** Joins where `leftKey = rightKey` by Cypher equality. */
export interface ValueHashJoin extends Binaries {
  readonly kind: 'ValueHashJoin';
  readonly leftKey: Expression;
  readonly rightKey: Expression;
}

/** Rows of the left, then of the right. `variables` on both sides and after. UNION without ALL has Distinct above. */
export interface Union extends Binaries {
  readonly kind: 'Union';
  readonly variables: readonly string[];
}

/** A node to create; `properties` is a map expression. */
export interface NodeToCreate {
  readonly variable: string;
  readonly labels: readonly string[];
  readonly properties: Expression | undefined;
}

export interface RelationshipToCreate {
  readonly variable: string;
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly properties: Expression | undefined;
}

/** All nodes, then all relationships. */
export interface CreatePattern extends Unaries {
  readonly kind: 'CreatePattern';
  readonly nodes: readonly NodeToCreate[];
  readonly relationships: readonly RelationshipToCreate[];
}

/** For each row of the source: the rows of `match` (its Argument is that row) with `onMatch`; if none, creates, with `onCreate`. */
export interface MergePattern extends Unaries {
  readonly kind: 'MergePattern';
  readonly match: Plan;
  readonly nodes: readonly NodeToCreate[];
  readonly relationships: readonly RelationshipToCreate[];
  readonly onCreate: readonly WriteItem[];
  readonly onMatch: readonly WriteItem[];
}

export type WriteItem =
  | { readonly kind: 'SetProperty'; readonly subject: Expression; readonly key: string; readonly value: Expression }
  | { readonly kind: 'SetProperties'; readonly variable: string; readonly value: Expression; readonly replace: boolean }
  | { readonly kind: 'SetLabels' | 'RemoveLabels'; readonly variable: string; readonly labels: readonly string[] }
  | { readonly kind: 'RemoveProperty'; readonly subject: Expression; readonly key: string };

/** SET and REMOVE, in the order of `items`. */
export interface SetItems extends Unaries {
  readonly kind: 'SetItems';
  readonly items: readonly WriteItem[];
}

export interface DeleteEntities extends Unaries {
  readonly kind: 'DeleteEntities';
  readonly expressions: readonly Expression[];
  readonly detach: boolean;
}

/** Left rows as they are; for each, and each item of its list, the right runs for its writes. */
export interface Foreach extends Binaries {
  readonly kind: 'Foreach';
  readonly list: Expression;
  readonly variable: string;
}

/** Left rows as they are; for each, the right runs for its writes. */
export interface SubqueryForeach extends Binaries {
  readonly kind: 'SubqueryForeach';
}

/** Takes all rows of the source before it gives the first: its writes and later reads cannot meet. */
export interface Eager extends Unaries {
  readonly kind: 'Eager';
  readonly reason: string;
}

export interface ProduceResults extends Unaries {
  readonly kind: 'ProduceResults';
  /** `name` is the column, `variable` the binding. */
  readonly columns: readonly { readonly name: string; readonly variable: string }[];
}

/** Runs the source for its writes and gives no row. */
export interface EmptyResult extends Unaries {
  readonly kind: 'EmptyResult';
}

export interface SchemaWrite extends Estimated {
  readonly kind: 'SchemaWrite';
  readonly command: SchemaCommand;
}

/** A planned statement. */
export interface PlannedQuery {
  readonly plan: Plan;
  readonly columns: readonly string[];
  readonly writes: boolean;
  readonly schemaWrite: boolean;
  /** Whether it reads or writes the content of the graph. */
  readonly touchesGraph: boolean;
  /** Parameters that the text needs (not those taken out of it). */
  readonly parameters: readonly string[];
  /** Counts of the graph that this plan rests on. */
  readonly counts: CountsRead;
}
