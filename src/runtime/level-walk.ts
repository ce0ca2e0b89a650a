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

import { type AdjacencyCursor, type GraphReader, IN, SCAN_CHUNK_MAX } from '../graph/reader.js';
import { IdQueue } from './id-queue.js';
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

const NODE_BYTES = 8;
const TRAIL_BYTES = 16;

/** Of a chain of steps. Plain arrays: most levels are small, and a typed array costs more to make than they do to fill. */
class Level {
  readonly nodes: number[];
  /** Of each node, where trails are kept: its place in the level before, and the relationship between. */
  readonly places: number[];
  readonly by: number[];
  /** Nodes whose own trail visits them before: a relationship of theirs may be in it. */
  readonly again: Set<number>;
  /** Trails of nodes that were doubtful, by place. */
  readonly trails: Map<number, readonly number[]>;
  #members: Set<number> | undefined;

  constructor() {
    this.nodes = [];
    this.places = [];
    this.by = [];
    this.again = new Set();
    this.trails = new Map();
  }

  has(node: number): boolean {
    this.#members ??= new Set(this.nodes);
    return this.#members.has(node);
  }
}

/**
 * Usage: `while (walk.step()) while (walk.next()) for (let i = 0; i < walk.end; i++) use(walk.ids[i])`, then `close()`. A step is a
 * portion of work, which may give no ids.
 */
export class LevelWalk {
  /** Ends that the last `next` gave: `ids[0 … end)`, SCAN_CHUNK_MAX at most. */
  ids: Int32Array;
  end: number;
  /** What the last step cost: entries looked at. */
  work: number;
  readonly #memory: MemoryAccount;
  readonly #asked: LevelsAsked;
  readonly #cursor: AdjacencyCursor;
  readonly #marks: Marks;
  /** Ends that were given, where several levels are asked for and each may have them. */
  readonly #given: Marks | undefined;
  readonly #start: number;
  readonly #reaches: boolean;
  readonly #keepsTrails: boolean;
  readonly #closing: Closing | undefined;
  /** Ends that were found. A search keeps them all, and its levels are ranges of them; else what was given is forgotten. */
  readonly #found: IdQueue;
  #told: number;
  /** Of a chain. */
  readonly #levels: Level[];
  #depth: number;
  /** The level under way: of a search within `#found`, else within its level. */
  #place: number;
  #levelEnd: number;
  /** All that levels hold, and what of it those that are over. */
  #heldBytes: number;
  #keptBytes: number;
  #doubts: Doubt[];
  #isOver: boolean;

  constructor(memory: MemoryAccount, graph: Pick<GraphReader, 'adjacency'>, start: number, asked: LevelsAsked) {
    const { steps, min, max } = asked;
    this.work = 0;
    this.#memory = memory;
    this.#asked = asked;
    this.#cursor = graph.adjacency();
    this.#marks = Marks.take(memory);
    this.#reaches = min <= 1 && steps.length === 1 && steps[0]?.admitNode === undefined;
    this.#keepsTrails = asked.trails && !this.#reaches;
    this.#given = !this.#reaches && max > min ? Marks.take(memory) : undefined;
    this.#start = start;
    this.#closing = this.#reaches && min === 1 && steps[0]?.directions.length === 2 ? new Closing(start, max) : undefined;
    this.#found = IdQueue.take(memory);
    this.ids = this.#found.ids;
    this.end = 0;
    this.#told = 0;
    this.#levels = [];
    this.#depth = -1;
    this.#place = 0;
    this.#levelEnd = 0;
    this.#heldBytes = 0;
    this.#keptBytes = 0;
    this.#doubts = [];
    this.#isOver = max === 0 && min > 0;
  }

