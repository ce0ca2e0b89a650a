// A network in memory. Bytes of one connection arrive in the order they were sent, those of different connections in
// any order: each piece is delayed by chance. A cut way carries nothing; what was sent waits (as TCP sends again), until
// the way is healed or the sender has given up. `ECONNREFUSED` comes only from a machine that is up and reachable and has
// nobody listening; everything else that fails is a timeout.

import type { Clock } from '../../src/base/clock.js';
import { type Address, type Connection, formatAddress, type Listener, type Network } from '../../src/base/network.js';
import { below, chance, fraction, pick, type Random } from '../../src/base/random.js';
import type { Range } from '../../src/log/simulated/faults.js';
import type { Machine } from './machine.js';

const DELAY_MS: Range = { min: 0.1, max: 1.5 };
const LATE_CHANCE = 0.01;
const LATE_MS: Range = { min: 5, max: 40 };
const SPLIT_CHANCE = 0.02;
/** Until a sender whose bytes nobody takes gives its connection up. */
const GIVE_UP_MS: Range = { min: 4000, max: 15_000 };
const QUEUE_BYTES_MAX = 256 * 1024;

interface Listening {
  readonly machine: Machine;
  readonly life: number;
  readonly onConnection: (connection: Connection) => void;
}

type Segment =
  | { readonly kind: 'data'; readonly bytes: Uint8Array; readonly dueMs: number }
  | { readonly kind: 'end'; readonly error: Error | undefined; readonly dueMs: number };

