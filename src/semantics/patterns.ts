// Patterns: which names they bind, and, for matching, their labels, properties and inner WHEREs as predicates.

import { limits } from '../base/limits.js';
import type { Position } from '../errors/error.js';
import type { Expression, LabelExpression, NodePattern, PatternPart, RelationshipPattern, Variable } from '../language/ast.js';
import type { Names, Scope, Symbol, SymbolType } from './scope.js';

export interface DeclaredPattern {
  readonly parts: readonly PatternPart[];
  /** The pattern's own names. */
  readonly added: ReadonlyMap<string, Symbol>;
}

/** 'match': names may be bound before. 'create': only bare nodes may. */
export type PatternUse = 'match' | 'create';

export function declarePattern(parts: readonly PatternPart[], scope: Scope, names: Names, use: PatternUse): DeclaredPattern {
  const declaring = new Declaring(scope, names, use);
  const declared = parts.map((part) => declaring.part(part));
  return { parts: declared, added: declaring.added };
}

/** How many loops finding the pattern takes, beside the `before`. Raises SyntaxError beyond the limit. */
export function countLoops(parts: readonly PatternPart[], before: number, names: Names): number {
  return parts.flatMap((part) => [part, ...part.relationships]).reduce((count, { at }) => countLoop(at, count, names), before);
}

export function countLoop(at: Position, before: number, names: Names): number {
  if (before < limits.queryLoopsMax) return before + 1;
  const counted = 'pattern parts, relationships, UNWINDs and CALLs';
  throw names.error(`The query has more than ${limits.queryLoopsMax} ${counted} (limits.query_loops); split it into several statements`, at);
}

class Declaring {
  readonly added: Map<string, Symbol>;
  readonly #scope: Scope;
  readonly #names: Names;
  readonly #use: PatternUse;

  constructor(scope: Scope, names: Names, use: PatternUse) {
    this.added = new Map();
    this.#scope = scope;
    this.#names = names;
    this.#use = use;
  }

