// Byte streams between processes as an interface: real TCP in production, simulated in tests.

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** An ordered, reliable byte stream. `onClose` is called exactly once, whoever closed it. */
export interface Connection {
  readonly remote: Address;
  /** Queues the bytes (the buffer must not change afterwards). False when the queue is full: await `drained`. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when the queue has room again, or the connection is closed. */
  drained(): Promise<void>;
  onData(listener: (bytes: Uint8Array) => void): void;
  onClose(listener: (error: Error | undefined) => void): void;
  /** Stops and restarts delivery of data: back-pressure on the peer. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

export interface Listener {
  readonly address: Address;
  close(): Promise<void>;
}

export interface Network {
  /** Port 0 asks for a free one. Rejects with the system's error (`code: 'EADDRINUSE'`). */
  listen(address: Address, onConnection: (connection: Connection) => void): Promise<Listener>;
  /** Rejects when no connection stands within `timeoutMs`; `code: 'ECONNREFUSED'` proves nobody listens. */
  connect(address: Address, timeoutMs: number): Promise<Connection>;
}

export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** `host:port`, `[v6]:port`. Returns undefined when the text is not one. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2];
  return host === undefined || port > 65535 ? undefined : { host, port };
}
