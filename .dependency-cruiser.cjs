// The direction of imports: a folder imports only from rows below its own, never from its own row, and
// type-only imports count. ARCHITECTURE.md draws the list.

const rows = [
  ['cli'],
  ['server'],
  ['http', 'bolt'],
  ['targets'],
  ['security'],
  ['cluster'],
  ['database'],
  ['log'],
  ['runtime'],
  ['planner'],
  ['semantics'],
  ['language'],
  ['storage'],
  ['graph'],
  ['wire'],
  ['values'],
  ['errors'],
  ['base'],
];

const upward = rows.flatMap((row, index) =>
  row.map((folder) => {
    const forbidden = rows
      .slice(0, index + 1)
      .flat()
      .filter((other) => other !== folder);
    return {
      name: `${folder}-imports-only-downward`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: `^src/(${forbidden.length > 0 ? forbidden.join('|') : 'nothing'})/` },
    };
  }),
);

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'query-half-and-storage-meet-at-graph',
      severity: 'error',
      from: { path: '^src/(language|semantics|planner|runtime)/' },
      to: { path: '^src/storage/' },
    },
    // The productions of a recursive grammar call each other: the parser's files are one cycle, and nothing else is.
    { name: 'no-cycles', severity: 'error', from: { pathNot: '^src/language/' }, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'source-never-imports-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
