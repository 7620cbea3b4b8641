import { systemClock } from '../../src/shared/clock.ts';
import { registerClockTests } from '../shared/register-clock-tests.ts';
import { registerDeadlineTests } from '../shared/register-deadline-tests.ts';

registerClockTests('systemClock in workerd', () => ({
  clock: systemClock,
  run: (ms) => systemClock.sleep(ms),
}));
registerDeadlineTests('in workerd');
