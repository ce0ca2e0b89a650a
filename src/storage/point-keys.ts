// The keys of a point index: a point's reference system, and its place on a curve through the plane on which near points are mostly
// near (the z-order curve). The plane is a square of 2^26 by 2^26 cells; a place is the bits of a cell's y and x in turns, and so a
// safe integer. Heights have no part in it. Every machine makes the same keys.
//
//   y 1 │ 2  3     the four quarters of every square in this order, and within each of them its own quarters
//     0 │ 0  1
//       └──────
//     x   0  1
//
// A column or row of cells holds a part of a degree on the earth. On a plane it holds doubles that begin with the same 26 bits: cells
// are as fine as the numbers are small, and there is none too large. What has no place on the plane stands before the curve.

import { hasPlace } from '../values/point-box.js';
import { type CypherPoint, systemOf } from '../values/point-type.js';
import type { Key } from './tree.js';

/** Cells along each side of the plane: of two coordinates of 26 bits a safe integer can be made. */
export const SIDE = 2 ** 26;

/** The place of points that have none: every question must look at them. */
export const NO_PLACE = -1;

const HALF = 2 ** 13;

export function pointKey(point: CypherPoint): Key {
  return [point.srid, hasPlace(point) ? placeOf(columnOf(point.srid, point.x), rowOf(point.srid, point.y)) : NO_PLACE];
}

/** Grows with `x`, which may be beyond the plane. */
export function columnOf(srid: number, x: number): number {
  return systemOf(srid)?.geographic === true ? portion((x + 180) / 360) : leadingBits(x);
}

/** Grows with `y`. */
export function rowOf(srid: number, y: number): number {
  return systemOf(srid)?.geographic === true ? portion((y + 90) / 180) : leadingBits(y);
}

function portion(share: number): number {
  return Math.max(0, Math.min(SIDE - 1, Math.floor(share * SIDE)));
}

const double = new DataView(new ArrayBuffer(8));

/** Of 64 bits that are in the order of the doubles: the sign turned over, and all of them where it is minus. */
function leadingBits(value: number): number {
  // −0 is 0.
  double.setFloat64(0, value + 0);
  const bits = double.getUint32(0);
  return (bits >= 2 ** 31 ? ~bits : bits | 0x80000000) >>> 6;
}

function placeOf(column: number, row: number): number {
  const high = spread(Math.floor(column / HALF)) + 2 * spread(Math.floor(row / HALF));
  return high * SIDE + spread(column % HALF) + 2 * spread(row % HALF);
}

/** 13 bits, each with a zero before it. */
function spread(bits: number): number {
  let spaced = bits;
  spaced = (spaced | (spaced << 8)) & 0x00ff00ff;
  spaced = (spaced | (spaced << 4)) & 0x0f0f0f0f;
  spaced = (spaced | (spaced << 2)) & 0x33333333;
  return (spaced | (spaced << 1)) & 0x55555555;
}
