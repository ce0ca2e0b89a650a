// What every step of planning is given: the graph's schema and counts, and names that are nobody's.

import type { GraphReader } from '../graph/reader.js';
import type { GraphSchema } from '../graph/schema.js';
import type { GraphStatistics } from '../graph/statistics.js';
import type { Query } from '../language/ast.js';
import type { Plan } from './plan.js';
import type { Predicate } from './query-graph.js';

/** Ids of names; −1 for a name that the graph has never seen. */
export type Tokens = Pick<GraphReader, 'labelId' | 'typeId'>;

export interface Planning {
  /** Of the statement, for errors that show a place. */
  readonly text: string;
  readonly schema: GraphSchema;
  readonly statistics: GraphStatistics;
  readonly tokens: Tokens;
  /** Variables that a subquery's clauses see all the time, whatever a WITH leaves out. */
  readonly pinned: readonly string[];
  /** The rows of a whole query for one row, which is its Argument. */
  readonly planParts: (planning: Planning, query: Query, start: Bound) => Part;
  /** A name that no text can contain: it begins with two spaces. */
  fresh(word: string): string;
}

/** A plan and what is bound above it. */
export interface Bound {
  readonly plan: Plan;
  readonly variables: ReadonlySet<string>;
}

/** A query, or a part of one. */
export interface Part extends Bound {
  /** Variables of the columns; none for a query that returns nothing. */
  readonly results: readonly string[];
}

/** A beginning: what it finds stands beside each row of its source. */
export interface Leaf {
  readonly plan: Plan;
  /** Predicates that need no further check. */
  readonly solved: readonly Predicate[];
  /** Entries that are looked at for each row of the source. */
  readonly looked: number;
}

export function planning(text: string, schema: GraphSchema, statistics: GraphStatistics, tokens: Tokens, planParts: Planning['planParts']): Planning {
  let made = 0;
  return { text, schema, statistics, tokens, pinned: [], planParts, fresh: (word) => `  ${word.trim()}@${made++}` };
}

export function and(variables: ReadonlySet<string>, more: Iterable<string>): ReadonlySet<string> {
  return new Set([...variables, ...more]);
}