  /** False: there are no more. */
  step(): boolean {
    this.work = 0;
    if (this.#isOver) return false;
    if (this.#depth < 0) this.#begin();
    else this.#expand();
    return true;
  }

  /** The ends that the last step found, a chunk at a time; false when all were given. */
  next(): boolean {
    const { ids, length } = this.#found;
    const from = this.#told;
    if (from === length) return false;
    this.#told = Math.min(length, from + SCAN_CHUNK_MAX);
    this.ids = from === 0 ? ids : ids.subarray(from, this.#told);
    this.end = this.#told - from;
    return true;
  }

  close(): void {
    this.#marks.giveBack();
    this.#given?.giveBack();
    this.#found.giveBack();
    this.#memory.release(this.#heldBytes);
  }

  #begin(): void {
    const { min, max } = this.#asked;
    this.#depth = 0;
    this.#levelEnd = 1;
    this.#isOver = max === 0;
    if (this.#reaches || min === 0) this.#found.push(this.#start);
    if (this.#reaches) {
      if (min > 0) this.#told = 1;
      // The beginning is an end only of a trail that comes back to it: of a search it is none but the first time.
      if (min === 0 || this.#closing !== undefined) this.#marks.add(this.#start);
      return;
    }
    const level = new Level();
    level.nodes.push(this.#start);
    level.places.push(0);
    level.by.push(-1);
    this.#levels.push(level, new Level());
  }

  /** A portion of the level that is under way. */
  #expand(): void {
    if (!this.#reaches) this.#found.length = this.#told = 0;
    const depth = this.#depth;
    const step = this.#stepAt(depth);
    const end = this.#levelEnd;
    while (this.#place < end && this.work < PORTION) {
      this.#around(step, depth, this.#place);
      this.#place += 1;
    }
    if (!this.#reaches) this.#hold(this.#keptBytes + this.#bytesOf(depth + 1));
    if (this.#place === end) this.#finish(depth + 1);
  }

  #stepAt(depth: number): WalkStep {
    const { steps } = this.#asked;
    return steps[Math.min(depth, steps.length - 1)] as WalkStep;
  }

  #around(step: WalkStep, depth: number, place: number): void {
    const { directions, types, admit, admitNode } = step;
    const cursor = this.#cursor;
    const level = this.#levels[depth];
    const node = (level === undefined ? this.#found.ids[place] : level.nodes[place]) as number;
    const isPlain = directions.length === 1 && admit === undefined && admitNode === undefined && this.#given === undefined;
    const isLast = depth + 1 === this.#asked.max;
    for (const type of types) {
      for (const direction of directions) {
        cursor.open(node, direction, type);
        while (cursor.next()) {
          this.work += 1 + cursor.end - cursor.start;
          if (isPlain && this.#reaches) this.#reach();
          else if (isPlain && isLast) this.#endIn(depth, place);
          // A loop came with the other direction.
          else this.#follow(step, depth, place, node, direction === IN && directions.length === 2);
        }
      }
    }
  }

  /** The run under the cursor where every neighbour that is new is found: most of the work of most walks. */
  #reach(): void {
    const { neighbours, start, end } = this.#cursor;
    const marks = this.#marks;
    const { round } = marks;
    let { rounds } = marks;
    const found = this.#found;
    found.reserve(end - start);
    const { ids } = found;
    let { length } = found;
    for (let at = start; at < end; at++) {
      const neighbour = neighbours[at] as number;
      if (neighbour >= rounds.length) {
        marks.grow(neighbour);
        rounds = marks.rounds;
      }
      if (rounds[neighbour] === round) continue;
      rounds[neighbour] = round;
      ids[length++] = neighbour;
    }
    found.length = length;
  }

  /** The same in the last step of a chain, where relationships may have to differ. */
  #endIn(depth: number, place: number): void {
    const { neighbours, relationships, start, end } = this.#cursor;
    const marks = this.#marks;
    const { round } = marks;
    let { rounds } = marks;
    const found = this.#found;
    found.reserve(end - start);
    const { ids } = found;
    let { length } = found;
    const level = this.#levels[depth] as Level;
    const again = this.#keepsTrails && level.again.has(place);
    // The relationship that led here leads back, or is a loop: others need not be looked at.
    const last = this.#keepsTrails && depth > 0 ? (level.by[place] as number) : -1;
    const node = level.nodes[place] as number;
    const before = last < 0 ? node : ((this.#levels[depth - 1] as Level).nodes[level.places[place] as number] as number);
    for (let at = start; at < end; at++) {
      const neighbour = neighbours[at] as number;
      if (neighbour >= rounds.length) {
        marks.grow(neighbour);
        rounds = marks.rounds;
      }
      if (rounds[neighbour] === round) continue;
      if (again || neighbour === before || neighbour === node) {
        const relationship = relationships[at] as number;
        if (relationship === last || (again && this.#repeats(relationship, depth, place))) {
          this.#doubts.push({ end: neighbour, place, relationship });
          continue;
        }
      }
      rounds[neighbour] = round;
      ids[length++] = neighbour;
    }
    found.length = length;
  }

  /** The run under the cursor, whatever is asked of it. */
  #follow({ admit, admitNode }: WalkStep, depth: number, place: number, node: number, loopsCame: boolean): void {
    const { neighbours, relationships, start, end } = this.#cursor;
    const marks = this.#marks;
    const level = this.#keepsTrails ? (this.#levels[depth] as Level) : undefined;
    const last = level === undefined ? -1 : (level.by[place] as number);
    const again = level?.again.has(place) === true;
    for (let at = start; at < end; at++) {
      const neighbour = neighbours[at] as number;
      const relationship = relationships[at] as number;
      if (marks.has(neighbour)) {
        if (this.#closing !== undefined && admit?.(relationship) !== false) this.#closing.meet(node, relationship, neighbour, depth);
        continue;
      }
      if (loopsCame && neighbour === node) continue;
      if (admit !== undefined && !admit(relationship)) continue;
      if (relationship === last || (again && this.#repeats(relationship, depth, place))) {
        this.#doubts.push({ end: neighbour, place, relationship });
        continue;
      }
      marks.add(neighbour);
      // Asked once for each node of a level.
      if (admitNode !== undefined && !admitNode(neighbour)) continue;
      this.#add(neighbour, depth + 1, place, relationship);
    }
  }

  /** A node of the level that is being found. */
  #add(node: number, depth: number, place: number, relationship: number): void {
    if (this.#reaches) {
      this.#closing?.find(node, this.#found.ids[place] as number, relationship, depth);
      this.#found.push(node);
      return;
    }
    const { min, max } = this.#asked;
    if (depth >= min) this.#give(node);
    if (depth === max) return;
    const level = this.#levels[depth] as Level;
    level.nodes.push(node);
    if (!this.#keepsTrails) return;
    level.places.push(place);
    level.by.push(relationship);
    if (this.#visits(node, depth - 1, place)) level.again.add(level.nodes.length - 1);
  }

  #give(node: number): void {
    if (this.#given !== undefined) {
      if (this.#given.has(node)) return;
      this.#given.add(node);
    }
    this.#found.push(node);
  }

  #bytesOf(depth: number): number {
    return (this.#levels[depth] as Level).nodes.length * (NODE_BYTES + (this.#keepsTrails ? TRAIL_BYTES : 0));
  }

  #hold(bytes: number): void {
    if (bytes <= this.#heldBytes) return;
    this.#memory.take(bytes - this.#heldBytes);
    this.#heldBytes = bytes;
  }

  #finish(depth: number): void {
    this.#depth = depth;
    if (this.#reaches) this.#finishRange();
    else this.#finishLevel(depth);
    if (depth === this.#asked.max) this.#isOver = true;
  }

  /** The next level is what was found since the last one. */
  #finishRange(): void {
    const { length } = this.#found;
    this.#isOver = this.#levelEnd === length;
    this.#levelEnd = length;
    if (this.#closing?.closes !== true || this.#closing.told) return;
    this.#closing.told = true;
    this.#found.push(this.#start);
  }

  #finishLevel(depth: number): void {
    for (const doubt of this.#doubts) this.#settle(doubt, depth);
    this.#doubts = [];
    this.#place = 0;
    const level = this.#levels[depth] as Level;
    this.#levelEnd = level.nodes.length;
    this.#isOver = depth === this.#asked.max || level.nodes.length === 0;
    if (this.#isOver) return;
    this.#marks.clear();
    if (this.#keepsTrails) this.#keptBytes += this.#bytesOf(depth);
    else this.#levels[depth - 1] = level;
    this.#levels.push(new Level());
  }

  // ---------------------------------------------------------------- trails

  #repeats(relationship: number, depth: number, place: number): boolean {
    for (let [at, from] = [depth, place]; at > 0; at--) {
      const level = this.#levels[at] as Level;
      const trail = level.trails.get(from);
      if (trail !== undefined) return trail.includes(relationship);
      if (level.by[from] === relationship) return true;
      from = level.places[from] as number;
    }
    return false;
  }

  #visits(node: number, depth: number, place: number): boolean {
    for (let [at, from] = [depth, place]; at >= 0; at--) {
      const level = this.#levels[at] as Level;
      if (level.nodes[from] === node || level.trails.has(from)) return true;
      from = level.places[from] as number;
    }
    return false;
  }

  #settle({ end, place, relationship }: Doubt, depth: number): void {
    if (this.#marks.has(end)) return;
    const trail = this.#trailTo((this.#levels[depth - 1] as Level).nodes[place] as number, depth - 1, [relationship]);
    if (trail === undefined) return;
    this.#marks.add(end);
    if (this.#stepAt(depth - 1).admitNode?.(end) === false) return;
    this.#add(end, depth, place, relationship);
    if (depth === this.#asked.max) return;
    const level = this.#levels[depth] as Level;
    level.trails.set(level.nodes.length - 1, trail);
    level.again.add(level.nodes.length - 1);
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
