import { describe, expect, it } from 'vitest';
import { parse } from '../language/parser.js';
import { remarksOn } from './remarks.js';

function remarks(text: string) {
  const { statement } = parse(text);
  if (statement.kind !== 'Query') throw new Error('no query');
  const { names, products, deprecated } = remarksOn(statement);
  return {
    names: names.map(({ kind, name, at }) => `${kind} ${name} at ${at.offset}`),
    products: products.map(({ variables }) => variables),
    deprecated: deprecated.map(({ name }) => name),
  };
}

describe('remarks on a query', () => {
  it.each([
    ['MATCH (n:A&!B {p: 1}) WHERE n.q = 1 RETURN n.r', ['label A at 9', 'label B at 12', 'property p at 14', 'property q at 28', 'property r at 43']],
    ['MATCH (a)-[r:T|U {p: 1}]->() RETURN a:C', ['type T at 9', 'type U at 9', 'property p at 17', 'label C at 38']],
    ['MATCH (n:A) MATCH (m:A) RETURN n', ['label A at 9']],
    ['CREATE (n:A {p: 1})-[:T]->(m:B) SET n.q = m.r', ['property r at 42']],
    ['MERGE (n:A {p: 1}) ON MATCH SET n.q = n.q + 1', ['property q at 38']],
    ['UNWIND [{x: 1}] AS row RETURN row.x', []],
    ['MATCH (n) WHERE EXISTS { (n)-[:T]->(:A) } RETURN [(n)-[:U]->(m) | m.p]', ['type T at 28', 'label A at 37', 'type U at 53', 'property p at 66']],
  ])('names what %s reads', (text, names) => {
    expect(remarks(text).names).toEqual(names);
  });

  it.each([
    ['MATCH (a), (b)-->(c) RETURN a', [['a', 'b']]],
    ['MATCH (a)-->(b), (b)-->(c), (c)-->(a) RETURN a', []],
    ['MATCH (a) MATCH (b) RETURN a', []],
    ['MATCH (), () RETURN 1', [['', '']]],
  ])('sees what joins the patterns of %s', (text, products) => {
    expect(remarks(text).products).toEqual(products);
  });

  it('knows what is on its way out', () => {
    expect(remarks('MATCH (n) RETURN id(n), elementId(n)').deprecated).toEqual(['id']);
  });

  it('walks expressions as deep as the parser takes them', () => {
    expect(remarks(`RETURN ${'1 + '.repeat(900)}1`).names).toEqual([]);
  });

  it('walks lists as long as a text can hold', () => {
    expect(remarks(`MATCH (n) RETURN size([${'1,'.repeat(400_000)}n.p])`).names).toEqual(['property p at 800023']);
  });
});
