/** Reads a CPU profile of V8 into a tree of functions with their times. */

/** The part of Node's `.cpuprofile` that is read (Chrome DevTools Protocol, `Profiler.Profile`). */
export interface Profile {
  readonly nodes: readonly ProfileNode[];
  /** Ids of nodes, and the microseconds between two of them. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where a function is. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0, as columns are. */
  readonly lineNumber: number;
  readonly columnNumber?: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

/** A function called from somewhere: all calls from there together. */
export interface Frame {
  readonly name: string;
  /** Its file, without the folders of this machine; empty for what V8 does itself. */
  readonly file: string;
  /** Microseconds, with those of its children. */
  readonly total: number;
  readonly children: readonly Frame[];
}

/** Time without work. */
const IDLE = new Set(['(idle)']);

/** Throws a TypeError where the text is no profile. */
export function parseProfile(text: string): Profile {
  const value: unknown = JSON.parse(text);
  if (!isProfile(value))
    throw new TypeError('this is no CPU profile: nodes, samples and timeDeltas are missing');
  return value;
}

function isProfile(value: unknown): value is Profile {
  if (typeof value !== 'object' || value === null) return false;
  return ['nodes', 'samples', 'timeDeltas'].every((key) => Array.isArray(Reflect.get(value, key)));
}

/** The tree below V8's root, the widest child first. @param sourceOf gives the file that a place was written in */
export function framesOf(
  { nodes: found, samples, timeDeltas }: Profile,
  sourceOf: (frame: CallFrame) => CallFrame = (frame) => frame,
): Frame {
  const nodes = found.map((node) => ({ ...node, callFrame: sourceOf(node.callFrame) }));
  const own = new Map<number, number>();
  for (const [index, id] of samples.entries())
    own.set(id, (own.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const root = nodes[0];
  if (!root) return { name: '(root)', file: '', total: 0, children: [] };
  return frameOf([root], byId, own);
}

/** Nodes that are one function, called from one place. V8 has several where it compiled the caller again. */
function frameOf(
  nodes: readonly ProfileNode[],
  byId: ReadonlyMap<number, ProfileNode>,
  own: ReadonlyMap<number, number>,
): Frame {
  const [first] = nodes;
  const groups = new Map<string, ProfileNode[]>();
  for (const id of nodes.flatMap(({ children = [] }) => children)) {
    const child = byId.get(id);
    if (!child || IDLE.has(child.callFrame.functionName)) continue;
    const { functionName, url, lineNumber } = child.callFrame;
    const key = `${functionName} ${url}:${lineNumber}`;
    groups.set(key, [...(groups.get(key) ?? []), child]);
  }
  const children = [...groups.values()]
    .map((group) => frameOf(group, byId, own))
    .filter(({ total }) => total > 0)
    .toSorted((a, b) => b.total - a.total);
  const self = nodes.reduce((sum, { id }) => sum + (own.get(id) ?? 0), 0);
  return {
    name: first?.callFrame.functionName || '(anonymous)',
    file: shortFile(first?.callFrame.url ?? ''),
    total: children.reduce((sum, { total }) => sum + total, self),
    children,
  };
}

/** `src/relay/visit/visit.ts`, `node_modules/undici/lib/core/request.js`, `node:zlib`. */
function shortFile(url: string): string {
  if (url.startsWith('node:')) return url;
  if (url.startsWith('wasm:')) return 'WebAssembly';
  const known = /\/((?:src|lab|bench|routes|dist)\/.*)$/.exec(url);
  if (url.includes('/node_modules/')) return url.slice(url.lastIndexOf('/node_modules/') + 1);
  return known?.[1] ?? url.slice(url.lastIndexOf('/') + 1);
}
