// Messages between the main thread and the worker of an engine of the log. A call has a number and gets one answer;
// events have none.

import type { AppendOutcome, AppendRequest, CampaignOutcome, GraphId, Leadership, LiveServer, LogPosition, ReadResult, ServerRecord } from './log.js';

/** Every call with its arguments and its answer. */
export interface Calls {
  open: { readonly arguments: readonly [server: ServerRecord]; readonly answer: undefined };
  announce: { readonly arguments: readonly [server: ServerRecord]; readonly answer: undefined };
  servers: { readonly arguments: readonly []; readonly answer: readonly LiveServer[] };
  /** Groups that came at the same moment, each all or none. Payloads are as the engine packed them, and transferred. */
  append: { readonly arguments: readonly [groups: readonly (readonly AppendRequest[])[]]; readonly answer: readonly (readonly AppendOutcome[])[] };
  position: { readonly arguments: readonly [graph: GraphId]; readonly answer: LogPosition };
  read: { readonly arguments: readonly [graph: GraphId, fromIndex: number, limitBytes: number]; readonly answer: ReadResult };
  follow: { readonly arguments: readonly [graph: GraphId]; readonly answer: undefined };
  unfollow: { readonly arguments: readonly [graph: GraphId]; readonly answer: undefined };
  truncate: { readonly arguments: readonly [graph: GraphId, term: number, index: number]; readonly answer: 'truncated' | 'termLost' };
  campaign: { readonly arguments: readonly [graph: GraphId]; readonly answer: CampaignOutcome };
  leadership: { readonly arguments: readonly [graph: GraphId]; readonly answer: Leadership };
  resign: { readonly arguments: readonly [graph: GraphId, term: number]; readonly answer: undefined };
  handOver: { readonly arguments: readonly [graph: GraphId, term: number, to: string]; readonly answer: 'moved' | 'termLost' | 'noSuchServer' };
  expel: { readonly arguments: readonly [server: string, life: string]; readonly answer: undefined };
  barrier: { readonly arguments: readonly [graphs: readonly GraphId[]]; readonly answer: ReadonlyMap<GraphId, number> };
  close: { readonly arguments: readonly []; readonly answer: undefined };
}

export type CallName = keyof Calls;
export type AnyCall = { readonly [Name in CallName]: { readonly name: Name; readonly arguments: Calls[Name]['arguments'] } }[CallName];

/** `Own` are calls that one engine has beyond these. */
export interface CallMessage<Own = never> {
  readonly number: number;
  readonly call: AnyCall | Own;
}

export type WorkerMessage =
  | { readonly kind: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly number: number; readonly message: string; readonly damaged: boolean }
  | { readonly kind: 'head'; readonly graph: GraphId; readonly head: number }
  | { readonly kind: 'leadership'; readonly leadership: Leadership }
  | { readonly kind: 'servers'; readonly servers: readonly LiveServer[] }
  | { readonly kind: 'sessionLost'; readonly reason: string }
  | { readonly kind: 'note'; readonly level: 'info' | 'warn' | 'error'; readonly fields: object; readonly line: string };
