// What must be true of every run, whatever happened in it. These checkers know the promises (ARCHITECTURE.md, docs/correctness.md)
// and the history of the clients, and nothing of how the servers work. Each returns what is wrong, in words.

import { ACCOUNTS, type Append, BATCH_SIZE, type FinalState, type History, MONEY, type Read } from './history.js';

const SHOWN_MAX = 5;

export interface Ends {
  readonly graph: string;
  readonly state: FinalState;
}

export function check(history: History, graphs: readonly Ends[]): string[] {
  const found: string[] = history.unexpected.map((error) => `unexpected error: ${error}`);
  for (const { graph, state } of graphs) {
    const appends = history.appends.filter((append) => append.graph === graph);
    const reads = history.reads.filter((read) => read.graph === graph);
    const inGraph = [
      ...effects(appends, state),
      ...creations(history, graph, state),
      ...money(reads, state),
      ...orderOfWrites(appends, state),
      ...oneOrder(reads, state),
      ...together(appends, reads, state),
      ...neverBack(reads),
      ...bookmarks(reads),
      ...linearizable(appends, reads),
    ];
    found.push(...inGraph.slice(0, SHOWN_MAX).map((text) => `${graph}: ${text}`));
    if (inGraph.length > SHOWN_MAX) found.push(`${graph}: … ${inGraph.length - SHOWN_MAX} more`);
  }
  return [...found, ...outcomes(history, graphs)];
}

const at = (ms: number) => `${ms.toFixed(1)} ms`;
const named = (append: Append) =>
  `${append.value} (${append.client}, ${at(append.invokedMs)} to ${at(append.endedMs)}, ${append.status}${append.told === '' ? '' : `: ${append.told}`})`;

/** Durability, exactly once, and that nobody is told of a failure that took effect. */
function effects(appends: readonly Append[], { lists }: FinalState): string[] {
  const found: string[] = [];
  const known = new Map(appends.map((append) => [append.value, append]));
  for (const append of appends) {
    const counts = append.lists.map((list) => (lists[list] ?? []).filter((value) => value === append.value).length);
    if (append.status === 'ok' && counts.some((count) => count === 0)) found.push(`durability: ${named(append)} is gone from list ${append.lists}`);
    if (append.status === 'failed' && counts.some((count) => count > 0)) found.push(`outcomes: ${named(append)} took effect`);
    if (counts.some((count) => count > 1)) found.push(`exactly once: ${named(append)} is there ${Math.max(...counts)} times`);
    if (new Set(counts).size > 1) found.push(`atomicity: ${named(append)} is in some lists of ${append.lists} only`);
  }
  for (const [list, values] of lists.entries()) {
    for (const value of values) if (!known.get(value)?.lists.includes(list)) found.push(`list ${list} has ${value}, which nobody put there`);
  }
  return found;
}

function creations(history: History, graph: string, { keys, batches }: FinalState): string[] {
  const found: string[] = [];
  const byKey = new Map<string, number[]>();
  for (const [key, by] of keys) byKey.set(key, [...(byKey.get(key) ?? []), by]);
  for (const [key, owners] of byKey) if (owners.length > 1) found.push(`unique: ${key} is there ${owners.length} times`);
  const made = new Set(keys.map(([, by]) => by));
  const sizes = new Map(batches);
  for (const creation of history.creations.filter((one) => one.graph === graph)) {
    const { kind, key, by, status, told, client } = creation;
    const isThere = kind === 'key' ? made.has(by) : sizes.has(by);
    const what = `${kind} ${key} by ${by} (${client}, ${at(creation.invokedMs)} to ${at(creation.endedMs)}, ${status} ${told})`;
    if (status === 'ok' && !isThere) found.push(`durability: ${what} is gone`);
    if (status === 'failed' && isThere) found.push(`outcomes: ${what} took effect`);
    if (kind === 'key' && status === 'failed' && told.includes('already exists with') && !byKey.has(key))
      found.push(`unique: ${what} was refused for a key that is not there`);
    const size = sizes.get(by) ?? 0;
    if (kind === 'batch' && size !== 0 && size !== BATCH_SIZE) found.push(`atomicity: ${what} has ${size} of ${BATCH_SIZE} nodes`);
  }
  return found;
}

