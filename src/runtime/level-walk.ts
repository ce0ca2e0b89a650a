// The distinct nodes at the ends of trails from a node, found level by level: a level is the nodes that some trail of that many
// relationships ends in, each once, however many trails there are.
//
//   level 0: ● ──▶ level 1: ●●● ──▶ level 2: ●●●●● ──▶ …      each node with the one trail that found it first
//
// No relationship may repeat within a trail. A step that would repeat one of the trail kept for its node proves nothing: another trail
// to that node may go on there. Such ends are doubtful, and those that the level has not found otherwise are looked for at its end,
// backwards through the levels.
//
// Where ends of one relationship and more are asked for, of one kind (`*1..5`), a node is met first over a shortest trail, which repeats
// nothing: then the levels are those of a breadth-first search, and no node is visited twice.

import { type AdjacencyCursor, type GraphReader, IN } from '../graph/reader.js';
import { IdList } from './id-list.js';
import { Marks } from './marks.js';
import type { MemoryAccount } from './memory.js';
import { follow, PORTION, reversed, type WalkStep } from './walk-step.js';

export interface LevelsAsked {
  /** What each step follows; beyond the last one, as the last one. */
  readonly steps: readonly WalkStep[];
  readonly min: number;
  readonly max: number;
  /** Whether a relationship that repeats is to be looked for: none can where steps have types of their own. */
  readonly trails: boolean;
}

/** A step that would repeat a relationship of the trail that is kept. */
interface Doubt {
  readonly end: number;
  readonly place: number;
  readonly relationship: number;
}

class Level {
  readonly nodes: IdList;
  /** Of each node: its place in the level before, and the relationship between. */
  readonly places: IdList;
  readonly by: IdList;
  /** Nodes whose own trail visits them before: a relationship of theirs may be in it. */
  readonly again: Set<number>;
  /** Trails of nodes that were doubtful, by place. */
  readonly trails: Map<number, readonly number[]>;
  #members: Set<number> | undefined;

  constructor(memory: MemoryAccount) {
    this.nodes = new IdList(memory);
    this.places = new IdList(memory);
    this.by = new IdList(memory);
    this.again = new Set();
    this.trails = new Map();
  }

  has(node: number): boolean {
    this.#members ??= new Set(this.nodes.ids.subarray(0, this.nodes.length));
    return this.#members.has(node);
  }

  release(): void {
    for (const list of [this.nodes, this.places, this.by]) list.release();
  }
}

export class LevelWalk {
  /** Ends that the last step found. */
  readonly found: IdList;
  /** What it cost: entries looked at. */
  work: number;
  readonly #memory: MemoryAccount;
  readonly #asked: LevelsAsked;
  readonly #cursor: AdjacencyCursor;
  readonly #marks: Marks;
  /** Ends that were given, where several levels are asked for and each may have them. */
  readonly #given: Marks | undefined;
  readonly #start: number;
  readonly #reaches: boolean;
  readonly #closing: Closing | undefined;
  readonly #levels: Level[];
  #doubts: Doubt[];
  #place: number;
  #isOver: boolean;

  constructor(memory: MemoryAccount, graph: Pick<GraphReader, 'adjacency'>, start: number, asked: LevelsAsked) {
    const { steps, min, max } = asked;
    this.found = new IdList(memory);
    this.work = 0;
    this.#memory = memory;
    this.#asked = asked;
    this.#cursor = graph.adjacency();
    this.#marks = Marks.take(memory);
    this.#reaches = min <= 1 && steps.length === 1;
    this.#given = !this.#reaches && max > min ? Marks.take(memory) : undefined;
    this.#start = start;
    this.#closing = this.#reaches && min === 1 && steps[0]?.directions.length === 2 ? new Closing(start, max) : undefined;
    this.#levels = [];
    this.#doubts = [];
    this.#place = 0;
    this.#isOver = max === 0 && min > 0;
  }

