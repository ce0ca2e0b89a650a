// One machine of the simulation and the process on it. A process stands still while it is paused, and never does
// anything again once it is dead: whatever it was waiting for is told to nobody. The next process is another life.

import type { Clock } from '../../src/base/clock.js';

export class Machine {
  readonly name: string;
  readonly #clock: Clock;
  #life: number;
  #alive: boolean;
  #powered: boolean;
  #paused: boolean;
  #deferred: (() => void)[];
  #wallOffsetMs: number;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
    this.#life = 0;
    this.#alive = false;
    this.#powered = true;
    this.#paused = false;
    this.#deferred = [];
    this.#wallOffsetMs = 0;
  }

  get life(): number {
    return this.#life;
  }

  /** A process runs, or is paused. */
  get isAlive(): boolean {
    return this.#alive;
  }

  get isPowered(): boolean {
    return this.#powered;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** A new process; what it does goes through `run` with the life that is given here. */
  boot(): number {
    this.#life++;
    this.#alive = true;
    this.#powered = true;
    this.#paused = false;
    this.#deferred = [];
    return this.#life;
  }

  /** The process ends. `powered` false: the whole machine. */
  die(powered: boolean): void {
    this.#alive = false;
    this.#powered = powered;
    this.#paused = false;
    this.#deferred = [];
  }

  restorePower(): void {
    this.#powered = true;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const act of deferred) act();
  }

  /** The clock on the wall; nothing else follows it. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** Does it as the process of that life: later if that is paused, never if it is dead. */
  run(life: number, act: () => void): void {
    if (life !== this.#life || !this.#alive) return;
    if (this.#paused) this.#deferred.push(() => this.run(life, act));
    else act();
  }

  /** Of the process that runs now. */
  clock(): Clock {
    const life = this.#life;
    return {
      nowMs: this.#clock.nowMs,
      wallMs: () => this.#clock.wallMs() + this.#wallOffsetMs,
      after: (delayMs, callback) => {
        let cancelled = false;
        const cancel = this.#clock.after(delayMs, () =>
          this.run(life, () => {
            if (!cancelled) callback();
          }),
        );
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }
}
