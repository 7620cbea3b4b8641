/** Writes THIRD-PARTY-NOTICES.txt: the licences of everything that the package has parts of. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from './root.ts';

const manifest = z.looseObject({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  author: z.union([z.string(), z.looseObject({ name: z.string() })]).optional(),
  repository: z.union([z.string(), z.looseObject({ url: z.string() })]).optional(),
});

/** Files whose text a licence wants to travel with the code: LICENSE and, by the Apache licence, NOTICE. */
const WANTED = /^(?:licen[cs]e|notice|copying)(?:[.-].*)?$/i;

const RULE = '-'.repeat(100);

const HEAD = `xdr-relay is licensed under the Apache License 2.0 (LICENSE). It contains parts of the packages below, which have their own
licences. sbom.cdx.json lists the same packages for programs.

The names of MITRE ATT&CK's tactics and techniques: (c) The MITRE Corporation. This work is reproduced and distributed with the permission of
The MITRE Corporation (https://attack.mitre.org/resources/legal-and-branding/terms-of-use/). ATT&CK is a registered trademark of The MITRE Corporation.
`;

/**
 * The text of the notices.
 *
 * @param packages folders below the repository's root, as `buildCommand` returns them. Throws if one has no manifest with a licence.
 */
export async function noticesOf(packages: readonly string[]): Promise<string> {
  const notices = await Promise.all(packages.map(noticeOf));
  return [HEAD, ...notices].join(`\n${RULE}\n\n`);
}

async function noticeOf(folder: string): Promise<string> {
  const path = join(ROOT, folder);
  const { name, version, license, author, repository } = manifest.parse(
    JSON.parse(await readFile(join(path, 'package.json'), 'utf8')),
  );
  const files = (await readdir(path)).filter((file) => WANTED.test(file)).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')));
  const by = typeof author === 'object' ? author.name : author;
  const from = typeof repository === 'object' ? repository.url : repository;
  const head = [`${name} ${version}`, `Licence: ${license}`, by && `By: ${by}`, from && `From: ${from}`];
  const none = `The package has no file with its licence: see https://spdx.org/licenses/${license}.html\n`;
  return [`${head.filter(Boolean).join('\n')}\n`, ...(texts.length > 0 ? texts.map(tidy) : [none])].join(
    '\n',
  );
}

/** One line end, and none at the end of a line. */
function tidy(text: string): string {
  return `${text.replaceAll(/[ \t]*\r?\n/g, '\n').trim()}\n`;
}
