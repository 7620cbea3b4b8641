/** Maps Windows' event logs, as far as DeviceEvents has their events under its own ActionTypes. */
import { eventOfKey } from '../rendering/event-of-key.ts';
import { REGISTRY_PATH_COLUMNS, registryTarget } from '../rendering/registry-path.ts';
import type { LogsourceMapping, TableMapping } from '../types.ts';
import { account, actionType, actor, approximately, device, fileHashes, hex, join } from './fields.ts';

/**
 * The Windows event that an ActionType stands for comes from Microsoft's reference of the table in the portal and from a public table
 * of ActionTypes, ETW providers and event ids ("mapping of the majority of the ActionTypes from MDE to the corresponding ETW
 * Providers"). The columns of their rows come from hunting queries; a mapping that no public row confirms is `unproven`.
 */
const QUERIES_ONLY = 'public hunting queries name the columns, but no public row has been seen';
const DOCUMENTED_ONLY = 'the ActionType is documented, but no public row has been seen';

/** The acting account: `Subject` in Windows' events. */
const subject: TableMapping['fields'] = {
  ...device,
  SubjectUserName: 'InitiatingProcessAccountName',
  SubjectDomainName: 'InitiatingProcessAccountDomain',
  SubjectUserSid: 'InitiatingProcessAccountSid',
  SubjectLogonId: hex('InitiatingProcessLogonId'),
};

const SERVICE_PATH = "Defender has the path of the service's program and its command line, if any";

/**
 * Queries: `AdditionalFields.ServiceName`, `.ServiceAccount`, `.ServiceType`, `.ServiceStartType`, and FolderPath and FileName of the
 * program (KQL collections on GitHub: "AdminAccounts ServiceCreation", a hunt for `\\VFS\\AppData\\`; ServiceName also in
 * ExabeamLabs/Content-Library-CIM2, parser of ServiceInstalled). A description of live rows adds ProcessCommandLine. Defender takes the
 * event from the security log (4697), which is seldom audited.
 */
const serviceInstalled: TableMapping = {
  table: 'DeviceEvents',
  where: { ActionType: ['ServiceInstalled'] },
  unproven: QUERIES_ONLY,
  fields: {
    ...subject,
    EventID: actionType({ '4697': 'ServiceInstalled', '7045': 'ServiceInstalled' }),
    Provider_Name: actionType({
      'Service Control Manager': 'ServiceInstalled',
      'Microsoft-Windows-Security-Auditing': 'ServiceInstalled',
    }),
    ServiceName: 'AdditionalFields.ServiceName',
    ServiceFileName: { columns: ['ProcessCommandLine', 'FolderPath'], approximate: SERVICE_PATH },
    ImagePath: { columns: ['ProcessCommandLine', 'FolderPath'], approximate: SERVICE_PATH },
    AccountName: 'AdditionalFields.ServiceAccount',
    ServiceAccount: 'AdditionalFields.ServiceAccount',
    ServiceType: 'AdditionalFields.ServiceType',
    ServiceStartType: 'AdditionalFields.ServiceStartType',
    StartType: 'AdditionalFields.ServiceStartType',
  },
};

const taskContent = approximately(
  'AdditionalFields.TaskContent',
  'Defender may have the task as JSON instead of XML',
);

/** Queries: `AdditionalFields.TaskName`, `.TaskContent` (with `$.Actions`), `.SubjectUserName`; TaskName also in Exabeam's parser. */
const scheduledTasks: TableMapping = {
  table: 'DeviceEvents',
  where: {
    ActionType: [
      'ScheduledTaskCreated',
      'ScheduledTaskDeleted',
      'ScheduledTaskEnabled',
      'ScheduledTaskDisabled',
      'ScheduledTaskUpdated',
    ],
  },
  unproven: QUERIES_ONLY,
  fields: {
    ...subject,
    EventID: actionType({
      '4698': 'ScheduledTaskCreated',
      '4699': 'ScheduledTaskDeleted',
      '4700': 'ScheduledTaskEnabled',
      '4701': 'ScheduledTaskDisabled',
      '4702': 'ScheduledTaskUpdated',
    }),
    SubjectUserName: ['AdditionalFields.SubjectUserName', 'InitiatingProcessAccountName'],
    TaskName: 'AdditionalFields.TaskName',
    TaskContent: taskContent,
    TaskContentNew: taskContent,
  },
};

