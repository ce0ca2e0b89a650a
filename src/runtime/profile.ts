// What PROFILE counts: rows, hits and time of each operator. The generated code says which operator is at work and when one gives
// a row; a reader and a writer between it and the graph count what is read and written of nodes, relationships and properties for it.
//
// An operator that cuts a loop short is said to be at work a little longer than it is: until the next one says so.

import { type AdjacencyCursor, ANY_TYPE, type GraphReader, type IdCursor, type IndexReader, type PropertyColumn } from '../graph/reader.js';
import type { GraphWriter } from '../graph/writer.js';
import type { Plan } from '../planner/plan.js';

export interface OperatorProfile {
  readonly rows: number;
  /** Nodes, relationships, properties and entries of indexes that were looked at or written. */
  readonly hits: number;
  readonly timeMs: number;
}

export class Profile {
  readonly #nowMs: () => number;
  readonly #plans: readonly Plan[];
  readonly #rows: Float64Array;
  readonly #hits: Float64Array;
  readonly #timeMs: Float64Array;
  #current: number;
  #sinceMs: number;

  /** Operators are numbered by their places in `plans`; the first is the root. */
  constructor(plans: readonly Plan[], nowMs: () => number) {
    this.#plans = plans;
    this.#nowMs = nowMs;
    this.#rows = new Float64Array(plans.length);
    this.#hits = new Float64Array(plans.length);
    this.#timeMs = new Float64Array(plans.length);
    this.#current = 0;
    this.#sinceMs = nowMs();
  }

  /** The operator is at work from now on. */
  at(operator: number): void {
    const now = this.#nowMs();
    this.#timeMs[this.#current] = (this.#timeMs[this.#current] as number) + now - this.#sinceMs;
    this.#current = operator;
    this.#sinceMs = now;
  }

  /** It gives a row to the operator `to`. */
  gives(operator: number, to: number): void {
    this.#rows[operator] = (this.#rows[operator] as number) + 1;
    this.at(to);
  }

  hit(count: number): void {
    this.#hits[this.#current] = (this.#hits[this.#current] as number) + count;
  }

  /** What passed meanwhile was others' time. */
  resumed(): void {
    this.#sinceMs = this.#nowMs();
  }

  paused(): void {
    this.at(this.#current);
  }

  of(): ReadonlyMap<Plan, OperatorProfile> {
    return new Map(
      this.#plans.map((plan, at) => [plan, { rows: this.#rows[at] as number, hits: this.#hits[at] as number, timeMs: this.#timeMs[at] as number }]),
    );
  }
}

/** `reader` with what is read through it counted. */
export function counted(reader: GraphReader, profile: Profile): GraphReader {
  return new CountedReader(reader, profile);
}

/** `writer` with what is written and read through it counted. */
export function countedWriter(writer: GraphWriter, profile: Profile): GraphWriter {
  return new CountedWriter(writer, profile);
}

class CountedReader implements GraphReader {
  readonly #reader: GraphReader;
  readonly #profile: Profile;

  constructor(reader: GraphReader, profile: Profile) {
    this.#reader = reader;
    this.#profile = profile;
  }

  get schema() {
    return this.#reader.schema;
  }
  get readySchema() {
    return this.#reader.readySchema;
  }
  indexPopulation = (id: number) => this.#reader.indexPopulation(id);
  get statistics() {
    return this.#reader.statistics;
  }
  labelId = (name: string) => this.#reader.labelId(name);
  typeId = (name: string) => this.#reader.typeId(name);
  keyId = (name: string) => this.#reader.keyId(name);
  labelName = (id: number) => this.#reader.labelName(id);
  typeName = (id: number) => this.#reader.typeName(id);
  keyName = (id: number) => this.#reader.keyName(id);
  labelNames = () => this.#reader.labelNames();
  typeNames = () => this.#reader.typeNames();
  keyNames = () => this.#reader.keyNames();
  stringId = (text: string) => this.#reader.stringId(text);
  nodeIdOf = (elementId: string) => this.#reader.nodeIdOf(elementId);
  relationshipIdOf = (elementId: string) => this.#reader.relationshipIdOf(elementId);
  nodeElementId = (id: number) => this.#reader.nodeElementId(id);
  relationshipElementId = (id: number) => this.#reader.relationshipElementId(id);

  nodeExists = (id: number) => this.#one(this.#reader.nodeExists(id));
  relationshipExists = (id: number) => this.#one(this.#reader.relationshipExists(id));
  hasLabel = (node: number, label: number) => this.#one(this.#reader.hasLabel(node, label));
  degree: GraphReader['degree'] = (node, direction, type) => this.#one(this.#reader.degree(node, direction, type));
  relationshipTypeId = (id: number) => this.#one(this.#reader.relationshipTypeId(id));
  nodeLabels = (id: number) => this.#one(this.#reader.nodeLabels(id));
  nodeProperties = (id: number) => this.#several(this.#reader.nodeProperties(id));
  relationshipType = (id: number) => this.#one(this.#reader.relationshipType(id));
  relationshipStart = (id: number) => this.#one(this.#reader.relationshipStart(id));
  relationshipEnd = (id: number) => this.#one(this.#reader.relationshipEnd(id));
  relationshipProperties = (id: number) => this.#several(this.#reader.relationshipProperties(id));