/** Snapshot isolation and first-committer-wins: money is neither made nor lost, in no version that anybody reads. */
function money(reads: readonly Read[], state: FinalState): string[] {
  const sum = (accounts: readonly number[]) => accounts.reduce((total, one) => total + one, 0);
  const found = reads
    .filter(({ accounts }) => accounts.length !== ACCOUNTS || sum(accounts) !== ACCOUNTS * MONEY)
    .map((read) => `isolation: ${shown(read)} sees accounts ${read.accounts}`);
  if (sum(state.accounts) !== ACCOUNTS * MONEY) found.push(`isolation: the accounts end as ${state.accounts}`);
  return found;
}

/** A commit that was acknowledged before another was asked for comes before it. */
function orderOfWrites(appends: readonly Append[], { lists }: FinalState): string[] {
  const known = new Map(appends.map((append) => [append.value, append]));
  const found: string[] = [];
  for (const [list, values] of lists.entries()) {
    let latest: Append | undefined;
    for (const value of values) {
      const append = known.get(value);
      if (append === undefined) continue;
      if (latest !== undefined && append.status === 'ok' && append.endedMs < latest.invokedMs)
        found.push(`order: list ${list} has ${named(append)} after ${named(latest)}`);
      if (latest === undefined || append.invokedMs > latest.invokedMs) latest = append;
    }
  }
  return found;
}

/** Every read shows a prefix of the one order of commits: of each list, and of all of them together. */
function oneOrder(reads: readonly Read[], { lists }: FinalState): string[] {
  const found: string[] = [];
  for (const read of reads) {
    for (const [list, values] of read.lists.entries()) {
      const final = lists[list] ?? [];
      const differs = values.findIndex((value, index) => value !== final[index]);
      if (differs >= 0) found.push(`order: ${shown(read)} sees ${values[differs]} at ${differs} of list ${list}, where ${final[differs]} is in the end`);
    }
  }
  const lengths = (read: Read) => read.lists.map((values) => values.length);
  const total = (read: Read) => lengths(read).reduce((sum, length) => sum + length, 0);
  const sorted = [...reads].sort((one, other) => total(one) - total(other));
  for (let index = 1; index < sorted.length; index++) {
    const [less, more] = [sorted[index - 1] as Read, sorted[index] as Read];
    if (!isAtLeast(lengths(more), lengths(less)))
      found.push(`order: ${shown(less)} with lengths ${lengths(less)} and ${shown(more)} with ${lengths(more)} are of no one order`);
  }
  return found;
}

/** What one transaction wrote to two lists is seen in both or in neither. */
function together(appends: readonly Append[], reads: readonly Read[], state: FinalState): string[] {
  const found: string[] = [];
  const several = appends.filter(({ lists }) => lists.length > 1);
  const places = several.map((append) => append.lists.map((list) => (state.lists[list] ?? []).indexOf(append.value)));
  for (const read of reads) {
    for (const [index, append] of several.entries()) {
      const sees = append.lists.map((list, which) => {
        const place = (places[index] as number[])[which] as number;
        return place >= 0 && (read.lists[list]?.length ?? 0) > place;
      });
      if (new Set(sees).size > 1) found.push(`atomicity: ${shown(read)} sees ${named(append)} in some lists of ${append.lists} only`);
    }
  }
  return found;
}

/** What one process has shown it does not take back. */
function neverBack(reads: readonly Read[]): string[] {
  const found: string[] = [];
  const byServer = new Map<string, Read[]>();
  for (const read of reads) {
    if (read.level === 'linearizable') continue;
    const of = byServer.get(read.server) ?? [];
    of.push(read);
    byServer.set(read.server, of);
  }
  for (const of of byServer.values()) found.push(...inOrder(of, 'prefix'));
  return found;
}

