// A CORE's part in the etcd cluster: its own member, started or adopted, watched and started again; or, while it
// carries none, the way to the members of others. Looks every second, does one thing at a time, and tells the log
// where to send its calls.
//
//   finding ──▶ inside (a voter or a learner) ◀──▶ outside (uses the others' members)
//
// The member outlives a crash of this process; `stop` stops it (SAFETY 30).

import type { ChildProcess } from 'node:child_process';
import type { Logger } from '../../../base/logger.js';
import { formatAddress } from '../../../base/network.js';
import type { Candidate } from '../keys.js';
import { pause } from '../retry.js';
import type { EtcdMember, Int64Text, MemberStatus } from '../rpc/messages.js';
import { decideEntrance, type PeerAnswer, type PeerMember } from './entrance.js';
import { runningEtcd, signalEtcd, spawnEtcd, stopEtcd, wasStartedWith } from './etcd-process.js';
import { discardData, hasData, keepKnown, readKnown } from './known-member.js';
import { MemberCluster } from './member-cluster.js';
import { type Entrance, isLoopback, type MemberSettings, memberFlags, type NamedPeer, standingFlags, urlOf } from './member-settings.js';
import { askPeer, FormingListener } from './peers.js';
import { voterStep } from './voters.js';

export interface OwnMemberOptions {
  readonly settings: MemberSettings;
  /** Of the server that carries it: a name may come back with another one. */
  readonly serverId: string;
  /** Those that begin the cluster, or where it is found later. */
  readonly initial: readonly NamedPeer[];
  readonly votersMax: number;
  /** A member that is silent for so long is replaced where a CORE without a voter can take its place. */
  readonly replaceDeadMs: number;
  readonly logger: Logger;
}

const lookEveryMs = 1000;
const lookEveryMsFinding = 150;
const lookEveryMsLearning = 200;
const sayEveryMs = 5000;
const restartAfterMsMax = 30_000;
const restartAfterMsMin = 250;
/** After so long it is taken for well, and starts at once when it dies. */
const wellAfterMs = 60_000;

type Place = 'finding' | 'inside' | 'outside';

