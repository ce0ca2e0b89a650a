// Every limit that has no setting of its own place, together with its unit. Relations between them
// are asserted here. Where a limit is met, the error names the constant's setting.
//
// Those in `limitSettings` can be set, once, when the process starts: they are read where they are met, by code
// that is handed no configuration. So all servers of one process share them.

import { assert } from './assert.js';

const values = {
  /** `limits.query_characters`: characters of one query text. */
  queryCharactersMax: 1_000_000,
  /** `limits.query_depth`: nesting of expressions and patterns in a query. */
  queryDepthMax: 200,
  /** `limits.query_chain`: operators of one level in a row, such as 1 + 2 + 3. */
  queryChainMax: 1000,
  /** `limits.query_labels`: label names in one label expression. */
  queryLabelsMax: 256,
  /** `limits.query_clauses`: clauses of a statement, those of all parts of a UNION together. */
  queryClausesMax: 1000,
  /**
   * `limits.query_loops`: what one query nests when it runs: pattern parts and relationships of MATCH and MERGE, UNWINDs and CALLs. Planning a
   * chain of so many relationships takes up to a second.
   */
  queryLoopsMax: 320,
  /** `limits.message_bytes`: one Bolt message, one HTTP body. */
  messageBytesMax: 16 * 1024 * 1024,
  /** One Bolt message before the client is authenticated. */
  unauthenticatedMessageBytesMax: 64 * 1024,
  /** Bookmarks in one `Causeway-Bookmark` header. */
  headerBookmarksMax: 100,
  /** `limits.value_depth`: nesting of values in a message and in a query. */
  valueDepthMax: 100,
  /** An entry of the log; a commit that encodes to more is refused (`limits.transaction_bytes`). */
  entryBytesMax: 1024 * 1024 * 16,
  /** What group commit gathers into one entry before it starts the next. */
  groupCommitBytes: 256 * 1024,
  /** Plans kept for each graph. */
  planCacheEntriesMax: 1000,
  /** Effects of a transaction that are checked, applied or encoded between turns of the event loop. */
  effectsPerPiece: 512,
  /** Bytes that are hashed between turns of the event loop. */
  bytesPerPiece: 1024 * 1024,
  /** `limits.text_characters`: of one string. */
  textCharactersMax: 32 * 1024 * 1024,
  /** `limits.list_items`: of one list. */
  listItemsMax: 10_000_000,
  /** `limits.pattern_characters`: of one regular expression. */
  patternCharactersMax: 10_000,
  /** `limits.pattern_depth`: groups and classes of a regular expression within one another. */
  patternDepthMax: 100,
  /** `limits.pattern_repetitions`: what a regular expression may count to, as in `a{1000}`. */
  patternRepetitionsMax: 1000,
  /** `limits.pattern_steps`: what a backtracking engine may try, at worst, for one text (about 2 ns each). */
  patternStepsMax: 1_000_000,
  /** `limits.pattern_time_ms`: for one text, where the steps are many or cannot be bounded. */
  patternTimeMs: 50,
  /** A time slice of a running query between turns of the event loop. */
  timeSliceMs: 2,
};

export type Limits = Readonly<typeof values>;

export const limits: Limits = values;

/** A setting `limits.…`: the limit that it sets, and between which numbers. */
export interface LimitSetting {
  readonly limit: keyof Limits;
  readonly min: number;
  readonly max: number;
}

/** By what follows `limits.` in the setting's name. Above the most of some the stack, an engine or a peer would meet its own limit first. */
export const limitSettings = {
  query_characters: { limit: 'queryCharactersMax', min: 1000, max: 16_000_000 },
  query_depth: { limit: 'queryDepthMax', min: 20, max: 300 },
  query_chain: { limit: 'queryChainMax', min: 20, max: 1000 },
  query_labels: { limit: 'queryLabelsMax', min: 1, max: 1000 },
  query_clauses: { limit: 'queryClausesMax', min: 10, max: 1000 },
  query_loops: { limit: 'queryLoopsMax', min: 10, max: 640 },
  transaction_bytes: { limit: 'entryBytesMax', min: 1024 * 1024, max: 16 * 1024 * 1024 },
  value_depth: { limit: 'valueDepthMax', min: 10, max: 200 },
  text_characters: { limit: 'textCharactersMax', min: 1000, max: 256 * 1024 * 1024 },
  list_items: { limit: 'listItemsMax', min: 1000, max: 100_000_000 },
  pattern_characters: { limit: 'patternCharactersMax', min: 10, max: 100_000 },
  pattern_depth: { limit: 'patternDepthMax', min: 10, max: 200 },
  pattern_repetitions: { limit: 'patternRepetitionsMax', min: 10, max: 1000 },
  pattern_steps: { limit: 'patternStepsMax', min: 10_000, max: 1_000_000_000 },
  pattern_time_ms: { limit: 'patternTimeMs', min: 1, max: 10_000 },
} as const satisfies Readonly<Record<string, LimitSetting>>;

export type LimitSettingName = keyof typeof limitSettings;

/** For the whole process, from now on. */
export function setLimits(chosen: Readonly<Partial<Record<LimitSettingName, number>>>): void {
  for (const [name, { limit }] of Object.entries(limitSettings) as [LimitSettingName, LimitSetting][]) values[limit] = chosen[name] ?? values[limit];
  assertRelations();
}

function assertRelations(): void {
  assert(limits.groupCommitBytes <= limits.entryBytesMax, 'an entry holds at least one group commit');
  assert(limits.unauthenticatedMessageBytesMax <= limits.messageBytesMax, 'strangers get no more than clients');
}

assertRelations();
