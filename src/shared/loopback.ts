/** Tells addresses of this machine alone from those that others reach. */

/** Whether a host, as a setting or an address writes it, is loopback: `localhost`, 127.0.0.0/8 or `::1`, in brackets or without. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

/** Whether what is sent to an address stays unread on the way: https, or this machine itself. False for what is no address. */
export function isHttpsOrLoopback(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' || isLoopbackHost(url?.hostname ?? '');
}
