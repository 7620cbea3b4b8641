/** Log sources of networks, pipes, drivers and scripts, and of what else has a single table. */
import type { LogsourceMapping, TableMapping } from '../types.ts';
import { account, actionType, actor, device, fileHashes, join } from './fields.ts';

/** The process that was acted on. */
const targetProcess: TableMapping['fields'] = {
  ...device,
  SourceImage: 'InitiatingProcessFolderPath',
  SourceProcessId: 'InitiatingProcessId',
  SourceCommandLine: 'InitiatingProcessCommandLine',
  SourceUser: account('InitiatingProcess'),
  SourceParentImage: { columns: ['InitiatingProcessParentFileName'], convert: 'file-name' },
  User: account('InitiatingProcess'),
  // In this table FolderPath is the folder alone.
  TargetImage: join('\\', 'FolderPath', 'FileName'),
  TargetProcessId: 'ProcessId',
  TargetCommandLine: 'ProcessCommandLine',
  TargetUser: account(''),
};

/** Windows' logon types by number. */
const logonTypes = {
  '2': 'Interactive',
  '3': 'Network',
  '4': 'Batch',
  '5': 'Service',
  '7': 'Unlock',
  '8': 'NetworkCleartext',
  '9': 'NewCredentials',
  '10': 'RemoteInteractive',
  '11': 'CachedInteractive',
};

export const misc: readonly LogsourceMapping[] = [
  {
    logsource: { category: 'network_connection' },
    tables: [
      {
        table: 'DeviceNetworkEvents',
        fields: {
          ...actor,
          EventID: actionType({ '3': ['ConnectionSuccess', 'ConnectionFound', 'InboundConnectionAccepted'] }),
          Protocol: 'Protocol',
          SourceIp: 'LocalIP',
          SourcePort: 'LocalPort',
          SourceHostname: 'DeviceName',
          DestinationIp: 'RemoteIP',
          DestinationPort: 'RemotePort',
          DestinationHostname: 'RemoteUrl',
          Initiated: actionType({
            true: [
              'ConnectionSuccess',
              'ConnectionFound',
              'ConnectionRequest',
              'ConnectionAttempt',
              'ConnectionFailed',
            ],
            false: ['InboundConnectionAccepted', 'InboundConnectionAttempt'],
          }),
        },
      },
    ],
  },
  {
    logsource: { category: 'dns_query' },
    tables: [
      {
        table: 'DeviceEvents',
        where: { ActionType: ['DnsQueryResponse'] },
        fields: {
          ...actor,
          QueryName: 'AdditionalFields.DnsQueryString',
          QueryResults: 'AdditionalFields.DnsQueryResult',
        },
      },
      {
        table: 'DeviceNetworkEvents',
        where: { ActionType: ['DnsConnectionInspected'] },
        fields: { ...actor, QueryName: 'AdditionalFields.query', QueryResults: 'AdditionalFields.answers' },
      },
    ],
  },
  {
    logsource: { category: 'create_remote_thread' },
    tables: [
      { table: 'DeviceEvents', where: { ActionType: ['CreateRemoteThreadApiCall'] }, fields: targetProcess },
    ],
  },
  {
    logsource: { category: 'process_access' },
    tables: [
      {
        table: 'DeviceEvents',
        where: { ActionType: ['OpenProcessApiCall'] },
        fields: {
          ...targetProcess,
          GrantedAccess: { columns: ['AdditionalFields.DesiredAccess'], convert: 'hex' },
        },
      },
    ],
  },
  {
    logsource: { category: 'pipe_created' },
    tables: [
      {
        table: 'DeviceEvents',
        where: { ActionType: ['NamedPipeEvent'] },
        fields: {
          ...actor,
          EventType: {
            columns: ['AdditionalFields.FileOperation'],
            values: { createpipe: 'File created', connectpipe: 'File opened' },
            closed: true,
          },
          PipeName: { columns: ['AdditionalFields.PipeName'], prefix: '\\Device\\NamedPipe' },
        },
      },
    ],
  },
  {
    logsource: { category: 'antivirus' },
    tables: [
      {
        table: 'DeviceEvents',
        where: { ActionType: ['AntivirusDetection'] },
        fields: {
          ...actor,
          ...fileHashes,
          Signature: 'AdditionalFields.ThreatName',
          Filename: join('\\', 'FolderPath', 'FileName'),
          TargetFilename: join('\\', 'FolderPath', 'FileName'),
        },
      },
    ],
  },
  {
    logsource: { product: 'windows', service: 'security' },
    tables: [
      {
        table: 'DeviceLogonEvents',
        where: { ActionType: ['LogonSuccess', 'LogonFailed'] },
        fields: {
          ...device,
          EventID: actionType({
            '528': 'LogonSuccess',
            '529': 'LogonFailed',
            '4624': 'LogonSuccess',
            '4625': 'LogonFailed',
          }),
          LogonType: { columns: ['LogonType'], values: logonTypes },
          User: account(''),
          TargetUserName: 'AccountName',
          TargetDomainName: 'AccountDomain',
          TargetUserSid: 'AccountSid',
          SubjectUserName: 'InitiatingProcessAccountName',
          SubjectDomainName: 'InitiatingProcessAccountDomain',
          SubjectUserSid: 'InitiatingProcessAccountSid',
          IpAddress: 'RemoteIP',
          IpPort: 'RemotePort',
          WorkstationName: 'RemoteDeviceName',
          ProcessName: 'InitiatingProcessFolderPath',
          AuthenticationPackageName: 'Protocol',
        },
      },
    ],
  },
];
