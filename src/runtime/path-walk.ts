// All trails of `min` to `max` relationships from a node, depth first: no relationship repeats within one.

/** [relationship, neighbour, …] of a node. */
type Neighbourhood = (node: number) => readonly number[];

interface Level {
  readonly around: readonly number[];
  at: number;
}

export class PathWalk {
  /** Where the current trail ends, and its relationships. */
  end: number;
  readonly trail: number[];
  readonly #around: Neighbourhood;
  readonly #admit: ((relationship: number) => boolean) | undefined;
  readonly #min: number;
  readonly #max: number;
  readonly #levels: Level[];
  #started: boolean;
  readonly #start: number;

  constructor(around: Neighbourhood, start: number, min: number, max: number, admit: ((relationship: number) => boolean) | undefined) {
    this.end = start;
    this.trail = [];
    this.#around = around;
    this.#admit = admit;
    this.#min = min;
    this.#max = max;
    this.#levels = [];
    this.#started = false;
    this.#start = start;
  }

  /** Moves to the next trail; false when there is none. */
  next(): boolean {
    if (!this.#started) {
      this.#started = true;
      if (this.#max > 0) this.#descend(this.#start);
      if (this.#min === 0) return true;
    }
    while (this.#levels.length > 0) {
      if (!this.#step()) continue;
      if (this.trail.length >= this.#min) return true;
    }
    return false;
  }

  /** One relationship further, or one level back (false). */
  #step(): boolean {
    const level = this.#levels[this.#levels.length - 1] as Level;
    while (this.trail.length >= this.#levels.length) this.trail.pop();
    if (level.at >= level.around.length) {
      this.#levels.pop();
      return false;
    }
    const relationship = level.around[level.at] as number;
    const neighbour = level.around[level.at + 1] as number;
    level.at += 2;
    if (this.trail.includes(relationship) || this.#admit?.(relationship) === false) return false;
    this.trail.push(relationship);
    this.end = neighbour;
    if (this.trail.length < this.#max) this.#descend(neighbour);
    return true;
  }

  #descend(node: number): void {
    this.#levels.push({ around: this.#around(node), at: 0 });
  }
}
