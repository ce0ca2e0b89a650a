// The settings of one server: a YAML file, checked, with defaults. Every setting that an error names is here.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type LimitSettingName, limitSettings, limits } from '../base/limits.js';
import { type Address, parseAddress } from '../base/network.js';

const address = z.string().transform((text, context): Address => {
  const parsed = parseAddress(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `'${text}' is not an address: write host:port, such as 127.0.0.1:7687` });
  return z.NEVER;
});

const milliseconds = z.number().int().positive();
const bytes = z.number().int().positive();

/** Those of base/limits.ts: each is as it is there, where it is not set. */
const processLimits = Object.fromEntries(
  Object.entries(limitSettings).map(([name, { limit, min, max }]) => [name, z.number().int().min(min).max(max).default(limits[limit])]),
) as Record<LimitSettingName, z.ZodDefault<z.ZodNumber>>;

const etcd = z
  .object({
    cluster: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/)
      .default('causeway'),
    external: z.array(z.string().regex(/^https?:\/\/[^/]+$/, 'write http://host:port or https://host:port')).default([]),
    tls: z.object({ ca_file: z.string(), cert_file: z.string(), key_file: z.string() }).strict().optional(),
    member: z.object({ client: address, peer: address, data: z.string().optional(), binary: z.string().optional() }).strict().optional(),
    initial_members: z.array(z.object({ name: z.string(), peer: address }).strict()).default([]),
    voters: z
      .number()
      .int()
      .min(1)
      .max(7)
      .refine((count) => count % 2 === 1, 'must be odd: an even number of voters bears no more losses than the odd one below it')
      .default(5),
    profile: z.enum(['default', 'fast']).default('default'),
    replace_dead_ms: milliseconds.default(300_000),
    lease_ms: milliseconds.default(2000),
    watchdog_ms: milliseconds.default(5000),
    deadline_ms: milliseconds.default(500),
    quota_bytes: bytes.default(2 * 1024 ** 3),
    graph_quota_bytes: bytes.optional(),
  })
  .strict();

const schema = z
  .object({
    server: z.object({ name: z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,62}$/), kind: z.enum(['CORE', 'READ_REPLICA']), data: z.string() }).strict(),
    bolt: z
      .object({ listen: address, advertised: address.optional(), telemetry: z.boolean().default(false), stalled_ms: milliseconds.default(120_000) })
      .strict(),
    http: z
      .object({
        listen: address,
        advertised: address.optional(),
        cluster_status_auth: z.boolean().default(true),
        bookmark_cookie: z.boolean().default(true),
        goodbye_ms: z.number().int().min(0).default(3000),
      })
      .strict(),
    cluster: z
      .object({
        listen: address,
        advertised: address.optional(),
        secret_file: z.string(),
        seeds: z.array(address).default([]),
        prefers_to_lead: z.array(z.string()).default([]),
      })
      .strict(),
    graphs: z
      .object({ default_name: z.string().default('neo4j'), max: z.number().int().positive().default(100) })
      .strict()
      .prefault({}),
    feed: z
      .object({ children_max: z.number().int().min(1).default(4), tail_bytes: bytes.default(64 * 1024 ** 2) })
      .strict()
      .prefault({}),
    log: z
      .object({
        engine: z.enum(['embedded', 'etcd']).default('embedded'),
        embedded: z
          .object({
            folder: z.string(),
            map_size: bytes.default(64 * 1024 ** 3),
            lease_ms: milliseconds.default(1500),
            watchdog_ms: milliseconds.default(5000),
          })
          .strict()
          .optional(),
        etcd: etcd.optional(),
      })
      .strict(),
    security: z.object({ initial_password_file: z.string().optional() }).strict().default({}),
    memory: z
      .object({ graph_bytes: bytes.default(1024 ** 3), system_graph_bytes: bytes.default(64 * 1024 ** 2), query_bytes: bytes.default(512 * 1024 ** 2) })
      .strict()
      .prefault({}),
    routing: z
      .object({
        server_side: z.boolean().default(true),
        spread_reads: z.boolean().default(true),
        catch_up_ms: milliseconds.default(100),
        hold_ms: milliseconds.default(10_000),
        table_ttl_ms: milliseconds.default(10_000),
      })
      .strict()
      .prefault({}),
    transactions: z
      .object({
        commit_timeout_ms: milliseconds.default(30_000),
        idle_timeout_ms: milliseconds.default(30_000),
        open_max: z.number().int().positive().default(1000),
      })
      .strict()
      .prefault({}),
    bookmarks: z
      .object({ timeout_ms: milliseconds.default(30_000) })
      .strict()
      .prefault({}),
    limits: z
      .object({ message_bytes: bytes.default(16 * 1024 ** 2), bolt_connections: z.number().int().positive().default(10_000), ...processLimits })
      .strict()
      .prefault({}),
    testing: z
      .object({ table_procedures: z.boolean().default(false) })
      .strict()
      .prefault({}),
    logging: z
      .object({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info'), file: z.string().optional() })
      .strict()
      .prefault({}),
  })
  .strict();

