// A graph like Pokec's from a seed (power-law degrees, four of ten friendships returned, ages of which a third is 0), and its limit: the
// same graph in flat typed arrays, walked by loops written for one query each, whose rows are written as Bolt records by hand.

import { below, fraction, seededRandom } from '../dist/base/random.js';

export function makeGraph(nodeCount, seed = 1) {
  const random = seededRandom(seed);
  const wanted = Math.round(nodeCount * 17.7);
  const [from, to] = [new Int32Array(wanted), new Int32Array(wanted)];
  const known = new Set();
  let edgeCount = 0;
  const add = (a, b) => {
    const key = a * nodeCount + b;
    if (a === b || known.has(key) || edgeCount === wanted) return;
    known.add(key);
    from[edgeCount] = a;
    to[edgeCount++] = b;
  };
  // A power favours low ranks: few have many friends. Ranks are spread over the ids.
  const node = (power) => Math.imul(Math.floor(nodeCount * fraction(random) ** power), 7919) % nodeCount;
  const user = (power) => (node(power) + nodeCount) % nodeCount;
  while (edgeCount < wanted) {
    const [a, b] = [user(1.8), user(1.5)];
    add(a, b);
    if (below(random, 100) < 28) add(b, a);
  }
  // In the order of their beginnings, as a bulk load would.
  const order = Int32Array.from({ length: edgeCount }, (_, edge) => edge).sort((a, b) => from[a] - from[b]);
  return {
    nodeCount,
    edgeCount,
    from: order.map((edge) => from[edge]),
    to: order.map((edge) => to[edge]),
    id: Int32Array.from({ length: nodeCount }, (_, node) => node),
    age: Int32Array.from({ length: nodeCount }, () => (below(random, 10) < 3 ? 0 : 10 + below(random, 40))),
    gender: Int32Array.from({ length: nodeCount }, () => below(random, 2)),
    completion: Int32Array.from({ length: nodeCount }, () => below(random, 100)),
  };
}

function csr(nodeCount, begins, ends) {
  const offsets = new Int32Array(nodeCount + 1);
  for (const node of begins) offsets[node + 1]++;
  for (let node = 0; node < nodeCount; node++) offsets[node + 1] += offsets[node];
  const [neighbours, edges, next] = [new Int32Array(begins.length), new Int32Array(begins.length), offsets.slice()];
  for (let edge = 0; edge < begins.length; edge++) {
    const at = next[begins[edge]]++;
    neighbours[at] = ends[edge];
    edges[at] = edge;
  }
  return { offsets, neighbours, edges };
}

export const GENDERS = ['woman', 'man'];

