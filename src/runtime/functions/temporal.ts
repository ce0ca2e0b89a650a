// Functions of temporal values: constructors from text, components and other values, the clocks, truncation, and durations between two.

import { failure } from '../../errors/catalogue.js';
import { buildDate, buildDateTime, buildLocalDateTime, buildLocalTime, buildTime, fromEpochMillis, type InstantName } from '../../values/temporal/build.js';
import { buildDuration } from '../../values/temporal/build-duration.js';
import { between, inDays, inMonths, inSeconds } from '../../values/temporal/duration.js';
import { parseDate, parseDateTime, parseDuration, parseLocalDateTime, parseLocalTime, parseTime } from '../../values/temporal/parse.js';
import { truncate } from '../../values/temporal/truncate.js';
import { type CypherDateTime, CypherDuration, type Instantaneous, isInstantaneous } from '../../values/temporal/types.js';
import { atInstant, parseZone, UTC, type Zone } from '../../values/temporal/zones.js';
import type { CypherMap, Value } from '../../values/value.js';
import { type FunctionContext, type FunctionTable, exactly as fixed, type ScalarFunction, takingNull, wrongType } from './function.js';
import { exactArgument, integerArgument } from './numbers.js';

/** What is read of a text, and made of components. */
interface Constructor {
  readonly type: InstantName;
  readonly key: 'date' | 'time' | 'datetime';
  readonly parse: (text: string) => Instantaneous;
  readonly build: (map: CypherMap, now: bigint) => Instantaneous;
}

const constructors: Readonly<Record<string, Constructor>> = {
  date: { type: 'Date', key: 'date', parse: parseDate, build: buildDate },
  localtime: { type: 'LocalTime', key: 'time', parse: parseLocalTime, build: buildLocalTime },
  time: { type: 'Time', key: 'time', parse: parseTime, build: (map, now) => buildTime(map, UTC, now) },
  localdatetime: { type: 'LocalDateTime', key: 'datetime', parse: parseLocalDateTime, build: buildLocalDateTime },
  datetime: { type: 'DateTime', key: 'datetime', parse: (text) => parseDateTime(text, UTC), build: (map) => buildDateTime(map, UTC) },
};

function secondsOf(ms: number): bigint {
  return BigInt(Math.floor(ms / 1000));
}

/** Of a clock: the value's part of a date-time. */
function fromClock({ build, key }: Constructor, ms: number, zone: Zone): Value {
  const whole = Math.floor(ms);
  return build(new Map<string, Value>([[key, fromEpochMillis(BigInt(whole), 0, zone)]]), secondsOf(ms));
}

function zoneArgument(name: string, value: Value | undefined): Zone {
  if (value === undefined) return UTC;
  if (typeof value === 'string') return parseZone(value);
  if (value instanceof Map) {
    const zone = value.get('timezone') ?? null;
    if (typeof zone === 'string' && value.size === 1) return parseZone(zone);
  }
  throw wrongType(name, value, 'the name of a time zone');
}

function onlyZone(value: Value | undefined): boolean {
  return value instanceof Map && value.size === 1 && value.has('timezone');
}

function constructed(name: string, made: Constructor): ScalarFunction {
  const now = ({ statementTimeMs }: FunctionContext) => secondsOf(statementTimeMs);
  return takingNull(0, 1, (context, value) => {
    if (value === undefined || onlyZone(value)) return fromClock(made, context.statementTimeMs, zoneArgument(name, value));
    if (value === null) return null;
    if (typeof value === 'string') return made.parse(value);
    if (value instanceof Map) return made.build(value as CypherMap, now(context));
    if (isInstantaneous(value)) return made.build(new Map<string, Value>([[made.key, value]]), now(context));
    throw wrongType(name, value, 'a string, a map or a temporal value');
  });
}

function clock(name: string, made: Constructor, read: (context: FunctionContext) => number): ScalarFunction {
  return takingNull(0, 1, (context, zone) => (zone === null ? null : fromClock(made, read(context), zoneArgument(name, zone))));
}

function truncation(name: string, { type }: Constructor): ScalarFunction {
  return takingNull(1, 3, (context, unit, given, fields = new Map()) => {
    if (unit === null || given === null || fields === null) return null;
    if (typeof unit !== 'string') throw wrongType(name, unit as Value, 'a unit as a string');
    const value = given ?? fromEpochMillis(BigInt(Math.floor(context.statementTimeMs)), 0, UTC);
    if (!isInstantaneous(value)) throw wrongType(name, value, 'a temporal value');
    if (!(fields instanceof Map)) throw wrongType(name, fields, 'a map');
    return truncate(type, unit, value, fields as CypherMap, UTC, secondsOf(context.statementTimeMs));
  });
}

function ofInstants(name: string, measure: (first: Instantaneous, second: Instantaneous) => CypherDuration): ScalarFunction {
  return fixed(2, (first, second) => {
    for (const value of [first, second]) if (!isInstantaneous(value)) throw wrongType(name, value as Value, 'a temporal value');
    return measure(first as Instantaneous, second as Instantaneous);
  });
}

function durationOf(value: Value): Value {
  if (typeof value === 'string') return parseDuration(value);
  if (value instanceof Map) return buildDuration(value as CypherMap);
  if (value instanceof CypherDuration) return value;
  throw wrongType('duration', value, 'a string or a map');
}

function fromEpoch(seconds: Value, nanos: Value): CypherDateTime {
  const fraction = integerArgument('datetime.fromepoch', nanos);
  if (fraction < 0 || fraction > 999_999_999) {
    throw failure('argumentError', `Invalid value for NanoOfSecond (valid values 0 - 999999999): ${fraction}`);
  }
  return atInstant(UTC, exactArgument('datetime.fromepoch', seconds), fraction);
}

const table: Record<string, ScalarFunction> = {
  duration: fixed(1, (value) => durationOf(value as Value)),
  'duration.between': ofInstants('duration.between', between),
  'duration.inmonths': ofInstants('duration.inMonths', inMonths),
  'duration.indays': ofInstants('duration.inDays', inDays),
  'duration.inseconds': ofInstants('duration.inSeconds', inSeconds),
  'datetime.fromepoch': fixed(2, (seconds, nanos) => fromEpoch(seconds as Value, nanos as Value)),
  'datetime.fromepochmillis': fixed(1, (millis) => fromEpochMillis(exactArgument('datetime.fromepochmillis', millis as Value), 0, UTC)),
};
for (const [name, made] of Object.entries(constructors)) {
  table[name] = constructed(name, made);
  table[`${name}.truncate`] = truncation(`${name}.truncate`, made);
  table[`${name}.statement`] = clock(`${name}.statement`, made, ({ statementTimeMs }) => statementTimeMs);
  table[`${name}.transaction`] = clock(`${name}.transaction`, made, ({ transactionTimeMs }) => transactionTimeMs);
  table[`${name}.realtime`] = clock(`${name}.realtime`, made, ({ wallMs }) => wallMs());
}

export const temporalFunctions: FunctionTable = table;
