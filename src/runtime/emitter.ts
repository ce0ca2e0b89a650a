// Writing the source of a plan's function. Names are numbered from 0 and constants go by slot, so that plans of one shape
// have the same source (V8 then reuses its compilation), and no text of the user's is ever in it.

import type { GatheredColumns } from './gathered.js';

/** More names than that are not computed by one function. */
const PROLOGUE_MAX = 200;

export class Emitter {
  #lines: string[];
  /** What is computed once, when an execution starts: names and their values. */
  readonly #prologue: { readonly name: string; readonly code: string; readonly changes: boolean }[];
  /** Functions of their own, beside the main loops. */
  readonly #parts: string[];
  /** Names that every function sees. */
  readonly #everywhere: Set<string>;
  readonly constants: unknown[];
  readonly #shared: Map<string, string>;
  #names: number;
  /** Within a plain function, which cannot yield. */
  #plain: boolean;
  /** By the local of the id; those of the function that is written. */
  #gathered: Map<string, GatheredColumns>;

  constructor() {
    this.#lines = [];
    this.#plain = false;
    this.#gathered = new Map();
    this.#prologue = [];
    this.#parts = [];
    this.#everywhere = new Set();
    this.constants = [];
    this.#shared = new Map();
    this.#names = 0;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** A place for lines that are known only when what follows is emitted; told anew, they are others. */
  later(): (text: string) => void {
    const lines = this.#lines;
    const at = lines.push('') - 1;
    return (text) => {
      lines[at] = text;
    };
  }

  /** A line that declares `name`, left out where nothing that `write` emits reads it. */
  declaring(name: string, text: string, write: () => void): void {
    const lines = this.#lines;
    const declare = this.later();
    const from = lines.length;
    write();
    const word = new RegExp(`\\b${name}\\b`);
    if (lines.some((line, at) => at >= from && word.test(line))) declare(text);
  }

  /** Columns that the scan of the local `id` reads ahead. */
  gathers(id: string, columns: GatheredColumns): void {
    this.#gathered.set(id, columns);
  }

  gathered(id: string): GatheredColumns | undefined {
    return this.#gathered.get(id);
  }

  /** What follows is run for some rows only. */
  narrows(): void {
    for (const columns of this.#gathered.values()) columns.seal();
  }

  /** Counts work (a unit is about 50 ns), and gives the event loop its turn when the time slice is over. Emitted in middle loops. */
  due(work: string): void {
    // A plain function leaves the turn to the loop that called it.
    if (this.#plain) this.line(`if ((n += ${work}) > 2048) { m.work += n; n = 0; rt.due(); }`);
    else this.line(`if ((n += ${work}) + m.work > 2048) { n = m.work = 0; if (rt.due()) yield 0; }`);
  }

  /** The same after an expression that counts its work itself: the loop around it may look only once for many rows. */
  dueWork(): void {
    if (!this.#plain) this.line('if (m.work > 2048) { n = m.work = 0; if (rt.due()) yield 0; }');
  }

  /** A call of what has a sliced form (`name`Sliced of the library), for what may be long. */
  sliced(name: string, given: string): string {
    return this.#plain ? `h.${name}(${given})` : `(yield* h.${name}Sliced(rt, ${given}))`;
  }

  /** An arrow function whose body is what `write` emits, and its value. It cannot yield, but counts work and ends when cancelled. */
  arrow(parameter: string, write: () => string): string {
    const [outer, before] = [this.#lines, this.#plain];
    this.#lines = [];
    this.#plain = true;
    const value = write();
    const body = this.#lines;
    this.#lines = outer;
    this.#plain = before;
    return `(${parameter}) => {\n${[...body, `return ${value};`].join('\n')}\n}`;
  }

  /** A generator function at the top, over what `write` emits. It sees what is hoisted, and its parameters. */
  part(parameters: readonly string[], write: () => void): string {
    const [outer, before, gathered] = [this.#lines, this.#plain, this.#gathered];
    this.#lines = [];
    this.#plain = false;
    this.#gathered = new Map();
    write();
    const name = this.name('y');
    this.#everywhere.add(name);
    this.#parts.push(`function* ${name}(${parameters.join(', ')}) {`, ...this.#lines, '}');
    this.#lines = outer;
    this.#plain = before;
    this.#gathered = gathered;
    return name;
  }

  /**
   * A function at the top over what `write` emits and gives; its call. What it reads of the loops around it are its parameters: names
   * that were there before, since a name is made where its local is.
   */
  routine(write: () => string): string {
    const [outer, first] = [this.#lines, this.#names];
    this.#lines = [];
    const value = write();
    const body = [...this.#lines, `return ${value};`].join('\n');
    this.#lines = outer;
    const isOuter = (name: string) => Number(name.slice(1)) < first && !this.#everywhere.has(name);
    const parameters = [...new Set(body.match(/\b[a-z]\d+\b/g) ?? [])].filter(isOuter).join(', ');
    const yields = /\byield\b/.test(body);
    const name = this.name('y');
    this.#everywhere.add(name);
    this.#parts.push(`function${yields ? '*' : ''} ${name}(${parameters}) {\n${body}\n}`);
    return yields ? `(yield* ${name}(${parameters}))` : `${name}(${parameters})`;
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
    this.#everywhere.add(name);
    this.#prologue.push({ name, code: code(), changes: false });
    this.#shared.set(key, name);
    return name;
  }

  /** A variable of the whole function. */
  variable(prefix: string, initial: string): string {
    const name = this.name(prefix);
    this.#everywhere.add(name);
    this.#prologue.push({ name, code: initial, changes: true });
    return name;
  }

  /** The body of the generator function. */
  source(): string {
    return [...this.#beginning(), ...this.#parts, ...this.#lines].join('\n');
  }

  /** Many are computed by functions of their own. */
  #beginning(): readonly string[] {
    const all = this.#prologue;
    if (all.length <= PROLOGUE_MAX) return all.map(({ name, code, changes }) => `${changes ? 'let' : 'const'} ${name} = ${code};`);
    const lines = [`let ${all.map(({ name }) => name).join(', ')};`];
    for (let from = 0; from < all.length; from += PROLOGUE_MAX) {
      const some = all.slice(from, from + PROLOGUE_MAX).map(({ name, code }) => `${name} = ${code};`);
      lines.push('(() => {', ...some, '})();');
    }
    return lines;
  }
}
