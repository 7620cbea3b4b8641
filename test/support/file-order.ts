/**
 * The order in which vitest begins the test files. A worker goes on to the next file only within a project, so that projects follow one
 * another: those whose tests wait for processes first, and last the one with many short files, which leaves no core idle at the end.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const PROJECTS: readonly string[] = ['e2e', 'console', 'workerd', 'node', 'unit'];

/** The long files of each project, in the order in which they begin. Others of the project begin after them, by their size. */
const FIRST: readonly string[] = [
  'test/hosts/node/serve.test.ts',
  'test/console/demo.test.ts',
  'test/workerd/alerts.test.ts',
  'test/e2e/reload.test.ts',
  'test/e2e/last-good-rules.test.ts',
  'test/e2e/crash.test.ts',
  'test/e2e/isolation.test.ts',
  'test/e2e/alerts.test.ts',
  'test/blobs/azure.test.ts',
  'test/e2e/telemetry.test.ts',
  'test/workerd/last-good-rules.test.ts',
  'test/e2e/worker.test.ts',
  'test/workerd/worker.test.ts',
  'test/checkpoints/azure.test.ts',
  'test/e2e/following.test.ts',
  'test/e2e/alert-cases.test.ts',
  'test/demo/demo.test.ts',
  'test/cli/ops.test.ts',
  'test/relay/alerts/azure.test.ts',
  'test/cli/first-start.test.ts',
  'test/hosts/node/reload.test.ts',
  'test/workerd/destinations.test.ts',
  'test/workerd/queue.test.ts',
  'test/scripts/build.test.ts',
  'test/workerd/blobs.test.ts',
  'test/cli/pipe.test.ts',
  'test/lab/writer.test.ts',
  'test/cli/proof.test.ts',
  'test/cli/lsp/lsp.test.ts',
  'test/action/action.test.ts',
  'test/workerd/checkpoints.test.ts',
  'test/action/gitlab.test.ts',
  'test/action/pre-commit.test.ts',
  'test/workerd/status.test.ts',
];

/** Begins the files by {@link PROJECTS}, and the long ones of each first. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files);
    return rest.toSorted((a, b) => projectRank(a) - projectRank(b) || rank(a) - rank(b));
  }
}

const projectRank = ({ project }: TestSpecification): number => PROJECTS.indexOf(project.name);

function rank({ moduleId }: TestSpecification): number {
  const at = FIRST.findIndex((file) => moduleId.endsWith(`/${file}`));
  return at === -1 ? FIRST.length : at;
}
