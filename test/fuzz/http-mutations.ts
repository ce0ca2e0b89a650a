// Ways to spoil an HTTP request, all drawn from one seeded source: as JSON, as headers, as a line, as bytes.

import { below, chance, pick, type Random } from '../../src/base/random.js';
import type { HttpRequest } from './http-requests.js';
import { spoilText } from './mutations.js';

const nasty: readonly ((random: Random) => unknown)[] = [
  () => null,
  () => true,
  () => '',
  () => -1,
  () => 0,
  () => 2 ** 53,
  () => 1e308,
  () => 0.1,
  () => [],
  () => ({}),
  () => '\u0000',
  () => '`"\'\\$ \ud83d\ude00',
  () => '\ud800',
  () => 'x'.repeat(70_000),
  () => 'MATCH (n) RETURN n',
  () => '__proto__',
  () => ({ $type: 'Integer', _value: '1' }),
  (random) => Array.from({ length: below(random, 200) }, (_, at) => at),
  (random) => nested(5 + below(random, 150)),
];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { k: value };
  return value;
}

/** `value` with one thing in it changed. */
function spoilJson(random: Random, value: unknown): unknown {
  if (Array.isArray(value) && value.length > 0 && chance(random, 0.8)) {
    const at = below(random, value.length);
    return value.map((item: unknown, index) => (index === at ? spoilJson(random, item) : item));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0 && chance(random, 0.8)) {
    const entries = Object.entries(value);
    const at = below(random, entries.length);
    if (chance(random, 0.2)) return Object.fromEntries(entries.filter((_, index) => index !== at));
    return Object.fromEntries(entries.map(([key, item], index) => [key, index === at ? spoilJson(random, item) : item]));
  }
  if (typeof value === 'string' && value.length > 0 && chance(random, 0.5)) return spoilText(random, value);
  return pick(random, nasty)(random);
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'post', ''];
const paths = ['/', '/metrics', '/db', '/db//tx', '/db/system/tx', '/db/%00/tx', '/db/neo4j/tx/', '/db/neo4j/tx/1', '/db/%ff/query/v2', '/nowhere?x=1#y', '*'];
const headerNames = [
  'accept',
  'content-type',
  'content-length',
  'transfer-encoding',
  'expect',
  'authorization',
  'cookie',
  'causeway-consistency',
  'causeway-routing',
  'causeway-bookmark',
  'idempotency-key',
  'access-mode',
  'bookmarks',
  'max-execution-time',
  'accept-encoding',
  'host',
  'x-forwarded-host',
  'x-forwarded-proto',
  'connection',
  'upgrade',
];
const headerValues = [
  '',
  'x',
  '0',
  '-1',
  '[',
  '["FB:"]',
  'READ',
  'eventual',
  'linearizable',
  'off',
  'application/vnd.neo4j.jolt;strict=true',
  'text/html',
  '*/*',
  'gzip',
  'chunked',
  '9'.repeat(30),
  'Basic ====',
  'Bearer x',
  'close',
  'websocket',
];

export function spoilRequest(random: Random, request: HttpRequest): HttpRequest {
  switch (below(random, 6)) {
    case 0:
      return { ...request, method: pick(random, methods) };
    case 1:
      return { ...request, path: chance(random, 0.5) ? pick(random, paths) : lineText(spoilText(random, request.path)) };
    case 2:
      return { ...request, headers: [...request.headers, [pick(random, headerNames), pick(random, headerValues)]] };
    case 3:
      return { ...request, headers: request.headers.map(([name, value]) => [name, chance(random, 0.5) ? lineText(spoilText(random, value)) : value]) };
    default:
      return { ...request, body: spoilJson(random, request.body) };
  }
}

/** A request line or a header ends with its line. */
function lineText(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}
