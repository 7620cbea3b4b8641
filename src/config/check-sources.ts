/** Checks the storage accounts in relay.yaml against each other. */
import type { Finding } from '../diagnostics/diagnostic.ts';
import { type Path, pathText, valueAt } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';
import type { RelayConfig } from './schema.ts';
import { accountNameOf, namesAccount, sourcesOf, stateOf } from './sources.ts';

const ACCOUNT_KEYS = ['account', 'blob_endpoint', 'connection_string'] as const;

/** Checks `storage`, `sources` and `state` together, on the data of the file before its schema is checked. */
export function checkAccounts(data: Data): readonly Finding[] {
  const has = (key: string) => isMapping(data) && Object.hasOwn(data, key);
  const found: Finding[] = [];
  if (isMapping(data) && !has('storage') && !has('sources')) {
    found.push({
      code: 'missing-key',
      path: [],
      atKey: true,
      message: '"storage" is missing',
      hint: 'storage names the account Defender writes to; sources names several',
    });
  }
  if (has('storage') && has('sources')) {
    found.push({
      code: 'conflict',
      path: ['sources'],
      atKey: true,
      message: 'the file has storage and sources',
      hint: 'write the account under storage as one more of the sources, with "default: true" so that its state stays',
    });
  }
  found.push(...checkAccount(data, ['storage']));
  const sources = valueAt(data, ['sources']);
  if (Array.isArray(sources)) {
    found.push(...sources.flatMap((_, index) => checkAccount(data, ['sources', index])));
    found.push(...checkState(data));
  }
  if (has('state')) {
    for (const key of ['state_container', 'dead_letter_container']) {
      const path = ['storage', key];
      if (valueAt(data, path) === undefined) continue;
      const moved = key === 'state_container' ? 'state.container' : 'state.dead_letter_container';
      const message = `${pathText(path)} does nothing beside state`;
      found.push({ code: 'conflict', path, atKey: true, message, hint: `write it as ${moved}` });
    }
  }
  return found;
}

function checkAccount(data: Data, path: Path): Finding[] {
  const account = valueAt(data, path);
  if (!isMapping(account) || ACCOUNT_KEYS.some((key) => Object.hasOwn(account, key))) return [];
  return [
    {
      code: 'missing-key',
      path,
      atKey: true,
      message: `${pathText(path)} names no account`,
      hint: 'set account, blob_endpoint or connection_string',
    },
  ];
}

/** With several sources, relay.yaml must say which account holds the state. */
function checkState(data: Data): Finding[] {
  if (valueAt(data, ['state']) !== undefined) return checkAccount(data, ['state']);
  return [
    {
      code: 'missing-key',
      path: ['sources'],
      atKey: true,
      message: '"state" is missing: sources need an account for checkpoints and dead letters',
      hint: 'state: { account: ... }; the queue is taken there too, unless queue names another account',
    },
  ];
}

/** Checks the storage accounts of a config that passed its schema. */
export function checkSources(config: RelayConfig): readonly Finding[] {
  return [
    ...checkNames(config),
    ...checkSignIn(config),
    ...checkOverlaps(config),
    ...checkContainers(config),
  ];
}

function checkNames({ sources = [] }: RelayConfig): Finding[] {
  return sources.flatMap(({ name, default: isDefault }, index): Finding[] => {
    const found: Finding[] = [];
    if (sources.findIndex((other) => other.name === name) < index) {
      const path = ['sources', index, 'name'];
      found.push({ code: 'duplicate-source', path, message: `another source is named "${name}"` });
    }
    if (isDefault && sources.findIndex((other) => other.default) < index) {
      const path = ['sources', index, 'default'];
      const message = 'another source is the default: two cannot have the same keys in the state';
      found.push({ code: 'conflict', path, message });
    }
    return found;
  });
}

function checkSignIn({ sources = [] }: RelayConfig): Finding[] {
  return sources.flatMap((source, index): Finding[] => {
    const keys = (['tenant_id', 'client_id', 'client_secret'] as const).filter((key) => source[key]);
    const [first] = keys;
    if (first !== undefined && source.connection_string !== undefined) {
      const path = ['sources', index, first];
      const message = `${pathText(path)} does nothing beside a connection string`;
      return [{ code: 'conflict', path, atKey: true, message, hint: 'keep one of the two' }];
    }
    if (source.client_secret === undefined || (source.client_id && source.tenant_id)) return [];
    const path = ['sources', index, 'client_secret'];
    const message = `${pathText(path)} needs tenant_id and client_id beside it`;
    return [{ code: 'missing-key', path, atKey: true, message }];
  });
}

/** Reports sources that overlap: account and container must identify the source of a blob. */
function checkOverlaps(config: RelayConfig): Finding[] {
  const sources = sourcesOf(config).map((source) => ({ ...source, known: accountNameOf(source) }));
  return sources.flatMap(({ known, containerPrefix }, index): Finding[] => {
    const earlier = sources
      .slice(0, index)
      .find(
        (other) =>
          known !== undefined &&
          other.known === known &&
          (other.containerPrefix.startsWith(containerPrefix) ||
            containerPrefix.startsWith(other.containerPrefix)),
      );
    if (!earlier) return [];
    return [
      {
        code: 'conflict',
        path: ['sources', index],
        message: `${pathText(['sources', index])} reads the account ${known} as "${earlier.name}" does, and the same containers`,
        hint: 'name the account once, or give each a container_prefix of its own',
      },
    ];
  });
}

function checkContainers(config: RelayConfig): Finding[] {
  const state = stateOf(config);
  const keys: readonly (readonly [Path, string])[] =
    config.state !== undefined
      ? [
          [['state', 'container'], state.container],
          [['state', 'dead_letter_container'], state.deadLetterContainer],
        ]
      : [
          [['storage', 'state_container'], state.container],
          [['storage', 'dead_letter_container'], state.deadLetterContainer],
        ];
  const found: Finding[] = [];
  const beside = sourcesOf(config).filter((source) => isSameAccount(config, source));
  for (const [path, container] of keys) {
    if (!beside.some(({ containerPrefix }) => container.startsWith(containerPrefix))) continue;
    const message = `${pathText(path)} begins with container_prefix: the relay would read what it writes itself`;
    found.push({ code: 'conflict', path, message });
  }
  const [, last] = keys;
  if (last && state.container === state.deadLetterContainer) {
    found.push({ code: 'conflict', path: last[0], message: 'state and dead letters need a container each' });
  }
  return found;
}

/** Whether the state is in a source's account, as far as the settings show. */
function isSameAccount(config: RelayConfig, source: ReturnType<typeof sourcesOf>[number]): boolean {
  if (!config.state || !namesAccount(config.state)) return source.setting === 'storage';
  const name = accountNameOf(config.state);
  return name !== undefined && name === accountNameOf(source);
}

function isMapping(data: unknown): data is object {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}
