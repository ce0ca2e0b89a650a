// Whether the main loop turns, seen from the worker: the main thread counts up a number in shared memory, and a
// number that stands still for too long is a main loop that stands still.

export class Beats {
  readonly buffer: SharedArrayBuffer;
  protected readonly values: Int32Array;

  /** `values`: how many numbers there are for those who extend this; the first is the beat. */
  constructor(buffer?: SharedArrayBuffer, values = 1) {
    this.buffer = buffer ?? new SharedArrayBuffer(values * 4);
    this.values = new Int32Array(this.buffer);
  }

  /** The main loop turns. */
  beat(): void {
    Atomics.add(this.values, 0, 1);
  }

  beats(): number {
    return Atomics.load(this.values, 0);
  }
}

export class Watchdog {
  readonly #beats: Beats;
  readonly #boundMs: number;
  #seen: number;
  #seenAtMs: number;
  #wedged: boolean;

  constructor(beats: Beats, boundMs: number, nowMs: number) {
    this.#beats = beats;
    this.#boundMs = boundMs;
    this.#seen = beats.beats();
    this.#seenAtMs = nowMs;
    this.#wedged = false;
  }

  get wedged(): boolean {
    return this.#wedged;
  }

  /** True when the main loop was found to stand still just now; `wedged` until it is seen to turn again. */
  barks(nowMs: number): boolean {
    const beats = this.#beats.beats();
    if (beats !== this.#seen) {
      this.#seen = beats;
      this.#seenAtMs = nowMs;
      this.#wedged = false;
      return false;
    }
    if (this.#wedged || nowMs - this.#seenAtMs <= this.#boundMs) return false;
    this.#wedged = true;
    return true;
  }
}
