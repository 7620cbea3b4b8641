/** Represents JSON numbers that a double cannot hold. */

/** `JSON.rawJSON`, which TypeScript's library does not declare yet; undefined in older browsers. */
const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => object };

/**
 * A number of a row that a double would change: an integer beyond 2^53, `1e400`, `-0`. As a string it is its digits, and
 * JSON.stringify writes it unchanged, or as a string if the runtime has no JSON.rawJSON.
 */
export class ExactNumber {
  /** The number as it was written in the JSON. */
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
