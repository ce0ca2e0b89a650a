// The tree of a Cypher statement. Plain frozen objects with a `kind` and the position of their
// first character; they never change after they are made. A pass that rewrites returns new ones.

import type { Position } from '../errors/error.js';
import type { ConstraintKind, IndexKind } from '../graph/schema.js';

interface At {
  readonly at: Position;
}

// ---------------------------------------------------------------- statements

export type Statement = Query | SchemaCommand | ShowCommand | Administration;

export interface ExplainedStatement {
  /** EXPLAIN or PROFILE before the statement. */
  readonly mode: 'run' | 'explain' | 'profile';
  readonly statement: Statement;
  /** The text that the positions refer to. */
  readonly text: string;
}

/** `single UNION [ALL] single …`; one part when there is no UNION. */
export interface Query extends At {
  readonly kind: 'Query';
  /** `USE name` at the beginning; the dotted name's parts. */
  readonly use: UseClause | undefined;
  readonly parts: readonly SingleQuery[];
  /** Between part i and i + 1: true for UNION ALL. All are equal. */
  readonly unionAll: boolean;
}

export interface UseClause extends At {
  readonly kind: 'Use';
  readonly graph: string;
}

export interface SingleQuery extends At {
  readonly kind: 'SingleQuery';
  readonly clauses: readonly Clause[];
}

export type SchemaCommand = CreateIndex | CreateLookupIndex | CreateConstraint | DropIndex | DropConstraint;

export interface CreateIndex extends At {
  readonly kind: 'CreateIndex';
  readonly index: IndexKind;
  readonly name: string | undefined;
  readonly ifNotExists: boolean;
  readonly entity: 'node' | 'relationship';
  readonly labelOrType: string;
  readonly properties: readonly string[];
}

/** Of all labels, or of all types. */
export interface CreateLookupIndex extends At {
  readonly kind: 'CreateLookupIndex';
  readonly name: string | undefined;
  readonly ifNotExists: boolean;
  readonly entity: 'node' | 'relationship';
}

export interface CreateConstraint extends At {
  readonly kind: 'CreateConstraint';
  readonly name: string | undefined;
  readonly ifNotExists: boolean;
  readonly constraint: ConstraintKind;
  readonly entity: 'node' | 'relationship';
  readonly labelOrType: string;
  readonly properties: readonly string[];
  /** Of a type constraint, in normal order; empty otherwise. */
  readonly propertyTypes: readonly string[];
}

export interface DropIndex extends At {
  readonly kind: 'DropIndex';
  readonly name: string;
  readonly ifExists: boolean;
}

export interface DropConstraint extends At {
  readonly kind: 'DropConstraint';
  readonly name: string;
  readonly ifExists: boolean;
}

/** A command that administers graphs, aliases or users. */
export interface Administration extends At {
  readonly kind: 'Administration';
  /** Of what does it, such as `createDatabase`. */
  readonly name: string;
  /** The command's words, such as CREATE DATABASE. */
  readonly words: string;
  /** What was given: literals and parameters. */
  readonly fields: readonly { readonly key: string; readonly value: Expression }[];
  /** WAIT: milliseconds; undefined without it. */
  readonly wait: number | undefined;
}

export type ShowTarget =
  | 'databases'
  | 'database'
  | 'defaultDatabase'
  | 'homeDatabase'
  | 'aliases'
  | 'servers'
  | 'indexes'
  | 'constraints'
  | 'users'
  | 'currentUser';

export interface ShownOnly {
  readonly column: 'type' | 'entityType';
  readonly values: readonly string[];
}

/** `SHOW target [name] [YIELD items] [WHERE predicate] [RETURN …]`: rows of the target, then a query over them. */
export interface ShowCommand extends At {
  readonly kind: 'Show';
  readonly target: ShowTarget;
  readonly name: string | undefined;
  /** Only rows whose column `type` or `entityType` has one of the values; all of these conditions. */
  readonly only: readonly ShownOnly[];
  /** YIELD's projection (`*` when `items` is empty and `star`); absent without YIELD. */
  readonly yield: Projection | undefined;
  /** WHERE directly after SHOW (without YIELD). */
  readonly where: Expression | undefined;
  readonly return: Projection | undefined;
}

