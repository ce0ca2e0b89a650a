// Guards the border between the simulation and reality. It counts what waits for a turn of the real event loop, so that the
// simulated clock moves on when nothing can go on any more, and it notes every use of real time or real chance by
// code of `src`: such a use would make a seed run differently the next time.

const turn = globalThis.setImmediate;

export class Reality {
  readonly escapes: Set<string>;
  #waiting: number;
  readonly #restores: (() => void)[];

  constructor() {
    this.escapes = new Set();
    this.#waiting = 0;
    this.#restores = [];
  }

  enter(): void {
    this.#replace(globalThis, 'setImmediate', (original: typeof setImmediate) => (callback: (...given: unknown[]) => void, ...given: unknown[]) => {
      this.#waiting++;
      return original(() => {
        this.#waiting--;
        callback(...given);
      });
    });
    const noted = (name: string) => (original: (...given: unknown[]) => unknown) =>
      function (this: unknown, ...given: unknown[]): unknown {
        note(name);
        return original.apply(this, given);
      };
    const note = (name: string) => {
      const caller = (new Error().stack ?? '')
        .split('\n')
        .slice(3, 5)
        .find((line) => /\/causeway\/src\/|\/src\/(base|bolt|cluster|database|graph|log|runtime|security|server|storage|targets|wire)\//.test(line));
      if (caller !== undefined) this.escapes.add(`${name} ${caller.trim()}`);
    };
    this.#replace(globalThis, 'setTimeout', noted('setTimeout'));
    this.#replace(globalThis, 'setInterval', noted('setInterval'));
    this.#replace(Math, 'random', noted('Math.random'));
    this.#replace(Date, 'now', noted('Date.now'));
    this.#replace(performance, 'now', noted('performance.now'));
  }

  leave(): void {
    for (const restore of this.#restores.splice(0)) restore();
  }

  /** Resolves when everything that can go on without the clock has gone on. */
  async settled(): Promise<void> {
    do {
      await new Promise<void>((resolve) => void turn(resolve));
    } while (this.#waiting > 0);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the functions of the platform, of any shape
  #replace(owner: any, name: string, make: (original: any) => unknown): void {
    const original = owner[name];
    owner[name] = make(original);
    this.#restores.push(() => {
      owner[name] = original;
    });
  }
}
