// One graph in memory: the chain of its versions, who reads which of them, and when memory that no reader can reach is
// free again.
//
//   … ──▶ published ──▶ speculative ──▶ newest        each a frozen state; pins count readers of a version
//
// What version V replaced waits until V is published and no older version is pinned. A dropped version gives back what
// it allocated; nobody read it, because only published versions are pinned (SAFETY 3).

import { assert } from '../base/assert.js';
import { limits } from '../base/limits.js';
import { atOnce, type Pieces } from '../base/pieces.js';
import { failure } from '../errors/catalogue.js';
import type { ChangeSet, Effect } from '../graph/change-set.js';
import type { KeySchema } from '../graph/schema.js';
import type { Draft, GraphStore, GraphVersion, IdReservation, IndexAhead, MemoryUse, Violation } from '../graph/store.js';
import { applyInPieces, FIRST_PORTION } from './apply.js';
import { checkState } from './check.js';
import { obstacleAfter, obstacleAtEnd, obstacleBefore } from './check-effect.js';
import { digestOf } from './digest.js';
import { StoredDraft } from './draft.js';
import { Fork, type MemoryList } from './fork.js';
import { Heap } from './heap.js';
import { layOutRuns } from './layout.js';
import { differsAhead, failPopulation, hasIndex, indexAhead, isPopulating, lacksKeys, noteAhead, populate, populationOf } from './population.js';
import { State } from './state.js';
import { View } from './view.js';

export interface GraphStoreOptions {
  /** A UUID: the middle of every element id. */
  readonly graphId: string;
  /** `memory.graph_bytes`. Address space of about twice as much is reserved at once, memory only as it is used. */
  readonly budgetBytes: number;
  /** Fills freed memory with a pattern, so that tests notice a use after it was freed. */
  readonly poisonFreedPages?: boolean;
}

export function createGraphStore(options: GraphStoreOptions): GraphStore {
  return new Store(options);
}

/** What one entry of an index's tree takes on the JavaScript heap, measured with short keys. */
const INDEX_ENTRY_BYTES = 56;

/** Entities that an index takes in with one version. */
const POPULATED_AT_ONCE = 512;
/** Of the budget: an index that is filled leaves room for what the graph does meanwhile. */
const INDEX_FRACTION_MAX = 0.85;

class Version extends View implements GraphVersion {
  readonly transactionId: number;
  readonly sequence: number;
  readonly #oldestReadable: () => number;
  /** Until it is published. */
  fork: Fork | undefined;
  dropped: boolean;

  constructor(heap: Heap, graphId: string, fork: Fork, transactionId: number, sequence: number, oldestReadable: () => number) {
    super(heap, graphId, fork.state);
    this.transactionId = transactionId;
    this.sequence = sequence;
    this.#oldestReadable = oldestReadable;
    this.fork = fork;
    this.dropped = false;
  }

  override isOpen(): boolean {
    return !this.dropped && this.sequence >= this.#oldestReadable();
  }
}

class Store implements GraphStore {
  readonly #graphId: string;
  readonly #heap: Heap;
  #published: Version;
  /** After `published`, oldest first. */
  readonly #speculative: Version[];
  /** Readers by sequence; in ascending order, since only `published` and what is pinned already can be pinned. */
  readonly #pins: Map<number, number>;
  /** What each published version replaced, oldest first. */
  readonly #waiting: { readonly sequence: number; readonly memory: MemoryList }[];
  #oldestReadable: number;
  #lastSequence: number;
  #nextNodeId: number;
  #nextRelationshipId: number;
  /** One for each who asked. */
  #ahead: readonly KeySchema[];
  /** A change set is judged or applied. */
  #isBusy: boolean;

  constructor(options: GraphStoreOptions) {
    this.#graphId = options.graphId;
    this.#heap = new Heap(options.budgetBytes, options.poisonFreedPages ?? false);
    this.#published = this.#newVersion(new Fork(this.#heap, new State(undefined), true), 0, 0);
    this.#published.fork = undefined;
    this.#speculative = [];
    this.#pins = new Map();
    this.#waiting = [];
    this.#oldestReadable = 0;
    this.#lastSequence = 0;
    this.#nextNodeId = 0;
    this.#nextRelationshipId = 0;
    this.#ahead = [];
    this.#isBusy = false;
  }

  #newVersion(fork: Fork, transactionId: number, sequence: number): Version {
    return new Version(this.#heap, this.#graphId, fork, transactionId, sequence, () => this.#oldestReadable);
  }

