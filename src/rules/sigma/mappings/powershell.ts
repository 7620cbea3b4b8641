/** Maps the log sources of PowerShell. */
import type { FieldMapping, LogsourceMapping, TableMapping } from '../types.ts';
import { actor } from './fields.ts';

/**
 * Seen: a row of `PowerShellCommand` whose AdditionalFields are `{"Command":"nslookup.exe user01... 1.2.3.4"}`, and one of
 * `ScriptContent` with `{"ScriptContent":"..."}` (SEKOIA-IO/intake-formats, Microsoft/microsoft-365-defender/tests/
 * test_device_events_powershell_command.json and test_devices_events_script_content.json; the latter is of a Linux server).
 */
const COMMAND = 'AdditionalFields.Command';
const SCRIPT = 'AdditionalFields.ScriptContent';

const scriptBlock: FieldMapping = {
  columns: [COMMAND, SCRIPT],
  approximate:
    'Defender has the commands that run, one by one, and the text of some scripts, not each block of script that is compiled',
};

/** The payload of event 4103: the invoked command with its parameters. The event also names the invoking host. */
const payload: FieldMapping = {
  columns: [COMMAND],
  approximate: 'Defender has the command as it was typed, not the log of its parameters',
};
const context: FieldMapping = {
  columns: ['InitiatingProcessCommandLine', 'InitiatingProcessFolderPath', COMMAND],
  approximate: "Defender has the host's path and command line, and the command, not the labels around them",
};

const fields: TableMapping['fields'] = {
  ...actor,
  Path: {
    columns: [COMMAND],
    approximate: 'Defender has no path of the script: the command that runs it is looked at',
  },
};

export const powershell: readonly LogsourceMapping[] = [
  {
    logsource: { category: 'ps_script' },
    tables: [
      {
        table: 'DeviceEvents',
        where: { ActionType: ['PowerShellCommand', 'ScriptContent'] },
        fields: { ...fields, ScriptBlockText: scriptBlock },
      },
    ],
  },
  {
    logsource: { category: 'ps_module' },
    tables: [
      {
        table: 'DeviceEvents',
        where: { ActionType: ['PowerShellCommand'] },
        fields: { ...fields, Payload: payload, ContextInfo: context },
      },
    ],
  },
];
