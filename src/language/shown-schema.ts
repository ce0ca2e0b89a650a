// Which indexes or constraints SHOW is asked for: `SHOW TEXT INDEXES`, `SHOW RELATIONSHIP PROPERTY EXISTENCE CONSTRAINTS`.

import type { ShownOnly, ShowTarget } from './ast.js';
import type { TokenStream } from './token-stream.js';

interface ShownSchema {
  readonly target: ShowTarget;
  readonly name: undefined;
  readonly only: readonly ShownOnly[];
}

const INDEX_TYPES = ['RANGE', 'TEXT', 'POINT', 'FULLTEXT', 'VECTOR', 'LOOKUP'];

/** Types of nodes and of relationships, by the words that ask for both. */
const CONSTRAINT_TYPES: readonly (readonly [words: readonly string[], types: readonly string[]])[] = [
  [
    ['PROPERTY', 'EXISTENCE'],
    ['NODE_PROPERTY_EXISTENCE', 'RELATIONSHIP_PROPERTY_EXISTENCE'],
  ],
  [
    ['PROPERTY', 'EXIST'],
    ['NODE_PROPERTY_EXISTENCE', 'RELATIONSHIP_PROPERTY_EXISTENCE'],
  ],
  [['EXISTENCE'], ['NODE_PROPERTY_EXISTENCE', 'RELATIONSHIP_PROPERTY_EXISTENCE']],
  [['EXIST'], ['NODE_PROPERTY_EXISTENCE', 'RELATIONSHIP_PROPERTY_EXISTENCE']],
  [
    ['PROPERTY', 'TYPE'],
    ['NODE_PROPERTY_TYPE', 'RELATIONSHIP_PROPERTY_TYPE'],
  ],
  [
    ['PROPERTY', 'UNIQUENESS'],
    ['UNIQUENESS', 'RELATIONSHIP_UNIQUENESS'],
  ],
  [
    ['PROPERTY', 'UNIQUE'],
    ['UNIQUENESS', 'RELATIONSHIP_UNIQUENESS'],
  ],
  [['UNIQUENESS'], ['UNIQUENESS', 'RELATIONSHIP_UNIQUENESS']],
  [['UNIQUE'], ['UNIQUENESS', 'RELATIONSHIP_UNIQUENESS']],
  [['KEY'], ['NODE_KEY', 'RELATIONSHIP_KEY']],
];

/** [ALL | type] (INDEX | INDEXES) | [ALL | [NODE | REL[ATIONSHIP]] type] (CONSTRAINT | CONSTRAINTS); undefined where neither is named. */
export function parseShownSchema(s: TokenStream): ShownSchema | undefined {
  const start = s.mark();
  const shown = parseIndexes(s) ?? parseConstraints(s);
  if (shown === undefined) s.reset(start);
  return shown;
}

function parseIndexes(s: TokenStream): ShownSchema | undefined {
  const start = s.mark();
  const type = INDEX_TYPES.find((word) => s.acceptWord(word));
  if (type === undefined) s.acceptWord('ALL');
  if (s.acceptWord('INDEX') || s.acceptWord('INDEXES')) {
    return { target: 'indexes', name: undefined, only: type === undefined ? [] : [{ column: 'type', values: [type] }] };
  }
  s.reset(start);
  return undefined;
}

function parseConstraints(s: TokenStream): ShownSchema | undefined {
  const all = s.acceptWord('ALL');
  const entity = all ? undefined : s.acceptWord('NODE') ? 'NODE' : s.acceptWord('RELATIONSHIP') || s.acceptWord('REL') ? 'RELATIONSHIP' : undefined;
  const found = all ? undefined : CONSTRAINT_TYPES.find(([words]) => s.acceptWords(...words));
  if (!s.acceptWord('CONSTRAINT') && !s.acceptWord('CONSTRAINTS')) return undefined;
  if (entity !== undefined && found === undefined) return undefined;
  const only: ShownOnly[] = [];
  if (found !== undefined) only.push({ column: 'type', values: found[1] });
  if (entity !== undefined) only.push({ column: 'entityType', values: [entity] });
  return { target: 'constraints', name: undefined, only };
}
