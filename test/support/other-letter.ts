/** Texts that differ from random ones for certain, where a fixed letter would be the right one by chance. */

/** The text with another letter at `index`, which may count from the end. */
export function withOtherLetter(text: string, index: number): string {
  const at = index < 0 ? text.length + index : index;
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}
