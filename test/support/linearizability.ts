// Is a history of one register linearizable? A search of the kind of Wing and Gong, with Lowe's memory of states: operations take
// effect one after the other, each between its call and its answer, and every read sees the last write before it.
//
// Values are written at most once in a history, so an open write (outcome unknown) that nobody read may as well never have
// happened, and one that was read took effect before the first of its reads had its answer. That keeps the search narrow.

export interface RegisterOperation {
  readonly client: string;
  /** 'cas' changes `from` to `value`; one that found another value is not an operation of a history. */
  readonly kind: 'write' | 'read' | 'cas';
  /** Written or read. */
  readonly value: number;
  readonly from?: number;
  readonly status: 'ok' | 'failed' | 'unknown';
  /** What the server said, for readers of the history. */
  readonly answer?: string;
  /** Milliseconds of one clock; the end of an unknown operation means nothing. */
  readonly startMs: number;
  readonly endMs: number;
}

export type Verdict =
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'violation'; readonly message: string }
  /** The search met its bound: nothing is known. */
  | { readonly kind: 'undecided'; readonly states: number };

interface Step {
  readonly operation: RegisterOperation;
  readonly startMs: number;
  readonly endMs: number;
}

interface State {
  /** All steps before this one are done, and those in `beyond`, which are after it. */
  readonly low: number;
  readonly beyond: ReadonlySet<number>;
  readonly value: number;
}

export function checkRegister(history: readonly RegisterOperation[], initial: number, statesMax = 200_000): Verdict {
  const wrong = impossibleValue(history, initial);
  if (wrong !== undefined) return { kind: 'violation', message: wrong };
  const steps = stepsOf(history);
  const seen = new Set<string>();
  const open: State[] = [{ low: 0, beyond: new Set(), value: initial }];
  let furthest = open[0] as State;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const advanced = readAll(steps, state);
    if (advanced.low === steps.length) return { kind: 'linearizable' };
    if (done(advanced) > done(furthest)) furthest = advanced;
    const name = `${advanced.value} ${advanced.low} ${[...advanced.beyond].sort((a, b) => a - b).join(',')}`;
    if (seen.has(name)) continue;
    seen.add(name);
    if (seen.size > statesMax) return { kind: 'undecided', states: seen.size };
    for (const at of possible(steps, advanced)) {
      const { kind, from, value } = (steps[at] as Step).operation;
      if (kind === 'write' || (kind === 'cas' && from === advanced.value)) open.push(after(advanced, at, value));
    }
  }
  return { kind: 'violation', message: explained(steps, furthest) };
}

/** What needs no search: values out of nowhere, and of writes that were answered with a failure. */
function impossibleValue(history: readonly RegisterOperation[], initial: number): string | undefined {
  const writers = new Map<number, RegisterOperation>();
  for (const operation of history) {
    if (operation.kind === 'read') continue;
    if (operation.value === initial || writers.has(operation.value))
      throw new Error(`value ${operation.value} is written twice: the check needs unique values`);
    writers.set(operation.value, operation);
  }
  for (const operation of history) {
    const seen = operation.kind === 'read' ? operation.value : operation.kind === 'cas' ? operation.from : undefined;
    if (operation.status !== 'ok' || seen === undefined || seen === initial) continue;
    const writer = writers.get(seen);
    if (writer === undefined) return `${told(operation)} saw ${seen}, which nobody wrote`;
    if (writer.status === 'failed') return `${told(operation)} saw the value of a write that was answered with a failure: ${told(writer)}`;
    if (writer.startMs > operation.endMs) return `${told(operation)} saw a value before it was written: ${told(writer)}`;
  }
  return undefined;
}

/** In the order of their calls; open writes that nobody saw are left away, others end with the first answer that shows them. */
function stepsOf(history: readonly RegisterOperation[]): readonly Step[] {
  const shown = new Map<number, number>();
  // A 'cas' that is open itself shows its old value only if it took effect: from the last to the first, so that it is known.
  for (let changed = true; changed; ) {
    changed = false;
    for (const operation of history) {
      const seen = operation.kind === 'read' ? operation.value : operation.from;
      const endMs =
        operation.status === 'ok' ? operation.endMs : operation.status === 'unknown' && operation.kind === 'cas' ? shown.get(operation.value) : undefined;
      if (seen === undefined || endMs === undefined || endMs >= (shown.get(seen) ?? Number.POSITIVE_INFINITY)) continue;
      shown.set(seen, endMs);
      changed = true;
    }
  }
  const steps: Step[] = [];
  for (const operation of history) {
    const { kind, status, value, startMs, endMs } = operation;
    const shownMs = kind === 'read' ? undefined : shown.get(value);
    if (status === 'ok') steps.push({ operation, startMs, endMs: Math.min(endMs, shownMs ?? endMs) });
    else if (status === 'unknown' && shownMs !== undefined) steps.push({ operation, startMs, endMs: shownMs });
  }
  return steps.sort((a, b) => a.startMs - b.startMs);
}

/** Steps that may be next: those called before any other that is still to be done was answered. */
function possible(steps: readonly Step[], { low, beyond }: State): readonly number[] {
  const found: number[] = [];
  let firstEndMs = Number.POSITIVE_INFINITY;
  for (let at = low; at < steps.length; at++) {
    const { startMs, endMs } = steps[at] as Step;
    if (startMs > firstEndMs) break;
    if (beyond.has(at)) continue;
    found.push(at);
    firstEndMs = Math.min(firstEndMs, endMs);
  }
  return found.filter((at) => (steps[at] as Step).startMs <= firstEndMs);
}

/** Reads of the present value may take effect at once: they close no other way. */
function readAll(steps: readonly Step[], begun: State): State {
  let state = begun;
  for (;;) {
    const next = possible(steps, state).find((at) => {
      const { kind, value } = (steps[at] as Step).operation;
      return kind === 'read' && value === state.value;
    });
    if (next === undefined) return state;
    state = after(state, next, state.value);
  }
}

function after({ low, beyond }: State, at: number, value: number): State {
  const more = new Set(beyond).add(at);
  let next = low;
  while (more.delete(next)) next++;
  return { low: next, beyond: more, value };
}

const done = ({ low, beyond }: State) => low + beyond.size;

function explained(steps: readonly Step[], state: State): string {
  const next = possible(steps, state).map((at) => told((steps[at] as Step).operation));
  return `not linearizable: after ${done(state)} of ${steps.length} operations the value is ${state.value}, and none of these can be next: ${next.slice(0, 8).join('; ')}`;
}

export function told({ client, kind, value, from, status, answer, startMs, endMs }: RegisterOperation): string {
  const end = status === 'unknown' ? 'open' : `${endMs.toFixed(1)} ms`;
  return `${kind} ${from === undefined ? '' : `${from} → `}${value} by ${client} (${startMs.toFixed(1)} to ${end}, ${status}${answer === undefined ? '' : `: ${answer}`})`;
}
