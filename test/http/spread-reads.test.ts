// Reads that arrive at a busy leader go to readers, and never see less than they would have seen there.

import neo4j from 'neo4j-driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/base/network.js';
import { holdBack } from '../support/held-back.js';
import { http } from '../support/http-client.js';
import { type ClusterMember, InProcessCluster, PASSWORD } from '../support/in-process-cluster.js';

let cluster: InProcessCluster;
let leader: ClusterMember;
let busy: boolean;
/** Names of the servers that ran a statement, in order. */
let ran: string[];

async function start(settings: object = {}): Promise<void> {
  cluster = await InProcessCluster.start({ isBusy: () => busy, settings });
  await cluster.balanced();
  leader = await cluster.leader();
  const { bookmarks } = await query('UNWIND range(1, 6000) AS n CREATE (:Many {n: n})');
  for (const { server } of cluster.members) await http(server.http, 'POST', '/db/neo4j/query/v2', { statement: 'RETURN 1', bookmarks });
  ran = [];
  for (const member of cluster.members) watch(member);
}

function watch(member: ClusterMember): void {
  const database = member.server.graphs.byName('neo4j');
  if (database === undefined) throw new Error('no graph');
  const { run } = database;
  database.run = (...given) => {
    ran.push(member.name);
    return run.apply(database, given);
  };
}

const query = async (statement: string, headers: Record<string, string> = {}) =>
  (await http(leader.server.http, 'POST', '/db/neo4j/query/v2', { statement }, headers)).body;
const large = 'MATCH (n:Many) RETURN sum(n.n) AS sum, count(n) AS count';

beforeEach(async () => {
  busy = true;
  await start();
}, 30_000);
afterEach(() => cluster.stop());

describe('a busy leader', () => {
  it('gives large reads to every reader in turn, of both doors', async () => {
    const driver = neo4j.driver(`bolt://${formatAddress(leader.server.bolt)}`, neo4j.auth.basic('neo4j', PASSWORD), { disableLosslessIntegers: true });
    for (let round = 0; round < 3; round++) expect((await query(large)).data.values).toEqual([[18_003_000, 6000]]);
    const session = driver.session();
    for (let round = 0; round < 3; round++) expect((await session.run(large)).records[0]?.get('count')).toBe(6000);
    await session.close();
    await driver.close();
    expect(new Set(ran)).toEqual(new Set(cluster.members.filter((member) => member !== leader).map(({ name }) => name)));
    expect(ran).toHaveLength(6);
  });

  it('streams them, with their bookmark', async () => {
    const { data, bookmarks } = await query('MATCH (n:Many) RETURN n ORDER BY n.n');
    expect(data.values).toHaveLength(6000);
    expect(bookmarks).toHaveLength(1);
    expect(ran).not.toContain(leader.name);
  });

  it('shows what it has itself, though no reader has it yet', async () => {
    const releases = cluster.members.filter((member) => member !== leader).map((member) => holdBack(member));
    for (let round = 1; round <= 3; round++) {
      await query('CREATE (:Many {n: 0})');
      ran.length = 0;
      expect((await query(large)).data.values).toEqual([[18_003_000, 6000 + round]]);
      expect(ran).toHaveLength(2);
      expect(ran[1]).toBe(leader.name);
    }
    expect((await query(large, { 'causeway-consistency': 'eventual' })).data.values).toEqual([[18_003_000, 6000]]);
    for (const release of releases) release();
  });

  it('does by itself what is small, what writes, what must be linearizable, and what may not be passed on', async () => {
    await query('RETURN 1');
    await query('MATCH (n:Many) SET n.seen = true');
    await query(large, { 'causeway-consistency': 'linearizable' });
    await query(large, { 'causeway-routing': 'off' });
    expect(new Set(ran)).toEqual(new Set([leader.name]));
  });

  it('loses no read with a reader that dies', async () => {
    const reader = cluster.members.find((member) => member !== leader) as ClusterMember;
    await query(large);
    await cluster.kill(reader);
    for (let round = 0; round < 4; round++) expect((await query(large)).data.values).toEqual([[18_003_000, 6000]]);
  });

  it('gives errors of the read as themselves', async () => {
    expect((await query('MATCH (n:Many) RETURN n.n / 0')).errors[0]?.code).toBe('Neo.ClientError.Statement.ArithmeticError');
    expect(ran).toHaveLength(1);
  });
});

describe('a leader', () => {
  it('that is not busy reads by itself', async () => {
    busy = false;
    await query(large);
    expect(ran).toEqual([leader.name]);
  });

  it('is left alone where routing.spread_reads is off', async () => {
    await cluster.stop();
    await start({ routing: { spread_reads: false } });
    await query(large);
    expect(ran).toEqual([leader.name]);
  });
});