// ---------------------------------------------------------------- clauses

export type Clause = Match | Unwind | With | Return | Create | Merge | Set | Remove | Delete | Foreach | CallSubquery | CallProcedure;

export interface Match extends At {
  readonly kind: 'Match';
  readonly optional: boolean;
  readonly pattern: readonly PatternPart[];
  readonly hints: readonly Hint[];
  readonly where: Expression | undefined;
}

/** `USING …`: how to find what the pattern asks for. `name`: a label, or a type. */
export type Hint =
  | IndexHint
  | (At & { readonly kind: 'ScanHint'; readonly variable: Variable; readonly name: string })
  | (At & { readonly kind: 'JoinHint'; readonly variables: readonly Variable[] });

export interface IndexHint extends At {
  readonly kind: 'IndexHint';
  /** Undefined: of any kind. */
  readonly index: IndexKind | undefined;
  readonly variable: Variable;
  readonly name: string;
  readonly properties: readonly string[];
  readonly seek: boolean;
}

export interface Unwind extends At {
  readonly kind: 'Unwind';
  readonly list: Expression;
  readonly variable: Variable;
}

/** What WITH, RETURN and YIELD share. */
export interface Projection extends At {
  readonly distinct: boolean;
  /** `*` stands first. */
  readonly star: boolean;
  readonly items: readonly ProjectionItem[];
  readonly orderBy: readonly SortItem[];
  readonly skip: Expression | undefined;
  readonly limit: Expression | undefined;
  /** WITH … WHERE, YIELD … WHERE. */
  readonly where: Expression | undefined;
}

export interface With extends At {
  readonly kind: 'With';
  readonly projection: Projection;
}

export interface Return extends At {
  readonly kind: 'Return';
  readonly projection: Projection;
}

export interface ProjectionItem extends At {
  readonly expression: Expression;
  /** The column's name: given by AS, or else the expression's own text. */
  readonly name: string;
  /** Whether AS gave it. */
  readonly aliased: boolean;
}

export interface SortItem extends At {
  readonly expression: Expression;
  readonly descending: boolean;
}

export interface Create extends At {
  readonly kind: 'Create';
  readonly pattern: readonly PatternPart[];
}

export interface Merge extends At {
  readonly kind: 'Merge';
  readonly pattern: PatternPart;
  readonly onCreate: readonly SetItem[];
  readonly onMatch: readonly SetItem[];
}

export interface Set extends At {
  readonly kind: 'Set';
  readonly items: readonly SetItem[];
}

export type SetItem =
  | (At & { readonly kind: 'SetProperty'; readonly subject: Expression; readonly key: string; readonly value: Expression })
  /** `n = map` (replace) and `n += map`. */
  | (At & { readonly kind: 'SetProperties'; readonly variable: Variable; readonly value: Expression; readonly replace: boolean })
  | (At & { readonly kind: 'SetLabels'; readonly variable: Variable; readonly labels: readonly string[] });

export interface Remove extends At {
  readonly kind: 'Remove';
  readonly items: readonly RemoveItem[];
}

export type RemoveItem =
  | (At & { readonly kind: 'RemoveProperty'; readonly subject: Expression; readonly key: string })
  | (At & { readonly kind: 'RemoveLabels'; readonly variable: Variable; readonly labels: readonly string[] });

export interface Delete extends At {
  readonly kind: 'Delete';
  readonly detach: boolean;
  readonly expressions: readonly Expression[];
}

/** `FOREACH (variable IN list | clauses)`: the clauses update. */
export interface Foreach extends At {
  readonly kind: 'Foreach';
  readonly variable: Variable;
  readonly list: Expression;
  readonly clauses: readonly Clause[];
}

/** `CALL { … }` or, `scoped`, `CALL (imports) { … }`; `star`: all variables. */
export interface CallSubquery extends At {
  readonly kind: 'CallSubquery';
  readonly scoped: boolean;
  readonly star: boolean;
  readonly imports: readonly Variable[];
  readonly query: Query;
}

