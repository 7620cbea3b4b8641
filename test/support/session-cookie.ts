/** Finds the console's session in what the relay answers to a login. */

/** The session's cookie that an answer sets, as a browser sends it. */
export function sessionIn(reply: Response): string {
  const all = reply.headers.getSetCookie();
  const set = all.find(
    (each) => each.startsWith('__Host-xdr-relay=') && !each.startsWith('__Host-xdr-relay=;'),
  );
  if (set === undefined) throw new Error(`no session in ${all.join(' | ')}`);
  return set.split(';')[0] ?? '';
}
