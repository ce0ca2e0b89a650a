// Small random graphs, as the statements that make them: labels, types, parallel relationships, loops, properties of
// mixed types. No FLOAT equals an INTEGER, so that no result hangs on which of two equal values came first.

import { below, type Random } from '../../src/base/random.js';

export const labels = ['A', 'B', 'C'] as const;
export const types = ['R', 'S', 'T'] as const;

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[below(random, choices.length)] as T;
}

export function chance(random: Random, percent: number): boolean {
  return below(random, 100) < percent;
}

const MIXED = ['0', '1', '2', '0.5', '1.5', 'true', 'false', "'a'", "'ab'", "''", '[1, 2]', "['a']", '0.0 / 0.0', '-3'];

export function mixedLiteral(random: Random): string {
  return chance(random, 10) ? 'null' : pick(random, MIXED);
}

/** One CREATE statement. `u` is another number for each node. */
export function randomGraph(random: Random): string {
  const nodeCount = 2 + below(random, 7);
  const nodes = Array.from({ length: nodeCount }, (_, index) => {
    const own = labels.filter(() => chance(random, 45));
    return `(n${index}${own.map((label) => `:${label}`).join('')} ${properties(random, index)})`;
  });
  const relationships = Array.from({ length: below(random, 16) }, () => {
    const weight = [...(chance(random, 70) ? [`w: ${below(random, 4)}`] : []), ...(chance(random, 40) ? [`v: ${mixedLiteral(random)}`] : [])];
    return `(n${below(random, nodeCount)})-[:${pick(random, types)} {${weight.join(', ')}}]->(n${below(random, nodeCount)})`;
  });
  return `CREATE ${[...nodes, ...relationships].join(', ')}`;
}

function properties(random: Random, index: number): string {
  const entries = [`u: ${index}`];
  if (chance(random, 80)) entries.push(`i: ${below(random, 5)}`);
  if (chance(random, 70)) entries.push(`s: ${pick(random, ["'a'", "'ab'", "'b'", "'ba'", "''"])}`);
  if (chance(random, 70)) entries.push(`x: ${mixedLiteral(random)}`);
  return `{${entries.join(', ')}}`;
}

export const indexes: readonly string[] = [
  'CREATE INDEX FOR (n:A) ON (n.i)',
  'CREATE INDEX FOR (n:B) ON (n.s)',
  'CREATE INDEX FOR (n:C) ON (n.x)',
  'CREATE INDEX FOR (n:B) ON (n.i, n.s)',
  'CREATE INDEX FOR (n:A) ON (n.s)',
  'CREATE INDEX FOR (n:C) ON (n.i)',
  'CREATE INDEX FOR (n:C) ON (n.x, n.i)',
  'CREATE INDEX FOR ()-[r:R]-() ON (r.w)',
  'CREATE INDEX FOR ()-[r:S]-() ON (r.v)',
  'CREATE INDEX FOR ()-[r:T]-() ON (r.w, r.v)',
  'CREATE CONSTRAINT FOR (n:A) REQUIRE n.u IS UNIQUE',
];

export const textIndexes: readonly string[] = [
  'CREATE TEXT INDEX FOR (n:A) ON (n.s)',
  'CREATE TEXT INDEX FOR (n:B) ON (n.x)',
  'CREATE TEXT INDEX FOR (n:C) ON (n.s)',
  'CREATE TEXT INDEX FOR ()-[r:S]-() ON (r.v)',
  'CREATE TEXT INDEX FOR ()-[r:R]-() ON (r.v)',
];
