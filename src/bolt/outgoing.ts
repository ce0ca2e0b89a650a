// The way out of a Bolt session: messages gather in one buffer and leave at about 60 KB, or when nothing is left to
// answer. Only whole messages are handed to the connection, so that a NOOP may go between any two writes.
// A client that takes nothing for too long is let go, and what it had open with it.

import type { Clock } from '../base/clock.js';
import type { Connection } from '../base/network.js';
import type { RowSink } from '../runtime/execution.js';
import type { CypherMap, Row, Value } from '../values/value.js';
import { NOOP } from '../wire/chunking.js';
import { tags, writeMessage, writeRecord } from '../wire/messages.js';
import { PackWriter } from '../wire/packstream.js';
import type { StructureForm } from '../wire/structures.js';

const FLUSH_BYTES = 60 * 1024;

export class Outgoing implements RowSink {
  form: StructureForm;
  rowCount: number;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #stalledMs: number;
  readonly #writer: PackWriter;
  #sentBytes: number;
  #full: boolean;

  constructor(connection: Connection, clock: Clock, stalledMs: number, form: StructureForm) {
    this.form = form;
    this.rowCount = 0;
    this.#connection = connection;
    this.#clock = clock;
    this.#stalledMs = stalledMs;
    this.#writer = new PackWriter(512);
    this.#sentBytes = 0;
    this.#full = false;
  }

  /** One RECORD. */
  row(values: Row): void {
    this.rowCount++;
    writeRecord(this.#writer, values, this.form);
    if (this.#writer.length >= FLUSH_BYTES) this.flush();
  }

  success(metadata: CypherMap): void {
    this.message(tags.SUCCESS, metadata);
  }

  message(tag: number, ...fields: readonly Value[]): void {
    writeMessage(this.#writer, tag, fields, this.form);
    if (this.#writer.length >= FLUSH_BYTES) this.flush();
  }

  /** Bytes since the session began, those in the buffer too. */
  get byteCount(): number {
    return this.#sentBytes + this.#writer.length;
  }

  flush(): void {
    if (this.#writer.length === 0) return;
    const bytes = this.#writer.take();
    this.#sentBytes += bytes.length;
    if (!this.#connection.write(bytes)) this.#full = true;
  }

  /** Nothing while the client does not even take what it has been sent: it knows that we are alive. */
  keepAlive(): void {
    if (!this.#full) this.#connection.write(NOOP);
  }

  /** The connection took no more at the last write: `drained` before more is made. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Until the client has taken what is queued for it, or is gone; one that takes nothing in time is let go. */
  async drained(): Promise<void> {
    if (!this.#full) return;
    const cancel = this.#clock.after(this.#stalledMs, () => this.#connection.destroy());
    await this.#connection.drained();
    cancel();
    this.#full = false;
  }
}
