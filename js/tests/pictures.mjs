// Takes pictures of the built panel, to be looked at: npm run build && npm run pictures
// They go to tests/artefacts/pictures (not in git). CHROMIUM names another browser; arguments
// name some of the sets.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const out = join(root, "tests/artefacts/pictures");
const browser = process.env.CHROMIUM ?? "chromium";
const work = mkdtempSync(join(tmpdir(), "pictures-"));
const SIZES = [
  ["light", 900],
  ["dark", 900],
  ["light", 400],
  ["dark", 400],
];
// By the bundle; heights of the window by width: wide, narrow.
const SETS = {
  job_submitter: {
    form: [1900, 2700],
    jobs: [1900, 2700],
    trouble: [1900, 2700],
    reconciling: [750, 1100],
    "unconfirmed-over": [750, 1100],
    repeat: [850, 1200],
    records: [1200, 1800],
    "kernel-gone": [1900, 2700],
    review: [2500, 3400],
    timing: [1900, 2700],
  },
  job_monitor: {
    table: [760, 860],
    "output-failed": [1150, 1250],
    "output-running": [1180, 1250],
    overview: [1100, 1300],
    files: [2100, 2500],
    "files-many": [900, 1250],
    previews: [3000, 3200],
    record: [1200, 1350],
    ask: [950, 1000],
    odd: [950, 1100],
    empty: [1600, 1800],
    silent: [900, 1000],
    gone: [900, 1000],
    many: [760, 860],
  },
};
const WANTED = process.argv.slice(2);

mkdirSync(out, { recursive: true });
try {
  const theme = readFileSync(join(here, "pictures/theme.css"), "utf8");
  for (const [name, heights] of Object.entries(SETS)) {
    const bundle = await build({
      entryPoints: [join(here, `pictures/${name}.ts`)],
      bundle: true,
      format: "esm",
      target: "es2022",
      write: false,
    });
    const css = readFileSync(join(root, `bspsa_widgets/static/${name}.css`), "utf8");
    for (const set of Object.keys(heights)) {
      if (WANTED.length > 0 && !WANTED.includes(set)) continue;
      const page = join(work, `${set}.html`);
      const script = bundle.outputFiles[0].text.replaceAll("</script", "<\\/script");
      for (const [look, width] of SIZES) {
        // A headless window has a least width: the narrow page is a narrow body.
        writeFileSync(
          page,
          `<!doctype html><meta charset="utf-8"><style>${theme}${css}</style>
        <body data-jp-theme-light="${look === "light"}" data-set="${set}" style="width:${width}px">
        <script type="module">${script}</script>`,
        );
        const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"];
        args.push(
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
        );
        args.push(
          "--disable-sync",
          "--hide-scrollbars",
          `--user-data-dir=${join(work, "profile")}`,
        );
        args.push(
          "--virtual-time-budget=5000",
          `--window-size=${width},${heights[set][width < 500 ? 1 : 0]}`,
        );
        if (set === "timing") {
          const dom = execFileSync(
            browser,
            [...args, "--dump-dom", pathToFileURL(page).href],
            QUIET(),
          );
          console.log(dom.match(/<output>([^<]*)/)?.[1] ?? "no timing");
          break;
        }
        const file = join(out, `${set}-${look}-${width}.png`);
        execFileSync(browser, [...args, `--screenshot=${file}`, pathToFileURL(page).href], QUIET());
        console.log(file);
      }
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function QUIET() {
  return { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
}