export type Configuration = z.infer<typeof schema>;
export type EtcdConfiguration = z.infer<typeof etcd>;

/** Every setting by its dotted name, with its default; undefined where there is none. */
export function settings(): ReadonlyMap<string, unknown> {
  return new Map(leaves('', schema));
}

function leaves(name: string, type: z.core.$ZodType, value?: unknown): [string, unknown][] {
  if (type instanceof z.ZodDefault) return leaves(name, type.def.innerType, type.def.defaultValue);
  if (type instanceof z.ZodPrefault || type instanceof z.ZodOptional) return leaves(name, type.def.innerType, value);
  if (!(type instanceof z.ZodObject)) return [[name, value]];
  return Object.entries(type.shape).flatMap(([key, inner]) => leaves(name === '' ? key : `${name}.${key}`, inner as z.core.$ZodType));
}

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Reads and checks a file; paths in it are relative to the file. */
export function readConfiguration(file: string): Configuration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`cannot read the configuration file ${file}: ${(error as Error).message}`);
  }
  return absolutePaths(checkConfiguration(parsed(text, file), file), path.dirname(path.resolve(file)));
}

function parsed(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new ConfigurationError(`${file} is not YAML: ${(error as Error).message.trim()}`);
  }
}

export function checkConfiguration(content: unknown, source: string): Configuration {
  const result = schema.safeParse(content);
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
    throw new ConfigurationError(`${source} is not a valid configuration:\n${lines.join('\n')}`);
  }
  const configuration = result.data;
  if (configuration.server.kind === 'CORE') {
    const missing = missingOfLog(configuration.log);
    if (missing !== undefined) throw new ConfigurationError(`${source}: ${missing}`);
  }
  if (configuration.server.kind === 'READ_REPLICA' && configuration.cluster.seeds.length === 0) {
    throw new ConfigurationError(`${source}: a READ_REPLICA needs cluster.seeds, the cluster addresses of CORE servers`);
  }
  return configuration;
}

/** What a CORE needs and has not. */
function missingOfLog({ engine, embedded, etcd }: Configuration['log']): string | undefined {
  if (engine === 'embedded') return embedded === undefined ? 'a CORE needs log.embedded.folder' : undefined;
  if (etcd === undefined) return 'a CORE whose log is on etcd needs log.etcd';
  const { external, member, initial_members, tls } = etcd;
  if (external.length === 0 && member === undefined)
    return 'a CORE needs log.etcd.member, the member of etcd that it carries, or log.etcd.external, the endpoints of an etcd that you run';
  if (external.length > 0 && member !== undefined) return 'log.etcd.member and log.etcd.external exclude each other';
  if (member !== undefined && initial_members.length === 0)
    return 'log.etcd.member needs log.etcd.initial_members: the members that begin the cluster, the same list on every CORE';
  if (external.some((endpoint) => endpoint.startsWith('https:')) && tls === undefined) return 'endpoints with https need log.etcd.tls';
  return undefined;
}

function absolutePaths(configuration: Configuration, folder: string): Configuration {
  const at = (file: string) => path.resolve(folder, file);
  const { server, cluster, log, security, logging } = configuration;
  return {
    ...configuration,
    server: { ...server, data: at(server.data) },
    cluster: { ...cluster, secret_file: at(cluster.secret_file) },
    log: {
      ...log,
      ...(log.embedded === undefined ? {} : { embedded: { ...log.embedded, folder: at(log.embedded.folder) } }),
      ...(log.etcd === undefined ? {} : { etcd: absoluteEtcd(log.etcd, at) }),
    },
    security: security.initial_password_file === undefined ? security : { ...security, initial_password_file: at(security.initial_password_file) },
    logging: logging.file === undefined ? logging : { ...logging, file: at(logging.file) },
  };
}

function absoluteEtcd(etcd: EtcdConfiguration, at: (file: string) => string): EtcdConfiguration {
  const { tls, member } = etcd;
  return {
    ...etcd,
    ...(tls === undefined ? {} : { tls: { ca_file: at(tls.ca_file), cert_file: at(tls.cert_file), key_file: at(tls.key_file) } }),
    ...(member?.data === undefined ? {} : { member: { ...member, data: at(member.data) } }),
  };
}
