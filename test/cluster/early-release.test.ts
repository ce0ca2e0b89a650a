// A leadership ends before its lease does (SAFETY 27): on proof of the death of its process, or when a majority of the COREs
// cannot reach the server though the log still can. One server alone ends nothing.

import { afterEach, describe, expect, it } from 'vitest';
import { InProcessCluster, post } from '../support/in-process-cluster.js';

let cluster: InProcessCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function otherLeader(of: InProcessCluster, than: string, limitMs: number): Promise<string | undefined> {
  const endMs = performance.now() + limitMs;
  while (performance.now() < endMs) {
    const leader = of.members.find(({ name, server }) => name !== than && server.graphs.byName('neo4j')?.role === 'LEADER');
    if (leader !== undefined) return leader.name;
    await sleep(10);
  }
  return undefined;
}

describe('the session of a leader', () => {
  it('ends when its process is gone, long before its lease does', async () => {
    cluster = await InProcessCluster.start({ leaseMs: 60_000 });
    await cluster.balanced();
    const leader = await cluster.leader();
    // Its log goes on as if nothing had happened: only its connections and its listener are gone.
    await leader.network.kill();
    const startMs = performance.now();
    expect(await otherLeader(cluster, leader.name, 5000)).toBeDefined();
    console.log(`a dead process loses its leadership after ${Math.round(performance.now() - startMs)} ms of a lease of 60 s`);
  });

  it('ends when no other CORE reaches it', async () => {
    cluster = await InProcessCluster.start({ leaseMs: 60_000 });
    await cluster.balanced();
    const leader = await cluster.leader();
    for (const { name } of cluster.members) if (name !== leader.name) cluster.cables.mute(leader.name, name);
    const next = await otherLeader(cluster, leader.name, 15_000);
    expect(next).toBeDefined();
    const asked = cluster.members.find(({ name, kind }) => kind === 'CORE' && name !== leader.name);
    const answer = await post(asked?.server.http as { host: string; port: number }, 'CREATE (:Kept) RETURN 1');
    expect(answer.errors).toEqual([]);
  });

  it('goes on when a single other CORE does not reach it', async () => {
    cluster = await InProcessCluster.start({ leaseMs: 60_000 });
    await cluster.balanced();
    const leader = await cluster.leader();
    const [one] = cluster.members.filter(({ name, kind }) => kind === 'CORE' && name !== leader.name);
    cluster.cables.mute(leader.name, one?.name as string);
    expect(await otherLeader(cluster, leader.name, 6000)).toBeUndefined();
    expect(leader.server.graphs.byName('neo4j')?.role).toBe('LEADER');
  });
});
