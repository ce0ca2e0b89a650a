// Each rule of checking by the statements that break it: the words of the error, and the place that its caret shows.

import { describe, expect, it } from 'vitest';
import { CausewayError } from '../errors/error.js';
import { parse } from '../language/parser.js';
import { check } from './check.js';

const aggregates = ['count', 'collect', 'sum'];
const signatures = {
  functions: {
    find: (name: string) => {
      const lower = name.toLowerCase();
      if (['nobody', 'valuetype', 'localtime.transaction'].includes(lower)) return undefined;
      return { aggregate: aggregates.includes(lower), minArguments: lower === 'rand' ? 0 : 1, maxArguments: lower === 'substring' ? 3 : 1 };
    },
  },
  procedures: { columnsOf: (name: string) => (name === 'p' ? { arguments: [{ name: 'a', optional: false }], columns: ['x', 'y'] } : undefined) },
};

/** The text from where the error is, or the columns. */
function outcome(text: string): { readonly at: string | undefined; readonly message: string } {
  try {
    return { at: undefined, message: check(parse(text), signatures).columns.join(',') };
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    return { at: error.position && text.slice(error.position.offset), message: error.message.split(' (line ')[0] as string };
  }
}

type Broken = readonly [text: string, at: string, message: string];

function rule(name: string, broken: readonly Broken[], kept: readonly string[]): void {
  describe(name, () => {
    for (const [text, at, message] of broken) it(`refuses ${text}`, () => expect(outcome(text)).toEqual({ at, message: expect.stringContaining(message) }));
    for (const text of kept) it(`takes ${text}`, () => expect(outcome(text).at).toBeUndefined());
  });
}

rule(
  'a variable is defined before it is used',
  [
    ['RETURN a', 'a', 'Variable `a` not defined'],
    ['MATCH (a) WITH a.b AS b RETURN a', 'a', 'Variable `a` not defined'],
    ['RETURN [x IN [1] | x] + x', 'x', 'Variable `x` not defined'],
    ['MATCH (a {b: c.d}) RETURN a', 'c.d}) RETURN a', 'Variable `c` not defined'],
  ],
  ['MATCH (a), (b {x: a.x}) RETURN a', 'WITH 1 AS a WITH a AS b RETURN b', 'MATCH (a) RETURN a.b AS b ORDER BY a.c'],
);

rule(
  'a variable is declared once, and stays what it is',
  [
    ['UNWIND [1] AS a UNWIND [2] AS a RETURN a', 'a RETURN a', 'Variable `a` already declared'],
    ['MATCH (a) CREATE (a)', 'a)', 'Variable `a` already declared'],
    ['MATCH (a)-[a]->() RETURN a', 'a]->() RETURN a', 'Type mismatch: a defined with conflicting type Node (expected Relationship)'],
    ['MATCH p = (a) MATCH (p) RETURN p', 'p) RETURN p', 'Type mismatch: p defined with conflicting type Path (expected Node)'],
    ['MATCH (a)-[r]->()-[r]->() RETURN a', 'r]->() RETURN a', "Cannot use the same relationship variable 'r' for multiple relationships"],
  ],
  ['MATCH (a)-->(a) RETURN a', 'MATCH (a) CREATE (a)-[:R]->(a)'],
);

rule(
  'columns have names, each its own',
  [
    ['RETURN 1 AS a, 2 AS a', '2 AS a', 'Multiple result columns with the same name are not supported'],
    ['WITH 1 RETURN 1', '1 RETURN 1', 'Expression in WITH must be aliased (use AS)'],
    ['RETURN *', '*', 'RETURN * is not allowed when there are no variables in scope'],
    ['RETURN 1 AS a UNION RETURN 2 AS b', 'RETURN 2 AS b', 'All sub queries in an UNION must have the same return column names'],
  ],
  ['RETURN 1 AS a UNION RETURN 2 AS a'],
);