/** Queries: AccountName and AccountSid of UserAccountCreated, joined with AccountSid of the group's new member. */
const accounts: TableMapping = {
  table: 'DeviceEvents',
  where: { ActionType: ['UserAccountCreated', 'UserAccountDeleted', 'UserAccountModified'] },
  unproven: QUERIES_ONLY,
  fields: {
    ...subject,
    EventID: actionType({
      '4720': 'UserAccountCreated',
      '4726': 'UserAccountDeleted',
      '4738': 'UserAccountModified',
    }),
    TargetUserName: 'AccountName',
    TargetDomainName: 'AccountDomain',
    TargetSid: 'AccountSid',
    SamAccountName: 'AccountName',
    User: account(''),
  },
};

/**
 * Queries: `AdditionalFields.GroupName`, `.GroupDomainName` and `.GroupSid`, AccountSid of the member; older ones: the group in AccountName,
 * AccountDomain and AccountSid, and `AdditionalFields.MemberSid` (ExabeamLabs/Content-Library-CIM2, member-added).
 */
const localGroups: TableMapping = {
  table: 'DeviceEvents',
  where: {
    ActionType: [
      'UserAccountAddedToLocalGroup',
      'UserAccountRemovedFromLocalGroup',
      'SecurityGroupCreated',
      'SecurityGroupDeleted',
    ],
  },
  unproven: QUERIES_ONLY,
  fields: {
    ...subject,
    EventID: actionType({
      '4731': 'SecurityGroupCreated',
      '4732': 'UserAccountAddedToLocalGroup',
      '4733': 'UserAccountRemovedFromLocalGroup',
      '4734': 'SecurityGroupDeleted',
    }),
    TargetUserName: ['AdditionalFields.GroupName', 'AccountName'],
    TargetDomainName: ['AdditionalFields.GroupDomainName', 'AccountDomain'],
    TargetSid: ['AdditionalFields.GroupSid', 'AccountSid'],
    MemberSid: ['AdditionalFields.MemberSid', 'AccountSid'],
  },
};

/** Events whose fields no rule needs. */
const otherAudits: TableMapping = {
  table: 'DeviceEvents',
  where: {
    ActionType: [
      'SecurityLogCleared',
      'AccountCheckedForBlankPassword',
      'FirewallServiceStopped',
      'FirewallInboundConnectionToAppBlocked',
    ],
  },
  unproven: DOCUMENTED_ONLY,
  fields: {
    ...subject,
    EventID: actionType({
      '517': 'SecurityLogCleared',
      '1102': 'SecurityLogCleared',
      '4797': 'AccountCheckedForBlankPassword',
      '5025': 'FirewallServiceStopped',
      '5031': 'FirewallInboundConnectionToAppBlocked',
    }),
    Provider_Name: actionType({
      'Microsoft-Windows-Eventlog': 'SecurityLogCleared',
      'Microsoft-Windows-Security-Auditing': [
        'AccountCheckedForBlankPassword',
        'FirewallServiceStopped',
        'FirewallInboundConnectionToAppBlocked',
      ],
    }),
  },
};

const SENSITIVE_ONLY = 'Defender reports reads of files only, and only of those that it takes for sensitive';

/** A path that is one field in Windows' event and two columns in Defender. */
const fileRead = { ...join('\\', 'FolderPath', 'FileName'), approximate: SENSITIVE_ONLY };

/**
 * Event 4663, "an attempt was made to access an object", for a file that is read; the access mask is then 0x1, "ReadData". The event
 * has the path in ObjectName; SigmaHQ's rule on browsers' files also uses FileName. Queries: FileName `Login Data` beside a folder in
 * FolderPath (a public hunt for reads of browsers' credentials).
 */
