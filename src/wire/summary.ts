// A statement's summary as the metadata of Bolt's last SUCCESS, both ways. The shape is the one that the
// layers above have, spelled out here because they lie above.

import type { Position } from '../errors/error.js';
import { CypherFloat, type CypherMap, type Value } from '../values/value.js';
import { isMap, mapOf, positionMap, positionOf } from './messages.js';

const counterKeys = {
  nodesCreated: 'nodes-created',
  nodesDeleted: 'nodes-deleted',
  relationshipsCreated: 'relationships-created',
  relationshipsDeleted: 'relationships-deleted',
  propertiesSet: 'properties-set',
  labelsAdded: 'labels-added',
  labelsRemoved: 'labels-removed',
  indexesAdded: 'indexes-added',
  indexesRemoved: 'indexes-removed',
  constraintsAdded: 'constraints-added',
  constraintsRemoved: 'constraints-removed',
  systemUpdates: 'system-updates',
} as const;

type CounterName = keyof typeof counterKeys;
const counterNames = Object.keys(counterKeys) as readonly CounterName[];

export type WireCounters = { -readonly [Name in CounterName]: number };

export interface WireNotification {
  readonly code: string;
  readonly gqlStatus: string;
  readonly title: string;
  readonly description: string;
  readonly severity: 'WARNING' | 'INFORMATION';
  readonly category: string;
  readonly position: Position | undefined;
}

export interface WirePlan {
  readonly operatorType: string;
  readonly arguments: ReadonlyMap<string, Value>;
  readonly identifiers: readonly string[];
  readonly children: readonly WirePlan[];
  /** Of PROFILE: rows, what was looked at, and the time of each operator. */
  readonly profile?: { readonly rows: number; readonly hits: number; readonly timeMs: number };
}

export interface WireSummary {
  readonly database: string;
  readonly type: 'r' | 'rw' | 'w' | 's';
  readonly counters: WireCounters;
  readonly plan: WirePlan | undefined;
  readonly notifications: readonly WireNotification[];
  readonly bookmark: string | undefined;
  readonly availableAfterMs: number;
  readonly consumedAfterMs: number;
}

/** What the rows of a result were, for its GQL status. `some` where nobody counted. */
export interface Outcome {
  readonly hasColumns: boolean;
  readonly rows: 'some' | 'none';
}

/**
 * Metadata of the last SUCCESS; zero counters are left out, `stats` too when nothing was counted. With an outcome
 * the notifications are GQL status objects (Bolt 5.6).
 */
export function encodeSummary(summary: WireSummary, outcome?: Outcome): CypherMap {
  const counters = encodeCounters(summary.counters);
  const { notifications } = summary;
  return mapOf({
    bookmark: summary.bookmark,
    type: summary.type,
    t_last: Math.round(summary.consumedAfterMs),
    stats: counters.size === 0 ? undefined : counters,
    plan: summary.plan === undefined || summary.plan.profile !== undefined ? undefined : encodePlan(summary.plan),
    profile: summary.plan?.profile === undefined ? undefined : encodePlan(summary.plan),
    notifications: outcome !== undefined || notifications.length === 0 ? undefined : notifications.map(encodeNotification),
    statuses: outcome === undefined ? undefined : statusesOf(outcome, notifications),
    db: summary.database,
  });
}

function encodeCounters(counters: WireCounters): CypherMap {
  const map = new Map<string, Value>();
  for (const name of counterNames) if (counters[name] > 0) map.set(counterKeys[name], counters[name]);
  if (map.size === 0) return map;
  if (counters.systemUpdates > 0) map.set('contains-system-updates', true);
  if (map.size > (counters.systemUpdates > 0 ? 2 : 0)) map.set('contains-updates', true);
  return map;
}

function encodePlan(plan: WirePlan): CypherMap {
  const { operatorType, identifiers, profile } = plan;
  return mapOf({
    operatorType,
    args: new Map(plan.arguments),
    identifiers,
    children: plan.children.map(encodePlan),
    ...(profile === undefined ? {} : encodeProfile(profile)),
  });
}

/** Pages are never read from a disk here. Time is in nanoseconds. */
function encodeProfile({ rows, hits, timeMs }: NonNullable<WirePlan['profile']>) {
  return { dbHits: hits, rows, time: Math.round(timeMs * 1e6), pageCacheHits: 0, pageCacheMisses: 0, pageCacheHitRatio: new CypherFloat(0) };
}

