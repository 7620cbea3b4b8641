/** Checks the addresses in relay.yaml against the cloud that it names. */
import { CLOUD_NAMES, CLOUDS, type CloudName, cloudOfHost } from '../azure/cloud.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { type Path, pathText, valueAt } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';

/**
 * Reports addresses of another cloud than `cloud` names: the relay would sign in at the wrong Entra ID. On the data of the file, which
 * tells a `cloud: public` that somebody wrote from the default.
 *
 * A connection string signs in nowhere and works across clouds, so one of another cloud is a warning; without `cloud` in the
 * file, so is an address, since AZURE_AUTHORITY_HOST may have been doing the work.
 */
export function checkCloud(data: Data): readonly Finding[] {
  const written = CLOUD_NAMES.find((name) => name === valueAt(data, ['cloud']));
  const sources = valueAt(data, ['sources']);
  const accounts: readonly Path[] = [
    ['storage'],
    ...(Array.isArray(sources) ? sources.map((_, index) => ['sources', index]) : []),
    ['state'],
    ['queue'],
  ];
  return [
    ...accounts.flatMap((account) => checkAddress(data, [...account, endpointKey(account)], written)),
    ...checkAddress(data, ['key_vault'], written),
    ...(written === undefined
      ? []
      : [
          ...accounts.flatMap((account) => checkConnection(data, [...account, 'connection_string'], written)),
          ...checkOrigins(data, written),
        ]),
  ];
}

const endpointKey = ([section]: Path) => (section === 'queue' ? 'queue_endpoint' : 'blob_endpoint');

function checkAddress(data: Data, path: Path, written: CloudName | undefined): Finding[] {
  const cloud = cloudOfAddress(valueAt(data, path));
  if (cloud === undefined || cloud === (written ?? 'public')) return [];
  const where = `${pathText(path)} is in ${CLOUDS[cloud].title}`;
  if (written === undefined) {
    return [
      {
        severity: 'warning',
        code: 'conflict',
        path,
        message: `${where}, and the file does not say so`,
        hint: `write "cloud: ${cloud}", so that the relay signs in there`,
      },
    ];
  }
  const hint = `write "cloud: ${cloud}", or the address in ${CLOUDS[written].title}`;
  return [{ code: 'conflict', path, message: `${where}, but cloud is ${written}`, hint }];
}

function checkConnection(data: Data, path: Path, written: CloudName): Finding[] {
  const text = valueAt(data, path);
  if (typeof text !== 'string') return [];
  const cloud = text
    .split(';')
    .map((part) => part.slice(part.indexOf('=') + 1).trim())
    .map((value) => cloudOfAddress(value) ?? cloudOfHost(`.${value}`))
    .find((name) => name !== undefined);
  if (cloud === undefined || cloud === written) return [];
  return [
    {
      severity: 'warning',
      code: 'conflict',
      path,
      message: `${pathText(path)} is in ${CLOUDS[cloud].title}, but cloud is ${written}`,
      hint: 'check that it is the account you mean: the key or signature in it works from any cloud',
    },
  ];
}

/** Somebody who lists the Event Grid of one cloud and names another has most likely forgotten the list. */
function checkOrigins(data: Data, written: CloudName): Finding[] {
  const path = ['server', 'allowed_origins'];
  const origins = valueAt(data, path);
  if (!Array.isArray(origins)) return [];
  const own = CLOUDS[written].eventGrid.origin;
  const listed = new Set<unknown>(origins);
  const others = CLOUD_NAMES.filter((name) => listed.has(CLOUDS[name].eventGrid.origin));
  if (others.length === 0 || listed.has(own) || listed.has('*')) return [];
  const message = `${pathText(path)} does not have ${own}, the Event Grid of ${CLOUDS[written].title}`;
  return [{ severity: 'warning', code: 'conflict', path, message, hint: 'leave the list out, or add it' }];
}

function cloudOfAddress(value: unknown): CloudName | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  return url ? cloudOfHost(url.hostname) : undefined;
}
