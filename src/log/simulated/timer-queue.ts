// Timers by their times, those of one time in the order of their making: a binary heap. A cancelled timer stays until
// its time comes, without its callback.

export interface Timer {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

export class TimerQueue {
  readonly #heap: Timer[] = [];
  #made = 0;

  add(atMs: number, callback: () => void): Timer {
    const timer: Timer = { atMs, order: this.#made++, callback };
    let at = this.#heap.length;
    for (; at > 0; at = (at - 1) >> 1) {
      const parent = this.#heap[(at - 1) >> 1] as Timer;
      if (isBefore(parent, timer)) break;
      this.#heap[at] = parent;
    }
    this.#heap[at] = timer;
    return timer;
  }

  /** The first one due by `untilMs`, taken out. */
  take(untilMs: number): Timer | undefined {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= untilMs; first = this.#heap[0]) {
      this.#removeFirst();
      if (first.callback !== undefined) return first;
    }
    return undefined;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timer, heap[child] as Timer)) child++;
      if (isBefore(last, heap[child] as Timer)) break;
      heap[at] = heap[child] as Timer;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
