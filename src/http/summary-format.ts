// What stands beside the rows: counters, notifications and plans, in the words of each of the two APIs.

import type { Notification, PlanDescription } from '../database/result.js';
import type { Counters } from '../graph/writer.js';
import { mapText, type ValueText } from './json-out.js';

/** Query API: camelCase. */
export function countersText(counters: Counters): string {
  const { systemUpdates, ...updates } = counters;
  return JSON.stringify({
    containsUpdates: containsUpdates(counters),
    ...updates,
    containsSystemUpdates: systemUpdates > 0,
    systemUpdates,
  });
}

/** Legacy API: snake_case, with Neo4j's own `relationship_deleted`. */
export function legacyStatsText(counters: Counters): string {
  return JSON.stringify({
    contains_updates: containsUpdates(counters),
    nodes_created: counters.nodesCreated,
    nodes_deleted: counters.nodesDeleted,
    properties_set: counters.propertiesSet,
    relationships_created: counters.relationshipsCreated,
    relationship_deleted: counters.relationshipsDeleted,
    labels_added: counters.labelsAdded,
    labels_removed: counters.labelsRemoved,
    indexes_added: counters.indexesAdded,
    indexes_removed: counters.indexesRemoved,
    constraints_added: counters.constraintsAdded,
    constraints_removed: counters.constraintsRemoved,
    contains_system_updates: counters.systemUpdates > 0,
    system_updates: counters.systemUpdates,
  });
}

function containsUpdates({ systemUpdates: _, ...updates }: Counters): boolean {
  return Object.values(updates).some((count) => count > 0);
}

export function notificationsText(notifications: readonly Notification[]): string {
  return JSON.stringify(
    notifications.map(({ code, title, description, severity, category, position }) => ({
      code,
      title,
      description,
      severity,
      category,
      ...(position === undefined ? {} : { position }),
    })),
  );
}

export function planText(plan: PlanDescription, text: ValueText): string {
  const { profile } = plan;
  const did =
    profile === undefined
      ? ''
      : `"dbHits":${profile.hits},"records":${profile.rows},"hasPageCacheStats":false,"pageCacheHits":0,"pageCacheMisses":0,"pageCacheHitRatio":0.0,"time":${Math.round(profile.timeMs * 1e6)},`;
  return (
    `{${did}"operatorType":${JSON.stringify(plan.operatorType)},"arguments":${mapText(plan.arguments, text)},` +
    `"identifiers":${JSON.stringify(plan.identifiers)},"children":[${plan.children.map((child) => planText(child, text)).join(',')}]}`
  );
}

/** The arguments stand among the other keys. */
export function legacyPlanText(plan: PlanDescription, text: ValueText): string {
  return `{"root":${legacyOperatorText(plan, text)}}`;
}

function legacyOperatorText(plan: PlanDescription, text: ValueText): string {
  const flattened = mapText(plan.arguments, text).slice(1, -1);
  return (
    `{"operatorType":${JSON.stringify(plan.operatorType)},"identifiers":${JSON.stringify(plan.identifiers)},` +
    `"children":[${plan.children.map((child) => legacyOperatorText(child, text)).join(',')}]${flattened === '' ? '' : `,${flattened}`}}`
  );
}
