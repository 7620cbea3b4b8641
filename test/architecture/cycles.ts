/** Finds cycles in a directed graph. */

/** A graph: each node with those it leads to. */
export type Graph = ReadonlyMap<string, Iterable<string>>;

/** For each group of nodes that lead to each other, one shortest cycle: its nodes in order, the first one again at the end. */
export function findCycles(graph: Graph): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = [];
  const told = new Set<string>();
  for (const node of graph.keys()) {
    if (told.has(node)) continue;
    const way = shortestWay(graph, node, node);
    if (way === undefined) continue;
    for (const other of graph.keys()) {
      const both = shortestWay(graph, node, other) && shortestWay(graph, other, node);
      if (both) told.add(other);
    }
    cycles.push(way);
  }
  return cycles;
}

/** The nodes from `start` to `end`, both included, over at least one arrow. */
function shortestWay(graph: Graph, start: string, end: string): readonly string[] | undefined {
  const before = new Map<string, string>();
  const queue = [start];
  for (const node of queue) {
    for (const next of graph.get(node) ?? []) {
      if (before.has(next)) continue;
      before.set(next, node);
      if (next === end) return wayBack(before, start, end);
      queue.push(next);
    }
  }
  return undefined;
}

function wayBack(before: ReadonlyMap<string, string>, start: string, end: string): readonly string[] {
  const way = [end];
  for (let node = before.get(end); node !== undefined; node = before.get(node)) {
    way.unshift(node);
    if (node === start) break;
  }
  return way;
}
