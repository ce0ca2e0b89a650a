// What servers add to Bolt 5.4 between themselves, on connections that have proved the cluster's secret
// (SAFETY 22); everybody else is refused it. There is no handshake and no HELLO:
//
//   the extra map of RUN, BEGIN and COMMIT has a key `causeway`: {user, request_id, access, consistency, term, timeout, system?, bookmark_wait?, claimant?, hold?}
//   COMMIT takes one field, that extra map
//   BEGIN with `hold` opens a transaction that outlives the connection once it was released; its SUCCESS has `tx`, the id
//   TAKE 7C {tx, user, db, committing} goes on with it, RELEASE 7B lets it wait again: SUCCESS {stays: ms}
//   END 7A {tx, user, db} rolls it back, whoever has it
//   PREPARED 7D {summary metadata without bookmark} may come after the last RECORD, before the log is appended to

import { MalformedBytes } from '../base/bytes.js';
import type { CypherMap } from '../values/value.js';
import { isMap, mapOf } from './messages.js';

export interface RelayExtra {
  /** Who asked; the receiver recomputes what they may do. */
  readonly user: string;
  /** 32 hexadecimal digits, minted by the entry server (SAFETY 14). */
  readonly requestId: string;
  readonly access: 'READ' | 'WRITE';
  readonly consistency: 'eventual' | 'bookmark' | 'linearizable';
  /** The term in which the sender believes that the receiver leads; 0 where no leader is needed (SAFETY 21). */
  readonly term: number;
  readonly timeoutMs: number;
  /** The last transaction of `system` that the sender has applied: the receiver needs as much (SAFETY 22). */
  readonly systemTransaction?: number | undefined;
  /** For the bookmarks; the receiver's own limit where it is absent. */
  readonly bookmarkWaitMs?: number | undefined;
  /** Who may go on with it; `user` where it is absent. */
  readonly claimant?: string | undefined;
  /** BEGIN: the transaction stays open between requests (SAFETY 26). */
  readonly hold?: boolean | undefined;
}

/** The value of the key `causeway`. */
export function encodeRelayExtra(extra: RelayExtra): CypherMap {
  return mapOf({
    user: extra.user,
    request_id: extra.requestId,
    access: extra.access,
    consistency: extra.consistency,
    term: extra.term,
    timeout: extra.timeoutMs,
    system: extra.systemTransaction,
    bookmark_wait: extra.bookmarkWaitMs,
    claimant: extra.claimant,
    hold: extra.hold === true ? true : undefined,
  });
}

/** Reads the key `causeway` of an extra map. Raises MalformedBytes when it is missing or wrong. */
export function decodeRelayExtra(extra: CypherMap): RelayExtra {
  const map = extra.get('causeway');
  if (!isMap(map)) throw new MalformedBytes('a relayed message without its relay fields');
  const [user, requestId, access, consistency] = [map.get('user'), map.get('request_id'), map.get('access'), map.get('consistency')];
  const [term, timeoutMs] = [map.get('term'), map.get('timeout')];
  if (typeof user !== 'string' || typeof requestId !== 'string' || !/^[0-9a-f]{32}$/.test(requestId)) throw wrong('user or request_id');
  if (access !== 'READ' && access !== 'WRITE') throw wrong('access');
  if (consistency !== 'eventual' && consistency !== 'bookmark' && consistency !== 'linearizable') throw wrong('consistency');
  if (typeof term !== 'number' || typeof timeoutMs !== 'number') throw wrong('term or timeout');
  const [system, wait, claimant] = [map.get('system'), map.get('bookmark_wait'), map.get('claimant')];
  return {
    user,
    requestId,
    access,
    consistency,
    term,
    timeoutMs,
    systemTransaction: typeof system === 'number' ? system : undefined,
    bookmarkWaitMs: typeof wait === 'number' ? wait : undefined,
    claimant: typeof claimant === 'string' ? claimant : undefined,
    hold: map.get('hold') === true ? true : undefined,
  };
}

/** What TAKE and END say of a transaction that the receiver holds. */
export interface HeldClaim {
  readonly transaction: string;
  /** Who asked. */
  readonly user: string;
  readonly database: string;
  readonly committing: boolean;
}

export function encodeHeldClaim({ transaction, user, database, committing }: HeldClaim): CypherMap {
  return mapOf({ tx: transaction, user, db: database, committing });
}

/** Raises MalformedBytes. */
export function decodeHeldClaim(map: CypherMap): HeldClaim {
  const [transaction, user, database] = [map.get('tx'), map.get('user'), map.get('db')];
  if (typeof transaction !== 'string' || typeof user !== 'string' || typeof database !== 'string') throw wrong('transaction');
  return { transaction, user, database, committing: map.get('committing') === true };
}

function wrong(what: string): MalformedBytes {
  return new MalformedBytes(`a relayed message with a wrong ${what}`);
}