const sensitiveReads: TableMapping = {
  table: 'DeviceEvents',
  where: { ActionType: ['SensitiveFileRead'] },
  unproven: QUERIES_ONLY,
  fields: {
    ...subject,
    EventID: actionType({ '4663': 'SensitiveFileRead' }),
    ObjectType: actionType({ File: 'SensitiveFileRead' }),
    AccessMask: actionType({ '0x1': 'SensitiveFileRead' }),
    ObjectName: fileRead,
    FileName: fileRead,
    ProcessName: 'InitiatingProcessFolderPath',
    ProcessId: hex('InitiatingProcessId'),
  },
};

/** Seen: a row with `ClassName`, `ClassId`, `DeviceId`, `DeviceDescription`, `VendorIds` (SEKOIA-IO/intake-formats, test_device_events_pnp_device_connected.json). */
const plugAndPlay: TableMapping = {
  table: 'DeviceEvents',
  where: { ActionType: ['PnpDeviceConnected'] },
  fields: {
    ...subject,
    EventID: actionType({ '6416': 'PnpDeviceConnected' }),
    ClassName: 'AdditionalFields.ClassName',
    ClassId: 'AdditionalFields.ClassId',
    DeviceId: 'AdditionalFields.DeviceId',
    DeviceDescription: 'AdditionalFields.DeviceDescription',
    VendorIds: 'AdditionalFields.VendorIds',
  },
};

/** The events of Windows' security log that DeviceEvents has. */
export const securityAudit: readonly TableMapping[] = [
  serviceInstalled,
  scheduledTasks,
  accounts,
  localGroups,
  otherAudits,
  sensitiveReads,
  plugAndPlay,
];

const CONFIGURATION =
  'Defender has the change of the registry: its key and name are compared, and not the data beside them';

/** Event 5007, "the antimalware platform configuration changed", has the registry's path and data: `HKLM\\...\\Exclusions\\Paths\\C:\\x = 0x0`. */
const defenderConfiguration: TableMapping = {
  table: 'DeviceRegistryEvents',
  where: { ActionType: ['RegistryValueSet', 'RegistryValueDeleted', 'RegistryKeyDeleted'] },
  fields: {
    ...actor,
    EventID: {
      columns: ['RegistryKey', 'PreviousRegistryKey'],
      render: eventOfKey('5007', '\\Microsoft\\Windows Defender'),
    },
    NewValue: { columns: REGISTRY_PATH_COLUMNS, render: registryTarget, approximate: CONFIGURATION },
    OldValue: { columns: REGISTRY_PATH_COLUMNS, render: registryTarget, approximate: CONFIGURATION },
  },
};

/** A row of AntivirusDetection with `ThreatName` and `WasRemediated`: SEKOIA-IO/intake-formats, test_device_events_was_remediated.json. */
const antivirus: TableMapping = {
  table: 'DeviceEvents',
  where: { ActionType: ['AntivirusDetection', 'AntivirusMalwareBlocked'] },
  fields: {
    ...actor,
    ...fileHashes,
    EventID: actionType({
      '1006': 'AntivirusDetection',
      '1015': 'AntivirusDetection',
      '1116': 'AntivirusDetection',
      '1117': ['AntivirusDetection', 'AntivirusMalwareBlocked'],
    }),
    ThreatName: 'AdditionalFields.ThreatName',
    Threat_Name: 'AdditionalFields.ThreatName',
    Path: join('\\', 'FolderPath', 'FileName'),
  },
};

