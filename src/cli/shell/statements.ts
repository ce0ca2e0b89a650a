// Lines of text to statements and commands. A statement ends at a `;` outside of strings, quoted names and comments, and may
// go over many lines; a command begins with `:` where a statement could begin, and is one line. Every character is looked at once.

export interface Input {
  readonly kind: 'statement' | 'command';
  /** As written, without the closing `;`. */
  readonly text: string;
  /** Line of the input where it begins, counted from 1. */
  readonly line: number;
}

type Inside = 'code' | "'" | '"' | '`' | 'comment';

export class StatementReader {
  #text: string;
  #inside: Inside;
  /** Whether anything but spaces and comments was read. */
  #hasCode: boolean;
  #line: number;
  #beginsAt: number;

  constructor() {
    this.#text = '';
    this.#inside = 'code';
    this.#hasCode = false;
    this.#line = 0;
    this.#beginsAt = 1;
  }

  /** What was read of a statement that has not ended. */
  get pending(): string {
    return this.#hasCode || this.#inside === 'comment' ? this.#text : '';
  }

  /** Forgets what is pending. */
  clear(): void {
    this.#text = '';
    this.#inside = 'code';
    this.#hasCode = false;
  }

  /** One line, without its end; what it completes. */
  take(line: string): readonly Input[] {
    const found: Input[] = [];
    this.#line++;
    if (this.#text !== '') this.#text += '\n';
    let from = 0;
    while (from <= line.length) {
      if (this.#mayBegin() && /^\s*:/.test(line.slice(from))) {
        found.push({ kind: 'command', text: line.slice(from).trim().replace(/;$/, '').trimEnd(), line: this.#line });
        this.clear();
        return found;
      }
      const end = this.#scan(line, from);
      this.#text += line.slice(from, end);
      if (end >= line.length) break;
      if (this.#hasCode) found.push(this.#statement());
      this.clear();
      from = end + 1;
    }
    return found;
  }

  /** At the end of the input the last statement needs no `;`. */
  end(): Input | undefined {
    const last = this.#hasCode ? this.#statement() : undefined;
    this.clear();
    return last;
  }

  #mayBegin(): boolean {
    return !this.#hasCode && this.#inside === 'code';
  }

  #statement(): Input {
    return { kind: 'statement', text: this.#text.trimEnd(), line: this.#beginsAt };
  }

  /** Offset of the `;` that ends the statement, or the line's length. */
  #scan(line: string, from: number): number {
    for (let at = from; at < line.length; at++) {
      const character = line[at] as string;
      if (this.#inside === 'comment') {
        if (character !== '*' || line[at + 1] !== '/') continue;
        this.#inside = 'code';
        at++;
      } else if (this.#inside !== 'code') {
        if (character === '\\' && this.#inside !== '`') at++;
        else if (character === this.#inside) this.#inside = 'code';
      } else if (character === ';') return at;
      else if (character === '/' && line[at + 1] === '/') return line.length;
      else if (character === '/' && line[at + 1] === '*') {
        this.#inside = 'comment';
        at++;
      } else if (character.trim() !== '') this.#code(character);
    }
    return line.length;
  }

  #code(character: string): void {
    if (!this.#hasCode) {
      this.#hasCode = true;
      this.#beginsAt = this.#line;
    }
    if (character === "'" || character === '"' || character === '`') this.#inside = character;
  }
}

const PIECES = /'(?:\\[\s\S]|[^'\\])*'?|"(?:\\[\s\S]|[^"\\])*"?|`[^`]*`?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\s+|[^\s'"`/]+|\//g;

/** The same statement on one line, as the history keeps it: without comments to the line's end, line ends in strings escaped. */
export function oneLine(text: string): string {
  const piece = (part: string) => {
    if (part.startsWith('//')) return ' ';
    if (part.startsWith("'") || part.startsWith('"')) return part.replaceAll('\n', '\\n');
    return part.trim() === '' ? ' ' : part.replaceAll('\n', ' ');
  };
  return text.replace(PIECES, piece).replaceAll(/ +$|^ +/g, '');
}
