// Any temporal value, point or byte array, for property tests.

import fc from 'fast-check';
import { CypherPoint } from '../../src/values/point-type.js';
import { CypherBytes } from '../../src/values/simple-value.js';
import { epochDayOf, YEAR_MAX, YEAR_MIN } from '../../src/values/temporal/calendar.js';
import {
  CypherDate,
  CypherDuration,
  CypherLocalDateTime,
  CypherLocalTime,
  CypherTime,
  NANOS_PER_DAY,
  NANOS_PER_SECOND,
} from '../../src/values/temporal/types.js';
import { atLocal } from '../../src/values/temporal/zones.js';
import { integerOf, type Value } from '../../src/values/value.js';

const farDay = fc.integer({ min: epochDayOf(YEAR_MIN, 1, 2), max: epochDayOf(YEAR_MAX, 12, 30) });
const nearDay = fc.integer({ min: -60_000, max: 60_000 });
const nanos = fc.integer({ min: 0, max: NANOS_PER_DAY - 1 });
const offset = fc.integer({ min: -18 * 3600, max: 18 * 3600 });
const zone = fc.constantFrom('Europe/Stockholm', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Honolulu', 'Australia/Lord_Howe');
const integer = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }).map((value) => integerOf(value) as number | bigint);
const coordinate = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

export const simpleValue: fc.Arbitrary<Value> = fc.oneof(
  farDay.map((day) => new CypherDate(day)),
  nanos.map((time) => new CypherLocalTime(time)),
  fc.tuple(nanos, offset).map(([time, east]) => new CypherTime(time, east)),
  fc.tuple(farDay, nanos).map(([day, time]) => new CypherLocalDateTime(day, time)),
  fc.tuple(farDay, nanos, offset).map(([day, time, east]) => atLocal(east, day, time)),
  fc.tuple(nearDay, nanos, zone).map(([day, time, name]) => atLocal(name, day, time)),
  fc.tuple(integer, integer, integer, fc.integer({ min: 0, max: NANOS_PER_SECOND - 1 })).map((parts) => new CypherDuration(...parts)),
  fc.tuple(fc.constantFrom(7203, 4326), coordinate, coordinate).map(([srid, x, y]) => new CypherPoint(srid, x, y)),
  fc.tuple(fc.constantFrom(9157, 4979), coordinate, coordinate, coordinate).map(([srid, x, y, z]) => new CypherPoint(srid, x, y, z)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => new CypherBytes(bytes)),
);
