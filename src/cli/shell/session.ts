// The shell's conversation with a server, over Bolt: one statement at a time, in auto-commit or in a transaction that the user
// opened. A lost connection is made again before the next statement; what was running then is said to be unknown, never run twice.
//
//   transaction   none ──begin──▶ open ──commit, rollback──▶ none
//                                  └──a statement fails or is cancelled──▶ failed ──rollback──▶ none
//
// While `failed` nothing runs: what was meant for the transaction must not take effect on its own.

import type { Network } from '../../base/network.js';
import { type Address, formatAddress, parseAddress } from '../../base/network.js';
import { CausewayError } from '../../errors/error.js';
import type { CypherMap, Row, Value } from '../../values/value.js';
import { BoltClient, ConnectionLost, type LogonCredentials } from '../../wire/client.js';
import { isMap, mapOf, tags } from '../../wire/messages.js';
import { decodeSummary, type WireSummary } from '../../wire/summary.js';
import { CliError } from '../cli-error.js';

export interface SessionOptions {
  readonly network: Network;
  /** Tried in turn; with `scheme` neo4j also the others that the first names. */
  readonly addresses: readonly Address[];
  readonly scheme: 'bolt' | 'neo4j';
  readonly auth: LogonCredentials;
  /** Undefined: the home graph. */
  readonly graph: string | undefined;
}

export interface RowSink {
  fields(names: readonly string[]): void | Promise<void>;
  /** Called for every portion, the last one too; the next is asked for when this is done. */
  rows(batch: readonly Row[]): void | Promise<void>;
}

export interface Ran {
  /** Undefined: the statement has no columns. */
  readonly rowCount: number | undefined;
  readonly summary: WireSummary;
}

/** The user ended the statement by Ctrl-C. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Rows of one portion. */
const PORTION = 1000;
const NO_SERVER = 'No connection to ';

export class ShellSession {
  readonly #options: SessionOptions;
  #addresses: readonly Address[];
  #client: BoltClient | undefined;
  #graph: string | undefined;
  #shownGraph: string;
  #auth: LogonCredentials;
  #transaction: 'none' | 'open' | 'failed';
  #running: boolean;
  #cancelling: Promise<unknown> | undefined;
  /** By graph, so that another server shows what this session wrote. */
  readonly #bookmarks: Map<string, string>;

  private constructor(options: SessionOptions) {
    this.#options = options;
    this.#addresses = options.addresses;
    this.#client = undefined;
    this.#graph = options.graph;
    this.#shownGraph = options.graph ?? 'neo4j';
    this.#auth = options.auth;
    this.#transaction = 'none';
    this.#running = false;
    this.#cancelling = undefined;
    this.#bookmarks = new Map();
  }

  /** Raises CliError when no server answers, CausewayError when one refuses the user. */
  static async open(options: SessionOptions): Promise<ShellSession> {
    const session = new ShellSession(options);
    await session.#connected();
    return session;
  }

  get transaction(): 'none' | 'open' | 'failed' {
    return this.#transaction;
  }

  get user(): string {
    return this.#auth.principal;
  }

  /** The graph of the next statement; the home graph is known once a statement ran. */
  get graph(): string {
    return this.#shownGraph;
  }

