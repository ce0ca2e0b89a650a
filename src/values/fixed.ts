// Nodes and relationships whose content was read already: what came over a wire, and what outlives the
// transaction that it was read in. A fixed source knows one entity and is asked for no other.

import { AssertionError, assert } from '../base/assert.js';
import { type CypherMap, type EntitySource, Node, Relationship } from './value.js';

export interface NodeContent {
  readonly id: number;
  readonly elementId: string;
  readonly labels: readonly string[];
  readonly properties: CypherMap;
}

export interface RelationshipContent {
  readonly id: number;
  readonly elementId: string;
  readonly type: string;
  readonly startId: number;
  readonly startElementId: string;
  readonly endId: number;
  readonly endElementId: string;
  readonly properties: CypherMap;
}

function wrongKind(): AssertionError {
  return new AssertionError('a fixed source was asked for an entity of the other kind');
}

class FixedNodeSource implements EntitySource {
  readonly #content: NodeContent;

  constructor(content: NodeContent) {
    this.#content = content;
  }

  #of(id: number): NodeContent {
    assert(id === this.#content.id, 'a fixed source knows one entity');
    return this.#content;
  }

  nodeElementId(id: number): string {
    return this.#of(id).elementId;
  }
  nodeLabels(id: number): readonly string[] {
    return this.#of(id).labels;
  }
  nodeProperties(id: number): CypherMap {
    return this.#of(id).properties;
  }
  relationshipElementId(): string {
    throw wrongKind();
  }
  relationshipType(): string {
    throw wrongKind();
  }
  relationshipStart(): number {
    throw wrongKind();
  }
  relationshipEnd(): number {
    throw wrongKind();
  }
  relationshipProperties(): CypherMap {
    throw wrongKind();
  }
}

/** Of nodes it knows the element ids of its two ends. */
class FixedRelationshipSource implements EntitySource {
  readonly #content: RelationshipContent;

  constructor(content: RelationshipContent) {
    this.#content = content;
  }

  #of(id: number): RelationshipContent {
    assert(id === this.#content.id, 'a fixed source knows one entity');
    return this.#content;
  }

  nodeElementId(id: number): string {
    if (id === this.#content.startId) return this.#content.startElementId;
    assert(id === this.#content.endId, 'a fixed relationship knows its ends');
    return this.#content.endElementId;
  }
  nodeLabels(): readonly string[] {
    throw wrongKind();
  }
  nodeProperties(): CypherMap {
    throw wrongKind();
  }
  relationshipElementId(id: number): string {
    return this.#of(id).elementId;
  }
  relationshipType(id: number): string {
    return this.#of(id).type;
  }
  relationshipStart(id: number): number {
    return this.#of(id).startId;
  }
  relationshipEnd(id: number): number {
    return this.#of(id).endId;
  }
  relationshipProperties(id: number): CypherMap {
    return this.#of(id).properties;
  }
}

export function fixedNode(content: NodeContent): Node {
  return new Node(content.id, new FixedNodeSource(content));
}

export function fixedRelationship(content: RelationshipContent): Relationship {
  return new Relationship(content.id, new FixedRelationshipSource(content));
}

/** Whether an entity needs nobody to be shown. */
export function isFixed(entity: Node | Relationship): boolean {
  return entity.source instanceof FixedNodeSource || entity.source instanceof FixedRelationshipSource;
}
