// The settings of one server: a YAML file, checked, with defaults. Every setting that an error names is here.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Address, parseAddress } from '../base/network.js';

const address = z.string().transform((text, context): Address => {
  const parsed = parseAddress(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `'${text}' is not an address: write host:port, such as 127.0.0.1:7687` });
  return z.NEVER;
});

const milliseconds = z.number().int().positive();
const bytes = z.number().int().positive();

const schema = z
  .object({
    server: z.object({ name: z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,62}$/), kind: z.enum(['CORE', 'READ_REPLICA']), data: z.string() }).strict(),
    bolt: z
      .object({ listen: address, advertised: address.optional(), telemetry: z.boolean().default(false), stalled_ms: milliseconds.default(120_000) })
      .strict(),
    http: z
      .object({ listen: address, advertised: address.optional(), cluster_status_auth: z.boolean().default(true), bookmark_cookie: z.boolean().default(true) })
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
        engine: z.enum(['embedded']).default('embedded'),
        embedded: z
          .object({
            folder: z.string(),
            map_size: bytes.default(64 * 1024 ** 3),
            lease_ms: milliseconds.default(1500),
            watchdog_ms: milliseconds.default(5000),
          })
          .strict()
          .optional(),
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
      .object({ message_bytes: bytes.default(16 * 1024 ** 2), bolt_connections: z.number().int().positive().default(10_000) })
      .strict()
      .prefault({}),
    logging: z
      .object({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info'), file: z.string().optional() })
      .strict()
      .prefault({}),
  })
  .strict();

export type Configuration = z.infer<typeof schema>;

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
  if (configuration.server.kind === 'CORE' && configuration.log.embedded === undefined) {
    throw new ConfigurationError(`${source}: a CORE needs log.embedded.folder`);
  }
  if (configuration.server.kind === 'READ_REPLICA' && configuration.cluster.seeds.length === 0) {
    throw new ConfigurationError(`${source}: a READ_REPLICA needs cluster.seeds, the cluster addresses of CORE servers`);
  }
  return configuration;
}

function absolutePaths(configuration: Configuration, folder: string): Configuration {
  const at = (file: string) => path.resolve(folder, file);
  const { server, cluster, log, security, logging } = configuration;
  return {
    ...configuration,
    server: { ...server, data: at(server.data) },
    cluster: { ...cluster, secret_file: at(cluster.secret_file) },
    log: log.embedded === undefined ? log : { ...log, embedded: { ...log.embedded, folder: at(log.embedded.folder) } },
    security: security.initial_password_file === undefined ? security : { ...security, initial_password_file: at(security.initial_password_file) },
    logging: logging.file === undefined ? logging : { ...logging, file: at(logging.file) },
  };
}
