/** Recognizes the columns that hold IP addresses by their names. */

/** `RemoteIP`, `IPAddress`, `SenderIPv4`, `RawEventData.ClientIP`; not `RemoteIPType`, `IPTags` or lists of objects (`IPAddresses`). */
const NAMES = /^(?!Is[A-Z])(?:.*[a-z\d])?I[Pp](?:v[46]|Address)?$|^ip(?:Address)?$|_ip$/;

/** Whether the name of a column, or of the last step of a dotted path, says that it holds an IP address. */
export function isAddressColumn(path: string): boolean {
  return NAMES.test(path.slice(path.lastIndexOf('.') + 1));
}