  part(part: PatternPart): PatternPart {
    if (part.shortest !== undefined && this.#use === 'create') throw this.#names.error('shortestPath(...) cannot be used in CREATE or MERGE', part.at);
    const alone = part.relationships.length === 0;
    const nodes = part.nodes.map((node) => this.#node(node, alone));
    const relationships = part.relationships.map((relationship) => this.#relationship(relationship));
    return { ...part, nodes, relationships, path: part.path && this.#path(part.path) };
  }

  #node(node: NodePattern, alone: boolean): NodePattern {
    const { variable } = node;
    if (variable === undefined) return { ...node, variable: this.#anonymous('node', node.at) };
    const known = this.#find(variable);
    if (known === undefined) return { ...node, variable: this.#declare(variable, 'Node') };
    if (known.type !== 'Node' && known.type !== 'Any') throw this.#names.typeMismatch(variable, known.type, 'Node');
    const bare = node.labels === undefined && node.properties === undefined;
    if (this.#use === 'create' && (alone || !bare)) throw this.#names.alreadyDeclared(variable);
    return { ...node, variable: { ...variable, name: known.name } };
  }

  #relationship(relationship: RelationshipPattern): RelationshipPattern {
    const { variable, length, at } = relationship;
    if (this.#use === 'create') this.#checkCreated(relationship);
    if (variable === undefined) return { ...relationship, variable: this.#anonymous('relationship', at) };
    const type: SymbolType = length === undefined ? 'Relationship' : 'List<Relationship>';
    if (this.added.has(variable.name) && this.added.get(variable.name)?.type === 'Relationship') {
      throw this.#names.error(`Cannot use the same relationship variable '${variable.name}' for multiple relationships`, variable.at);
    }
    const known = this.#find(variable);
    if (known === undefined) return { ...relationship, variable: this.#declare(variable, type) };
    if (this.#use === 'create') throw this.#names.alreadyDeclared(variable);
    // A list may hold relationships.
    const list = length !== undefined && known.type === 'Value';
    if (known.type !== type && known.type !== 'Any' && !list) throw this.#names.typeMismatch(variable, known.type, type);
    return { ...relationship, variable: { ...variable, name: known.name } };
  }

  #checkCreated({ types, length, at }: RelationshipPattern): void {
    if (length !== undefined) throw this.#names.error('Variable length relationships cannot be used in CREATE or MERGE', at);
    if (types.length !== 1) {
      throw this.#names.error(
        "Exactly one relationship type must be specified for CREATE or MERGE. Did you forget to prefix your relationship type with a ':'?",
        at,
      );
    }
  }

  #path(variable: Variable): Variable {
    if (this.#find(variable) !== undefined) throw this.#names.alreadyDeclared(variable);
    return this.#declare(variable, 'Path');
  }

  #find(variable: Variable): Symbol | undefined {
    return this.added.get(variable.name) ?? this.#scope.get(variable.name);
  }

  #declare(variable: Variable, type: SymbolType): Variable {
    const name = this.#names.unique(variable.name);
    this.added.set(variable.name, { name, type });
    return { ...variable, name };
  }

  #anonymous(word: string, at: Variable['at']): Variable {
    return { kind: 'Variable', name: this.#names.fresh(word), at };
  }
}

/** Takes labels, properties and inner WHEREs out of a declared pattern. */
export function splitPattern(
  parts: readonly PatternPart[],
  resolve: (e: Expression) => Expression,
  names: Names,
): { readonly parts: readonly PatternPart[]; readonly predicates: readonly Expression[] } {
  const predicates: Expression[] = [];
  const bare = parts.map(
    (part): PatternPart => ({
      ...part,
      nodes: part.nodes.map((node) => {
        if (node.labels !== undefined && node.variable !== undefined) predicates.push(...labelPredicates(node.variable, node.labels));
        predicates.push(...contentPredicates(node, resolve, names));
        return { ...node, labels: undefined, properties: undefined, where: undefined };
      }),
      relationships: part.relationships.map((relationship) => {
        predicates.push(...contentPredicates(relationship, resolve, names));
        return { ...relationship, properties: undefined, where: undefined };
      }),
    }),
  );
  return { parts: bare, predicates };
}

/** One predicate for each label that must be there, so that each can choose an index or a scan. */
function labelPredicates(subject: Variable, labels: LabelExpression): readonly Expression[] {
  if (labels.kind === 'LabelAnd') return [...labelPredicates(subject, labels.left), ...labelPredicates(subject, labels.right)];
  return [{ kind: 'HasLabels', subject, labels, at: labels.at }];
}

function contentPredicates(element: NodePattern | RelationshipPattern, resolve: (e: Expression) => Expression, names: Names): readonly Expression[] {
  const { variable, properties, where } = element;
  if (variable === undefined) return [];
  const found: Expression[] = [];
  if (properties !== undefined) found.push(...propertyPredicates(element, variable, resolve(properties), names));
  if (where !== undefined) found.push(resolve(where));
  return found;
}

function propertyPredicates(element: NodePattern | RelationshipPattern, variable: Variable, properties: Expression, names: Names): readonly Expression[] {
  const { at } = element;
  if (properties.kind !== 'Map') {
    // As Neo4j: which properties these are must be known when the statement is planned.
    throw names.error('Parameter maps cannot be used in MATCH patterns (use a literal map instead, e.g. "{id: $param.id}")', properties.at);
  }
  const equal = (subject: Variable) =>
    properties.entries.map(
      ({ key, value }): Expression => ({ kind: 'Binary', operator: '=', left: { kind: 'Property', subject, key, at }, right: value, at: value.at }),
    );
  if (element.kind === 'NodePattern' || element.length === undefined) return equal(variable);
  // Of a variable-length relationship, every one has the properties.
  const one: Variable = { kind: 'Variable', name: `${variable.name}@each`, at };
  const all = equal(one);
  if (all.length === 0) return [];
  const where = all.reduce((left, right): Expression => ({ kind: 'Binary', operator: 'AND', left, right, at }));
  return [{ kind: 'Quantifier', quantifier: 'all', variable: one, list: variable, where, at }];
}
