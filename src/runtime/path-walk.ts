// All trails of `min` to `max` relationships from a node, depth first: no relationship repeats within one.
//
// It goes one relationship at a time, because the way from one trail to the next may be as long as the graph has trails:
// who walks counts the steps and gives the event loop its turn.

/** [relationship, neighbour, …] of a node. */
type Neighbourhood = (node: number) => readonly number[];

interface Level {
  readonly around: readonly number[];
  at: number;
}

/** What a step came to: no trail is left; a trail of the wanted length; neither. */
export const WALK_OVER = 0;
export const WALK_FOUND = 1;
export const WALK_ON = 2;

export class PathWalk {
  /** Where the current trail ends, and its relationships. */
  end: number;
  readonly trail: number[];
  /** What the last step cost: entries looked at. */
  work: number;
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
    this.work = 1;
    this.#around = around;
    this.#admit = admit;
    this.#min = min;
    this.#max = max;
    this.#levels = [];
    this.#started = false;
    this.#start = start;
  }

  step(): typeof WALK_OVER | typeof WALK_FOUND | typeof WALK_ON {
    this.work = 1;
    if (!this.#started) {
      this.#started = true;
      if (this.#max > 0) this.#descend(this.#start);
      if (this.#min === 0) return WALK_FOUND;
    }
    if (this.#levels.length === 0) return WALK_OVER;
    return this.#move() && this.trail.length >= this.#min ? WALK_FOUND : WALK_ON;
  }

  /** One relationship further, or one level back (false). */
  #move(): boolean {
    const level = this.#levels[this.#levels.length - 1] as Level;
    while (this.trail.length >= this.#levels.length) this.trail.pop();
    if (level.at >= level.around.length) {
      this.#levels.pop();
      return false;
    }
    const relationship = level.around[level.at] as number;
    const neighbour = level.around[level.at + 1] as number;
    level.at += 2;
    this.work += this.trail.length;
    if (this.trail.includes(relationship) || this.#admit?.(relationship) === false) return false;
    this.trail.push(relationship);
    this.end = neighbour;
    if (this.trail.length < this.#max) this.#descend(neighbour);
    return true;
  }

  #descend(node: number): void {
    const around = this.#around(node);
    this.work += around.length;
    this.#levels.push({ around, at: 0 });
  }
}
