// An error with the user's own line and a caret under the place, as Neo4j prints it.

import type { Position } from './error.js';

/** `message (line 1, column 7 (offset: 6))`, then the line in quotes and a caret below the column. */
export function withCaret(message: string, text: string, position: Position): string {
  const line = text.split(/\r\n|\n|\r/)[position.line - 1] ?? '';
  const caret = ' '.repeat(position.column);
  return `${message} (line ${position.line}, column ${position.column} (offset: ${position.offset}))\n"${line}"\n${caret}^`;
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