export class OwnMember {
  readonly #options: OwnMemberOptions;
  readonly #settings: MemberSettings;
  readonly #peerUrl: string;
  readonly #clientUrl: string;
  #place: Place = 'finding';
  #pid: number | undefined;
  #startedAtMs = 0;
  #restartAfterMs = restartAfterMsMin;
  #forming: FormingListener | undefined;
  #cluster: MemberCluster | undefined;
  #members: readonly PeerMember[] = [];
  #endpoints: readonly string[] = [];
  #onEndpoints: (endpoints: readonly string[]) => void = () => {};
  #dropped: () => ReadonlySet<string> = () => new Set();
  /** When members were last heard, by id. */
  readonly #heardAtMs = new Map<Int64Text, number>();
  #saidAtMs = 0;
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: OwnMemberOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#peerUrl = urlOf(options.settings.peer, options.settings.tls);
    this.#clientUrl = urlOf(options.settings.client, options.settings.tls);
  }

  /** Endpoints of a cluster that has a leader; waits for it as long as it takes. Rejects when stopped before. */
  async start(): Promise<readonly string[]> {
    while (!this.#stopped) {
      await this.#lookOnce();
      if (this.#endpoints.length > 0 && (await this.#hasLeader())) break;
      await pause(lookEveryMsFinding);
    }
    if (this.#stopped) throw new Error('stopped before etcd had a leader');
    this.#loop = this.#keepLooking();
    return this.#endpoints;
  }

  /** Where the log's calls go, own member first; called whenever that changes. */
  onEndpoints(listener: (endpoints: readonly string[]) => void): void {
    this.#onEndpoints = listener;
    listener(this.#endpoints);
  }

  /** Asked at every look for the ids of servers that were dropped from the cluster: they carry no voters. */
  leaveOut(dropped: () => ReadonlySet<string>): void {
    this.#dropped = dropped;
  }

  /** Stops the member, too. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#forming?.close();
    const pid = this.#runningPid();
    const stopping = pid === undefined ? Promise.resolve() : stopEtcd(pid);
    await Promise.all([stopping, this.#loop]);
    // One that was started in the last step of the loop.
    const late = this.#runningPid();
    if (late !== undefined) await stopEtcd(late);
    this.#cluster?.close();
  }

  /** Looks after it no more, and lets it run: as a crash of this process would. */
  abandon(): void {
    this.#stopped = true;
  }

  /** At once, for a process that must end. */
  kill(): void {
    this.#stopped = true;
    const pid = this.#runningPid();
    if (pid !== undefined) signalEtcd(pid, 'SIGKILL');
  }

  async #keepLooking(): Promise<void> {
    while (!this.#stopped) {
      await pause(this.#place === 'inside' && !this.#isLearner() ? lookEveryMs : lookEveryMsLearning);
      await this.#lookOnce();
    }
  }

  async #lookOnce(): Promise<void> {
    if (this.#stopped) return;
    try {
      if (this.#place === 'inside' && this.#runningPid() === undefined) this.#died();
      if (this.#place === 'finding') await this.#find();
      if (this.#place !== 'finding') await this.#upkeep();
    } catch (error) {
      this.#say('the members of etcd were not looked after', { error: String(error) });
    }
  }

  // Finding ------------------------------------------------------------------------------------------------------------

  async #find(): Promise<void> {
    const { dataFolder, stateFolder } = this.#settings;
    const running = runningEtcd(stateFolder, dataFolder);
    if (running !== undefined) return this.#adopt(running);
    if (performance.now() < this.#startedAtMs + this.#restartAfterMs && this.#startedAtMs > 0) return;
    const known = readKnown(stateFolder);
    const answers = await this.#askPeers(known.peerUrls);
    const decision = decideEntrance({
      peerUrl: this.#peerUrl,
      dataThere: hasData(dataFolder),
      knownId: known.memberId,
      initial: this.#initialUrls(),
      answers,
    });
    if (this.#stopped) return;
    switch (decision.kind) {
      case 'start':
        return this.#run({ kind: 'kept' });
      case 'begin':
        return this.#run({ kind: 'new', members: this.#options.initial.map(({ name, peer }) => ({ name, peerUrl: urlOf(peer, this.#settings.tls) })) });
      case 'wait':
        this.#say(`waiting: ${decision.reason}`, {});
        if (!hasData(dataFolder)) this.#forming ??= await FormingListener.open(this.#settings.peer, this.#settings.cluster, this.#settings.tls);
        return;
      case 'outside':
        return this.#stayOutside(answers, decision.stale, decision.discard);
    }
  }

  async #stayOutside(answers: ReadonlyMap<string, PeerAnswer>, stale: Int64Text | undefined, discard: boolean): Promise<void> {
    const lists = [...answers.values()].flatMap((answer) => (answer.kind === 'members' ? [answer.members] : []));
    // The list that others can be reached by.
    this.#members = lists.reduce((best, list) => (this.#endpointsOf(list).length > this.#endpointsOf(best).length ? list : best), [] as readonly PeerMember[]);
    const endpoints = this.#endpointsOf(this.#members);
    if (endpoints.length === 0) {
      return this.#say(
        "etcd runs, and no member of it takes this server as a client: set log.etcd.member.client to an address of the machine's network, with log.etcd.tls",
        {},
      );
    }
    const cluster = this.#clusterAt(endpoints);
    if (stale !== undefined) {
      this.#options.logger.warn({ member: stale }, "this server's member of etcd has lost its data; it is removed, and added again as a learner");
      await cluster.remove(stale);
    }
    if (discard) {
      this.#options.logger.warn({ folder: this.#settings.dataFolder }, "this server's member was removed from etcd; its data is deleted");
      discardData(this.#settings.dataFolder);
    }
    await this.#forming?.close();
    this.#forming = undefined;
    this.#keep(undefined);
    this.#place = 'outside';
  }

  async #askPeers(known: readonly string[]): Promise<ReadonlyMap<string, PeerAnswer>> {
    const urls = [...new Set([...this.#initialUrls(), ...known])].filter((url) => url !== this.#peerUrl);
    const { cluster, tls } = this.#settings;
    return new Map(await Promise.all(urls.map(async (url) => [url, await askPeer(url, cluster, tls)] as const)));
  }

  #initialUrls(): readonly string[] {
    return this.#options.initial.map(({ peer }) => urlOf(peer, this.#settings.tls));
  }

  // The process --------------------------------------------------------------------------------------------------------

  async #adopt(pid: number): Promise<void> {
    if (!wasStartedWith(pid, standingFlags(this.#settings))) {
      this.#options.logger.info({ pid }, 'the member of etcd runs with other settings; it is started again');
      return stopEtcd(pid);
    }
    this.#options.logger.info({ pid }, 'the member of etcd that runs already is adopted');
    this.#entered(pid);
  }

  async #run(entrance: Entrance): Promise<void> {
    await this.#forming?.close();
    this.#forming = undefined;
    const { binary, stateFolder } = this.#settings;
    const child: ChildProcess = spawnEtcd(binary.path, memberFlags(this.#settings, entrance), stateFolder);
    child.once('error', (error) => this.#options.logger.error({ err: error }, 'etcd did not start'));
    this.#options.logger.info(
      { pid: child.pid, version: binary.version, entrance: entrance.kind, client: formatAddress(this.#settings.client) },
      'etcd started',
    );
    this.#startedAtMs = performance.now();
    if (child.pid !== undefined) this.#entered(child.pid);
  }

  #entered(pid: number): void {
    this.#pid = pid;
    this.#place = 'inside';
    this.#clusterAt([this.#clientUrl, ...this.#endpoints.filter((endpoint) => endpoint !== this.#clientUrl)]);
  }

  #died(): void {
    const ranMs = performance.now() - this.#startedAtMs;
    this.#restartAfterMs = ranMs > wellAfterMs ? 0 : Math.min(Math.max(restartAfterMsMin, this.#restartAfterMs * 2), restartAfterMsMax);
    const log = `${this.#settings.stateFolder}/etcd.log`;
    this.#options.logger.warn({ pid: this.#pid, log, againInMs: this.#restartAfterMs }, 'the member of etcd died');
    this.#pid = undefined;
    this.#place = 'finding';
  }

  #runningPid(): number | undefined {
    const { dataFolder, stateFolder } = this.#settings;
    if (this.#pid !== undefined && wasStartedWith(this.#pid, [`--data-dir=${dataFolder}`])) return this.#pid;
    return runningEtcd(stateFolder, dataFolder);
  }

  // Inside and outside ---------------------------------------------------------------------------------------------------

  async #upkeep(): Promise<void> {
    const cluster = this.#cluster;
    if (cluster === undefined) return;
    const own = this.#place === 'inside' ? await cluster.status(this.#clientUrl) : undefined;
    if (own !== undefined && performance.now() - this.#startedAtMs > wellAfterMs) this.#restartAfterMs = 0;
    const members = await cluster.list();
    this.#members = members.map((member) => ({ ...member, id: member.ID }));
    if (own !== undefined) this.#keep(own.memberId);
    this.#tellEndpoints();
    if (own !== undefined && this.#isLearner()) {
      if (await cluster.promote(own.memberId)) this.#options.logger.info({ member: own.memberId }, 'the learner has caught up and is a voter');
      return;
    }
    if (own?.leader === '0') return this.#say('etcd has no leader: less than a majority of its members answer', { members: members.map((one) => one.name) });
    await this.#balanceVoters(cluster, members, own);
  }

  async #balanceVoters(cluster: MemberCluster, members: readonly EtcdMember[], own: MemberStatus | undefined): Promise<void> {
    const { name } = this.#settings;
    const { serverId } = this.#options;
    const dropped = this.#dropped();
    // Read after the members: a server is written down here before it has a member, so whose member it is is known.
    const registered = await cluster.candidates();
    const gone = registered.filter((candidate) => dropped.has(candidate.serverId));
    const voters = members.filter((member) => !member.isLearner && !gone.some((candidate) => candidate.name === member.name));
    // The only voter stays until another has taken its place.
    if (dropped.has(serverId)) {
      const others = voters.filter((member) => member.ID !== own?.memberId);
      return own === undefined || others.length === 0 ? undefined : this.#leave(cluster, own.memberId);
    }
    const me = { name, peerUrl: this.#peerUrl, serverId };
    if (!registered.some((candidate) => candidate.name === name && candidate.serverId === serverId)) await cluster.register(me);
    if (voters.length > 0 && (await this.#forgetDropped(cluster, members, gone))) return;
    const candidates = [...registered.filter((candidate) => candidate.name !== name && !gone.includes(candidate)), me].map((candidate) => candidate.name);
    const step = voterStep({
      self: name,
      candidates,
      voters: voters.map((member) => member.name),
      learnerCount: members.filter((member) => member.isLearner).length,
      votersMax: this.#options.votersMax,
    });
    if (this.#stopped) return;
    if (step === 'join' && own === undefined) return this.#join(cluster);
    if (step === 'leave' && own !== undefined) return this.#leave(cluster, own.memberId);
    await this.#replaceDead(cluster, members);
  }

  /** True: the members are others now. */
  async #forgetDropped(cluster: MemberCluster, members: readonly EtcdMember[], gone: readonly Candidate[]): Promise<boolean> {
    const stale = members.find((member) => gone.some((candidate) => candidate.name === member.name));
    if (stale !== undefined) {
      this.#options.logger.info({ member: stale.name }, 'its server was dropped: the member of etcd is removed');
      await cluster.remove(stale.ID);
    }
    for (const candidate of gone) await cluster.forget(candidate);
    return stale !== undefined;
  }

  async #join(cluster: MemberCluster): Promise<void> {
    const added = await cluster.addLearner(this.#peerUrl);
    if (added === undefined || this.#stopped) return;
    this.#options.logger.info({ member: added.id }, 'joining etcd as a learner');
    const members = added.members.flatMap((member) => {
      const name = member.ID === added.id ? this.#settings.name : member.name;
      return name === '' ? [] : [{ name, peerUrl: member.peerURLs[0] ?? '' }];
    });
    // Before it runs: a learner that is removed before it was heard of would start over and over again with what it had.
    this.#keep(added.id);
    await this.#run({ kind: 'existing', members });
  }

  async #leave(cluster: MemberCluster, id: Int64Text): Promise<void> {
    this.#options.logger.info({ member: id }, 'there are more voters than wanted; this one leaves');
    cluster.setEndpoints(this.#endpoints.filter((endpoint) => endpoint !== this.#clientUrl));
    await cluster.remove(id);
    const pid = this.#runningPid();
    if (pid !== undefined) await stopEtcd(pid);
    discardData(this.#settings.dataFolder);
    this.#keep(undefined);
    this.#pid = undefined;
    this.#place = 'outside';
    this.#members = this.#members.filter((member) => member.id !== id);
    this.#tellEndpoints();
  }

  /** Where this server has no voter and could take its place; learners that never come are removed by any. */
  async #replaceDead(cluster: MemberCluster, members: readonly EtcdMember[]): Promise<void> {
    const now = performance.now();
    for (const member of members) {
      const [endpoint] = member.clientURLs;
      const heard = endpoint === undefined || !this.#reaches(member) ? member.clientURLs.length > 0 : (await cluster.status(endpoint)) !== undefined;
      if (heard || !this.#heardAtMs.has(member.ID)) this.#heardAtMs.set(member.ID, now);
    }
    const dead = members.find((member) => now - (this.#heardAtMs.get(member.ID) ?? now) > this.#options.replaceDeadMs);
    if (dead === undefined || !(dead.isLearner || this.#place === 'outside')) return;
    this.#options.logger.warn({ member: dead.name }, 'a member of etcd has been silent for long; it is removed, and another one takes its place');
    await cluster.remove(dead.ID);
    this.#heardAtMs.delete(dead.ID);
  }

  // Endpoints ------------------------------------------------------------------------------------------------------------

  #tellEndpoints(): void {
    const others = this.#endpointsOf(this.#members).filter((endpoint) => endpoint !== this.#clientUrl);
    const own = this.#place === 'inside' && !this.#isLearner() ? [this.#clientUrl] : [];
    const endpoints = [...own, ...others];
    if (endpoints.length === 0 || endpoints.join() === this.#endpoints.join()) return;
    this.#endpoints = endpoints;
    this.#cluster?.setEndpoints(endpoints);
    this.#onEndpoints(endpoints);
  }

  #endpointsOf(members: readonly PeerMember[]): readonly string[] {
    return members.filter((member) => !member.isLearner && this.#reaches(member)).map((member) => member.clientURLs[0] as string);
  }

  /** An address of another machine's own (127.0.0.1) is not that machine from here. */
  #reaches({ clientURLs, peerURLs }: Pick<PeerMember, 'clientURLs' | 'peerURLs'>): boolean {
    const [client, peer] = [clientURLs[0], peerURLs[0]];
    if (client === undefined || peer === undefined) return false;
    return !isLoopback(new URL(client).hostname) || isLoopback(new URL(peer).hostname);
  }

  #isLearner(): boolean {
    return this.#members.some((member) => member.peerURLs.includes(this.#peerUrl) && member.isLearner);
  }

  #clusterAt(endpoints: readonly string[]): MemberCluster {
    this.#endpoints = endpoints;
    if (this.#cluster === undefined) this.#cluster = new MemberCluster({ cluster: this.#settings.cluster, endpoints, tls: this.#settings.tls });
    else this.#cluster.setEndpoints(endpoints);
    return this.#cluster;
  }

  async #hasLeader(): Promise<boolean> {
    for (const endpoint of this.#endpoints) {
      const status = await this.#cluster?.status(endpoint);
      if (status !== undefined && status.leader !== '0' && !status.isLearner) return true;
    }
    this.#say('waiting for a leader of etcd: a majority of its members has to run', { endpoints: this.#endpoints });
    return false;
  }

  #keep(memberId: Int64Text | undefined): void {
    const { stateFolder } = this.#settings;
    const peerUrls = this.#members.flatMap((member) => member.peerURLs);
    const known = readKnown(stateFolder);
    if (known.memberId !== memberId || known.peerUrls.join() !== peerUrls.join()) keepKnown(stateFolder, { memberId, peerUrls });
  }

  /** What goes on for long is said now and then. */
  #say(line: string, fields: object): void {
    if (performance.now() - this.#saidAtMs < sayEveryMs && this.#saidAtMs > 0) return;
    this.#saidAtMs = performance.now();
    this.#options.logger.warn(fields, line);
  }
}