/** `CALL name(arguments) [YIELD …]`. */
export interface CallProcedure extends At {
  readonly kind: 'CallProcedure';
  /** Without parentheses: parameters of the arguments' names are given. */
  readonly implicit: boolean;
  /** As the procedure declares them, once that is known. */
  readonly argumentTypes?: readonly (string | undefined)[];
  readonly name: string;
  readonly arguments: readonly Expression[];
  /** Absent: standalone call, or a procedure without results. */
  readonly yield: readonly ProjectionItem[] | undefined;
  readonly yieldStar: boolean;
  readonly where: Expression | undefined;
}

// ---------------------------------------------------------------- patterns

/** `[path =] (a)-[r]->(b)…`: `nodes.length = relationships.length + 1`. */
export interface PatternPart extends At {
  readonly kind: 'PatternPart';
  /** `shortestPath(…)` or `allShortestPaths(…)` around one relationship. */
  readonly shortest: 'one' | 'all' | undefined;
  readonly path: Variable | undefined;
  readonly nodes: readonly NodePattern[];
  readonly relationships: readonly RelationshipPattern[];
}

export interface NodePattern extends At {
  readonly kind: 'NodePattern';
  readonly variable: Variable | undefined;
  readonly labels: LabelExpression | undefined;
  /** A map literal or a parameter. */
  readonly properties: Expression | undefined;
  /** `(n WHERE …)`. */
  readonly where: Expression | undefined;
}

export type Direction = 'out' | 'in' | 'both';

export interface RelationshipPattern extends At {
  readonly kind: 'RelationshipPattern';
  readonly variable: Variable | undefined;
  /** Alternatives; empty: any type. */
  readonly types: readonly string[];
  readonly direction: Direction;
  /** `*min..max`; absent: exactly one. An absent bound is undefined inside. */
  readonly length: { readonly min: number | undefined; readonly max: number | undefined } | undefined;
  readonly properties: Expression | undefined;
  readonly where: Expression | undefined;
}

export type LabelExpression =
  | (At & { readonly kind: 'Label'; readonly name: string })
  | (At & { readonly kind: 'LabelAnd' | 'LabelOr'; readonly left: LabelExpression; readonly right: LabelExpression })
  | (At & { readonly kind: 'LabelNot'; readonly operand: LabelExpression })
  | (At & { readonly kind: 'LabelAny' });

// ---------------------------------------------------------------- expressions

export type Expression =
  | Literal
  | ListLiteral
  | MapLiteral
  | Parameter
  | Variable
  | Property
  | Subscript
  | Slice
  | Unary
  | Binary
  | ComparisonChain
  | IsNull
  | HasLabels
  | FunctionCall
  | CountStar
  | Case
  | ListComprehension
  | Quantifier
  | Reduce
  | PatternExpression
  | PatternComprehension
  | ExistsSubquery
  | CountSubquery
  | QuerySubquery
  | ShortestPathExpression
  | MapProjection;

export interface Literal extends At {
  readonly kind: 'Literal';
  /** FLOAT literals keep their type by `float`. */
  readonly value: null | boolean | number | bigint | string;
  readonly float: boolean;
}

export interface ListLiteral extends At {
  readonly kind: 'List';
  readonly items: readonly Expression[];
}

export interface MapLiteral extends At {
  readonly kind: 'Map';
  /** `at`: of the key, where the text has one. */
  readonly entries: readonly { readonly key: string; readonly value: Expression; readonly at?: Position }[];
}

/** `$name`. Names beginning with two spaces are the literals that auto-parameterisation took out. */
export interface Parameter extends At {
  readonly kind: 'Parameter';
  readonly name: string;
  /** It stands for a literal string, or a list of such. */
  readonly literal?: 'string' | 'strings';
}

export interface Variable extends At {
  readonly kind: 'Variable';
  readonly name: string;
}

export interface Property extends At {
  readonly kind: 'Property';
  readonly subject: Expression;
  readonly key: string;
}

export interface Subscript extends At {
  readonly kind: 'Subscript';
  readonly subject: Expression;
  readonly index: Expression;
}

export interface Slice extends At {
  readonly kind: 'Slice';
  readonly subject: Expression;
  readonly from: Expression | undefined;
  readonly to: Expression | undefined;
}

