// `causeway cluster recover`: when a majority of etcd's voters is lost for good, a cluster goes on from what one survivor has. Without
// --yes it only says what that is, from a copy. docs/etcd.md has the steps.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { systemClock } from '../base/clock.js';
import { inPieces } from '../base/pieces.js';
import { randomId, systemRandom } from '../base/random.js';
import { readCatalogue, SYSTEM_GRAPH_ID } from '../database/catalogue.js';
import { Replica } from '../database/replica.js';
import { decodeEntry } from '../graph/entry-codec.js';
import { createEtcdLog } from '../log/etcd/etcd-log.js';
import { LoneMember } from '../log/etcd/members/lone-member.js';
import type { MemberSettings } from '../log/etcd/members/member-settings.js';
import type { Log } from '../log/log.js';
import { readConfiguration } from '../server/configuration.js';
import { memberSettings } from '../server/open-log.js';
import { createGraphStore } from '../storage/store.js';
import { CliError } from './cli-error.js';
import { freePort } from './ports.js';
import { table } from './tables.js';

const READ_BYTES = 4 * 1024 ** 2;
/** Entries without transactions: no-ops of new terms, parts. */
const LOOK_BACK = 1000;

export async function recoverCluster({ config, yes }: { readonly config: string; readonly yes: boolean }): Promise<void> {
  const configuration = readConfiguration(config);
  const settings = memberSettings(configuration);
  if (settings === undefined) throw new CliError(`${config} is not of a CORE that carries a member of etcd (log.etcd.member).`);
  const budgetBytes = configuration.memory.system_graph_bytes;
  if (yes) return forGood(settings, budgetBytes, configuration.server.name);
  await onCopy(settings, async (member, copy) => {
    say(await found(member, copy, budgetBytes));
    say(`\nThis is what ${configuration.server.name} has. Transactions after these, acknowledged by voters that are lost, would be lost; nothing was changed.`);
    say(`Look at every survivor, and go on from the one that has most, when the other voters are never to come back with their data:`);
    say(`  causeway cluster recover --config ${config} --yes`);
  });
}

async function forGood(settings: MemberSettings, budgetBytes: number, name: string): Promise<void> {
  const member = await started(settings);
  try {
    const text = await found(member, settings, budgetBytes);
    await member.renewHistories(await member.heads(), () => randomId(systemRandom));
    await member.forgetOthers();
    say(text);
  } finally {
    await member.stop();
  }
  say(`\nThe cluster goes on from here: transactions after these are lost, and bookmarks from before are refused (InvalidBookmark).`);
  say(`Start ${name}. Then start the other servers, with the folder etcd/data of their voters deleted: they join again as learners.`);
}

/** On ports of its own, so that nobody takes it for the member. */
async function onCopy(settings: MemberSettings, look: (member: LoneMember, copy: MemberSettings) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'causeway-recover-'));
  try {
    cpSync(settings.dataFolder, path.join(folder, 'data'), { recursive: true });
    const at = async () => ({ host: '127.0.0.1', port: await freePort() });
    const copy = { ...settings, dataFolder: path.join(folder, 'data'), stateFolder: folder, client: await at(), peer: await at(), tls: undefined };
    const member = await started(copy);
    try {
      await look(member, copy);
    } finally {
      await member.stop();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new CliError(`There is no data of a member of etcd in ${settings.dataFolder}.`);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function started(settings: MemberSettings): Promise<LoneMember> {
  try {
    return await LoneMember.start(settings);
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}

/** A table of the graphs, with the last transaction of each. */
async function found(member: LoneMember, settings: MemberSettings, budgetBytes: number): Promise<string> {
  const tls = settings.tls === undefined ? {} : { tls: settings.tls };
  const log = createEtcdLog({ cluster: settings.cluster, serverName: `${settings.name} recovers`, endpoints: [member.endpoint], ...tls });
  try {
    const names = await graphNames(log, budgetBytes);
    const heads = [...(await member.heads())].sort(([one], [other]) => (names.get(one) ?? one).localeCompare(names.get(other) ?? other));
    const rows: string[][] = [];
    for (const [id, head] of heads) rows.push([names.get(id) ?? `${id} (dropped)`, String(head), await lastTransaction(log, id, head)]);
    return table(['GRAPH', 'ENTRIES', 'LAST TRANSACTION'], rows);
  } finally {
    await log.close();
  }
}

async function graphNames(log: Log, budgetBytes: number): Promise<ReadonlyMap<string, string>> {
  const replica = new Replica(createGraphStore({ graphId: SYSTEM_GRAPH_ID, budgetBytes }), systemClock);
  for (;;) {
    const { entries } = await log.read(SYSTEM_GRAPH_ID, replica.index + 1, READ_BYTES);
    if (entries.length === 0) break;
    for (const { index, payload } of entries) await replica.ingest(index, payload);
  }
  return new Map(readCatalogue(replica.store.published).graphs.map(({ id, name }) => [id, name]));
}

/** Looked for from the end. */
async function lastTransaction(log: Log, graph: string, head: number): Promise<string> {
  for (let from = head; from > Math.max(0, head - LOOK_BACK); from--) {
    const { entries } = await log.read(graph, from, 1);
    const [first] = entries;
    if (first === undefined) continue;
    const { content } = await inPieces(decodeEntry(first.payload));
    if (content.kind === 'changes') return String(content.changeSets.at(-1)?.transactionId ?? '');
    if (content.kind === 'digest') return String(content.transactionId);
  }
  return head === 0 ? 'none' : `none in the last ${LOOK_BACK} entries`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
