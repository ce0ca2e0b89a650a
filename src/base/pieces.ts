// Long work in pieces, so that the event loop has its turn in between: a generator that yields where it may pause. How
// much work makes a piece is counted, not timed, so that a run with a given seed is the same each time.

export type Pieces<T> = Generator<undefined, T, undefined>;

/** Where nobody else waits: tests, and starts before the doors are open. */
export function atOnce<T>(work: Pieces<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** A turn of the event loop after each piece. Work without a pause is done before this returns. */
export async function inPieces<T>(work: Pieces<T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await turnOfEventLoop();
  }
}

export function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
