// Values as the TCK's tables write them. Each cell is read into a tree, and a tree has one canonical text; what a query gave is made
// such a text as well (by the target that ran it), so that comparing is comparing texts.

/** Of a value; maps and properties in order of their keys, labels in order, floats so that equal ones have one text. */
export type Canonical =
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Canonical[] }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Canonical> }
  | { readonly kind: 'node'; readonly labels: readonly string[]; readonly properties: ReadonlyMap<string, Canonical> }
  | { readonly kind: 'relationship'; readonly type: string; readonly properties: ReadonlyMap<string, Canonical> }
  | { readonly kind: 'path'; readonly nodes: readonly Canonical[]; readonly hops: readonly { readonly relationship: Canonical; readonly forward: boolean }[] };

export const atom = (text: string): Canonical => ({ kind: 'atom', text });
export const integer = (value: number | bigint): Canonical => atom(String(value));
export const string = (text: string): Canonical => atom(JSON.stringify(text));

export function float(value: number): Canonical {
  if (Number.isNaN(value)) return atom('NaN');
  if (!Number.isFinite(value)) return atom(value > 0 ? 'Inf' : '-Inf');
  return atom(`${value === 0 ? 0 : value}f`);
}

export function textOf(value: Canonical, options: { readonly ignoreListOrder: boolean }): string {
  const show = (one: Canonical): string => {
    switch (one.kind) {
      case 'atom':
        return one.text;
      case 'list': {
        const items = one.items.map(show);
        return `[${(options.ignoreListOrder ? items.sort() : items).join(', ')}]`;
      }
      case 'map':
        return properties(one.entries);
      case 'node':
        return `(${[...one.labels]
          .sort()
          .map((label) => `:${label}`)
          .join('')} ${properties(one.properties)})`;
      case 'relationship':
        return `[:${one.type} ${properties(one.properties)}]`;
      case 'path':
        return `<${one.nodes.map((node, at) => `${show(node)}${hop(one.hops[at])}`).join('')}>`;
    }
  };
  const hop = (one: { readonly relationship: Canonical; readonly forward: boolean } | undefined): string => {
    if (one === undefined) return '';
    return one.forward ? `-${show(one.relationship)}->` : `<-${show(one.relationship)}-`;
  };
  const properties = (entries: ReadonlyMap<string, Canonical>): string =>
    `{${[...entries]
      .map(([key, item]) => `${key}: ${show(item)}`)
      .sort()
      .join(', ')}}`;
  return show(value);
}

export function parseCell(text: string): Canonical {
  const reader = new CellReader(text);
  const value = reader.value();
  reader.end();
  return value;
}

class CellReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail('the end');
  }

  value(): Canonical {
    this.#space();
    switch (this.#text[this.#at]) {
      case '[':
        return this.#listOrRelationship();
      case '{':
        return { kind: 'map', entries: this.#map() };
      case '(':
        return this.#node();
      case '<':
        return this.#path();
      case "'":
        return string(this.#string());
      default:
        return this.#word();
    }
  }

  #listOrRelationship(): Canonical {
    this.#take('[');
    if (this.#sees(':')) {
      this.#take(':');
      const type = this.#name();
      const properties = this.#sees('{') ? this.#map() : new Map();
      this.#take(']');
      return { kind: 'relationship', type, properties };
    }
    const items: Canonical[] = [];
    while (!this.#sees(']')) {
      if (items.length > 0) this.#take(',');
      items.push(this.value());
    }
    this.#take(']');
    return { kind: 'list', items };
  }

  #map(): ReadonlyMap<string, Canonical> {
    const entries = new Map<string, Canonical>();
    this.#take('{');
    while (!this.#sees('}')) {
      if (entries.size > 0) this.#take(',');
      const key = this.#name();
      this.#take(':');
      entries.set(key, this.value());
    }
    this.#take('}');
    return entries;
  }

  #node(): Canonical {
    const labels: string[] = [];
    this.#take('(');
    while (this.#sees(':')) {
      this.#take(':');
      labels.push(this.#name());
    }
    const properties = this.#sees('{') ? this.#map() : new Map();
    this.#take(')');
    return { kind: 'node', labels, properties };
  }

  #path(): Canonical {
    this.#take('<');
    const nodes = [this.#node()];
    const hops: { relationship: Canonical; forward: boolean }[] = [];
    while (!this.#sees('>')) {
      const forward = this.#sees('-');
      this.#take(forward ? '-' : '<-');
      const relationship = this.#listOrRelationship();
      this.#take(forward ? '->' : '-');
      hops.push({ relationship, forward });
      nodes.push(this.#node());
    }
    this.#take('>');
    return { kind: 'path', nodes, hops };
  }

  #string(): string {
    this.#take("'");
    let text = '';
    for (;;) {
      const character = this.#text[this.#at++];
      if (character === undefined) this.#fail("'");
      if (character === "'") return text;
      text += character === '\\' ? this.#text[this.#at++] : character;
    }
  }

  #word(): Canonical {
    const [word] = /^[-+\w.]+/.exec(this.#text.slice(this.#at)) ?? [''];
    this.#at += word.length;
    if (/^-?\d+$/.test(word)) return integer(BigInt(word));
    if (word === 'NaN' || word === 'Inf' || word === '-Inf' || word === 'null' || word === 'true' || word === 'false') return atom(word);
    const value = Number(word);
    if (word === '' || Number.isNaN(value)) this.#fail('a value');
    return float(value);
  }

  #name(): string {
    this.#space();
    const [quoted, inside] = /^`([^`]*)`/.exec(this.#text.slice(this.#at)) ?? [];
    const name = inside ?? /^[\w]+/.exec(this.#text.slice(this.#at))?.[0];
    if (name === undefined) this.#fail('a name');
    this.#at += (quoted ?? name).length;
    return name;
  }

  #sees(text: string): boolean {
    this.#space();
    return this.#text.startsWith(text, this.#at);
  }

  #take(text: string): void {
    if (!this.#sees(text)) this.#fail(text);
    this.#at += text.length;
  }

  #space(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }

  #fail(wanted: string): never {
    throw new Error(`${wanted} expected at ${this.#at} of the cell: ${this.#text}`);
  }
}
