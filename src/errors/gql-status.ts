// What a GQLSTATUS says of itself: the condition that its first two characters name, as GQL and Neo4j word it.

const conditions: Readonly<Record<string, string>> = {
  '08': 'connection exception',
  '22': 'data exception',
  '25': 'invalid transaction state',
  '2D': 'invalid transaction termination',
  '40': 'transaction rollback',
  '42': 'syntax error or access rule violation',
  '50': 'general processing exception',
  '51': 'system configuration or operation exception',
  '52': 'procedure exception',
  '53': 'function exception',
  '54': 'program limit exceeded',
};

/** The description of an error's status: its condition, then the first line of `message`. */
export function gqlDescription(gqlStatus: string, message: string): string {
  const condition = conditions[gqlStatus.slice(0, 2)] ?? 'general processing exception';
  return `error: ${condition}. ${message.split('\n', 1)[0]}`;
}
