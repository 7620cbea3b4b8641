/** Lists the tables that the generator writes. */
import type { Table } from '../table.ts';
import { alertEvidence } from './alert-evidence.ts';
import { alertInfo } from './alert-info.ts';
import { cloudAppEvents } from './cloud-app-events.ts';
import { deviceEvents } from './device-events.ts';
import { deviceFileEvents } from './device-file-events.ts';
import { deviceImageLoadEvents } from './device-image-load-events.ts';
import { deviceInfo } from './device-info.ts';
import { deviceLogonEvents } from './device-logon-events.ts';
import { deviceNetworkEvents } from './device-network-events.ts';
import { devicePeripheralEvents } from './device-peripheral-events.ts';
import { deviceProcessEvents } from './device-process-events.ts';
import { deviceRegistryEvents } from './device-registry-events.ts';
import { emailEvents } from './email-events.ts';
import { emailUrlInfo } from './email-url-info.ts';
import { identityLogonEvents } from './identity-logon-events.ts';
import { urlClickEvents } from './url-click-events.ts';

export const TABLES: readonly Table[] = [
  deviceProcessEvents,
  deviceNetworkEvents,
  deviceFileEvents,
  deviceEvents,
  deviceImageLoadEvents,
  deviceRegistryEvents,
  deviceLogonEvents,
  deviceInfo,
  identityLogonEvents,
  cloudAppEvents,
  emailEvents,
  emailUrlInfo,
  urlClickEvents,
  alertInfo,
  alertEvidence,
  devicePeripheralEvents,
];
