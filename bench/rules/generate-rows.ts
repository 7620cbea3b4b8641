/** Generates rows for the benches of rules. */
import { Random } from './random.ts';
import { FOLDERS, ORDINARY, WORDS } from './vocabulary.ts';

/** Lines of DeviceProcessEvents as Defender writes them, about 2 KB each. */
export function generateRows(count: number, seed = 2): readonly string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => JSON.stringify(row(random)));
}

function row(random: Random): Record<string, unknown> {
  const name = random.skewed(ORDINARY);
  const parent = random.skewed(ORDINARY);
  const time = new Date(
    Date.UTC(2026, 10, 23, random.int(0, 23), random.int(0, 59), random.int(0, 59)),
  ).toISOString();
  const user = random.pick([
    'system',
    'alice',
    'bob',
    'svc-backup',
    'local service',
    'network service',
  ] as const);
  const path = `${random.pick(FOLDERS)}${name}`;
  const parentPath = `${random.pick(FOLDERS)}${parent}`;
  return {
    time,
    tenantId: '11111111-2222-3333-4444-555555555555',
    operationName: 'Publish',
    category: 'AdvancedHunting-DeviceProcessEvents',
    properties: {
      Timestamp: time.replace('Z', '1234Z'),
      DeviceId: random.hex(40),
      DeviceName: `host-${random.int(1, 5000)}.corp.example.org`,
      ActionType: 'ProcessCreated',
      FileName: name,
      FolderPath: path,
      SHA1: random.hex(40),
      SHA256: random.hex(64),
      MD5: random.hex(32),
      FileSize: random.int(10_000, 5_000_000),
      ProcessVersionInfoCompanyName: 'Microsoft Corporation',
      ProcessVersionInfoProductName: 'Microsoft® Windows® Operating System',
      ProcessVersionInfoProductVersion: '10.0.22621.2506',
      ProcessVersionInfoInternalFileName: name,
      ProcessVersionInfoOriginalFileName: name.toUpperCase(),
      ProcessVersionInfoFileDescription: 'Host Process for Windows Services',
      ProcessId: random.int(100, 30_000),
      ProcessCommandLine: commandLine(random, path),
      ProcessIntegrityLevel: random.pick(['Medium', 'High', 'System'] as const),
      ProcessTokenElevation: 'TokenElevationTypeDefault',
      ProcessCreationTime: time.replace('Z', '1234Z'),
      AccountDomain: user === 'system' ? 'nt authority' : 'corp',
      AccountName: user,
      AccountSid: `S-1-5-21-${random.int(1e8, 1e9)}-${random.int(1e8, 1e9)}-${random.int(1000, 9999)}`,
      AccountUpn: null,
      AccountObjectId: null,
      LogonId: random.int(999, 1e8),
      InitiatingProcessAccountDomain: 'corp',
      InitiatingProcessAccountName: user,
      InitiatingProcessLogonId: random.int(999, 1e8),
      InitiatingProcessIntegrityLevel: 'Medium',
      InitiatingProcessSHA1: random.hex(40),
      InitiatingProcessSHA256: random.hex(64),
      InitiatingProcessMD5: random.hex(32),
      InitiatingProcessFileName: parent,
      InitiatingProcessId: random.int(100, 30_000),
      InitiatingProcessCommandLine: commandLine(random, parentPath),
      InitiatingProcessCreationTime: time.replace('Z', '1234Z'),
      InitiatingProcessFolderPath: parentPath,
      InitiatingProcessParentId: random.int(100, 30_000),
      InitiatingProcessParentFileName: random.skewed(ORDINARY),
      ReportId: random.int(1, 1e6),
      AppGuardContainerId: '',
      AdditionalFields: null,
    },
  };
}

function commandLine(random: Random, path: string): string {
  const parts = [random.chance(0.4) ? `"${path}"` : path];
  // One command line in a hundred looks like what rules look for; the others like what machines do.
  const telling = random.chance(0.01);
  for (let index = random.int(1, 6); index > 0; index--) {
    const kind = random.next();
    if (telling) parts.push(`${random.pick(['-', '/', '--', ''])}${random.pick(WORDS)}`);
    else if (kind < 0.4) parts.push(`--type=${random.pick(['renderer', 'gpu-process', 'utility'] as const)}`);
    else if (kind < 0.6)
      parts.push(`--field-trial-handle=${random.int(1000, 9999)},i,${random.int(1e9, 9e9)}`);
    else if (kind < 0.8)
      parts.push(`-k ${random.pick(['netsvcs', 'LocalService', 'UnistackSvcGroup'] as const)} -p`);
    else parts.push(`C:\\Users\\alice\\Documents\\report-${random.int(1, 999)}.docx`);
  }
  return parts.join(' ');
}
