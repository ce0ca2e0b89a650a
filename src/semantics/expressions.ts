// Names and calls in expressions: every variable gets its one name, every function is known and has the right
// number of arguments, patterns become EXISTS over canonical patterns, chains of comparisons become ANDs.

import type { Expression, FunctionCall, MapProjection, PatternPart, Query, QuerySubquery, Variable } from '../language/ast.js';
import type { FunctionSignatures } from './canonical.js';
import { countLoops, declarePattern, splitPattern } from './patterns.js';
import { extended, type Names, type Scope, type SymbolType } from './scope.js';
import { updates } from './structure.js';
import { mapChildren, some } from './tree.js';

export interface ExpressionContext {
  readonly names: Names;
  readonly functions: FunctionSignatures;
  /** Where aggregates may stand: in the items of a projection. */
  readonly aggregates: 'allowed' | 'forbidden' | 'inside';
  /** Variables that a subquery sees all the time; `*` does not stand for them. */
  readonly pinned: Scope;
  /** Checks a whole query that sees the scope's names. */
  readonly subquery: (query: Query, scope: Scope) => Query;
}

export function isAggregate(e: Expression, functions: FunctionSignatures): boolean {
  return e.kind === 'CountStar' || (e.kind === 'Function' && functions.find(e.name)?.aggregate === true);
}

export function hasAggregate(e: Expression, functions: FunctionSignatures): boolean {
  return some(e, (part) => isAggregate(part, functions));
}

/** The expression with its names resolved in `scope`. */
export function resolve(e: Expression, scope: Scope, context: ExpressionContext): Expression {
  const { names } = context;
  const down = (child: Expression, inner: Scope = scope, inside = context) => resolve(child, inner, inside);
  switch (e.kind) {
    case 'Variable':
      return { ...e, name: symbolOf(e, scope, names).name };
    case 'Parameter':
      names.parameters.add(e.name);
      return e;
    case 'Function':
      return resolveCall(e, scope, context);
    case 'CountStar':
      refuseAggregate(e, 'count(*)', context);
      return e;
    case 'ComparisonChain':
      return conjunction(e, scope, context);
    case 'ListComprehension': {
      const [variable, inner] = bind(e.variable, scope, names);
      const own = forbidding(context);
      return { ...e, variable, list: down(e.list), where: e.where && down(e.where, inner, own), projection: e.projection && down(e.projection, inner, own) };
    }
    case 'Quantifier': {
      const [variable, inner] = bind(e.variable, scope, names);
      return { ...e, variable, list: down(e.list), where: down(e.where, inner) };
    }
    case 'Reduce': {
      const [accumulator, withAccumulator] = bind(e.accumulator, scope, names);
      const [variable, inner] = bind(e.variable, withAccumulator, names);
      return { ...e, accumulator, variable, initial: down(e.initial), list: down(e.list), expression: down(e.expression, inner, forbidding(context)) };
    }
    case 'PatternExpression': {
      if (e.pattern.relationships.length === 0) throw names.error('A pattern as a predicate needs a relationship', e.at);
      refuseNewVariables(e.pattern, scope, names);
      const { pattern, where } = subpattern([e.pattern], undefined, scope, context);
      return { kind: 'ExistsSubquery', pattern, where, at: e.at };
    }
    case 'ExistsSubquery':
    case 'CountSubquery': {
      const { pattern, where } = subpattern(e.pattern, e.where, scope, context);
      return { ...e, pattern, where };
    }
    case 'ShortestPath': {
      for (const { variable, at } of e.pattern.nodes) {
        if (variable === undefined || !scope.has(variable.name))
          throw names.error('A shortestPath(...) requires bound nodes when not part of a MATCH clause.', at);
      }
      const path: Variable = { kind: 'Variable', name: names.fresh('path'), at: e.at };
      const { pattern, where } = subpattern([e.pattern], undefined, scope, context);
      return { ...e, pattern: { ...(pattern[0] as PatternPart), path }, where };
    }
    case 'QuerySubquery':
      checkSubquery(e, names);
      return { ...e, query: context.subquery(e.query, scope) };
    case 'PatternComprehension': {
      const { pattern, where, inner } = subpattern([e.pattern], e.where, scope, context);
      return { ...e, pattern: pattern[0] as PatternPart, where, projection: down(e.projection, inner, forbidding(context)) };
    }
    case 'MapProjection':
      return resolveMapProjection(e, scope, context);
    case 'HasLabels':
      return { ...e, subject: down(e.subject) };
    default:
      return mapChildren(e, (child) => down(child));
  }
}