  nodes = () => this.#ids(this.#reader.nodes());
  nodesWithLabel = (label: number) => this.#ids(this.#reader.nodesWithLabel(label));
  relationships = () => this.#ids(this.#reader.relationships());
  relationshipsOfType = (type: number) => this.#ids(this.#reader.relationshipsOfType(type));
  nodeColumn = (key: number) => this.#column(this.#reader.nodeColumn(key));
  relationshipColumn = (key: number) => this.#column(this.#reader.relationshipColumn(key));

  adjacency(): AdjacencyCursor {
    const cursor = this.#reader.adjacency();
    const profile = this.#profile;
    return Object.assign(Object.create(cursor) as AdjacencyCursor, {
      open(node: number, direction: 0 | 1, type: number = ANY_TYPE) {
        profile.hit(1);
        cursor.open(node, direction, type);
      },
      next() {
        const more = cursor.next();
        // What the code reads are fields of this object.
        Object.assign(this, { neighbours: cursor.neighbours, relationships: cursor.relationships, start: cursor.start, end: cursor.end });
        if (more) profile.hit(cursor.end - cursor.start);
        return more;
      },
    });
  }

  index(id: number): IndexReader {
    const index = this.#reader.index(id);
    return {
      equal: (keys, descending) => this.#ids(index.equal(keys, descending)),
      range: (prefix, lower, upper, descending) => this.#ids(index.range(prefix, lower, upper, descending)),
      startsWith: (prefix, text, descending) => this.#ids(index.startsWith(prefix, text, descending)),
      all: (descending) => this.#ids(index.all(descending)),
      candidates: (question, text) => this.#ids(index.candidates(question, text)),
      pointsIn: (srid, boxes) => this.#ids(index.pointsIn(srid, boxes)),
    };
  }

  #one<T>(value: T): T {
    this.#profile.hit(1);
    return value;
  }

  #several<T extends { readonly size: number }>(map: T): T {
    this.#profile.hit(1 + map.size);
    return map;
  }

  #ids(cursor: IdCursor): IdCursor {
    const profile = this.#profile;
    return {
      ids: cursor.ids,
      start: cursor.start,
      end: cursor.end,
      next() {
        const more = cursor.next();
        this.ids = cursor.ids;
        this.start = cursor.start;
        this.end = cursor.end;
        if (more) profile.hit(cursor.end - cursor.start);
        return more;
      },
    };
  }

  #column(column: PropertyColumn): PropertyColumn {
    const profile = this.#profile;
    return {
      tag(id) {
        profile.hit(1);
        return column.tag(id);
      },
      // Only looked at behind its tag.
      number: (id) => column.number(id),
      value(id) {
        profile.hit(1);
        return column.value(id);
      },
      gatherScattered(ids, start, end, tags, numbers) {
        profile.hit(end - start);
        column.gatherScattered(ids, start, end, tags, numbers);
      },
      gather(ids, start, end, tags, numbers) {
        profile.hit(end - start);
        column.gather(ids, start, end, tags, numbers);
      },
      decoded: (tag, number) => column.decoded(tag, number),
    };
  }
}

class CountedWriter extends CountedReader implements GraphWriter {
  readonly #writer: GraphWriter;
  readonly #profile: Profile;

  constructor(writer: GraphWriter, profile: Profile) {
    super(writer, profile);
    this.#writer = writer;
    this.#profile = profile;
  }

  get counters() {
    return this.#writer.counters;
  }

  createNode: GraphWriter['createNode'] = (labels, properties) => {
    this.#profile.hit(1 + labels.length + properties.size);
    return this.#writer.createNode(labels, properties);
  };
  createRelationship: GraphWriter['createRelationship'] = (type, start, end, properties) => {
    this.#profile.hit(1 + properties.size);
    return this.#writer.createRelationship(type, start, end, properties);
  };
  deleteNode: GraphWriter['deleteNode'] = (node, detach) => this.#one(() => this.#writer.deleteNode(node, detach));
  deleteRelationship: GraphWriter['deleteRelationship'] = (relationship) => this.#one(() => this.#writer.deleteRelationship(relationship));
  setNodeProperty: GraphWriter['setNodeProperty'] = (node, key, value) => this.#one(() => this.#writer.setNodeProperty(node, key, value));
  setRelationshipProperty: GraphWriter['setRelationshipProperty'] = (id, key, value) => this.#one(() => this.#writer.setRelationshipProperty(id, key, value));
  addLabel: GraphWriter['addLabel'] = (node, label) => this.#one(() => this.#writer.addLabel(node, label));
  removeLabel: GraphWriter['removeLabel'] = (node, label) => this.#one(() => this.#writer.removeLabel(node, label));
  createIndex: GraphWriter['createIndex'] = (index) => this.#writer.createIndex(index);
  createConstraint: GraphWriter['createConstraint'] = (constraint) => this.#writer.createConstraint(constraint);
  dropIndex: GraphWriter['dropIndex'] = (name) => this.#writer.dropIndex(name);
  dropConstraint: GraphWriter['dropConstraint'] = (name) => this.#writer.dropConstraint(name);

  #one(write: () => void): void {
    this.#profile.hit(1);
    write();
  }
}
