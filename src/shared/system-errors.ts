/** What the errors of the operating system, of name resolution and of TLS mean to a person, and what to do about them. */

export interface SystemError {
  /** What happened: a clause without a full stop, that stands behind a colon. */
  readonly meaning: string;
  /** Imperative, without a full stop. */
  readonly fix: string;
}

/**
 * By the code of Node's error (Node.js documentation, "Common system errors" and "X509 certificate error codes").
 *
 * A code that is not here is told as it is.
 */
export const SYSTEM_ERRORS: Readonly<Record<string, SystemError>> = {
  // Ports
  EADDRINUSE: {
    meaning: 'another process listens on this port already',
    fix: 'stop that process ("ss -ltnp" shows it), or choose another port',
  },
  EADDRNOTAVAIL: {
    meaning: 'this machine has no such address',
    fix: 'listen on 0.0.0.0, or on an address that "ip address" shows',
  },
  // Files
  EACCES: {
    meaning: 'the user of this process is not allowed to',
    fix: 'give the user the permission; a port below 1024 needs CAP_NET_BIND_SERVICE, so use a higher one',
  },
  EPERM: {
    meaning: 'the operating system does not permit it',
    fix: 'check the permissions of the user, and what a container or a security module forbids',
  },
  ENOENT: { meaning: 'there is no such file or folder', fix: 'check the path, or create it' },
  ENOTDIR: { meaning: 'a part of the path is no folder', fix: 'check the path' },
  EISDIR: { meaning: 'it is a folder, not a file', fix: 'name a file' },
  ELOOP: { meaning: 'the path leads through symbolic links in a circle', fix: 'check the links' },
  ENAMETOOLONG: { meaning: 'the path is too long', fix: 'use a shorter one' },
  EROFS: { meaning: 'the file system is read-only', fix: 'use a path on a volume that can be written' },
  ENOSPC: {
    meaning: 'the disk is full, or has no free inode or inotify watch',
    fix: 'free some space; for watches raise fs.inotify.max_user_watches',
  },
  EDQUOT: { meaning: 'the disk quota is used up', fix: 'free some space, or raise the quota' },
  EIO: {
    meaning: 'the disk or the network file system fails',
    fix: 'check the disk, and the log of the kernel',
  },
  EMFILE: {
    meaning: 'this process has too many open files and connections',
    fix: 'raise its limit ("ulimit -n", LimitNOFILE of systemd)',
  },
  ENFILE: { meaning: 'this machine has too many open files', fix: 'raise fs.file-max' },
  ENOMEM: { meaning: 'there is not enough memory', fix: 'give the machine or the container more memory' },
  EPIPE: { meaning: 'the reader has closed its end', fix: 'check why the program that reads has ended' },
  // Network
  ECONNREFUSED: {
    meaning: 'nothing listens at this address',
    fix: 'check host and port, and that the service runs',
  },
  ECONNRESET: {
    meaning: 'the other side, or something between, cut the connection',
    fix: 'check proxies, firewalls and time-outs on the way',
  },
  ETIMEDOUT: {
    meaning: 'no connection came about in time',
    fix: 'check that a firewall lets this machine reach the address',
  },
  UND_ERR_CONNECT_TIMEOUT: {
    meaning: 'no connection came about in time',
    fix: 'check that a firewall lets this machine reach the address',
  },
  EHOSTUNREACH: { meaning: 'there is no route to the host', fix: 'check routes and firewalls' },
  EHOSTDOWN: { meaning: 'the host is down', fix: 'check that it runs' },
  ENETUNREACH: {
    meaning: 'there is no route to the network',
    fix: 'check routes, and that the network has IPv6 where the address is one of IPv6',
  },
  ENOTFOUND: {
    meaning: 'the name does not resolve',
    fix: 'check the spelling of the host, and the DNS of this machine',
  },
  EAI_AGAIN: { meaning: 'the DNS server does not answer', fix: 'check the DNS of this machine' },
  // Certificates
  CERT_HAS_EXPIRED: {
    meaning: 'its certificate has expired',
    fix: 'renew it; if it is valid, set the clock of this machine',
  },
  CERT_NOT_YET_VALID: { meaning: 'its certificate is not valid yet', fix: 'set the clock of this machine' },
  CERT_REVOKED: { meaning: 'its certificate was revoked', fix: 'replace it' },
  CERT_UNTRUSTED: {
    meaning: 'its certificate is not trusted',
    fix: 'name the file of its authority in NODE_EXTRA_CA_CERTS',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: {
    meaning: 'its certificate is signed by itself',
    fix: 'name the file of the certificate in NODE_EXTRA_CA_CERTS, or install one of an authority',
  },
  SELF_SIGNED_CERT_IN_CHAIN: {
    meaning:
      'its certificate comes from an authority that this machine does not trust, often one of a proxy that inspects TLS',
    fix: 'name the file of that authority in NODE_EXTRA_CA_CERTS',
  },
  UNABLE_TO_GET_ISSUER_CERT: {
    meaning: 'the authority of its certificate is unknown',
    fix: 'name the file of that authority in NODE_EXTRA_CA_CERTS',
  },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: {
    meaning: 'the authority of its certificate is unknown',
    fix: 'name the file of that authority in NODE_EXTRA_CA_CERTS',
  },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
    meaning: 'it sends its certificate without the intermediate ones',
    fix: 'let it send the whole chain, or name the intermediate certificate in NODE_EXTRA_CA_CERTS',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    meaning: 'its certificate is for other names',
    fix: 'use one of the names in the certificate, or replace the certificate',
  },
  EPROTO: {
    meaning: 'it does not speak TLS as expected',
    fix: 'check the port, and whether it is http or https',
  },
  ERR_SSL_WRONG_VERSION_NUMBER: {
    meaning: 'it does not speak TLS',
    fix: 'check the port, and whether it is http or https',
  },
};

/** How many causes of an error are looked at. */
const MOST_CAUSES = 8;

/** The first code of {@link SYSTEM_ERRORS} among an error and its causes; of several addresses tried, the first one's. */
export function systemCodeOf(thrown: unknown): string | undefined {
  let at = thrown;
  for (let depth = 0; depth < MOST_CAUSES && typeof at === 'object' && at !== null; depth += 1) {
    const code: unknown = Reflect.get(at, 'code');
    if (typeof code === 'string' && Object.hasOwn(SYSTEM_ERRORS, code)) return code;
    const several: unknown = Reflect.get(at, 'errors');
    at = Array.isArray(several) && several.length > 0 ? several[0] : Reflect.get(at, 'cause');
  }
  return undefined;
}

/** `nothing listens at this address (ECONNREFUSED)`; the code alone where it is none of {@link SYSTEM_ERRORS}. */
export function systemPhrase(code: string): string {
  const known = Object.hasOwn(SYSTEM_ERRORS, code) ? SYSTEM_ERRORS[code] : undefined;
  return known ? `${known.meaning} (${code})` : code;
}

/** What an error of the system means, for a message that has its code already; undefined where nothing is known. */
export function systemMeaning(thrown: unknown): string | undefined {
  const code = systemCodeOf(thrown);
  return code === undefined ? undefined : SYSTEM_ERRORS[code]?.meaning;
}

/** What to do about an error of the system, as a sentence without its full stop; undefined where nothing is known. */
export function systemAdvice(thrown: unknown): string | undefined {
  const code = systemCodeOf(thrown);
  return code === undefined ? undefined : SYSTEM_ERRORS[code]?.fix;
}
