// Deciding code of elections: pure, told everything, returns how long to wait before campaigning.
// The most caught-up and least loaded candidate campaigns first; the log lets exactly one win.

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
const BEHIND_MS_MAX = 200;

/** Milliseconds to wait before a campaign for a vacant graph. */
export function campaignDelayMs(candidate: Candidate): number {
  const behind = candidate.lag === 0 ? 0 : Math.min(BEHIND_MS_MAX, STEP_MS + candidate.lag);
  const loaded = Math.min(candidate.leaderships, 4) * STEP_MS;
  const resigned = candidate.resigned ? 10 * STEP_MS : 0;
  return Math.round(behind + loaded + resigned + candidate.tieBreak * STEP_MS);
}

/** To whom to hand a leadership over: the live CORE, not ourselves, that leads the fewest graphs; ties by name. */
export function handOverTarget(cores: readonly { readonly name: string; readonly leaderships: number }[]): string | undefined {
  return [...cores].sort((a, b) => a.leaderships - b.leaderships || (a.name < b.name ? -1 : 1))[0]?.name;
}
