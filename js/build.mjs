// Builds the view into the Python package. The bundle is not in git; wheels carry it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMIT = 80_000; // bytes of JavaScript, gzipped, of all: a panel should open at once
const NAMES = ["job_submitter", "job_monitor"];
const out = fileURLToPath(new URL("../bspsa_widgets/static/", import.meta.url));

const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: [
    "src/loader.ts",
    ...NAMES.flatMap((name) => [`src/${name}.tsx`, `src/${name}.css`]),
  ],
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  write: false,
});

// What is the same is left alone: somebody may be reading it while another wheel is built.
mkdirSync(out, { recursive: true });
for (const { path, contents } of outputFiles)
  if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);

let all = 0;
for (const name of ["loader.js", ...NAMES.flatMap((one) => [`${one}.js`, `${one}.css`])]) {
  const bytes = readFileSync(out + name);
  const zipped = gzipSync(bytes).length;
  console.log(`${name}: ${bytes.length} bytes, ${zipped} gzipped`);
  if (name.endsWith(".js")) all += zipped;
}
if (all > LIMIT) {
  console.error(`The scripts together are larger than ${LIMIT} bytes gzipped.`);
  process.exitCode = 1;
}
