// What a managed member of etcd is started with. Clients are listened to on one address, other members on another;
// with certificates both are mutual TLS, and without them both are to be reached from where nobody else comes.

import net from 'node:net';
import { type Address, formatAddress } from '../../../base/network.js';
import type { EtcdTls } from '../rpc/channels.js';
import type { EtcdBinary } from './find-etcd.js';

export interface MemberSettings {
  /** The server's. */
  readonly name: string;
  /** Members of one cluster name the same. */
  readonly cluster: string;
  readonly binary: EtcdBinary;
  /** etcd's own folder. */
  readonly dataFolder: string;
  /** Where the server keeps what it knows of its member, and the member's output. */
  readonly stateFolder: string;
  readonly client: Address;
  readonly peer: Address;
  readonly tls?: EtcdTls | undefined;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  /** etcd's own quota, at which it refuses leases too. */
  readonly quotaBytes: number;
}

/** A member that is named before it runs. */
export interface NamedPeer {
  readonly name: string;
  readonly peer: Address;
}

/** How the member comes into its cluster; with data, it knows. */
export type Entrance =
  | { readonly kind: 'kept' }
  | { readonly kind: 'new' | 'existing'; readonly members: readonly { readonly name: string; readonly peerUrl: string }[] }
  /** Of what this member has alone: recovery from a minority. */
  | { readonly kind: 'alone' };

// A member keeps its latest requests in memory, 5000 and those since its last snapshot.
const snapshotCount = 1000;

export function memberFlags(settings: MemberSettings, entrance: Entrance): readonly string[] {
  return [...standingFlags(settings), ...entranceFlags(settings, entrance)];
}

/** Those that say the same at every start: an adopted member has them, or is started again. */
export function standingFlags(settings: MemberSettings): readonly string[] {
  const { name, cluster, dataFolder, client, peer, tls } = settings;
  return [
    `--name=${name}`,
    `--data-dir=${dataFolder}`,
    `--initial-cluster-token=${cluster}`,
    `--listen-client-urls=${urlOf(listenAddress(client), tls)}`,
    `--advertise-client-urls=${urlOf(client, tls)}`,
    `--listen-peer-urls=${urlOf(listenAddress(peer), tls)}`,
    `--initial-advertise-peer-urls=${urlOf(peer, tls)}`,
    '--pre-vote=true',
    `--heartbeat-interval=${settings.heartbeatMs}`,
    `--election-timeout=${settings.electionMs}`,
    `--snapshot-count=${snapshotCount}`,
    `--quota-backend-bytes=${settings.quotaBytes}`,
    '--auto-compaction-retention=0',
    ...corruptionFlags(settings.binary.minor),
    '--logger=zap',
    ...(tls === undefined ? [] : tlsFlags(tls)),
  ];
}

export function urlOf(address: Address, tls: EtcdTls | undefined): string {
  return `${tls === undefined ? 'http' : 'https'}://${formatAddress(address)}`;
}

/** Whether only processes of this machine reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** etcd listens on addresses, not on names. */
export function listenAddress({ host, port }: Address): Address {
  return net.isIP(host) !== 0 || host === 'localhost' ? { host, port } : { host: '0.0.0.0', port };
}

function corruptionFlags(minor: number): readonly string[] {
  if (minor < 6) return ['--experimental-initial-corrupt-check=true', '--experimental-corrupt-check-time=1h'];
  return ['--feature-gates=InitialCorruptCheck=true', '--corrupt-check-time=1h'];
}

function tlsFlags({ caFile, certFile, keyFile }: EtcdTls): readonly string[] {
  return [
    `--cert-file=${certFile}`,
    `--key-file=${keyFile}`,
    `--trusted-ca-file=${caFile}`,
    '--client-cert-auth=true',
    `--peer-cert-file=${certFile}`,
    `--peer-key-file=${keyFile}`,
    `--peer-trusted-ca-file=${caFile}`,
    '--peer-client-cert-auth=true',
  ];
}

function entranceFlags({ name, peer, tls }: MemberSettings, entrance: Entrance): readonly string[] {
  // etcd checks the list also where it does not use it: with data there, its own name is enough.
  if (entrance.kind === 'kept') return [`--initial-cluster=${name}=${urlOf(peer, tls)}`];
  if (entrance.kind === 'alone') return [`--initial-cluster=${name}=${urlOf(peer, tls)}`, '--force-new-cluster=true'];
  return [`--initial-cluster=${entrance.members.map((member) => `${member.name}=${member.peerUrl}`).join(',')}`, `--initial-cluster-state=${entrance.kind}`];
}
