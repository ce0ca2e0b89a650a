// Rows as a boxed table. With a screen's width given, cells are cut to it, the widest columns first; where even narrow columns
// do not fit, each row is a block of lines. Without, nothing is cut. The first batch decides how wide the columns are.

import { display } from '../../values/text.js';
import { CypherFloat, type Row, type Value } from '../../values/value.js';
import { cut, harmless, padded, widthUpTo } from './cells.js';

/** Columns are not made narrower than this; the ellipsis needs one. */
const COLUMN_MIN = 6;
/** Nothing is wider, where nothing is cut. */
const UNCUT_MAX = 1_000_000;

interface Column {
  readonly name: string;
  readonly width: number;
  readonly side: 'left' | 'right';
}

type Lines = readonly string[];

export class RowTable {
  readonly #fields: readonly string[];
  readonly #screen: number | undefined;
  readonly #textOf: (value: Value) => string;
  #columns: readonly Column[] | 'blocks' | undefined;
  #rowCount: number;

  constructor(fields: readonly string[], screen: number | undefined, textOf: (value: Value) => string = display) {
    this.#fields = fields.map(harmless);
    this.#screen = screen;
    this.#textOf = textOf;
    this.#columns = undefined;
    this.#rowCount = 0;
  }

  /** The lines of a batch of rows, in its order. */
  rows(batch: readonly Row[]): Lines {
    const first = this.#columns === undefined;
    const texts = batch.map((row) => row.map((value) => harmless(this.#textOf(value))));
    this.#columns ??= this.#layout(batch, texts);
    const columns = this.#columns;
    if (columns === 'blocks') return texts.flatMap((row) => this.#block(row));
    const head = first ? [rule(columns, '┌┬┐'), this.#line(columns, this.#fields), rule(columns, '├┼┤')] : [];
    return [...head, ...texts.map((row) => this.#line(columns, row))];
  }

  /** The lines that close the table. */
  end(): Lines {
    const opened = this.#columns === undefined ? this.rows([]) : [];
    return Array.isArray(this.#columns) ? [...opened, rule(this.#columns, '└┴┘')] : opened;
  }

  #layout(batch: readonly Row[], texts: readonly (readonly string[])[]): readonly Column[] | 'blocks' {
    const most = this.#screen ?? UNCUT_MAX;
    const natural = this.#fields.map((field, index) =>
      Math.max(
        widthUpTo(field, most),
        widest(texts, (row) => widthUpTo(row[index] ?? '', most)),
      ),
    );
    const room = this.#screen === undefined ? Number.POSITIVE_INFINITY : this.#screen - 3 * this.#fields.length - 1;
    if (natural.reduce((sum, width) => sum + Math.min(width, COLUMN_MIN), 0) > room) return 'blocks';
    const widths = fitted(natural, room);
    return this.#fields.map((name, index) => ({
      name,
      width: widths[index] as number,
      side: batch.length > 0 && batch.every((row) => isNumber(row[index])) ? 'right' : 'left',
    }));
  }

  #line(columns: readonly Column[], cells: readonly string[]): string {
    const fits = (text: string, { width, side }: Column) => padded(this.#screen === undefined ? text : cut(text, width), width, side);
    return `│ ${columns.map((column, index) => fits(cells[index] ?? '', column)).join(' │ ')} │`;
  }

  #block(row: readonly string[]): Lines {
    this.#rowCount++;
    const most = (this.#screen ?? UNCUT_MAX) >> 1;
    const nameWidth = Math.min(most, Math.max(...this.#fields.map((field) => widthUpTo(field, most))));
    const lines = this.#fields.map((field, index) => `${padded(cut(field, nameWidth), nameWidth, 'left')}  ${row[index] ?? ''}`);
    return [`── row ${this.#rowCount} ──`, ...lines];
  }
}

/** Takes from the widest until the sum fits. */
function fitted(natural: readonly number[], room: number): readonly number[] {
  let low = 1;
  let high = Math.max(1, ...natural);
  const sumAt = (cap: number) => natural.reduce((sum, width) => sum + Math.min(width, cap), 0);
  if (sumAt(high) <= room) return natural;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sumAt(middle) <= room) low = middle;
    else high = middle - 1;
  }
  // What is left over goes to columns that were cut, from the left.
  let left = room - sumAt(low);
  return natural.map((width) => {
    if (width <= low) return width;
    return left-- > 0 ? low + 1 : low;
  });
}

function widest<Item>(items: readonly Item[], measure: (item: Item) => number): number {
  return items.reduce((most, item) => Math.max(most, measure(item)), 0);
}

function isNumber(value: Value | undefined): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof CypherFloat;
}

function rule(columns: readonly Column[], [left, middle, right]: string | readonly string[]): string {
  return `${left}${columns.map(({ width }) => '─'.repeat(width + 2)).join(middle)}${right}`;
}
