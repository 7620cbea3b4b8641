/** Names the table that a container holds, for labels and reports. */

/** The part after the last hyphen: `deviceevents` for `insights-logs-advancedhunting-deviceevents`. Table names contain no hyphen. */
export function tableOf(container: string): string {
  return container.slice(container.lastIndexOf('-') + 1);
}
