/**
 * Shifts this process's wall clock: `new Date()` and `Date.now()` tell `offset()` milliseconds more than the machine's.
 * Timers and `performance.now()` stay as they are, as with a clock that NTP or an administrator steps.
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
