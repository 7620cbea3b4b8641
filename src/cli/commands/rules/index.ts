/** `xdr-relay rules`: the commands on rule files. */
import { defineGroup } from '../../command.ts';
import { checkRules } from './check.ts';
import { commentReports } from './comment.ts';
import { convertRules } from './convert.ts';
import { coverage } from './coverage.ts';
import { listExceptions } from './exceptions.ts';
import { explainRow } from './explain.ts';
import { formatRules } from './fmt.ts';
import { ruleHygiene } from './hygiene.ts';
import { lintRules } from './lint.ts';
import { newTable } from './new.ts';
import { runRules } from './run.ts';
import { writeSchemas } from './schema.ts';
import { testRules } from './test.ts';

export const rules = defineGroup({
  name: 'rules',
  summary: 'Check, test, try and explain rule files',
  description: 'Check, test, try and explain rule files. Nothing is sent, and no running relay is needed.',
  examples: [
    'rules check',
    'rules test --watch',
    'rules explain transforms/detections/finger_download.yml --row row.json',
    'rules run PT1H.json --diff transforms-before',
  ],
  commands: [
    checkRules,
    lintRules,
    testRules,
    explainRow,
    runRules,
    listExceptions,
    ruleHygiene,
    coverage,
    convertRules,
    newTable,
    formatRules,
    writeSchemas,
    commentReports,
  ],
});
