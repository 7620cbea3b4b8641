/** Rows of the table DeviceInfo. */
import type { Columns } from '../columns.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';

/** A number that a double can't hold: it has to reach the file with all its digits. */
function wholeNumber(digits: string): number {
  const raw: { readonly rawJSON?: (text: string) => number } = JSON as object;
  return raw.rawJSON?.(digits) ?? Number(digits);
}

/** Snapshots of the machines. `ReportId` has 18 digits here, more than a double keeps. */
export const deviceInfo: Table = {
  name: 'DeviceInfo',
  share: 12,
  everyday(world, at): Columns {
    const { random } = world;
    const device = random.pick(world.company.devices);
    return {
      Timestamp: timestamp(at, random),
      DeviceId: device.id,
      DeviceName: device.name,
      ClientVersion: '10.8810.26100.1012',
      PublicIP: '203.0.113.40',
      OSArchitecture: '64-bit',
      OSPlatform: device.os,
      OSBuild: device.os === 'Windows11' ? 26_100 : null,
      OSVersion: device.os === 'Windows11' ? '10.0' : '',
      OSVersionInfo: device.os === 'Windows11' ? '24H2' : '',
      OSDistribution: device.os,
      IsAzureADJoined: device.owner !== undefined,
      JoinType: device.owner === undefined ? 'Domain Joined' : 'AAD Joined',
      AadDeviceId: random.guid(),
      LoggedOnUsers: JSON.stringify(
        device.owner ? [{ UserName: device.owner.name, DomainName: device.owner.domain }] : [],
      ),
      RegistryDeviceTag: '',
      MergedDeviceIds: '',
      MergedToDeviceId: '',
      Vendor: device.os === 'macOS' ? 'Apple' : 'LENOVO',
      Model: device.os === 'macOS' ? 'MacBookPro18,3' : '21HD',
      OnboardingStatus: 'Onboarded',
      DeviceCategory: 'Endpoint',
      DeviceType: device.owner === undefined ? 'Server' : 'Workstation',
      DeviceSubtype: device.owner === undefined ? 'Server' : 'Workstation',
      SensorHealthState: 'Active',
      ExposureLevel: random.pick(['Low', 'Low', 'Medium']),
      AssetValue: null,
      IsInternetFacing: null,
      IsExcluded: false,
      ExclusionReason: null,
      AdditionalFields: null,
      MachineGroup: device.group,
      ReportId: wholeNumber(`6391998${random.int(10_000, 99_999)}${random.int(100_000, 999_999)}`),
    };
  },
};
