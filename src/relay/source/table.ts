/** Names the table that a container holds or a row belongs to, for labels and reports. */
import { findTable } from '../../rules/schema/index.ts';

/** The part after the last hyphen: `deviceevents` for `insights-logs-advancedhunting-deviceevents`. Table names contain no hyphen. */
export function tableOf(container: string): string {
  return container.slice(container.lastIndexOf('-') + 1);
}

/**
 * The one spelling of a table in metrics, whether the name comes from a row or from a container, whose names are in lower case: Microsoft's
 * (`DeviceEvents`), and lower case for a table that is in no reference.
 */
export function tableLabel(name: string): string {
  return findTable(name)?.table ?? name.toLowerCase();
}
