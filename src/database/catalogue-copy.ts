// What one server has read of the catalogue, kept up with what is published of `system`: only nodes that a transaction touched are
// read again, so that the thousandth graph costs what the first did.

import type { ChangeSet } from '../graph/change-set.js';
import type { GraphReader } from '../graph/reader.js';
import { type Catalogue, catalogueOf, type GraphEntry, nodesWithLabel, readGraph, readGraphs, readSaid, SAID_LABELS, type Said } from './catalogue.js';

/** What to look at again: some graphs, as they were and as they are; or all of them. */
export type CatalogueChange =
  | { readonly kind: 'graphs'; readonly graphs: readonly { readonly before: GraphEntry | undefined; readonly after: GraphEntry | undefined }[] }
  | { readonly kind: 'all' };

export class CatalogueCopy {
  /** By node of `system`. */
  readonly #graphs: Map<number, GraphEntry>;
  /** Nodes of what else is said. */
  readonly #saidNodes: Set<number>;
  #said: Said;
  #whole: Catalogue | undefined;

  constructor(reader: GraphReader) {
    this.#graphs = new Map();
    this.#saidNodes = new Set();
    this.#said = readSaid(reader);
    this.#readAll(reader);
  }

  get catalogue(): Catalogue {
    this.#whole ??= catalogueOf(this.#graphs.values(), this.#said);
    return this.#whole;
  }

  /** Of servers and aliases alone: at hand without sorting all graphs. */
  get said(): Said {
    return this.#said;
  }

  /** `changeSets` were published and `reader` has them; undefined: read everything again. */
  update(reader: GraphReader, changeSets: readonly ChangeSet[] | undefined): CatalogueChange {
    if (changeSets === undefined) {
      this.#readAll(reader);
      return { kind: 'all' };
    }
    const touched = new Set(changeSets.flatMap(({ effects }) => effects.flatMap(nodesOf)));
    const graphs: { before: GraphEntry | undefined; after: GraphEntry | undefined }[] = [];
    let saidChanged = false;
    for (const node of touched) {
      const before = this.#graphs.get(node);
      const after = readGraph(reader, node);
      if (after === undefined) this.#graphs.delete(node);
      else this.#graphs.set(node, after);
      if (before !== undefined || after !== undefined) graphs.push({ before, after });
      saidChanged ||= this.#saidNodes.has(node) || isSaid(reader, node);
    }
    if (graphs.length > 0 || saidChanged) this.#whole = undefined;
    if (!saidChanged) return { kind: 'graphs', graphs };
    this.#readSaid(reader);
    return { kind: 'all' };
  }

  #readAll(reader: GraphReader): void {
    this.#whole = undefined;
    this.#graphs.clear();
    for (const graph of readGraphs(reader)) this.#graphs.set(graph.node, graph);
    this.#readSaid(reader);
  }

  #readSaid(reader: GraphReader): void {
    this.#said = readSaid(reader);
    this.#saidNodes.clear();
    for (const label of SAID_LABELS) for (const node of nodesWithLabel(reader, label)) this.#saidNodes.add(node);
  }
}

function nodesOf(effect: ChangeSet['effects'][number]): readonly number[] {
  switch (effect.kind) {
    case 'createNode':
    case 'deleteNode':
    case 'setNodeProperty':
    case 'addLabel':
    case 'removeLabel':
      return [effect.id];
    default:
      return [];
  }
}

function isSaid(reader: GraphReader, node: number): boolean {
  return reader.nodeExists(node) && SAID_LABELS.some((label) => reader.hasLabel(node, reader.labelId(label)));
}
