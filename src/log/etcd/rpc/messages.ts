// The messages of etcd's API as values. 64-bit numbers are JavaScript numbers in keys, watches and leases (revisions
// and counts stay far below 2^53, and Causeway chooses its lease ids below it); member and cluster ids need all 64
// bits and are decimal text. What a request leaves out has etcd's default.

/** 64 bits as decimal text. */
export type Int64Text = string;

export interface KeyValue {
  readonly key: Buffer;
  readonly create_revision: number;
  readonly mod_revision: number;
  readonly version: number;
  readonly value: Buffer;
  /** 0: attached to none. */
  readonly lease: number;
}

export interface Header {
  readonly revision: number;
}

export interface RangeRequest {
  readonly key: Uint8Array;
  /** Exclusive. Left out: the one key. */
  readonly range_end?: Uint8Array;
  readonly limit?: number;
  readonly revision?: number;
  readonly serializable?: boolean;
  readonly keys_only?: boolean;
  readonly count_only?: boolean;
}

export interface RangeResponse {
  readonly header: Header;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
}

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease?: number;
}

export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly range_end?: Uint8Array;
}

export type RequestOp = { readonly request_range: RangeRequest } | { readonly request_put: PutRequest } | { readonly request_delete_range: DeleteRangeRequest };

export type Compare = { readonly key: Uint8Array; readonly result: 'EQUAL' | 'GREATER' | 'LESS' | 'NOT_EQUAL' } & (
  | { readonly target: 'VALUE'; readonly value: Uint8Array }
  | { readonly target: 'CREATE'; readonly create_revision: number }
  | { readonly target: 'MOD'; readonly mod_revision: number }
);

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export interface ResponseOp {
  readonly response_range?: RangeResponse;
  readonly response_delete_range?: DeleteRangeResponse;
}

export interface TxnResponse {
  readonly header: Header;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

export interface DeleteRangeResponse {
  readonly header: Header;
  readonly deleted: number;
}

export interface WatchCreateRequest {
  readonly key: Uint8Array;
  readonly range_end?: Uint8Array;
  /** 0 means from now on. */
  readonly start_revision?: number;
}

export interface WatchEvent {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: KeyValue;
}

export interface WatchResponse {
  readonly header: Header;
  readonly created: boolean;
  readonly canceled: boolean;
  /** Not 0: the watch began before this revision, which is compacted. */
  readonly compact_revision: number;
  readonly cancel_reason: string;
  readonly events: readonly WatchEvent[];
}

export interface LeaseGrantResponse {
  readonly header: Header;
  readonly ID: number;
  /** Seconds; etcd raises what is below 1.5 election timeouts. */
  readonly TTL: number;
}

export interface LeaseKeepAliveResponse {
  readonly header: Header;
  /** 0 or less: there is no such lease. */
  readonly TTL: number;
}

export interface LeaseTimeToLiveResponse {
  readonly header: Header;
  /** −1: there is no such lease. */
  readonly TTL: number;
  readonly grantedTTL: number;
  readonly keys: readonly Buffer[];
}

export interface EtcdMember {
  readonly ID: Int64Text;
  /** Empty until the member has started. */
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
}

export interface MembersResponse {
  readonly members: readonly EtcdMember[];
}

export interface MemberAddResponse extends MembersResponse {
  readonly member: EtcdMember;
}

export interface EtcdAlarm {
  readonly memberID: Int64Text;
  readonly alarm: 'NONE' | 'NOSPACE' | 'CORRUPT';
}

/** Of the member that answered. */
export interface MemberStatus {
  readonly memberId: Int64Text;
  readonly version: string;
  /** Of its file; what etcd's own quota is compared with. */
  readonly dbSize: number;
  /** Of that, what is not free for reuse. */
  readonly dbSizeInUse: number;
  /** Member id; '0' when it knows none. */
  readonly leader: Int64Text;
  readonly raftIndex: number;
  readonly raftAppliedIndex: number;
  readonly raftTerm: number;
  readonly errors: readonly string[];
  readonly isLearner: boolean;
}
