// `causeway cluster status`.

import { CliError } from './cli-error.js';
import { DataFolder } from './data-folder.js';
import { statusOf } from './http-client.js';
import { serverTable } from './tables.js';

export async function showStatus({ data }: { readonly data: string }): Promise<void> {
  const folder = new DataFolder(data);
  const servers = folder.servers();
  const password = process.env.CAUSEWAY_PASSWORD ?? folder.password();
  if (password === undefined) throw new CliError(`No password: set CAUSEWAY_PASSWORD (the file ${folder.file('password')} is missing).`);
  const statuses = await Promise.all(servers.map((server) => statusOf(server, password)));
  process.stdout.write(`${serverTable(servers, statuses, true)}\n`);
  if (statuses.every((status) => status === undefined)) throw new CliError(`No server of the cluster in ${folder.root} answers. Is it started?`);
}
