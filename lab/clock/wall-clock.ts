/**
 * Shifts this process's wall clock: `new Date()` and `Date.now()` return `offset()` milliseconds more than the machine's clock.
 * Timers and `performance.now()` are not affected, as when NTP or an administrator sets the clock.
 */
export function shiftWallClock(offset: () => number): void {
  const RealDate = Date;
  const now = () => RealDate.now() + offset();
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}
