// A value that is there already, or a promise of it. Where one request passes many hands, waiting only where there
// is something to wait for keeps it in one turn: each needless promise costs a point read half a microsecond.

export type Soon<T> = T | Promise<T>;

/** `next` with the value: at once when it is there. What `next` throws is thrown, or rejects. */
export function whenReady<T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
