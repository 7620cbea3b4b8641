/** The table a container holds, as labels and reports name it. */

/** `deviceevents` of `insights-logs-advancedhunting-deviceevents`: no table's name has a hyphen. */
export function tableOf(container: string): string {
  return container.slice(container.lastIndexOf('-') + 1);
}
