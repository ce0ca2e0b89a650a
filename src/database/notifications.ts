// Remarks on a query as notifications, in the codes and categories of Neo4j 5. Whether a name is missing is asked of the graph at each run,
// until all are there: names of a graph never go again.

import type { GraphReader } from '../graph/reader.js';
import type { NameRead, Remarks } from '../semantics/remarks.js';
import type { Notification } from './result.js';

const MISSING = {
  label: { code: 'UnknownLabelWarning', gqlStatus: '01N50', word: 'label' },
  type: { code: 'UnknownRelationshipTypeWarning', gqlStatus: '01N51', word: 'relationship type' },
  property: { code: 'UnknownPropertyKeyWarning', gqlStatus: '01N52', word: 'property key' },
} as const;

const codeOf = (name: string) => `Neo.ClientNotification.Statement.${name}`;

/** Returns what gives the notifications of one run. */
export function notificationsOf(remarks: Remarks, database: string): (reader: GraphReader) => readonly Notification[] {
  const always = [...products(remarks), ...deprecations(remarks)];
  let unseen = remarks.names;
  return (reader) => {
    if (unseen.length === 0) return always;
    unseen = unseen.filter((read) => isMissing(read, reader));
    return unseen.length === 0 ? always : [...unseen.map((read) => missing(read, database)), ...always];
  };
}

function isMissing({ kind, name }: NameRead, reader: GraphReader): boolean {
  switch (kind) {
    case 'label':
      return reader.labelId(name) < 0;
    case 'type':
      return reader.typeId(name) < 0;
    case 'property':
      return reader.keyId(name) < 0;
  }
}

function missing({ kind, name, at }: NameRead, database: string): Notification {
  const { code, gqlStatus, word } = MISSING[kind];
  return {
    code: codeOf(code),
    gqlStatus,
    title: `The provided ${word} is not in the database.`,
    description: `Database \`${database}\` has no ${word} \`${name}\` yet, so nothing in it matches. If that is not meant, look for a slip in its spelling (the missing ${word} is: ${name})`,
    severity: 'WARNING',
    category: 'UNRECOGNIZED',
    position: at,
  };
}

function products({ products }: Remarks): readonly Notification[] {
  return products.map(({ at, variables }) => {
    const named = variables.filter((name) => name !== '');
    const which = named.length === 0 ? '' : ` (identifiers: ${named.join(', ')})`;
    return {
      code: codeOf('CartesianProduct'),
      gqlStatus: '03N90',
      title: 'This query builds a cartesian product between disconnected patterns.',
      description: `Nothing joins the patterns of this MATCH, so every match of the one is combined with every match of the others. Join them by a relationship, or match them one after the other, if fewer rows are meant${which}`,
      severity: 'INFORMATION',
      category: 'PERFORMANCE',
      position: at,
    };
  });
}

function deprecations({ deprecated }: Remarks): readonly Notification[] {
  return deprecated.map(({ name, at }) => ({
    code: codeOf('FeatureDeprecationWarning'),
    gqlStatus: '01N02',
    title: 'This feature is deprecated and will be removed in future versions.',
    description: `${name}() is deprecated, and numbers of deleted entities may be given again. Use elementId()`,
    severity: 'WARNING',
    category: 'DEPRECATION',
    position: at,
  }));
}
