// The extra maps of RUN, BEGIN, PULL and ROUTE as what the layers below are asked for. Wrong types raise
// Request.Invalid that names the key.

import type { Notification, TransactionOptions } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { CypherMap, Value } from '../values/value.js';
import { isMap } from '../wire/messages.js';

function invalid(key: string, expected: string): Error {
  return failure('requestInvalid', `Illegal value for field "${key}": ${expected} expected.`);
}

export function optionalText(map: CypherMap, key: string): string | undefined {
  const value = map.get(key) ?? null;
  if (value === null) return undefined;
  if (typeof value !== 'string') throw invalid(key, 'a string');
  return value;
}

export function optionalNumber(map: CypherMap, key: string): number | undefined {
  const value = map.get(key) ?? null;
  if (value === null) return undefined;
  if (typeof value !== 'number') throw invalid(key, 'an integer');
  return value;
}

export function optionalTexts(map: CypherMap, key: string): readonly string[] {
  const value: Value = map.get(key) ?? null;
  if (value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw invalid(key, 'a list of strings');
  return value;
}

/** What a client's extra map says of its transaction; the rest is the session's to add. */
export interface ClientExtra {
  readonly database: string | undefined;
  readonly access: TransactionOptions['access'];
  readonly bookmarks: readonly string[];
  readonly timeoutMs: number;
}

export function clientExtra(extra: CypherMap): ClientExtra {
  const mode = optionalText(extra, 'mode');
  if (mode !== undefined && mode !== 'r' && mode !== 'w') throw invalid('mode', '"r" or "w"');
  if (optionalText(extra, 'imp_user') !== undefined) throw failure('forbidden', 'Impersonation (imp_user) is not supported.');
  const metadata = extra.get('tx_metadata') ?? null;
  if (metadata !== null && !isMap(metadata)) throw invalid('tx_metadata', 'a map');
  const timeoutMs = optionalNumber(extra, 'tx_timeout') ?? 0;
  if (timeoutMs < 0) throw invalid('tx_timeout', 'a number of milliseconds');
  return {
    database: optionalText(extra, 'db'),
    access: mode === 'r' ? 'READ' : 'WRITE',
    bookmarks: optionalTexts(extra, 'bookmarks'),
    timeoutMs,
  };
}

/** `{n, qid}` of PULL and DISCARD. `count` is Infinity for all rows; `queryId` −1 for the last statement. */
export function rowRange(extra: CypherMap): { readonly count: number; readonly queryId: number } {
  const count = optionalNumber(extra, 'n');
  if (count === undefined || (count !== -1 && count < 1)) throw invalid('n', 'a positive integer or -1');
  return { count: count === -1 ? Number.POSITIVE_INFINITY : count, queryId: optionalNumber(extra, 'qid') ?? -1 };
}

/** Which notifications a client wants (Bolt 5.2). */
export interface NotificationFilter {
  readonly minimumSeverity: 'INFORMATION' | 'WARNING' | 'OFF';
  readonly disabledCategories: ReadonlySet<string>;
}

export const allNotifications: NotificationFilter = { minimumSeverity: 'INFORMATION', disabledCategories: new Set() };

/** `outer` with what `extra` says instead. */
export function notificationFilter(extra: CypherMap, outer: NotificationFilter): NotificationFilter {
  const severity = optionalText(extra, 'notifications_minimum_severity');
  if (severity !== undefined && severity !== 'INFORMATION' && severity !== 'WARNING' && severity !== 'OFF') {
    throw invalid('notifications_minimum_severity', '"INFORMATION", "WARNING" or "OFF"');
  }
  const categories = extra.has('notifications_disabled_categories')
    ? new Set(optionalTexts(extra, 'notifications_disabled_categories'))
    : outer.disabledCategories;
  return { minimumSeverity: severity ?? outer.minimumSeverity, disabledCategories: categories };
}

export function isWanted(notification: Notification, filter: NotificationFilter): boolean {
  if (filter.minimumSeverity === 'OFF' || filter.disabledCategories.has(notification.category)) return false;
  return filter.minimumSeverity === 'INFORMATION' || notification.severity === 'WARNING';
}
