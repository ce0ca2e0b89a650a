// The members of etcd that servers of this machine carry: they outlive a server that was killed, and must not outlive their cluster.

import path from 'node:path';
import { runningEtcd, signalEtcd } from '../log/etcd/members/etcd-process.js';
import type { DataFolder } from './data-folder.js';

/** Those that still run for these servers. */
export function killMembers(folder: DataFolder, servers: readonly { readonly plan: { readonly name: string } }[]): void {
  if (folder.plan()?.engine !== 'etcd') return;
  for (const { plan } of servers) {
    const state = folder.file('servers', plan.name, 'etcd');
    const pid = runningEtcd(state, path.join(state, 'data'));
    if (pid !== undefined) signalEtcd(pid, 'SIGKILL');
  }
}
