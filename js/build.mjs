// Builds the view into the Python package. The bundle is not in git; wheels carry it.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const LIMIT = 60 * 1024; // bytes of JavaScript, gzipped: a panel should open at once
const out = new URL("../bspsa_widgets/static/", import.meta.url).pathname;

await build({
  absWorkingDir: new URL(".", import.meta.url).pathname,
  entryPoints: ["src/job_submitter.tsx", "src/job_submitter.css"],
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});

for (const name of ["job_submitter.js", "job_submitter.css"]) {
  const bytes = readFileSync(out + name);
  const zipped = gzipSync(bytes).length;
  console.log(`${name}: ${bytes.length} bytes, ${zipped} gzipped`);
  if (name.endsWith(".js") && zipped > LIMIT) {
    console.error(`${name} is larger than ${LIMIT} bytes gzipped.`);
    process.exitCode = 1;
  }
}
