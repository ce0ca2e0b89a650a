// Health and status for load balancers and people: Neo4j's paths, words and statuses, and beside them the leader by
// name and address. A quarantined graph is not available here.

import type { FastifyReply } from 'fastify';
import { unreachable } from '../base/assert.js';
import { formatAddress } from '../base/network.js';
import type { ClusterView, GraphStatus } from '../cluster/view.js';
import { codes, databaseNotFound } from '../errors/catalogue.js';
import { CausewayError } from '../errors/error.js';
import type { Gateway } from '../targets/gateway.js';

export type HealthQuestion = 'writable' | 'read-only' | 'available';

export const healthQuestions: readonly HealthQuestion[] = ['writable', 'read-only', 'available'];

/** 200 `true`, or 404 `false`; 404 `false` too where the graph is not on this server, or nowhere. */
export async function answerHealth(question: HealthQuestion, name: string, gateway: Gateway, reply: FastifyReply): Promise<FastifyReply> {
  const graph = gateway.cluster.graph(await resolved(name, gateway));
  const yes = graph !== undefined && graph.state === 'online' && holds(question, graph);
  return reply
    .code(yes ? 200 : 404)
    .type('text/plain')
    .send(String(yes));
}

async function resolved(name: string, gateway: Gateway): Promise<string> {
  try {
    return await gateway.resolve(name);
  } catch (error) {
    if (error instanceof CausewayError && error.code === codes.databaseNotFound.code) return name;
    throw error;
  }
}

function holds(question: HealthQuestion, graph: GraphStatus): boolean {
  switch (question) {
    case 'writable':
      return graph.role === 'LEADER';
    case 'read-only':
      return graph.role !== 'LEADER';
    case 'available':
      return true;
    default:
      return unreachable(question);
  }
}

/** Raises DatabaseNotFound for a graph that is not on this server. */
export async function graphStatusBody(name: string, gateway: Gateway): Promise<object> {
  const resolved = await gateway.resolve(name);
  const graph = gateway.cluster.graph(resolved);
  if (graph === undefined) throw databaseNotFound(resolved);
  return statusBody(graph, gateway.cluster);
}

export function combinedStatusBody(cluster: ClusterView): readonly object[] {
  return cluster.graphs().map((graph) => ({
    databaseName: graph.name,
    databaseUuid: graph.id,
    databaseStatus: statusBody(graph, cluster),
  }));
}

function statusBody(graph: GraphStatus, cluster: ClusterView): object {
  const servers = cluster.servers();
  const leader = servers.find((server) => server.name === graph.leader) ?? (cluster.self.name === graph.leader ? cluster.self : undefined);
  const healthy = graph.state === 'online';
  const core = cluster.self.kind === 'CORE';
  return {
    lastAppliedRaftIndex: graph.lastIndex,
    votingMembers: servers.filter((server) => server.kind === 'CORE').map((server) => server.id),
    memberId: cluster.self.id,
    ...(leader === undefined ? {} : { leader: leader.id }),
    millisSinceLastLeaderMessage: graph.millisSinceLeaderMessage,
    participatingInRaftGroup: core && healthy,
    core,
    // Neo4j writes one spelling here and the other there; clients find both in both.
    isHealthy: healthy,
    healthy,
    role: graph.role,
    state: graph.state,
    ...(graph.stateReason === '' ? {} : { stateReason: graph.stateReason }),
    term: graph.term,
    lastTransaction: graph.lastTransaction,
    headIndex: graph.headIndex,
    memberName: cluster.self.name,
    ...(graph.leader === undefined ? {} : { leaderName: graph.leader }),
    ...(leader === undefined ? {} : { leaderAddress: { bolt: formatAddress(leader.bolt), http: formatAddress(leader.http) } }),
  };
}
