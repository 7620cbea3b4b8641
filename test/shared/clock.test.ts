import { systemClock } from '../../src/shared/clock.ts';
import { CorrectedClock } from '../../src/shared/corrected-clock.ts';
import { registerClockTests } from './register-clock-tests.ts';
import { registerDeadlineTests } from './register-deadline-tests.ts';

registerClockTests('systemClock in Node', () => ({ clock: systemClock, run: (ms) => systemClock.sleep(ms) }));
registerClockTests('CorrectedClock over it', () => ({
  clock: new CorrectedClock(systemClock),
  run: (ms) => systemClock.sleep(ms),
}));
registerDeadlineTests('in Node');
