// The official JavaScript drivers, 6 and 5, under one name each.

import neo4j, { type Config, type Driver } from 'neo4j-driver';
import neo4j5 from 'neo4j-driver5';
import type { Address } from '../../src/base/network.js';
import { type InProcessCluster, PASSWORD } from '../support/in-process-cluster.js';

export type Neo4j = typeof neo4j;

/** Driver 5 has the same interface where these tests use it. */
export const drivers: readonly (readonly [string, Neo4j])[] = [
  ['6', neo4j],
  ['5', neo4j5 as unknown as Neo4j],
];

export const schemes = ['neo4j', 'bolt'] as const;

export function open(library: Neo4j, scheme: string, address: Address, config: Config = {}, user = 'neo4j', password = PASSWORD): Driver {
  return library.driver(`${scheme}://127.0.0.1:${address.port}`, library.auth.basic(user, password), config);
}

/** Waits until the leaders of `system` and `neo4j` are on servers of their own: from then on balancing moves nothing. */
export async function balanced(cluster: InProcessCluster): Promise<InProcessCluster> {
  if (cluster.members.filter(({ kind }) => kind === 'CORE').length < 2) return cluster;
  for (let tries = 0; tries < 500; tries++) {
    if ((await cluster.leader('system')) !== (await cluster.leader('neo4j'))) return cluster;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the leaders are not balanced');
}
