// The extra maps of HELLO, RUN, BEGIN, PULL and ROUTE as what the layers below are asked for. Wrong types raise
// Request.Invalid that names the key.

import type { Consistency, Notification, TransactionOptions } from '../database/result.js';
import { failure } from '../errors/catalogue.js';
import type { CypherMap, Value } from '../values/value.js';
import type { BoltVersion } from '../wire/handshake.js';
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

const none: readonly string[] = [];

export function texts(value: Value | undefined, key: string): readonly string[] {
  if (value === undefined || value === null) return none;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) throw invalid(key, 'a list of strings');
  return value;
}

/** HELLO's duty from 5.3 on: the driver names itself. */
export function checkBoltAgent(extra: CypherMap): void {
  const agent = extra.get('bolt_agent');
  if (!isMap(agent) || typeof agent.get('product') !== 'string') throw invalid('bolt_agent', 'a map with the string "product"');
}

/** What a client's extra map says of its transaction; the rest is the session's to add. */
export interface ClientExtra {
  readonly database: string | undefined;
  readonly impersonated: string | undefined;
  readonly access: TransactionOptions['access'];
  readonly bookmarks: readonly string[];
  readonly timeoutMs: number;
  readonly consistency: Consistency;
  /** False where the client itself asks not to be routed. */
  readonly mayRoute: boolean;
}

export function clientExtra(extra: CypherMap): ClientExtra {
  const mode = optionalText(extra, 'mode');
  if (mode !== undefined && mode !== 'r' && mode !== 'w') throw invalid('mode', '"r" or "w"');
  const timeoutMs = optionalNumber(extra, 'tx_timeout') ?? 0;
  if (timeoutMs < 0) throw invalid('tx_timeout', 'a number of milliseconds');
  return {
    database: optionalText(extra, 'db'),
    impersonated: optionalText(extra, 'imp_user'),
    access: mode === 'r' ? 'READ' : 'WRITE',
    bookmarks: texts(extra.get('bookmarks'), 'bookmarks'),
    timeoutMs,
    ...wishes(extra.get('tx_metadata') ?? null),
  };
}

const ordinary: { readonly consistency: Consistency; readonly mayRoute: boolean } = { consistency: 'bookmark', mayRoute: true };

/** `causeway_consistency` and `causeway_routing` in the transaction's metadata: what HTTP says in headers. */
function wishes(metadata: Value): typeof ordinary {
  if (metadata === null) return ordinary;
  if (!isMap(metadata)) throw invalid('tx_metadata', 'a map');
  const consistency = optionalText(metadata, 'causeway_consistency') ?? 'bookmark';
  if (consistency !== 'eventual' && consistency !== 'bookmark' && consistency !== 'linearizable') {
    throw invalid('causeway_consistency', '"eventual", "bookmark" or "linearizable"');
  }
  const routing = optionalText(metadata, 'causeway_routing') ?? 'on';
  if (routing !== 'on' && routing !== 'off') throw invalid('causeway_routing', '"on" or "off"');
  return { consistency, mayRoute: routing === 'on' };
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

/** `outer` with what `extra` says instead. Categories are called classifications from 5.6 on. */
export function notificationFilter(extra: CypherMap, outer: NotificationFilter, version: BoltVersion): NotificationFilter {
  if (!version.notificationFilter) return outer;
  const key = version.statuses ? 'notifications_disabled_classifications' : 'notifications_disabled_categories';
  const severity = optionalText(extra, 'notifications_minimum_severity');
  const disabled = extra.get(key) ?? null;
  if (severity === undefined && disabled === null) return outer;
  if (severity !== undefined && severity !== 'INFORMATION' && severity !== 'WARNING' && severity !== 'OFF') {
    throw invalid('notifications_minimum_severity', '"INFORMATION", "WARNING" or "OFF"');
  }
  return {
    minimumSeverity: severity ?? outer.minimumSeverity,
    disabledCategories: disabled === null ? outer.disabledCategories : new Set(texts(disabled, key)),
  };
}

export function isWanted(notification: Notification, filter: NotificationFilter): boolean {
  if (filter.minimumSeverity === 'OFF' || filter.disabledCategories.has(notification.category)) return false;
  return filter.minimumSeverity === 'INFORMATION' || notification.severity === 'WARNING';
}
