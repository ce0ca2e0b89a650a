// Where points can be that are near another, between two corners, or the same: boxes in the plane of x and y, which an index can be
// asked for. Always more rather than less: a point outside of the boxes is none of those asked for, one inside may be. Heights count
// only where they bend distances.

import { EARTH_RADIUS } from './point.js';
import { type CypherPoint, systemOf } from './point-type.js';

/** Borders belong to it. On the earth it goes from west to east, not over the 180th meridian. */
export interface PointBox {
  readonly lowX: number;
  readonly lowY: number;
  readonly highX: number;
  readonly highY: number;
}

const everywhere: PointBox = {
  lowX: Number.NEGATIVE_INFINITY,
  lowY: Number.NEGATIVE_INFINITY,
  highX: Number.POSITIVE_INFINITY,
  highY: Number.POSITIVE_INFINITY,
};

/** What rounding may add to a distance: on the plane a share of it, on the earth an angle, which near the antipode is the root of an ulp. */
const hairShare = 1e-12;
const hairDegrees = 1e-5;

const degreesPerRadian = 180 / Math.PI;

/** Points at a distance of at most `radius` from `centre`; no boxes where there are none. */
export function boxesAround(centre: CypherPoint, radius: number): readonly PointBox[] {
  if (!(radius >= 0)) return [];
  return isGeographic(centre) ? onEarth(centre, radius) : onPlane(centre, radius);
}

/** Points between two corners, as point.withinBBox sees them; no boxes where there are none. */
export function boxesWithin(low: CypherPoint, high: CypherPoint): readonly PointBox[] {
  if (low.srid !== high.srid) return [];
  const box = { lowX: low.x, lowY: low.y, highX: high.x, highY: high.y };
  const across = isGeographic(low) && low.x > high.x;
  return (across ? overMeridian(box) : [box]).filter(({ lowX, lowY, highX, highY }) => lowX <= highX && lowY <= highY);
}

export function boxAt({ x, y }: CypherPoint): PointBox {
  return { lowX: x, lowY: y, highX: x, highY: y };
}

/** Whether a point has a place on the plane of its system. Bolt and HTTP let in points beyond the poles; arithmetic makes NaN. */
export function hasPlace(point: CypherPoint): boolean {
  if (isGeographic(point)) return Math.abs(point.x) <= 180 && Math.abs(point.y) <= 90;
  return !Number.isNaN(point.x) && !Number.isNaN(point.y);
}

function isGeographic({ srid }: CypherPoint): boolean {
  return systemOf(srid)?.geographic === true;
}

function onPlane(centre: CypherPoint, radius: number): readonly PointBox[] {
  const reach = radius * (1 + hairShare) + Number.MIN_VALUE;
  if (!(reach < Number.POSITIVE_INFINITY) || !hasPlace(centre)) return [everywhere];
  return [{ lowX: centre.x - reach, lowY: centre.y - reach, highX: centre.x + reach, highY: centre.y + reach }];
}

function onEarth(centre: CypherPoint, radius: number): readonly PointBox[] {
  const height = centre.z ?? 0;
  // Distances are measured at the mean height, and the other point is at most `radius` lower.
  const least = EARTH_RADIUS + height - (centre.z === undefined ? 0 : radius / 2);
  const isKnown = least > 1 + 1e-9 * (Math.abs(height) + radius);
  if (!isKnown || !hasPlace(centre)) return [everywhere];
  const arc = (radius / least) * degreesPerRadian + hairDegrees;
  const [lowY, highY] = [centre.y - arc, centre.y + arc];
  // A circle over a pole has points at all longitudes.
  if (!(lowY > -90 && highY < 90)) return [{ ...everywhere, lowY, highY }];
  const turn = Math.asin(Math.min(1, Math.sin(arc / degreesPerRadian) / Math.cos(centre.y / degreesPerRadian))) * degreesPerRadian + hairDegrees;
  const [lowX, highX] = [centre.x - turn, centre.x + turn];
  if (lowX <= -180) return overMeridian({ lowX: lowX + 360, lowY, highX, highY });
  return highX >= 180 ? overMeridian({ lowX, lowY, highX: highX - 360, highY }) : [{ lowX, lowY, highX, highY }];
}

/** From `lowX` east to the 180th meridian, and on from there to `highX`. */
function overMeridian(box: PointBox): readonly PointBox[] {
  return [
    { ...box, highX: everywhere.highX },
    { ...box, lowX: everywhere.lowX },
  ];
}
