// `npm run passes`: the plan of a query as it is first made, and after each pass that changes it.

import { parseArgs } from 'node:util';
import { printPlan } from '../../src/planner/explain.js';
import { QueryRunner, whole } from '../support/query-runner.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { graph: { type: 'string', multiple: true, default: [] }, help: { type: 'boolean', default: false } },
});
const [query] = positionals;
if (values.help || query === undefined) {
  console.log(`Usage: npm run passes -- [--graph STATEMENT]... QUERY

  --graph STATEMENT   run before, on a graph in memory: data, indexes, constraints

Examples:
  npm run passes -- 'MATCH (a {id: 1})-->()-->(b) RETURN DISTINCT b'
  npm run passes -- --graph 'CREATE INDEX FOR (p:Person) ON (p.name)' 'MATCH (p:Person {name: "Ann"}) SET p.name = "Bob"'`);
  process.exit(values.help ? 0 : 1);
}
let watched = false;
let before = '';
const runner = new QueryRunner(undefined, (pass, plan, schema) => {
  whole(pass, plan, schema);
  if (!watched) return;
  const text = printPlan(plan);
  console.log(text === before ? `\n-- ${pass.name}: no change` : `\n-- ${pass.name}\n${text}`);
  before = text;
});
for (const statement of values.graph) runner.run(statement);
watched = true;
runner.run(`EXPLAIN ${query}`);
