/** An append blob that grows in pieces, which may end anywhere. It keeps rows until their bytes are appended. */

/** The limit of one append, 4 MiB in older service versions, which Azurite also implements. */
const LONGEST_APPEND = 4 * 1_048_576;

/** How the blob is written, because each writer handles failures in its own way. */
export interface AppendStorage {
  /** Creates the empty blob. Called once, at the latest before the first append. */
  create(): Promise<void>;
  /** Appends at `position`, the end of the blob. */
  append(bytes: Buffer, position: number): Promise<void>;
}

export class GrowingBlob {
  readonly #storage: AppendStorage;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #written = 0;
  #isCreated = false;
  /** The last append, because appends must be made one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(storage: AppendStorage) {
    this.#storage = storage;
  }

  /** The bytes of all added rows, which is the offset of the next row. */
  get length(): number {
    return this.#written + this.#pendingBytes;
  }

  /** The bytes that are not appended yet. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The bytes in the blob. */
  get written(): number {
    return this.#written;
  }

  /** Adds bytes, and returns the offset that they will have. */
  add(bytes: Buffer): number {
    const offset = this.length;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    return offset;
  }

  /** Removes `bytes` if they are the last that wait; otherwise returns false. */
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

  /** Appends so many of the waiting bytes, in as many pieces as needed. Resolves with the number of appended bytes. */
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
    // More bytes may have been added meanwhile.
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