  get address(): string {
    return formatAddress(this.#addresses[0] as Address);
  }

  /** As the user gave it; undefined: the home graph. */
  get chosenGraph(): string | undefined {
    return this.#graph;
  }

  /** The user's own, also for connections to come. */
  async changePassword(from: string, to: string): Promise<void> {
    await this.run('ALTER CURRENT USER SET PASSWORD FROM $from TO $to', mapOf({ from, to }), nothing);
    this.#auth = { ...this.#auth, credentials: to };
    await this.use(this.#graph);
  }

  /** A session of its own to the same server, graph and user. */
  beside(): Promise<ShellSession> {
    return ShellSession.open({ ...this.#options, addresses: this.#addresses, auth: this.#auth, graph: this.#graph });
  }

  /** Raises what the server says, and CliError. `sink` gets the columns only if there are any. */
  async run(text: string, parameters: CypherMap, sink: RowSink): Promise<Ran> {
    if (this.#transaction === 'failed') throw new CliError('The transaction failed. End it with :rollback.');
    return this.#guarded((client) => this.#runOn(client, text, parameters, sink));
  }

  async #runOn(client: BoltClient, text: string, parameters: CypherMap, sink: RowSink): Promise<Ran> {
    let portion: Row[] = [];
    const take = (row: Row) => void portion.push(row);
    const extra = this.#transaction === 'open' ? undefined : this.#extra();
    let [started, ended] = await Promise.all([client.run(text, parameters, extra), client.pull(PORTION, take)]);
    const fields = (started.get('fields') as readonly string[] | undefined) ?? [];
    if (fields.length > 0) await sink.fields(fields);
    let rowCount = 0;
    for (;;) {
      rowCount += portion.length;
      const more = ended.get('has_more') === true;
      if (fields.length > 0) await sink.rows(portion);
      if (this.#cancelling !== undefined) throw new Cancelled('cancelled');
      if (!more) break;
      portion = [];
      ended = await client.pull(PORTION, take);
    }
    const summary = decodeSummary(ended);
    this.#saw(summary);
    return { rowCount: fields.length === 0 ? undefined : rowCount, summary };
  }

  /** One at a time; what fails leaves the connection ready for the next, or closed. */
  async #guarded<Result>(work: (client: BoltClient) => Promise<Result>): Promise<Result> {
    this.#running = true;
    try {
      const client = await this.#connected();
      return await this.#mended(client, work);
    } finally {
      this.#running = false;
      this.#cancelling = undefined;
    }
  }

  async #mended<Result>(client: BoltClient, work: (client: BoltClient) => Promise<Result>): Promise<Result> {
    try {
      const result = await work(client);
      // RESET came too late for the statement, but not for its transaction.
      if (this.#cancelling !== undefined) await this.#afterReset(client, this.#cancelling);
      return result;
    } catch (error) {
      const cancelled = this.#cancelling;
      await this.#afterReset(client, cancelled ?? client.reset());
      if (cancelled !== undefined && !client.isClosed) throw new Cancelled('cancelled');
      throw error instanceof ConnectionLost ? this.#lost(error) : error;
    }
  }

  async #afterReset(client: BoltClient, reset: Promise<unknown>): Promise<void> {
    await reset.catch(() => client.close());
    if (this.#transaction === 'open') this.#transaction = 'failed';
  }

  #lost(error: ConnectionLost): CliError {
    return new CliError(`The connection to ${this.address} was lost (${error.message}). Whether the statement took effect is unknown.`);
  }

  /** Ends what runs. False: nothing does. */
  cancel(): boolean {
    if (!this.#running) return false;
    const client = this.#client;
    if (client === undefined) return true;
    // The second time nobody waits for the server.
    if (this.#cancelling !== undefined) client.close();
    else this.#cancelling = client.reset();
    this.#cancelling?.catch(() => {});
    return true;
  }

  async begin(): Promise<void> {
    if (this.#transaction !== 'none') throw new CliError('A transaction is open already. End it with :commit or :rollback.');
    await this.#guarded((client) => client.begin(this.#extra()));
    this.#transaction = 'open';
  }

  async commit(): Promise<void> {
    if (this.#transaction === 'none') throw new CliError('No transaction is open. Begin one with :begin.');
    if (this.#transaction === 'failed') {
      this.#transaction = 'none';
      throw new CliError('The transaction had failed: nothing of it is committed.');
    }
    try {
      const answer = await this.#guarded((client) => client.commit());
      const bookmark = answer.get('bookmark');
      if (typeof bookmark === 'string') this.#bookmarks.set(this.#shownGraph, bookmark);
    } finally {
      this.#transaction = 'none';
    }
  }

  async rollback(): Promise<void> {
    const was = this.#transaction;
    if (was === 'none') throw new CliError('No transaction is open. Begin one with :begin.');
    this.#transaction = 'none';
    if (was === 'open') await this.#guarded((client) => client.rollback());
  }

  /** Raises DatabaseNotFound and such, and stays where it was. */
  async use(graph: string | undefined): Promise<void> {
    if (this.#transaction !== 'none') throw new CliError('A transaction is open in this graph. End it with :commit or :rollback first.');
    const before = [this.#graph, this.#shownGraph] as const;
    this.#graph = graph;
    try {
      await this.run('RETURN 1', new Map(), nothing);
    } catch (error) {
      [this.#graph, this.#shownGraph] = before;
      throw error;
    }
  }

  close(): void {
    this.#client?.goodbye();
    this.#client = undefined;
  }

  #extra(): CypherMap {
    const bookmarks = [this.#bookmarks.get(this.#shownGraph), this.#bookmarks.get('system')].filter((one) => one !== undefined);
    return mapOf({ db: this.#graph, bookmarks: bookmarks.length === 0 ? undefined : [...new Set(bookmarks)] });
  }

  #saw({ database, bookmark }: WireSummary): void {
    // Commands that administer run on `system`, wherever they are typed.
    if (database !== '' && database !== 'system' && this.#graph === undefined) this.#shownGraph = database;
    else if (this.#graph !== undefined) this.#shownGraph = this.#graph;
    if (bookmark !== undefined) this.#bookmarks.set(database === '' ? this.#shownGraph : database, bookmark);
  }

  async #connected(): Promise<BoltClient> {
    if (this.#client !== undefined && !this.#client.isClosed) return this.#client;
    // With its connection a transaction is gone.
    if (this.#transaction === 'open') {
      this.#transaction = 'failed';
      throw new CliError(`The connection to ${this.address} was lost, and the transaction with it.`);
    }
    this.#client = await this.#connectToOne();
    if (this.#options.scheme === 'neo4j') await this.#learnServers(this.#client);
    return this.#client;
  }

  async #connectToOne(): Promise<BoltClient> {
    let last: unknown;
    for (const address of this.#addresses) {
      try {
        const client = await BoltClient.connect(this.#options.network, address, { auth: this.#auth, userAgent: 'causeway-shell' });
        this.#addresses = [address, ...this.#addresses.filter((one) => one !== address)];
        return client;
      } catch (error) {
        if (error instanceof CausewayError) throw error;
        last = error;
      }
    }
    throw new CliError(`${NO_SERVER}${this.#addresses.map(formatAddress).join(', ')}: ${(last as Error).message}`);
  }

  /** Servers that may be asked when this one is lost. */
  async #learnServers(client: BoltClient): Promise<void> {
    const answer = await client.request(tags.ROUTE, [mapOf({ address: this.address }), [], mapOf({ db: this.#graph })]).catch(async (error) => {
      if (!(error instanceof CausewayError)) throw error;
      await client.reset();
      return undefined;
    });
    const table = answer?.get('rt');
    const servers = isMap(table) ? (table.get('servers') as readonly Value[]) : [];
    const named = servers.filter(isMap).flatMap((server) => (server.get('addresses') as readonly string[]).flatMap((text) => parseAddress(text) ?? []));
    const known = new Map([...this.#addresses, ...named].map((address) => [formatAddress(address), address]));
    this.#addresses = [...known.values()];
  }
}

const nothing: RowSink = { fields: () => {}, rows: () => {} };
