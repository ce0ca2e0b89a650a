// The log of one server, by its configuration: embedded, or on etcd, there with the member of etcd that this CORE carries. A READ_REPLICA
// has none.

import path from 'node:path';
import type { Logger } from '../base/logger.js';
import { createEmbeddedLog } from '../log/embedded/embedded-log.js';
import { createEtcdLog, type EtcdLog } from '../log/etcd/etcd-log.js';
import { EtcdMissing, findEtcd } from '../log/etcd/members/find-etcd.js';
import type { MemberSettings } from '../log/etcd/members/member-settings.js';
import { OwnMember } from '../log/etcd/members/own-member.js';
import type { EtcdTls } from '../log/etcd/rpc/channels.js';
import type { Log } from '../log/log.js';
import { type Configuration, ConfigurationError, type EtcdConfiguration } from './configuration.js';

/** Heartbeat and election timeout of etcd, in milliseconds. */
const PROFILES = { default: { heartbeatMs: 100, electionMs: 1000 }, fast: { heartbeatMs: 50, electionMs: 500 } } as const;

export interface OpenedLog {
  readonly log: Log | undefined;
  /** Told once the server knows who was dropped from the cluster: ids of such servers. */
  leaveOut(dropped: () => ReadonlySet<string>): void;
  /** Stops the member, once the server has left its log. */
  stop(): Promise<void>;
  /** The same at once, for a process that must end. */
  kill(): void;
}

const nothingCarried = { leaveOut: () => {}, stop: () => Promise.resolve(), kill: () => {} };

/** Waits until the log can be used, unless `told` comes first: then undefined, and nothing is left running. */
export async function openLog(configuration: Configuration, serverId: string, logger: Logger, told: Promise<void>): Promise<OpenedLog | undefined> {
  const { server, log } = configuration;
  if (server.kind !== 'CORE') return { log: undefined, ...nothingCarried };
  if (log.engine === 'etcd' && log.etcd !== undefined) return onEtcd(configuration, serverId, logger, told);
  if (log.embedded === undefined) throw new ConfigurationError('a CORE needs log.embedded.folder');
  const { folder, lease_ms, watchdog_ms, map_size } = log.embedded;
  const embedded = createEmbeddedLog({ folder, serverName: server.name, leaseMs: lease_ms, watchdogMs: watchdog_ms, mapSizeBytes: map_size, logger });
  return { log: embedded, ...nothingCarried };
}

async function onEtcd(configuration: Configuration, serverId: string, logger: Logger, told: Promise<void>): Promise<OpenedLog | undefined> {
  const etcd = configuration.log.etcd as EtcdConfiguration;
  const member = carriedMember(configuration, etcd, serverId, logger);
  if (member === undefined) return { log: createLog(configuration, etcd, etcd.external, logger), ...nothingCarried };
  const endpoints = await Promise.race([member.start().catch(() => undefined), told.then(() => undefined)]);
  if (endpoints === undefined) {
    await member.stop();
    return undefined;
  }
  const log = createLog(configuration, etcd, endpoints, logger);
  member.onEndpoints((others) => log.setEndpoints(others));
  return { log, leaveOut: (dropped) => member.leaveOut(dropped), stop: () => member.stop(), kill: () => member.kill() };
}

function carriedMember(configuration: Configuration, etcd: EtcdConfiguration, serverId: string, logger: Logger): OwnMember | undefined {
  const settings = memberSettings(configuration);
  if (settings === undefined) return undefined;
  return new OwnMember({ settings, serverId, initial: etcd.initial_members, votersMax: etcd.voters, replaceDeadMs: etcd.replace_dead_ms, logger });
}

/** Of the member of etcd that the server carries, if it carries one. Raises ConfigurationError where there is no etcd. */
export function memberSettings({ server, log: { engine, etcd } }: Configuration): MemberSettings | undefined {
  if (server.kind !== 'CORE' || engine !== 'etcd' || etcd?.member === undefined) return undefined;
  const stateFolder = path.join(server.data, 'etcd');
  return {
    name: server.name,
    cluster: etcd.cluster,
    binary: foundEtcd(etcd.member.binary),
    dataFolder: etcd.member.data ?? path.join(stateFolder, 'data'),
    stateFolder,
    client: etcd.member.client,
    peer: etcd.member.peer,
    tls: tlsOf(etcd),
    ...PROFILES[etcd.profile],
    // Ours is reached long before, so that leases are still given.
    quotaBytes: 2 * etcd.quota_bytes,
  };
}

function foundEtcd(binary: string | undefined): ReturnType<typeof findEtcd> {
  try {
    return findEtcd(binary);
  } catch (error) {
    if (error instanceof EtcdMissing) throw new ConfigurationError(error.message);
    throw error;
  }
}

function createLog({ server }: Configuration, etcd: EtcdConfiguration, endpoints: readonly string[], logger: Logger): EtcdLog {
  const tls = tlsOf(etcd);
  return createEtcdLog({
    cluster: etcd.cluster,
    serverName: server.name,
    endpoints,
    leaseMs: etcd.lease_ms,
    watchdogMs: etcd.watchdog_ms,
    deadlineMs: etcd.deadline_ms,
    quotaBytes: etcd.quota_bytes,
    logger,
    ...(tls === undefined ? {} : { tls }),
    ...(etcd.graph_quota_bytes === undefined ? {} : { graphQuotaBytes: etcd.graph_quota_bytes }),
  });
}

function tlsOf({ tls }: EtcdConfiguration): EtcdTls | undefined {
  return tls === undefined ? undefined : { caFile: tls.ca_file, certFile: tls.cert_file, keyFile: tls.key_file };
}
