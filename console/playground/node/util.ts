/** The part of `node:util` that destinations use, for browsers. */

type Callback<T> = (error: Error | null, result: T) => void;

/** Makes a function with a callback one that returns a promise. */
export function promisify<A extends readonly unknown[], T>(
  work: (...given: [...A, Callback<T>]) => void,
): (...given: A) => Promise<T> {
  return (...given) =>
    new Promise((resolve, reject) => {
      work(...given, (error, result) => (error ? reject(error) : resolve(result)));
    });
}
