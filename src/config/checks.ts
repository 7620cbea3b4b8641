/** Checks keys of relay.yaml against each other. */
import { CLOUDS } from '../azure/cloud.ts';
import { addressAllowed } from '../destinations/addresses.ts';
import { addressesOf, descriptorOf } from '../destinations/list.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { type Path, pathText, valueAt } from '../diagnostics/path.ts';
import { unknownDestination } from '../diagnostics/sentences.ts';
import type { Data } from '../diagnostics/yaml/data.ts';
import { isHttpsOrLoopback } from '../shared/loopback.ts';
import { checkAlerts, checkLinks } from './check-alerts.ts';
import { checkCloud } from './check-cloud.ts';
import { checkConsole } from './check-console.ts';
import { checkOperational } from './check-operational.ts';
import { checkAccounts, checkSources } from './check-sources.ts';
import { checkFormerNames } from './former-names.ts';
import type { RelayConfig } from './schema.ts';
import { stdoutDestinations } from './standard-output.ts';

/** The checks that need only the file's data. They run in addition to the schema's checks, even if those find mistakes. */
export function checkReferences(data: Data): readonly Finding[] {
  return [...checkAccounts(data), ...checkCloud(data), ...checkDestinationNames(data)];
}

function checkDestinationNames(data: Data): Finding[] {
  const destinations = valueAt(data, ['destinations']);
  if (typeof destinations !== 'object' || destinations === null || Array.isArray(destinations)) return [];
  const names = Object.keys(destinations);
  const lists: Path[] = [['default_destinations'], ['operational', 'to']];
  const alerts = valueAt(data, ['alerts']);
  if (Array.isArray(alerts)) lists.push(...alerts.map((_, index) => ['alerts', index, 'to'] as const));
  return lists.flatMap((path) => checkNameList(data, path, names));
}

function checkNameList(data: Data, path: Path, names: readonly string[]): Finding[] {
  const list: unknown = valueAt(data, path);
  if (!Array.isArray(list)) return [];
  return list.flatMap((name: unknown, index): Finding[] => {
    if (typeof name !== 'string') return [];
    const at = [...path, index];
    if (!names.includes(name)) return [{ ...unknownDestination(at, name, names), path: at }];
    if (list.indexOf(name) === index) return [];
    return [{ code: 'duplicate-destination', path: at, message: `${pathText(at)} is in the list already` }];
  });
}

/** The checks of a config that passed its schema. */
export function checkConfig(config: RelayConfig): readonly Finding[] {
  return [
    ...checkBlobAccount(config.storage, ['storage']),
    ...(config.sources ?? []).flatMap((source, index) => checkBlobAccount(source, ['sources', index])),
    ...checkBlobAccount(config.state, ['state']),
    ...checkConnectionString(config.queue.connection_string, ['queue', 'connection_string'], 'QueueEndpoint'),
    ...checkSources(config),
    ...checkEntra(config),
    ...checkFormerNames(config),
    ...checkOrder(config),
    ...checkPorts(config),
    ...checkConsole(config),
    ...checkDefaults(config),
    ...checkAlerts(config),
    ...checkOperational(config),
    ...checkLinks(config),
    ...checkNetworks(config),
    ...checkPlainHttp(config),
    ...checkDestinations(config),
    ...checkStdout(config),
  ];
}

function checkBlobAccount(
  account: { readonly connection_string?: string | undefined } | undefined,
  path: Path,
): Finding[] {
  return checkConnectionString(account?.connection_string, [...path, 'connection_string'], 'BlobEndpoint');
}

function checkConnectionString(text: string | undefined, path: Path, endpoint: string): Finding[] {
  if (text === undefined) return [];
  if (/\p{Cc}/u.test(text)) {
    const message = `${pathText(path)} must be a connection string on one line`;
    return [{ code: 'bad-format', path, message }];
  }
  const keys = text.split(';').map((part) => part.slice(0, part.indexOf('=')).trim());
  if (['AccountName', endpoint, 'UseDevelopmentStorage'].some((key) => keys.includes(key))) return [];
  return [
    {
      code: 'bad-format',
      path,
      message: `${pathText(path)} must be a connection string with AccountName or ${endpoint}`,
      hint: 'Azure portal: storage account, Security + networking, Access keys, Connection string',
    },
  ];
}

function checkEntra({ cloud, server: { entra, keys, authentication } }: RelayConfig): Finding[] {
  const found: Finding[] = [];
  if (authentication === 'all' && (!entra || keys.length === 0)) {
    found.push({
      code: 'conflict',
      path: ['server', 'authentication'],
      message: 'server.authentication asks for a key and a token, but only one of them is configured',
      hint: 'set server.keys and server.entra, or leave it out',
    });
  }
  if (!entra) return found;
  if (entra.client_id === undefined && CLOUDS[cloud].eventGrid.applicationId === undefined) {
    found.push({
      code: 'missing-key',
      path: ['server', 'entra'],
      atKey: true,
      message: `server.entra.client_id is missing: Microsoft documents no application id of Event Grid for ${CLOUDS[cloud].title}`,
      hint: 'look for Microsoft.EventGrid among the enterprise applications of the tenant',
    });
  }
  if (entra.authority !== undefined && !isHttpsOrLoopback(entra.authority)) {
    found.push({
      code: 'bad-format',
      path: ['server', 'entra', 'authority'],
      message: 'server.entra.authority must be an https address: who answers there decides who may post',
    });
  }
  return found;
}

