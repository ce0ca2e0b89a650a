// `causeway shell -c QUERY`: one query over Bolt, its rows as a table, CSV or JSON. Errors go to standard error, exit code 1.

import { parseAddress } from '../base/network.js';
import { tcpNetwork } from '../base/tcp.js';
import { CausewayError } from '../errors/error.js';
import { display } from '../values/text.js';
import { CypherFloat, Node, Path, Relationship, type Row, type Value } from '../values/value.js';
import { BoltClient } from '../wire/client.js';
import { CliError } from './cli-error.js';
import { DataFolder, isAlive } from './data-folder.js';
import { rowTable } from './tables.js';

export interface ShellOptions {
  readonly command?: string;
  readonly address?: string;
  readonly data: string;
  readonly database?: string;
  readonly user: string;
  readonly password?: string;
  readonly format: 'table' | 'csv' | 'json';
  readonly param: readonly string[];
}

export async function runShell(options: ShellOptions): Promise<void> {
  if (options.command === undefined) throw new CliError("The interactive shell is not there yet. Give a query: causeway shell -c 'RETURN 1'");
  const client = await connect(options);
  try {
    const rows: Row[] = [];
    const extra = new Map<string, Value>(options.database === undefined ? [] : [['db', options.database]]);
    const [started] = await Promise.all([client.run(options.command, parametersOf(options.param), extra), client.pull(-1, (row) => void rows.push(row))]);
    const fields = started.get('fields');
    print(Array.isArray(fields) ? fields.map(String) : [], rows, options.format);
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    throw new CliError(`${error.code}: ${error.message}`);
  } finally {
    client.goodbye();
  }
}

async function connect(options: ShellOptions): Promise<BoltClient> {
  const folder = new DataFolder(options.data);
  const text = options.address ?? folder.servers().find((server) => isAlive(server.pid))?.bolt;
  const address = text === undefined ? undefined : parseAddress(text);
  if (address === undefined) throw new CliError(`'${text ?? ''}' is not an address: write host:port, such as 127.0.0.1:7687`);
  const password = options.password ?? process.env.CAUSEWAY_PASSWORD ?? folder.password();
  if (password === undefined) throw new CliError('No password: give --password, or set CAUSEWAY_PASSWORD.');
  try {
    return await BoltClient.connect(tcpNetwork, address, { auth: { principal: options.user, credentials: password }, userAgent: 'causeway-shell' });
  } catch (error) {
    throw new CliError(error instanceof CausewayError ? `${error.code}: ${error.message}` : `No connection to ${text}: ${(error as Error).message}`);
  }
}

function parametersOf(given: readonly string[]): ReadonlyMap<string, Value> {
  return new Map(
    given.map((one) => {
      const at = one.indexOf('=');
      if (at < 1) throw new CliError(`'${one}' is not a parameter: write name=value`);
      return [one.slice(0, at), parameterValue(one.slice(at + 1))];
    }),
  );
}

function parameterValue(text: string): Value {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    return text;
  }
}

function fromJson(value: unknown): Value {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : new CypherFloat(value);
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === 'object' && value !== null) return new Map(Object.entries(value).map(([key, item]) => [key, fromJson(item)]));
  return value as Value;
}

function print(fields: readonly string[], rows: readonly Row[], format: ShellOptions['format']): void {
  if (fields.length === 0) return;
  if (format === 'json') for (const row of rows) write(JSON.stringify(Object.fromEntries(fields.map((field, index) => [field, toJson(row[index] ?? null)]))));
  else if (format === 'csv') for (const row of [fields, ...rows.map((one) => one.map(plain))]) write(row.map(quoted).join(','));
  else {
    write(
      rowTable(
        fields,
        rows.map((row) => row.map(display)),
      ),
    );
    write(`${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`);
  }
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

function plain(value: Value): string {
  return value === null ? '' : typeof value === 'string' ? value : display(value);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function toJson(value: Value): unknown {
  if (value instanceof CypherFloat) return value.value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Node) return { elementId: value.elementId, labels: value.labels, properties: toJson(value.properties) };
  if (value instanceof Relationship) return { elementId: value.elementId, type: value.type, properties: toJson(value.properties) };
  if (value instanceof Path) return [...value.nodes, ...value.relationships].map(toJson);
  if (Array.isArray(value)) return (value as readonly Value[]).map(toJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, toJson(item)]));
  return value;
}
