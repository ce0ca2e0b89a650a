// The keys of a text index: all pieces of three units of a string, between marks that tell where it begins and ends. So every question
// about a part of a string becomes a lookup of pieces, which finds all strings that can have the part, and some that cannot.
//
//   'Anna'  ⊢Ann  ⟶  ⊢An Ann nna na⊣ a⊣⊣

import type { Key } from './tree.js';

/** No text begins with a mark of its own kind: they are noncharacters of Unicode. */
export const BEGIN = '\uFDD0';
export const END = '\uFDD1';
export const PIECE_UNITS = 3;
/** Longer strings are candidates for every question: their pieces would be too many. */
export const TEXT_UNITS_MAX = 8192;

/** Where strings stand that are too long. */
export const LONG: Key = [''];

/** Each piece once; a string that is too long stands under the empty piece. */
export function textKeys(text: string): readonly Key[] {
  if (text.length > TEXT_UNITS_MAX) return [LONG];
  return piecesOf(BEGIN + text + END + END).map((piece) => [piece]);
}

/** Of a text with its marks, each once. */
export function piecesOf(marked: string): readonly string[] {
  const pieces = new Set<string>();
  for (let at = 0; at + PIECE_UNITS <= marked.length; at++) pieces.add(marked.slice(at, at + PIECE_UNITS));
  return [...pieces];
}
