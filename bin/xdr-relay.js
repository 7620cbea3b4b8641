#!/usr/bin/env node
// Starts the xdr-relay command, in a clone and (bundled by scripts/build.ts) in the package. Plain JavaScript without static
// imports on purpose: an old Node must reach this message and not a syntax error.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `xdr-relay needs Node 22.19 or later; this is ${process.version}. ` +
      'Install it from https://nodejs.org, or "npm install node@24" beside xdr-relay and start it with "npx xdr-relay". ' +
      'In a clone, "npm run xdr-relay -- ..." uses the Node 24 that npm ci installed.',
  );
  process.exit(1);
}
// scripts/build.ts defines it: the name of the file with `serve`, which is bundled again without the other commands. Undefined in a clone.
const script = globalThis.XDR_RELAY_SERVE;
const folder = import.meta.dirname;
const first = script && (await import('../src/hosts/node/first-steps.ts'));
const compiled = first?.keepCompiled(folder);
if (first && process.argv[2] === 'serve') {
  const kept = compiled && `${compiled}/serve.compiled`;
  const { exports, keep } = first.runKept(`${folder}/${script}`, {
    kept,
    shipped: `${folder}/serve.compiled`,
  });
  await exports.run(process.argv.slice(2), keep);
} else {
  const { main } = await import('../src/cli/main.ts');
  const { demo } = await import('../demo/command.ts');
  await main(process.argv.slice(2), [demo]);
}
