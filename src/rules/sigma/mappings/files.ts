/** Log sources of files and images. */
import type { LogsourceMapping, TableMapping } from '../types.ts';
import { actionType, actor, approximately, fileHashes, integrityLevel, join } from './fields.ts';

const fields: TableMapping['fields'] = {
  ...actor,
  ...fileHashes,
  IntegrityLevel: integrityLevel('InitiatingProcessIntegrityLevel'),
  TargetFilename: 'FolderPath',
  ObjectName: 'FolderPath',
  SourceFilename: join('\\', 'PreviousFolderPath', 'PreviousFileName'),
  EventID: actionType({ '2': 'FileModified', '11': 'FileCreated', '23': 'FileDeleted', '26': 'FileDeleted' }),
};

function fileSource(category: string, ...actions: string[]): LogsourceMapping {
  return {
    logsource: { category },
    tables: [{ table: 'DeviceFileEvents', where: { ActionType: actions }, fields }],
  };
}

const LOADED = 'Defender has it of the process that loads the file, not of the file';

export const files: readonly LogsourceMapping[] = [
  fileSource('file_event', 'FileCreated'),
  fileSource('file_executable_detected', 'FileCreated'),
  fileSource('file_rename', 'FileRenamed'),
  fileSource('file_delete', 'FileDeleted'),
  fileSource('file_change', 'FileModified'),
  {
    logsource: { category: 'file_access' },
    tables: [
      // The event's FileName is a path there.
      { table: 'DeviceFileEvents', fields: { ...fields, FileName: 'FolderPath' } },
      {
        table: 'DeviceEvents',
        where: { ActionType: ['SensitiveFileRead'] },
        fields: {
          ...actor,
          ...fileHashes,
          FileName: join('\\', 'FolderPath', 'FileName'),
          TargetFilename: join('\\', 'FolderPath', 'FileName'),
        },
      },
    ],
  },
  {
    logsource: { category: 'image_load' },
    tables: [
      {
        table: 'DeviceImageLoadEvents',
        fields: {
          ...actor,
          ...fileHashes,
          ImageLoaded: 'FolderPath',
          Company: approximately('InitiatingProcessVersionInfoCompanyName', LOADED),
          Description: approximately('InitiatingProcessVersionInfoFileDescription', LOADED),
          OriginalFileName: approximately('InitiatingProcessVersionInfoOriginalFileName', LOADED),
          Product: approximately('InitiatingProcessVersionInfoProductName', LOADED),
          FileVersion: approximately('InitiatingProcessVersionInfoProductVersion', LOADED),
        },
      },
    ],
  },
  {
    logsource: { category: 'driver_load' },
    tables: [
      {
        table: 'DeviceEvents',
        where: { ActionType: ['DriverLoad'] },
        // In this table FolderPath is the folder alone.
        fields: { ...actor, ...fileHashes, ImageLoaded: join('\\', 'FolderPath', 'FileName') },
      },
    ],
  },
];
