/** The folders at the top of each container, one for each tenant: remembered, because they hardly ever change and each listing is billed. */
import type { BlobStore } from '../../blobs/port.ts';
import type { Clock } from '../../shared/clock.ts';
import { DAY_MS } from '../../shared/duration.ts';

interface Remembered {
  readonly folders: readonly string[];
  /** By the monotonic clock, milliseconds. */
  readonly listedAt: number;
}

/** Each container's folders are listed anew after this. The sweep looks further back: it misses no blob of a new tenant. Milliseconds. */
const REMEMBERED_MS = DAY_MS;

/** What a process remembers of the tenants' folders, over all accounts. */
export class TenantFolders {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** By account and container. */
  readonly #remembered = new Map<string, Remembered>();
  /** By account: the folders that any of its containers had, and when the last one of them was new. */
  readonly #accounts = new Map<string, { readonly folders: Set<string>; newestAt: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /**
   * The folders of a container, `tenantId=.../`. Lists them where a day has passed, where there were none, and where another
   * container of the account had a new tenant since: that tenant probably writes to this container too. Throws BlobError.
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
      // The first tenant of an account is news to nobody.
      if (account.folders.size > 0) account.newestAt = now;
      account.folders.add(folder);
    }
    // One without folders was created a moment ago.
    if (folders.length > 0) this.#remembered.set(key, { folders, listedAt: now });
    return folders;
  }
}
