// The keys of a point index: a point's reference system, and where it is on a curve through the plane on which near points are mostly
// near. Heights have no part in it.

import type { CypherPoint } from '../values/point-type.js';
import type { Key } from './tree.js';

export function pointKey(point: CypherPoint): Key {
  return [point.srid, point.x, point.y];
}
