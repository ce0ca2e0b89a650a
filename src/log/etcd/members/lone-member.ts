// A member of etcd that runs alone, on what it has: to look at a copy of its data, or to go on from it when the majority is lost for good.

import { headValue, Keys } from '../keys.js';
import { pause } from '../retry.js';
import { EtcdClient } from '../rpc/channels.js';
import { runningEtcd, spawnEtcd, stopEtcd } from './etcd-process.js';
import { hasData, keepKnown } from './known-member.js';
import { MemberCluster } from './member-cluster.js';
import { type MemberSettings, memberFlags, urlOf } from './member-settings.js';

const startWithinMs = 30_000;
const lookMs = 100;
const callMs = 3000;

export class LoneMember {
  readonly endpoint: string;
  readonly #settings: MemberSettings;
  readonly #pid: number;

  private constructor(settings: MemberSettings, pid: number) {
    this.#settings = settings;
    this.#pid = pid;
    this.endpoint = urlOf(settings.client, settings.tls);
  }

  /** All other members are gone from its list for good. Rejects where there is no data, or etcd runs on it. */
  static async start(settings: MemberSettings): Promise<LoneMember> {
    const { dataFolder, stateFolder } = settings;
    const running = runningEtcd(stateFolder, dataFolder);
    if (running !== undefined) throw new Error(`etcd runs on ${dataFolder} (pid ${running}): stop its server first`);
    if (!hasData(dataFolder)) throw new Error(`there is no data of a member of etcd in ${dataFolder}`);
    const child = spawnEtcd(settings.binary.path, memberFlags(settings, { kind: 'alone' }), stateFolder);
    const member = new LoneMember(settings, child.pid ?? 0);
    try {
      await member.#leads(() => child.exitCode !== null);
    } catch (error) {
      await member.stop();
      throw error;
    }
    return member;
  }

  async stop(): Promise<void> {
    await stopEtcd(this.#pid);
  }

  /** Each graph's history has another incarnation from here on, and nobody leads (SAFETY 16). `next` makes 32 hexadecimal digits. */
  async renewHistories(graphs: ReadonlyMap<string, number>, next: () => string): Promise<void> {
    const client = this.#client();
    const keys = new Keys(this.#settings.cluster);
    try {
      for (const [graph, head] of graphs) {
        await client.kv.put({ key: keys.head(graph), value: headValue(head, next()) });
        await client.kv.deleteRange({ key: keys.leader(graph) });
      }
    } finally {
      client.close();
    }
  }

  /** Ids of the graphs that have a log, with their heads. */
  async heads(): Promise<ReadonlyMap<string, number>> {
    const client = this.#client();
    const keys = new Keys(this.#settings.cluster);
    try {
      const { kvs } = await client.kv.range(keys.state);
      const heads = kvs.flatMap(({ key, value }) => {
        const { kind, name, field } = keys.parse(key);
        return kind === 'graph' && field === 'head' ? [[name, Number.parseInt(Buffer.from(value).toString('utf8'), 10)] as const] : [];
      });
      return new Map(heads);
    } finally {
      client.close();
    }
  }

  /** The server that starts next takes it for a member of a cluster of one. */
  async forgetOthers(): Promise<void> {
    const cluster = new MemberCluster({ cluster: this.#settings.cluster, endpoints: [this.endpoint], tls: this.#settings.tls });
    try {
      const members = await cluster.list();
      keepKnown(this.#settings.stateFolder, { memberId: members[0]?.ID, peerUrls: members.flatMap((member) => member.peerURLs) });
    } finally {
      cluster.close();
    }
  }

  async #leads(hasEnded: () => boolean): Promise<void> {
    const { cluster, tls, stateFolder } = this.#settings;
    const members = new MemberCluster({ cluster, endpoints: [this.endpoint], tls });
    try {
      for (const end = performance.now() + startWithinMs; performance.now() < end && !hasEnded(); await pause(lookMs)) {
        const status = await members.status(this.endpoint);
        if (status !== undefined && status.leader !== '0') return;
      }
      throw new Error(`etcd did not start on this data; see ${stateFolder}/etcd.log`);
    } finally {
      members.close();
    }
  }

  #client(): EtcdClient {
    const { tls } = this.#settings;
    return new EtcdClient({ endpoints: [this.endpoint], deadlineMs: callMs, ...(tls === undefined ? {} : { tls }) });
  }
}
