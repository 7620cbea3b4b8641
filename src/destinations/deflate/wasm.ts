/** Compresses texts in WebAssembly: hands a text over in pieces, and takes out what became of it. */

const INTERFACE_VERSION = 1;

/** What each host supplies: it compiles the module, if the host has one. It is called once, with the first body. */
export type CompileDeflater = () => WebAssembly.Module | undefined;

/** What assembly/deflate.ts exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly interfaceVersion?: () => number;
  readonly textAt: () => number;
  readonly outAt: () => number;
  readonly chunk: () => number;
  readonly outLeft: () => number;
  readonly begin: () => void;
  readonly taken: () => void;
  readonly compress: (length: number, isLast: 0 | 1) => number;
}

/** The room to leave in front of the compressed bytes, and behind them. */
export interface Margins {
  readonly before: number;
  readonly behind: number;
}

/** The text in the format of RFC 1951, in a buffer of just that length and the margins, which are zeros. */
export type Deflate = (text: Uint8Array, margins: Margins) => Uint8Array<ArrayBuffer>;

/**
 * A compressor with a memory of its own, which it uses again for each text and which never grows. Undefined where the module was compiled from
 * other sources than these.
 */
export function wasmDeflater(module: WebAssembly.Module): Deflate | undefined {
  const exports = new WebAssembly.Instance(module).exports as unknown as Exports;
  if (exports.interfaceVersion?.() !== INTERFACE_VERSION) return undefined;
  const { buffer } = exports.memory;
  const chunk = exports.chunk();
  const outLeft = exports.outLeft();
  const pieceIn = new Uint8Array(buffer, exports.textAt(), chunk);
  const out = new Uint8Array(buffer, exports.outAt());

  return (text, { before, behind }) => {
    const parts: Uint8Array[] = [];
    exports.begin();
    for (let from = 0; ; from += chunk) {
      const piece = text.subarray(from, from + chunk);
      pieceIn.set(piece);
      const isLast = from + chunk >= text.length;
      const length = exports.compress(piece.length, isLast ? 1 : 0);
      if (isLast) {
        parts.push(out.subarray(0, length));
        break;
      }
      if (length <= outLeft) continue;
      parts.push(out.slice(0, length));
      exports.taken();
    }
    const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, before + behind));
    let at = before;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  };
}
