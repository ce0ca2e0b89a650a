// What errors show of a text that someone gave, which may be millions of characters.

const UNITS_MAX = 100;

/** The text, or its beginning and `…`. */
export function excerpt(text: string): string {
  if (text.length <= UNITS_MAX) return text;
  const isWithinPair = (text.charCodeAt(UNITS_MAX - 1) & 0xfc00) === 0xd800;
  return `${text.slice(0, isWithinPair ? UNITS_MAX - 1 : UNITS_MAX)}…`;
}
