// The door of a simulated server and its client: what the HTTP door offers, said in JSON over the simulated network:
// statements with a consistency, bookmarks and an idempotency key; transactions over several requests; outcomes.
// It stands for the HTTP door, which keeps to Node's own clock and sockets.

import type { Clock } from '../../src/base/clock.js';
import type { Address, Connection, Listener, Network } from '../../src/base/network.js';
import { FrameStream } from '../../src/cluster/frames.js';
import type { AutoCommit, Consistency, StatementRequest, StatementResult, TransactionOptions } from '../../src/database/result.js';
import { failure } from '../../src/errors/catalogue.js';
import { CausewayError } from '../../src/errors/error.js';
import type { Gateway, TransactionClaim } from '../../src/targets/gateway.js';
import type { Row, Value } from '../../src/values/value.js';

export interface Statement {
  readonly text: string;
  readonly parameters: Readonly<Record<string, string | number | readonly string[]>>;
}

export interface Wishes {
  readonly database: string;
  readonly access: 'READ' | 'WRITE';
  readonly consistency: Consistency;
  readonly bookmarks: readonly string[];
  /** 32 hexadecimal digits: the idempotency key. */
  readonly requestId: string;
}

export type DoorRequest =
  | { readonly kind: 'run'; readonly statement: Statement; readonly wishes: Wishes }
  /** Several statements that commit together. */
  | { readonly kind: 'runAll'; readonly statements: readonly Statement[]; readonly wishes: Wishes }
  | { readonly kind: 'open'; readonly wishes: Wishes }
  | { readonly kind: 'continue'; readonly transaction: string; readonly database: string; readonly statement: Statement }
  | { readonly kind: 'commit'; readonly transaction: string; readonly database: string }
  | { readonly kind: 'outcome'; readonly database: string; readonly outcomeId: string };

export interface DoorAnswer {
  readonly rows: readonly Row[];
  readonly bookmark: string | undefined;
  /** Of an open transaction, and the id of its commit. */
  readonly transaction: string | undefined;
  readonly outcomeId: string | undefined;
  readonly outcome: 'committed' | 'never' | 'pending' | undefined;
}

const nothing: DoorAnswer = { rows: [], bookmark: undefined, transaction: undefined, outcomeId: undefined, outcome: undefined };

/** What the server said no with. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;
  /** Whether it said that the outcome of the commit is not known. */
  readonly isUnknown: boolean;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
    this.isUnknown = code === 'Neo.DatabaseError.Transaction.TransactionCommitFailed';
  }
}

/** No answer: the connection was lost, or it took too long. What became of the request is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** The request never left. */
  readonly notSent: boolean;

  constructor(message: string, notSent: boolean) {
    super(message);
    this.notSent = notSent;
  }
}

const USER = 'neo4j';

export function serveDoor(network: Network, address: Address, gateway: Gateway): Promise<Listener> {
  return network.listen(address, (connection) => {
    const running = new Set<AutoCommit>();
    connection.onClose(() => {
      for (const auto of running) auto.terminate(failure('transactionTerminated', 'The client is gone.'));
    });
    const stream = new FrameStream(connection, (_kind, body) => {
      const request = JSON.parse(body.toString()) as DoorRequest;
      answer(gateway, request, running).then(
        (given) => stream.sendJson({ answer: given }),
        (error: unknown) => {
          const shown =
            error instanceof CausewayError
              ? { code: error.code, message: `${error.message}${causeOf(error)}` }
              : { code: 'unexpected', message: String((error as Error).stack) };
          stream.sendJson({ error: shown });
        },
      );
    });
  });
}

/** What a log would have of an error that no client should see. */
function causeOf(error: CausewayError): string {
  return error.code === 'Neo.DatabaseError.General.UnknownError' ? ` ${(error.cause as Error | undefined)?.stack}` : '';
}