/** Writes Bolt records into a buffer that is long enough. */
class Records {
  constructor(graph, graphId) {
    this.bytes = Buffer.alloc(64 << 20);
    this.at = 0;
    this.graph = graph;
    const text = (value) => Buffer.concat([value.length < 16 ? Buffer.from([0x80 + value.length]) : Buffer.from([0xd0, value.length]), Buffer.from(value)]);
    this.labels = Buffer.concat([Buffer.from([0x91]), text('User'), Buffer.from([0xa4]), text('id')]);
    [this.age, this.gender, this.completion, this.type] = ['age', 'gender', 'completion_percentage', 'Friend'].map(text);
    this.genders = GENDERS.map(text);
    this.elements = ['4', '5'].map((kind) => Buffer.from(`${kind}:${graphId}:`));
  }
  begin(fields) {
    this.start = this.at;
    this.at += 2;
    const { bytes } = this;
    bytes[this.at++] = 0xb1;
    bytes[this.at++] = 0x71;
    bytes[this.at++] = 0x90 + fields;
  }
  end() {
    const { bytes, start } = this;
    const length = this.at - start - 2;
    bytes[start] = length >> 8;
    bytes[start + 1] = length & 255;
    bytes[this.at++] = 0;
    bytes[this.at++] = 0;
  }
  integer(value) {
    const { bytes } = this;
    if (value >= -16 && value < 128) bytes[this.at++] = value & 255;
    else if (value >= -128 && value < 128) {
      bytes[this.at++] = 0xc8;
      bytes[this.at++] = value & 255;
    } else if (value >= -32768 && value < 32768) {
      bytes[this.at++] = 0xc9;
      bytes[this.at++] = (value >> 8) & 255;
      bytes[this.at++] = value & 255;
    } else {
      bytes[this.at++] = 0xca;
      bytes[this.at++] = (value >> 24) & 255;
      bytes[this.at++] = (value >> 16) & 255;
      bytes[this.at++] = (value >> 8) & 255;
      bytes[this.at++] = value & 255;
    }
  }
  float(value) {
    this.bytes[this.at++] = 0xc1;
    this.bytes.writeDoubleBE(value, this.at);
    this.at += 8;
  }
  raw(piece) {
    const { bytes } = this;
    for (let index = 0; index < piece.length; index++) bytes[this.at++] = piece[index];
  }
  element(kind, id) {
    const digits = String(id);
    const prefix = this.elements[kind];
    this.bytes[this.at++] = 0xd0;
    this.bytes[this.at++] = prefix.length + digits.length;
    this.raw(prefix);
    for (let index = 0; index < digits.length; index++) this.bytes[this.at++] = digits.charCodeAt(index);
  }
  node(id) {
    const { graph, bytes } = this;
    bytes[this.at++] = 0xb4;
    bytes[this.at++] = 0x4e;
    this.integer(id);
    this.raw(this.labels);
    this.integer(graph.id[id]);
    this.raw(this.age);
    this.integer(graph.age[id]);
    this.raw(this.gender);
    this.raw(this.genders[graph.gender[id]]);
    this.raw(this.completion);
    this.integer(graph.completion[id]);
    this.element(0, id);
  }
  relationship(id) {
    const { graph, bytes } = this;
    bytes[this.at++] = 0xb8;
    bytes[this.at++] = 0x52;
    this.integer(id);
    this.integer(graph.from[id]);
    this.integer(graph.to[id]);
    this.raw(this.type);
    bytes[this.at++] = 0xa0;
    this.element(1, id);
    this.element(0, graph.from[id]);
    this.element(0, graph.to[id]);
  }
  list(length) {
    const { bytes } = this;
    if (length < 16) bytes[this.at++] = 0x90 + length;
    else {
      bytes[this.at++] = 0xd4;
      bytes[this.at++] = length;
    }
  }
}

