// The TCK's targets over Bolt: a running cluster, and lanes on it that work side by side, each with a graph of its own that is made anew
// for each scenario. Every statement goes to a server that follows that graph: what writes is passed on to its leader.

import neo4j, { type Driver, type Record as DriverRecord, type Session } from 'neo4j-driver';
import { epochDayOf } from '../../src/values/temporal/calendar.js';
import { temporalText } from '../../src/values/temporal/text.js';
import {
  CypherDate,
  CypherDateTime,
  CypherDuration,
  CypherLocalDateTime,
  CypherLocalTime,
  CypherTime,
  type Temporal,
} from '../../src/values/temporal/types.js';
import { integerOf } from '../../src/values/value.js';
import { FaultCluster } from '../faults/cluster.js';
import { PASSWORD, sleep, statusOf } from '../support/story-cluster.js';
import { atom, type Canonical, float, integer, string } from './expected.js';
import type { QueryFailure, QueryResult, Target } from './scenario.js';

export class BoltCluster {
  readonly #cluster: FaultCluster;
  readonly #drivers: ReadonlyMap<string, Driver>;
  readonly #lanes: OverBolt[] = [];

  private constructor(cluster: FaultCluster, drivers: ReadonlyMap<string, Driver>) {
    this.#cluster = cluster;
    this.#drivers = drivers;
  }

  static async start(): Promise<BoltCluster> {
    const settings = { testing: { table_procedures: true }, memory: { graph_bytes: 8 * 1024 ** 2 } };
    const cluster = await FaultCluster.start({ log: 'embedded', cores: 3, replicas: 0, settings });
    const drivers = cluster.servers.map(({ name, bolt }): [string, Driver] => [
      name,
      neo4j.driver(`bolt://127.0.0.1:${bolt}`, neo4j.auth.basic('neo4j', PASSWORD), { useBigInt: true }),
    ]);
    return new BoltCluster(cluster, new Map(drivers));
  }

