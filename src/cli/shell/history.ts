// What was entered before, one statement a line, newest last in the file. Nothing that sets a password is kept.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const KEPT_MAX = 1000;

export class History {
  readonly #file: string;
  /** Newest first, as readline wants it. */
  #entries: readonly string[];

  constructor(file: string) {
    this.#file = file;
    this.#entries = readEntries(file);
  }

  get entries(): readonly string[] {
    return this.#entries;
  }

  add(entry: string): void {
    if (entry === '' || /\bPASSWORD\b/i.test(entry)) return;
    this.#entries = [entry, ...this.#entries.filter((one) => one !== entry)].slice(0, KEPT_MAX);
    // A history that cannot be kept is no reason to stop.
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true });
      writeFileSync(this.#file, `${[...this.#entries].reverse().join('\n')}\n`, { mode: 0o600 });
    } catch {}
  }
}

function readEntries(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .reverse()
      .slice(0, KEPT_MAX);
  } catch {
    return [];
  }
}
