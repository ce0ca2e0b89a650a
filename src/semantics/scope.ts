// Names in force at a place of the text. A scope never changes what it was given before: a clause makes the next one.

import { failure } from '../errors/catalogue.js';
import type { Position } from '../errors/error.js';
import { withCaret } from '../errors/print.js';
import type { Variable } from '../language/ast.js';

/** What a variable is known to be. 'Value': no entity; 'Any': not known before it runs. */
export type SymbolType = 'Value' | 'Node' | 'Relationship' | 'List<Relationship>' | 'Path' | 'Any';

export interface Symbol {
  /** The one name over the statement. */
  readonly name: string;
  readonly type: SymbolType;
}

export type Scope = ReadonlyMap<string, Symbol>;

export const emptyScope: Scope = new Map();

/** Over one statement: what is being checked, and which names were given. */
export class Names {
  readonly text: string;
  readonly #given: Map<string, number>;
  readonly parameters: Set<string>;

  constructor(text: string) {
    this.text = text;
    this.#given = new Map();
    this.parameters = new Set();
  }

  /** A name that is nobody's yet: the user's own, the first time. */
  unique(name: string): string {
    const count = (this.#given.get(name) ?? 0) + 1;
    this.#given.set(name, count);
    return count === 1 ? name : `  ${name}@${count}`;
  }

  fresh(word: string): string {
    return this.unique(`  ${word}`);
  }

  error(message: string, at: Position): Error {
    return failure('syntaxError', withCaret(message, this.text, at), { position: at });
  }

  undefinedVariable(variable: Variable): Error {
    return this.error(`Variable \`${variable.name}\` not defined`, variable.at);
  }

  alreadyDeclared(variable: Variable): Error {
    return this.error(`Variable \`${variable.name}\` already declared`, variable.at);
  }

  typeMismatch(variable: Variable, defined: SymbolType, expected: SymbolType): Error {
    return this.error(`Type mismatch: ${variable.name} defined with conflicting type ${defined} (expected ${expected})`, variable.at);
  }
}

export function extended(scope: Scope, entries: Iterable<readonly [string, Symbol]>): Scope {
  return new Map([...scope, ...entries]);
}
