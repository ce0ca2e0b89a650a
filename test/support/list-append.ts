// Is a history of appends to one list, and of reads of it, what the promises allow? Every acknowledged append is there exactly
// once, none that was answered with a failure; all reads see prefixes of one order; that order and linearizable reads respect
// real time; a client reads its own acknowledged appends.

export interface Append {
  readonly kind: 'append';
  readonly client: string;
  /** Appended at most once in a history. */
  readonly value: number;
  readonly status: 'ok' | 'failed' | 'unknown';
  /** What the server said, for readers of the history. */
  readonly answer?: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface ListRead {
  readonly kind: 'read';
  readonly client: string;
  readonly values: readonly number[];
  /** 'session': with the bookmarks of its client, who is one session. */
  readonly level: 'eventual' | 'session' | 'linearizable';
  readonly startMs: number;
  readonly endMs: number;
}

export type ListOperation = Append | ListRead;

/** What is wrong, in words; empty when nothing is. */
export function checkList(history: readonly ListOperation[]): readonly string[] {
  const appends = history.filter((operation) => operation.kind === 'append');
  const reads = history.filter((operation) => operation.kind === 'read');
  const byValue = new Map(appends.map((append) => [append.value, append]));
  if (byValue.size < appends.length) throw new Error('a value is appended twice: the check needs unique values');
  return [...reads.flatMap((read) => strangers(read, byValue)), ...forks(reads), ...lost(appends, reads), ...backwards(reads), ...misplaced(reads, byValue)];
}

function strangers(read: ListRead, byValue: ReadonlyMap<number, Append>): readonly string[] {
  const found: string[] = [];
  if (new Set(read.values).size < read.values.length) found.push(`exactly once: ${toldRead(read)} has ${repeated(read.values)} twice`);
  for (const value of read.values) {
    const append = byValue.get(value);
    if (append === undefined) found.push(`${toldRead(read)} has ${value}, which nobody appended`);
    else if (append.status === 'failed') found.push(`outcomes: ${toldRead(read)} has what was answered with a failure: ${toldAppend(append)}`);
    else if (append.startMs > read.endMs) found.push(`${toldRead(read)} has what was appended later: ${toldAppend(append)}`);
  }
  return found;
}

function repeated(values: readonly number[]): string {
  return [...new Set(values.filter((value, at) => values.indexOf(value) !== at))].join(', ');
}

/** Reads by length: each is a prefix of the next. */
function forks(reads: readonly ListRead[]): readonly string[] {
  const sorted = [...reads].sort((a, b) => a.values.length - b.values.length);
  return sorted.flatMap((longer, at) => {
    const shorter = sorted[at - 1];
    const differs = shorter?.values.findIndex((value, place) => value !== longer.values[place]) ?? -1;
    return differs === -1 ? [] : [`one order: ${toldRead(shorter as ListRead)} and ${toldRead(longer)} differ at place ${differs}`];
  });
}

/** What a read must have: for linearizable ones all that was acknowledged before they began, for sessions their own of that. */
function lost(appends: readonly Append[], reads: readonly ListRead[]): readonly string[] {
  return reads
    .filter(({ level }) => level !== 'eventual')
    .flatMap((read) => {
      const values = new Set(read.values);
      return appends
        .filter(({ status, endMs, client }) => status === 'ok' && endMs < read.startMs && (read.level === 'linearizable' || client === read.client))
        .filter(({ value }) => !values.has(value))
        .map((append) => `${read.level} read: ${toldRead(read)} lacks what was acknowledged: ${toldAppend(append)}`);
    });
}

/** A later read sees at least as much. */
function backwards(reads: readonly ListRead[]): readonly string[] {
  const found: string[] = [];
  const linearizable = reads.filter(({ level }) => level === 'linearizable');
  for (const later of reads) {
    if (later.level === 'eventual') continue;
    const before = later.level === 'linearizable' ? linearizable : reads.filter(({ level, client }) => level !== 'eventual' && client === later.client);
    const longest = before.filter(({ endMs }) => endMs < later.startMs).reduce<ListRead | undefined>(longer, undefined);
    if (longest !== undefined && longest.values.length > later.values.length)
      found.push(`${later.level} read: ${toldRead(later)} sees less than ${toldRead(longest)}`);
  }
  return found;
}

function longer(best: ListRead | undefined, read: ListRead): ListRead {
  return best === undefined || read.values.length > best.values.length ? read : best;
}

/** An append that was acknowledged before another began stands before it. */
function misplaced(reads: readonly ListRead[], byValue: ReadonlyMap<number, Append>): readonly string[] {
  const found: string[] = [];
  const order = (reads.reduce<ListRead | undefined>(longer, undefined)?.values ?? []).flatMap((value) => byValue.get(value) ?? []);
  let latest: Append | undefined;
  for (const append of order) {
    if (latest !== undefined && append.status === 'ok' && append.endMs < latest.startMs)
      found.push(`real time: ${toldAppend(append)} stands after ${toldAppend(latest)}`);
    if (latest === undefined || append.startMs > latest.startMs) latest = append;
  }
  return found;
}

function toldAppend({ client, value, status, answer, startMs, endMs }: Append): string {
  return `append ${value} by ${client} (${startMs.toFixed(1)} to ${status === 'unknown' ? 'open' : `${endMs.toFixed(1)} ms`}, ${status}${answer === undefined ? '' : `: ${answer}`})`;
}

function toldRead({ client, level, values, startMs, endMs }: ListRead): string {
  return `the ${level} read by ${client} (${startMs.toFixed(1)} to ${endMs.toFixed(1)} ms, ${values.length} values, last ${values.at(-1) ?? 'none'})`;
}
