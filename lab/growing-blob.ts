/** An append blob that grows in pieces, which may end anywhere: rows wait here until their bytes are appended. */

/** One append takes at most 4 MiB in the older service versions, which Azurite speaks too. */
const LONGEST_APPEND = 4 * 1_048_576;

/** How the blob is written: each writer has its own way with failures. */
export interface AppendStorage {
  /** Creates the blob, empty; called once, before the first append at the latest. */
  create(): Promise<void>;
  /** Appends at `position`, where the blob ends. */
  append(bytes: Buffer, position: number): Promise<void>;
}

export class GrowingBlob {
  readonly #storage: AppendStorage;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #written = 0;
  #isCreated = false;
  /** Appends are made one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(storage: AppendStorage) {
    this.#storage = storage;
  }

  /** Bytes of all that was added: where the next row will begin. */
  get length(): number {
    return this.#written + this.#pendingBytes;
  }

  /** Bytes that are not appended yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Bytes in the blob. */
  get written(): number {
    return this.#written;
  }

  /** Gives the offset at which the bytes will lie. */
  add(bytes: Buffer): number {
    const offset = this.length;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    return offset;
  }

  /** Takes `bytes` back where they are the last that wait; false where they are not. */
  takeBack(bytes: Buffer): boolean {
    const all = Buffer.concat(this.#pending);
    if (bytes.length > all.length || !all.subarray(-bytes.length).equals(bytes)) return false;
    this.#pending = [all.subarray(0, -bytes.length)];
    this.#pendingBytes -= bytes.length;
    return true;
  }

  create(): Promise<void> {
    return this.#inTurn(() => this.#create());
  }

  /** Appends so many of the bytes that wait, in as many pieces as it takes. Resolves with how many there were. */
  append(length = this.#pendingBytes): Promise<number> {
    return this.#inTurn(async () => {
      await this.#create();
      const goal = this.#written + Math.min(length, this.#pendingBytes);
      const before = this.#written;
      while (this.#written < goal) await this.#appendPiece(goal - this.#written);
      return this.#written - before;
    });
  }

  async #create(): Promise<void> {
    if (this.#isCreated) return;
    await this.#storage.create();
    this.#isCreated = true;
  }

  async #appendPiece(most: number): Promise<void> {
    const all = Buffer.concat(this.#pending);
    this.#pending = [all];
    const piece = all.subarray(0, Math.min(most, LONGEST_APPEND));
    await this.#storage.append(piece, this.#written);
    // More may have been added meanwhile.
    this.#pending[0] = all.subarray(piece.length);
    this.#pendingBytes -= piece.length;
    this.#written += piece.length;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}
