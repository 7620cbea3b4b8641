/** Log sources of the registry. */
import type { FieldMapping, LogsourceMapping, TableMapping } from '../types.ts';
import { actionType, actor, join, processHashes } from './fields.ts';

/** Sysmon abbreviates the hives; Defender spells them out, and names control sets by number. */
const replace: NonNullable<FieldMapping['replace']> = {
  hklm: ['HKEY_LOCAL_MACHINE'],
  hku: ['HKEY_USERS', 'HKEY_CURRENT_USER'],
  hkcu: ['HKEY_CURRENT_USER'],
  hkcr: ['HKEY_CLASSES_ROOT', 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes'],
  currentcontrolset: ['CurrentControlSet', 'ControlSet001'],
};

/** A key and, where one is set, its value's name: Sysmon writes both as one path. */
const target: FieldMapping = { ...join('\\', 'RegistryKey', 'RegistryValueName'), replace };
const previous: FieldMapping = { ...join('\\', 'PreviousRegistryKey', 'PreviousRegistryValueName'), replace };

const fields: TableMapping['fields'] = {
  ...actor,
  ...processHashes,
  TargetObject: target,
  ObjectName: target,
  Details: { columns: ['RegistryValueData'], convert: 'registry-data', values: { '(empty)': '' } },
  NewValue: 'RegistryValueData',
  EventType: actionType({
    createkey: 'RegistryKeyCreated',
    deletekey: ['RegistryKeyDeleted', 'RegistryValueDeleted'],
    deletevalue: 'RegistryValueDeleted',
    setvalue: 'RegistryValueSet',
    renamekey: ['RegistryKeyRenamed', 'RegistryKeyCreated', 'RegistryValueSet'],
  }),
  EventID: actionType({
    '12': ['RegistryKeyCreated', 'RegistryKeyDeleted', 'RegistryValueDeleted'],
    '13': 'RegistryValueSet',
    '14': 'RegistryKeyRenamed',
    '4657': 'RegistryValueSet',
  }),
};

function registrySource(
  category: string,
  actions: readonly string[],
  own: TableMapping['fields'] = {},
): LogsourceMapping {
  const where = actions.length === 0 ? {} : { where: { ActionType: actions } };
  return {
    logsource: { category },
    tables: [{ table: 'DeviceRegistryEvents', ...where, fields: { ...fields, ...own } }],
  };
}

export const registry: readonly LogsourceMapping[] = [
  registrySource('registry_event', []),
  registrySource('registry_add', ['RegistryKeyCreated']),
  registrySource('registry_set', ['RegistryValueSet']),
  registrySource('registry_delete', ['RegistryKeyDeleted', 'RegistryValueDeleted']),
  registrySource('registry_rename', ['RegistryKeyRenamed'], { TargetObject: previous, NewName: target }),
];