  /** False: there are no more. */
  step(): boolean {
    this.work = 0;
    this.found.length = 0;
    if (this.#isOver) return false;
    if (this.#levels.length === 0) this.#begin();
    else this.#expand();
    return true;
  }

  close(): void {
    this.#marks.giveBack();
    this.#given?.giveBack();
    this.found.release();
    for (const level of this.#levels) level.release();
  }

  #begin(): void {
    const level = new Level(this.#memory);
    level.nodes.push(this.#start);
    level.places.push(0);
    level.by.push(-1);
    this.#levels.push(level, new Level(this.#memory));
    if (this.#asked.min === 0) this.found.push(this.#start);
    // The beginning is an end only of a trail that comes back to it: of a search it is none but the first time.
    if (this.#reaches && (this.#asked.min === 0 || this.#closing !== undefined)) this.#marks.add(this.#start);
    this.#isOver = this.#asked.max === 0;
  }

  /** A portion of the level that is under way. */
  #expand(): void {
    const depth = this.#levels.length - 2;
    const level = this.#levels[depth] as Level;
    const step = this.#stepAt(depth);
    while (this.#place < level.nodes.length && this.work < PORTION) {
      this.#around(step, depth, this.#place);
      this.#place += 1;
    }
    if (this.#place === level.nodes.length) this.#finish(depth + 1);
  }

  #stepAt(depth: number): WalkStep {
    const { steps } = this.#asked;
    return steps[Math.min(depth, steps.length - 1)] as WalkStep;
  }

  #around({ directions, types, admit, admitNode }: WalkStep, depth: number, place: number): void {
    const cursor = this.#cursor;
    const marks = this.#marks;
    const level = this.#levels[depth] as Level;
    const node = level.nodes.at(place);
    const trails = this.#asked.trails && !this.#reaches;
    const last = trails ? level.by.at(place) : -1;
    const again = trails && level.again.has(place);
    for (const type of types) {
      for (const direction of directions) {
        // A loop came with the other direction.
        const loopsCame = direction === IN && directions.length === 2;
        cursor.open(node, direction, type);
        while (cursor.next()) {
          const { neighbours, relationships, end } = cursor;
          this.work += 1 + end - cursor.start;
          for (let at = cursor.start; at < end; at++) {
            const neighbour = neighbours[at] as number;
            if (marks.has(neighbour)) {
              if (this.#closing !== undefined && admit?.(relationships[at] as number) !== false)
                this.#closing.meet(node, relationships[at] as number, neighbour, depth);
              continue;
            }
            const relationship = relationships[at] as number;
            if (loopsCame && neighbour === node) continue;
            if (admit !== undefined && !admit(relationship)) continue;
            if (admitNode !== undefined && !admitNode(neighbour)) continue;
            if (relationship === last || (again && this.#repeats(relationship, depth, place))) {
              this.#doubts.push({ end: neighbour, place, relationship });
              continue;
            }
            this.#add(neighbour, place, relationship, undefined);
          }
        }
      }
    }
  }

  /** A node of the level that is being found. */
  #add(node: number, place: number, relationship: number, trail: readonly number[] | undefined): void {
    const depth = this.#levels.length - 1;
    const { min, max, trails } = this.#asked;
    this.#marks.add(node);
    this.#closing?.find(node, this.#levels[depth - 1]?.nodes.at(place) as number, relationship, depth);
    if (depth >= min && this.#given?.has(node) !== true) {
      this.#given?.add(node);
      this.found.push(node);
    }
    if (depth === max) return;
    const level = this.#levels[depth] as Level;
    const own = level.nodes.length;
    level.nodes.push(node);
    if (!trails || this.#reaches) return;
    level.places.push(place);
    level.by.push(relationship);
    if (trail !== undefined) level.trails.set(own, trail);
    if (trail !== undefined || this.#visits(node, depth - 1, place)) level.again.add(own);
  }

  #finish(depth: number): void {
    for (const doubt of this.#doubts) this.#settle(doubt, depth);
    this.#doubts = [];
    if (this.#closing?.closes === true && !this.#closing.told) {
      this.#closing.told = true;
      this.found.push(this.#start);
    }
    this.#place = 0;
    const level = this.#levels[depth] as Level;
    this.#isOver = depth === this.#asked.max || level.nodes.length === 0;
    if (this.#isOver) return;
    if (!this.#reaches) this.#marks.clear();
    else (this.#levels[depth - 1] as Level).release();
    if (this.#reaches) this.#levels[depth - 1] = new Level(this.#memory);
    this.#levels.push(new Level(this.#memory));
  }

  // ---------------------------------------------------------------- trails

  #repeats(relationship: number, depth: number, place: number): boolean {
    for (let [at, from] = [depth, place]; at > 0; at--) {
      const level = this.#levels[at] as Level;
      const trail = level.trails.get(from);
      if (trail !== undefined) return trail.includes(relationship);
      if (level.by.at(from) === relationship) return true;
      from = level.places.at(from);
    }
    return false;
  }

  #visits(node: number, depth: number, place: number): boolean {
    for (let [at, from] = [depth, place]; at >= 0; at--) {
      const level = this.#levels[at] as Level;
      if (level.nodes.at(from) === node || level.trails.has(from)) return true;
      from = level.places.at(from);
    }
    return false;
  }

  #settle({ end, place, relationship }: Doubt, depth: number): void {
    if (this.#marks.has(end)) return;
    const trail = this.#trailTo((this.#levels[depth - 1] as Level).nodes.at(place), depth - 1, [relationship]);
    if (trail !== undefined) this.#add(end, place, relationship, trail);
  }

  /** A trail of `depth` relationships to the node and on over `after`, backwards from its end; undefined where there is none. */
  #trailTo(node: number, depth: number, after: readonly number[]): readonly number[] | undefined {
    if (depth === 0) return node === this.#start ? after : undefined;
    const before = this.#levels[depth - 1] as Level;
    const back: (readonly [number, number])[] = [];
    this.work += follow(this.#cursor, reversed(this.#stepAt(depth - 1)), node, (relationship, neighbour) => {
      if (before.has(neighbour) && !after.includes(relationship)) back.push([relationship, neighbour]);
    });
    for (const [relationship, neighbour] of back) {
      const trail = this.#trailTo(neighbour, depth - 1, [relationship, ...after]);
      if (trail !== undefined) return trail;
    }
    return undefined;
  }
}

/**
 * Whether a trail over relationships in both directions comes back to where it began: when two branches of the search, which began with
 * different relationships, meet.
 */
class Closing {
  closes: boolean;
  told: boolean;
  readonly #start: number;
  readonly #max: number;
  /** Of each node found: its branch, its depth, and the relationship that found it. */
  readonly #found: Map<number, { readonly branch: number; readonly depth: number; readonly by: number }>;

  constructor(start: number, max: number) {
    this.closes = false;
    this.told = false;
    this.#start = start;
    this.#max = max;
    this.#found = new Map();
  }

  find(node: number, from: number, relationship: number, depth: number): void {
    if (this.closes) return;
    this.#found.set(node, { branch: this.#found.get(from)?.branch ?? relationship, depth, by: relationship });
  }

  meet(node: number, relationship: number, neighbour: number, depth: number): void {
    if (this.closes) return;
    const [own, other] = [this.#found.get(node), this.#found.get(neighbour)];
    if (neighbour === this.#start) this.closes = own === undefined || (own.by !== relationship && depth + 1 <= this.#max);
    else if (own !== undefined && other !== undefined) this.closes = own.branch !== other.branch && own.depth + other.depth + 1 <= this.#max;
    else if (own === undefined && other !== undefined) this.closes = other.by !== relationship && other.depth + 1 <= this.#max;
  }
}