const SUBQUERY_NAMES = { exists: 'An Exists', count: 'A Count', collect: 'A Collect' } as const;

function checkSubquery({ use, query, at }: QuerySubquery, names: Names): void {
  if (updates(query)) throw names.error(`${SUBQUERY_NAMES[use]} Expression cannot contain any updates`, at);
  if (use !== 'collect') return;
  for (const { clauses } of query.parts) {
    const last = clauses.at(-1);
    const column = last?.kind === 'Return' && last.projection.items.length === 1 && !last.projection.star;
    if (!column) throw names.error('A Collect Expression must end with a single return column.', at);
  }
}

export function symbolOf(variable: Variable, scope: Scope, names: Names) {
  const symbol = scope.get(variable.name);
  if (symbol === undefined) throw names.undefinedVariable(variable);
  return symbol;
}

function bind(variable: Variable, scope: Scope, names: Names, type: SymbolType = 'Any'): readonly [Variable, Scope] {
  const name = names.unique(variable.name);
  return [{ ...variable, name }, extended(scope, [[variable.name, { name, type }]])];
}

function forbidding(context: ExpressionContext): ExpressionContext {
  return { ...context, aggregates: 'forbidden' };
}

function refuseAggregate(e: Expression, shown: string, context: ExpressionContext): void {
  if (context.aggregates === 'allowed') return;
  const message =
    context.aggregates === 'inside'
      ? "Can't use aggregate functions inside of aggregate functions."
      : `Invalid use of aggregating function ${shown} in this context`;
  throw context.names.error(message, e.at);
}

const RANDOM: readonly string[] = ['rand', 'randomuuid'];

/** Functions of Cypher that are absent: temporal and spatial ones, and a few more. */
const TO_COME =
  /^(date|datetime|localdatetime|time|localtime|duration|point|vector|graph)(\.\w+)*$|^(normalize|valuetype|file|linenumber|isnormalized|db\.nameFromElementId)$/i;

function isToCome(name: string): boolean {
  return TO_COME.test(name);
}

function resolveCall(e: FunctionCall, scope: Scope, context: ExpressionContext): Expression {
  const { names, functions } = context;
  const [pattern] = e.arguments;
  // exists((a)-->(b)) is the old way to write EXISTS { (a)-->(b) }.
  if (e.name.toLowerCase() === 'exists' && pattern?.kind === 'PatternExpression') return resolve(pattern, scope, context);
  if (e.name.toLowerCase() === 'exists' && pattern !== undefined) checkExisting(pattern, names);
  const signature = functions.find(e.name);
  if (signature === undefined) {
    throw names.error(isToCome(e.name) ? `${e.name}() is not supported yet by this version of Causeway` : `Unknown function '${e.name}'`, e.at);
  }
  if (e.arguments.length < signature.minArguments) throw names.error(`Insufficient parameters for function '${e.name}'`, e.at);
  if (e.arguments.length > signature.maxArguments) throw names.error(`Too many parameters for function '${e.name}'`, e.at);
  if (signature.aggregate) refuseAggregate(e, `${e.name}(...)`, context);
  if (e.distinct && !signature.aggregate) throw names.error(`Invalid use of DISTINCT with function '${e.name}'`, e.at);
  if (context.aggregates === 'inside' && RANDOM.includes(e.name.toLowerCase())) {
    throw names.error("Can't use non-deterministic (random) functions inside of aggregate functions.", e.at);
  }
  const inside: ExpressionContext = signature.aggregate ? { ...context, aggregates: 'inside' } : context;
  return { ...e, arguments: e.arguments.map((argument) => resolve(argument, scope, inside)) };
}

