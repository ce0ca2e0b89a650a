// A READ_REPLICA among the others. It keeps a link to every CORE it knows, so that all know it is there and it knows of
// servers and leaderships; it is fed by one server, a CORE or another replica, and may feed others in turn.
// Whom to ask is decided in `feeding.ts`; here it is done.

import type { Logger } from '../base/logger.js';
import type { Address } from '../base/network.js';
import { formatAddress } from '../base/network.js';
import type { Database } from '../database/database.js';
import type { Leadership, LiveServer, ServerRecord } from '../log/log.js';
import type { ChannelEnd } from './channel.js';
import type { FeedingMember } from './feed.js';
import { FeedLink } from './feed-link.js';
import type { SubscriptionMode, ToReplica } from './feed-messages.js';
import type { FeedTail } from './feed-tail.js';
import { backOffMs, type Candidate, type Decision, decideFeeder, type Offer, pathBehind } from './feeding.js';
import { Changes, type Membership } from './membership.js';
import { OfferTable } from './offers.js';
import { Subscriptions } from './subscriptions.js';

const LOOK_MS = 100;
/** Looks that come this much too late show that this server stood still. */
const STOOD_STILL_MS = 400;

interface Refused {
  readonly times: number;
  readonly untilMs: number;
}

export interface ReplicaMemberOptions extends ChannelEnd {
  readonly self: ServerRecord;
  readonly seeds: readonly Address[];
  readonly tail: FeedTail;
  readonly logger: Logger;
}

export class ReplicaMember implements Membership, FeedingMember {
  readonly offers: OfferTable;
  readonly #options: ReplicaMemberOptions;
  readonly #name: string;
  /** To COREs and seeds, by address. */
  readonly #keptLinks: Map<string, FeedLink>;
  /** To replicas, while they feed this one or are asked to. */
  readonly #otherLinks: Set<FeedLink>;
  readonly #subscriptions: Subscriptions;
  readonly #leaderships: Map<string, Leadership>;
  readonly #changes: Changes;
  readonly #pathChanges: Changes;
  readonly #headChanges: Changes;
  readonly #refused: Map<string, Refused>;
  #servers: readonly LiveServer[];
  #feeder: FeedLink | undefined;
  #feederSinceMs: number;
  #asked: { readonly name: string; readonly link: FeedLink; readonly sinceMs: number } | undefined;
  #path: string;
  #lookedMs: number;
  #cancelLook: () => void;
  #left: boolean;

