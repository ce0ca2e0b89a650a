// What a point index finds against a plain look at every point: nothing that a question is true of may be missing. Points and questions
// come from where coordinates are awkward: poles, the 180th meridian, cell borders, huge and tiny numbers, −0, infinity, NaN.

import { describe, expect, it } from 'vitest';
import { below, type Random, seededRandom } from '../base/random.js';
import type { IdCursor } from '../graph/reader.js';
import { distance, withinBox } from '../values/point.js';
import { boxAt, boxesAround, boxesWithin, type PointBox } from '../values/point-box.js';
import { CypherPoint, comparePoints, systemOf } from '../values/point-type.js';
import { IndexLookup } from './index-lookup.js';
import { columnOf, NO_PLACE, pointKey, rowOf, SIDE } from './point-keys.js';
import { curveRanges } from './point-lookup.js';
import { emptyTree, insert, type TreeNode } from './tree.js';

const planes = [7203, 9157];
const earths = [4326, 4979];
const systems = [...planes, ...earths];
const plain = [0, -0, 1, -1, 0.5, 1 + 2 ** -52, 1e-300, 5e-324, -5e-324, 1e300, -1e300, Number.MAX_VALUE, 2 ** 53, 1e6, 1e6 + 0.25];
const none = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
const longitudes = [0, -0, 180, -180, 179.9999999, -179.9999999, 90, -90, 1e-9, 12.5, 200, -181, Number.NaN];
const latitudes = [0, -0, 90, -90, 89.9999999, -89.9999999, 89, -89, 45, 55.7, 1e-9, 91, Number.NaN];
const heights = [0, 100, -100, 1e7, -6_378_140, -7e6, Number.POSITIVE_INFINITY, Number.NaN];

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[below(random, choices.length)] as T;
}

function fraction(random: Random): number {
  return random.next() / 2 ** 32;
}

function spreadOver(random: Random, awkward: readonly number[], width: number): number {
  const kind = below(random, 10);
  if (kind < 4) return pick(random, awkward);
  // Some close together, so that small circles and boxes hold something.
  return kind < 7 ? below(random, 1000) / 1e5 : (fraction(random) - 0.5) * width;
}

function randomPoint(random: Random, srid: number): CypherPoint {
  const isEarth = systemOf(srid)?.geographic === true;
  const x = isEarth ? spreadOver(random, longitudes, 360) : spreadOver(random, [...plain, ...none], 10 ** below(random, 20));
  const y = isEarth ? spreadOver(random, latitudes, 180) : spreadOver(random, [...plain, ...none], 10 ** below(random, 20));
  if (systemOf(srid)?.dimension === 2) return new CypherPoint(srid, x, y);
  return new CypherPoint(srid, x, y, below(random, 2) === 0 ? pick(random, heights) : (fraction(random) - 0.5) * 1000);
}

function treeOf(points: readonly CypherPoint[]): TreeNode {
  let tree = emptyTree();
  points.forEach((point, id) => {
    tree = insert(tree, 1, pointKey(point), id);
  });
  return tree;
}

function idsOf(cursor: IdCursor): readonly number[] {
  const ids: number[] = [];
  while (cursor.next()) for (let at = cursor.start; at < cursor.end; at++) ids.push(cursor.ids[at] as number);
  return ids;
}

function expectSuperset(
  points: readonly CypherPoint[],
  tree: TreeNode,
  srid: number,
  boxes: readonly PointBox[],
  holds: (point: CypherPoint) => boolean,
): void {
  const found = idsOf(new IndexLookup(tree).pointsIn(srid, boxes));
  const ids = new Set(found);
  expect(ids.size).toBe(found.length);
  const missing = points.filter((point, id) => !ids.has(id) && holds(point));
  expect(missing).toEqual([]);
}

