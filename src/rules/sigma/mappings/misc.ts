/** Maps the log sources of networks, pipes, drivers and scripts, and others that have a single table. */
import type { LogsourceMapping, TableMapping } from '../types.ts';
import {
  account,
  actionType,
  actor,
  dash,
  dashAddress,
  device,
  fileHashes,
  hex,
  join,
  withAggregated,
} from './fields.ts';
import { registryAudit } from './registry.ts';
import { securityAudit } from './windows-logs.ts';

/** The fields of the process that was acted on. */
const targetProcess: TableMapping['fields'] = {
  ...device,
  SourceImage: 'InitiatingProcessFolderPath',
  SourceProcessId: 'InitiatingProcessId',
  SourceCommandLine: 'InitiatingProcessCommandLine',
  SourceUser: account('InitiatingProcess'),
  SourceParentImage: { columns: ['InitiatingProcessParentFileName'], convert: 'file-name' },
  User: account('InitiatingProcess'),
  // In this table FolderPath is the folder without the file name.
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

/**
 * The ActionTypes of connections that Sysmon's event 3 reports: made or accepted. Not among them are failed connections, listening
 * sockets, inspected content (`...Inspected`), and traffic of other devices that the sensor saw: `ConnectionAttempt` is a SYN,
 * `ConnectionAcknowledged` the answer to one (Microsoft's page on device discovery).
 */
const outbound = [...withAggregated('ConnectionSuccess'), 'ConnectionFound', 'ConnectionRequest'];
const inbound = ['InboundConnectionAccepted'];

const logonSuccess = withAggregated('LogonSuccess');
const logonFailed = withAggregated('LogonFailed');

export const misc: readonly LogsourceMapping[] = [
  {
    logsource: { category: 'network_connection' },
    tables: [
      {
        table: 'DeviceNetworkEvents',
        where: { ActionType: [...outbound, ...inbound] },
        fields: {
          ...actor,
          EventID: actionType({ '3': [...outbound, ...inbound] }),
          // Most rows hold `Tcp`, `Udp` or `Icmp`, some `TcpV4` (public notes on live rows); Sysmon has `tcp` and `udp`.
          Protocol: { columns: ['Protocol'], values: { tcp: ['TcpV4', 'TcpV6'], udp: ['UdpV4', 'UdpV6'] } },
          SourceIp: 'LocalIP',
          SourcePort: 'LocalPort',
          SourceHostname: 'DeviceName',
          DestinationIp: 'RemoteIP',
          DestinationPort: 'RemotePort',
          DestinationHostname: 'RemoteUrl',
          Initiated: actionType({ true: outbound, false: inbound }),
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
          GrantedAccess: hex('AdditionalFields.DesiredAccess'),
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
            values: { CreatePipe: 'File created', ConnectPipe: 'File opened' },
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
        where: { ActionType: [...logonSuccess, ...logonFailed] },
        fields: {
          ...device,
          EventID: actionType({
            '528': logonSuccess,
            '529': logonFailed,
            '4624': logonSuccess,
            '4625': logonFailed,
          }),
          LogonType: { columns: ['LogonType'], values: logonTypes },
          User: account(''),
          TargetUserName: 'AccountName',
          TargetDomainName: 'AccountDomain',
          TargetUserSid: 'AccountSid',
          SubjectUserName: dash('InitiatingProcessAccountName'),
          SubjectDomainName: dash('InitiatingProcessAccountDomain'),
          SubjectUserSid: 'InitiatingProcessAccountSid',
          IpAddress: dashAddress('RemoteIP'),
          IpPort: dash('RemotePort'),
          WorkstationName: dash('RemoteDeviceName'),
          ProcessName: dash('InitiatingProcessFolderPath'),
          AuthenticationPackageName: 'Protocol',
          TargetLogonId: hex('LogonId'),
        },
      },
      registryAudit,
      ...securityAudit,
    ],
  },
];
