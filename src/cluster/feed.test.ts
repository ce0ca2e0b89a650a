import { afterEach, describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../base/clock.js';
import { noLogger } from '../base/logger.js';
import type { Connection } from '../base/network.js';
import { seededRandom } from '../base/random.js';
import type { Leadership, LogEntry, ServerKind, ServerRecord } from '../log/log.js';
import { createSimulatedCluster } from '../log/simulated/simulated-cluster.js';
import { Feeds } from './feed.js';
import { decodeEntryFrame, type ToFeeder, type ToReplica } from './feed-messages.js';
import { type FeedPosition, type FeedSource, LogSource } from './feed-source.js';
import { FRAME_ENTRY, FrameStream } from './frames.js';
import { OfferTable } from './offers.js';

const GRAPH = '11111111-2222-4333-8444-555555555555';

function record(name: string, kind: ServerKind): ServerRecord {
  const address = { host: name, port: 1 };
  return { id: name, name, kind, life: name, bolt: address, http: address, cluster: address, pid: 1, featureLevel: 1, prefersToLead: [], startedAtMs: 0 };
}

/** Two ends of a connection in memory. */
function pair(): readonly [Connection, Connection] {
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  const closers: ((error: Error | undefined) => void)[] = [];
  const end = (own: number): Connection => ({
    remote: { host: 'memory', port: 1 },
    write: (bytes) => {
      queueMicrotask(() => listeners[1 - own]?.(bytes));
      return true;
    },
    drained: () => Promise.resolve(),
    onData: (listener) => {
      listeners[own] = listener;
    },
    onClose: (listener) => void closers.push(listener),
    pause: () => {},
    resume: () => {},
    end: () => {},
    destroy: () => {
      for (const close of closers.splice(0)) close(undefined);
    },
  });
  return [end(0), end(1)];
}

/** Entries 1 to `published`, of which `keptFrom` and later are kept. */
class FakeSource implements FeedSource {
  published = 0;
  keptFrom = 1;
  readonly #listeners = new Set<() => void>();

  position(graph: string): FeedPosition | undefined {
    return graph === GRAPH ? { published: this.published, head: this.published + 5, stamp: 7, ageMs: 3 } : undefined;
  }
  read(_graph: string, from: number, to: number): Promise<readonly LogEntry[] | undefined> {
    if (from < this.keptFrom) return Promise.resolve(undefined);
    return Promise.resolve(Array.from({ length: to - from + 1 }, (_, at) => ({ index: from + at, payload: new Uint8Array([at]) })));
  }
  onMoved(_graph: string, listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
  publish(published: number): void {
    this.published = published;
    for (const listener of [...this.#listeners]) listener();
  }
}

class Feeder {
  readonly source = new FakeSource();
  readonly leaderships: Leadership[] = [];
  readonly present: string[] = [];
  readonly feeds: Feeds;
  #listener = () => {};

  constructor(kind: ServerKind = 'CORE', path: readonly string[] = ['feeder'], childrenMax = 2) {
    this.feeds = new Feeds({
      self: record('feeder', kind),
      member: {
        servers: () => [],
        leaderships: () => this.leaderships,
        onChange: (listener) => {
          this.#listener = listener;
          return () => {};
        },
        onPath: () => () => {},
        onHeads: () => () => {},
        path: () => path,
        replicaPresent: ({ name }, alive) => void this.present.push(`${name} ${alive}`),
      },
      source: this.source,
      offers: new OfferTable(),
      childrenMax,
      clock: systemClock,
      logger: noLogger,
    });
  }

  change(graph: string, term: number): void {
    this.leaderships.push({ graph, term, holder: 'feeder', life: 'feeder' });
    this.#listener();
  }
}

class Child {
  readonly said: ToReplica[] = [];
  readonly entries: number[] = [];
  readonly connection: Connection;
  readonly #stream: FrameStream;

  constructor(feeder: Feeder, name: string) {
    const [own, theirs] = pair();
    this.connection = own;
    feeder.feeds.accept(theirs);
    this.#stream = new FrameStream(own, (kind, body) => {
      if (kind === FRAME_ENTRY) this.entries.push(decodeEntryFrame(body).index);
      else this.said.push(JSON.parse(body.toString()) as ToReplica);
    });
    const offer = { name, life: name, path: [], children: 0, childrenMax: 2, version: 1 };
    this.say({ kind: 'hello', server: record(name, 'READ_REPLICA'), offer });
  }

  say(message: ToFeeder): void {
    this.#stream.sendJson(message);
  }

  kinds(kind: ToReplica['kind']): readonly ToReplica[] {
    return this.said.filter((message) => message.kind === kind);
  }
}

let feeder: Feeder;
afterEach(() => feeder.feeds.close());
const aMoment = () => sleep(systemClock, 5);

describe('the feeding side', () => {
  it('tells of a burst of changes once, and of nothing twice', async () => {
    feeder = new Feeder();
    const child = new Child(feeder, 'a');
    await sleep(systemClock, 70);
    const before = child.kinds('topology').length;
    for (let graph = 0; graph < 30; graph++) feeder.change(`graph${graph}`, 1);
    await sleep(systemClock, 120);
    const told = child.kinds('topology').slice(before);
    expect(told.length).toBe(1);
    expect(told[0]).toMatchObject({ leaderships: { length: 30 } });
    feeder.leaderships.pop();
    feeder.change('graph29', 1);
    await sleep(systemClock, 120);
    expect(child.kinds('topology').length).toBe(before + 1);
  });

  it('adopts so many and no more, and again one when one has gone', async () => {
    feeder = new Feeder();
    const children = ['a', 'b', 'c'].map((name) => new Child(feeder, name));
    for (const child of children) child.say({ kind: 'adopt' });
    await aMoment();
    const [a, b, c] = children as [Child, Child, Child];
    expect(children.map((child) => child.kinds('adopted').length)).toEqual([1, 1, 0]);
    expect(c.kinds('refused')).toEqual([{ kind: 'refused', why: 'full' }]);
    a.connection.destroy();
    c.say({ kind: 'adopt' });
    b.say({ kind: 'leave' });
    await aMoment();
    expect(c.kinds('adopted').length).toBe(1);
    expect(feeder.feeds.offer.children).toBe(1);
    expect(feeder.present).toContain('a false');
  });

  it('refuses a child through which it is fed itself, and anybody while it is not fed', async () => {
    feeder = new Feeder('READ_REPLICA', ['core', 'a', 'feeder']);
    const a = new Child(feeder, 'a');
    a.say({ kind: 'adopt' });
    await aMoment();
    expect(a.kinds('refused')).toEqual([{ kind: 'refused', why: 'loop' }]);
    feeder.feeds.close();
    feeder = new Feeder('READ_REPLICA', []);
    const b = new Child(feeder, 'b');
    b.say({ kind: 'adopt' });
    await aMoment();
    expect(b.kinds('refused')).toEqual([{ kind: 'refused', why: 'notFed' }]);
  });

  it('pushes what is published, in order, never more, and says what it does not have', async () => {
    feeder = new Feeder('READ_REPLICA', ['core', 'feeder']);
    feeder.source.publish(3);
    const child = new Child(feeder, 'a');
    child.say({ kind: 'subscribe', graph: GRAPH, index: 0, mode: 'fed' });
    await aMoment();
    expect(child.entries).toEqual([]);
    child.say({ kind: 'adopt' });
    child.say({ kind: 'subscribe', graph: GRAPH, index: 1, mode: 'fed' });
    await aMoment();
    expect(child.entries).toEqual([2, 3]);
    expect(child.kinds('heads')).toContainEqual({ kind: 'heads', heads: [{ graph: GRAPH, head: 8, stamp: 7, ageMs: 3 }] });
    feeder.source.publish(5);
    await aMoment();
    expect(child.entries).toEqual([2, 3, 4, 5]);

    feeder.source.keptFrom = 4;
    child.say({ kind: 'subscribe', graph: GRAPH, index: 1, mode: 'fed' });
    child.say({ kind: 'subscribe', graph: GRAPH.replace('1', '9'), index: 0, mode: 'fed' });
    await aMoment();
    expect(child.kinds('elsewhere')).toEqual([
      { kind: 'elsewhere', graph: GRAPH.replace('1', '9'), why: 'notHere' },
      { kind: 'elsewhere', graph: GRAPH, why: 'behind' },
    ]);
  });

  it('at a CORE lets a stranger catch up to the end, and ends it there', async () => {
    feeder = new Feeder('CORE', ['feeder'], 1);
    feeder.source.publish(4);
    const child = new Child(feeder, 'a');
    child.say({ kind: 'subscribe', graph: GRAPH, index: 1, mode: 'catchUp' });
    await aMoment();
    feeder.source.publish(9);
    await aMoment();
    expect(child.entries).toEqual([2, 3, 4]);
    expect(child.kinds('caughtUp')).toEqual([{ kind: 'caughtUp', graph: GRAPH }]);
    expect(feeder.feeds.offer.children).toBe(0);
  });
});

describe('the log as a source', () => {
  it('shows what the log has of a graph that this server holds no copy of', async () => {
    feeder = new Feeder();
    const cluster = createSimulatedCluster({ clock: systemClock, random: seededRandom(1) });
    const log = cluster.logFor('core');
    const source = new LogSource(() => undefined, log, systemClock);
    await log.open(record('core', 'CORE'), { onHead: (graph, head) => source.headMoved(graph, head), onLeadership() {}, onServers() {}, onSessionLost() {} });
    log.follow(GRAPH);
    const campaign = await log.campaign(GRAPH);
    const term = campaign.kind === 'won' ? campaign.term : 0;
    const append = (index: number) =>
      log.append([{ graph: GRAPH, term, index, incarnation: 'i', batchId: String(index).padStart(32, '0'), payload: new Uint8Array(10) }]);
    await append(1);
    await append(2);
    expect(source.position(GRAPH)?.published).toBe(0);
    await sleep(systemClock, 50);
    expect(source.position(GRAPH)?.published).toBe(2);
    let moved = false;
    source.onMoved(GRAPH, () => (moved = true));
    await append(3);
    await sleep(systemClock, 50);
    expect(moved).toBe(true);
    expect(source.position(GRAPH)).toMatchObject({ published: 3, head: 3 });
    expect((await source.read(GRAPH, 1, 2, 1000))?.map(({ index }) => index)).toEqual([1, 2]);
    await log.truncate(GRAPH, term, 1);
    expect(await source.read(GRAPH, 1, 3, 1000)).toBeUndefined();
    await log.close();
  });
});
