// The messages and services of etcd's API (version 3) that Causeway uses, as data for protobuf: names and field
// numbers are those that etcd publishes and never changes. Fields that are not named here are skipped when read.

type Field = { readonly type: string; readonly id: number; readonly rule?: 'repeated' };
type Message = { readonly fields: Readonly<Record<string, Field>>; readonly oneofs?: Readonly<Record<string, { readonly oneof: readonly string[] }>> };

const field = (type: string, id: number): Field => ({ type, id });
const list = (type: string, id: number): Field => ({ type, id, rule: 'repeated' });
const message = (fields: Readonly<Record<string, Field>> = {}): Message => ({ fields });
/** All fields of the message but those named are alternatives of each other. */
const choice = (name: string, fields: Readonly<Record<string, Field>>, beside: Readonly<Record<string, Field>> = {}): Message => ({
  fields: { ...beside, ...fields },
  oneofs: { [name]: { oneof: Object.keys(fields) } },
});
const values = (...names: readonly string[]) => ({ values: Object.fromEntries(names.map((name, index) => [name, index])) });

const header = field('ResponseHeader', 1);
const call = (requestType: string, responseType: string) => ({ requestType, responseType });
const stream = (requestType: string, responseType: string) => ({ requestType, responseType, requestStream: true, responseStream: true });
const calls = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, call(`${name}Request`, `${name}Response`)]));

const services = {
  KV: { methods: { ...calls('Range', 'Put', 'DeleteRange', 'Txn'), Compact: call('CompactionRequest', 'CompactionResponse') } },
  Watch: { methods: { Watch: stream('WatchRequest', 'WatchResponse') } },
  Lease: {
    methods: { ...calls('LeaseGrant', 'LeaseRevoke', 'LeaseTimeToLive'), LeaseKeepAlive: stream('LeaseKeepAliveRequest', 'LeaseKeepAliveResponse') },
  },
  Cluster: { methods: calls('MemberAdd', 'MemberRemove', 'MemberUpdate', 'MemberList', 'MemberPromote') },
  Maintenance: { methods: calls('Alarm', 'Status', 'Defragment', 'MoveLeader') },
};

const keyValues = {
  KeyValue: message({
    key: field('bytes', 1),
    create_revision: field('int64', 2),
    mod_revision: field('int64', 3),
    version: field('int64', 4),
    value: field('bytes', 5),
    lease: field('int64', 6),
  }),
  EventType: values('PUT', 'DELETE'),
  Event: message({ type: field('EventType', 1), kv: field('KeyValue', 2), prev_kv: field('KeyValue', 3) }),
};

const keysAndTransactions = {
  ResponseHeader: message({
    cluster_id: field('uint64', 1),
    member_id: field('uint64', 2),
    revision: field('int64', 3),
    raft_term: field('uint64', 4),
  }),
  RangeRequest: message({
    key: field('bytes', 1),
    range_end: field('bytes', 2),
    limit: field('int64', 3),
    revision: field('int64', 4),
    serializable: field('bool', 7),
    keys_only: field('bool', 8),
    count_only: field('bool', 9),
  }),
  RangeResponse: message({ header, kvs: list('mvccpb.KeyValue', 2), more: field('bool', 3), count: field('int64', 4) }),
  PutRequest: message({ key: field('bytes', 1), value: field('bytes', 2), lease: field('int64', 3) }),
  PutResponse: message({ header }),
  DeleteRangeRequest: message({ key: field('bytes', 1), range_end: field('bytes', 2) }),
  DeleteRangeResponse: message({ header, deleted: field('int64', 2) }),
  RequestOp: choice('request', {
    request_range: field('RangeRequest', 1),
    request_put: field('PutRequest', 2),
    request_delete_range: field('DeleteRangeRequest', 3),
  }),
  ResponseOp: choice('response', {
    response_range: field('RangeResponse', 1),
    response_put: field('PutResponse', 2),
    response_delete_range: field('DeleteRangeResponse', 3),
  }),
  CompareResult: values('EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL'),
  CompareTarget: values('VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'),
  Compare: choice(
    'target_union',
    {
      version: field('int64', 4),
      create_revision: field('int64', 5),
      mod_revision: field('int64', 6),
      value: field('bytes', 7),
      lease: field('int64', 8),
    },
    { result: field('CompareResult', 1), target: field('CompareTarget', 2), key: field('bytes', 3) },
  ),
  TxnRequest: message({ compare: list('Compare', 1), success: list('RequestOp', 2), failure: list('RequestOp', 3) }),
  TxnResponse: message({ header, succeeded: field('bool', 2), responses: list('ResponseOp', 3) }),
  CompactionRequest: message({ revision: field('int64', 1), physical: field('bool', 2) }),
  CompactionResponse: message({ header }),
};

