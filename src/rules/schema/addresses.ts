/** Which columns hold addresses. */

/** `RemoteIP`, `IPAddress`, `SenderIPv4`, `RawEventData.ClientIP`; not `RemoteIPType`, `IPTags` or lists of objects (`IPAddresses`). */
const NAMES = /^(?!Is[A-Z])(?:.*[a-z\d])?I[Pp](?:v[46]|Address)?$|^ip(?:Address)?$|_ip$/;

/** Whether a column, or what a dotted path leads to, holds an address by its name. */
export function isAddressColumn(path: string): boolean {
  return NAMES.test(path.slice(path.lastIndexOf('.') + 1));
}
