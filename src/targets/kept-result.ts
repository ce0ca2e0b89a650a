// A result whose rows are here already, with their summary.

import type { AutoCommit, ResultSummary } from '../database/result.js';
import type { RowSink } from '../runtime/execution.js';
import type { Row } from '../values/value.js';

export class KeptResult implements AutoCommit {
  readonly columns: readonly string[];
  readonly #rows: Row[];
  readonly #summary: ResultSummary;

  constructor(columns: readonly string[], rows: readonly Row[], summary: ResultSummary) {
    this.columns = columns;
    this.#rows = [...rows];
    this.#summary = summary;
  }

  get summary(): ResultSummary | undefined {
    return this.#rows.length === 0 ? this.#summary : undefined;
  }

  pull(count: number, sink: RowSink): Promise<boolean> {
    for (const row of this.#rows.splice(0, Math.min(count, this.#rows.length))) sink.row(row);
    return Promise.resolve(this.#rows.length > 0);
  }

  discard(): Promise<void> {
    this.#rows.length = 0;
    return Promise.resolve();
  }

  terminate(): void {}
}
