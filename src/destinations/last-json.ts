/** The JSON texts of strings that many deliveries in a row have, such as the name of their blob. */

const encoder = new TextEncoder();

/** Makes the JSON text of a string, in UTF-8, and keeps the last one: all rows of a blob have its name. The bytes must not be changed. */
export function lastJson(): (text: string) => Uint8Array {
  let last: { readonly text: string; readonly json: Uint8Array } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, json: encoder.encode(JSON.stringify(text)) };
    return last.json;
  };
}
