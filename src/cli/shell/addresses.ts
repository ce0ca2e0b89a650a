// Where the shell connects: `bolt://host:port`, `neo4j://host:port` or `host:port`; port 7687 where none is given. Every server
// takes every query, so the schemes differ only in what happens when the server is lost: `neo4j` goes on with another one.

import { type Address, parseAddress } from '../../base/network.js';
import { CliError } from '../cli-error.js';

export interface Target {
  readonly scheme: 'bolt' | 'neo4j';
  readonly address: Address;
}

const PORT = 7687;

/** Raises CliError with what to write instead. */
export function parseTarget(text: string): Target {
  const [, scheme, rest] = /^(?:([a-z0-9+]+):\/\/)?([^/?#]*)\/?$/i.exec(text) ?? [];
  const given = (scheme ?? 'bolt').toLowerCase();
  if (/^(bolt|neo4j)\+s(sc)?$/.test(given)) throw new CliError(`${text}: TLS is not there yet in this version; use ${given.split('+')[0]}://`);
  if (rest === undefined || (given !== 'bolt' && given !== 'neo4j')) throw notAnAddress(text);
  const address = parseAddress(/:\d*$/.test(rest) && !/^\[[^\]]*\]$/.test(rest) ? rest : `${rest}:${PORT}`);
  if (address === undefined) throw notAnAddress(text);
  return { scheme: given, address };
}

function notAnAddress(text: string): CliError {
  return new CliError(`'${text}' is not an address: write neo4j://host:port, bolt://host:port or host:port, such as bolt://127.0.0.1:7687`);
}
