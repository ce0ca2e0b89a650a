// Shortest paths between two nodes. Breadth first from both ends, the smaller edge of the two searches grows by one level:
//
//   from ─▶ ●●●  …  ●● ◀─ to        they meet in nodes that both have found: every shortest path goes through one of those
//
// A level is whole before the next begins, so the first meeting is a shortest one. A path that such a search finds repeats no
// node. Where the path as a whole must satisfy something (`whole`), longer ones may be wanted: then, unless the first one does,
// all trails are walked, one length after the other.
//
// It gives `undefined` between steps: who takes the paths counts `work` and gives the event loop its turn.

import { failure } from '../errors/catalogue.js';
import type { MemoryAccount } from './memory.js';
import { PathWalk, WALK_FOUND, WALK_ON, WALK_OVER } from './path-walk.js';

/** [relationship, neighbour, …] of a node. */
type Neighbourhood = (node: number) => readonly number[];
type Admit = ((id: number) => boolean) | undefined;

export interface ShortestPathsAsked {
  readonly min: number;
  readonly max: number;
  readonly all: boolean;
  readonly whole: boolean;
}

const NODE_BYTES = 96;
const LINK_BYTES = 16;

/** One of the two searches. */
class Side {
  readonly around: Neighbourhood;
  edge: readonly number[];
  depth: number;
  /** Of each node found: how far it is, and [relationship, node, …] that lead back to the beginning. */
  readonly depths: Map<number, number>;
  readonly links: Map<number, number[]>;

  constructor(around: Neighbourhood, start: number) {
    this.around = around;
    this.edge = [start];
    this.depth = 0;
    this.depths = new Map([[start, 0]]);
    this.links = new Map();
  }
}

export class ShortestPaths {
  /** Entries looked at since it was last set back. */
  work: number;
  /** Set by who takes the paths: the last one satisfies what the whole must. */
  accepted: boolean;
  readonly #memory: MemoryAccount;
  #heldBytes: number;
  readonly #forward: Neighbourhood;
  readonly #backward: Neighbourhood;
  readonly #from: number;
  readonly #to: number;
  readonly #asked: ShortestPathsAsked;
  readonly #admit: Admit;
  readonly #admitNode: Admit;

  constructor(
    memory: MemoryAccount,
    [forward, backward]: readonly [Neighbourhood, Neighbourhood],
    [from, to]: readonly [number, number],
    asked: ShortestPathsAsked,
    [admit, admitNode]: readonly [Admit, Admit],
  ) {
    if (from === to && asked.min > 0) throw failure('executionFailed', SAME_ENDS);
    this.work = 0;
    this.accepted = false;
    this.#memory = memory;
    this.#heldBytes = 0;
    this.#forward = forward;
    this.#backward = backward;
    this.#from = from;
    this.#to = to;
    this.#asked = asked;
    this.#admit = admit;
    this.#admitNode = admitNode;
  }

  /** Relationships of each path, from the first node to the last. */
  *paths(): Generator<readonly number[] | undefined> {
    const { all, whole, max } = this.#asked;
    if (!whole) return yield* this.#shortest(all);
    let shortest: number | undefined;
    for (const trail of this.#shortest(false)) {
      if (trail !== undefined) shortest = trail.length;
      yield all ? undefined : trail;
    }
    if (shortest === undefined || (this.accepted && !all)) return;
    for (let length = shortest; length <= max; length++) {
      const anywhere = yield* this.#trails(length);
      if (this.accepted || !anywhere) return;
    }
  }

  /** How much work since this was last asked. */
  worked(): number {
    const { work } = this;
    this.work = 0;
    return work;
  }

  // ------------------------------------------------------------ breadth first

