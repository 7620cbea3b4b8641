/** The command `xdr-relay rules comment`. */
import { InvalidArgumentError } from 'commander';
import { defineCommand } from '../../command.ts';
import { parsed, someArguments, text, withDefault } from '../../options.ts';

export const commentReports = defineCommand({
  name: 'comment',
  summary: 'Put Markdown reports on the pull or merge request of a CI job',
  description:
    'Put Markdown reports on the pull request of GitHub, or the merge request of GitLab, that a CI job runs for. Each run replaces the comment of the run before.',
  inputs: {
    files: someArguments('file', 'Reports as --report markdown=FILE writes them', 1),
    title: withDefault(text('--title <text>', 'The heading, as Markdown'), 'xdr-relay: rules'),
    key: withDefault(
      parsed('--key <key>', 'Distinguishes the comments of several jobs on one pull request', keyOf),
      'default',
    ),
  },
  notes: [
    'The token is read from GITHUB_TOKEN, with the permission "pull-requests: write", or from XDR_RELAY_GITLAB_TOKEN, a token of the project with the scope "api".',
  ],
  exits: {
    ok: 'The comment is written; or there is nothing to write it on, or no permission to',
    failed: 'The comment could not be written',
  },
  examples: ['rules comment check.md diff.md', 'rules comment diff.md --key windows --title Windows'],
  onStop: { says: 'the comment may or may not have been written.' },
  load: async () => (await import('../../actions/rules/comment/comment.ts')).commentCommand,
});

function keyOf(given: string): string {
  if (/^[A-Za-z0-9_.]{1,64}$/.test(given)) return given;
  throw new InvalidArgumentError('It is 1 to 64 letters, digits, "_" and ".".');
}
