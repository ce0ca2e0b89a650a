// Functions of points, as the plain evaluator asks them: null where one of the values is no point.

import { buildPoint, distance, withinBox } from '../../src/values/point.js';
import { CypherPoint } from '../../src/values/point-type.js';
import type { CypherMap, Value } from '../../src/values/value.js';
import type { Truth } from './values.js';

/** Undefined for what `point` does not take. */
export function pointOf(value: Value): CypherPoint | null | undefined {
  if (value instanceof CypherPoint) return value;
  return value instanceof Map ? buildPoint(value as CypherMap) : undefined;
}

export function distanceOf(a: Value, b: Value): Value {
  return a instanceof CypherPoint && b instanceof CypherPoint ? distance(a, b) : null;
}

export function isWithinBox(point: Value, low: Value, high: Value): Truth {
  return point instanceof CypherPoint && low instanceof CypherPoint && high instanceof CypherPoint ? withinBox(point, low, high) : null;
}
