// The catalogue of error codes: Neo4j's code and GQLSTATUS under the name by which the project
// raises it. Texts that clients match on are functions here; other texts are given where raised.

import { CausewayError, type ErrorCode, type ErrorDetail } from './error.js';

function code(code: string, gqlStatus: string): ErrorCode {
  return { code, gqlStatus };
}

export const codes = {
  // Statement
  syntaxError: code('Neo.ClientError.Statement.SyntaxError', '42001'),
  semanticError: code('Neo.ClientError.Statement.SemanticError', '42000'),
  typeError: code('Neo.ClientError.Statement.TypeError', '22G03'),
  argumentError: code('Neo.ClientError.Statement.ArgumentError', '22N00'),
  arithmeticError: code('Neo.ClientError.Statement.ArithmeticError', '22000'),
  parameterMissing: code('Neo.ClientError.Statement.ParameterMissing', '42N51'),
  entityNotFound: code('Neo.ClientError.Statement.EntityNotFound', '22000'),
  accessMode: code('Neo.ClientError.Statement.AccessMode', '08N03'),
  unsupportedOperation: code('Neo.ClientError.Statement.NotSystemDatabaseError', '51N28'),
  unsupportedAdministrationCommand: code('Neo.ClientError.Statement.UnsupportedAdministrationCommand', '42N14'),
  executionFailed: code('Neo.DatabaseError.Statement.ExecutionFailed', '50N42'),
  featureMissing: code('Neo.ClientError.Statement.UnsupportedOperationError', '51N31'),
  // Procedure
  procedureCallFailed: code('Neo.ClientError.Procedure.ProcedureCallFailed', '52N37'),
  procedureNotFound: code('Neo.ClientError.Procedure.ProcedureNotFound', '42N08'),
  // Schema
  constraintValidationFailed: code('Neo.ClientError.Schema.ConstraintValidationFailed', '22N41'),
  constraintAlreadyExists: code('Neo.ClientError.Schema.ConstraintAlreadyExists', '22N65'),
  constraintNotFound: code('Neo.ClientError.Schema.ConstraintNotFound', '42N12'),
  constraintViolation: code('Neo.ClientError.Schema.ConstraintViolation', '22N41'),
  constraintCreationFailed: code('Neo.DatabaseError.Schema.ConstraintCreationFailed', '50N11'),
  equivalentSchemaRuleAlreadyExists: code('Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists', '22N65'),
  indexDropFailed: code('Neo.DatabaseError.Schema.IndexDropFailed', '50N42'),
  indexAlreadyExists: code('Neo.ClientError.Schema.IndexAlreadyExists', '22N70'),
  indexWithNameAlreadyExists: code('Neo.ClientError.Schema.IndexWithNameAlreadyExists', '22N71'),
  constraintWithNameAlreadyExists: code('Neo.ClientError.Schema.ConstraintWithNameAlreadyExists', '22N67'),
  indexNotFound: code('Neo.ClientError.Schema.IndexNotFound', '42N73'),
  indexRepeatsProperty: code('Neo.ClientError.Schema.RepeatedPropertyInCompositeSchema', '22N76'),
  constraintRepeatsProperty: code('Neo.ClientError.Schema.RepeatedPropertyInCompositeSchema', '22N75'),
  tokenNameError: code('Neo.ClientError.Schema.TokenNameError', '42I11'),
  forbiddenOnConstraintIndex: code('Neo.ClientError.Schema.ForbiddenOnConstraintIndex', '22N73'),
  // Transaction
  transactionNotFound: code('Neo.ClientError.Transaction.TransactionNotFound', '25N08'),
  transactionTerminated: code('Neo.ClientError.Transaction.TransactionTerminated', '25N14'),
  transactionTimedOut: code('Neo.ClientError.Transaction.TransactionTimedOut', '25N15'),
  transactionAccessedConcurrently: code('Neo.ClientError.Transaction.TransactionAccessedConcurrently', '25N02'),
  transactionLimitReached: code('Neo.TransientError.Transaction.MaximumTransactionLimitReached', '51N74'),
  transactionHookFailed: code('Neo.ClientError.Transaction.TransactionHookFailed', '25N00'),
  invalidBookmark: code('Neo.ClientError.Transaction.InvalidBookmark', '08N12'),
  invalidBookmarkMixture: code('Neo.ClientError.Transaction.InvalidBookmarkMixture', '08N11'),
  transactionValidationFailed: code('Neo.ClientError.Transaction.TransactionValidationFailed', '25N00'),
  bookmarkTimeout: code('Neo.TransientError.Transaction.BookmarkTimeout', '08N13'),
  deadlockDetected: code('Neo.TransientError.Transaction.DeadlockDetected', '50N05'),
  outdated: code('Neo.TransientError.Transaction.Outdated', '51N35'),
  leaderSwitch: code('Neo.TransientError.Transaction.LeaderSwitch', '51N34'),
  commitFailed: code('Neo.DatabaseError.Transaction.TransactionCommitFailed', '2DN01'),
  // Cluster
  notALeader: code('Neo.ClientError.Cluster.NotALeader', '08N07'),
  routing: code('Neo.ClientError.Cluster.Routing', '08N02'),
  noLeaderAddress: code('Neo.ClientError.Cluster.NotALeader', '08N00'),
  replicationFailure: code('Neo.TransientError.Cluster.ReplicationFailure', '51N33'),
  forbiddenOnReadOnlyDatabase: code('Neo.ClientError.General.ForbiddenOnReadOnlyDatabase', '08N08'),
  databaseUnavailable: code('Neo.TransientError.General.DatabaseUnavailable', '08N09'),
  // Database
  databaseNotFound: code('Neo.ClientError.Database.DatabaseNotFound', '22N51'),
  databaseExists: code('Neo.ClientError.Database.ExistingDatabaseFound', '42N11'),
  databaseLimitReached: code('Neo.ClientError.Database.DatabaseLimitReached', '51N55'),
  aliasExists: code('Neo.ClientError.Database.ExistingAliasFound', '42N11'),
  topologyOutOfRange: code('Neo.ClientError.Statement.ArgumentError', '51N52'),
  writeOnReadOnlyAccess: code('Neo.ClientError.General.WriteOnReadOnlyAccessDatabase', '42N18'),
  // Limits and resources
  memoryPoolOutOfMemory: code('Neo.TransientError.General.MemoryPoolOutOfMemoryError', '51N40'),
  transactionTooLarge: code('Neo.ClientError.General.TransactionOutOfMemoryError', '51N41'),
  limitExceeded: code('Neo.ClientError.General.LimitExceeded', '54000'),
  // Requests and security
  requestInvalid: code('Neo.ClientError.Request.Invalid', '08N06'),
  idempotencyKeyReused: code('Neo.ClientError.Request.IdempotencyKeyReused', '08N06'),
  requestInvalidFormat: code('Neo.ClientError.Request.InvalidFormat', '08N06'),
  noThreadsAvailable: code('Neo.TransientError.Request.NoThreadsAvailable', '08N11'),
  unauthorized: code('Neo.ClientError.Security.Unauthorized', '42NFF'),
  credentialsExpired: code('Neo.ClientError.Security.CredentialsExpired', '42NFE'),
  userExists: code('Neo.ClientError.Statement.EntityAlreadyExists', '42N12'),
  userNotFound: code('Neo.ClientError.Statement.EntityNotFound', '42N09'),
  forbidden: code('Neo.ClientError.Security.Forbidden', '42NFF'),
  authenticationRateLimit: code('Neo.ClientError.Security.AuthenticationRateLimit', '42NFF'),
  unknownError: code('Neo.DatabaseError.General.UnknownError', '50N42'),
} as const satisfies Record<string, ErrorCode>;

