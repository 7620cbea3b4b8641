/** Processor time, for limits that must hold on a busy machine too, where other processes take most of the time that passes. */

/** The processor time in milliseconds that this process has used so far. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
