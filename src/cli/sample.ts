// The sample graph of the first start: countries of Europe with their borders, capitals and languages. A country is known by
// its ISO 3166 code, so that other graphs can refer to it.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DataFolder, ListedServer } from './data-folder.js';
import { runStatement } from './http-client.js';

interface Country {
  readonly code: string;
  readonly name: string;
  readonly capital: string;
  /** Thousands of people, rounded. */
  readonly population: number;
  /** Square kilometres. */
  readonly area: number;
  readonly languages: readonly string[];
}

interface Sample {
  readonly countries: readonly Country[];
  /** Pairs of codes; each border once. */
  readonly borders: readonly (readonly [string, string])[];
}

const file = new URL('../../examples/sample/europe.json', import.meta.url);

const statements = [
  'CREATE CONSTRAINT country_code IF NOT EXISTS FOR (c:Country) REQUIRE c.code IS UNIQUE',
  'CREATE CONSTRAINT language_name IF NOT EXISTS FOR (l:Language) REQUIRE l.name IS UNIQUE',
  `UNWIND $countries AS row
   CREATE (c:Country {code: row.code, name: row.name, population: row.population * 1000, area: row.area})
   CREATE (city:City {name: row.capital})-[:CAPITAL_OF]->(c)`,
  `UNWIND $countries AS row
   UNWIND row.languages AS language
   MATCH (c:Country {code: row.code})
   MERGE (l:Language {name: language})
   CREATE (c)-[:SPEAKS]->(l)`,
  `UNWIND $borders AS pair
   MATCH (a:Country {code: pair[0]}), (b:Country {code: pair[1]})
   CREATE (a)-[:BORDERS]->(b)`,
];

/** Loads it once, into an empty graph. */
export async function loadSample(folder: DataFolder, server: ListedServer, password: string, say: (line: string) => void): Promise<void> {
  const mark = folder.file('sample-loaded');
  if (existsSync(mark)) return;
  const [[count] = [0]] = await runStatement(server, password, 'MATCH (n) RETURN count(n)');
  if (count === 0) {
    const sample = JSON.parse(readFileSync(file, 'utf8')) as Sample;
    for (const statement of statements) await runStatement(server, password, statement, sample);
    say(`Sample graph loaded: ${sample.countries.length} countries, ${sample.borders.length} borders.`);
  }
  writeFileSync(mark, '');
}
