/** Rows of DevicePeripheralEvents, a table that does not exist: one that Microsoft might add. */
import type { Columns } from '../columns.ts';
import type { Table } from '../table.ts';
import { timestamp } from '../timestamps.ts';

/**
 * A table that no schema knows: the one Microsoft might add tomorrow. Its rows carry Azure's plumbing, which Entra's
 * tables are known to show.
 */
export const devicePeripheralEvents: Table = {
  name: 'DevicePeripheralEvents',
  share: 8,
  everyday(world, at): Columns {
    const { random, company } = world;
    const device = random.pick(company.workstations);
    return {
      __UDI_RequiredFields_TenantId: company.tenantId,
      __UDI_RequiredFields_UniqueId: random.guid(),
      __UDI_RequiredFields_EventTime: at * 10_000,
      __UDI_RequiredFields_RegionScope: 'EU',
      Timestamp: timestamp(at, random),
      DeviceId: device.id,
      DeviceName: device.name,
      ActionType: random.pick(['PeripheralConnected', 'PeripheralRemoved']),
      PeripheralClass: random.pick(['Printer', 'Keyboard', 'Camera', 'Kartenplotter']),
      PeripheralName: random.pick(['Brother QL-820', 'Logitech MX', 'Furuno GP-39 – Brücke']),
      SerialNumber: random.hex(12).toUpperCase(),
      Confidence: random.int(0, 1000) / 1000,
      AdditionalFields: { Bus: 'USB', Slots: [1, 2, null], Trusted: random.chance(0.9) },
      ReportId: random.guid(),
    };
  },
};
