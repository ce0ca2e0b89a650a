// Writing the source of a plan's function. Names are numbered from 0 and constants go by slot, so that plans of one shape
// have the same source (V8 then reuses its compilation), and no text of the user's is ever in it.

export class Emitter {
  readonly #lines: string[];
  readonly #prologue: string[];
  readonly constants: unknown[];
  readonly #shared: Map<string, string>;
  #names: number;

  constructor() {
    this.#lines = [];
    this.#prologue = [];
    this.constants = [];
    this.#shared = new Map();
    this.#names = 0;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  /** The expression of a constant. */
  constant(value: unknown): string {
    this.constants.push(value);
    return `c[${this.constants.length - 1}]`;
  }

  /** Computed once, when an execution starts; the same `key` gives the same name. */
  hoist(key: string, prefix: string, code: () => string): string {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = this.name(prefix);
    this.#prologue.push(`const ${name} = ${code()};`);
    this.#shared.set(key, name);
    return name;
  }

  /** The body of the generator function. */
  source(): string {
    return [...this.#prologue, ...this.#lines].join('\n');
  }
}
