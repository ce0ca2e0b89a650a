// Temporal values, points and byte arrays in the formats of the HTTP APIs.

import { failure } from '../errors/catalogue.js';
import { excerpt } from '../values/excerpt.js';
import { CypherPoint, type CypherPoint as Point, systemOf } from '../values/point-type.js';
import { CypherBytes } from '../values/simple-value.js';
import { parseDate, parseDateTime, parseDuration, parseLocalDateTime, parseLocalTime, parseTime } from '../values/temporal/parse.js';
import { temporalText } from '../values/temporal/text.js';
import { CypherDate, CypherDateTime, CypherDuration, CypherLocalDateTime, CypherLocalTime, type Temporal } from '../values/temporal/types.js';
import { UTC } from '../values/temporal/zones.js';
import type { Value } from '../values/value.js';
import { floatText } from './float-text.js';

type Simple = Temporal | Point | CypherBytes;

/** ISO 8601 for temporal values, GeoJSON for points, base 64 for bytes. */
export function plainSimple(value: Simple): string {
  if (value instanceof CypherBytes) return JSON.stringify(base64(value));
  return value instanceof CypherPoint ? geoJson(value) : JSON.stringify(temporalText(value));
}

function geoJson({ srid, x, y, z }: Point): string {
  const name = systemOf(srid)?.name;
  const coordinates = [x, y, ...(z === undefined ? [] : [z])].map(floatText).join(',');
  const properties = `{"href":"http://spatialreference.org/ref/${srid === 7203 || srid === 9157 ? 'sr-org' : 'epsg'}/${srid}/ogcwkt/","type":"ogcwkt"}`;
  return `{"type":"Point","coordinates":[${coordinates}],"crs":{"srid":${srid},"name":"${name}","type":"link","properties":${properties}}}`;
}

/** `SRID=4326;POINT (1.0 2.0)` */
export function wellKnownText({ srid, x, y, z }: Point): string {
  return z === undefined ? `SRID=${srid};POINT (${floatText(x)} ${floatText(y)})` : `SRID=${srid};POINT Z (${floatText(x)} ${floatText(y)} ${floatText(z)})`;
}

export function base64({ bytes }: CypherBytes): string {
  return Buffer.from(bytes).toString('base64');
}

/** The name of the type and the text of the value, as typed JSON has them. */
export function typedSimple(value: Simple): readonly [type: string, text: string] {
  if (value instanceof CypherPoint) return ['Point', wellKnownText(value)];
  if (value instanceof CypherBytes) return ['Base64', base64(value)];
  return [typeName(value), temporalText(value)];
}

function typeName(value: Temporal): string {
  if (value instanceof CypherDate) return 'Date';
  if (value instanceof CypherLocalTime) return 'LocalTime';
  if (value instanceof CypherLocalDateTime) return 'LocalDateTime';
  if (value instanceof CypherDuration) return 'Duration';
  if (!(value instanceof CypherDateTime)) return 'Time';
  return value.zone === undefined ? 'OffsetDateTime' : 'ZonedDateTime';
}

const readers: Readonly<Record<string, (text: string) => Value>> = {
  Date: parseDate,
  LocalTime: parseLocalTime,
  Time: parseTime,
  LocalDateTime: parseLocalDateTime,
  OffsetDateTime: (text) => parseDateTime(text, UTC),
  ZonedDateTime: (text) => parseDateTime(text, UTC),
  Duration: parseDuration,
  Point: parsePoint,
  Base64: parseBase64,
};

/** Undefined: no such type. Raises what is wrong with the text. */
export function readTypedSimple(type: string, text: string): Value | undefined {
  return Object.hasOwn(readers, type) ? readers[type]?.(text) : undefined;
}

function parsePoint(text: string): Point {
  const [, srid, space, inside = ''] = /^SRID=(\d+);\s*POINT( Z)? ?\(([^)]*)\)$/i.exec(text.trim()) ?? [];
  const system = systemOf(Number(srid));
  const coordinates = inside.trim().split(/\s+/).map(Number);
  if (
    system === undefined ||
    coordinates.length !== system.dimension ||
    (space !== undefined) !== (system.dimension === 3) ||
    !coordinates.every(Number.isFinite)
  ) {
    throw failure('requestInvalid', `'${excerpt(text)}' is no point: SRID=4326;POINT (12.5 55.7) is one, SRID=4979;POINT Z (12.5 55.7 10) another.`);
  }
  const [x, y, z] = coordinates as [number, number, number | undefined];
  return new CypherPoint(system.srid, x, y, z);
}

function parseBase64(text: string): CypherBytes {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw failure('requestInvalid', 'The text is not base 64.');
  return new CypherBytes(Uint8Array.from(Buffer.from(text, 'base64')));
}
