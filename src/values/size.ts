// How large one value may be. What a query holds altogether is counted by the runtime.

import { limits } from '../base/limits.js';
import { failure } from '../errors/catalogue.js';

/** A string of `characters` UTF-16 units is about to be made. */
export function checkTextLength(characters: number): void {
  if (characters <= limits.textCharactersMax) return;
  throw failure('limitExceeded', `A string would have ${characters} characters, more than limits.text_characters allows (${limits.textCharactersMax}).`);
}

/** A list of `items` is about to be made. */
export function checkListLength(items: number): void {
  if (items <= limits.listItemsMax) return;
  throw failure('limitExceeded', `A list would have ${items} items, more than limits.list_items allows (${limits.listItemsMax}).`);
}
