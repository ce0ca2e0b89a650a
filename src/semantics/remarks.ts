// What is worth telling the author of a query although it runs: names it reads (labels, types, property keys), which the graph may not
// have; patterns of one MATCH that nothing joins; functions on their way out. Found in the text's own tree, so places are the text's.

import type { Position } from '../errors/error.js';
import type {
  Clause,
  Expression,
  FunctionCall,
  LabelExpression,
  Match,
  NodePattern,
  PatternPart,
  Property,
  Query,
  RelationshipPattern,
} from '../language/ast.js';

export interface NameRead {
  readonly kind: 'label' | 'type' | 'property';
  readonly name: string;
  readonly at: Position;
}

export interface Remarks {
  /** Each name once, at its first place. */
  readonly names: readonly NameRead[];
  /** The place of the MATCH, and a variable of each pattern (empty: it has none) that stands for itself. */
  readonly products: readonly { readonly at: Position; readonly variables: readonly string[] }[];
  readonly deprecated: readonly { readonly name: string; readonly at: Position }[];
}

const DEPRECATED: readonly string[] = ['id'];

export function remarksOn(query: Query): Remarks {
  const finder = new Finder();
  for (const part of query.parts) for (const clause of part.clauses) finder.walk(clause);
  return finder.found();
}

type Place = Clause | NodePattern | RelationshipPattern | LabelExpression | Property | FunctionCall;

class Finder {
  readonly #names: NameRead[] = [];
  readonly #keysOf: { readonly variable: string; readonly read: NameRead }[] = [];
  readonly #products: { readonly at: Position; readonly variables: readonly string[] }[] = [];
  readonly #deprecated: { readonly name: string; readonly at: Position }[] = [];
  /** Variables of nodes and relationships: of other things `x.key` is no property of the graph. */
  readonly #entities = new Set<string>();

  found(): Remarks {
    const first = new Map<string, NameRead>();
    const ofEntities = this.#keysOf.flatMap(({ variable, read }) => (this.#entities.has(variable) ? [read] : []));
    for (const read of [...this.#names, ...ofEntities].sort((one, other) => one.at.offset - other.at.offset)) {
      const key = `${read.kind} ${read.name}`;
      if (!first.has(key)) first.set(key, read);
    }
    return { names: [...first.values()], products: this.#products, deprecated: this.#deprecated };
  }

  /** Every part of the tree that can say something, without recursion: expressions may be deep. */
  walk(clause: Clause): void {
    const waiting: unknown[] = [clause];
    while (waiting.length > 0) {
      const one = waiting.pop();
      // Not push(...): a list of 200,000 items is more arguments than a call takes.
      if (Array.isArray(one)) for (const item of one) waiting.push(item);
      else if (typeof one === 'object' && one !== null && !(one instanceof Map)) waiting.push(...this.#look(one as Place));
    }
  }

  /** What is to be walked below. */
  #look(one: Place): readonly unknown[] {
    switch (one.kind) {
      case 'Match':
        this.#product(one);
        break;
      case 'Create':
        return one.pattern.flatMap((part) => this.#written(part));
      case 'Merge':
        return [...this.#written(one.pattern), one.onCreate, one.onMatch];
      case 'NodePattern':
        this.#bind(one);
        this.#keys(one.properties);
        break;
      case 'RelationshipPattern':
        this.#bind(one);
        for (const name of one.types) this.#names.push({ kind: 'type', name, at: one.at });
        this.#keys(one.properties);
        break;
      case 'Label':
        this.#names.push({ kind: 'label', name: one.name, at: one.at });
        break;
      case 'Property':
        if (one.subject.kind === 'Variable') this.#keysOf.push({ variable: one.subject.name, read: { kind: 'property', name: one.key, at: one.at } });
        break;
      case 'Function':
        if (DEPRECATED.includes(one.name.toLowerCase())) this.#deprecated.push({ name: one.name, at: one.at });
        break;
      default:
    }
    return Object.values(one);
  }

  #product({ pattern, at }: Match): void {
    const variables = separate(pattern);
    if (variables.length > 1) this.#products.push({ at, variables });
  }

  #bind({ variable }: NodePattern | RelationshipPattern): void {
    if (variable !== undefined) this.#entities.add(variable.name);
  }

  /** Of a pattern that is created only the values are read. */
  #written({ nodes, relationships }: PatternPart): readonly unknown[] {
    return [...nodes, ...relationships].map((one) => {
      this.#bind(one);
      return one.properties;
    });
  }

  #keys(properties: Expression | undefined): void {
    if (properties?.kind === 'Map') for (const { key } of properties.entries) this.#names.push({ kind: 'property', name: key, at: properties.at });
  }
}

/** A variable of each group of patterns that shares none with another. */
function separate(pattern: readonly PatternPart[]): readonly string[] {
  let groups: Set<string>[] = [];
  for (const { nodes, relationships } of pattern) {
    const own = new Set([...nodes, ...relationships].flatMap(({ variable }) => (variable === undefined ? [] : [variable.name])));
    const joined = groups.filter((group) => [...own].some((name) => group.has(name)));
    groups = [...groups.filter((group) => !joined.includes(group)), new Set([...joined.flatMap((group) => [...group]), ...own])];
  }
  return groups.map(([first = '']) => first);
}
