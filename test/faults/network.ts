// The network between the processes of a run: every address that a server announces is a door of this network, which knows who
// knocks (by the process that holds the other end) and treats each pair as the faults say. Clients of the test go past it.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of bytes. 'swallow' loses them and leaves the connection open; 'refuse' resets it. */
export type Rule =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'swallow'; readonly way: 'there' | 'back' | 'both' }
  | { readonly kind: 'delay'; readonly ms: number };

const PASS: Rule = { kind: 'pass' };

interface Connection {
  readonly from: string;
  readonly to: string;
  readonly near: Socket;
  readonly far: Socket;
  /** Bytes of it were lost: it is out of step and ends when its pair is well again. */
  spoiled: boolean;
}

export class FaultyNetwork {
  readonly #pids: () => ReadonlyMap<number, string>;
  readonly #rules = new Map<string, Rule>();
  readonly #connections = new Set<Connection>();
  readonly #doors: Server[] = [];

  /** `pids` says which process is which server at the moment. */
  constructor(pids: () => ReadonlyMap<number, string>) {
    this.#pids = pids;
  }

  /** A door before `port` of `to`; gives the port to announce. Who knocks is found out unless `from` says it. */
  async door(to: string, port: number, from?: string): Promise<number> {
    const server = createServer({ allowHalfOpen: false }, (near) => this.#enter(near, from ?? this.#whoKnocks(near.remotePort ?? 0), to, port));
    this.#doors.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return (server.address() as { port: number }).port;
  }

  rule(from: string, to: string, rule: Rule): void {
    this.#rules.set(`${from}>${to}`, rule);
    for (const connection of this.#connections) {
      if (connection.from !== from || connection.to !== to) continue;
      if (rule.kind === 'refuse') reset(connection);
    }
  }

  heal(): void {
    this.#rules.clear();
    for (const connection of this.#connections) if (connection.spoiled) reset(connection);
  }

  close(): void {
    for (const connection of this.#connections) reset(connection);
    for (const door of this.#doors) door.close();
  }

  #ruleOf({ from, to }: { readonly from: string; readonly to: string }): Rule {
    return this.#rules.get(`${from}>${to}`) ?? PASS;
  }

  #enter(near: Socket, from: string, to: string, port: number): void {
    near.on('error', () => {});
    if (this.#ruleOf({ from, to }).kind === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    near.setNoDelay(true);
    const connection: Connection = { from, to, near, far, spoiled: false };
    this.#connections.add(connection);
    this.#carry(connection, near, far, 'there');
    this.#carry(connection, far, near, 'back');
  }

  #carry(connection: Connection, source: Socket, sink: Socket, way: 'there' | 'back'): void {
    let freeMs = 0;
    const later = (act: () => void) => {
      const rule = this.#ruleOf(connection);
      const nowMs = performance.now();
      freeMs = Math.max(freeMs, nowMs + (rule.kind === 'delay' ? rule.ms : 0));
      if (freeMs <= nowMs) act();
      else setTimeout(act, freeMs - nowMs);
    };
    const lost = () => {
      const rule = this.#ruleOf(connection);
      return rule.kind === 'swallow' && (rule.way === 'both' || rule.way === way);
    };
    source.on('error', () => {});
    source.on('data', (bytes) => {
      if (lost()) connection.spoiled = true;
      else if (!connection.spoiled || this.#ruleOf(connection).kind === 'swallow') later(() => sink.destroyed || sink.write(bytes));
    });
    source.on('close', () => {
      this.#connections.delete(connection);
      // The end of a connection is lost like its bytes: the other side is left half-open until the pair is well.
      if (lost()) {
        connection.spoiled = true;
        this.#connections.add(connection);
      } else later(() => sink.destroy());
    });
  }

  /** The server whose process holds the local port; 'client' for any other. */
  #whoKnocks(port: number): string {
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    // The table is long while many connections end: only the line whose local address it is, is taken apart.
    const table = readFileSync('/proc/net/tcp', 'latin1');
    const at = table.indexOf(`: 0100007F:${hex} `);
    const inode =
      at === -1
        ? undefined
        : table
            .slice(at + 2, at + 200)
            .trim()
            .split(/\s+/)[8];
    return inode === undefined || inode === '0' ? 'client' : this.#holderOf(`socket:[${inode}]`);
  }

  #holderOf(socket: string): string {
    for (const [pid, name] of this.#pids()) {
      try {
        // A new connection has one of the highest numbers.
        for (const fd of readdirSync(`/proc/${pid}/fd`).reverse()) if (linkOf(`/proc/${pid}/fd/${fd}`) === socket) return name;
      } catch {
        // A process that has just ended holds nothing.
      }
    }
    return 'client';
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function reset({ near, far }: Connection): void {
  near.resetAndDestroy();
  far.resetAndDestroy();
}
