// The way out of a Bolt session: messages gather in one buffer and leave at about 60 KB or when a request is answered.
// Only whole messages are handed to the connection, so that a NOOP may go between any two writes.

import type { Connection } from '../base/network.js';
import type { RowSink } from '../runtime/execution.js';
import type { Row, Value } from '../values/value.js';
import { NOOP } from '../wire/chunking.js';
import { writeMessage, writeRecord } from '../wire/messages.js';
import { PackWriter } from '../wire/packstream.js';

const FLUSH_BYTES = 60 * 1024;

export class Outgoing implements RowSink {
  readonly #connection: Connection;
  readonly #writer: PackWriter;
  elementIds: boolean;
  rowCount: number;
  #sentBytes: number;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#writer = new PackWriter(1024);
    this.elementIds = true;
    this.rowCount = 0;
    this.#sentBytes = 0;
  }

  /** One RECORD. */
  row(values: Row): void {
    this.rowCount++;
    writeRecord(this.#writer, values, this.elementIds);
    if (this.#writer.length >= FLUSH_BYTES) this.flush();
  }

  message(tag: number, ...fields: readonly Value[]): void {
    writeMessage(this.#writer, tag, fields, this.elementIds);
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
    this.#connection.write(bytes);
  }

  keepAlive(): void {
    this.#connection.write(NOOP);
  }

  /** Until the client has taken what is queued for it, or is gone. */
  drained(): Promise<void> {
    return this.#connection.drained();
  }
}
