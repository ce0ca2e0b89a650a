// Requests to a server's HTTP door, as an application sends them: each on whichever server the test names.

import { type Address, formatAddress } from '../../src/base/network.js';
import { PASSWORD } from './in-process-cluster.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: HttpBody;
}

/** What answers of both APIs may hold. */
export interface HttpBody {
  readonly results: readonly { readonly columns: readonly string[]; readonly data: readonly { readonly row: readonly unknown[] }[] }[];
  readonly data: { readonly fields: readonly string[]; readonly values: readonly (readonly unknown[])[] };
  readonly errors: readonly { readonly code: string; readonly message: string; readonly outcomeId?: string }[];
  readonly commit: string;
  readonly transaction: { readonly id: string; readonly expires: string };
  readonly lastBookmarks: readonly string[];
  readonly bookmarks: readonly string[];
}

export async function http(
  address: Address,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
  timeoutMs = 20_000,
): Promise<HttpAnswer> {
  const response = await fetch(`http://${formatAddress(address)}${path}`, {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    headers: {
      authorization: `Basic ${Buffer.from(`neo4j:${PASSWORD}`).toString('base64')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as HttpBody };
}

/** A body of the legacy API. */
export function statements(...texts: readonly string[]): object {
  return { statements: texts.map((statement) => ({ statement })) };
}
