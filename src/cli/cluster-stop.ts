// `causeway cluster stop`: asks the process that keeps the cluster to stop it, and waits.

import { CliError } from './cli-error.js';
import { DataFolder, isAlive } from './data-folder.js';

const WAIT_MS_MAX = 30_000;

export async function stopCluster({ data }: { readonly data: string }): Promise<void> {
  const folder = new DataFolder(data);
  const keeper = folder.keeper();
  if (keeper === undefined) throw new CliError(`No cluster is running in ${folder.root}.`);
  process.kill(keeper, 'SIGTERM');
  for (const deadline = Date.now() + WAIT_MS_MAX; isAlive(keeper); ) {
    if (Date.now() > deadline) throw new CliError(`The cluster (pid ${keeper}) did not stop within ${WAIT_MS_MAX / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.stdout.write('stopped\n');
}