describe('a point index finds at least', () => {
  const random = seededRandom(7);
  const points = systems.flatMap((srid) => Array.from({ length: 800 }, () => randomPoint(random, srid)));
  const tree = treeOf(points);
  const centreOf = (srid: number) =>
    below(random, 2) === 0 ? randomPoint(random, srid) : (points[systems.indexOf(srid) * 800 + below(random, 800)] as CypherPoint);

  it.each(systems)('what is at a distance, in %i', (srid) => {
    for (let turn = 0; turn < 150; turn++) {
      const centre = centreOf(srid);
      // Exactly the distance of some point: rounding must not lose it.
      const exact = distance(centre, pick(random, points))?.value ?? 0;
      const radius = pick(random, [exact, exact, 10 ** below(random, 8), 0, 1e-9, 2e7, 1e300, Number.POSITIVE_INFINITY, -1, Number.NaN]);
      expectSuperset(points, tree, srid, boxesAround(centre, radius), (point) => (distance(point, centre)?.value ?? Number.NaN) <= radius);
    }
  });

  it.each(systems)('what is between two corners, in %i', (srid) => {
    for (let turn = 0; turn < 150; turn++) {
      const [low, high] = [centreOf(srid), centreOf(srid)];
      expectSuperset(points, tree, srid, boxesWithin(low, high), (point) => withinBox(point, low, high) === true);
    }
  });

  it.each(systems)('what is the same point, in %i', (srid) => {
    for (let turn = 0; turn < 100; turn++) {
      const point = centreOf(srid);
      expectSuperset(points, tree, srid, [boxAt(point)], (other) => comparePoints(point, other) === 0);
    }
  });
});

describe('a point index finds little more', () => {
  const random = seededRandom(11);
  const cities = Array.from({ length: 20_000 }, () => new CypherPoint(4326, (fraction(random) - 0.5) * 360, (fraction(random) - 0.5) * 180));
  const tree = treeOf(cities);

  it('than a circle of 500 km', () => {
    for (const [longitude, latitude] of [
      [12.5, 55.7],
      [180, -17],
      [0, 0],
    ] as const) {
      const centre = new CypherPoint(4326, longitude, latitude);
      const asked = cities.filter((city) => (distance(city, centre)?.value ?? Number.NaN) < 500_000).length;
      const found = idsOf(new IndexLookup(tree).pointsIn(4326, boxesAround(centre, 500_000))).length;
      expect(asked).toBeGreaterThan(10);
      // A circle fills three quarters of its box.
      expect(found).toBeLessThan(asked * 2 + 10);
    }
  });

  it('and in a bounded number of ranges, which do not meet', () => {
    for (let turn = 0; turn < 200; turn++) {
      const [low, high] = [randomPoint(random, 7203), randomPoint(random, 7203)];
      const ranges = curveRanges(7203, boxesWithin(low, high));
      expect(ranges.length).toBeLessThanOrEqual(65);
      ranges.forEach((range, at) => {
        expect(range.from).toBeLessThanOrEqual(range.to);
        expect(at === 0 || range.from > (ranges[at - 1]?.to as number) + 1).toBe(true);
      });
    }
  });
});

describe('the key of a point', () => {
  it('is its system and a safe integer', () => {
    expect(pointKey(new CypherPoint(4326, -180, -90))).toEqual([4326, 0]);
    expect(pointKey(new CypherPoint(4326, 180, 90))).toEqual([4326, 2 ** 52 - 1]);
    expect(pointKey(new CypherPoint(4326, 0, -90))).toEqual([4326, 2 ** 50]);
    expect(pointKey(new CypherPoint(4979, -180, 0, 5))).toEqual([4979, 2 ** 51]);
    expect(pointKey(new CypherPoint(7203, -0, 0))).toEqual(pointKey(new CypherPoint(7203, 0, -0)));
  });

  it('stands apart where a point has no place', () => {
    expect(pointKey(new CypherPoint(4326, 200, 0))).toEqual([4326, NO_PLACE]);
    expect(pointKey(new CypherPoint(7203, Number.NaN, 0))).toEqual([7203, NO_PLACE]);
  });

  it('grows with the coordinates', () => {
    const ascending = [Number.NEGATIVE_INFINITY, -1e300, -1e6, -1, -1e-300, -5e-324, 0, 5e-324, 1e-300, 1, 1e6, 1e300, Number.POSITIVE_INFINITY];
    for (const srid of systems) {
      for (const cellOf of [columnOf, rowOf]) {
        const cells = ascending.map((value) => cellOf(srid, value));
        expect(cells).toEqual([...cells].sort((a, b) => a - b));
        expect(cells.every((cell) => Number.isInteger(cell) && cell >= 0 && cell < SIDE)).toBe(true);
      }
    }
  });
});
