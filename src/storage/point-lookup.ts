// Reading a point index: the boxes of a question become ranges of the curve of point-keys.ts, and each range is a range of the tree.
//
//   ┌───────┬───────┐   A square that lies in a box is taken whole, one that only meets it is cut in four, all of a
//   │     ┌─┼──┐    │   size at a time. When that would make too many, those of the last size are taken as they are:
//   ├─────┼─┼──┼────┤   more is found than was asked for, never less.
//   └─────┴─┴──┴────┘
//
// An entity has one key, and ranges do not meet: ids come each once.

import type { IdCursor, IndexReader } from '../graph/reader.js';
import type { PointBox } from '../values/point-box.js';
import { columnOf, NO_PLACE, rowOf, SIDE } from './point-keys.js';

/** Each is a descent of the tree; twice as many would spare few of the points around a box that are looked at in vain. */
const rangesMax = 64;

/** Of places on the curve, both ends in it. */
export interface CurveRange {
  readonly from: number;
  readonly to: number;
}

/** Of cells. */
interface CellBox {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

interface Square {
  readonly left: number;
  readonly bottom: number;
  readonly side: number;
  /** Its least place on the curve; it has as many as it has cells. */
  readonly from: number;
}

export function pointsIn(tree: Pick<IndexReader, 'range'>, srid: number, boxes: readonly PointBox[]): IdCursor {
  const ranges = boxes.length === 0 ? [] : curveRanges(srid, boxes);
  return new RangesCursor(ranges, ({ from, to }) => tree.range([srid], { value: from, inclusive: true }, { value: to, inclusive: true }));
}

/** In order, with a gap between any two. */
export function curveRanges(srid: number, boxes: readonly PointBox[]): readonly CurveRange[] {
  const cellBoxes = boxes.map(({ lowX, lowY, highX, highY }) => ({
    left: columnOf(srid, lowX),
    bottom: rowOf(srid, lowY),
    right: columnOf(srid, highX),
    top: rowOf(srid, highY),
  }));
  const covering = squaresOver(cellBoxes).map(({ from, side }) => ({ from, to: from + side * side - 1 }));
  return merged([{ from: NO_PLACE, to: NO_PLACE }, ...covering]);
}

function squaresOver(boxes: readonly CellBox[]): readonly Square[] {
  const whole: Square[] = [];
  let cut: readonly Square[] = [{ left: 0, bottom: 0, side: SIDE, from: 0 }];
  while (cut.length > 0) {
    const meeting = cut.flatMap(quarters).filter((square) => boxes.some((box) => meets(square, box)));
    if (whole.length + meeting.length > rangesMax) break;
    cut = meeting.filter((square) => !boxes.some((box) => isIn(square, box)));
    whole.push(...meeting.filter((square) => !cut.includes(square)));
  }
  return [...whole, ...cut];
}

function quarters({ left, bottom, side, from }: Square): readonly Square[] {
  const half = side / 2;
  return [0, 1, 2, 3].map((place) => ({
    left: left + (place % 2) * half,
    bottom: bottom + (place >> 1) * half,
    side: half,
    from: from + place * half * half,
  }));
}

/** A single cell that meets a box is in it. */
function meets({ left, bottom, side }: Square, box: CellBox): boolean {
  return left <= box.right && left + side > box.left && bottom <= box.top && bottom + side > box.bottom;
}

function isIn({ left, bottom, side }: Square, box: CellBox): boolean {
  return left >= box.left && left + side - 1 <= box.right && bottom >= box.bottom && bottom + side - 1 <= box.top;
}

function merged(ranges: readonly CurveRange[]): readonly CurveRange[] {
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  const apart: CurveRange[] = [];
  for (const range of sorted) {
    const last = apart.at(-1);
    if (last !== undefined && range.from <= last.to + 1) apart[apart.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else apart.push(range);
  }
  return apart;
}

/** One range after the other. */
class RangesCursor implements IdCursor {
  ids: Int32Array;
  start: number;
  end: number;
  readonly #ranges: readonly CurveRange[];
  readonly #open: (range: CurveRange) => IdCursor;
  #nextRange: number;
  #current: IdCursor | undefined;

  constructor(ranges: readonly CurveRange[], open: (range: CurveRange) => IdCursor) {
    this.ids = new Int32Array(0);
    this.start = 0;
    this.end = 0;
    this.#ranges = ranges;
    this.#open = open;
    this.#nextRange = 0;
    this.#current = undefined;
  }

  next(): boolean {
    for (;;) {
      if (this.#current?.next() === true) {
        this.ids = this.#current.ids;
        this.start = this.#current.start;
        this.end = this.#current.end;
        return true;
      }
      const range = this.#ranges[this.#nextRange++];
      if (range === undefined) return false;
      this.#current = this.#open(range);
    }
  }
}
