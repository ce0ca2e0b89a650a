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

const COORDINATES = ['0', '1', '2', '-0.0', '0.5', '-3', '1e300', '0.0 / 0.0'];
const LONGITUDES = ['0', '1', '179.5', '180', '-179.5', '12.5'];
const LATITUDES = ['0', '1', '89.5', '-90', '55.7'];

/** In each of the four systems, near others; a distance of one crosses the 180th meridian and the poles. */
export function pointLiteral(random: Random): string {
  const third = (name: string) => (chance(random, 20) ? `, ${name}: ${pick(random, ['0', '1', '-3'])}` : '');
  if (chance(random, 50)) return `point({x: ${pick(random, COORDINATES)}, y: ${pick(random, COORDINATES)}${third('z')}})`;
  return `point({longitude: ${pick(random, LONGITUDES)}, latitude: ${pick(random, LATITUDES)}${third('height')}})`;
}

/** One CREATE statement. `u` is another number for each node. */
export function randomGraph(random: Random): string {
  const nodeCount = 2 + below(random, 7);
  const nodes = Array.from({ length: nodeCount }, (_, index) => {
    const own = labels.filter(() => chance(random, 45));
    return `(n${index}${own.map((label) => `:${label}`).join('')} ${properties(random, index)})`;
  });
  const relationships = Array.from({ length: below(random, 16) }, () => {
    const weight = [
      ...(chance(random, 70) ? [`w: ${below(random, 4)}`] : []),
      ...(chance(random, 40) ? [`v: ${mixedLiteral(random)}`] : []),
      ...place(random, 30),
    ];
    return `(n${below(random, nodeCount)})-[:${pick(random, types)} {${weight.join(', ')}}]->(n${below(random, nodeCount)})`;
  });
  return `CREATE ${[...nodes, ...relationships].join(', ')}`;
}

function properties(random: Random, index: number): string {
  const entries = [`u: ${index}`];
  if (chance(random, 80)) entries.push(`i: ${below(random, 5)}`);
  if (chance(random, 70)) entries.push(`s: ${pick(random, ["'a'", "'ab'", "'b'", "'ba'", "''"])}`);
  if (chance(random, 70)) entries.push(`x: ${mixedLiteral(random)}`);
  entries.push(...place(random, 50));
  return `{${entries.join(', ')}}`;
}

function place(random: Random, percent: number): readonly string[] {
  if (!chance(random, percent)) return [];
  return [`p: ${chance(random, 85) ? pointLiteral(random) : mixedLiteral(random)}`];
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
  'CREATE POINT INDEX FOR (n:A) ON (n.p)',
  'CREATE POINT INDEX FOR (n:C) ON (n.p)',
  'CREATE INDEX FOR (n:C) ON (n.p)',
  'CREATE POINT INDEX FOR ()-[r:R]-() ON (r.p)',
  'CREATE CONSTRAINT FOR (n:A) REQUIRE n.u IS UNIQUE',
];

export const textIndexes: readonly string[] = [
  'CREATE TEXT INDEX FOR (n:A) ON (n.s)',
  'CREATE TEXT INDEX FOR (n:B) ON (n.x)',
  'CREATE TEXT INDEX FOR (n:C) ON (n.s)',
  'CREATE TEXT INDEX FOR ()-[r:S]-() ON (r.v)',
  'CREATE TEXT INDEX FOR ()-[r:R]-() ON (r.v)',
];
