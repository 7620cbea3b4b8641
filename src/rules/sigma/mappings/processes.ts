/** Maps the log sources of processes. */
import type { LogsourceMapping } from '../types.ts';
import { account, actionType, device, fileHashes, hex, integrityLevel, withAggregated } from './fields.ts';

const created = withAggregated('ProcessCreated');

export const processes: readonly LogsourceMapping[] = [
  {
    logsource: { category: 'process_creation' },
    tables: [
      {
        table: 'DeviceProcessEvents',
        // The table also holds opened handles (`OpenProcess`, in Microsoft's reference).
        whereGiven: { ActionType: created },
        fields: {
          ...device,
          ...fileHashes,
          EventID: actionType({ '1': created, '4688': created }),
          // For a process, FolderPath is the whole path, file name included.
          Image: 'FolderPath',
          NewProcessName: 'FolderPath',
          ProcessName: 'FolderPath',
          CommandLine: 'ProcessCommandLine',
          // Rows of Linux and macOS have it (public hunting queries for both read it there); rows of Windows do not.
          CurrentDirectory: {
            columns: ['AdditionalFields.ProcessCurrentWorkingDirectory'],
            products: ['linux', 'macos'],
          },
          OriginalFileName: 'ProcessVersionInfoOriginalFileName',
          Description: 'ProcessVersionInfoFileDescription',
          Product: 'ProcessVersionInfoProductName',
          Company: 'ProcessVersionInfoCompanyName',
          FileVersion: 'ProcessVersionInfoProductVersion',
          User: account(''),
          LogonId: hex('LogonId'),
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