  lane(): OverBolt {
    const lane = new OverBolt(this.#cluster, this.#drivers, `tck${this.#lanes.length + 1}`);
    this.#lanes.push(lane);
    return lane;
  }

  async stop(): Promise<void> {
    for (const lane of this.#lanes) await lane.close();
    for (const driver of this.#drivers.values()) await driver.close();
    await this.#cluster.stop();
  }
}

export class OverBolt implements Target {
  readonly #cluster: FaultCluster;
  readonly #drivers: ReadonlyMap<string, Driver>;
  readonly #graph: string;
  #session: Session | undefined;
  #hasProcedures = false;

  constructor(cluster: FaultCluster, drivers: ReadonlyMap<string, Driver>, graph: string) {
    this.#cluster = cluster;
    this.#drivers = drivers;
    this.#graph = graph;
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  async begin(): Promise<void> {
    await this.#session?.close();
    const [first] = [...this.#drivers.values()] as [Driver];
    const { bookmarks } = await this.#on(first, 'system', `CREATE OR REPLACE DATABASE ${this.#graph} WAIT`);
    if (this.#hasProcedures) for (const driver of this.#drivers.values()) await this.#on(driver, 'system', 'CALL causeway.testing.removeProcedures()');
    this.#hasProcedures = false;
    this.#session = (await this.#follower()).session({ database: this.#graph, bookmarks: [...bookmarks] });
  }

  async procedure(signature: string, columns: readonly string[], rows: readonly (readonly Canonical[])[]): Promise<void> {
    this.#hasProcedures = true;
    const parameters = { signature, columns, rows: rows.map((row) => row.map(parameterOf)) };
    for (const driver of this.#drivers.values())
      await this.#on(driver, 'system', 'CALL causeway.testing.addProcedure($signature, $columns, $rows)', parameters);
  }

  async run(query: string, parameters: ReadonlyMap<string, Canonical>): Promise<QueryResult | QueryFailure> {
    const given = Object.fromEntries([...parameters].map(([name, value]) => [name, parameterOf(value)]));
    try {
      const { records, keys } = await this.#ask(query, given);
      return { columns: keys, rows: records.map((record) => [...record.values()].map(canonical)) };
    } catch (error) {
      const { code, message } = error as { readonly code: string; readonly message: string };
      return { code, message, phase: await this.#phaseOf(query, code) };
    }
  }

  /** What EXPLAIN, which runs nothing, says as well, came before anything ran; a missing parameter is told of before, too. */
  async #phaseOf(query: string, code: string): Promise<QueryFailure['phase']> {
    if (code === 'Neo.ClientError.Statement.ParameterMissing') return 'compile time';
    try {
      await this.#ask(`EXPLAIN ${query}`, {});
      return 'runtime';
    } catch {
      return 'compile time';
    }
  }

  async #ask(query: string, parameters: object): Promise<{ readonly records: readonly DriverRecord[]; readonly keys: readonly string[] }> {
    const result = (this.#session as Session).run(query, parameters);
    const keys = (await result.keys()) as string[];
    return { records: (await result).records, keys };
  }

  async #on(driver: Driver, database: string, query: string, parameters: object = {}, after: readonly string[] = []) {
    const session = driver.session({ database, bookmarks: [...after] });
    try {
      await session.run(query, parameters);
      return { bookmarks: session.lastBookmarks() };
    } finally {
      await session.close();
    }
  }

  async #follower(): Promise<Driver> {
    for (let tries = 0; tries < 500; tries++) {
      const statuses = await Promise.all(
        this.#cluster.servers.map(async ({ name, http }) => ({ name, role: (await statusOf({ http: `127.0.0.1:${http}` }, this.#graph))?.role })),
      );
      const follower = statuses.find(({ role }) => role === 'FOLLOWER');
      const driver = follower === undefined ? undefined : this.#drivers.get(follower.name);
      if (driver !== undefined && statuses.some(({ role }) => role === 'LEADER')) return driver;
      await sleep(10);
    }
    throw new Error('no server follows the graph');
  }
}

function canonical(value: unknown): Canonical {
  if (value === null || value === undefined) return atom('null');
  if (typeof value === 'string') return string(value);
  if (typeof value === 'boolean') return atom(String(value));
  if (typeof value === 'bigint') return integer(value);
  if (typeof value === 'number') return float(value);
  if (Array.isArray(value)) return { kind: 'list', items: value.map(canonical) };
  if (neo4j.isNode(value as object)) {
    const { labels, properties } = value as { labels: string[]; properties: object };
    return { kind: 'node', labels, properties: entries(properties) };
  }
  if (neo4j.isRelationship(value as object)) {
    const { type, properties } = value as { type: string; properties: object };
    return { kind: 'relationship', type, properties: entries(properties) };
  }
  if (neo4j.isPath(value as object)) return pathOf(value as DriverPath);
  const temporal = temporalOf(value as Record<string, bigint>);
  return temporal === undefined ? { kind: 'map', entries: entries(value as object) } : string(temporalText(temporal));
}

interface DriverPath {
  readonly start: object;
  readonly segments: readonly {
    readonly start: { readonly elementId: string };
    readonly relationship: { readonly startNodeElementId: string };
    readonly end: object;
  }[];
}

function pathOf({ start, segments }: DriverPath): Canonical {
  const hops = segments.map((one) => ({ relationship: canonical(one.relationship), forward: one.relationship.startNodeElementId === one.start.elementId }));
  return { kind: 'path', nodes: [canonical(start), ...segments.map(({ end }) => canonical(end))], hops };
}

function entries(from: object): ReadonlyMap<string, Canonical> {
  return new Map(Object.entries(from).map(([key, value]) => [key, canonical(value)]));
}

function temporalOf(value: Record<string, bigint>): Temporal | undefined {
  const day = () => epochDayOf(Number(value.year), Number(value.month), Number(value.day));
  const nanos = () => ((Number(value.hour) * 60 + Number(value.minute)) * 60 + Number(value.second)) * 1e9 + Number(value.nanosecond);
  const one = value as unknown as object;
  if (neo4j.isDate(one)) return new CypherDate(day());
  if (neo4j.isLocalTime(one)) return new CypherLocalTime(nanos());
  if (neo4j.isTime(one)) return new CypherTime(nanos(), Number(value.timeZoneOffsetSeconds));
  if (neo4j.isLocalDateTime(one)) return new CypherLocalDateTime(day(), nanos());
  if (neo4j.isDateTime(one)) {
    const zone = value.timeZoneId as unknown as string | undefined;
    return new CypherDateTime(day(), nanos(), Number(value.timeZoneOffsetSeconds), zone ?? undefined);
  }
  if (!neo4j.isDuration(one)) return undefined;
  const part = (name: string) => integerOf(BigInt(value[name] as bigint)) as number | bigint;
  return new CypherDuration(part('months'), part('days'), part('seconds'), Number(value.nanoseconds));
}

function parameterOf(value: Canonical): unknown {
  if (value.kind === 'list') return value.items.map(parameterOf);
  if (value.kind === 'map') return Object.fromEntries([...value.entries].map(([key, one]) => [key, parameterOf(one)]));
  if (value.kind !== 'atom') throw new Error('entities are no parameters');
  const { text } = value;
  if (text === 'null') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (text.startsWith('"')) return JSON.parse(text);
  if (/^-?\d+$/.test(text)) return BigInt(text);
  return Number(text.replace('Inf', 'Infinity').replace(/f$/, ''));
}
