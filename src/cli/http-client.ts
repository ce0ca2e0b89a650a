// Requests of the command to a server of the cluster.

import type { ListedServer } from './data-folder.js';

export interface GraphOnServer {
  readonly databaseName: string;
  readonly databaseStatus: {
    readonly role: 'LEADER' | 'FOLLOWER' | 'READ_REPLICA';
    readonly state: string;
    readonly lastTransaction: number;
    readonly lastAppliedRaftIndex: number;
    readonly headIndex: number;
    readonly leaderName?: string;
  };
}

function authorization(password: string): string {
  return `Basic ${Buffer.from(`neo4j:${password}`).toString('base64')}`;
}

/** undefined when the server does not answer in time. */
export async function statusOf(server: ListedServer, password: string): Promise<readonly GraphOnServer[] | undefined> {
  try {
    const response = await fetch(`http://${server.http}/dbms/cluster/status`, {
      headers: { authorization: authorization(password) },
      signal: AbortSignal.timeout(2000),
    });
    return response.ok ? ((await response.json()) as GraphOnServer[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Runs statements in one transaction each; rejects with the first error. */
export async function runStatement(
  server: ListedServer,
  password: string,
  statement: string,
  parameters: object = {},
  graph = 'neo4j',
): Promise<readonly unknown[][]> {
  const response = await fetch(`http://${server.http}/db/${graph}/tx/commit`, {
    method: 'POST',
    headers: { authorization: authorization(password), 'content-type': 'application/json' },
    body: JSON.stringify({ statements: [{ statement, parameters }] }),
  });
  const answer = (await response.json()) as { results: { data: { row: unknown[] }[] }[]; errors: { code: string; message: string }[] };
  const [error] = answer.errors;
  if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
  return (answer.results[0]?.data ?? []).map(({ row }) => row);
}
