// Deciding code of elections: pure, told everything, returns how long to wait before campaigning.
// The most caught-up and least loaded candidate campaigns first; the log lets exactly one win.

/** What is on its way to a server that follows. */
const HAND_OVER_LAG_MAX = 8;

export interface Candidate {
  /** Entries it is behind the newest head it knows. */
  readonly lag: number;
  /** Graphs it leads already. */
  readonly leaderships: number;
  /** Whether this server held the graph last and resigned on purpose. */
  readonly resigned: boolean;
  /** A number in [0, 1) for ties. */
  readonly tieBreak: number;
}

const STEP_MS = 15;
/** A few entries are read while a lease ends; who lacks more lets all others go first. */
const FEW_ENTRIES = 4;
const BEHIND_MS = 100;
const BEHIND_MS_MAX = 200;

/** Milliseconds to wait before a campaign for a vacant graph. */
export function campaignDelayMs(candidate: Candidate): number {
  const { lag } = candidate;
  const behind = lag === 0 ? 0 : Math.min(BEHIND_MS_MAX, lag + (lag > FEW_ENTRIES ? BEHIND_MS : STEP_MS));
  const loaded = Math.min(candidate.leaderships, 4) * STEP_MS;
  const resigned = candidate.resigned ? 10 * STEP_MS : 0;
  return Math.round(behind + loaded + resigned + candidate.tieBreak * STEP_MS);
}

/** Whether a server that has the log up to `position` may be given a graph of which this server had it up to `own`. */
export function isCloseBehind(position: number | undefined, own: number): boolean {
  return position !== undefined && own - position <= HAND_OVER_LAG_MAX;
}

/** To whom to hand a leadership over: the live CORE, not ourselves, that leads the fewest graphs; ties by name. */
export function handOverTarget(cores: readonly { readonly name: string; readonly leaderships: number }[]): string | undefined {
  return [...cores].sort((a, b) => a.leaderships - b.leaderships || (a.name < b.name ? -1 : 1))[0]?.name;
}
