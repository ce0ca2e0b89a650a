// An error with the user's own line and a caret under the place, as Neo4j prints it.

import type { Position } from './error.js';

/** A line that is longer is shown around the place. */
const LINE_CHARACTERS_MAX = 500;

function around(line: string, column: number): readonly [shown: string, column: number] {
  const from = Math.max(0, column - 1 - LINE_CHARACTERS_MAX / 2);
  const to = from + LINE_CHARACTERS_MAX;
  const before = from > 0 ? '…' : '';
  return [`${before}${line.slice(from, to)}${to < line.length ? '…' : ''}`, column - from + before.length];
}

/** `message (line 1, column 7 (offset: 6))`, then the line in quotes and a caret below the column. */
export function withCaret(message: string, text: string, position: Position): string {
  const line = text.split(/\r\n|\n|\r/)[position.line - 1] ?? '';
  const [shown, column] = line.length <= LINE_CHARACTERS_MAX ? [line, position.column] : around(line, position.column);
  return `${message} (line ${position.line}, column ${position.column} (offset: ${position.offset}))\n"${shown}"\n${' '.repeat(column)}^`;
}

/** Offset to line and column. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let index = 0; index < offset && index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit === 10 || (unit === 13 && text.charCodeAt(index + 1) !== 10)) {
      line++;
      lineStart = index + 1;
    }
  }
  return { offset, line, column: offset - lineStart + 1 };
}
