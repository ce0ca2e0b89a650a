// Tables for the terminal: plain lines, colour only where somebody looks.

import Table from 'cli-table3';
import type { ListedServer } from './data-folder.js';
import type { GraphOnServer } from './http-client.js';

const plain = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const style = { head: [], border: [], 'padding-left': 0, 'padding-right': 0 };
  const made = new Table({ head: head.map((word) => (process.stdout.isTTY ? `\x1b[1m${word}\x1b[0m` : word)), chars: plain, style });
  made.push(...rows.map((row) => [...row]));
  return made.toString().replaceAll(/[ \t]+$/gm, '');
}

/** Boxed, for rows of a query. */
export function rowTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const made = new Table({ head: [...head], chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }, style: { head: [], border: [] } });
  made.push(...rows.map((row) => [...row]));
  return made.toString();
}

/** With more graphs than this they have lines of their own. */
const GRAPHS_BESIDE_MAX = 3;

/** One line for each server; for each graph role, last transaction and lag. */
export function serverTable(servers: readonly ListedServer[], statuses: readonly (readonly GraphOnServer[] | undefined)[], pids: boolean): string {
  const graphs = [...new Set(statuses.flatMap((status) => (status ?? []).map((graph) => graph.databaseName)))];
  const beside = graphs.length <= GRAPHS_BESIDE_MAX;
  const cell = (server: number, name: string) => {
    const status = statuses[server];
    return status === undefined ? 'no answer' : graphCell(status.find((graph) => graph.databaseName === name));
  };
  const rows = servers.map((server, index) => [
    server.name,
    server.kind,
    ...(pids ? [statuses[index] === undefined ? '-' : String(server.pid)] : []),
    `bolt://${server.bolt}`,
    `http://${server.http}`,
    ...(beside ? graphs.map((name) => cell(index, name)) : [countCell(statuses[index])]),
  ]);
  const head = ['SERVER', 'KIND', ...(pids ? ['PID'] : []), 'BOLT', 'HTTP', ...(beside ? graphs.map((name) => name.toUpperCase()) : ['GRAPHS'])];
  if (beside) return table(head, rows);
  const byGraph = graphs.map((name) => [name, ...servers.map((_, index) => cell(index, name))]);
  return `${table(head, rows)}\n\n${table(['GRAPH', ...servers.map((server) => server.name.toUpperCase())], byGraph)}`;
}

function countCell(status: readonly GraphOnServer[] | undefined): string {
  if (status === undefined) return 'no answer';
  return `leads ${status.filter((graph) => graph.databaseStatus.role === 'LEADER').length} of ${status.length}`;
}

function graphCell(graph: GraphOnServer | undefined): string {
  if (graph === undefined) return '-';
  const { role, state, lastTransaction, headIndex, lastAppliedRaftIndex } = graph.databaseStatus;
  const lag = Math.max(0, headIndex - lastAppliedRaftIndex);
  return state === 'online' ? `${role} tx ${lastTransaction} lag ${lag}` : `${state} tx ${lastTransaction}`;
}
