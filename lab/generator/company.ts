/** The people, devices and accounts of the company that the generator writes about. */
import type { Random } from './random.ts';

/** The domain of Kestrel Marine, a ship chandler of fourteen people, whose quiet week the demo shows. */
export const DOMAIN = 'kestrelmarine.example';
export const NETBIOS = 'KESTREL';

export interface Account {
  readonly domain: string;
  readonly name: string;
  readonly sid: string;
  readonly upn: string | null;
  readonly objectId: string | null;
}

export interface User extends Account {
  readonly upn: string;
  readonly objectId: string;
  readonly displayName: string;
  readonly mail: string;
}

export interface Device {
  /** 40 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly ip: string;
  readonly os: 'Windows11' | 'WindowsServer2022' | 'macOS' | 'Linux';
  readonly group: string;
  /** The user of the device; undefined for a server. */
  readonly owner: User | undefined;
}

export interface Company {
  readonly tenantId: string;
  readonly users: readonly [User, ...User[]];
  readonly workstations: readonly [Device, ...Device[]];
  readonly servers: readonly [Device, ...Device[]];
  readonly devices: readonly [Device, ...Device[]];
  /** The account that runs backups, which the intruder wants. */
  readonly admin: User;
}

export const SYSTEM: Account = {
  domain: 'nt authority',
  name: 'system',
  sid: 'S-1-5-18',
  upn: null,
  objectId: null,
};
export const NETWORK_SERVICE: Account = {
  ...SYSTEM,
  name: 'network service',
  sid: 'S-1-5-20',
};

const PEOPLE = [
  ['maja.lindqvist', 'Maja Lindqvist'],
  ['soren.ostergaard', 'Søren Østergaard'],
  ['zoe.nunez', 'Zoë Núñez'],
  ['lukasz.zak', 'Łukasz Żak'],
  ['yui.tanaka', '田中 結衣'],
  ['ase.bjork', 'Åse Bjørk'],
  ['tomas.keller', 'Tomas Keller'],
  ['ines.moreau', 'Inès Moreau'],
  ['dimitra.pappa', 'Δήμητρα Παππά'],
  ['owen.price', 'Owen Price'],
  ['fatma.yildiz', 'Fatma Yıldız'],
  ['jonas.weiss', 'Jonas Weiß'],
  ['ruth.adeyemi', 'Ruth Adéyẹmí'],
  ['peter.novak', 'Peter Novák'],
] as const;

const SERVERS = [
  ['srv-files-01', 'WindowsServer2022'],
  ['srv-dc-01', 'WindowsServer2022'],
  ['srv-erp-01', 'WindowsServer2022'],
  ['srv-web-01', 'Linux'],
] as const;

/** Makes the company. The same seed gives the same company. */
export function createCompany(random: Random): Company {
  const authority = `S-1-5-21-${random.int(1e8, 4e9)}-${random.int(1e8, 4e9)}-${random.int(1e8, 4e9)}`;
  const person = (name: string, displayName: string, rid: number): User => ({
    domain: NETBIOS.toLowerCase(),
    name,
    sid: `${authority}-${rid}`,
    upn: `${name}@${DOMAIN}`,
    objectId: random.guid(),
    displayName,
    mail: `${name}@${DOMAIN}`,
  });
  const users = PEOPLE.map(([name, displayName], i) => person(name, displayName, 1104 + i));
  const workstations = users.map((owner, i): Device => {
    const mac = i % 7 === 4;
    return {
      id: random.hex(40),
      name: mac
        ? `mbp-${owner.name.split('.')[0]}`
        : `ws-${owner.name.split('.')[1]?.slice(0, 6)}-${10 + i}.${DOMAIN}`,
      ip: `10.20.4.${20 + i}`,
      os: mac ? 'macOS' : 'Windows11',
      group: 'Workstations',
      owner,
    };
  });
  const servers = SERVERS.map(
    ([name, os], i): Device => ({
      id: random.hex(40),
      name: `${name}.${DOMAIN}`,
      ip: `10.20.1.${10 + i}`,
      os,
      group: 'Servers',
      owner: undefined,
    }),
  );
  return {
    tenantId: random.guid(),
    users: nonEmpty(users),
    workstations: nonEmpty(workstations.filter((device) => device.os === 'Windows11')),
    servers: nonEmpty(servers.filter((device) => device.os === 'WindowsServer2022')),
    devices: nonEmpty([...workstations, ...servers]),
    admin: person('svc-backup', 'Backup Operator', 1190),
  };
}

function nonEmpty<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = items;
  if (first === undefined) throw new RangeError('a company needs somebody in it');
  return [first, ...rest];
}