/** A read sees what the bookmarks stand for that came with it. */
function bookmarks(reads: readonly Read[]): string[] {
  const found: string[] = [];
  for (const read of reads) {
    if (read.level !== 'bookmark') continue;
    const lengths = read.lists.map((values) => values.length);
    if (!isAtLeast(lengths, read.bookmarkLengths))
      found.push(`bookmarks: ${shown(read)} sees lengths ${lengths}, its bookmarks stand for ${read.bookmarkLengths}`);
    const values = new Set(read.lists.flat());
    const missing = read.bookmarkValues.filter((value) => !values.has(value));
    if (missing.length > 0) found.push(`bookmarks: ${shown(read)} does not see ${missing}, which its bookmarks stand for`);
  }
  return found;
}

/** A linearizable read sees everything that was acknowledged, and everything that such a read saw, before it was asked for. */
function linearizable(appends: readonly Append[], reads: readonly Read[]): string[] {
  const found: string[] = [];
  const strong = reads.filter(({ level }) => level === 'linearizable');
  const acknowledged = appends.filter(({ status }) => status === 'ok').sort((one, other) => one.endedMs - other.endedMs);
  for (const read of strong) {
    const values = new Set(read.lists.flat());
    const missing = acknowledged.find((append) => append.endedMs < read.invokedMs && !values.has(append.value));
    if (missing !== undefined) found.push(`linearizable: ${shown(read)} does not see ${named(missing)}`);
  }
  return [...found, ...inOrder(strong, 'linearizable')];
}

/** Reads that began after others had ended see at least as much. */
function inOrder(reads: readonly Read[], promise: string): string[] {
  const found: string[] = [];
  const byStart = [...reads].sort((one, other) => one.invokedMs - other.invokedMs);
  const byEnd = [...reads].sort((one, other) => one.endedMs - other.endedMs);
  let ended = 0;
  let most: { readonly read: Read; readonly lengths: readonly number[] } | undefined;
  for (const read of byStart) {
    for (let next = byEnd[ended]; next !== undefined && next.endedMs < read.invokedMs; next = byEnd[++ended]) {
      const lengths = next.lists.map((values) => values.length);
      if (most === undefined || isAtLeast(lengths, most.lengths)) most = { read: next, lengths };
    }
    const lengths = read.lists.map((values) => values.length);
    if (most !== undefined && !isAtLeast(lengths, most.lengths))
      found.push(`${promise}: ${shown(read)} sees lengths ${lengths}, ${shown(most.read)} had seen ${most.lengths}`);
  }
  return found;
}

/** What can be looked up about a commit agrees with the end, and with what its client was told. */
function outcomes(history: History, graphs: readonly Ends[]): string[] {
  const found: string[] = [];
  for (const write of history.writes) {
    const outcome = write.outcomeId === undefined ? undefined : history.outcomes.get(write.outcomeId);
    if (outcome === undefined) continue;
    const state = graphs.find(({ graph }) => graph === write.graph)?.state;
    if (state === undefined) continue;
    const isThere =
      write.kind === 'append'
        ? write.lists.every((list) => state.lists[list]?.includes(write.value))
        : write.kind === 'key'
          ? state.keys.some(([, by]) => by === write.by)
          : state.batches.some(([by]) => by === write.by);
    const what = `${write.kind} ${write.kind === 'append' ? write.value : write.by} of ${write.client} (${write.status} ${write.told})`;
    if (outcome === 'pending') found.push(`outcomes: ${what} is still pending when all is quiet`);
    if (outcome === 'committed' && !isThere) found.push(`outcomes: ${what} is said to be committed, and is not there`);
    if (outcome === 'never' && isThere) found.push(`outcomes: ${what} is said to have no effect, and is there`);
  }
  return found;
}

function isAtLeast(lengths: readonly number[], least: readonly number[]): boolean {
  return lengths.every((length, index) => length >= (least[index] ?? 0));
}

function shown(read: Read): string {
  return `a read (${read.level}) of ${read.client} on ${read.server}, ${at(read.invokedMs)} to ${at(read.endedMs)},`;
}
