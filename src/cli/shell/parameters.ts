// Parameters from the command line, `name=value` with the value as JSON or else as text. Numbers keep what they are: with a
// point or an exponent a FLOAT, otherwise an INTEGER with all its digits.

import { CypherFloat, integerOf, type Value } from '../../values/value.js';
import { CliError } from '../cli-error.js';

export function parameterValue(text: string): Value {
  const parsed = parsedJson(text);
  return parsed === undefined ? text : parsed.value;
}

/** Undefined: not JSON. */
function parsedJson(text: string): { readonly value: Value } | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  // JSON.parse would round numbers and forget their points: they go through it as strings, marked by a letter as all strings are.
  const marked = text.replace(/"(?:\\.|[^"\\])*"|-?\d[\d.eE+-]*/g, (part) => (part.startsWith('"') ? `"s${part.slice(1)}` : `"n${part}"`));
  return { value: unmarked(JSON.parse(marked)) };
}

function unmarked(value: unknown): Value {
  if (typeof value === 'string') return value.startsWith('n') ? numberOf(value.slice(1)) : value.slice(1);
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value === 'object' && value !== null) return new Map(Object.entries(value).map(([key, item]) => [key.slice(1), unmarked(item)]));
  return value as boolean | null;
}

function numberOf(text: string): Value {
  if (/[.eE]/.test(text)) return new CypherFloat(Number(text));
  const integer = integerOf(BigInt(text));
  if (integer === undefined) throw new CliError(`${text} is beyond the integers of Cypher (64 bits)`);
  return integer;
}
