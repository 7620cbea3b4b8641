/** The step that checks first, run by a real shell over an `az` that answers as a test says. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CHECK_SCRIPT } from '../../../deploy/azure/template/check.ts';
import { deploy } from './deployment.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-'));
});
afterEach(() => rm(folder, { recursive: true }));

const JOB =
  'https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.App/jobs/xdrrelay-check';

/** Runs the script; each status is the answer to one question for it, the last one to all that follow. */
async function run(...statuses: readonly string[]) {
  const bin = async (name: string, text: string) => {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(folder, name), 0o755);
  };
  await writeFile(join(folder, 'statuses'), `${statuses.join('\n')}\n`);
  await bin('sleep', `echo "sleep $1" >> "${folder}/log"`);
  await bin(
    'az',
    `echo "az $*" >> "${folder}/log"
case "$*" in
  *--method\\ post*) echo run-1 ;;
  *) head -n 1 "${folder}/statuses"
     if [ "$(wc -l < "${folder}/statuses")" -gt 1 ]; then sed -i 1d "${folder}/statuses"; fi ;;
esac`,
  );
  const env = { PATH: `${folder}:${process.env.PATH}`, JOB };
  const code = await new Promise<number>((done) => {
    execFile('/bin/sh', ['-c', CHECK_SCRIPT], { env }, (error) => done(error ? Number(error.code) : 0));
  });
  const log = (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');
  return {
    code,
    asked: log.filter((line) => line.startsWith('az')),
    slept: log.filter((line) => line.startsWith('sleep')),
  };
}

it('waits for the job, and succeeds with it', async () => {
  const { code, asked } = await run('Running', 'Running', 'Succeeded');
  expect(code).toBe(0);
  expect(asked).toEqual([
    `az rest --method post --url ${JOB}/start?api-version=2025-07-01 --query name --output tsv`,
    ...Array.from(
      { length: 3 },
      () =>
        `az rest --method get --url ${JOB}/executions/run-1?api-version=2025-07-01 --query properties.status --output tsv`,
    ),
  ]);
});

it('tries again while a role may not work yet', async () => {
  const { code, asked } = await run('Failed', 'Failed', 'Succeeded');
  expect(code).toBe(0);
  expect(asked.filter((line) => line.includes('post'))).toHaveLength(3);
});

it('gives up, and fails the deployment', async () => {
  const { code, asked } = await run('Failed');
  expect(code).toBe(1);
  expect(asked.filter((line) => line.includes('post'))).toHaveLength(6);
});

it('does not wait for ever', async () => {
  const { code, slept } = await run('Running');
  expect(code).toBe(1);
  const seconds = slept.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
  expect(seconds).toBeLessThan(3600);
});

it('is given the job of the template', () => {
  const { environmentVariables, timeout } = deploy().find('Microsoft.Resources/deploymentScripts').body
    .properties as {
    environmentVariables: { name: string; value: string }[];
    timeout: string;
  };
  expect(environmentVariables).toEqual([
    {
      name: 'JOB',
      value: expect.stringMatching(
        /^https:\/\/management\.azure\.com\/subscriptions\/.*\/jobs\/xdrrelay-check$/,
      ),
    },
  ]);
  expect(timeout).toBe('PT1H');
});
