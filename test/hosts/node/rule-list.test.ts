/** The thread that compiles rules for the console. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listedSet } from '../../../src/console/rules/listed.ts';
import { loadRuleFolders } from '../../../src/hosts/node/rule-files.ts';
import { listRulesBy } from '../../../src/hosts/node/rule-list.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { configOf } from '../../routes/console-fixture.ts';

const { config } = configOf('');
const shipped = async () => (await loadRuleFolders([resolve('transforms')])).files;
const by = (file: string | undefined) => listRulesBy(async () => file, systemClock);

describe('the rules that the page lists', () => {
  it('are compiled while this thread goes on, and are those that it would have compiled', async () => {
    const files = await shipped();
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    const listed = by(resolve('bin/rule-list-thread.ts'))(files, config);
    turn();
    const set = await listed.finally(() => {
      isOver = true;
    });
    expect(turns).toBeGreaterThan(10);
    expect(set.trouble).toBeUndefined();
    expect(set.rules.length).toBeGreaterThan(0);
    expect(set).toEqual(structuredClone(listedSet(files, config)));
  });

  it('are compiled here where there is no file for the thread', async () => {
    const files = await shipped();
    expect(await by(undefined)(files, config)).toEqual(listedSet(files, config));
  });

  it('are not listed where the thread ends without an answer, and the page says why', async () => {
    const { rules, trouble } = await by('/nowhere/thread.js')([], config);
    expect(rules).toEqual([]);
    expect(trouble).toMatch(/^The rules are not listed: .*nowhere/s);
  });
});
