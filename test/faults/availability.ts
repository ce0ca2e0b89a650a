// How long no write of a graph was acknowledged: the worst gap, while a fault and its aftermath last and for the whole run.

export class Availability {
  readonly #lastMs = new Map<string, number>();
  readonly #worstMs = new Map<string, number>();
  #sinceMs = 0;

  constructor(graphs: readonly string[]) {
    for (const graph of graphs) this.#lastMs.set(graph, performance.now());
  }

  readonly wrote = (graph: string): void => {
    const nowMs = performance.now();
    this.#gap(graph, nowMs);
    this.#lastMs.set(graph, nowMs);
  };

  /** A fault begins. */
  begin(): void {
    this.#sinceMs = performance.now();
    this.#worstMs.clear();
  }

  /** Every graph was written to after `ms`. */
  writtenSince(ms: number): boolean {
    return [...this.#lastMs.values()].every((lastMs) => lastMs > ms);
  }

  /** Milliseconds, the worst of all graphs since `begin`. */
  worst(): number {
    for (const graph of this.#lastMs.keys()) this.#gap(graph, performance.now());
    return Math.max(0, ...this.#worstMs.values());
  }

  #gap(graph: string, nowMs: number): void {
    const gapMs = nowMs - Math.max(this.#lastMs.get(graph) ?? 0, this.#sinceMs);
    if (gapMs > (this.#worstMs.get(graph) ?? 0)) this.#worstMs.set(graph, gapMs);
  }
}
