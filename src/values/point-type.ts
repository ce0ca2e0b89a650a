// The value POINT: coordinates in one of four reference systems.

import { SimpleValue } from './simple-value.js';

export interface ReferenceSystem {
  readonly srid: number;
  readonly name: string;
  readonly dimension: 2 | 3;
  /** x is the longitude, y the latitude (degrees), z the height (metres). */
  readonly geographic: boolean;
}

const systems: readonly ReferenceSystem[] = [
  { srid: 7203, name: 'cartesian', dimension: 2, geographic: false },
  { srid: 9157, name: 'cartesian-3d', dimension: 3, geographic: false },
  { srid: 4326, name: 'wgs-84', dimension: 2, geographic: true },
  { srid: 4979, name: 'wgs-84-3d', dimension: 3, geographic: true },
];
const bySrid = new Map(systems.map((system) => [system.srid, system]));

export class CypherPoint extends SimpleValue {
  readonly srid: number;
  readonly x: number;
  readonly y: number;
  /** Undefined in two dimensions. */
  readonly z: number | undefined;
  constructor(srid: number, x: number, y: number, z?: number) {
    super();
    this.srid = srid;
    this.x = x;
    this.y = y;
    this.z = z;
  }
}

/** Undefined where there is none of that number. */
export function systemOf(srid: number): ReferenceSystem | undefined {
  return bySrid.get(srid);
}

/** By system, then by coordinates; 0 exactly for the same point. NaN is above every other coordinate. */
export function comparePoints(a: CypherPoint, b: CypherPoint): number {
  return a.srid - b.srid || compareCoordinates(a.x, b.x) || compareCoordinates(a.y, b.y) || compareCoordinates(a.z ?? 0, b.z ?? 0);
}

function compareCoordinates(a: number, b: number): number {
  if (a < b) return -1;
  return a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
