// Every limit that has no setting of its own place, together with its unit. Relations between them
// are asserted here. Where a limit is met, the error names the constant's setting.

import { assert } from './assert.js';

export const limits = {
  /** `limits.query_characters`: characters of one query text. */
  queryCharactersMax: 1_000_000,
  /** Nesting of expressions and patterns in a query. */
  queryDepthMax: 200,
  /** Operators of one level in a row, such as 1 + 2 + 3. */
  queryChainMax: 1000,
  /** Label names in one label expression. */
  queryLabelsMax: 256,
  /** Clauses of a statement, those of all parts of a UNION together. */
  queryClausesMax: 1000,
  /**
   * What one query nests when it runs: pattern parts and relationships of MATCH and MERGE, UNWINDs and CALLs. Planning a
   * chain of so many relationships takes up to a second.
   */
  queryLoopsMax: 320,
  /** `limits.message_bytes`: one Bolt message, one HTTP body. */
  messageBytesMax: 16 * 1024 * 1024,
  /** One Bolt message before the client is authenticated. */
  unauthenticatedMessageBytesMax: 64 * 1024,
  /** Bookmarks in one `Causeway-Bookmark` header. */
  headerBookmarksMax: 100,
  /** Nesting of values in a message. */
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
} as const;

assert(limits.groupCommitBytes <= limits.entryBytesMax, 'an entry holds at least one group commit');
assert(limits.unauthenticatedMessageBytesMax <= limits.messageBytesMax, 'strangers get no more than clients');
