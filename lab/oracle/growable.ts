/** A typed array that grows, which stores numbers without overhead. */
export interface Growable {
  readonly length: number;
  /** Appends a value and returns its index. */
  push(value: number): number;
  /** 0 beyond the end. */
  get(index: number): number;
  set(index: number, value: number): void;
  /** The index of a value among ascending values, by binary search; -1 if it is not found. */
  indexOf(value: number): number;
}

type Numbers = Uint8Array | Uint32Array | Float64Array;

export function growable(kind: new (length: number) => Numbers): Growable {
  let values = new kind(64);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === values.length) {
        const larger = new kind(values.length * 2);
        larger.set(values);
        values = larger;
      }
      values[length] = value;
      return length++;
    },
    get: (index) => (index < length ? (values[index] ?? 0) : 0),
    set(index, value) {
      if (index < 0 || index >= length) throw new RangeError(`No value at ${index}.`);
      values[index] = value;
    },
    indexOf(value) {
      let low = 0;
      let high = length - 1;
      while (low <= high) {
        const middle = (low + high) >>> 1;
        const found = values[middle] ?? 0;
        if (found === value) return middle;
        if (found < value) low = middle + 1;
        else high = middle - 1;
      }
      return -1;
    },
  };
}