/** The ActionTypes of blocks by attack surface reduction (event 1121), one per ASR rule, from Microsoft's reference of the table. */
const BLOCKED = [
  'AsrLsassCredentialTheftBlocked',
  'AsrPsexecWmiChildProcessBlocked',
  'AsrOfficeChildProcessBlocked',
  'AsrOfficeCommAppChildProcessBlocked',
  'AsrOfficeMacroWin32ApiCallsBlocked',
  'AsrOfficeProcessInjectionBlocked',
  'AsrExecutableOfficeContentBlocked',
  'AsrExecutableEmailContentBlocked',
  'AsrAdobeReaderChildProcessBlocked',
  'AsrObfuscatedScriptBlocked',
  'AsrPersistenceThroughWmiBlocked',
  'AsrRansomwareBlocked',
  'AsrScriptExecutableDownloadBlocked',
  'AsrUntrustedExecutableBlocked',
  'AsrUntrustedUsbProcessBlocked',
  'AsrVulnerableSignedDriverBlocked',
];

const surfaceReduction: TableMapping = {
  table: 'DeviceEvents',
  where: { ActionType: BLOCKED },
  unproven: DOCUMENTED_ONLY,
  fields: {
    ...actor,
    EventID: actionType({ '1121': BLOCKED }),
    Path: join('\\', 'FolderPath', 'FileName'),
  },
};

/**
 * Sysmon's 19 to 21 and event 5861 of WMI-Activity, the binding of a filter to a consumer. Queries: `AdditionalFields.Consumer`, `.ESS`,
 * `.Namespace` and `.PossibleCause`, the latter with the consumer's text (JouniMi/Threathunt.blog, impacket_part2; Azure-Sentinel #10400).
 */
const wmiBinding: TableMapping = {
  table: 'DeviceEvents',
  where: { ActionType: ['WmiBindEventFilterToConsumer'] },
  unproven: QUERIES_ONLY,
  fields: {
    ...actor,
    EventID: actionType({
      '19': 'WmiBindEventFilterToConsumer',
      '20': 'WmiBindEventFilterToConsumer',
      '21': 'WmiBindEventFilterToConsumer',
      '5861': 'WmiBindEventFilterToConsumer',
    }),
    Consumer: 'AdditionalFields.Consumer',
    Destination: approximately(
      'AdditionalFields.PossibleCause',
      "Defender has the consumer's definition as one text",
    ),
    PossibleCause: 'AdditionalFields.PossibleCause',
  },
};

/** Maps blocks by AppLocker and others. Sources: Microsoft's reference of the table; for AppLocker's ids, the public table of ActionTypes and event ids. */
function blockedBy(events: Readonly<Record<string, string>>): TableMapping {
  return {
    table: 'DeviceEvents',
    where: { ActionType: [...new Set(Object.values(events))] },
    unproven: DOCUMENTED_ONLY,
    fields: {
      ...actor,
      ...fileHashes,
      EventID: actionType(events),
      FilePath: join('\\', 'FolderPath', 'FileName'),
    },
  };
}

const codeIntegrity = blockedBy({
  '3023': 'AppControlCodeIntegrityDriverRevoked',
  '3036': 'AppControlCodeIntegrityImageRevoked',
  '3076': 'AppControlCodeIntegrityPolicyAudited',
  '3077': 'AppControlCodeIntegrityPolicyBlocked',
});

const appLocker = blockedBy({
  '8003': 'AppControlExecutableAudited',
  '8004': 'AppControlExecutableBlocked',
  '8006': 'AppControlScriptAudited',
  '8007': 'AppControlScriptBlocked',
  '8021': 'AppControlPackagedAppAudited',
  '8022': 'AppControlPackagedAppBlocked',
  '8024': 'AppControlAppInstallationAudited',
  '8025': 'AppControlAppInstallationBlocked',
});

function windows(service: string, ...tables: readonly TableMapping[]): LogsourceMapping {
  return { logsource: { product: 'windows', service }, tables };
}

export const windowsLogs: readonly LogsourceMapping[] = [
  windows('system', serviceInstalled),
  windows('windefend', antivirus, defenderConfiguration, surfaceReduction),
  windows('wmi', wmiBinding),
  windows('codeintegrity-operational', codeIntegrity),
  windows('applocker', appLocker),
  { logsource: { product: 'windows', category: 'wmi_event' }, tables: [wmiBinding] },
];
