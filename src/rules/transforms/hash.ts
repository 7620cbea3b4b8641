/** The step `hash`: replaces values by pseudonyms. */
import { z } from 'zod';
import { hexDigest } from '../../shared/digest.ts';
import { columnList, defineStep, isVariable, needColumns } from './step.ts';

/** `hash: { columns: [AccountUpn], with: sha256, key: $HASH_KEY }`: replaces values by hashes; equal values get equal hashes. */
export const hash = defineStep(
  'hash',
  z
    .strictObject({
      columns: columnList,
      with: z.enum(['sha256', 'sha512']).default('sha256').describe('The hash function.'),
      key: z
        .string()
        .optional()
        .describe(
          '"$NAME" of a variable in relay.yaml. With a key the hash is an HMAC, so nobody without the key can find out values by trying.',
        ),
    })
    .describe('Replaces values by a hash in hexadecimal. Empty strings and null stay unchanged.'),
  ({ columns: list, with: algorithm, key }, context) => {
    const columns = needColumns(list, context, ['columns']);
    for (const name of columns) context.columns.add(name, 'string');
    const secret = key === undefined ? undefined : context.variable(key, ['key']);
    if (key !== undefined && !isVariable(key)) {
      context.report({
        code: 'secret-in-file',
        path: ['key'],
        message: 'a key does not belong in a rule file',
        hint: 'put it under "variables:" in relay.yaml and write "$NAME" here',
      });
    } else if (secret !== undefined && secret.length < 16) {
      context.report({ code: 'weak-key', path: ['key'], message: 'the key is shorter than 16 characters' });
    }
    if (key === undefined) {
      context.report({
        severity: 'warning',
        code: 'no-hash-key',
        path: [],
        message: 'without a key, names and addresses can be found by trying',
        hint: 'add "key: $HASH_KEY"',
      });
    }
    const digest = hexDigest(algorithm, secret);
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        if (value === undefined || value === null || value === '') continue;
        const text = textOf(value);
        if (text !== undefined) draft.set(name, digest(text));
      }
    };
  },
  {
    value: { columns: ['AccountUpn'], with: 'sha256', key: '$HASH_KEY' },
    row: { AccountUpn: 'ada@contoso.com' },
    result: { AccountUpn: '444cb1486a514a4267451e440460190bac5b5a5e1141daeeec4b3c56bb785548' },
    variables: { HASH_KEY: 'a key of 24 characters !' },
  },
);

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value);
  } catch {
    // The value is nested too deeply for the stack, so it cannot be hashed; and it must not leave unhashed.
    return 'unreadable';
  }
}
