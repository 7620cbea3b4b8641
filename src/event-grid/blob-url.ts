/** Parses the blob from the URL or the subject of an event, and checks that it belongs to one of the relay's sources. */
import { type BlobRef, isRowBlobName } from '../shared/blob-ref.ts';
import type { SourceAccount } from './source.ts';

/** Why an event does not lead to a task. */
export type IgnoredReason =
  | 'other_event_type'
  | 'foreign_account'
  | 'other_container'
  /** A name that ends in neither `.json` nor `.json.gz`, in whatever case. */
  | 'other_name'
  /** Not a plain http(s) address, or percent-encoding that does not decode. */
  | 'bad_url'
  /** A name that the SDKs would change, or that is not valid: `..`, backslash, control characters, too long. */
  | 'bad_name'
  /** Neither a URL nor a subject names a blob. */
  | 'no_blob';

export type BlobOutcome =
  | { readonly kind: 'blob'; readonly ref: BlobRef }
  | { readonly kind: 'ignored'; readonly reason: IgnoredReason };

/** The length limit of a URL: a name has at most 1,024 characters, each of which takes at most 9 when percent-encoded as UTF-8. */
const MAX_URL = 1024 * 9 + 512;
const MAX_NAME = 1024;
const URL_PARTS = /^(https?):\/\/([^/?#@]+)\/([^?#]*)$/i;
const UNSAFE = /[\p{Cc} \\\ufffe\uffff]/u;
/** Control characters, the backslash, which .NET turns into a slash, and noncharacters. */
const UNSAFE_IN_NAME = /[\p{Cc}\\\ufffe\uffff]/u;
/** Microsoft Learn, "Naming and Referencing Containers, Blobs, and Metadata". */
const CONTAINER = /^[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/;
const SUBJECT = /^\/blobServices\/default\/containers\/([^/]+)\/blobs\/(.+)$/s;
const RESOURCE = /\/storageAccounts\/([^/]+)\/?$/i;

const ignored = (reason: IgnoredReason): BlobOutcome => ({ kind: 'ignored', reason });

/**
 * The blob that `data.url` of a storage event names.
 *
 * The URL is split by hand, because a URL parser would resolve `..` and `%2e%2e`, so that a crafted address could reach another
 * container. The name is percent-decoded once; `%2F` in it is a slash, as it is for Azure.
 */
export function blobFromUrl(url: string, sources: readonly SourceAccount[]): BlobOutcome {
  if (url.length > MAX_URL || UNSAFE.test(url)) return ignored('bad_url');
  const [, scheme = '', authority = '', rest = ''] = URL_PARTS.exec(url) ?? [];
  if (!scheme) return ignored('bad_url');
  const host = hostOf(scheme, authority);
  return firstBlob(sources, (source) => {
    if (!source.hosts.has(host)) return ignored('foreign_account');
    let path = rest;
    if (source.pathAccounts.length > 0) {
      const [account, below] = cut(path);
      if (!source.pathAccounts.includes(account)) return ignored('foreign_account');
      path = below;
    }
    const [container, encoded] = cut(path);
    let name: string;
    try {
      name = decodeURIComponent(encoded);
    } catch {
      return ignored('bad_url');
    }
    return checkBlob({ account: source.account, container, name }, source);
  });
}

/**
 * The blob that `subject` names, for events without a URL. The subject is not percent-encoded and does not name the account, so
 * `topic` (a resource id ending in `/storageAccounts/<account>`) must name the account of a source.
 */
export function blobFromSubject(
  subject: string,
  topic: string | undefined,
  sources: readonly SourceAccount[],
): BlobOutcome {
  const [, container, name] = SUBJECT.exec(subject) ?? [];
  if (container === undefined || name === undefined) return ignored('no_blob');
  const account = RESOURCE.exec(topic ?? '')?.[1]?.toLowerCase();
  return firstBlob(sources, (source) =>
    account === source.account.toLowerCase()
      ? checkBlob({ account: source.account, container, name }, source)
      : ignored('foreign_account'),
  );
}

/** The blob, if it belongs to one of the sources; otherwise the reason why it does not belong to the source that fits best. */
export function firstBlob(
  sources: readonly SourceAccount[],
  look: (source: SourceAccount) => BlobOutcome,
): BlobOutcome {
  let nearest: BlobOutcome = ignored('foreign_account');
  for (const source of sources) {
    const outcome = look(source);
    if (outcome.kind === 'blob') return outcome;
    if (outcome.reason !== 'foreign_account') nearest = outcome;
  }
  return nearest;
}

/** Checks whether a reference, for example from a task, names a blob that the relay reads. */
export function checkBlob(ref: BlobRef, source: SourceAccount): BlobOutcome {
  const { account, container, name } = ref;
  if (account !== source.account) return ignored('foreign_account');
  if (!CONTAINER.test(container) || !container.startsWith(source.containerPrefix)) {
    return ignored('other_container');
  }
  if (name.length > MAX_NAME || UNSAFE_IN_NAME.test(name) || !name.isWellFormed()) return ignored('bad_name');
  if (name.split('/').some((segment) => segment === '.' || segment === '..')) return ignored('bad_name');
  if (!isRowBlobName(name)) return ignored('other_name');
  return { kind: 'blob', ref };
}

function hostOf(scheme: string, authority: string): string {
  const defaultPort = scheme.toLowerCase() === 'https' ? ':443' : ':80';
  const host = authority.toLowerCase();
  return host.endsWith(defaultPort) ? host.slice(0, -defaultPort.length) : host;
}

/** Splits a path at its first slash. */
function cut(path: string): readonly [string, string] {
  const slash = path.indexOf('/');
  return slash < 0 ? [path, ''] : [path.slice(0, slash), path.slice(slash + 1)];
}
