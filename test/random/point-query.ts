// Random queries that an index of points may answer: distances, boxes and equality, with what is no point and what is in another system.

import { below, type Random } from '../../src/base/random.js';
import { chance, mixedLiteral, pick, pointLiteral } from './random-graph.js';
import type { RandomQuery } from './random-query.js';

const RADII = ['0', '1', '1.5', '5', '120000', '2.0e7', '1.0e301', '1.0 / 0.0'];
const ODD_RADII = ['0.0', '-1', '0.0 / 0.0', "'a'", 'null', '9007199254740993'];

/** Corners that have points between them; the second goes over the 180th meridian. */
const BOXES = [
  'point({x: -3, y: -0.5}), point({x: 1, y: 2})',
  'point({longitude: 12.5, latitude: -90}), point({longitude: -179.5, latitude: 56})',
  'point({longitude: -180, latitude: 0}), point({longitude: 180, latitude: 90})',
  'point({x: 0, y: 0, z: -3}), point({x: 20, y: 1e300, z: 1})',
];

export function pointQuery(random: Random): RandomQuery {
  const [pattern, variable] = pick(random, [
    ['(n:A)', 'n'],
    ['(n:C)', 'n'],
    ['(o)-->(n:A)', 'n'],
    ['(a)-[r:R]->(b)', 'r'],
    ['(a)-[r:R]-(b)', 'r'],
  ] as const);
  const other = chance(random, 40) ? ` ${pick(random, ['AND', 'OR'])} ${pointCondition(random, variable)}` : '';
  if (chance(random, 25)) {
    // The centre is a property of what was found before: often no point, or the same one.
    const text = `MATCH (m:B) MATCH ${pattern} WHERE ${distance(random, `${variable}.p`, 'm.p')} RETURN m.u AS a, ${variable} AS b`;
    return { text, writes: false, ordered: false };
  }
  const match = `MATCH ${pattern} WHERE ${pointCondition(random, variable)}${other}`;
  if (chance(random, 15)) return { text: `${match} SET ${variable}.p = ${pointLiteral(random)} RETURN count(*) AS c`, writes: true, ordered: false };
  return { text: `${match} RETURN ${variable} AS c`, writes: false, ordered: false };
}

/** Of the property `p`. */
export function pointCondition(random: Random, variable: string): string {
  const property = `${variable}.p`;
  return pick(random, [
    distance(random, property, value(random)),
    `point.withinBBox(${property}, ${chance(random, 60) ? pick(random, BOXES) : `${value(random)}, ${value(random)}`})`,
    `${property} = ${value(random)}`,
    `${value(random)} = ${property}`,
  ]);
}

function distance(random: Random, one: string, other: string): string {
  const [first, second] = chance(random, 50) ? [one, other] : [other, one];
  const away = `point.distance(${first}, ${second})`;
  const radius = pick(random, chance(random, 80) ? RADII : ODD_RADII);
  return chance(random, 70) ? `${away} ${pick(random, ['<', '<=', '<=', '>'])} ${radius}` : `${radius} ${pick(random, ['>', '>=', '<='])} ${away}`;
}

function value(random: Random): string {
  return chance(random, 90) ? pointLiteral(random) : below(random, 2) === 0 ? 'null' : mixedLiteral(random);
}
