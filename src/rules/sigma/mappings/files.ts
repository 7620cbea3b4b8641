/** Maps the log sources of files and images. */
import type { LogsourceMapping, TableMapping } from '../types.ts';
import { actionType, actor, fileHashes, integrityLevel, join, missing, withAggregated } from './fields.ts';

const fields: TableMapping['fields'] = {
  ...actor,
  ...fileHashes,
  IntegrityLevel: integrityLevel('InitiatingProcessIntegrityLevel'),
  TargetFilename: 'FolderPath',
  ObjectName: 'FolderPath',
  SourceFilename: join('\\', 'PreviousFolderPath', 'PreviousFileName'),
  EventID: actionType({
    '2': withAggregated('FileModified'),
    '11': withAggregated('FileCreated', 'FileModified'),
    '23': 'FileDeleted',
    '26': 'FileDeleted',
  }),
};

function fileSource(category: string, ...actions: string[]): LogsourceMapping {
  return {
    logsource: { category },
    tables: [{ table: 'DeviceFileEvents', where: { ActionType: actions }, fields }],
  };
}

const OF_LOADER = missing('Defender has it of the process that loads the file, not of the file');

/** Fields that Sysmon has for the loaded file and Defender only for the loading process. */
const ofLoaded: TableMapping['fields'] = {
  Company: OF_LOADER,
  Description: OF_LOADER,
  OriginalFileName: OF_LOADER,
  Product: OF_LOADER,
  FileVersion: OF_LOADER,
};

export const files: readonly LogsourceMapping[] = [
  // Sysmon's events 11 and 29 report files that are created or overwritten (its documentation, "FileCreate").
  fileSource('file_event', ...withAggregated('FileCreated', 'FileModified')),
  fileSource('file_executable_detected', ...withAggregated('FileCreated', 'FileModified')),
  fileSource('file_rename', ...withAggregated('FileRenamed')),
  fileSource('file_delete', 'FileDeleted'),
  fileSource('file_change', ...withAggregated('FileModified')),
  {
    logsource: { category: 'file_access' },
    tables: [
      // A process that creates or writes a file has opened it. FileName is a path in this event.
      {
        table: 'DeviceFileEvents',
        where: { ActionType: withAggregated('FileCreated', 'FileModified') },
        fields: { ...fields, FileName: 'FolderPath' },
      },
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
          ...ofLoaded,
          ImageLoaded: 'FolderPath',
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
        // In this table FolderPath is the folder without the file name.
        fields: { ...actor, ...fileHashes, ...ofLoaded, ImageLoaded: join('\\', 'FolderPath', 'FileName') },
      },
    ],
  },
];
