/** Checks Kubernetes objects against the models of Kubernetes, KEDA and the Prometheus Operator, unknown keys included. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject } from '../support/kustomize.ts';

const ROOT = join(import.meta.dirname, '../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** The module with the models of an `apiVersion`. */
function moduleOf(apiVersion: string): string {
  const [group = ''] = apiVersion.split('/');
  if (group === 'keda.sh') return `@kubernetes-models/keda/${apiVersion}`;
  if (group === 'monitoring.coreos.com') return `@kubernetes-models/prometheus-operator/${apiVersion}`;
  return `kubernetes-models/${apiVersion}`;
}

interface Model {
  validate(): void;
}

/** Throws what the schema of its kind says against the object. The schemas allow unknown keys. */
export async function checkSchema(object: KubernetesObject): Promise<void> {
  const models: Readonly<Record<string, new (data: KubernetesObject) => Model>> = await import(
    moduleOf(object.apiVersion)
  );
  const Model = models[object.kind];
  if (!Model) throw new Error(`no model of ${object.apiVersion} ${object.kind}`);
  new Model(object).validate();
}

/**
 * Has TypeScript compare the objects with the types of their kinds, which finds unknown keys at every depth.
 *
 * @returns what the compiler says, without its own names of files; empty if nothing.
 */
export async function checkTypes(objects: readonly KubernetesObject[]): Promise<string> {
  const source = objects.map(
    (object, index) =>
      `import type { I${object.kind} as T${index} } from '${moduleOf(object.apiVersion)}';\n` +
      `export const ${object.kind.toLowerCase()}${index}: T${index} = ${JSON.stringify(object, undefined, 1)};\n`,
  );
  // Below the root, so that the compiler finds the packages.
  await mkdir(join(ROOT, 'dist'), { recursive: true });
  const folder = await mkdtemp(join(ROOT, 'dist/kubernetes-'));
  try {
    await writeFile(join(folder, 'objects.ts'), source.join(''));
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2024', '--ignoreConfig'];
    const modules = ['--module', 'preserve', '--moduleResolution', 'bundler', '--types', ''];
    return await new Promise((resolve) => {
      execFile(
        process.execPath,
        [TSC, ...options, ...modules, 'objects.ts'],
        { cwd: folder },
        (error, stdout, stderr) => resolve(error === null ? '' : `${stdout}${stderr}` || String(error)),
      );
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
