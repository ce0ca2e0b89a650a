// The body of a request of the legacy API: `{"statements": [{statement, parameters, resultDataContents, includeStats}]}`.
// No body at all is no statements.

import type { StatementRequest } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { Value } from '../values/value.js';
import { parseJson } from './json-in.js';
import type { ResultFormat } from './legacy-format.js';
import type { ResultForm } from './legacy-output.js';

export type LegacyStatement = StatementRequest & ResultForm;

/** Raises Request.InvalidFormat, naming the place. */
export function legacyStatements(body: string): readonly LegacyStatement[] {
  if (body.trim() === '') return [];
  const parsed = parseJson(body);
  if (!(parsed instanceof Map)) throw invalid('The body must be a JSON object.');
  const statements = parsed.get('statements') ?? [];
  if (!Array.isArray(statements)) throw invalid('"statements" must be a list.');
  return statements.map((statement: Value, index) => statementOf(statement, `statements[${index}]`));
}

function statementOf(value: Value, where: string): LegacyStatement {
  if (!(value instanceof Map)) throw invalid(`${where} must be a JSON object.`);
  const text = value.get('statement');
  if (typeof text !== 'string') throw invalid(`${where}.statement must be a string.`);
  const parameters = value.get('parameters') ?? new Map<string, Value>();
  if (!(parameters instanceof Map)) throw invalid(`${where}.parameters must be a JSON object.`);
  const includeStats = value.get('includeStats') ?? false;
  if (typeof includeStats !== 'boolean') throw invalid(`${where}.includeStats must be true or false.`);
  return { text, parameters, includeStats, formats: formatsOf(value.get('resultDataContents') ?? null, where) };
}

function formatsOf(value: Value, where: string): readonly ResultFormat[] {
  if (value === null) return ['row'];
  if (!Array.isArray(value)) throw invalid(`${where}.resultDataContents must be a list.`);
  const formats = new Set<ResultFormat>();
  for (const item of value as readonly Value[]) {
    const format = typeof item === 'string' ? item.toLowerCase() : '';
    if (format === 'rest') throw invalid(`${where}.resultDataContents: the format REST is not supported. Use row or graph.`);
    if (format !== 'row' && format !== 'graph') throw invalid(`${where}.resultDataContents may hold row and graph.`);
    formats.add(format);
  }
  return formats.size === 0 ? ['row'] : [...formats];
}

function invalid(message: string): Error {
  return failure('requestInvalidFormat', message);
}
