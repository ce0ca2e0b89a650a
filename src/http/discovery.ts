// `GET /`: where everything is, under the host that the client used (or the one that a proxy in front says it used).

import type { FastifyRequest } from 'fastify';
import { formatAddress } from '../base/network.js';
import { clientBase } from './client-base.js';
import type { HttpSettings } from './http-context.js';

/** What drivers and tools take this server for. */
export const neo4jVersion = '5.26.0';

export function discoveryBody(request: FastifyRequest, settings: HttpSettings): object {
  const base = clientBase(request);
  const http = base.origin;
  const bolt = settings.boltAdvertised === undefined ? `${base.hostname}:${settings.boltPort}` : formatAddress(settings.boltAdvertised);
  return {
    bolt_routing: `neo4j://${bolt}`,
    query: `${http}/db/{databaseName}/query/v2`,
    'dbms/cluster': `${http}/dbms/cluster`,
    'db/cluster': `${http}/db/{databaseName}/cluster`,
    transaction: `${http}/db/{databaseName}/tx`,
    bolt_direct: `bolt://${bolt}`,
    neo4j_version: neo4jVersion,
    neo4j_edition: 'enterprise',
    auth_config: { oidc_providers: [] },
    causeway: { version: settings.version },
  };
}
