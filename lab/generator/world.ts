/** What all tables draw from: chance, the company, and what runs on its devices. */
import { type Account, type Company, createCompany, type Device, SYSTEM } from './company.ts';
import { PROGRAMS, type Program } from './programs.ts';
import { createRandom, type Random } from './random.ts';

/** A running process, as the `InitiatingProcess*` columns tell of it. */
export interface Process {
  readonly program: Program;
  readonly commandLine: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly account: Account;
  readonly parent: { readonly fileName: string; readonly pid: number; readonly startedAt: number };
}

/** What all tables draw from: chance, the company, and the counters its devices keep. */
export interface World {
  readonly random: Random;
  readonly company: Company;
  /** The device's next `ReportId`: a counter that the sensor starts anew now and then. */
  nextReportId(device: Device): number;
}

export function createWorld(seed: number): World {
  const random = createRandom(seed);
  const reportIds = new Map<string, number>();
  return {
    random,
    company: createCompany(random),
    nextReportId(device) {
      const next = (reportIds.get(device.id) ?? random.int(200, 90_000)) + 1;
      reportIds.set(device.id, next > 130_000 ? 0 : next);
      return next;
    },
  };
}

/** What is known of a process that is made up; it is a child of services.exe where no `parent` is given. */
interface StartedProcess {
  readonly program: Program;
  readonly commandLine: string;
  readonly account: Account;
  readonly parent?: Program | Process;
}

/** A process of `program`, with a plausible past. */
export function startProcess(
  world: World,
  at: number,
  { program, commandLine, account, parent = PROGRAMS.services }: StartedProcess,
): Process {
  const { random } = world;
  const startedAt = at - random.int(20, 90_000);
  return {
    program,
    commandLine,
    pid: random.int(300, 6000) * 4,
    startedAt,
    account,
    parent:
      'program' in parent
        ? { fileName: parent.program.fileName, pid: parent.pid, startedAt: parent.startedAt }
        : {
            fileName: parent.fileName,
            pid: random.int(100, 900) * 4,
            startedAt: startedAt - random.int(1000, 80_000_000),
          },
  };
}

const OF_WINDOWS_USERS = [
  [PROGRAMS.explorer, 'explorer.exe'],
  [
    PROGRAMS.edge,
    '"msedge.exe" --type=renderer --lang=de --js-flags=--ms-user-locale= --renderer-client-id=',
  ],
  [
    PROGRAMS.chrome,
    '"chrome.exe" --type=utility --utility-sub-type=network.mojom.NetworkService --lang=da --id=',
  ],
  [PROGRAMS.outlook, '"OUTLOOK.EXE"'],
  [PROGRAMS.teams, '"ms-teams.exe" msteams:system-initiated'],
  [PROGRAMS.excel, '"EXCEL.EXE" "\\\\srv-files-01\\Einkauf\\Schiffsbedarf Übersicht 2026.xlsx"'],
  [PROGRAMS.erp, 'HavniaClient.exe --company "Kestrel Marine" --lager Ærø'],
  [PROGRAMS.git, 'git.exe fetch origin --prune'],
] as const;

const OF_WINDOWS = [
  [PROGRAMS.svchost, 'svchost.exe -k netsvcs -p -s Schedule'],
  [PROGRAMS.svchost, 'svchost.exe -k LocalServiceNetworkRestricted -p -s EventLog'],
  [PROGRAMS.taskhost, 'taskhostw.exe KEYROAMING'],
  [PROGRAMS.wmiprvse, 'wmiprvse.exe -secured -Embedding'],
  [PROGRAMS.mpEngine, '"MsMpEng.exe"'],
] as const;

/** Everyday activity: mostly the user's programs, a good part the system's, and the sensor, which reports itself. */
export function everydayProcess(world: World, at: number, device: Device): Process {
  const { random } = world;
  if (device.os === 'macOS') {
    return startProcess(world, at, {
      program: PROGRAMS.loginwindow,
      commandLine: 'loginwindow console',
      account: SYSTEM,
      parent: PROGRAMS.launchd,
    });
  }
  if (device.os === 'Linux') {
    const [program, line] = random.chance(0.5)
      ? ([PROGRAMS.nginx, 'nginx: worker process'] as const)
      : ([PROGRAMS.sshd, 'sshd: ansible [priv]'] as const);
    return startProcess(world, at, { program, commandLine: line, account: SYSTEM, parent: PROGRAMS.bash });
  }
  const kind = random.next();
  if (kind < 0.13)
    return startProcess(world, at, {
      program: PROGRAMS.sense,
      commandLine: '"MsSense.exe"',
      account: SYSTEM,
    });
  if (kind < 0.16)
    return startProcess(world, at, {
      program: PROGRAMS.senseNdr,
      commandLine: '"SenseNdr.exe"',
      account: SYSTEM,
      parent: PROGRAMS.sense,
    });
  if (kind < 0.5 || device.owner === undefined) {
    const [program, line] = random.pick(OF_WINDOWS);
    return startProcess(world, at, { program, commandLine: line, account: SYSTEM });
  }
  const [program, line] = random.pick(OF_WINDOWS_USERS);
  const full = line.endsWith('=')
    ? `${line}${random.int(3, 900)} --mojo-platform-channel-handle=${random.hex(4)}`
    : line;
  return startProcess(world, at, {
    program,
    commandLine: full,
    account: device.owner,
    parent: PROGRAMS.explorer,
  });
}
