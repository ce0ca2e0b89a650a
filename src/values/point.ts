// Points in the four reference systems: two and three dimensions, on a plane (cartesian) and on the earth (WGS 84: degrees, metres).

import { failure } from '../errors/catalogue.js';
import { excerpt } from './excerpt.js';
import { CypherPoint, type ReferenceSystem, systemOf } from './point-type.js';
import { floatText, toText } from './text.js';
import { CypherFloat, type CypherMap, type Value } from './value.js';

/** In metres. */
export const EARTH_RADIUS = 6_378_140;

const FIELDS = ['x', 'y', 'z', 'longitude', 'latitude', 'height', 'crs', 'srid'];
const bySrid = new Map([7203, 9157, 4326, 4979].map((srid) => [srid, systemOf(srid) as ReferenceSystem]));
const byName = new Map([...bySrid.values()].map((system) => [system.name, system]));

/** `{x, y[, z]}` or `{longitude, latitude[, height]}`, with `crs` or `srid` where it is not plain. Null where a coordinate is. */
export function buildPoint(map: CypherMap): CypherPoint | null {
  for (const key of map.keys())
    if (!FIELDS.includes(key.toLowerCase())) throw failure('argumentError', `Unknown key '${excerpt(key)}' for a point. It takes ${FIELDS.join(', ')}.`);
  const given = new Map([...map].map(([key, value]) => [key.toLowerCase(), value]));
  if (FIELDS.slice(0, 6).some((name) => given.get(name) === null)) return null;
  const number = (name: string) => {
    const value = given.get(name);
    if (value === undefined) return undefined;
    if (value instanceof CypherFloat) return value.value;
    if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
    throw failure('argumentError', `Cannot assign ${excerpt(toText(value))} to field ${name} of a point: a number is expected`);
  };
  const geographic = given.has('longitude') || given.has('latitude') || given.has('height');
  const [first, second, third] = [number('x') ?? number('longitude'), number('y') ?? number('latitude'), number('z') ?? number('height')];
  if (first === undefined || second === undefined) throw failure('argumentError', "A point must contain either 'x' and 'y', or 'latitude' and 'longitude'");
  const named = namedSystem(given);
  const system = named ?? (bySrid.get(geographic ? (third === undefined ? 4326 : 4979) : third === undefined ? 7203 : 9157) as ReferenceSystem);
  if (geographic && !system.geographic) throw failure('argumentError', `Geographic points does not support coordinate reference system: ${system.name}`);
  if (system.dimension === 3 && third === undefined) {
    throw failure(
      'argumentError',
      `Cannot create point with ${system.dimension}D coordinate reference system and 2 coordinates. Please consider using equivalent 2D coordinate reference system`,
    );
  }
  const z = system.dimension === 3 ? third : undefined;
  if (!system.geographic) return new CypherPoint(system.srid, first, second, z);
  if (Math.abs(second) > 90)
    throw failure(
      'argumentError',
      `Cannot create WGS84 point with invalid coordinate: [${floatText(first)}, ${floatText(second)}]. Valid range for Y coordinate is [-90, 90].`,
    );
  return new CypherPoint(system.srid, first > 180 || first < -180 ? wrappedLongitude(first) : first, second, z);
}

function wrappedLongitude(degrees: number): number {
  const turned = (((degrees + 180) % 360) + 360) % 360;
  return turned - 180;
}

function namedSystem(given: ReadonlyMap<string, Value>): ReferenceSystem | undefined {
  const [crs, srid] = [given.get('crs') ?? undefined, given.get('srid') ?? undefined];
  if (crs !== undefined && srid !== undefined) throw failure('argumentError', 'Cannot specify both CRS and SRID');
  if (crs !== undefined) {
    const found = typeof crs === 'string' ? byName.get(crs.toLowerCase()) : undefined;
    if (found === undefined) throw failure('argumentError', `Unknown coordinate reference system: ${excerpt(toText(crs))}`);
    return found;
  }
  if (srid === undefined) return undefined;
  const found = typeof srid === 'number' ? bySrid.get(srid) : undefined;
  if (found === undefined) throw failure('argumentError', `Unknown coordinate reference system code: ${excerpt(toText(srid))}`);
  return found;
}

/** Undefined: a point of its system has no such component. */
export function pointField(point: CypherPoint, name: string): number | string | CypherFloat | undefined {
  const system = systemOf(point.srid) as ReferenceSystem;
  const coordinate = (value: number | undefined) => (value === undefined ? undefined : new CypherFloat(value));
  switch (name) {
    case 'x':
      return coordinate(point.x);
    case 'y':
      return coordinate(point.y);
    case 'z':
      return coordinate(point.z);
    case 'longitude':
      return system.geographic ? coordinate(point.x) : undefined;
    case 'latitude':
      return system.geographic ? coordinate(point.y) : undefined;
    case 'height':
      return system.geographic ? coordinate(point.z) : undefined;
    case 'crs':
      return system.name;
    case 'srid':
      return point.srid;
    default:
      return undefined;
  }
}

/** On the plane by Pythagoras, on the earth along the great circle, at the mean height. Null between systems. */
export function distance(a: CypherPoint, b: CypherPoint): CypherFloat | null {
  if (a.srid !== b.srid) return null;
  const height = (a.z ?? 0) - (b.z ?? 0);
  const system = systemOf(a.srid) as ReferenceSystem;
  if (!system.geographic) return new CypherFloat(Math.hypot(a.x - b.x, a.y - b.y, height));
  const radians = Math.PI / 180;
  const latitudes = Math.sin(((b.y - a.y) * radians) / 2) ** 2;
  const longitudes = Math.sin(((b.x - a.x) * radians) / 2) ** 2;
  const haversine = latitudes + Math.cos(a.y * radians) * Math.cos(b.y * radians) * longitudes;
  const arc = 2 * Math.atan2(Math.sqrt(haversine), Math.sqrt(1 - haversine)) * (EARTH_RADIUS + ((a.z ?? 0) + (b.z ?? 0)) / 2);
  return new CypherFloat(Math.hypot(arc, height));
}

/** Borders belong to the box; on the earth it may go over the 180th meridian. Null between systems. */
export function withinBox(point: CypherPoint, low: CypherPoint, high: CypherPoint): boolean | null {
  if (point.srid !== low.srid || point.srid !== high.srid) return null;
  const within = (value: number, from: number, to: number) => value >= from && value <= to;
  const across = (systemOf(point.srid) as ReferenceSystem).geographic && low.x > high.x;
  const inX = across ? point.x >= low.x || point.x <= high.x : within(point.x, low.x, high.x);
  return inX && within(point.y, low.y, high.y) && within(point.z ?? 0, low.z ?? 0, high.z ?? 0);
}