export type ErrorName = keyof typeof codes;

/** Makes an error of the catalogue. */
export function failure(name: ErrorName, message: string, detail?: ErrorDetail): CausewayError {
  return new CausewayError(codes[name], message, detail);
}

/** What no label, relationship type or property key can be called: why, or undefined for any other name. */
export function tokenNameFault(name: string): string | undefined {
  if (name !== '' && !name.includes('\0')) return undefined;
  return `'${name.replaceAll('\0', '\\u0000')}' is not a valid token name. Token names cannot be empty or contain any null-bytes.`;
}

/** The role words of Neo4j 4, shown where clients match on them. */
export type RoleWord = 'LEADER' | 'FOLLOWER' | 'READ_REPLICA';

export function notALeader(role: RoleWord, leader: string | undefined): CausewayError {
  return failure(
    'notALeader',
    `No write operations are allowed directly on this database. Writes must pass through the leader. The role of this server is: ${role}`,
    leader === undefined ? {} : { leader },
  );
}

export function forbiddenOnReadOnlyDatabase(leader: string | undefined): CausewayError {
  return failure(
    'forbiddenOnReadOnlyDatabase',
    'No write operations are allowed on this database. This is a read only Neo4j instance.',
    leader === undefined ? {} : { leader },
  );
}

export function databaseNotFound(name: string): CausewayError {
  return failure('databaseNotFound', `Database does not exist. Database name: '${name}'.`);
}

export function routingDatabaseNotFound(name: string, cause?: unknown): CausewayError {
  return failure('databaseNotFound', `Unable to get a routing table for database '${name}' because this database does not exist`, { cause });
}

/** Whether running the same again may succeed because another transaction won, or because leadership moved. */
export function isLeaderSwitchOrConflict(error: unknown): 'conflict' | 'leaderSwitch' | undefined {
  if (!(error instanceof CausewayError)) return undefined;
  if (error.code === codes.outdated.code) return 'conflict';
  return error.code === codes.leaderSwitch.code ? 'leaderSwitch' : undefined;
}

/** An unexpected error as what a client may see of it: no internal text. Log the original. */
export function asCausewayError(error: unknown): CausewayError {
  if (error instanceof CausewayError) return error;
  return failure('unknownError', 'An unexpected error occurred. See the server log for details.', { cause: error });
}
