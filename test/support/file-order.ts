/**
 * The order in which vitest begins the test files. A long file that begins last runs alone, with idle cores beside it:
 * the long ones begin first. Those that mostly wait share the workers with those that compute.
 */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The long files, in the order in which they begin. A file that is not here begins after them, by its size. */
const FIRST: readonly string[] = [
  'test/hosts/node/serve.test.ts',
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

/** Begins the files of {@link FIRST} before all others. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files);
    return rest.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = FIRST.findIndex((file) => moduleId.endsWith(`/${file}`));
  return at === -1 ? FIRST.length : at;
}
