/** Finds keys that a mapping has twice, in time that is linear in the document. */
import { type Document, isScalar, type Node, visit } from 'yaml';
import { keyText } from './places.ts';

/**
 * The second and every further one of equal keys, in the order of the document. Keys are compared as the data has them: `1` and `"1"` are
 * equal. The parser's own check compares each key with all before it, so that a file of 1 MB would keep the process busy for minutes.
 */
export function equalKeys(document: Document): readonly Node[] {
  const found: Node[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        // What is no scalar is reported as a bad key.
        if (!isScalar(key)) continue;
        const name = keyText(key);
        if (seen.has(name)) found.push(key);
        else seen.add(name);
      }
    },
  });
  return found;
}
