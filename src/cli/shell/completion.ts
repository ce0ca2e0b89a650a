// What Tab offers: pure, told the text before the cursor and the names there are. Keywords come in the case of what was typed.

import { commands } from './commands.js';

/** Of the graph that the shell works on, and of the cluster. */
export interface KnownNames {
  readonly labels: readonly string[];
  readonly types: readonly string[];
  readonly properties: readonly string[];
  readonly graphs: readonly string[];
  readonly parameters: readonly string[];
}

export interface Completion {
  /** What stands before the cursor and is to be replaced. */
  readonly word: string;
  readonly candidates: readonly string[];
}

const KEYWORDS =
  'ALIAS ALL ALTER AND ANY AS ASC BY CALL CASE CONSTRAINT CONTAINS CREATE DATABASE DATABASES DELETE DESC DETACH DISTINCT DROP ELSE END ENDS EXISTS EXPLAIN FOR IF IN INDEX INDEXES IS LIMIT MATCH MERGE NONE NOT NULL ON OPTIONAL OR ORDER PASSWORD REMOVE REQUIRE RETURN SERVERS SET SHOW SINGLE SKIP START STARTS STOP THEN TOPOLOGY UNION UNIQUE UNWIND USE USER USERS WAIT WHEN WHERE WITH XOR YIELD'.split(
    ' ',
  );
const FUNCTIONS =
  'abs avg ceil coalesce collect count elementId endNode exists floor head id isEmpty keys labels last left length log max min nodes properties rand range reduce relationships replace reverse right round size split startNode substring sum tail toBoolean toFloat toInteger toLower toString toUpper trim type'.split(
    ' ',
  );

type Offer = (names: KnownNames) => readonly string[];

/** The first that matches says what may stand at the cursor; its last group is the word. */
const PLACES: readonly (readonly [RegExp, Offer])[] = [
  [/^\s*(:[a-z]*)$/i, () => commands.map((command) => `:${command.names[0]}`)],
  [/^\s*:use\s+(\S*)$/i, ({ graphs }) => graphs],
  [/^\s*:format\s+(\S*)$/i, () => ['table', 'csv', 'json']],
  [/\bUSE\s+([\w.]*)$/i, ({ graphs }) => graphs],
  [/\bDATABASE\s+([\w.]*)$/i, ({ graphs }) => graphs],
  [/\$(\w*)$/, ({ parameters }) => parameters],
  [/\[\s*\w*\s*:(?:\s*!?\s*\w+\s*\|:?)*\s*(\w*)$/, ({ types }) => types.map(quoted)],
  [/(?:\(\s*\w*|\b\w+)\s*:(?:\s*!?\s*\w+\s*[:&|])*\s*(\w*)$/, ({ labels }) => labels.map(quoted)],
  [/\w\.(\w*)$/, ({ properties }) => properties.map(quoted)],
  [/[{,]\s*(\w+)$/, ({ properties }) => [...properties.map(quoted)]],
];

export function complete(text: string, names: KnownNames): Completion {
  for (const [place, offer] of PLACES) {
    const match = place.exec(text);
    if (match === null || isInString(text)) continue;
    const found = starting(match[1] ?? '', offer(names));
    if (found.candidates.length > 0 || !text.trimStart().startsWith(':')) {
      if (found.candidates.length > 0) return found;
    } else return found;
  }
  const word = /\w*$/.exec(text)?.[0] ?? '';
  if (word === '' || isInString(text)) return { word, candidates: [] };
  const lower = word === word.toLowerCase();
  return starting(word, [...KEYWORDS.map((keyword) => `${lower ? keyword.toLowerCase() : keyword} `), ...FUNCTIONS.map((name) => `${name}(`)]);
}

function starting(word: string, offered: readonly string[]): Completion {
  const wanted = word.toLowerCase();
  return { word, candidates: [...new Set(offered.filter((one) => one.toLowerCase().startsWith(wanted) && one !== word))].sort() };
}

function quoted(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

/** An odd number of one kind of quote is open. */
function isInString(text: string): boolean {
  let open = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (open !== '') {
      if (character === '\\') at++;
      else if (character === open) open = '';
    } else if (character === "'" || character === '"') open = character;
  }
  return open !== '';
}
