// The faults a simulated log can be told to have, by name. Probabilities are drawn from the cluster's seed, so a run
// repeats; switches (`pause`, `partition`, …) are on the cluster itself.

export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface LogFaults {
  /** One way of a request, in milliseconds; drawn for each way. */
  readonly latencyMs: Range;
  /** Between a change and its event at a server, in milliseconds. */
  readonly eventDelayMs: Range;
  /** Probability that an append was applied and its answer is lost. */
  readonly ambiguousApplied: number;
  /** Probability that an append is lost on its way and the sender cannot know. */
  readonly ambiguousNotApplied: number;
  /** Probability that the sender gives up on an append which is applied (if its guards hold then) after `lateMs`. */
  readonly ambiguousAppliedLate: number;
  readonly lateMs: Range;
  /** Probability, at each keepalive, that the server's session is lost. */
  readonly sessionLost: number;
  /** Probability that a reading request is answered from a state of a moment before. */
  readonly staleRead: number;
  /** Probability that a change is never told to a server that follows it. */
  readonly lostEvent: number;
  /** Nobody reaches the log. */
  readonly unavailable: boolean;
  /** What a sender waits for before it calls a request unanswered. */
  readonly requestTimeoutMs: number;
  /** Payload bytes of all graphs together before the log answers `full`. */
  readonly sizeBytesMax: number;
}

export const noFaults: LogFaults = {
  latencyMs: { min: 0, max: 1 },
  eventDelayMs: { min: 0, max: 2 },
  ambiguousApplied: 0,
  ambiguousNotApplied: 0,
  ambiguousAppliedLate: 0,
  lateMs: { min: 1, max: 50 },
  sessionLost: 0,
  staleRead: 0,
  lostEvent: 0,
  unavailable: false,
  requestTimeoutMs: 300,
  sizeBytesMax: Number.POSITIVE_INFINITY,
};
