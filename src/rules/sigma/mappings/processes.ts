/** Log sources of processes. */
import type { LogsourceMapping } from '../types.ts';
import { account, actionType, device, fileHashes, integrityLevel, logonId } from './fields.ts';

export const processes: readonly LogsourceMapping[] = [
  {
    logsource: { category: 'process_creation' },
    tables: [
      {
        table: 'DeviceProcessEvents',
        fields: {
          ...device,
          ...fileHashes,
          EventID: actionType({ '1': 'ProcessCreated', '4688': 'ProcessCreated' }),
          // Of a process, FolderPath is the whole path, file name included.
          Image: 'FolderPath',
          NewProcessName: 'FolderPath',
          ProcessName: 'FolderPath',
          CommandLine: 'ProcessCommandLine',
          OriginalFileName: 'ProcessVersionInfoOriginalFileName',
          Description: 'ProcessVersionInfoFileDescription',
          Product: 'ProcessVersionInfoProductName',
          Company: 'ProcessVersionInfoCompanyName',
          FileVersion: 'ProcessVersionInfoProductVersion',
          User: account(''),
          LogonId: logonId('LogonId'),
          TerminalSessionId: 'CreatedProcessSessionId',
          IntegrityLevel: integrityLevel('ProcessIntegrityLevel'),
          ParentImage: 'InitiatingProcessFolderPath',
          ParentProcessName: 'InitiatingProcessFolderPath',
          ParentProcessId: 'InitiatingProcessId',
          ParentCommandLine: 'InitiatingProcessCommandLine',
          ParentUser: account('InitiatingProcess'),
          ParentIntegrityLevel: integrityLevel('InitiatingProcessIntegrityLevel'),
          ParentProduct: 'InitiatingProcessVersionInfoProductName',
          ParentDescription: 'InitiatingProcessVersionInfoFileDescription',
          ParentCompany: 'InitiatingProcessVersionInfoCompanyName',
          ParentOriginalFileName: 'InitiatingProcessVersionInfoOriginalFileName',
          GrandParentImage: { columns: ['InitiatingProcessParentFileName'], convert: 'file-name' },
        },
      },
    ],
  },
];
