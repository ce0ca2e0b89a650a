// Text measured in columns of the terminal: wide characters count two, combining ones none; and cut to fit.

import stringWidth from 'string-width';

const ASCII = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter();

/** Code units that are looked at for each column that is wanted; what one column shows is hardly ever longer. */
const UNITS_PER_COLUMN = 32;

export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** The width, but at most `most` + 1, whatever the length of the text. */
export function widthUpTo(text: string, most: number): number {
  if (text.length > most * UNITS_PER_COLUMN) return most + 1;
  return Math.min(widthOf(text), most + 1);
}

/** At most `columns` wide; what was cut ends in an ellipsis. */
export function cut(text: string, columns: number): string {
  if (widthUpTo(text, columns) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text.slice(0, columns * UNITS_PER_COLUMN))) {
    const more = widthOf(segment);
    if (width + more > columns - 1) break;
    kept += segment;
    width += more;
  }
  return `${kept}…`;
}

export function padded(text: string, columns: number, side: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return side === 'left' ? text + spaces : spaces + text;
}

/** Control characters of data never reach the terminal, where they are orders. */
export function harmless(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
