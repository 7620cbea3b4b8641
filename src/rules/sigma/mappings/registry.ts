/** Maps the log sources of the registry. */
import { REGISTRY_DATA_COLUMNS, registryData } from '../rendering/registry-data.ts';
import {
  REGISTRY_PATH_COLUMNS,
  registryNewName,
  registryObject,
  registryTarget,
} from '../rendering/registry-path.ts';
import type { FieldMapping, LogsourceMapping, TableMapping } from '../types.ts';
import { actionType, actor, device, hex, processHashes } from './fields.ts';

/** Maps Sysmon's TargetObject, one path of the key and, if the event is about a value, the value's name. */
const target: FieldMapping = { columns: REGISTRY_PATH_COLUMNS, render: registryTarget };

const fields: TableMapping['fields'] = {
  ...actor,
  ...processHashes,
  TargetObject: target,
  ObjectName: target,
  Details: { columns: REGISTRY_DATA_COLUMNS, render: registryData },
  NewName: {
    columns: REGISTRY_PATH_COLUMNS,
    render: registryNewName,
    approximate:
      'Defender seldom reports renames: the name of a key that was created or written to is compared as well',
  },
  NewValue: 'RegistryValueData',
  EventType: actionType({
    CreateKey: 'RegistryKeyCreated',
    DeleteKey: ['RegistryKeyDeleted', 'RegistryValueDeleted'],
    DeleteValue: 'RegistryValueDeleted',
    SetValue: 'RegistryValueSet',
    RenameKey: ['RegistryKeyRenamed', 'RegistryKeyCreated', 'RegistryValueSet'],
  }),
  EventID: actionType({
    '12': ['RegistryKeyCreated', 'RegistryKeyDeleted', 'RegistryValueDeleted'],
    '13': 'RegistryValueSet',
    '14': 'RegistryKeyRenamed',
  }),
};

function registrySource(category: string, actions: readonly string[]): LogsourceMapping {
  const where = actions.length === 0 ? {} : { where: { ActionType: actions } };
  return {
    logsource: { category },
    tables: [{ table: 'DeviceRegistryEvents', ...where, fields }],
  };
}

export const registry: readonly LogsourceMapping[] = [
  registrySource('registry_event', []),
  registrySource('registry_add', ['RegistryKeyCreated']),
  registrySource('registry_set', ['RegistryValueSet']),
  registrySource('registry_delete', ['RegistryKeyDeleted', 'RegistryValueDeleted']),
  registrySource('registry_rename', ['RegistryKeyRenamed']),
];

/** Maps event 4657 of Windows' security log, "a registry value was modified", which has the key and the value's name in two fields. */
export const registryAudit: TableMapping = {
  table: 'DeviceRegistryEvents',
  where: { ActionType: ['RegistryValueSet', 'RegistryValueDeleted'] },
  fields: {
    ...device,
    EventID: actionType({ '4657': ['RegistryValueSet', 'RegistryValueDeleted'] }),
    ObjectName: { columns: REGISTRY_PATH_COLUMNS, render: registryObject },
    ObjectValueName: ['RegistryValueName', 'PreviousRegistryValueName'],
    NewValue: 'RegistryValueData',
    OldValue: 'PreviousRegistryValueData',
    ProcessName: 'InitiatingProcessFolderPath',
    ProcessId: hex('InitiatingProcessId'),
    SubjectUserName: 'InitiatingProcessAccountName',
    SubjectDomainName: 'InitiatingProcessAccountDomain',
    SubjectUserSid: 'InitiatingProcessAccountSid',
  },
};
