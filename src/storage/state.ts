// Everything a version consists of: roots of page tables, names, schema, indexes and counts. Values of a frozen state never
// change. A fork starts from a copy whose parts are still shared and replaces each part by its own before writing it.

import { type GraphSchema, LOOKUP_INDEXES } from '../graph/schema.js';
import { EndCounts } from './end-counts.js';
import { PageTable } from './page-table.js';
import type { Rule } from './rules.js';
import type { StoredIndex } from './stored-index.js';
import { LabelSets, TokenTable } from './tokens.js';

export class State {
  labels: PageTable;
  adjacency: PageTable;
  relationships: PageTable;
  /** By label id; a hole where no node ever had it. */
  readonly labelBitmaps: (PageTable | undefined)[];
  /** By type id, likewise. */
  readonly typeBitmaps: (PageTable | undefined)[];
  /** By key id. */
  readonly nodeProperties: (PageTable | undefined)[];
  readonly relationshipProperties: (PageTable | undefined)[];

  labelNames: TokenTable;
  typeNames: TokenTable;
  keyNames: TokenTable;
  labelSets: LabelSets;

  schema: GraphSchema;
  /** With those indexes alone that are ready. */
  readySchema: GraphSchema;
  readonly indexes: StoredIndex[];
  /** Of the schema's constraints, those that are looked at when a transaction ends. */
  rules: readonly Rule[];
  /** The next id of an index or constraint. */
  nextSchemaId: number;

  nodeCount: number;
  relationshipCount: number;
  readonly labelCounts: number[];
  readonly typeCounts: number[];
  readonly endCounts: EndCounts;

  constructor(from: State | undefined) {
    this.labels = from?.labels ?? PageTable.empty();
    this.adjacency = from?.adjacency ?? PageTable.empty();
    this.relationships = from?.relationships ?? PageTable.empty();
    this.labelBitmaps = from?.labelBitmaps.slice() ?? [];
    this.typeBitmaps = from?.typeBitmaps.slice() ?? [];
    this.nodeProperties = from?.nodeProperties.slice() ?? [];
    this.relationshipProperties = from?.relationshipProperties.slice() ?? [];
    this.labelNames = from?.labelNames ?? TokenTable.empty();
    this.typeNames = from?.typeNames ?? TokenTable.empty();
    this.keyNames = from?.keyNames ?? TokenTable.empty();
    this.labelSets = from?.labelSets ?? LabelSets.empty();
    this.schema = from?.schema ?? { version: 0, indexes: [], constraints: [] };
    this.readySchema = from?.readySchema ?? this.schema;
    this.indexes = from?.indexes.slice() ?? [];
    this.rules = from?.rules ?? [];
    this.nextSchemaId = from?.nextSchemaId ?? LOOKUP_INDEXES.length + 1;
    this.nodeCount = from?.nodeCount ?? 0;
    this.relationshipCount = from?.relationshipCount ?? 0;
    this.labelCounts = from?.labelCounts.slice() ?? [];
    this.typeCounts = from?.typeCounts.slice() ?? [];
    this.endCounts = new EndCounts(from?.endCounts);
  }

  /** All page tables there are. */
  *tables(): Generator<PageTable> {
    yield this.labels;
    yield this.adjacency;
    yield this.relationships;
    for (const group of [this.labelBitmaps, this.typeBitmaps, this.nodeProperties, this.relationshipProperties]) {
      for (const table of group) if (table !== undefined) yield table;
    }
  }
}
