/** Caches the folders at the top of each container, one for each tenant, because they hardly ever change and each listing is billed. */
import type { BlobStore } from '../../blobs/port.ts';
import type { Clock } from '../../shared/clock.ts';
import { DAY_MS } from '../../shared/duration.ts';

interface Remembered {
  readonly folders: readonly string[];
  /** When the folders were listed, in milliseconds of the monotonic clock. */
  readonly listedAt: number;
}

/** How long a listing is used. The sweep looks further back than this, so it misses no blob of a new tenant. Milliseconds. */
const REMEMBERED_MS = DAY_MS;

/** A process's cache of the tenants' folders, for all accounts. */
export class TenantFolders {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** The listings by account and container. */
  readonly #remembered = new Map<string, Remembered>();
  /** By account, the folders that any of its containers had, and when the last new folder was found. */
  readonly #accounts = new Map<string, { readonly folders: Set<string>; newestAt: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /**
   * The folders of a container, `tenantId=.../`. Lists them again after a day, if there were none, and if another container of the account
   * has got a new tenant since, which probably writes to this container too. Throws BlobError.
   */
  async of(blobs: BlobStore, container: string, signal: AbortSignal): Promise<readonly string[]> {
    const key = `${blobs.account}/${container}`;
    const account = this.#accounts.get(blobs.account) ?? { folders: new Set<string>(), newestAt: 0 };
    this.#accounts.set(blobs.account, account);
    const now = this.#clock.monotonic();
    const known = this.#remembered.get(key);
    if (known && now - known.listedAt < REMEMBERED_MS && known.listedAt >= account.newestAt) {
      return known.folders;
    }
    const folders: string[] = [];
    for await (const folder of blobs.folders(container, '', signal)) {
      folders.push(folder);
      if (account.folders.has(folder)) continue;
      // The first folders of an account are not new tenants.
      if (account.folders.size > 0) account.newestAt = now;
      account.folders.add(folder);
    }
    // A container without folders was just created, so its listing is not cached.
    if (folders.length > 0) this.#remembered.set(key, { folders, listedAt: now });
    return folders;
  }
}
