// FAILURE's metadata, both ways. The shape depends on the version of the connection:
//
//   plain   {code, message}                                                                     up to Bolt 5.6
//   gql     {neo4j_code, message, gql_status, description, diagnostic_record, cause}            from Bolt 5.7 on
//   relay   plain, and under `causeway` what plain has no field for                             between servers

import { CausewayError, type ErrorDetail } from '../errors/error.js';
import { gqlDescription } from '../errors/gql-status.js';
import type { CypherMap, Value } from '../values/value.js';
import { isMap, mapOf, positionMap, positionOf } from './messages.js';

export type FailureShape = 'plain' | 'gql' | 'relay';

const CAUSES_MAX = 10;

export function failureMetadata(error: CausewayError, shape: FailureShape): CypherMap {
  switch (shape) {
    case 'plain':
      return mapOf({ code: error.code, message: error.message });
    case 'relay':
      return mapOf({ code: error.code, message: error.message, causeway: mapOf({ gql_status: error.gqlStatus, ...ownFields(error) }) });
    case 'gql':
      return mapOf({ neo4j_code: error.code, ...gqlFields(error, 0) });
  }
}

function ownFields(error: CausewayError): Record<string, Value | undefined> {
  return { position: error.position === undefined ? undefined : positionMap(error.position), leader: error.leader, outcome_id: error.outcomeId };
}

function gqlFields(error: CausewayError, depth: number): Record<string, Value | undefined> {
  const { cause } = error;
  return {
    message: error.message,
    gql_status: error.gqlStatus,
    description: gqlDescription(error.gqlStatus, error.message),
    diagnostic_record: diagnosticRecord(error),
    cause: cause instanceof CausewayError && depth < CAUSES_MAX ? mapOf(gqlFields(cause, depth + 1)) : undefined,
  };
}

/** `leader` and `outcome_id` are this project's own. */
function diagnosticRecord(error: CausewayError): CypherMap {
  const { position, ...own } = ownFields(error);
  return mapOf({
    OPERATION: '',
    OPERATION_CODE: '0',
    CURRENT_SCHEMA: '/',
    _classification: classification(error.code),
    _position: position,
    ...own,
  });
}

function classification(code: string): string {
  if (code.startsWith('Neo.ClientError.')) return 'CLIENT_ERROR';
  return code.startsWith('Neo.TransientError.') ? 'TRANSIENT_ERROR' : 'DATABASE_ERROR';
}

export function failureOf(metadata: CypherMap): CausewayError {
  const record = metadata.get('diagnostic_record');
  const relayed = metadata.get('causeway');
  const own: CypherMap = isMap(relayed) ? relayed : isMap(record) ? record : new Map();
  const detail: { -readonly [Key in keyof ErrorDetail]: ErrorDetail[Key] } = {};
  const position = positionOf(own.get('position') ?? own.get('_position'));
  if (position !== undefined) detail.position = position;
  const leader = text(own.get('leader'));
  if (leader !== undefined) detail.leader = leader;
  const outcomeId = text(own.get('outcome_id'));
  if (outcomeId !== undefined) detail.outcomeId = outcomeId;
  const code = text(metadata.get('neo4j_code')) ?? text(metadata.get('code')) ?? 'Neo.DatabaseError.General.UnknownError';
  const gqlStatus = text(metadata.get('gql_status')) ?? text(own.get('gql_status')) ?? '50N42';
  return new CausewayError({ code, gqlStatus }, text(metadata.get('message')) ?? 'The server gave no message.', detail);
}

function text(value: Value | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
