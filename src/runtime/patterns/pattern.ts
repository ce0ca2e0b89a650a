// `=~`: whether the whole of a text matches a regular expression of Java's. Bounded in time: no pattern holds the event loop.
//
//   few ways through pattern and text ──▶ RegExp           (fast; the bound is worked out before)
//   many ways                         ──▶ RE2              (linear in the text)
//   what RE2 has not (look-around, references), many ways ──▶ RegExp under a timer
//
// This file alone touches re2js.

import { createContext, Script } from 'node:vm';
import { RE2JS } from 're2js';
import { assert } from '../../base/assert.js';
import { limits } from '../../base/limits.js';
import { failure } from '../../errors/catalogue.js';
import { unsupported } from './char-set.js';
import { print, sizeOf, some, waysThrough } from './engines.js';
import { parsePattern, type Tree } from './syntax.js';

interface Pattern {
  readonly tree: Tree;
  readonly size: number;
  /** Undefined where RegExp would mean something else. */
  readonly native: RegExp | undefined;
  /** Undefined where only RegExp knows what the pattern has. Made when it is first asked. */
  readonly linear: (() => RE2JS) | undefined;
  /** Texts up to here have few ways; known after the first question. */
  cheapLengthMax: number;
}

const PATTERNS_KEPT_MAX = 200;
const kept = new Map<string, Pattern>();

/** Counts its work in units of about 50 ns. */
export function matchesWhole(text: string, source: string, counter: { work: number }): boolean {
  const pattern = kept.get(source) ?? made(source);
  if (text.length <= pattern.cheapLengthMax && pattern.native !== undefined) {
    counter.work += text.length >> 5;
    return pattern.native.test(text);
  }
  if (pattern.linear !== undefined) return inOnePass(source, pattern, pattern.linear(), text, counter);
  // A step under the timer ends the slice.
  counter.work += 2048;
  const { native } = pattern;
  assert(native !== undefined, 'RegExp knows what RE2 does not');
  return underTimer(source, () => native.test(text), text);
}

function made(source: string): Pattern {
  if (source.length > limits.patternCharactersMax) {
    throw failure(
      'limitExceeded',
      `A regular expression may have ${limits.patternCharactersMax} characters (limits.pattern_characters), not ${source.length}.`,
    );
  }
  const tree = parsePattern(source);
  const size = sizeOf(tree);
  if (size > limits.patternStepsMax / 100) {
    throw failure('limitExceeded', `The regular expression is too large: written out it has ${size} parts, more than limits.pattern_steps allows.`);
  }
  const linear = some(tree, ({ kind }) => kind === 'look' || kind === 'reference') ? undefined : later(() => compiled(tree));
  const native = nativeOf(tree);
  if (native === undefined && linear === undefined) throw unsupported('case-insensitive parts beside look-around or references');
  const pattern = { tree, size, native, linear, cheapLengthMax: native === undefined ? -1 : cheapLength(tree, size) };
  if (kept.size >= PATTERNS_KEPT_MAX) kept.clear();
  kept.set(source, pattern);
  return pattern;
}

function compiled(tree: Tree): RE2JS {
  try {
    return RE2JS.compile(print(tree, { dialect: 're2', numbered: false }));
  } catch (error) {
    throw failure(
      'limitExceeded',
      `The regular expression counts too far: repetitions within one another reach ${limits.patternRepetitionsMax} at most (limits.pattern_repetitions).`,
      { cause: error },
    );
  }
}

function later<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

/** Case is folded for all of the pattern or for none: RegExp has no flags for a part. */
function nativeOf(tree: Tree): RegExp | undefined {
  const folds = (fold: boolean) => some(tree, (part) => (part.kind === 'one' || part.kind === 'reference') && part.fold === fold);
  if (folds(true) && folds(false)) return undefined;
  const source = print(tree, { dialect: 'js', numbered: some(tree, ({ kind }) => kind === 'reference') });
  return new RegExp(`^(?:${source})$`, folds(true) ? 'ui' : 'u');
}

/** The longest text whose ways are few, by doubling. */
function cheapLength(tree: Tree, size: number): number {
  const few = (length: number) => waysThrough(tree, length) * size <= limits.patternStepsMax;
  if (!few(16)) return -1;
  let length = 16;
  while (length < 2 ** 24 && few(length * 2)) length *= 2;
  return length;
}

/** About 20 ns a character, but 100 ns for each part of the pattern where the engine's table of states grows too large. */
function inOnePass(source: string, { size }: Pattern, linear: RE2JS, text: string, counter: { work: number }): boolean {
  counter.work += text.length * 2;
  if (text.length * size <= limits.patternStepsMax) return linear.testExact(text);
  return underTimer(source, () => linear.testExact(text), text);
}

// A context of its own: a timer interrupts what is called from it, the engine's backtracking too.
const asking = createContext({ ask: () => false });
const question = later(() => new Script('ask()'));

function underTimer(source: string, ask: () => boolean, text: string): boolean {
  if (text.length > limits.patternStepsMax) {
    throw failure(
      'limitExceeded',
      `A text of ${text.length} characters is too long for a regular expression: limits.pattern_steps is ${limits.patternStepsMax}.`,
    );
  }
  asking.ask = ask;
  try {
    return question().runInContext(asking, { timeout: limits.patternTimeMs }) as boolean;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    // The engine was stopped anywhere within its work.
    kept.delete(source);
    throw failure(
      'limitExceeded',
      `The regular expression took longer than ${limits.patternTimeMs} ms for one text (limits.pattern_time_ms). Shorten the text, or write the expression without look-around, references and nested repetitions.`,
    );
  } finally {
    asking.ask = undefined;
  }
}
