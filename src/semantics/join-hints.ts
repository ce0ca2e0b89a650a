// USING JOIN ON: whether two parts of the pattern meet at the node, so that they could be found apart and joined there.

import type { Match, PatternPart, Variable } from '../language/ast.js';
import type { Names, Scope } from './scope.js';

/** Raises SyntaxError for a variable at which nothing can be joined. Of what is in `before`, rows hold one part already. */
export function checkJoinHints({ hints, pattern }: Pick<Match, 'hints' | 'pattern'>, before: Scope, names: Names): void {
  for (const hint of hints) {
    if (hint.kind !== 'JoinHint') continue;
    if (pattern.every(({ relationships }) => relationships.length === 0)) throw names.error('Cannot use join hint for single node pattern.', hint.at);
    const apart = hint.variables.find((variable) => !before.has(variable.name) && meetingCount(variable, pattern) < 2);
    if (apart !== undefined) throw names.error(refusal(apart), apart.at);
  }
}

/** Relationships that begin or end at the variable. A shortest path is looked for between nodes that are found: it is no part to join. */
function meetingCount({ name }: Variable, pattern: readonly PatternPart[]): number {
  const ends = pattern
    .filter(({ shortest }) => shortest === undefined)
    .flatMap(({ nodes, relationships }) => relationships.map((_, index) => [nodes[index]?.variable?.name, nodes[index + 1]?.variable?.name]));
  return ends.filter((pair) => pair.includes(name)).length;
}

function refusal({ name }: Variable): string {
  return `Cannot use join hint in this context: no two relationships of this MATCH meet at \`${name}\`, so there is nothing to join. Name a node between two relationships, or leave the hint out.`;
}
