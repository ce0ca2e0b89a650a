// The members of an etcd cluster, seen and changed through its API: listed, added as learners, promoted, removed.
// Changes go one at a time, and etcd refuses one for some seconds after another or when it would lose its majority.

import { failure } from '../../../errors/catalogue.js';
import { type Candidate, candidateValue, Keys, valueIs } from '../keys.js';
import { pause, untilDefinite } from '../retry.js';
import { EtcdClient, type EtcdTls, RpcFailed } from '../rpc/channels.js';
import type { EtcdMember, Int64Text, MemberStatus } from '../rpc/messages.js';

/** etcd calls itself unhealthy until its members have been connected for 5 s. */
const changeWithinMs = 20_000;
const retryAfterMs = 250;
const callMs = 1500;
const statusMs = 1000;

export interface MemberClusterOptions {
  readonly cluster: string;
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls | undefined;
}

export class MemberCluster {
  readonly #tls: EtcdTls | undefined;
  readonly #client: EtcdClient;
  readonly #keys: Keys;

  constructor({ cluster, endpoints, tls }: MemberClusterOptions) {
    this.#tls = tls;
    this.#client = new EtcdClient({ endpoints, deadlineMs: callMs, ...(tls === undefined ? {} : { tls }) });
    this.#keys = new Keys(cluster);
  }

  setEndpoints(endpoints: readonly string[]): void {
    this.#client.setEndpoints(endpoints);
  }

  close(): void {
    this.#client.close();
  }

  async list(): Promise<readonly EtcdMember[]> {
    return (await untilDefinite(() => this.#client.cluster.list(), callMs)).members;
  }

  /** Undefined: another learner is on its way, and there can be only one. */
  async addLearner(peerUrl: string): Promise<{ readonly id: Int64Text; readonly members: readonly EtcdMember[] } | undefined> {
    try {
      return await this.#change(async () => {
        const { member, members } = await this.#client.cluster.add([peerUrl], true);
        return { id: member.ID, members };
      });
    } catch (error) {
      if (error instanceof RpcFailed && error.message.includes('too many learner')) return undefined;
      // Added by an earlier sending.
      if (!(error instanceof RpcFailed) || !/Peer URLs already exists/i.test(error.message)) throw error;
      const members = await this.list();
      const mine = members.find((member) => member.peerURLs.includes(peerUrl));
      if (mine === undefined) throw error;
      return { id: mine.ID, members };
    }
  }

  /** False: it has not caught up yet. */
  async promote(id: Int64Text): Promise<boolean> {
    try {
      await this.#client.cluster.promote(id);
      return true;
    } catch (error) {
      if (error instanceof RpcFailed && /not a learner/.test(error.message)) return true;
      if (error instanceof RpcFailed) return false;
      throw error;
    }
  }

  /** A member that is gone already is no error. If it leads, another one leads first, so that writes go on. */
  async remove(id: Int64Text): Promise<void> {
    await this.#giveLeadAway(id);
    try {
      await this.#change(() => this.#client.cluster.remove(id));
    } catch (error) {
      if (!(error instanceof RpcFailed) || !/member not found/.test(error.message)) throw error;
    }
  }

  /** Of the member at the endpoint; undefined when it does not answer. */
  async status(endpoint: string): Promise<MemberStatus | undefined> {
    const client = this.#clientOf(endpoint);
    try {
      return await client.maintenance.status(statusMs);
    } catch (error) {
      if (error instanceof RpcFailed) return undefined;
      throw error;
    } finally {
      client.close();
    }
  }

  /** Writes down that this CORE may carry a voter. */
  async register(candidate: Candidate): Promise<void> {
    await untilDefinite(() => this.#client.kv.put({ key: this.#keys.candidate(candidate.name), value: candidateValue(candidate) }));
  }

  /** The COREs that may carry a voter. */
  async candidates(): Promise<readonly Candidate[]> {
    const { kvs } = await untilDefinite(() => this.#client.kv.range(this.#keys.candidates));
    return kvs.map(({ key, value }) => this.#keys.parseCandidate(key, value));
  }

  /** A server that is removed from the cluster is no longer counted. Another one of its name is left alone. */
  async forget(candidate: Candidate): Promise<void> {
    const key = this.#keys.candidate(candidate.name);
    await untilDefinite(() =>
      this.#client.kv.txn({ compare: [valueIs(key, candidateValue(candidate))], success: [{ request_delete_range: { key } }], failure: [] }),
    );
  }

  async #giveLeadAway(id: Int64Text): Promise<void> {
    const members = await this.list();
    const leader = members.find((member) => member.ID === id)?.clientURLs[0];
    if (leader === undefined || (await this.status(leader))?.leader !== id) return;
    for (const other of members) {
      if (other.ID === id || other.isLearner || (await this.status(other.clientURLs[0] ?? leader)) === undefined) continue;
      const client = this.#clientOf(leader);
      try {
        await client.maintenance.moveLeader(other.ID, callMs);
        return;
      } catch {
        // The next one, or none: then the removal itself makes them elect one.
      } finally {
        client.close();
      }
    }
  }

  #clientOf(endpoint: string): EtcdClient {
    return new EtcdClient({ endpoints: [endpoint], deadlineMs: callMs, ...(this.#tls === undefined ? {} : { tls: this.#tls }) });
  }

  async #change<T>(call: () => Promise<T>): Promise<T> {
    const end = performance.now() + changeWithinMs;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        const passing = error instanceof RpcFailed && (!error.definite || /unhealthy cluster|re-configuration failed/.test(error.message));
        if (!passing) throw error;
        if (performance.now() > end) throw failure('databaseUnavailable', `etcd does not take the change of its members: ${error.message}`, { cause: error });
        await pause(retryAfterMs);
      }
    }
  }
}
