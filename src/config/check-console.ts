/** Checks `console`: who could reach it, and whether a login can work. */
import type { Finding } from '../diagnostics/diagnostic.ts';
import type { Path } from '../diagnostics/path.ts';
import { isHttpsOrLoopback, isLoopbackHost } from '../shared/loopback.ts';
import type { ConsoleConfig } from './console.ts';
import type { RelayConfig } from './schema.ts';

export function checkConsole({ console: page }: RelayConfig): Finding[] {
  if (!page) return [];
  return [...checkReach(page), ...checkAddress(page), ...checkKeys(page), ...checkEntra(page)];
}

/** Whether there is a way to log in. An empty `login` is none. */
export function hasLogin({ login }: Pick<ConsoleConfig, 'login'>): boolean {
  return login !== undefined && (login.keys.length > 0 || login.entra !== undefined);
}

function checkReach(page: ConsoleConfig): Finding[] {
  if (page.login && !hasLogin(page)) {
    const message = 'console.login names no way to log in';
    const hint = 'set console.login.keys or console.login.entra, or leave console.login out';
    return [{ code: 'missing-key', path: ['console', 'login'], message, hint }];
  }
  if (hasLogin(page) || isLoopbackHost(page.host)) return [];
  const message = `console.host is ${page.host}, and without console.login everybody who reaches it could change things`;
  const hint = 'set console.login, or console.host to 127.0.0.1';
  return [{ code: 'conflict', path: ['console', 'host'], message, hint }];
}

function checkAddress(page: ConsoleConfig): Finding[] {
  const { public_url: address, host } = page;
  if (address === undefined) {
    if (isLoopbackHost(host)) return [];
    return [
      {
        severity: 'warning',
        code: 'does-not-work-there',
        path: ['console', 'host'],
        message:
          'browsers keep the session of a login over https only, which the console itself does not speak',
        hint: 'put a proxy with TLS in front of it, and set console.public_url',
      },
    ];
  }
  const path: Path = ['console', 'public_url'];
  const url = URL.parse(address);
  if (url && (url.pathname !== '/' || url.search !== '' || url.hash !== '')) {
    const message = 'console.public_url must be an address without a path: the console is at /console/ there';
    return [{ code: 'bad-format', path, message }];
  }
  if (isHttpsOrLoopback(address)) return [];
  const message = 'console.public_url must be an https address: browsers keep the session over https only';
  return [{ code: 'bad-format', path, message }];
}

function checkKeys({ login }: ConsoleConfig): Finding[] {
  const keys = login?.keys ?? [];
  return keys.flatMap(({ name, key }, index): Finding[] => {
    const before = keys.slice(0, index);
    const at = ['console', 'login', 'keys', index] as const;
    if (before.some((other) => other.name.toLowerCase() === name.toLowerCase())) {
      const message = `console.login.keys has two keys of the name ${name}: the audit log could not tell them apart`;
      return [{ code: 'conflict', path: [...at, 'name'], message }];
    }
    if (!before.some((other) => other.key === key)) return [];
    const message = `console.login.keys has the key of ${name} twice, so that it is not clear who uses it`;
    return [{ code: 'conflict', path: [...at, 'key'], message }];
  });
}

function checkEntra({ login, public_url: address }: ConsoleConfig): Finding[] {
  const entra = login?.entra;
  if (!entra) return [];
  const at = ['console', 'login', 'entra'] as const;
  const found: Finding[] = [];
  if (address === undefined) {
    found.push({
      code: 'missing-key',
      path: at,
      atKey: true,
      message: 'console.public_url is missing: Entra ID sends people back to it',
      hint: 'set it to the origin of the console, and register <origin>/console/callback as a redirect URI of the type Web',
    });
  }
  if (entra.authority !== undefined && !isHttpsOrLoopback(entra.authority)) {
    const message =
      'console.login.entra.authority must be an https address: who answers there decides who may log in';
    found.push({ code: 'bad-format', path: [...at, 'authority'], message });
  }
  return found;
}
