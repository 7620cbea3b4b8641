/** The programs that run on the company's devices. */
import { createHash } from 'node:crypto';

/** An executable as Defender describes it. */
export interface Program {
  readonly fileName: string;
  readonly folderPath: string;
  readonly company: string | null;
  readonly product: string | null;
  readonly version: string | null;
  readonly description: string | null;
  readonly size: number;
  readonly sha1: string;
  readonly sha256: string;
  readonly md5: string;
}

const MICROSOFT = 'Microsoft Corporation';
const WINDOWS = 'Microsoft® Windows® Operating System';
const BUILD = '10.0.26100.4768';
const SYSTEM32 = 'C:\\Windows\\System32';

function program(
  folder: string,
  fileName: string,
  description: string | null,
  {
    company = MICROSOFT,
    product = WINDOWS,
    version = BUILD,
  }: Partial<Pick<Program, 'company' | 'product' | 'version'>> = {},
): Program {
  const separator = folder.startsWith('/') ? '/' : '\\';
  const digest = (algorithm: string) =>
    createHash(algorithm).update(`${fileName} ${version}`).digest('hex').toLowerCase();
  const sha256 = digest('sha256');
  return {
    fileName,
    folderPath: `${folder}${separator}${fileName}`,
    company,
    product,
    version,
    description,
    size: 20_480 + (Number.parseInt(sha256.slice(0, 5), 16) & ~0xff),
    sha1: digest('sha1'),
    sha256,
    md5: digest('md5'),
  };
}

const OFFICE = 'C:\\Program Files\\Microsoft Office\\root\\Office16';

/** The software of the company's devices: programs that run all day, and programs that are suspicious. */
export const PROGRAMS = {
  services: program(SYSTEM32, 'services.exe', 'Services and Controller app'),
  svchost: program(SYSTEM32, 'svchost.exe', 'Host Process for Windows Services'),
  explorer: program('C:\\Windows', 'explorer.exe', 'Windows Explorer'),
  lsass: program(SYSTEM32, 'lsass.exe', 'Local Security Authority Process'),
  cmd: program(SYSTEM32, 'cmd.exe', 'Windows Command Processor'),
  conhost: program(SYSTEM32, 'conhost.exe', 'Console Window Host'),
  taskhost: program(SYSTEM32, 'taskhostw.exe', 'Host Process for Windows Tasks'),
  schtasks: program(SYSTEM32, 'schtasks.exe', 'Task Scheduler Configuration Tool'),
  rundll32: program(SYSTEM32, 'rundll32.exe', 'Windows host process (Rundll32)'),
  certutil: program(SYSTEM32, 'certutil.exe', 'CertUtil.exe'),
  mshta: program(SYSTEM32, 'mshta.exe', 'Microsoft (R) HTML Application host'),
  reg: program(SYSTEM32, 'reg.exe', 'Registry Console Tool'),
  whoami: program(SYSTEM32, 'whoami.exe', 'whoami - displays logged on user information'),
  nltest: program(SYSTEM32, 'nltest.exe', 'Microsoft® Logon Server Test Utility'),
  vssadmin: program(
    SYSTEM32,
    'vssadmin.exe',
    'Command Line Interface for Microsoft® Volume Shadow Copy Service',
  ),
  wmiprvse: program(`${SYSTEM32}\\wbem`, 'WmiPrvSE.exe', 'WMI Provider Host'),
  powershell: program(`${SYSTEM32}\\WindowsPowerShell\\v1.0`, 'powershell.exe', 'Windows PowerShell'),
  sense: program(
    'C:\\Program Files\\Windows Defender Advanced Threat Protection',
    'MsSense.exe',
    'Windows Defender Advanced Threat Protection Service Executable',
    { company: MICROSOFT, product: WINDOWS, version: '10.8810.26100.1012' },
  ),
  senseNdr: program(
    'C:\\Program Files\\Windows Defender Advanced Threat Protection\\SenseNdr',
    'SenseNdr.exe',
    'Microsoft Defender for Endpoint NDR module',
    { company: MICROSOFT, product: WINDOWS, version: '10.8810.26100.1012' },
  ),
  mpEngine: program(
    'C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.26070.6-0',
    'MsMpEng.exe',
    'Antimalware Service Executable',
    { company: MICROSOFT, product: WINDOWS, version: '4.18.26070.6' },
  ),
  outlook: program(OFFICE, 'OUTLOOK.EXE', 'Microsoft Outlook', {
    company: MICROSOFT,
    product: 'Microsoft Outlook',
    version: '16.0.18925.20184',
  }),
  excel: program(OFFICE, 'EXCEL.EXE', 'Microsoft Excel', {
    company: MICROSOFT,
    product: 'Microsoft Excel',
    version: '16.0.18925.20184',
  }),
  winword: program(OFFICE, 'WINWORD.EXE', 'Microsoft Word', {
    company: MICROSOFT,
    product: 'Microsoft Word',
    version: '16.0.18925.20184',
  }),
  teams: program(
    'C:\\Program Files\\WindowsApps\\MSTeams_25198.1112.3855.2900_x64__8wekyb3d8bbwe',
    'ms-teams.exe',
    'Microsoft Teams',
    { company: MICROSOFT, product: 'Microsoft Teams', version: '25198.1112.3855.2900' },
  ),
  edge: program('C:\\Program Files (x86)\\Microsoft\\Edge\\Application', 'msedge.exe', 'Microsoft Edge', {
    company: MICROSOFT,
    product: 'Microsoft Edge',
    version: '139.0.3405.86',
  }),
  chrome: program('C:\\Program Files\\Google\\Chrome\\Application', 'chrome.exe', 'Google Chrome', {
    company: 'Google LLC',
    product: 'Google Chrome',
    version: '139.0.7258.67',
  }),
  git: program('C:\\Program Files\\Git\\cmd', 'git.exe', 'Git for Windows', {
    company: 'The Git Development Community',
    product: 'Git',
    version: '2.50.1',
  }),
  erp: program('C:\\Program Files\\Havnia ERP', 'HavniaClient.exe', 'Havnia – ordre og lager', {
    company: 'Havnia ApS',
    product: 'Havnia ERP',
    version: '11.4.2',
  }),
  sshd: program('/usr/sbin', 'sshd', null, { company: null, product: null, version: null }),
  nginx: program('/usr/sbin', 'nginx', null, { company: null, product: null, version: null }),
  bash: program('/usr/bin', 'bash', null, { company: null, product: null, version: null }),
  launchd: program('/sbin', 'launchd', null, { company: '(APPLE)', product: null, version: null }),
  loginwindow: program('/System/Library/CoreServices/loginwindow.app/Contents/MacOS', 'loginwindow', null, {
    company: '(APPLE)',
    product: null,
    version: null,
  }),
} as const satisfies Readonly<Record<string, Program>>;