async function answer(gateway: Gateway, request: DoorRequest, running: Set<AutoCommit>): Promise<DoorAnswer> {
  switch (request.kind) {
    case 'run':
      return runAuto(gateway, request.statement, request.wishes, running);
    case 'runAll':
      return runAll(gateway, request.statements, request.wishes);
    case 'open': {
      const held = await gateway.open(optionsOf(request.wishes));
      await held.release();
      return { ...nothing, transaction: held.id, outcomeId: held.commitId };
    }
    case 'continue': {
      const held = await gateway.take(request.transaction, claim(request.database, false));
      try {
        const rows = await rowsOf(await held.run(statementOf(request.statement)));
        await held.release();
        return { ...nothing, rows };
      } catch (error) {
        await held.rollback().catch(() => {});
        throw error;
      }
    }
    case 'commit': {
      const held = await gateway.take(request.transaction, claim(request.database, true));
      return { ...nothing, bookmark: await held.commit(held.commitId) };
    }
    case 'outcome':
      return { ...nothing, outcome: (await gateway.outcome(request.database, request.outcomeId)).kind };
  }
}

async function runAuto(gateway: Gateway, statement: Statement, wishes: Wishes, running: Set<AutoCommit>): Promise<DoorAnswer> {
  const auto = await gateway.run(statementOf(statement), optionsOf(wishes));
  running.add(auto);
  try {
    const rows = await rowsOf(auto);
    return { ...nothing, rows, bookmark: auto.summary?.bookmark };
  } finally {
    running.delete(auto);
  }
}

async function runAll(gateway: Gateway, statements: readonly Statement[], wishes: Wishes): Promise<DoorAnswer> {
  const transaction = await gateway.begin(optionsOf(wishes));
  try {
    const rows: Row[] = [];
    for (const statement of statements) rows.push(...(await rowsOf(await transaction.run(statementOf(statement)))));
    return { ...nothing, rows, bookmark: await transaction.commit(wishes.requestId) };
  } catch (error) {
    await transaction.rollback().catch(() => {});
    throw error;
  }
}

async function rowsOf(result: StatementResult): Promise<Row[]> {
  const rows: Row[] = [];
  while (await result.pull(1000, { row: (values) => void rows.push([...values]) }));
  return rows;
}

function claim(database: string, committing: boolean): TransactionClaim {
  return { user: USER, database, serverSideRouting: true, committing };
}

function optionsOf(wishes: Wishes): TransactionOptions {
  return { ...wishes, timeoutMs: 0, user: USER, serverSideRouting: true };
}

function statementOf({ text, parameters }: Statement): StatementRequest {
  return { text, parameters: new Map<string, Value>(Object.entries(parameters)) };
}

/** One connection of a client; one request at a time. */
export class DoorClient {
  readonly #clock: Clock;
  readonly #connection: Connection;
  readonly #stream: FrameStream;
  #waiting: { readonly resolve: (answer: DoorAnswer) => void; readonly reject: (error: Error) => void } | undefined;
  #lost: boolean;

  private constructor(clock: Clock, connection: Connection) {
    this.#clock = clock;
    this.#connection = connection;
    this.#waiting = undefined;
    this.#lost = false;
    this.#stream = new FrameStream(connection, (_kind, body) => {
      const { answer: given, error } = JSON.parse(body.toString()) as { answer?: DoorAnswer; error?: { code: string; message: string } };
      if (given !== undefined) this.#waiting?.resolve(given);
      else if (error !== undefined) this.#waiting?.reject(new Refused(error.code, error.message));
    });
    connection.onClose(() => this.#lose('the connection was lost'));
  }

  static async connect(network: Network, clock: Clock, address: Address, timeoutMs: number): Promise<DoorClient> {
    try {
      return new DoorClient(clock, await network.connect(address, timeoutMs));
    } catch (error) {
      throw new NoAnswer(String(error), true);
    }
  }

  get isLost(): boolean {
    return this.#lost;
  }

  /** Rejects with Refused or NoAnswer. */
  ask(request: DoorRequest, timeoutMs: number): Promise<DoorAnswer> {
    if (this.#lost) return Promise.reject(new NoAnswer('the connection is lost', true));
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(timeoutMs, () => this.close());
      const end = (act: () => void) => {
        cancel();
        this.#waiting = undefined;
        act();
      };
      this.#waiting = { resolve: (given) => end(() => resolve(given)), reject: (error) => end(() => reject(error)) };
      this.#stream.sendJson(request);
    });
  }

  close(): void {
    this.#connection.destroy();
    this.#lose('no answer in time');
  }

  #lose(why: string): void {
    this.#lost = true;
    this.#waiting?.reject(new NoAnswer(why, false));
  }
}
