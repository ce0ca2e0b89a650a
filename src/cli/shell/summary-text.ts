// What the shell says below a result: rows and time, what changed, warnings, and the plan of EXPLAIN.

import { CypherFloat, type Row } from '../../values/value.js';
import type { WireCounters, WireNotification, WirePlan } from '../../wire/summary.js';
import { harmless } from './cells.js';

const changes: Readonly<Record<keyof WireCounters, readonly [string, string]>> = {
  nodesCreated: ['added', 'node'],
  nodesDeleted: ['deleted', 'node'],
  relationshipsCreated: ['added', 'relationship'],
  relationshipsDeleted: ['deleted', 'relationship'],
  propertiesSet: ['set', 'property'],
  labelsAdded: ['added', 'label'],
  labelsRemoved: ['removed', 'label'],
  indexesAdded: ['added', 'index'],
  indexesRemoved: ['removed', 'index'],
  constraintsAdded: ['added', 'constraint'],
  constraintsRemoved: ['removed', 'constraint'],
  systemUpdates: ['made', 'system update'],
};

/** `1 row`, `2 properties`, `3 indexes`. */
export function counted(count: number, word: string): string {
  if (count === 1) return `1 ${word}`;
  if (word.endsWith('y')) return `${count} ${word.slice(0, -1)}ies`;
  return `${count} ${word}${word.endsWith('x') ? 'es' : 's'}`;
}

/** `3 ms`, `1.25 s`. */
export function timeText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `2 rows, 3 ms`; `Added 1 node, set 2 properties; 3 ms` for a statement without columns; both where both are there. */
export function summaryLine(rowCount: number | undefined, counters: WireCounters, ms: number): string {
  const made = Object.entries(changes).flatMap(([name, [verb, word]]) => {
    const count = counters[name as keyof WireCounters];
    return count === 0 ? [] : [`${verb} ${counted(count, word)}`];
  });
  const changed = made.length === 0 ? '' : sentence(made.join(', '));
  if (rowCount === undefined) return `${changed === '' ? 'No changes' : changed}; ${timeText(ms)}`;
  return `${counted(rowCount, 'row')}, ${timeText(ms)}${changed === '' ? '' : `\n${changed}`}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function notificationText({ severity, title, description, position }: WireNotification): string {
  const place = position === undefined ? '' : ` (line ${position.line}, column ${position.column})`;
  return harmless(`${severity === 'WARNING' ? 'Warning' : 'Note'}: ${title.replace(/\.$/, '')}. ${description}${place}`);
}

const PLAN_FIELDS = ['operator', 'details', 'estimated rows'] as const;
const PROFILE_FIELDS = [...PLAN_FIELDS, 'rows', 'hits', 'time (ms)'] as const;

/** Columns of `planRows`. */
export function planFields({ profile }: WirePlan): readonly string[] {
  return profile === undefined ? PLAN_FIELDS : PROFILE_FIELDS;
}

/** The plan as rows: below each operator the ones that feed it, inputs beside the first on branches of their own. */
export function planRows(plan: WirePlan): readonly Row[] {
  const branch = (node: WirePlan, indent: string): readonly Row[] => {
    const estimate = node.arguments.get('EstimatedRows');
    const details = node.arguments.get('Details');
    const own: Row = [
      `${indent}${node.operatorType.split('@')[0]}`,
      typeof details === 'string' ? details : '',
      estimate instanceof CypherFloat ? Math.round(estimate.value) : null,
      ...(node.profile === undefined ? [] : [node.profile.rows, node.profile.hits, new CypherFloat(Math.round(node.profile.timeMs * 1000) / 1000)]),
    ];
    return [
      own,
      ...[...node.children.slice(1)].reverse().flatMap((child) => branch(child, `${indent}│ `)),
      ...node.children.slice(0, 1).flatMap((child) => branch(child, indent)),
    ];
  };
  return branch(plan, '');
}
