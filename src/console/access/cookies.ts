/** The console's two cookies: the session, and what a login with Entra ID has to remember for ten minutes. */

/** `__Host-`: the browser takes it over https (or from this machine) only, for this host alone, and no sibling domain can set it. */
export const SESSION_COOKIE = '__Host-xdr-relay';
export const LOGIN_COOKIE = '__Host-xdr-relay-login';

/** The value of a cookie in the header of a request; undefined where it is not there, or more than once. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '').split(';').flatMap((each) => {
    const at = each.indexOf('=');
    return at > 0 && each.slice(0, at).trim() === name ? [each.slice(at + 1).trim()] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}

/**
 * A `Set-Cookie` header.
 *
 * @param sameSite `Strict`: not sent when another site leads here. The login's cookie is `Lax`, as Entra ID leads back here.
 * @param seconds 0 removes it.
 */
export function setCookie(
  name: string,
  value: string,
  { sameSite, seconds }: { readonly sameSite: 'Strict' | 'Lax'; readonly seconds: number },
): string {
  return `${name}=${value}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=${sameSite}`;
}
