/** A JSON number that a double cannot hold, as it was written. */

/** `JSON.rawJSON`, which TypeScript's library does not know yet; absent in browsers that lack it. */
const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => object };

/**
 * A number of a row that a double would change: an integer beyond 2^53, `1e400`, `-0`. It reads as its digits wherever a string
 * is wanted, and JSON.stringify writes it as it was; where the runtime has no JSON.rawJSON, as a string.
 */
export class ExactNumber {
  /** As it was written. A number of JSON, nothing else. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): unknown {
    return rawJSON === undefined ? this.text : rawJSON(this.text);
  }
}
