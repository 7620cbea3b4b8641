/** What rows about devices name. */
import {
  account,
  CLOUD_RESOURCES,
  type EntityColumns,
  FILE,
  HOST,
  localAccount,
  named,
  type TableEntities,
  withId,
} from '../columns.ts';

const ACTOR = account('InitiatingProcess');
const PROCESS = withId(named('process', 'FileName'), 'SHA256', 'SHA1');
const ACTING_PROCESS = withId(
  named('process', 'InitiatingProcessFileName'),
  'InitiatingProcessSHA256',
  'InitiatingProcessSHA1',
);
const PARENT_PROCESS = named('process', 'InitiatingProcessParentFileName');
const REGISTRY_KEY = named('registry_key', 'RegistryKey');

/** From where somebody is logged on who started the acting process. */
const SESSION: TableEntities = [
  named('host', 'InitiatingProcessRemoteSessionDeviceName'),
  named('address', 'InitiatingProcessRemoteSessionIP'),
];
/** From where somebody is logged on for whom the new process runs. */
const NEW_SESSION: TableEntities = [
  named('host', 'ProcessRemoteSessionDeviceName'),
  named('address', 'ProcessRemoteSessionIP'),
];
const ACTING: TableEntities = [ACTOR, ACTING_PROCESS, PARENT_PROCESS];

const LOGGED_ON: EntityColumns = {
  kind: 'user',
  each: 'LoggedOnUsers',
  name: [{ domain: 'DomainName', account: 'UserName' }],
  id: ['Sid'],
};

export const DEVICE_TABLES: Readonly<Record<string, TableEntities>> = {
  DeviceEvents: [
    HOST,
    named('host', 'RemoteDeviceName'),
    localAccount(),
    // FileName is the file or the process that the event is about; only a process has a command line.
    { ...PROCESS, where: [{ column: 'ProcessCommandLine' }] },
    ...ACTING,
    FILE,
    named('address', 'RemoteIP'),
    named('address', 'FileOriginIP'),
    ...SESSION,
    ...NEW_SESSION,
    named('address', 'LocalIP'),
    named('url', 'RemoteUrl'),
    named('url', 'FileOriginUrl'),
    REGISTRY_KEY,
  ],
  DeviceFileCertificateInfo: [HOST, withId(named('file'), 'SHA1')],
  DeviceFileEvents: [
    HOST,
    ...ACTING,
    localAccount('Request'),
    FILE,
    named('file', { folder: 'PreviousFolderPath', file: 'PreviousFileName' }),
    named('address', 'RequestSourceIP'),
    named('address', 'FileOriginIP'),
    ...SESSION,
    named('url', 'FileOriginUrl'),
    named('url', 'FileOriginReferrerUrl'),
  ],
  DeviceImageLoadEvents: [HOST, ...ACTING, FILE, ...SESSION],
  DeviceInfo: [HOST, LOGGED_ON, named('address', 'PublicIP'), ...CLOUD_RESOURCES],
  DeviceLogonEvents: [
    HOST,
    named('host', 'RemoteDeviceName'),
    localAccount(),
    ...ACTING,
    named('address', 'RemoteIP'),
    ...SESSION,
  ],
  DeviceNetworkEvents: [
    HOST,
    ...ACTING,
    named('address', 'RemoteIP'),
    ...SESSION,
    named('address', 'LocalIP'),
    named('url', 'RemoteUrl'),
  ],
  DeviceNetworkInfo: [HOST, { kind: 'address', each: 'IPAddresses', name: ['IPAddress'] }],
  DeviceProcessEvents: [HOST, account(), PROCESS, ...ACTING, FILE, ...SESSION, ...NEW_SESSION],
  DeviceRegistryEvents: [
    HOST,
    ...ACTING,
    ...SESSION,
    REGISTRY_KEY,
    // Of a deleted key Defender fills only the columns of what was.
    named('registry_key', 'PreviousRegistryKey'),
  ],
  DisruptionAndResponseEvents: [
    HOST,
    withId(named('host', 'SourceDeviceName'), 'SourceDeviceId'),
    withId(named('host', 'TargetDeviceName'), 'TargetDeviceId'),
    withId(named('user', { domain: 'SourceUserDomainName', account: 'SourceUserName' }), 'SourceUserSid'),
    named('process', 'InitiatingProcessFileName'),
    named('file', 'FileName'),
    named('address', 'SourceIPAddress'),
    named('address', 'IPAddress'),
  ],
};