  constructor(options: ReplicaMemberOptions) {
    this.offers = new OfferTable();
    this.#options = options;
    this.#name = options.self.name;
    this.#keptLinks = new Map();
    this.#otherLinks = new Set();
    const { tail, clock, logger } = options;
    this.#subscriptions = new Subscriptions({ tail, clock, logger, linkFor: (mode) => this.#linkFor(mode) });
    this.#leaderships = new Map();
    this.#changes = new Changes();
    this.#pathChanges = new Changes();
    this.#headChanges = new Changes();
    this.#refused = new Map();
    this.#servers = [];
    this.#feeder = undefined;
    this.#feederSinceMs = 0;
    this.#asked = undefined;
    this.#path = '';
    this.#lookedMs = clock.nowMs();
    this.#cancelLook = () => {};
    this.#left = false;
    this.offers.onChange(() => this.#sayOffer());
    for (const seed of options.seeds) this.#keep(seed);
    this.#look();
  }

  // ------------------------------------------------------------ membership

  servers(): readonly LiveServer[] {
    const others = this.#servers.filter((server) => server.name !== this.#name);
    return [...others, { ...this.#options.self, alive: true }];
  }

  leadership(graphId: string): Leadership | undefined {
    return this.#leaderships.get(graphId);
  }

  leaderships(): readonly Leadership[] {
    return [...this.#leaderships.values()];
  }

  /** For people's eyes: it never leads. */
  featureLevel(): number {
    return Math.min(...this.servers().flatMap(({ alive, featureLevel }) => (alive ? [featureLevel] : [])));
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(listener);
  }

  /** Leaderships come with what the COREs tell. */
  graphIs(): void {}

  graphIsGone(): void {}

  register(database: Database): void {
    this.#subscriptions.add(database);
  }

  unregister(graphId: string): Promise<void> {
    this.#subscriptions.remove(graphId);
    return Promise.resolve();
  }

  suspect(): void {}

  leave(): Promise<void> {
    this.#left = true;
    this.#cancelLook();
    for (const link of this.#links()) link.close();
    for (const database of this.#subscriptions.databases()) database.close();
    return Promise.resolve();
  }

  // ------------------------------------------------------------ as a feeder

  path(): readonly string[] {
    return pathBehind(this.#feeder?.offer?.path, this.#name);
  }

  onPath(listener: () => void): () => void {
    return this.#pathChanges.add(listener);
  }

  onHeads(listener: () => void): () => void {
    return this.#headChanges.add(listener);
  }

  /** COREs know of it by a link of its own. */
  replicaPresent(): void {}

  /** Says the own offer, wherever its feeder listens, when it changed. */
  #sayOffer(): void {
    const offer = this.offers.get(this.#name);
    if (offer === undefined) return;
    for (const link of this.#links()) if (link.server !== undefined) link.send({ kind: 'offer', offer });
  }

  // ------------------------------------------------------------ links

  *#links(): Iterable<FeedLink> {
    yield* this.#keptLinks.values();
    yield* this.#otherLinks;
  }

  #keep(address: Address): void {
    const key = formatAddress(address);
    if (!this.#keptLinks.has(key)) this.#keptLinks.set(key, this.#open(address, true));
  }

  #open(address: Address, kept: boolean): FeedLink {
    const { network, secret, clock, random, logger } = this.#options;
    return new FeedLink({
      address,
      kept,
      network,
      secret,
      clock,
      random,
      logger,
      hello: () => ({ kind: 'hello', server: this.#options.self, offer: this.#ownOffer() }),
      onMessage: (link, message) => this.#take(link, message),
      onEntry: (link, entry) => this.#subscriptions.takeEntry(link, entry),
      onLost: (link) => this.#lost(link),
    });
  }

  #ownOffer(): Offer {
    const { name, life } = this.#options.self;
    return this.offers.get(name) ?? { name, life, path: [], children: 0, childrenMax: 0, version: 0 };
  }

  #linkTo(name: string): FeedLink | undefined {
    for (const link of this.#links()) if (link.server?.name === name) return link;
    return undefined;
  }

  /** The feeder, or for what only a log has, the least loaded CORE. */
  #linkFor(mode: SubscriptionMode): FeedLink | undefined {
    if (mode === 'fed') return this.#feeder;
    const cores = [...this.#keptLinks.values()].filter(({ server, offer }) => server?.kind === 'CORE' && offer?.path.length === 1);
    return cores.sort((a, b) => (a.offer?.children ?? 0) - (b.offer?.children ?? 0))[0];
  }

  #lost(link: FeedLink): void {
    this.#otherLinks.delete(link);
    if (this.#asked?.link === link) this.#refusedBy(this.#asked.name);
    if (this.#feeder === link) {
      this.#feeder = undefined;
      this.#options.logger.info({ address: link.address }, 'the feeder is gone');
    }
    this.#subscriptions.lost(link);
    this.#decide();
  }

  // ------------------------------------------------------------ messages

  #take(link: FeedLink, message: ToReplica): void {
    switch (message.kind) {
      case 'welcome':
        this.offers.put([message.offer]);
        if (this.#asked?.link === link) link.send({ kind: 'adopt' });
        return this.#decide();
      case 'topology':
        return this.#topology(message.leaderships);
      case 'offers':
        return this.#offered(link, message.offers);
      case 'adopted':
        return this.#adopted(link);
      case 'refused':
        if (this.#asked?.link !== link) return;
        this.#options.logger.debug({ by: this.#asked.name, why: message.why }, 'not fed');
        this.#refusedBy(this.#asked.name);
        this.#close(link);
        return this.#decide();
      case 'heads':
        this.#subscriptions.takeHeads(link, message.heads);
        return this.#headChanges.tell();
      case 'caughtUp':
        return this.#subscriptions.elsewhere(link, message.graph, 'caughtUp');
      case 'elsewhere':
        this.#subscriptions.elsewhere(link, message.graph, message.why);
    }
  }

  #topology(leaderships: readonly Leadership[]): void {
    for (const leadership of leaderships) {
      const known = this.#leaderships.get(leadership.graph);
      if (known === undefined || leadership.term >= known.term) this.#leaderships.set(leadership.graph, leadership);
    }
    this.#hearServers();
    this.#decide();
  }

  #hearServers(): void {
    const links = [...this.#links()].filter((link) => link.servers.length > 0);
    // COREs see who is there, as long as they hear of the log themselves; replicas only pass it on.
    const cores = links.filter((link) => link.server?.kind === 'CORE');
    const hearing = cores.filter(({ offer }) => offer?.path.length === 1);
    const best = [hearing, cores, links].find((some) => some.length > 0) ?? [];
    const words = best.sort((a, b) => a.serversSaidMs - b.serversSaidMs);
    this.#servers = merged(
      this.#servers,
      words.map((link) => link.servers),
    );
    for (const server of this.#servers) if (server.kind === 'CORE' && server.alive) this.#keep(server.cluster);
    this.#changes.tell();
  }

  #offered(link: FeedLink, offers: readonly Offer[]): void {
    const own = offers.find(({ name }) => name === link.server?.name);
    if (own !== undefined) {
      const path = link.offer?.path.join(' ');
      link.offered(own);
      if (own.path.join(' ') !== path) this.#hearServers();
    }
    this.offers.put(offers.filter(({ name }) => name !== this.#name));
    this.#decide();
  }

  // ------------------------------------------------------------ choice of the feeder

  #look(): void {
    if (this.#left) return;
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#lookedMs > LOOK_MS + STOOD_STILL_MS) for (const link of this.#links()) link.excuse();
    this.#lookedMs = nowMs;
    for (const link of this.#links()) link.look();
    this.#decide();
    this.#subscriptions.look();
    this.#cancelLook = this.#options.clock.after(LOOK_MS, () => this.#look());
  }

  #decide(): void {
    if (this.#left) return;
    // Each decision but the last ends something, so this ends.
    for (let decision = this.#decision(); decision.kind !== 'stay'; decision = this.#decision()) this.#act(decision);
    this.#tellPath();
  }

  #decision(): Decision {
    const feeder = this.#feeder;
    return decideFeeder({
      self: this.#name,
      nowMs: this.#options.clock.nowMs(),
      feeder:
        feeder === undefined
          ? undefined
          : {
              name: feeder.server?.name ?? '',
              path: feeder.offer?.path ?? [],
              sinceMs: Math.max(this.#feederSinceMs, feeder.offerSinceMs),
              heardMs: feeder.heardMs,
            },
      asked: this.#asked,
      candidates: this.#candidates(),
    });
  }

  #candidates(): readonly Candidate[] {
    const alive = new Map(this.#servers.filter((server) => server.alive).map((server) => [server.name, server]));
    return this.offers.all().flatMap((offer) => {
      const link = this.#linkTo(offer.name);
      const server = link?.server ?? alive.get(offer.name);
      // A CORE is asked over its kept link only; a replica that lives on is reached anew.
      if (server?.life !== offer.life || (server.kind === 'CORE' && link === undefined)) return [];
      return [{ ...(link?.offer ?? offer), notBeforeMs: this.#refused.get(offer.name)?.untilMs ?? 0 }];
    });
  }

  #act(decision: Exclude<Decision, { kind: 'stay' }>): void {
    const { logger } = this.#options;
    switch (decision.kind) {
      case 'ask':
        return this.#ask(decision.name);
      case 'giveUp': {
        const link = this.#asked?.link;
        this.#refusedBy(decision.name);
        if (link !== undefined) this.#close(link);
        return;
      }
      case 'leave': {
        const link = this.#feeder as FeedLink;
        logger.info({ feeder: decision.name, why: decision.why }, 'feeder left');
        this.#leaveFeeder();
        this.#refusedBy(decision.name);
        // A silent connection is a broken one, also where the link is kept.
        if (decision.why === 'silent') link.drop();
      }
    }
  }

  #ask(name: string): void {
    const known = this.#linkTo(name);
    const address = this.#servers.find((server) => server.name === name)?.cluster;
    const link = known ?? (address === undefined ? undefined : this.#open(address, false));
    if (link === undefined) return this.#refusedBy(name);
    if (!link.kept) this.#otherLinks.add(link);
    this.#asked = { name, link, sinceMs: this.#options.clock.nowMs() };
    if (known !== undefined) link.send({ kind: 'adopt' });
  }

  #adopted(link: FeedLink): void {
    if (this.#asked?.link !== link) {
      // It answered too late.
      if (this.#feeder !== link) link.send({ kind: 'leave' });
      return;
    }
    this.#refused.delete(this.#asked.name);
    this.#asked = undefined;
    this.#leaveFeeder();
    this.#feeder = link;
    this.#feederSinceMs = this.#options.clock.nowMs();
    this.#options.logger.info({ path: link.offer?.path }, 'fed by');
    this.#subscriptions.feederChanged();
    this.#decide();
  }

  #leaveFeeder(): void {
    const link = this.#feeder;
    if (link === undefined) return;
    this.#feeder = undefined;
    this.#subscriptions.left(link);
    link.send({ kind: 'leave' });
    this.#close(link);
  }

  /** Ends a link that is not needed; those to COREs are. */
  #close(link: FeedLink): void {
    if (link.kept) return;
    this.#otherLinks.delete(link);
    link.close();
    this.#subscriptions.lost(link);
  }

  #refusedBy(name: string): void {
    const times = (this.#refused.get(name)?.times ?? 0) + 1;
    this.#refused.set(name, { times, untilMs: this.#options.clock.nowMs() + backOffMs(this.#name, name, times) });
    if (this.#asked?.name === name) this.#asked = undefined;
  }

  /** Those who are fed from here are told at once. */
  #tellPath(): void {
    const path = this.path().join(' ');
    if (path === this.#path) return;
    this.#path = path;
    this.#pathChanges.tell();
  }
}

/**
 * The newest word on each server. Which of two lives is the younger no clock says (clocks jump): the one that lives, else
 * the one of the newest word. A read replica is there if anybody is connected to it.
 */
export function merged(known: readonly LiveServer[], words: readonly (readonly LiveServer[])[]): readonly LiveServer[] {
  const byName = new Map(known.map((server) => [server.name, server]));
  const seen = new Set(words.flatMap((word) => word.filter(({ alive }) => alive).map(({ life }) => life)));
  for (const server of words.flat()) {
    const before = byName.get(server.name);
    if (before !== undefined && before.life !== server.life && seen.has(before.life) && !server.alive) continue;
    byName.set(server.name, server.kind === 'READ_REPLICA' ? { ...server, alive: seen.has(server.life) } : server);
  }
  return [...byName.values()];
}