const watchesAndLeases = {
  WatchRequest: choice('request_union', {
    create_request: field('WatchCreateRequest', 1),
    cancel_request: field('WatchCancelRequest', 2),
    progress_request: field('WatchProgressRequest', 3),
  }),
  WatchCreateRequest: message({ key: field('bytes', 1), range_end: field('bytes', 2), start_revision: field('int64', 3) }),
  WatchCancelRequest: message({ watch_id: field('int64', 1) }),
  WatchProgressRequest: message(),
  WatchResponse: message({
    header,
    watch_id: field('int64', 2),
    created: field('bool', 3),
    canceled: field('bool', 4),
    compact_revision: field('int64', 5),
    cancel_reason: field('string', 6),
    events: list('mvccpb.Event', 11),
  }),
  LeaseGrantRequest: message({ TTL: field('int64', 1), ID: field('int64', 2) }),
  LeaseGrantResponse: message({ header, ID: field('int64', 2), TTL: field('int64', 3), error: field('string', 4) }),
  LeaseRevokeRequest: message({ ID: field('int64', 1) }),
  LeaseRevokeResponse: message({ header }),
  LeaseKeepAliveRequest: message({ ID: field('int64', 1) }),
  LeaseKeepAliveResponse: message({ header, ID: field('int64', 2), TTL: field('int64', 3) }),
  LeaseTimeToLiveRequest: message({ ID: field('int64', 1), keys: field('bool', 2) }),
  LeaseTimeToLiveResponse: message({ header, ID: field('int64', 2), TTL: field('int64', 3), grantedTTL: field('int64', 4), keys: list('bytes', 5) }),
};

const members = list('Member', 2);
const memberId = field('uint64', 1);

const membersAndUpkeep = {
  Member: message({ ID: memberId, name: field('string', 2), peerURLs: list('string', 3), clientURLs: list('string', 4), isLearner: field('bool', 5) }),
  MemberAddRequest: message({ peerURLs: list('string', 1), isLearner: field('bool', 2) }),
  MemberAddResponse: message({ header, member: field('Member', 2), members: list('Member', 3) }),
  MemberRemoveRequest: message({ ID: memberId }),
  MemberRemoveResponse: message({ header, members }),
  MemberUpdateRequest: message({ ID: memberId, peerURLs: list('string', 2) }),
  MemberUpdateResponse: message({ header, members }),
  MemberListRequest: message(),
  MemberListResponse: message({ header, members }),
  MemberPromoteRequest: message({ ID: memberId }),
  MemberPromoteResponse: message({ header, members }),
  AlarmType: values('NONE', 'NOSPACE', 'CORRUPT'),
  AlarmAction: values('GET', 'ACTIVATE', 'DEACTIVATE'),
  AlarmRequest: message({ action: field('AlarmAction', 1), memberID: field('uint64', 2), alarm: field('AlarmType', 3) }),
  AlarmMember: message({ memberID: field('uint64', 1), alarm: field('AlarmType', 2) }),
  AlarmResponse: message({ header, alarms: list('AlarmMember', 2) }),
  StatusRequest: message(),
  StatusResponse: message({
    header,
    version: field('string', 2),
    dbSize: field('int64', 3),
    leader: field('uint64', 4),
    raftIndex: field('uint64', 5),
    raftTerm: field('uint64', 6),
    raftAppliedIndex: field('uint64', 7),
    errors: list('string', 8),
    dbSizeInUse: field('int64', 9),
    isLearner: field('bool', 10),
  }),
  DefragmentRequest: message(),
  DefragmentResponse: message({ header }),
  MoveLeaderRequest: message({ targetID: field('uint64', 1) }),
  MoveLeaderResponse: message({ header }),
};

export const descriptor = {
  options: { syntax: 'proto3' },
  nested: {
    mvccpb: { nested: keyValues },
    etcdserverpb: { nested: { ...services, ...keysAndTransactions, ...watchesAndLeases, ...membersAndUpkeep } },
  },
};
