// A reading statement on another server. Should that be lost before a row was given on, it runs again, once, where
// `again` says; afterwards its client must.

import type { AutoCommit, ResultSummary } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { RowSink } from '../runtime/execution.js';
import { LeaderLost } from './relayed.js';

export class RoutedRead implements AutoCommit {
  readonly columns: readonly string[];
  #again: (() => Promise<AutoCommit>) | undefined;
  #inner: AutoCommit;
  #given: number;
  #terminated: Error | undefined;

  constructor(inner: AutoCommit, again: () => Promise<AutoCommit>) {
    this.columns = inner.columns;
    this.#again = again;
    this.#inner = inner;
    this.#given = 0;
    this.#terminated = undefined;
  }

  get summary(): ResultSummary | undefined {
    return this.#inner.summary;
  }

  async pull(count: number, sink: RowSink): Promise<boolean> {
    const counting: RowSink = {
      row: (values) => {
        this.#given++;
        sink.row(values);
      },
    };
    try {
      return await this.#inner.pull(count, counting);
    } catch (error) {
      if (!(error instanceof LeaderLost)) throw error;
      if (this.#terminated !== undefined) throw this.#terminated;
      const again = this.#again;
      this.#again = undefined;
      if (this.#given > 0 || again === undefined) throw lost(error);
      this.#inner = await again();
      return this.pull(count, sink);
    }
  }

  async discard(): Promise<void> {
    while (await this.pull(Number.POSITIVE_INFINITY, { row: () => {} }));
  }

  terminate(reason: Error): void {
    this.#terminated = reason;
    this.#inner.terminate(reason);
  }
}

function lost(cause: Error): Error {
  return failure('databaseUnavailable', 'The server that read for this one was lost among the rows. Nothing was changed; try again.', { cause });
}
