/** The rules: those that are found now, and those that running consumers have refused. */
import { formatAge, plural } from '../../../shared/readable.ts';
import { feedRecords } from '../../rule-sets/feed-records.ts';
import { isOldList, liveRulesRecords, refusalText, rulesHostText } from '../../rule-sets/records.ts';
import { type Check, error, type Finding, note, warning } from '../check.ts';

/** Errors that are named; the rest is only counted. */
const MOST_NAMED = 5;

export const rules: Check = {
  id: 'rules',
  title: 'The rules have no errors, and consumers use them',
  async run({ rules: read, reports, clock, config }, signal) {
    const found: Finding[] = [];
    const { place, files, errors } = await read(signal);
    for (const each of errors.slice(0, MOST_NAMED)) {
      found.push(error(each, 'correct it; "xdr-relay rules check" shows the place'));
    }
    if (errors.length > MOST_NAMED) {
      found.push(
        error(
          `${plural(errors.length - MOST_NAMED, 'more mistake')} in ${place}`,
          'run "xdr-relay rules check"',
        ),
      );
    }
    if (files === 0) {
      found.push(
        config.default_destinations.length === 0
          ? error(
              `${place} has no rule file, and there are no default_destinations: no row goes anywhere`,
              'name a destination in default_destinations',
            )
          : note(
              `${place} has no rule file: all rows go to the default destinations, and none raises an alert`,
            ),
      );
    }
    for (const record of await liveRulesRecords(reports, clock.now(), signal)) {
      for (const list of (record.lists ?? []).filter((one) => isOldList(one, clock.now()))) {
        const age = formatAge(clock.now() - (list.written ?? 0));
        found.push(
          warning(
            `the list ${list.name} of ${rulesHostText(record)} is ${age} old, and at most ${formatAge(list.maxAge ?? 0)} are expected`,
            'renew it; "xdr-relay lists pull" fetches those of list_feeds',
          ),
        );
      }
      if (!record.refused) continue;
      found.push(
        warning(
          `${rulesHostText(record)} has refused newer rules: ${refusalText(record.refused)}`,
          'correct the rules; the host looks at them again by itself',
        ),
      );
    }
    if (Object.keys(config.list_feeds).length > 0) {
      for (const [list, { failures, message }] of await feedRecords(reports, signal)) {
        if (failures === 0 || !Object.hasOwn(config.list_feeds, list)) continue;
        found.push(
          warning(
            `the feed of the list ${list} has failed ${plural(failures, 'time')} in a row: ${message ?? ''}`,
            'run "xdr-relay lists pull"',
          ),
        );
      }
    }
    return found;
  },
};