function encodeNotification(notification: WireNotification): CypherMap {
  const { code, gqlStatus, title, description, severity, category, position } = notification;
  return mapOf({ code, gql_status: gqlStatus, title, description, severity, category, position: position === undefined ? undefined : positionMap(position) });
}

// In GQL's order of precedence: no data, warning, successful completion, information.
function statusesOf(outcome: Outcome, notifications: readonly WireNotification[]): readonly CypherMap[] {
  const statuses = notifications.map(encodeStatus);
  const warnings = statuses.filter((_, index) => notifications[index]?.severity === 'WARNING');
  const information = statuses.filter((_, index) => notifications[index]?.severity !== 'WARNING');
  if (outcome.hasColumns && outcome.rows === 'none') return [noData, ...warnings, ...information];
  return [...warnings, outcome.hasColumns ? success : omittedResult, ...information];
}

const success = mapOf({ gql_status: '00000', status_description: 'note: successful completion' });
const omittedResult = mapOf({ gql_status: '00001', status_description: 'note: successful completion - omitted result' });
const noData = mapOf({ gql_status: '02000', status_description: 'note: no data' });

function encodeStatus(notification: WireNotification): CypherMap {
  const { code, gqlStatus, title, description, severity, category, position } = notification;
  return mapOf({
    gql_status: gqlStatus,
    status_description: `${severity === 'WARNING' ? 'warn' : 'info'}: ${title.replace(/\.$/, '')}. ${description}`,
    neo4j_code: code,
    title,
    description,
    diagnostic_record: mapOf({
      OPERATION: '',
      OPERATION_CODE: '0',
      CURRENT_SCHEMA: '/',
      _severity: severity,
      _classification: category,
      _position: position === undefined ? undefined : positionMap(position),
    }),
  });
}

/** `availableAfterMs` comes with the answer to RUN, so the caller gives it. */
export function decodeSummary(metadata: CypherMap, availableAfterMs = 0): WireSummary {
  const type = metadata.get('type');
  const bookmark = metadata.get('bookmark');
  const plan = metadata.get('profile') ?? metadata.get('plan');
  const statuses = metadata.get('statuses');
  const notifications = Array.isArray(statuses) ? statuses.filter(isMap).flatMap(notificationOf) : list(metadata.get('notifications')).filter(isMap);
  return {
    database: text(metadata.get('db')),
    type: type === 'w' || type === 'rw' || type === 's' ? type : 'r',
    counters: decodeCounters(metadata.get('stats')),
    plan: isMap(plan) ? decodePlan(plan) : undefined,
    notifications: notifications.map(decodeNotification),
    bookmark: typeof bookmark === 'string' ? bookmark : undefined,
    availableAfterMs,
    consumedAfterMs: number(metadata.get('t_last')),
  };
}

function text(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

function number(value: Value | undefined): number {
  return typeof value === 'number' ? value : 0;
}

function list(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}

function decodeCounters(value: Value | undefined): WireCounters {
  const counters = Object.fromEntries(counterNames.map((name) => [name, isMap(value) ? number(value.get(counterKeys[name])) : 0]));
  return counters as WireCounters;
}

function decodePlan(map: CypherMap): WirePlan {
  const args = map.get('args');
  return {
    operatorType: text(map.get('operatorType')),
    arguments: isMap(args) ? args : new Map(),
    identifiers: list(map.get('identifiers')).map(text),
    children: list(map.get('children')).filter(isMap).map(decodePlan),
    ...(map.has('dbHits') ? { profile: { rows: number(map.get('rows')), hits: number(map.get('dbHits')), timeMs: number(map.get('time')) / 1e6 } } : {}),
  };
}

/** A status with a Neo4j code is a notification. */
function notificationOf(status: CypherMap): readonly CypherMap[] {
  const record = status.get('diagnostic_record');
  if (!status.has('neo4j_code') || !isMap(record)) return [];
  const [code, severity, category, position] = [status.get('neo4j_code'), record.get('_severity'), record.get('_classification'), record.get('_position')];
  return [new Map([...status, ...mapOf({ code, severity, category, position })])];
}

function decodeNotification(map: CypherMap): WireNotification {
  return {
    code: text(map.get('code')),
    gqlStatus: text(map.get('gql_status')),
    title: text(map.get('title')),
    description: text(map.get('description')),
    severity: map.get('severity') === 'WARNING' ? 'WARNING' : 'INFORMATION',
    category: text(map.get('category')),
    position: positionOf(map.get('position')),
  };
}
