// One statement's result, written as it comes: rows in the format asked for, then time, changes, warnings. Tables are for people
// and say all of it; CSV and JSON have rows alone, and warnings go where errors go.

import { display } from '../../values/text.js';
import type { Row, Value } from '../../values/value.js';
import type { WirePlan, WireSummary } from '../../wire/summary.js';
import { csvLine, jsonLine } from './formats.js';
import type { Screen } from './screen.js';
import type { RowSink } from './session.js';
import { notificationText, planFields, planRows, summaryLine } from './summary-text.js';
import { RowTable } from './table.js';

export const FORMATS = ['table', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

export class ResultPrinter implements RowSink {
  readonly #screen: Screen;
  readonly #format: Format;
  #fields: readonly string[];
  #table: RowTable | undefined;

  constructor(screen: Screen, format: Format) {
    this.#screen = screen;
    this.#format = format;
    this.#fields = [];
    this.#table = undefined;
  }

  async fields(names: readonly string[]): Promise<void> {
    this.#fields = names;
    if (this.#format === 'table') this.#table = new RowTable(names, this.#screen.width);
    if (this.#format === 'csv') await this.#screen.write(csvLine(names));
  }

  async rows(batch: readonly Row[]): Promise<void> {
    if (batch.length === 0) return;
    if (this.#format === 'table') await this.#lines(this.#table?.rows(batch) ?? []);
    else if (this.#format === 'csv') await this.#screen.write(batch.map(csvLine).join(''));
    else await this.#screen.write(batch.map((row) => jsonLine(this.#fields, row)).join(''));
  }

  async end(rowCount: number | undefined, summary: WireSummary, ms: number): Promise<void> {
    const { plan, counters, notifications } = summary;
    if (this.#format === 'table') {
      // EXPLAIN has no rows.
      if (plan === undefined || plan.profile !== undefined) {
        await this.#lines(this.#table?.end() ?? []);
        await this.#screen.write(`${this.#screen.styled('dim', summaryLine(rowCount, counters, ms))}\n`);
      }
      if (plan !== undefined) await this.#plan(plan);
    }
    for (const notification of notifications) await this.#screen.complain(`${this.#screen.styled('yellow', notificationText(notification))}\n`);
  }

  async #plan(plan: WirePlan): Promise<void> {
    const table = new RowTable(planFields(plan), this.#screen.width, planText);
    await this.#lines([...table.rows(planRows(plan)), ...table.end()]);
  }

  #lines(lines: readonly string[]): Promise<void> {
    return this.#screen.write(lines.map((line) => `${line}\n`).join(''));
  }
}

function planText(value: Value): string {
  return value === null ? '' : typeof value === 'string' ? value : display(value);
}
