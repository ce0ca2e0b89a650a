// The last entries that a read replica was fed, kept so that it can feed others: it has no log. All graphs share one
// bound in bytes; the oldest entry of all goes first. Of each graph what is kept is contiguous.

import type { LogEntry } from '../log/log.js';

/** Beside its payload, an entry costs about this much. */
const ENTRY_OVERHEAD_BYTES = 128;
const NOTHING = new Uint8Array(0);

interface Kept {
  readonly entries: LogEntry[];
  /** Entries before it in the array were let go. */
  start: number;
}

export class FeedTail {
  readonly #bytesMax: number;
  readonly #graphs: Map<string, Kept>;
  /** The graph of each entry kept, in the order they came; a graph that was dropped may still be named. */
  #order: string[];
  #orderStart: number;
  #bytes: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#graphs = new Map();
    this.#order = [];
    this.#orderStart = 0;
    this.#bytes = 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(graph: string, index: number, payload: Uint8Array): void {
    const last = this.#graphs.get(graph)?.entries.at(-1);
    if (last !== undefined && last.index + 1 !== index) this.drop(graph);
    let kept = this.#graphs.get(graph);
    if (kept === undefined) {
      kept = { entries: [], start: 0 };
      this.#graphs.set(graph, kept);
    }
    kept.entries.push({ index, payload });
    this.#order.push(graph);
    this.#bytes += cost(payload);
    while (this.#bytes > this.#bytesMax) this.#forgetOldest();
  }

  /** Entries `from` to `to`, of at most `limitBytes` but at least one; undefined when the first is not kept. */
  read(graph: string, from: number, to: number, limitBytes: number): readonly LogEntry[] | undefined {
    const kept = this.#graphs.get(graph);
    const first = kept?.entries[kept.start];
    if (kept === undefined || first === undefined || from < first.index) return undefined;
    const entries: LogEntry[] = [];
    let bytes = 0;
    for (let at = kept.start + (from - first.index); at < kept.entries.length; at++) {
      const entry = kept.entries[at] as LogEntry;
      bytes += entry.payload.length;
      if (entry.index > to || (entries.length > 0 && bytes > limitBytes)) break;
      entries.push(entry);
    }
    return entries.length === 0 ? undefined : entries;
  }

  drop(graph: string): void {
    const kept = this.#graphs.get(graph);
    if (kept === undefined) return;
    for (let at = kept.start; at < kept.entries.length; at++) this.#bytes -= cost((kept.entries[at] as LogEntry).payload);
    this.#graphs.delete(graph);
    this.#order = this.#order.slice(this.#orderStart).filter((one) => one !== graph);
    this.#orderStart = 0;
  }

  #forgetOldest(): void {
    const graph = this.#order[this.#orderStart++] as string;
    const kept = this.#graphs.get(graph) as Kept;
    const { index, payload } = kept.entries[kept.start] as LogEntry;
    this.#bytes -= cost(payload);
    kept.entries[kept.start] = { index, payload: NOTHING };
    kept.start++;
    // Arrays are cut when half of them is gone: a constant cost for each entry.
    if (kept.start * 2 > kept.entries.length) {
      kept.entries.splice(0, kept.start);
      kept.start = 0;
    }
    if (this.#orderStart * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#orderStart);
      this.#orderStart = 0;
    }
  }
}

function cost(payload: Uint8Array): number {
  return payload.length + ENTRY_OVERHEAD_BYTES;
}