function checkOrder(config: RelayConfig): Finding[] {
  const pairs = [
    ['tail', 'poll_min', 'poll_max', config.tail.poll_min, config.tail.poll_max],
    ['delivery', 'retry_min', 'retry_max', config.delivery.retry_min, config.delivery.retry_max],
  ] as const;
  return pairs
    .filter(([, , , least, most]) => least > most)
    .map(([section, min, max]) => ({
      code: 'conflict',
      path: [section, min],
      message: `${section}.${min} is longer than ${section}.${max}`,
    }));
}

function checkPorts({ server, monitoring, console: page }: RelayConfig): Finding[] {
  const ports = [
    ['server', server.port],
    ['monitoring', monitoring.port],
    ...(page ? [['console', page.port] as const] : []),
  ] as const;
  return ports.flatMap(([section, port], index): Finding[] => {
    const [other] = ports.slice(0, index).find(([, taken]) => port !== 0 && taken === port) ?? [];
    if (other === undefined) return [];
    const message = `${section}.port is the same as ${other}.port`;
    return [{ code: 'conflict', path: [section, 'port'], message }];
  });
}

function checkDefaults({ destinations, default_destinations: defaults }: RelayConfig): Finding[] {
  const found: Finding[] = [];
  for (const [index, name] of defaults.entries()) {
    const entry = Object.hasOwn(destinations, name) ? destinations[name] : undefined;
    if (entry === undefined) continue;
    const { audience, who } = descriptorOf(entry.type);
    if (audience !== 'people') continue;
    found.push({
      severity: 'warning',
      code: 'people-firehose',
      path: ['default_destinations', index],
      message: `a ${who} channel gets every event of every table without routes`,
      hint: "name it under alerts, or in a table's routes with a detection",
    });
  }
  if (defaults.length === 0) {
    found.push({
      severity: 'warning',
      code: 'no-default-destination',
      path: ['default_destinations'],
      atKey: true,
      message: 'rows of tables without routes go nowhere',
      hint: 'list a destination under default_destinations',
    });
  }
  return found;
}

/** Threads write to standard output without knowing whether anybody has read it, and in the middle of each other's lines. */
function checkStdout(config: RelayConfig): Finding[] {
  const [name] = stdoutDestinations(config);
  if (name === undefined || config.limits.threads === 1) return [];
  const message = `destinations.${name} writes to standard output, which several threads cannot share`;
  return [{ code: 'conflict', path: ['limits', 'threads'], message, hint: 'leave out limits.threads' }];
}

function checkNetworks({ destinations }: RelayConfig): Finding[] {
  return Object.entries(destinations).flatMap(([name, { allow_networks: networks = [] }]) =>
    networks.flatMap((network, index): Finding[] => {
      if (!network.endsWith('/0')) return [];
      return [
        {
          severity: 'warning',
          code: 'any-network',
          path: ['destinations', name, 'allow_networks', index],
          message: 'this allows every address, those of the host and of its cloud included',
          hint: 'name the network the destination is in',
        },
      ];
    }),
  );
}

/** Without `allow_networks`, a name must lead to a public address: no other one would be called. */
function checkPlainHttp({ destinations }: RelayConfig): Finding[] {
  return Object.entries(destinations).flatMap(([name, entry]): Finding[] => {
    if (descriptorOf(entry.type).needs === 'files') return [];
    const isInternal = (entry.allow_networks ?? []).length > 0;
    const tokens = 'auth' in entry && entry.auth?.type === 'oauth2' ? [entry.auth.token_url] : [];
    const found = [...addressesOf(entry), ...tokens].find((address) => {
      const { protocol, hostname } = new URL(address);
      const isLiteral = /^\[|^[\d.]+$/.test(hostname);
      const isPublic = isLiteral ? addressAllowed(hostname.replace(/^\[|\]$/g, ''), []) : !isInternal;
      return (protocol === 'http:' || protocol === 'tcp:') && isPublic;
    });
    if (found === undefined) return [];
    return [
      {
        severity: 'warning',
        code: 'plain-http',
        path: ['destinations', name],
        message: `events and secrets go to ${new URL(found).hostname} without encryption`,
        hint: `${found.startsWith('tcp:') ? 'encrypt with TLS' : 'write https://'}, or name the network under allow_networks if it is an internal one`,
      },
    ];
  });
}

/** What a type knows of its own settings. */
function checkDestinations({ destinations }: RelayConfig): Finding[] {
  return Object.entries(destinations).flatMap(([name, entry]) =>
    (descriptorOf(entry.type).warnings?.(entry) ?? []).map(
      ({ key, message, hint }): Finding => ({
        severity: 'warning',
        code: 'does-not-work-there',
        path: ['destinations', name, key],
        message,
        hint,
      }),
    ),
  );
}
