// The process of one server: reads its configuration, starts it, says so, and stops it in order on SIGTERM or SIGINT.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../base/clock.js';
import { setLimits } from '../base/limits.js';
import { formatAddress } from '../base/network.js';
import { systemRandom } from '../base/random.js';
import { tcpNetwork } from '../base/tcp.js';
import { CausewayError } from '../errors/error.js';
import { type Configuration, ConfigurationError, readConfiguration } from './configuration.js';
import { openLog } from './open-log.js';
import { Server } from './server.js';

const SECRET_BYTES_MIN = 16;
const STOP_WITHIN_MS = 10_000;

/** Runs until told to stop. Prints one line of JSON on standard output when it serves. */
export async function runServer(configurationFile: string): Promise<void> {
  const configuration = readConfiguration(configurationFile);
  setLimits(configuration.limits);
  const { server, logging } = configuration;
  mkdirSync(server.data, { recursive: true });
  const logger = pino(
    { level: logging.level, base: { server: server.name }, serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err } },
    pino.destination({ dest: logging.file ?? path.join(server.data, 'server.log'), sync: false, mkdir: true }),
  );
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'an unexpected error; the server ends');
    logger.flush();
    process.stderr.write(`${error.stack ?? error.message}\n`);
    process.exit(70);
  });
  process.on('unhandledRejection', (reason) => {
    throw reason;
  });
  const life = randomBytes(16).toString('hex');
  const told = whenTold();
  const serverId = keptServerId(server.data);
  const opened = await openLog(configuration, serverId, logger, told);
  if (opened === undefined) return logger.flush(() => process.exit(0));
  const { log } = opened;
  const running = await started({
    configuration,
    serverId,
    life,
    secret: readSecret(configuration.cluster.secret_file),
    initialPassword: () => readInitialPassword(configuration),
    log,
    network: tcpNetwork,
    clock: systemClock,
    random: systemRandom,
    logger,
  });
  opened.leaveOut(() => running.droppedServers());
  const bolt = formatAddress(running.bolt);
  const http = formatAddress(running.http);
  logger.info({ bolt, http, log: log?.description }, 'serving');
  process.stdout.write(`${JSON.stringify({ event: 'ready', bolt, http })}\n`);
  await told;
  logger.info({}, 'stopping');
  const late = setTimeout(() => {
    opened.kill();
    process.exit(1);
  }, STOP_WITHIN_MS);
  await running.stop();
  await opened.stop();
  clearTimeout(late);
  logger.info({}, 'stopped');
  logger.flush(() => process.exit(0));
}

/** What keeps a server from starting is said in a line. */
async function started(options: Parameters<typeof Server.start>[0]): Promise<Server> {
  try {
    return await Server.start(options);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    const external = options.configuration.log.etcd?.external ?? [];
    if (external.length > 0 && options.log !== undefined && error instanceof CausewayError) {
      const why = error.message.split('\n')[0];
      process.stderr.write(
        `${options.configuration.server.name} cannot use etcd at ${external.join(', ')} (log.etcd.external): ${why}. ` +
          'Is it running there, and does it want https:// (log.etcd.tls)?\n',
      );
      process.exit(78);
    }
    if (syscall !== 'listen') throw error;
    const { bolt, http, cluster } = options.configuration;
    const addresses = `bolt.listen ${formatAddress(bolt.listen)}, http.listen ${formatAddress(http.listen)}, cluster.listen ${formatAddress(cluster.listen)}`;
    process.stderr.write(`${options.configuration.server.name} cannot listen (${code}: ${(error as Error).message}). Its addresses are ${addresses}.\n`);
    process.exit(78);
  }
}

/** SIGINT means the same as SIGTERM. */
function whenTold(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    // Kept by another process: the end of this pipe means that it is gone.
    if (process.env.CAUSEWAY_KEEPER === 'stdin') process.stdin.resume().once('end', () => resolve());
  });
}

/** The server's id is made once and kept with its data. */
function keptServerId(folder: string): string {
  const file = path.join(folder, 'server-id');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const id = randomUUID();
    writeFileSync(file, `${id}\n`);
    return id;
  }
}

function readSecret(file: string): Buffer {
  let secret: Buffer;
  try {
    secret = Buffer.from(readFileSync(file, 'utf8').trim());
  } catch (error) {
    throw new ConfigurationError(`cannot read the cluster's secret (cluster.secret_file): ${(error as Error).message}`);
  }
  if (secret.length < SECRET_BYTES_MIN) throw new ConfigurationError(`the cluster's secret in ${file} has less than ${SECRET_BYTES_MIN} characters`);
  return secret;
}

/** Asked for once in the life of a cluster, by the server that starts its `system` graph. Without it there is no cluster to serve. */
async function readInitialPassword({ security }: Configuration): Promise<string> {
  const file = security.initial_password_file;
  try {
    const password = file === undefined ? process.env.CAUSEWAY_PASSWORD : (await readFile(file, 'utf8')).trim();
    if (password !== undefined && password !== '') return password;
    throw new ConfigurationError(
      'the first start of a cluster needs the password of user neo4j: in the file security.initial_password_file, or in CAUSEWAY_PASSWORD',
    );
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(78);
  }
}
