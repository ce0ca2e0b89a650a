// `causeway shell`: Cypher over Bolt. With -c, --file or a pipe it runs what it is given and ends, at the first failure with exit code
// 1; at a terminal it asks.

import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseAddress } from '../../base/network.js';
import { tcpNetwork } from '../../base/tcp.js';
import { CausewayError } from '../../errors/error.js';
import { CliError } from '../cli-error.js';
import { DataFolder, isAlive } from '../data-folder.js';
import { parseTarget, type Target } from './addresses.js';
import { setParameter } from './commands.js';
import { History } from './history.js';
import { Interactive } from './interactive.js';
import { parameterValue } from './parameters.js';
import type { Format } from './result-printer.js';
import { errorText, forEachInput, Runner, ShellFailure } from './runner.js';
import { screenOn } from './screen.js';
import { type SessionOptions, ShellSession } from './session.js';

export interface ShellOptions {
  readonly command: readonly string[];
  readonly file?: string;
  readonly address?: string;
  readonly data: string;
  readonly database?: string;
  readonly user: string;
  readonly password?: string;
  readonly format?: Format;
  readonly param: readonly string[];
}

const PASSWORD_EXPIRED = 'Neo.ClientError.Security.CredentialsExpired';

export async function runShell(options: ShellOptions): Promise<void> {
  // Whoever reads our output may have enough of it: `| head -1`.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(0);
    });
  }
  const asks = options.command.length === 0 && options.file === undefined && process.stdin.isTTY === true;
  const session = await opened(options, asks);
  const runner = new Runner(session, screenOn(process.stdout, process.stderr), options.format ?? 'table');
  for (const [name, value] of options.param.map(splitParameter)) setParameter(runner, name, parameterValue(value));
  try {
    if (asks) await atTerminal(runner, options);
    else await batch(runner, options);
  } finally {
    await runner.close();
  }
}

async function batch(runner: Runner, { command, file }: ShellOptions): Promise<void> {
  try {
    if (file !== undefined) await runner.source(file);
    for (const text of command) await all(runner, text.split('\n'));
    if (file === undefined && command.length === 0) await all(runner, createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY }));
  } catch (error) {
    if (!(error instanceof ShellFailure)) throw error;
    throw new CliError(error.message);
  }
}

async function all(runner: Runner, lines: AsyncIterable<string> | Iterable<string>): Promise<void> {
  await forEachInput(lines, async (input) => {
    await runner.run(input);
    return !runner.leaving;
  });
}

async function atTerminal(runner: Runner, options: ShellOptions): Promise<void> {
  const { session, screen } = runner;
  const interactive = new Interactive(runner, new History(path.join(homedir(), '.causeway', 'history')), { input: process.stdin, output: process.stdout });
  await screen.write(`${screen.styled('bold', 'Causeway')} at ${session.address}. Statements end with ; and :help lists the commands.\n`);
  if (await isExpired(session)) await changePassword(runner, interactive, options);
  await interactive.run();
}

async function isExpired(session: ShellSession): Promise<boolean> {
  try {
    await session.use(session.chosenGraph);
    return false;
  } catch (error) {
    if (error instanceof CausewayError && error.code === PASSWORD_EXPIRED) return true;
    if (error instanceof CausewayError) throw new CliError(errorText(error, ''));
    throw error;
  }
}

async function changePassword({ session, screen }: Runner, interactive: Interactive, { password }: ShellOptions): Promise<void> {
  await screen.write('The password has to be changed before anything else.\n');
  const from = password ?? (await interactive.secret('Old password: '));
  for (;;) {
    const to = await interactive.secret('New password: ');
    if (to !== (await interactive.secret('Once more: '))) {
      await screen.complain('They differ.\n');
      continue;
    }
    try {
      await session.changePassword(from, to);
      return;
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error;
      await screen.complain(`${errorText(error, '')}\n`);
    }
  }
}

async function opened(options: ShellOptions, asks: boolean): Promise<ShellSession> {
  const { addresses, scheme } = targetsOf(options);
  const folder = new DataFolder(options.data);
  const password = options.password ?? process.env.CAUSEWAY_PASSWORD ?? (options.user === 'neo4j' ? folder.password() : undefined);
  if (password === undefined && !asks) throw new CliError('No password: give --password, or set CAUSEWAY_PASSWORD.');
  const given: SessionOptions = {
    network: tcpNetwork,
    addresses,
    scheme,
    auth: { principal: options.user, credentials: password ?? (await askPassword(options.user)) },
    graph: options.database,
  };
  try {
    return await ShellSession.open(given);
  } catch (error) {
    throw error instanceof CausewayError ? new CliError(errorText(error, '')) : error;
  }
}

/** Before there is a session: its characters are not shown. */
function askPassword(user: string): Promise<string> {
  return new Promise((resolve) => {
    const readline = createInterface({ input: process.stdin, output: process.stdout, terminal: true }) as ReturnType<typeof createInterface> & {
      _writeToOutput?: (text: string) => void;
    };
    readline.question(`Password of ${user}: `, (answer) => {
      readline.close();
      process.stdout.write('\n');
      resolve(answer);
    });
    readline._writeToOutput = () => {};
  });
}

function targetsOf({ address, data }: ShellOptions): { readonly addresses: readonly Target['address'][]; readonly scheme: Target['scheme'] } {
  if (address !== undefined) {
    const target = parseTarget(address);
    return { addresses: [target.address], scheme: target.scheme };
  }
  const living = new DataFolder(data).servers().filter((server) => isAlive(server.pid));
  if (living.length === 0) throw new CliError(`No server of the cluster in ${data} is alive. Start it, or give --address.`);
  return { addresses: living.flatMap((server) => parseAddress(server.bolt) ?? []), scheme: 'neo4j' };
}

function splitParameter(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new CliError(`'${text}' is not a parameter: write name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}
