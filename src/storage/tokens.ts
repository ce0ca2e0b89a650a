// Names as small numbers, given in order of first appearance: labels, relationship types, property keys; and sets of
// labels as numbers too, so that a node's labels are one int32. Belongs to a version; a fork copies it before it adds
// (rare), because a transaction that never commits must leave no trace in the numbering.

export class TokenTable {
  readonly owner: number;
  readonly names: string[];
  readonly #ids: Map<string, number>;

  private constructor(owner: number, names: string[], ids: Map<string, number>) {
    this.owner = owner;
    this.names = names;
    this.#ids = ids;
  }

  static empty(): TokenTable {
    return new TokenTable(0, [], new Map());
  }

  copyFor(owner: number): TokenTable {
    return new TokenTable(owner, this.names.slice(), new Map(this.#ids));
  }

  /** −1 when unknown. */
  idOf(name: string): number {
    return this.#ids.get(name) ?? -1;
  }

  /** Only by its owner. */
  add(name: string): number {
    const id = this.names.length;
    this.names.push(name);
    this.#ids.set(name, id);
    return id;
  }
}

/** Set 0 is the empty one. */
export class LabelSets {
  readonly owner: number;
  /** Ascending label ids of each set. */
  readonly sets: (readonly number[])[];
  readonly #ids: Map<string, number>;
  /** Made when they are first asked for. */
  readonly #names: (readonly string[] | undefined)[];

  private constructor(owner: number, sets: (readonly number[])[], ids: Map<string, number>) {
    this.owner = owner;
    this.sets = sets;
    this.#ids = ids;
    this.#names = [];
  }

  static empty(): LabelSets {
    return new LabelSets(0, [[]], new Map([['', 0]]));
  }

  copyFor(owner: number): LabelSets {
    return new LabelSets(owner, this.sets.slice(), new Map(this.#ids));
  }

  idOf(labels: readonly number[]): number {
    return this.#ids.get(labels.join()) ?? -1;
  }

  /** The labels of a set, whose names `labelNames` has by id. */
  namesOf(set: number, labelNames: readonly string[]): readonly string[] {
    const known = this.#names[set];
    if (known !== undefined) return known;
    const names = (this.sets[set] as readonly number[]).map((label) => labelNames[label] as string);
    while (this.#names.length < set) this.#names.push(undefined);
    this.#names[set] = names;
    return names;
  }

  add(labels: readonly number[]): number {
    const id = this.sets.length;
    this.sets.push(labels);
    this.#ids.set(labels.join(), id);
    return id;
  }
}
