// What every production works with: the tokens, where we are, and how to be wrong.
// Nesting is counted, so that no text can overflow the stack.

import { limits } from '../base/limits.js';
import { type ErrorName, failure, tokenNameFault } from '../errors/catalogue.js';
import type { Position } from '../errors/error.js';
import { positionAt, withCaret } from '../errors/print.js';
import { type Token, tokenize } from './lexer.js';

export class TokenStream {
  readonly text: string;
  readonly #tokens: readonly Token[];
  readonly #lineStarts: readonly number[];
  readonly #bars: Set<number>;
  readonly #known: Map<number, { readonly made: unknown; readonly end: number }>;
  #at: number;
  #depth: number;
  #clauseCount: number;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
    this.#lineStarts = lineStartsOf(text);
    this.#bars = new Set();
    this.#known = new Map();
    this.#at = 0;
    this.#depth = 0;
    this.#clauseCount = 0;
  }

  get token(): Token {
    return this.#tokens[this.#at] as Token;
  }

  isAtEnd(): boolean {
    return this.token.kind === 'end';
  }

  /** The token `distance` ahead; the end token beyond the end. */
  peek(distance: number): Token {
    return (this.#tokens[this.#at + distance] ?? this.#tokens[this.#tokens.length - 1]) as Token;
  }

  advance(): Token {
    const token = this.token;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  mark(): number {
    return this.#at;
  }

  /** Back to a `mark`: for the few places that need to look far ahead. */
  reset(mark: number): void {
    this.#at = mark;
  }

  /** Reads `production` here, or takes what it gave here before a `reset`: what is read twice would double at each level of nesting. */
  once<T>(production: () => T): T {
    const start = this.#at;
    const known = this.#known.get(start);
    if (known !== undefined) {
      this.#at = known.end;
      return known.made as T;
    }
    const made = production();
    this.#known.set(start, { made, end: this.#at });
    return made;
  }

  // ------------------------------------------------------------ the bar of a comprehension

  /**
   * Sets apart the last `|` in front of the bracket that closes what is being read: it ends the predicate there, so no
   * label expression may take it.
   */
  reserveLastBar(): void {
    let depth = 0;
    let last: number | undefined;
    for (let index = this.#at; index < this.#tokens.length; index++) {
      const { kind, text } = this.#tokens[index] as Token;
      if (kind !== 'symbol') continue;
      if (text === '(' || text === '[' || text === '{') depth++;
      else if ((text === ')' || text === ']' || text === '}') && --depth < 0) break;
      else if (text === '|' && depth === 0) last = index;
    }
    if (last !== undefined) this.#bars.add(last);
  }

  /** A `|` between labels, which is not the one that was set apart. */
  acceptLabelBar(): boolean {
    return !this.#bars.has(this.#at) && this.acceptSymbol('|');
  }

  // ------------------------------------------------------------ symbols and keywords

  isSymbol(symbol: string, distance = 0): boolean {
    const token = this.peek(distance);
    return token.kind === 'symbol' && token.text === symbol;
  }

  acceptSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at++;
    return true;
  }

  expectSymbol(symbol: string): Token {
    if (!this.isSymbol(symbol)) throw this.unexpected(`'${symbol}'`);
    return this.advance();
  }

  isWord(word: string, distance = 0): boolean {
    const token = this.peek(distance);
    return token.kind === 'name' && token.upper === word;
  }

  /** Whether these words come next, in this order. */
  isWords(...words: readonly string[]): boolean {
    return words.every((word, distance) => this.isWord(word, distance));
  }

  acceptWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#at++;
    return true;
  }

  acceptWords(...words: readonly string[]): boolean {
    if (!this.isWords(...words)) return false;
    this.#at += words.length;
    return true;
  }

  expectWord(word: string): Token {
    if (!this.isWord(word)) throw this.unexpected(`'${word}'`);
    return this.advance();
  }

  /** A name: bare, or in backticks with something between them. */
  expectName(what: string): string {
    const { kind, text } = this.token;
    if (kind === 'quotedName' && text === '') throw this.error(`A name cannot be empty: expected ${what}`);
    return this.expectKey(what);
  }

  /** The name of a label, a relationship type or a property, which the graph may come to store. */
  expectToken(what: string): string {
    const { start } = this.token;
    const name = this.expectKey(what);
    this.checkToken(name, start);
    return name;
  }

  /** The key of a map, or of what is read like one: any text in backticks. */
  expectKey(what: string): string {
    const { kind } = this.token;
    if (kind !== 'name' && kind !== 'quotedName') throw this.unexpected(what);
    return this.advance().text;
  }

  /** Raises TokenNameError where the graph cannot store a name. */
  checkToken(name: string, offset: number): void {
    const fault = tokenNameFault(name);
    if (fault !== undefined) throw this.failure('tokenNameError', fault, offset);
  }

  // ------------------------------------------------------------ places and errors

  /** Position of the current token, or of an offset. */
  at(offset = this.token.start): Position {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { offset, line: low + 1, column: offset - (this.#lineStarts[low] as number) + 1 };
  }

  /** The end of the last token taken. */
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }

  unexpected(expected: string): Error {
    const { kind, start, end } = this.token;
    const found = kind === 'end' ? '' : this.text.slice(start, end);
    return this.error(`Invalid input '${found}': expected ${expected}`, start);
  }

  error(message: string, offset = this.token.start): Error {
    return this.failure('syntaxError', message, offset);
  }

  failure(name: ErrorName, message: string, offset: number): Error {
    const position = positionAt(this.text, offset);
    return failure(name, withCaret(message, this.text, position), { position });
  }

  unsupported(what: string, offset = this.token.start): Error {
    return this.error(`${what} is not supported yet by this version of Causeway`, offset);
  }

  /** A chain of operators nests to the left, one level for each: it has a bound too. */
  chained(count: number): void {
    if (count > limits.queryChainMax)
      throw this.error(`An expression chains more than ${limits.queryChainMax} operators (limits.query_chain); use a list or parameters`);
  }

  /** The `count`th label name of one expression is next. */
  labelled(count: number): void {
    if (count > limits.queryLabelsMax) throw this.error(`A label expression names more than ${limits.queryLabelsMax} labels (limits.query_labels)`);
  }

  /** The statement has one more clause, which begins at `offset`. */
  counted(offset: number): void {
    if (++this.#clauseCount <= limits.queryClausesMax) return;
    const advice = 'use UNWIND with a parameter, or several statements';
    throw this.error(`The statement has more than ${limits.queryClausesMax} clauses (limits.query_clauses); ${advice}`, offset);
  }

  /** Counts the nesting around `production`. */
  nested<T>(production: () => T): T {
    this.#depth++;
    if (this.#depth > limits.queryDepthMax)
      throw this.error(`The query is nested deeper than ${limits.queryDepthMax} levels (limits.query_depth); simplify it`);
    const result = production();
    this.#depth--;
    return result;
  }
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 10 || (unit === 13 && text.charCodeAt(index + 1) !== 10)) starts.push(index + 1);
  }
  return starts;
}
