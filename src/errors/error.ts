// The one error that users see. It carries Neo4j's code, the GQLSTATUS and, where the fault is in
// a query's text, the position there. Only the catalogue (`catalogue.ts`) makes them.

/** Where in the query text: `offset` counts UTF-16 units from 0; `line` and `column` count from 1. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export interface ErrorCode {
  /** Neo4j's code, such as `Neo.ClientError.Statement.SyntaxError`. */
  readonly code: string;
  /** Five characters of GQLSTATUS. */
  readonly gqlStatus: string;
}

export interface ErrorDetail {
  readonly position?: Position;
  /** Address of the graph's leader, `host:port`, for errors that mean "ask the leader". */
  readonly leader?: string;
  /** Id under which the outcome of a commit may be looked up. */
  readonly outcomeId?: string;
  readonly cause?: unknown;
}

export class CausewayError extends Error {
  override readonly name = 'CausewayError';
  readonly code: string;
  readonly gqlStatus: string;
  readonly position: Position | undefined;
  readonly leader: string | undefined;
  readonly outcomeId: string | undefined;

  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code.code;
    this.gqlStatus = code.gqlStatus;
    this.position = detail.position;
    this.leader = detail.leader;
    this.outcomeId = detail.outcomeId;
  }
}

/** Drivers retry what is transient. */
export function isTransient(error: unknown): boolean {
  return error instanceof CausewayError && error.code.startsWith('Neo.TransientError.');
}
