// Functions of points.

import { buildPoint, distance, withinBox } from '../../values/point.js';
import { CypherPoint } from '../../values/point-type.js';
import type { CypherMap, Value } from '../../values/value.js';
import { exactly, type FunctionTable, type ScalarFunction, wrongType } from './function.js';

function point(value: Value): Value {
  if (value instanceof CypherPoint) return value;
  if (value instanceof Map) return buildPoint(value as CypherMap);
  throw wrongType('point', value, 'a map');
}

/** What is no point is at no distance, as in Neo4j. */
const between: ScalarFunction = exactly(2, (a, b) => (a instanceof CypherPoint && b instanceof CypherPoint ? distance(a, b) : null));

export const pointFunctions: FunctionTable = {
  point: exactly(1, (value) => point(value as Value)),
  'point.distance': between,
  distance: between,
  'point.withinbbox': exactly(3, (a, low, high) =>
    a instanceof CypherPoint && low instanceof CypherPoint && high instanceof CypherPoint ? withinBox(a, low, high) : null,
  ),
};
