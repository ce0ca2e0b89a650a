// `=~`: whether the whole of a text matches a regular expression, written for Java and run by JavaScript.
//
// What JavaScript's engine cannot express (possessive quantifiers, atomic groups) is an error, never another meaning.
// The engine backtracks: a pattern such as `(a+)+b` can take time exponential in the text, and no time slice ends within it.

import { failure } from '../errors/catalogue.js';

interface Pattern {
  /** By code points: for texts beyond the basic plane, and for classes that need it. */
  readonly byCodePoint: RegExp;
  /** The same by code units, several times as fast; undefined where it would mean something else. */
  readonly byCodeUnit: RegExp | undefined;
}

const PATTERNS_KEPT_MAX = 200;
const kept = new Map<string, Pattern>();
const surrogate = /[\ud800-\udfff]/;

export function matchesWhole(text: string, source: string): boolean {
  const pattern = kept.get(source) ?? made(source);
  return (surrogate.test(text) ? pattern.byCodePoint : (pattern.byCodeUnit ?? pattern.byCodePoint)).test(text);
}

function made(source: string): Pattern {
  const flags = /^\(\?([imsu]+)\)/.exec(source);
  const letters = (flags?.[1] ?? '').replace('u', '');
  const body = asJavaScript(flags === null ? source : source.slice(flags[0].length));
  // Under `m` the anchors mean lines.
  const whole = letters.includes('m') ? `(?<![\\s\\S])(?:${body})(?![\\s\\S])` : `^(?:${body})$`;
  let pattern: Pattern;
  try {
    const byCodePoint = new RegExp(whole, `u${letters}`);
    const unitsSuffice = !/\\[pP]|\\u\{/.test(body) && !surrogate.test(body) && !letters.includes('i');
    pattern = { byCodePoint, byCodeUnit: unitsSuffice ? new RegExp(whole, letters) : undefined };
  } catch (error) {
    throw failure('syntaxError', `Invalid Regex: ${error instanceof Error ? error.message : source}`);
  }
  if (kept.size >= PATTERNS_KEPT_MAX) kept.clear();
  kept.set(source, pattern);
  return pattern;
}

/** `\Q…\E` and the escapes of plain signs, which only Java takes. */
function asJavaScript(source: string): string {
  return source
    .replace(/(\\\\)|\\Q([\s\S]*?)(?:\\E|$)/g, (_whole, backslash: string | undefined, quoted: string) =>
      backslash === undefined ? quoted.replace(/[\^$\\.*+?()[\]{}|/-]/g, escaped) : backslash,
    )
    .replace(/\\([\s\S])/g, (whole, sign: string) => (/[\w^$\\.*+?()[\]{}|/]/.test(sign) ? whole : escaped(sign)));
}

function escaped(sign: string): string {
  const unit = sign.charCodeAt(0);
  return unit > 0xff ? sign : `\\x${unit.toString(16).padStart(2, '0')}`;
}
