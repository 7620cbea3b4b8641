/** Table names in the spelling of products that write names in lower case. */

/** `DeviceProcessEvents` -> `device_process_events`. */
export function snakeCase(table: string): string {
  return table
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/\W+/g, '_')
    .toLowerCase();
}