  get published(): GraphVersion {
    return this.#published;
  }

  get newest(): GraphVersion {
    return this.#newest();
  }

  #newest(): Version {
    return this.#speculative.at(-1) ?? this.#published;
  }

  begin(version: GraphVersion, ids: IdReservation): Draft {
    this.pin(version);
    return new StoredDraft(this.#heap, this.#graphId, version, own(version).state, ids, () => this.unpin(version));
  }

  *validate(effects: readonly Effect[]): Pieces<Violation | undefined> {
    // A rehearsal on a fork that is dropped: exact, also where one effect undoes what another would meet.
    const fork = new Fork(this.#heap, this.#newest().state, true);
    this.#isBusy = true;
    try {
      let count = 0;
      for (const effect of effects) {
        if (++count % limits.effectsPerPiece === 0) yield;
        const before = obstacleBefore(fork, effect);
        if (before !== undefined) return violation(before);
        yield* applyInPieces(fork, effect);
        const after = yield* obstacleAfter(fork, effect);
        if (after !== undefined) return violation(after);
      }
      const atEnd = yield* obstacleAtEnd(fork);
      return atEnd === undefined ? undefined : violation(atEnd);
    } finally {
      this.#isBusy = false;
      fork.abandon();
    }
  }

  *apply(changeSet: ChangeSet): Pieces<GraphVersion> {
    this.#isBusy = true;
    try {
      return yield* this.#apply(changeSet);
    } finally {
      this.#isBusy = false;
    }
  }

  get hasIndexesToFill(): boolean {
    return this.#hasIndexesToFill(this.#published.state);
  }

  #hasIndexesToFill(state: State): boolean {
    return isPopulating(state) || differsAhead(state, this.#ahead);
  }

  get lacksKeys(): boolean {
    return lacksKeys(this.#published.state);
  }

  fillAhead(keys: KeySchema): IndexAhead | undefined {
    const { state } = this.#published;
    const [names, counts, properties] =
      keys.entity === 'node' ? [state.labelNames, state.labelCounts, state.nodeProperties] : [state.typeNames, state.typeCounts, state.relationshipProperties];
    const isEmpty = keys.properties.some((property) => properties[state.keyNames.idOf(property)] === undefined);
    if (isEmpty || hasIndex(state, keys) || (counts[names.idOf(keys.token)] ?? 0) <= FIRST_PORTION) return undefined;
    const asked = { ...keys };
    this.#ahead = [...this.#ahead, asked];
    return {
      population: () => {
        const index = indexAhead(this.#published.state, keys);
        return index === undefined ? { state: 'POPULATING', percent: 0, failure: '' } : populationOf(index, this.#published.state);
      },
      release: () => {
        this.#ahead = this.#ahead.filter((one) => one !== asked);
      },
    };
  }

  /** A portion for indexes that are not ready, in a graph that has nothing else to do. */
  populateIndexes(): boolean {
    const base = this.#published;
    if (!this.#hasIndexesToFill(base.state)) return false;
    if (this.#isBusy || this.#speculative.length > 0) return true;
    const fork = new Fork(this.#heap, base.state, true);
    atOnce(this.#populate(fork));
    this.#lastSequence += 1;
    const version = this.#newVersion(fork, base.transactionId, this.#lastSequence);
    this.#speculative.push(version);
    this.publish(version);
    return this.#hasIndexesToFill(version.state);
  }

  /** What does not fit fails the index, never what was applied. */
  *#populate(fork: Fork): Pieces<void> {
    noteAhead(fork, this.#ahead);
    if (!isPopulating(fork.state)) return;
    const { budgetBytes, usedBytes } = this.#memoryOf(fork.state);
    if (usedBytes <= budgetBytes * INDEX_FRACTION_MAX || lacksKeys(fork.state)) return yield* populate(fork, POPULATED_AT_ONCE);
    failPopulation(
      fork,
      `The index does not fit: ${usedBytes} of ${budgetBytes} bytes of the graph's memory are used. Raise the setting memory.graph_bytes, drop the index and create it again.`,
    );
  }

  *#apply(changeSet: ChangeSet): Pieces<GraphVersion> {
    const base = this.#newest();
    assert(changeSet.transactionId === base.transactionId + 1, `transaction ${changeSet.transactionId} follows ${base.transactionId} (SAFETY 7)`);
    const fork = new Fork(this.#heap, base.state, true);
    try {
      yield* layOutRuns(fork, changeSet.effects);
      let count = 0;
      for (const effect of changeSet.effects) {
        if (++count % limits.effectsPerPiece === 0) yield;
        yield* applyInPieces(fork, effect);
      }
      this.#assertWithinBudget(fork.state, base.state);
      yield* this.#populate(fork);
    } catch (error) {
      fork.abandon();
      throw error;
    }
    this.#noteIds(changeSet.effects);
    this.#lastSequence += 1;
    const version = this.#newVersion(fork, changeSet.transactionId, this.#lastSequence);
    this.#speculative.push(version);
    return version;
  }

  /** The pool counts what it hands out; the trees of the indexes are estimated. What lets them shrink is always welcome. */
  #assertWithinBudget(state: State, before: State): void {
    const entries = ({ indexes }: State) => indexes.reduce((sum, index) => sum + index.entryCount, 0);
    if (state.indexes.length === 0 || entries(state) <= entries(before)) return;
    const { budgetBytes, usedBytes } = this.#memoryOf(state);
    if (usedBytes <= budgetBytes * 0.9) return;
    throw failure(
      'memoryPoolOutOfMemory',
      `The graph and its indexes would use more than 90 % of its memory budget of ${budgetBytes} bytes. ` +
        'Raise the setting memory.graph_bytes, or delete data.',
    );
  }

  #noteIds(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'createNode') this.#nextNodeId = Math.max(this.#nextNodeId, effect.id + 1);
      else if (effect.kind === 'createRelationship') this.#nextRelationshipId = Math.max(this.#nextRelationshipId, effect.id + 1);
    }
  }

  publish(version: GraphVersion): void {
    const last = this.#speculative.indexOf(own(version));
    assert(last >= 0, 'a version is published once, in order');
    for (const next of this.#speculative.splice(0, last + 1)) {
      const fork = next.fork as Fork;
      fork.settle();
      next.fork = undefined;
      this.#waiting.push({ sequence: next.sequence, memory: fork.replaced });
      this.#published = next;
    }
    this.#reclaim();
  }

  dropSpeculative(): void {
    for (const version of this.#speculative.splice(0).reverse()) {
      version.dropped = true;
      version.fork?.abandon();
    }
  }

  pin(version: GraphVersion): void {
    const { sequence } = own(version);
    const count = this.#pins.get(sequence);
    assert(count !== undefined || version === this.#published, 'only what is published, or pinned already, can be pinned (SAFETY 3)');
    this.#pins.set(sequence, (count ?? 0) + 1);
  }

  unpin(version: GraphVersion): void {
    const { sequence } = own(version);
    const count = this.#pins.get(sequence);
    assert(count !== undefined, 'a version is unpinned as often as it was pinned');
    if (count > 1) {
      this.#pins.set(sequence, count - 1);
      return;
    }
    this.#pins.delete(sequence);
    this.#reclaim();
  }

  #reclaim(): void {
    this.#heap.dictionary.sequence = this.#published.sequence;
    if (this.#pins.size === 0) this.#heap.dictionary.recycle(Number.POSITIVE_INFINITY);
    let oldest = this.#published.sequence;
    for (const sequence of this.#pins.keys()) {
      oldest = Math.min(oldest, sequence);
      break;
    }
    if (oldest === this.#oldestReadable) return;
    this.#oldestReadable = oldest;
    let done = 0;
    while (done < this.#waiting.length) {
      const next = this.#waiting[done] as { sequence: number; memory: MemoryList };
      if (next.sequence > oldest) break;
      next.memory.free(this.#heap);
      done++;
    }
    this.#waiting.splice(0, done);
    this.#heap.dictionary.recycle(oldest);
  }

  nextNodeId(): number {
    return this.#nextNodeId;
  }

  nextRelationshipId(): number {
    return this.#nextRelationshipId;
  }

  memory(): MemoryUse {
    return this.#memoryOf(this.#newest().state);
  }

  #memoryOf(state: State): MemoryUse {
    let usedBytes = this.#heap.pool.usedBytes;
    for (const index of state.indexes) usedBytes += index.entryCount * INDEX_ENTRY_BYTES;
    return { budgetBytes: this.#heap.pool.budgetBytes, usedBytes };
  }

  digest(version: GraphVersion): string {
    return digestOf(own(version));
  }

  check(): readonly string[] {
    return checkState(this.#heap, this.#newest());
  }
}

function own(version: GraphVersion): Version {
  assert(version instanceof Version, 'the version is of this store');
  return version;
}

function violation(obstacle: Violation): Violation {
  return { kind: obstacle.kind, message: obstacle.message };
}
