// What checking makes of a statement: the form that the planner rests on.
//
//   - every variable has one name over the whole statement; a name bound again in another scope is renamed (`  n@2`),
//     and names begin with two spaces where no text can have written them
//   - `*` is expanded; every node and relationship of a pattern has a name
//   - in MATCH and in the patterns of expressions, labels, properties and inner WHEREs stand in the clause's WHERE;
//     in CREATE and MERGE they stay in the pattern
//   - a pattern as a predicate is an EXISTS; a chain of comparisons is an AND
//   - an aggregate is the whole expression of an item of its own WITH or RETURN; other items there are grouping keys
//   - a sort key is a variable that its projection projects; names of items are names of variables
//   - CALL yields by name; SHOW is a CALL

import type { ExplainedStatement, Query, SchemaCommand } from '../language/ast.js';

export interface CheckedStatement {
  readonly mode: ExplainedStatement['mode'];
  readonly statement: Query | SchemaCommand;
  /** As the user wrote it, for errors that show a place. */
  readonly text: string;
  /** What the user reads above the rows; the last RETURN's items are in this order. */
  readonly columns: readonly string[];
  /** Parameters that the text names. */
  readonly parameters: readonly string[];
  /** `USE name`. */
  readonly use: string | undefined;
  /** It administers the cluster: it runs on the `system` graph, whatever graph the client works on. */
  readonly administration: CheckedAdministration | undefined;
}

export interface CheckedAdministration {
  /** The command's words, such as CREATE DATABASE. */
  readonly words: string;
  /** Name of what it is about: as written, or the parameter that holds it. */
  readonly subject: { readonly name: string } | { readonly parameter: string };
  /** WAIT: how long for the other servers; undefined without it. */
  readonly waitMs: number | undefined;
  /** What it did is said in rows. */
  readonly answers: boolean;
  /** The change of the user's own password, which is allowed when everything else is not. */
  readonly ownPassword: boolean;
}

/** What checking asks about functions; the runtime answers. */
export interface FunctionSignatures {
  find(name: string): { readonly aggregate: boolean; readonly minArguments: number; readonly maxArguments: number } | undefined;
}

/** What checking asks about procedures. */
export interface ProcedureSignatures {
  columnsOf(
    name: string,
  ):
    | { readonly arguments: readonly { readonly name: string; readonly optional: boolean; readonly type?: string }[]; readonly columns: readonly string[] }
    | undefined;
}

export interface Signatures {
  readonly functions: FunctionSignatures;
  readonly procedures: ProcedureSignatures;
}
