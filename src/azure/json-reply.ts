/** Reads the JSON answers of Azure's REST services, with a limit on their length. */

/**
 * The answer's text.
 *
 * @param most bytes; a longer answer is not read to its end.
 * @param tooLong makes the error that is thrown then.
 */
export async function limitedText(reply: Response, most: number, tooLong: () => Error): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of reply.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The value of JSON text; undefined where it is none. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A member of a value; undefined where the value has none. */
export function memberAt(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