/** Of what is no property and no pattern there is nothing to ask: `exists(1)` would be true of everything. */
function checkExisting({ kind, at }: Expression, names: Names): void {
  if (kind !== 'Property' && kind !== 'Subscript') throw names.error('Argument to exists(...) is not a property or pattern', at);
}

/** `a < b <= c` is `a < b AND b <= c`. */
function conjunction(e: Expression & { kind: 'ComparisonChain' }, scope: Scope, context: ExpressionContext): Expression {
  const operands = e.operands.map((operand) => resolve(operand, scope, context));
  const pairs = e.operators.map(
    (operator, index): Expression => ({ kind: 'Binary', operator, left: operands[index] as Expression, right: operands[index + 1] as Expression, at: e.at }),
  );
  return allOf(pairs) as Expression;
}

/** A pattern inside an expression: its new names are its own. */
function subpattern(parts: readonly PatternPart[], where: Expression | undefined, scope: Scope, context: ExpressionContext) {
  const inside = forbidding(context);
  countLoops(parts, 0, context.names);
  const declared = declarePattern(parts, scope, context.names, 'match');
  const inner = extended(scope, declared.added);
  const split = splitPattern(declared.parts, (one) => resolve(one, inner, inside), context.names);
  const predicates = where === undefined ? split.predicates : [...split.predicates, resolve(where, inner, inside)];
  return { pattern: split.parts, where: allOf(predicates), inner };
}

/** All of them, in their order. The halves are halved again: a long chain would be as deep as it is long. */
export function allOf(predicates: readonly Expression[]): Expression | undefined {
  const [first] = predicates;
  if (first === undefined || predicates.length === 1) return first;
  const middle = predicates.length >> 1;
  const [left, right] = [allOf(predicates.slice(0, middle)), allOf(predicates.slice(middle))] as [Expression, Expression];
  return { kind: 'Binary', operator: 'AND', left, right, at: first.at };
}

function refuseNewVariables(part: PatternPart, scope: Scope, names: Names): void {
  for (const { variable } of [...part.nodes, ...part.relationships]) {
    if (variable !== undefined && !scope.has(variable.name)) {
      throw names.error(`PatternExpressions are not allowed to introduce new variables: '${variable.name}'.`, variable.at);
    }
  }
}

function resolveMapProjection(e: MapProjection, scope: Scope, context: ExpressionContext): Expression {
  const subject = resolve(e.subject, scope, context) as Variable;
  const items = e.items.map((item): MapProjection['items'][number] => {
    if (item.kind === 'entry') return { ...item, value: resolve(item.value, scope, context) };
    if (item.kind !== 'variable') return item;
    return { kind: 'entry', key: item.variable.name, value: resolve(item.variable, scope, context) };
  });
  return { ...e, subject, items };
}

/** SKIP and LIMIT: constant, and not negative as far as can be seen. */
export function resolveCount(e: Expression | undefined, word: 'SKIP' | 'LIMIT', context: ExpressionContext): Expression | undefined {
  if (e === undefined) return undefined;
  const { names } = context;
  if (some(e, (part) => part.kind === 'Variable'))
    throw names.error(`It is not allowed to refer to variables in ${word}, so that the value for ${word} can be statically calculated.`, e.at);
  const invalid = e.kind === 'Literal' && (typeof e.value !== 'number' || e.float || e.value < 0);
  if (invalid) throw names.error(`Invalid input. '${String(e.value)}' is not a valid value. Must be a non-negative integer.`, e.at);
  return resolve(e, new Map(), { ...context, aggregates: 'forbidden' });
}