  *#shortest(all: boolean): Generator<readonly number[] | undefined> {
    if (!this.#admits(this.#from) || !this.#admits(this.#to)) return;
    if (this.#from === this.#to) return yield [];
    const [forward, backward] = [new Side(this.#forward, this.#from), new Side(this.#backward, this.#to)];
    try {
      while (forward.edge.length > 0 && backward.edge.length > 0 && forward.depth + backward.depth < this.#asked.max) {
        const [side, other] = forward.edge.length <= backward.edge.length ? [forward, backward] : [backward, forward];
        const meetings = yield* this.#grow(side, other, all);
        if (meetings.length === 0) continue;
        for (const meeting of meetings) yield* this.#through(meeting, forward, backward, all);
        return;
      }
    } finally {
      this.#memory.release(this.#heldBytes);
      this.#heldBytes = 0;
    }
  }

  #admits(node: number): boolean {
    return this.#admitNode?.(node) !== false;
  }

  #take(bytes: number): void {
    this.#heldBytes += bytes;
    this.#memory.take(bytes);
  }

  /** One level further on one side; the nodes that the other side has too. */
  *#grow(side: Side, other: Side, all: boolean): Generator<undefined, readonly number[]> {
    const depth = ++side.depth;
    const edge: number[] = [];
    const meetings: number[] = [];
    for (const node of side.edge) {
      const around = side.around(node);
      this.work += 1 + around.length;
      for (let at = 0; at < around.length; at += 2) {
        const [relationship, neighbour] = [around[at] as number, around[at + 1] as number];
        const known = side.depths.get(neighbour);
        if (known !== undefined && (known < depth || !all)) continue;
        if (this.#admit?.(relationship) === false) continue;
        if (known !== undefined) {
          (side.links.get(neighbour) as number[]).push(relationship, node);
          this.#take(LINK_BYTES);
          continue;
        }
        if (!this.#admits(neighbour)) continue;
        side.depths.set(neighbour, depth);
        side.links.set(neighbour, [relationship, node]);
        this.#take(NODE_BYTES);
        edge.push(neighbour);
        if (!other.depths.has(neighbour)) continue;
        meetings.push(neighbour);
        if (!all) return meetings;
      }
      yield undefined;
    }
    side.edge = edge;
    return meetings;
  }

  /** Every path through a node where the searches met: each way back to the beginning, with each way on to the end. */
  *#through(meeting: number, forward: Side, backward: Side, all: boolean): Generator<readonly number[] | undefined> {
    for (const before of this.#ways(meeting, forward, all)) {
      const first = [...before].reverse();
      for (const after of this.#ways(meeting, backward, all)) {
        this.work += first.length + after.length;
        yield [...first, ...after];
      }
    }
  }

  /** Relationships from a node to where the side began; the array is reused. */
  *#ways(start: number, side: Side, all: boolean): Generator<readonly number[]> {
    const way: number[] = [];
    const nodes = [start];
    const turns = [0];
    while (turns.length > 0) {
      const links = side.links.get(nodes[nodes.length - 1] as number);
      const at = turns[turns.length - 1] as number;
      if (links === undefined) yield way;
      if (links === undefined || at >= (all ? links.length : Math.min(2, links.length))) {
        nodes.pop();
        turns.pop();
        way.pop();
        continue;
      }
      turns[turns.length - 1] = at + 2;
      way.push(links[at] as number);
      nodes.push(links[at + 1] as number);
      turns.push(0);
    }
  }

  // ------------------------------------------------------------ all trails of one length

  /** Gives whether there is any trail so long, wherever it ends. */
  *#trails(length: number): Generator<readonly number[] | undefined, boolean> {
    const walk = new PathWalk(this.#forward, this.#from, length, length, this.#admit);
    let anywhere = false;
    for (let state = walk.step(); state !== WALK_OVER; state = walk.step()) {
      this.work += walk.work;
      if (state === WALK_FOUND) anywhere = true;
      const ends = state !== WALK_ON && walk.end === this.#to && this.#admitsAll(walk.trail);
      yield ends ? [...walk.trail] : undefined;
      if (this.accepted && !this.#asked.all) return true;
    }
    return anywhere;
  }

  #admitsAll(trail: readonly number[]): boolean {
    if (this.#admitNode === undefined) return true;
    let node = this.#from;
    for (const relationship of trail) {
      if (!this.#admits(node)) return false;
      const around = this.#forward(node);
      this.work += around.length;
      for (let at = 0; at < around.length; at += 2) {
        if (around[at] !== relationship) continue;
        node = around[at + 1] as number;
        break;
      }
    }
    return this.#admits(node);
  }
}

const SAME_ENDS =
  'The shortest path algorithm does not work when the start and end nodes are the same. This can happen if you perform a shortestPath search after a cartesian product that might have the same start and end nodes for some of the rows passed to shortestPath. Exclude such rows before, or re-write the query using a standard Cypher variable length pattern expression followed by ordering by path length and limiting to one result.';