/** Functions that write their rows and give the records: `records.bytes` up to `records.at`. A node's `id` is a property like others, read where it is asked for. */
export function makeLimit(graph, graphId) {
  const { nodeCount, from, to, age, id: ids } = graph;
  const { offsets: outAt, neighbours: out, edges: outEdges } = csr(nodeCount, from, to);
  const { offsets: inAt, neighbours: into } = csr(nodeCount, to, from);
  const records = new Records(graph, graphId);
  // An index by id, as there would be one: open addressing.
  const slots = 1 << Math.ceil(Math.log2(nodeCount * 2));
  const index = new Int32Array(slots).fill(-1);
  const slotOf = (id) => {
    let slot = (Math.imul(id, 0x9e3779b1) >>> 8) & (slots - 1);
    while (index[slot] >= 0 && index[slot] !== id) slot = (slot + 1) & (slots - 1);
    return slot;
  };
  for (let id = 0; id < nodeCount; id++) index[slotOf(id)] = id;
  const seek = (id) => index[slotOf(id)];
  const marks = new Int32Array(nodeCount);
  const [queue, nextQueue] = [new Int32Array(nodeCount), new Int32Array(nodeCount)];
  let round = 0;

  const rowOfInteger = (value) => {
    records.begin(1);
    records.integer(value);
    records.end();
  };
  const rowOfId = (node) => rowOfInteger(ids[node]);
  const rowOfBoth = (node) => {
    records.begin(2);
    records.integer(ids[node]);
    records.node(node);
    records.end();
  };
  const rowOfNode = (id) => {
    records.begin(1);
    records.node(id);
    records.end();
  };

  /** Distinct ends of trails of exactly `hops` relationships (of 4: of walks); there are no loops and no parallel ones. */
  function chain(start, hops, emit) {
    const s = seek(start);
    let [level, next] = [queue, nextQueue];
    level[0] = s;
    let count = 1;
    for (let hop = 1; hop < hops; hop++) {
      round++;
      let found = 0;
      for (let at = 0; at < count; at++) {
        const node = level[at];
        for (let edge = outAt[node]; edge < outAt[node + 1]; edge++) {
          const neighbour = out[edge];
          if (marks[neighbour] === round) continue;
          marks[neighbour] = round;
          next[found++] = neighbour;
        }
      }
      [level, next] = [next, level];
      count = found;
    }
    round++;
    const own = round;
    for (let at = 0; at < count; at++) {
      const node = level[at];
      for (let edge = outAt[node]; edge < outAt[node + 1]; edge++) {
        const neighbour = out[edge];
        if (marks[neighbour] === own) continue;
        // Forth, back and forth again over one relationship is no trail.
        if (hops === 3 && node === s && !comesBackOtherwise(s, neighbour)) continue;
        marks[neighbour] = own;
        emit(neighbour);
      }
    }
  }

  /** Whether a neighbour other than `n` leads back to s: then s → n is a third step that no trail has had. */
  function comesBackOtherwise(s, n) {
    for (let edge = outAt[s]; edge < outAt[s + 1]; edge++) {
      const a = out[edge];
      if (a === n) continue;
      for (let back = outAt[a]; back < outAt[a + 1]; back++) if (out[back] === s) return true;
    }
    return false;
  }

  /** Distinct ends of trails of 1 to `hops` relationships. */
  function reach(start, hops, emit) {
    const s = seek(start);
    round++;
    queue[0] = s;
    let [from, upTo] = [0, 1];
    for (let hop = 0; hop < hops; hop++) {
      const end = upTo;
      for (let at = from; at < end; at++) {
        const node = queue[at];
        for (let edge = outAt[node]; edge < outAt[node + 1]; edge++) {
          const neighbour = out[edge];
          if (marks[neighbour] === round) continue;
          marks[neighbour] = round;
          emit(neighbour);
          // The beginning has been gone through.
          if (neighbour !== s) queue[upTo++] = neighbour;
        }
      }
      from = end;
    }
  }

  const adults = (emit) => (id) => {
    if (age[id] >= 18) emit(id);
  };

  /** Breadth first from both ends; calls `path` for each shortest one where `all`, else for one. */
  function shortest(a, b, admits, all, max) {
    const [s, t] = [seek(a), seek(b)];
    if (s === t || !admits(s) || !admits(t)) return;
    const [forward, backward] = [new Map([[s, []]]), new Map([[t, []]])];
    const sides = [
      { at: outAt, next: out, found: forward, edge: [s], depth: 0 },
      { at: inAt, next: into, found: backward, edge: [t], depth: 0 },
    ];
    while (sides[0].edge.length > 0 && sides[1].edge.length > 0 && sides[0].depth + sides[1].depth < max) {
      const side = sides[0].edge.length <= sides[1].edge.length ? sides[0] : sides[1];
      const other = side === sides[0] ? sides[1] : sides[0];
      const edge = [];
      const fresh = new Map();
      const meetings = [];
      for (const node of side.edge) {
        for (let at = side.at[node]; at < side.at[node + 1]; at++) {
          const neighbour = side.next[at];
          if (side.found.has(neighbour) || !admits(neighbour)) continue;
          const links = fresh.get(neighbour);
          if (links !== undefined) {
            if (all) links.push(node);
            continue;
          }
          fresh.set(neighbour, [node]);
          edge.push(neighbour);
          if (other.found.has(neighbour)) meetings.push(neighbour);
        }
      }
      for (const [node, links] of fresh) side.found.set(node, links);
      side.edge = edge;
      side.depth++;
      if (meetings.length === 0) continue;
      for (const meeting of all ? meetings : [meetings[0]]) {
        for (const head of ways(forward, meeting, s, all)) {
          for (const tail of ways(backward, meeting, t, all)) {
            const trail = [...head.reverse(), meeting, ...tail];
            records.begin(1);
            records.list(trail.length);
            for (const node of trail) records.integer(ids[node]);
            records.end();
          }
        }
      }
      return;
    }
  }

  /** From the meeting back to the end: nodes after the meeting. */
  function ways(found, node, end, all) {
    if (node === end) return [[]];
    const links = found.get(node);
    return (all ? links : [links[0]]).flatMap((link) => ways(found, link, end, all).map((way) => [link, ...way]));
  }

  const anybody = () => true;
  const isAdult = (id) => age[id] >= 18;
  const counts = new Int32Array(256);
  const groups = () => {
    for (let value = 0; value < 256; value++) {
      if (counts[value] === 0) continue;
      records.begin(2);
      records.integer(value);
      records.integer(counts[value]);
      records.end();
    }
  };

  const queries = {
    single_vertex_read: ({ id }) => rowOfNode(seek(id)),
    vertex_on_label_property: ({ id }) => rowOfNode(seek(id)),
    expansion_1: ({ id }) => {
      const s = seek(id);
      for (let edge = outAt[s]; edge < outAt[s + 1]; edge++) rowOfId(out[edge]);
    },
    expansion_1_with_filter: ({ id }) => {
      const s = seek(id);
      for (let edge = outAt[s]; edge < outAt[s + 1]; edge++) if (age[out[edge]] >= 18) rowOfId(out[edge]);
    },
    pattern_cycle: ({ id }) => {
      const s = seek(id);
      round++;
      for (let edge = inAt[s]; edge < inAt[s + 1]; edge++) marks[into[edge]] = round;
      for (let edge = outAt[s]; edge < outAt[s + 1]; edge++) {
        const m = out[edge];
        if (marks[m] !== round) continue;
        for (let back = outAt[m]; back < outAt[m + 1]; back++) {
          if (out[back] !== s) continue;
          records.begin(3);
          records.relationship(outEdges[edge]);
          records.node(m);
          records.relationship(outEdges[back]);
          records.end();
        }
      }
    },
    pattern_short: ({ id }) => {
      const s = seek(id);
      if (outAt[s] < outAt[s + 1]) rowOfNode(out[outAt[s]]);
    },
    pattern_long: ({ id }) => {
      const s = seek(id);
      for (let e1 = outAt[s]; e1 < outAt[s + 1]; e1++)
        for (let e2 = outAt[out[e1]]; e2 < outAt[out[e1] + 1]; e2++)
          for (let e3 = outAt[out[e2]]; e3 < outAt[out[e2] + 1]; e3++) {
            const [n3, n4] = [out[e2], out[e3]];
            if (e3 === e1) continue;
            for (let e4 = inAt[n4]; e4 < inAt[n4 + 1]; e4++) {
              if (into[e4] === n3 || (into[e4] === s && n4 === out[e1]) || (into[e4] === out[e1] && n4 === n3)) continue;
              return rowOfNode(into[e4]);
            }
          }
    },
    shortest_path: ({ from: a, to: b }) => shortest(a, b, anybody, false, 15),
    shortest_path_with_filter: ({ from: a, to: b }) => shortest(a, b, isAdult, false, 15),
    all_shortest_paths: ({ from: a, to: b }) => shortest(a, b, anybody, true, 2),
    aggregate: () => {
      counts.fill(0);
      for (let node = 0; node < nodeCount; node++) counts[age[node]]++;
      groups();
    },
    aggregate_count: () => {
      let ages = 0;
      for (let node = 0; node < nodeCount; node++) if (age[node] >= 0) ages++;
      records.begin(2);
      records.integer(nodeCount);
      records.integer(ages);
      records.end();
    },
    aggregate_with_distinct: () => {
      counts.fill(0);
      for (let node = 0; node < nodeCount; node++) counts[age[node]] = 1;
      rowOfInteger(counts.reduce((sum, one) => sum + one, 0));
    },
    aggregate_with_filter: () => {
      counts.fill(0);
      for (let node = 0; node < nodeCount; node++) if (age[node] >= 18) counts[age[node]]++;
      groups();
    },
    min_max_avg: () => {
      let [least, most, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
      for (let node = 0; node < nodeCount; node++) {
        const own = age[node];
        if (own < least) least = own;
        if (own > most) most = own;
        sum += own;
      }
      records.begin(3);
      records.integer(least);
      records.integer(most);
      records.float(sum / nodeCount);
      records.end();
    },
  };
  for (const hops of [2, 3, 4]) {
    queries[`expansion_${hops}`] = ({ id }) => chain(id, hops, rowOfId);
    queries[`expansion_${hops}_with_filter`] = ({ id }) => chain(id, hops, adults(rowOfId));
    queries[`neighbours_${hops}_with_data_and_filter`] = ({ id }) => reach(id, hops, adults(rowOfBoth));
  }
  queries.neighbours_2 = ({ id }) => reach(id, 2, rowOfId);
  queries.neighbours_2_with_filter = ({ id }) => reach(id, 2, adults(rowOfId));
  queries.neighbours_2_with_data = ({ id }) => reach(id, 2, rowOfBoth);
  return {
    run(name, parameters) {
      records.at = 0;
      queries[name](parameters);
      return records;
    },
  };
}
