/** The option that the commands on silences share. */
import { text } from '../../options.ts';

export function byOption() {
  return text('--by <who>', 'Who does this (default: the user and the machine)');
}
