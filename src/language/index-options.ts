// OPTIONS of CREATE INDEX and CREATE CONSTRAINT, as dumps of Neo4j's schema have them. Every kind has one provider here, and nothing to
// tune: what is given is checked, so that a mistake is told, and changes nothing.

import { failure } from '../errors/catalogue.js';
import { withCaret } from '../errors/print.js';
import { INDEX_PROVIDERS, LOOKUP_PROVIDER } from '../graph/schema.js';
import type { Expression, MapLiteral } from './ast.js';
import { parseAtom } from './atoms.js';
import type { TokenStream } from './token-stream.js';

/** What the options are of; `bare`: a constraint without an index. */
export type OptionsOf = 'range' | 'text' | 'point' | 'lookup' | 'bare';

const PROVIDERS: Readonly<Record<OptionsOf, readonly string[]>> = {
  range: [INDEX_PROVIDERS.range],
  text: [INDEX_PROVIDERS.text, 'text-1.0'],
  point: [INDEX_PROVIDERS.point],
  lookup: [LOOKUP_PROVIDER],
  bare: [],
};
/** Bounds of Neo4j's curve for points, which need none here. */
const POINT_CONFIG = /^spatial\.(cartesian|cartesian-3d|wgs-84|wgs-84-3d)\.(min|max)$/;

/** [OPTIONS '{' [indexProvider ':' Text] [indexConfig ':' Map] '}'] */
export function parseIndexOptions(s: TokenStream, of: OptionsOf): void {
  if (!s.acceptWord('OPTIONS')) return;
  if (s.token.kind === 'parameter') throw s.unsupported('A parameter as the OPTIONS of an index or constraint');
  if (!s.isSymbol('{')) throw s.unexpected('a map of options');
  const { entries } = parseAtom(s) as MapLiteral;
  for (const { key, value } of entries) {
    if (key === 'indexProvider') checkProvider(s, of, value);
    else if (key === 'indexConfig') checkConfig(s, of, value);
    else throw refused(s, value, `Invalid option provided, valid options are \`indexProvider\` and \`indexConfig\`, not \`${key}\`.`);
  }
}

function checkProvider(s: TokenStream, of: OptionsOf, value: Expression): void {
  const providers = PROVIDERS[of];
  const given = value.kind === 'Literal' ? value.value : undefined;
  if (typeof given !== 'string') throw refused(s, value, 'The option `indexProvider` is a STRING.');
  if (providers.includes(given)) return;
  const valid = providers.length === 0 ? 'this constraint has no index' : `valid here: ${providers.join(', ')}`;
  throw refused(s, value, `Could not create it with the index provider '${given}': ${valid}.`);
}

function checkConfig(s: TokenStream, of: OptionsOf, value: Expression): void {
  if (value.kind !== 'Map') throw refused(s, value, 'The option `indexConfig` is a map.');
  for (const { key, value: setting } of value.entries) {
    if (of !== 'point' || !POINT_CONFIG.test(key)) throw refused(s, setting, `Invalid index config key, not recognized: \`${key}\`.`);
    if (setting.kind !== 'List') throw refused(s, setting, `The setting \`${key}\` is a list of numbers.`);
  }
}

function refused(s: TokenStream, { at: position }: Expression, message: string): Error {
  return failure('argumentError', withCaret(message, s.text, position), { position });
}
