// What a feeder and a server that is fed say to each other, over one connection.
//
//   child ─▶ feeder    JSON hello {server, offer}           who I am: presence, and what I offer as a feeder
//                      JSON offer {offer}                   it changed
//                      JSON adopt | leave                   feed me | no more
//                      JSON subscribe {graph, index, mode}  push me what comes after this index
//                      JSON unsubscribe {graph}
//   feeder ─▶ child    JSON welcome {server, offer}         the answer to hello
//                      JSON topology {servers, leaderships} when it changed
//                      JSON offers {offers}                 the feeder's own first, and of others, as they change
//                      JSON adopted | refused {why}
//                      ENTRY  graph uuid(16) index(8) head(8) payload
//                      JSON heads {heads}                   every now and then: also the sign that the feeder lives
//                      JSON caughtUp {graph}                end of a subscription of mode catchUp
//                      JSON elsewhere {graph, why}          end of any: `behind` what is kept here, or `notHere` at all
//
// Heads carry the stamp of the CORE that vouched for them, and how long ago that was; both are passed on as they
// are, so nobody takes the arrival of an old head for news (SAFETY 24).

import type { Leadership, LiveServer, ServerRecord } from '../log/log.js';
import type { Offer, Refusal } from './feeding.js';

/** `fed` by the feeder that adopted me; at a CORE also to `catchUp` with what a replica no longer keeps, and `direct` for a graph it does not hold. */
export type SubscriptionMode = 'fed' | 'catchUp' | 'direct';

export type ToFeeder =
  | { readonly kind: 'hello'; readonly server: ServerRecord; readonly offer: Offer }
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'alive' }
  | { readonly kind: 'adopt' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'subscribe'; readonly graph: string; readonly index: number; readonly mode: SubscriptionMode }
  | { readonly kind: 'unsubscribe'; readonly graph: string };

export type ToReplica =
  | { readonly kind: 'welcome'; readonly server: ServerRecord; readonly offer: Offer }
  | { readonly kind: 'topology'; readonly servers: readonly LiveServer[]; readonly leaderships: readonly Leadership[] }
  | { readonly kind: 'offers'; readonly offers: readonly Offer[] }
  | { readonly kind: 'adopted' }
  | { readonly kind: 'refused'; readonly why: Refusal }
  | { readonly kind: 'heads'; readonly heads: readonly StampedHead[] }
  | { readonly kind: 'caughtUp'; readonly graph: string }
  | { readonly kind: 'elsewhere'; readonly graph: string; readonly why: 'behind' | 'notHere' };

export interface StampedHead {
  readonly graph: string;
  readonly head: number;
  /** The CORE's own reading of its clock: equal stamps are the same news. */
  readonly stamp: number;
  readonly ageMs: number;
}

export interface EntryFrame {
  readonly graph: string;
  readonly index: number;
  readonly head: number;
  readonly payload: Uint8Array;
}

export function encodeEntryFrame(graph: string, index: number, head: number): Uint8Array {
  const header = Buffer.alloc(32);
  Buffer.from(graph.replaceAll('-', ''), 'hex').copy(header, 0);
  header.writeBigUInt64BE(BigInt(index), 16);
  header.writeBigUInt64BE(BigInt(head), 24);
  return header;
}

export function decodeEntryFrame(body: Buffer): EntryFrame {
  const hex = body.toString('hex', 0, 16);
  const graph = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  return { graph, index: Number(body.readBigUInt64BE(16)), head: Number(body.readBigUInt64BE(24)), payload: new Uint8Array(body.subarray(32)) };
}
