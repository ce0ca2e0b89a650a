// How many voters a cluster has, and who of its COREs carries one (SAFETY 30). Values in, values out; each CORE
// decides for itself, and etcd's own checks stand behind what it then asks for.

export interface VoterFacts {
  /** This CORE's name. */
  readonly self: string;
  /** All COREs that may carry a voter, living or not; a CORE that is removed from the cluster is not among them. */
  readonly candidates: readonly string[];
  readonly voters: readonly string[];
  /** Learners are voters to be. */
  readonly learnerCount: number;
  /** `log.etcd.voters` */
  readonly votersMax: number;
}

/** The greatest odd number of voters for so many COREs: an even one bears no more losses than the odd one below it. */
export function voterCount(cores: number, votersMax: number): number {
  const most = Math.max(1, Math.min(cores, votersMax));
  return most % 2 === 1 ? most : most - 1;
}

export function voterStep({ self, candidates, voters, learnerCount, votersMax }: VoterFacts): 'join' | 'leave' | 'none' {
  const wanted = voterCount(new Set([...candidates, ...voters]).size, votersMax);
  if (!voters.includes(self)) return learnerCount === 0 && voters.length < wanted ? 'join' : 'none';
  return voters.length > wanted && [...voters].sort().at(-1) === self ? 'leave' : 'none';
}

export interface VoterHealth {
  readonly name: string;
  readonly healthy: boolean;
}

/** What would come of taking the voter away, where the rest could not go on; undefined where it can. */
export function removalConsequence(voters: readonly VoterHealth[], name: string): string | undefined {
  const rest = voters.filter((voter) => voter.name !== name);
  if (rest.length === voters.length) return undefined;
  if (rest.length === 0) return `${name} carries the only voter: without it the log, and all data with it, is gone`;
  const healthy = rest.filter((voter) => voter.healthy).length;
  const majority = Math.floor(rest.length / 2) + 1;
  if (healthy >= majority) return undefined;
  const down = rest.filter((voter) => !voter.healthy).map((voter) => voter.name);
  return `without ${name}, ${healthy} of ${rest.length} voters would answer (${down.join(', ')} does not) and ${majority} are needed: no graph would take writes until one of them is back`;
}
