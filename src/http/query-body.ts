// The body of a request of the Query API. Raises Request.Invalid, naming the field.

import type { StatementRequest } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { CypherMap, Value } from '../values/value.js';
import { CypherFloat } from '../values/value.js';
import { parseJson } from './json-in.js';
import { accessModeOf, stringList, timeoutMsOf } from './request-options.js';
import { typedParameters } from './typed-json.js';

export interface QueryBody {
  /** undefined: a request of an open transaction may have none. */
  readonly statement: StatementRequest | undefined;
  readonly impersonatedUser: string | undefined;
  readonly includeCounters: boolean;
  readonly access: 'READ' | 'WRITE';
  readonly timeoutMs: number;
  readonly bookmarks: readonly string[];
}

export function queryBody(text: string, typed: boolean, statementNeeded: boolean): QueryBody {
  const value = text.trim() === '' && !statementNeeded ? new Map<string, Value>() : parseJson(text);
  if (!(value instanceof Map)) throw invalid('The body must be a JSON object.');
  const impersonated = value.get('impersonatedUser') ?? null;
  if (impersonated !== null && typeof impersonated !== 'string') throw invalid('"impersonatedUser" must be a string.');
  return {
    statement: statementOf(value, typed, statementNeeded),
    impersonatedUser: impersonated ?? undefined,
    includeCounters: includeCountersOf(value.get('includeCounters') ?? false),
    access: accessOf(value.get('accessMode') ?? 'WRITE'),
    timeoutMs: timeoutOf(value.get('maxExecutionTime') ?? 0),
    bookmarks: stringList(value.get('bookmarks') ?? [], '"bookmarks"'),
  };
}

function statementOf(body: CypherMap, typed: boolean, needed: boolean): StatementRequest | undefined {
  const text = body.get('statement') ?? null;
  const parameters = parametersOf(body.get('parameters') ?? null, typed);
  if (text === null && !needed) return undefined;
  if (typeof text !== 'string') throw invalid('"statement" must be a string.');
  return { text, parameters };
}

function parametersOf(value: Value, typed: boolean): CypherMap {
  if (value === null) return new Map();
  if (!(value instanceof Map)) throw invalid('"parameters" must be a JSON object.');
  return typed ? typedParameters(value) : value;
}

function includeCountersOf(value: Value): boolean {
  if (typeof value !== 'boolean') throw invalid('"includeCounters" must be true or false.');
  return value;
}

function accessOf(value: Value): 'READ' | 'WRITE' {
  if (typeof value !== 'string') throw invalid('"accessMode" must be "READ" or "WRITE".');
  return accessModeOf(value, '"accessMode"');
}

/** The body says seconds. */
function timeoutOf(value: Value): number {
  const seconds = value instanceof CypherFloat ? value.value : typeof value === 'number' ? value : Number.NaN;
  return timeoutMsOf(seconds * 1000, '"maxExecutionTime" (in seconds)');
}

function invalid(message: string): Error {
  return failure('requestInvalid', message);
}
