// What a plan asks of an index of points, asked of its reader: more is found than was asked for, and checked behind it. What is no point,
// or no number, finds nothing, as nothing would pass the check.

import type { GraphReader, IdCursor } from '../graph/reader.js';
import { boxAt, boxesAround, boxesWithin, type PointBox } from '../values/point-box.js';
import { CypherPoint } from '../values/point-type.js';
import { CypherFloat, type Value } from '../values/value.js';

export type AskedOfPoints =
  | { readonly kind: 'equal'; readonly value: Value }
  | { readonly kind: 'distance'; readonly centre: Value; readonly radius: Value }
  | { readonly kind: 'box'; readonly lowerLeft: Value; readonly upperRight: Value };

export function pointCursor(reader: GraphReader, index: number, asked: AskedOfPoints): IdCursor {
  const { srid, boxes } = placesOf(asked);
  return reader.index(index).pointsIn(srid, boxes);
}

interface Places {
  readonly srid: number;
  readonly boxes: readonly PointBox[];
}

const nowhere: Places = { srid: 0, boxes: [] };

function placesOf(asked: AskedOfPoints): Places {
  switch (asked.kind) {
    case 'equal': {
      const { value } = asked;
      return value instanceof CypherPoint ? { srid: value.srid, boxes: [boxAt(value)] } : nowhere;
    }
    case 'distance': {
      const { centre } = asked;
      const radius = asked.radius instanceof CypherFloat ? asked.radius.value : asked.radius;
      const isNumber = typeof radius === 'number' || typeof radius === 'bigint';
      return centre instanceof CypherPoint && isNumber ? { srid: centre.srid, boxes: boxesAround(centre, Number(radius)) } : nowhere;
    }
    case 'box': {
      const { lowerLeft, upperRight } = asked;
      const areCorners = lowerLeft instanceof CypherPoint && upperRight instanceof CypherPoint;
      return areCorners ? { srid: lowerLeft.srid, boxes: boxesWithin(lowerLeft, upperRight) } : nowhere;
    }
  }
}
