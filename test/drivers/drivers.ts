// The official JavaScript drivers, 6 and 5, under one name each.

import neo4j, { type Config, type Driver } from 'neo4j-driver';
import neo4j5 from 'neo4j-driver5';
import type { Address } from '../../src/base/network.js';
import { PASSWORD } from '../support/in-process-cluster.js';

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