rule(
  'functions and procedures exist and have their arguments',
  [
    ['RETURN nobody(1)', 'nobody(1)', "Unknown function 'nobody'"],
    ['RETURN localtime.transaction()', 'localtime.transaction()', 'localtime.transaction() is not supported yet by this version of Causeway'],
    ['RETURN valueType(1)', 'valueType(1)', 'valueType() is not supported yet by this version of Causeway'],
    ['RETURN size()', 'size()', "Insufficient parameters for function 'size'"],
    ['RETURN size(1, 2)', 'size(1, 2)', "Too many parameters for function 'size'"],
    ['RETURN size(DISTINCT [])', 'size(DISTINCT [])', "Invalid use of DISTINCT with function 'size'"],
    ['CALL p() YIELD x RETURN x', 'CALL p() YIELD x RETURN x', 'Procedure call does not provide the required number of arguments'],
    ['CALL p(1) YIELD z RETURN z', 'z RETURN z', 'Unknown procedure output: `z`'],
  ],
  ['CALL p(1) YIELD x RETURN x', 'RETURN count(DISTINCT 1)'],
);

rule(
  'aggregates stand in projections, not in one another',
  [
    ['MATCH (a) WHERE count(a) > 1 RETURN a', 'count(a) > 1 RETURN a', 'Invalid use of aggregating function count(...) in this context'],
    ['RETURN count(collect(1))', 'collect(1))', "Can't use aggregate functions inside of aggregate functions."],
    ['RETURN count(rand())', 'rand())', "Can't use non-deterministic (random) functions inside of aggregate functions."],
    ['RETURN [x IN [1] | count(x)]', 'count(x)]', 'Invalid use of aggregating function'],
    ['MATCH (a) RETURN a.b ORDER BY count(a)', 'count(a)', 'Illegal aggregation expression(s) in order by'],
  ],
  ['MATCH (a) RETURN a.b, count(a) ORDER BY count(a)'],
);

rule(
  'what stands beside an aggregate is projected, and simple',
  [
    ['MATCH (a) RETURN a.b + count(a)', 'a.b + count(a)', 'Aggregation column contains implicit grouping expressions'],
    ['MATCH (a) RETURN a.b + 1, a.b + 1 + count(a)', 'a.b + 1 + count(a)', 'Aggregation column contains implicit grouping expressions'],
  ],
  ['MATCH (a) RETURN a.b, a.b + count(a)', 'MATCH (a) RETURN a, a.b + count(*)', 'MATCH (a) RETURN 1 + $p + count(a)'],
);

rule(
  'SKIP and LIMIT are constants that are not negative',
  [
    ['MATCH (a) RETURN a LIMIT a.b', 'a.b', 'It is not allowed to refer to variables in LIMIT'],
    ['RETURN 1 AS a SKIP -1', '-1', "Invalid input. '-1' is not a valid value. Must be a non-negative integer."],
    ['RETURN 1 AS a LIMIT 1.5', '1.5', "Invalid input. '1.5' is not a valid value"],
  ],
  ['RETURN 1 AS a SKIP $s LIMIT 1 + 1'],
);

rule(
  'what is created is plain',
  [
    ['CREATE (a)-[:R]-(b)', '-[:R]-(b)', 'Only directed relationships are supported in CREATE'],
    ['CREATE (a)-->(b)', '-->(b)', 'Exactly one relationship type must be specified for CREATE or MERGE'],
    ['CREATE (a)-[:R*2]->(b)', '-[:R*2]->(b)', 'Variable length relationships cannot be used in CREATE or MERGE'],
    ['CREATE (a:A|B)', 'A|B)', 'Label expressions in patterns are not allowed in a CREATE or MERGE clause'],
    ['MERGE (a $map)', '$map)', 'Parameter maps cannot be used in MERGE patterns'],
    ['MATCH (a $map) RETURN a', '$map) RETURN a', 'Parameter maps cannot be used in MATCH patterns'],
  ],
  ['MERGE (a)-[:R]-(b)', 'CREATE (a:A:B $map)'],
);

rule(
  'clauses follow one another as Cypher has it',
  [
    ['RETURN 1 AS a MATCH (b) RETURN b', 'RETURN 1 AS a MATCH (b) RETURN b', 'RETURN can only be used at the end of the query.'],
    ['CREATE (a) MATCH (b) RETURN b', 'MATCH (b) RETURN b', 'WITH is required between CREATE and MATCH'],
    ['MATCH (a)', 'MATCH (a)', 'Query cannot conclude with MATCH'],
    ['CREATE (a) DELETE a:A', 'a:A', "DELETE doesn't support removing labels from a node. Try REMOVE."],
  ],
  ['CREATE (a) WITH a MATCH (b) RETURN b'],
);