export class SimulatedNetwork {
  readonly clock: Clock;
  readonly random: Random;
  readonly #machines: Map<string, Machine>;
  readonly #listeners: Map<string, Listening>;
  readonly #links: Set<Link>;
  readonly #cut: Map<string, number>;
  readonly #slow: Map<string, Range>;
  #ports: number;
  /** Told of every piece that arrives. */
  onArrival: (from: string, to: string, bytes: Uint8Array) => void;

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
    this.#machines = new Map();
    this.#listeners = new Map();
    this.#links = new Set();
    this.#cut = new Map();
    this.#slow = new Map();
    this.#ports = 50_000;
    this.onArrival = () => {};
  }

  add(machine: Machine): void {
    this.#machines.set(machine.name, machine);
  }

  /** As the process that runs on the machine now sees it. */
  of(machine: Machine): Network {
    const life = machine.life;
    return {
      listen: (address, onConnection) => this.#listen(machine, life, address, onConnection),
      connect: (address, timeoutMs) => this.#connect(machine, life, address, timeoutMs),
    };
  }

  // ------------------------------------------------------------ faults

  /** One way. Returns its healing. Cuts of several faults add up. */
  cut(from: string, to: string): () => void {
    const way = `${from}>${to}`;
    this.#cut.set(way, (this.#cut.get(way) ?? 0) + 1);
    let healed = false;
    return () => {
      if (healed) return;
      healed = true;
      this.#cut.set(way, (this.#cut.get(way) ?? 1) - 1);
      this.#pumpAll();
    };
  }

  isCut(from: string, to: string): boolean {
    return (this.#cut.get(`${from}>${to}`) ?? 0) > 0;
  }

  /** Everything to and from the machine takes so much longer. */
  slow(name: string, byMs: Range): () => void {
    this.#slow.set(name, byMs);
    return () => void this.#slow.delete(name);
  }

  /** Some connections of the machine break, or only one end of them notices. */
  breakConnections(name: string, share: number, halfOpen: boolean): number {
    const links = [...this.#links].filter((link) => link.ends.some(({ machine }) => machine.name === name) && chance(this.random, share));
    for (const { ends } of links) {
      const end = pick(this.random, ends);
      end.closed(reset(), !halfOpen);
    }
    return links.length;
  }

  /** The machine's process is dead: its listeners are gone, and the other ends hear of it unless the power went. */
  died(machine: Machine): void {
    for (const [address, listening] of this.#listeners) if (listening.machine === machine) this.#listeners.delete(address);
    for (const link of [...this.#links]) for (const end of link.ends) if (end.machine === machine) end.died(machine.isPowered);
    this.#pumpAll();
  }

  /** The machine has power again: what is sent to its dead process is refused. */
  powered(): void {
    this.#pumpAll();
  }

  // ------------------------------------------------------------ connections

  async #listen(machine: Machine, life: number, address: Address, onConnection: (connection: Connection) => void): Promise<Listener> {
    const key = formatAddress(address);
    if (this.#listeners.has(key)) throw Object.assign(new Error(`${key} is taken`), { code: 'EADDRINUSE' });
    const listening: Listening = { machine, life, onConnection };
    this.#listeners.set(key, listening);
    return {
      address,
      close: () => {
        if (this.#listeners.get(key) === listening) this.#listeners.delete(key);
        for (const link of [...this.#links]) if (link.address === key) link.ends[1].destroy();
        return Promise.resolve();
      },
    };
  }

  #connect(machine: Machine, life: number, address: Address, timeoutMs: number): Promise<Connection> {
    const target = this.#machines.get(address.host);
    if (target === undefined) return Promise.reject(Object.assign(new Error(`no machine ${address.host}`), { code: 'ENOTFOUND' }));
    return new Promise((resolve, reject) => {
      let over = false;
      const end = (act: () => void) => {
        if (over) return;
        over = true;
        machine.run(life, act);
      };
      this.clock.after(timeoutMs, () =>
        end(() => reject(Object.assign(new Error(`no connection to ${formatAddress(address)} within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }))),
      );
      this.clock.after(this.delay(machine.name, target.name), () => {
        if (over || this.isCut(machine.name, target.name) || !target.isPowered) return;
        const link = this.#accept(machine, life, target, address);
        this.clock.after(this.delay(target.name, machine.name), () => {
          if (this.isCut(target.name, machine.name)) return;
          if (link === undefined) end(() => reject(Object.assign(new Error(`connect ECONNREFUSED ${formatAddress(address)}`), { code: 'ECONNREFUSED' })));
          else if (over) link.ends[0].destroy();
          else end(() => resolve(link.ends[0]));
        });
      });
    });
  }

  /** What the kernel does, even while the process stands still. */
  #accept(machine: Machine, life: number, target: Machine, address: Address): Link | undefined {
    const listening = this.#listeners.get(formatAddress(address));
    if (listening === undefined) return undefined;
    const link = new Link(this, [machine, life, { host: machine.name, port: this.#ports++ }], [target, listening.life, address]);
    this.#links.add(link);
    target.run(listening.life, () => listening.onConnection(link.ends[1]));
    return link;
  }

  forget(link: Link): void {
    this.#links.delete(link);
  }

  #pumpAll(): void {
    for (const link of [...this.#links]) for (const end of link.ends) end.pump();
  }

  delay(from: string, to: string): number {
    const draw = ({ min, max }: Range) => min + fraction(this.random) * (max - min);
    let ms = draw(chance(this.random, LATE_CHANCE) ? LATE_MS : DELAY_MS);
    for (const name of [from, to]) {
      const slow = this.#slow.get(name);
      if (slow !== undefined) ms += draw(slow);
    }
    return ms;
  }

  giveUpMs(): number {
    return GIVE_UP_MS.min + fraction(this.random) * (GIVE_UP_MS.max - GIVE_UP_MS.min);
  }
}

type EndOf = readonly [machine: Machine, life: number, address: Address];

class Link {
  readonly ends: readonly [End, End];
  readonly address: string;

  constructor(network: SimulatedNetwork, opener: EndOf, accepter: EndOf) {
    this.address = formatAddress(accepter[2]);
    this.ends = [new End(network, this, opener, accepter), new End(network, this, accepter, opener)];
    this.ends[0].peer = this.ends[1];
    this.ends[1].peer = this.ends[0];
    this.network = network;
  }

  readonly network: SimulatedNetwork;

  ended(): void {
    if (this.ends.every((end) => end.isOver)) this.network.forget(this);
  }
}

class End implements Connection {
  readonly machine: Machine;
  readonly remote: Address;
  peer!: End;
  readonly #network: SimulatedNetwork;
  readonly #link: Link;
  readonly #life: number;
  readonly #peerName: string;
  /** On their way to the other end. */
  #sent: Segment[];
  #sentBytes: number;
  #pumping: boolean;
  #stuckSinceMs: number | undefined;
  #lastDueMs: number;
  #drained: (() => void)[];
  /** Arrived, and not yet given to the process. */
  #arrived: Uint8Array[];
  #reading: boolean;
  #onData: ((bytes: Uint8Array) => void) | undefined;
  #onClose: ((error: Error | undefined) => void)[];
  /** open; ending: what was sent still goes; closed: told, or there is nobody to tell. */
  #state: 'open' | 'ending' | 'closed';
  /** The other end has ended. */
  #ending: { readonly error: Error | undefined } | undefined;
  #error: Error | undefined;

  constructor(network: SimulatedNetwork, link: Link, own: EndOf, other: EndOf) {
    this.#network = network;
    this.#link = link;
    this.machine = own[0];
    this.#life = own[1];
    this.remote = other[2];
    this.#peerName = other[0].name;
    this.#sent = [];
    this.#sentBytes = 0;
    this.#pumping = false;
    this.#stuckSinceMs = undefined;
    this.#lastDueMs = 0;
    this.#drained = [];
    this.#arrived = [];
    this.#reading = true;
    this.#onData = undefined;
    this.#onClose = [];
    this.#state = 'open';
    this.#ending = undefined;
    this.#error = undefined;
  }

  get isOver(): boolean {
    return this.#state === 'closed' && this.#sent.length === 0;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== 'open') return true;
    const { random } = this.#network;
    if (bytes.length > 1 && chance(random, SPLIT_CHANCE)) {
      const at = 1 + below(random, bytes.length - 1);
      this.#send({ kind: 'data', bytes: bytes.subarray(0, at), dueMs: this.#due() });
      this.#send({ kind: 'data', bytes: bytes.subarray(at), dueMs: this.#due() });
    } else this.#send({ kind: 'data', bytes, dueMs: this.#due() });
    return this.#sentBytes < QUEUE_BYTES_MAX;
  }

  drained(): Promise<void> {
    if (this.#state === 'closed' || this.#sentBytes < QUEUE_BYTES_MAX) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#onData = listener;
    this.#give();
  }

  onClose(listener: (error: Error | undefined) => void): void {
    if (this.#state === 'closed') queueMicrotask(() => listener(this.#error));
    else this.#onClose.push(listener);
  }

  pause(): void {
    this.#reading = false;
  }

  resume(): void {
    this.#reading = true;
    this.#give();
  }

  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#send({ kind: 'end', error: undefined, dueMs: this.#due() });
  }

  destroy(): void {
    this.closed(undefined, true);
  }

  /** This end is closed; `telling`: the other one will hear of it. */
  closed(error: Error | undefined, telling: boolean): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#error = error;
    // What was not sent yet may be lost with it.
    if (!telling || chance(this.#network.random, 0.5)) this.#forgetSent();
    if (telling) this.#send({ kind: 'end', error, dueMs: this.#due() });
    this.#arrived = [];
    for (const resolve of this.#drained.splice(0)) resolve();
    const listeners = this.#onClose.splice(0);
    queueMicrotask(() => this.machine.run(this.#life, () => listeners.map((listener) => listener(error))));
    this.#link.ended();
  }

  /** Its process is dead. */
  died(telling: boolean): void {
    this.#onClose = [];
    this.#onData = undefined;
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#forgetSent();
    if (telling) this.#send({ kind: 'end', error: reset(), dueMs: this.#due() });
  }

  /** Brings on what can be brought on. */
  pump(): void {
    const next = this.#sent[0];
    if (next === undefined || this.#pumping) return;
    const { clock } = this.#network;
    const target = this.peer.machine;
    if (this.#network.isCut(this.machine.name, target.name) || !target.isPowered || !this.machine.isPowered) return this.#stuck();
    this.#stuckSinceMs = undefined;
    this.#pumping = true;
    clock.after(Math.max(0, next.dueMs - clock.nowMs()), () => {
      this.#pumping = false;
      if (this.#sent[0] !== next || this.#network.isCut(this.machine.name, target.name) || !target.isPowered) return this.pump();
      this.#sent.shift();
      if (next.kind === 'data') this.#sentBytes -= next.bytes.length;
      this.peer.#arrive(next);
      if (this.#sentBytes < QUEUE_BYTES_MAX) this.machine.run(this.#life, () => this.#drained.splice(0).map((resolve) => resolve()));
      this.pump();
      this.#link.ended();
    });
  }

  #send(segment: Segment): void {
    this.#sent.push(segment);
    if (segment.kind === 'data') this.#sentBytes += segment.bytes.length;
    this.pump();
  }

  #forgetSent(): void {
    this.#sent = [];
    this.#sentBytes = 0;
  }

  #due(): number {
    const { clock } = this.#network;
    this.#lastDueMs = Math.max(this.#lastDueMs, clock.nowMs() + this.#network.delay(this.machine.name, this.#peerName));
    return this.#lastDueMs;
  }

  /** Whoever waits too long for bytes to get through is told that the connection is lost; the other end is not. */
  #stuck(): void {
    if (this.#stuckSinceMs !== undefined) return;
    const { clock } = this.#network;
    const since = clock.nowMs();
    this.#stuckSinceMs = since;
    clock.after(this.#network.giveUpMs(), () => {
      if (this.#stuckSinceMs !== since) return;
      this.#forgetSent();
      this.closed(Object.assign(new Error('the other end does not answer'), { code: 'ETIMEDOUT' }), false);
      this.#link.ended();
    });
  }

  #arrive(segment: Segment): void {
    if (segment.kind === 'end') {
      this.#forgetSent();
      this.machine.run(this.#life, () => {
        this.#ending = { error: segment.error };
        this.#give();
      });
      // The end that ended in order hears that the other has, too.
      this.peer.#otherEnded();
      return;
    }
    this.#network.onArrival(this.#peerName, this.machine.name, segment.bytes);
    if (this.#state === 'closed') {
      // Nobody is here any more: the kernel says so.
      this.#send({ kind: 'end', error: reset(), dueMs: this.#due() });
      return;
    }
    this.#arrived.push(segment.bytes);
    this.machine.run(this.#life, () => this.#give());
  }

  #otherEnded(): void {
    if (this.#state !== 'ending') return;
    this.#network.clock.after(this.#network.delay(this.#peerName, this.machine.name), () => this.closed(undefined, false));
  }

  #give(): void {
    while (this.#reading && this.#onData !== undefined && this.#state !== 'closed') {
      const bytes = this.#arrived.shift();
      if (bytes === undefined) break;
      this.#onData(bytes);
    }
    // What came before an orderly end is read first.
    if (this.#ending === undefined || (this.#ending.error === undefined && this.#arrived.length > 0)) return;
    this.closed(this.#ending.error, false);
  }
}

function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}