export interface Unary extends At {
  readonly kind: 'Unary';
  readonly operator: 'NOT' | '+' | '-';
  readonly operand: Expression;
}

export type BinaryOperator =
  | 'OR'
  | 'XOR'
  | 'AND'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | '=~'
  | 'IN'
  | 'STARTS WITH'
  | 'ENDS WITH'
  | 'CONTAINS'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^';

export interface Binary extends At {
  readonly kind: 'Binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `a < b <= c`: operands.length = operators.length + 1 ≥ 3. Semantics rewrites it to ANDs. */
export interface ComparisonChain extends At {
  readonly kind: 'ComparisonChain';
  readonly operators: readonly ('=' | '<>' | '<' | '<=' | '>' | '>=')[];
  readonly operands: readonly Expression[];
}

export interface IsNull extends At {
  readonly kind: 'IsNull';
  readonly operand: Expression;
  readonly negated: boolean;
}

export interface HasLabels extends At {
  readonly kind: 'HasLabels';
  readonly subject: Expression;
  readonly labels: LabelExpression;
}

/** Scalar functions and aggregates alike; `name` is as written, matched without case. */
export interface FunctionCall extends At {
  readonly kind: 'Function';
  readonly name: string;
  readonly distinct: boolean;
  readonly arguments: readonly Expression[];
}

export interface CountStar extends At {
  readonly kind: 'CountStar';
}

/** `CASE [subject] WHEN … THEN … [ELSE …] END`. */
export interface Case extends At {
  readonly kind: 'Case';
  readonly subject: Expression | undefined;
  readonly alternatives: readonly { readonly when: Expression; readonly then: Expression }[];
  readonly otherwise: Expression | undefined;
}

export interface ListComprehension extends At {
  readonly kind: 'ListComprehension';
  readonly variable: Variable;
  readonly list: Expression;
  readonly where: Expression | undefined;
  readonly projection: Expression | undefined;
}

export interface Quantifier extends At {
  readonly kind: 'Quantifier';
  readonly quantifier: 'all' | 'any' | 'none' | 'single';
  readonly variable: Variable;
  readonly list: Expression;
  readonly where: Expression;
}

export interface Reduce extends At {
  readonly kind: 'Reduce';
  readonly accumulator: Variable;
  readonly initial: Expression;
  readonly variable: Variable;
  readonly list: Expression;
  readonly expression: Expression;
}

/** `(a)-->(b)` as a predicate: exists. */
export interface PatternExpression extends At {
  readonly kind: 'PatternExpression';
  readonly pattern: PatternPart;
}

export interface PatternComprehension extends At {
  readonly kind: 'PatternComprehension';
  readonly pattern: PatternPart;
  readonly where: Expression | undefined;
  readonly projection: Expression;
}

/** `EXISTS { [MATCH] pattern [WHERE …] }`. */
export interface ExistsSubquery extends At {
  readonly kind: 'ExistsSubquery';
  readonly pattern: readonly PatternPart[];
  readonly where: Expression | undefined;
}

export interface CountSubquery extends At {
  readonly kind: 'CountSubquery';
  readonly pattern: readonly PatternPart[];
  readonly where: Expression | undefined;
}

/** `EXISTS { … }`, `COUNT { … }` of a whole query, and `COLLECT { … }`. */
export interface QuerySubquery extends At {
  readonly kind: 'QuerySubquery';
  readonly use: 'exists' | 'count' | 'collect';
  readonly query: Query;
}

/** `shortestPath(…)` is a path or null, `allShortestPaths(…)` a list of paths. Its pattern has a path from semantics on, and a WHERE. */
export interface ShortestPathExpression extends At {
  readonly kind: 'ShortestPath';
  readonly pattern: PatternPart;
  readonly where: Expression | undefined;
}

/** `n {.a, .*, b: 1, c}`. */
export interface MapProjection extends At {
  readonly kind: 'MapProjection';
  readonly subject: Variable;
  readonly items: readonly (
    | { readonly kind: 'key'; readonly key: string }
    | { readonly kind: 'all' }
    | { readonly kind: 'entry'; readonly key: string; readonly value: Expression }
    | { readonly kind: 'variable'; readonly variable: Variable }
  )[];
}