rule(
  'a pattern is a predicate, no value, and brings no names',
  [
    ['MATCH (a) RETURN (a)-->()', '(a)-->()', 'A pattern expression should only be used in order to test the existence of a pattern'],
    ['MATCH (a) SET a.b = size((a)-->())', '(a)-->())', 'A pattern expression should only be used in order to test the existence of a pattern'],
    ['MATCH (a) WHERE (a)-->(b) RETURN a', 'b) RETURN a', "PatternExpressions are not allowed to introduce new variables: 'b'."],
  ],
  [
    'MATCH (a) WHERE NOT (a)-->() RETURN exists((a)-->()) AS b',
    'MATCH (a) RETURN CASE WHEN (a)-->() THEN 1 END AS b',
    'MATCH (a) RETURN [x IN [a] WHERE (x)-->()] AS b',
  ],
);

rule(
  'types that are known fit their place',
  [
    ['RETURN 1 AND true', '1 AND true', 'Type mismatch: expected Boolean but was Integer'],
    ["RETURN true OR 'a'", "'a'", 'Type mismatch: expected Boolean but was String'],
    ['RETURN NOT [1.5]', '[1.5]', 'Type mismatch: expected Boolean but was List<Float>'],
    ["MATCH (a) WHERE 'x' RETURN a", "'x' RETURN a", 'Type mismatch: expected Boolean but was String'],
    ['MATCH (a) WHERE (a) RETURN a', 'a) RETURN a', 'Type mismatch: expected Boolean but was Node'],
    ["RETURN 'a' - 1", "'a' - 1", 'Type mismatch: expected Float or Integer but was String'],
    ['RETURN 1 * true', 'true', 'Type mismatch: expected Float or Integer but was Boolean'],
    ["RETURN -'a'", "'a'", 'Type mismatch: expected Float or Integer but was String'],
    ['MATCH (n) RETURN n + 1', 'n + 1', 'Type mismatch: expected Float, Integer, String or List<T> but was Node'],
    ["RETURN 'x'.a", "'x'.a", 'Type mismatch: expected Map, Node or Relationship but was String'],
    ['MATCH p = (a)-->() RETURN p.x', 'p.x', 'Type mismatch: expected Map, Node or Relationship but was Path'],
    ['RETURN 1 IN 2', '2', 'Type mismatch: expected List<T> but was Integer'],
    ["RETURN [1]['a']", "'a']", 'Type mismatch: expected Integer but was String'],
    ['RETURN size(5)', '5)', 'Type mismatch: expected String or List<T> but was Integer'],
    ['MATCH ()-[r]->() RETURN labels(r)', 'r)', 'Type mismatch: expected Node but was Relationship'],
    ['MATCH (n) RETURN type(n)', 'n)', 'Type mismatch: expected Relationship but was Node'],
    ["RETURN any(x IN ['a'] WHERE x % 2 = 0)", 'x % 2 = 0)', 'Type mismatch: expected Float or Integer but was String'],
    ['WITH count(*) AS c RETURN c.a', 'c.a', 'Type mismatch: expected Map, Node or Relationship but was Integer'],
    ['WITH 1 AS a SET a.b = 1', 'a.b = 1', 'Type mismatch: expected Node or Relationship but was Integer'],
    ['UNWIND [1] AS a DELETE a', 'a', 'Type mismatch: expected Node, Path or Relationship but was Integer'],
  ],
  [
    'RETURN [1] + 2',
    "RETURN 'a' + 1",
    'RETURN null AND true',
    'RETURN $p AND true',
    "RETURN size('a') + size([1])",
    "WITH [1, 'a'] AS list UNWIND list AS x RETURN x - 1 AS y",
    "RETURN CASE WHEN true THEN 1 ELSE 'a' END - 1",
    'MATCH (n) RETURN n.a AND n.b',
    "RETURN reduce(a = 1, x IN ['a'] | x) - 1",
    'UNWIND 5 AS x RETURN x + 1 AS y',
  ],
);
